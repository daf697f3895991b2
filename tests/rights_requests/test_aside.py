"""Requests that concern one of the team are closed to that one, and a deputy acts."""

from uuid import UUID

from app.core.permissions import Role
from app.models.audit import Wall
from tests.office import Office
from tests.rights_requests.answers import refusal


async def test_whoever_finds_that_it_concerns_themselves_sees_it_no_more(office: Office) -> None:
    concerned = await office.member()
    await office.world.api.grant(concerned.account_id, Role.data_protection_officer, office.world.root)
    request = await office.request(person_id=None)
    told = await office.do(
        f"subject-access-requests/{request}/match-person", by=concerned.client, person_id=str(concerned.person_id)
    )
    assert told["person_id"] is None
    assert (await concerned.client.get(f"/v1/subject-access-requests/{request}")).status_code == 404
    assert (await office.get(f"subject-access-requests/{request}"))["person_id"] == str(concerned.person_id)


async def test_one_steps_aside_and_a_deputy_acts(office: Office) -> None:
    request = await office.request()
    await office.do(f"subject-access-requests/{request}/step-aside")
    assert (await office.officer.get(f"/v1/subject-access-requests/{request}")).status_code == 404
    told = await office.get(f"subject-access-requests/{request}", by=office.deputy)
    assert told["steps"][-1]["action"] == "step_aside"
    extended = await office.do(
        f"subject-access-requests/{request}/extend", by=office.deputy, reason="complexity", text="Years of letters."
    )
    assert extended["extension_late"] is False


async def test_another_of_the_team_is_kept_out(office: Office) -> None:
    request = await office.request()
    path = f"/v1/subject-access-requests/{request}"
    nobody = await office.officer.post(f"{path}/step-aside", json={"account_id": str(UUID(int=7))})
    assert refusal(nobody) == (422, "unknown_account")
    deputy = (await office.get("me", by=office.deputy))["account_id"]
    told = await office.officer.post(f"{path}/step-aside", json={"account_id": deputy})
    assert (told.status_code, told.json()["id"]) == (200, str(request))
    assert (await office.deputy.get(path)).status_code == 404
    assert (await office.officer.get(path)).status_code == 200


async def test_the_last_of_the_team_may_not_step_aside(office: Office) -> None:
    request = await office.request()
    me = (await office.get("me"))["account_id"]
    async with office.world.api.owner.transaction() as session:
        rows = await session.fetch(
            "select distinct account_id from grants where role = 'data_protection_officer' and account_id <> $1",
            UUID(me),
        )
        for row in rows:
            await session.insert(Wall(wall_key=request, account_id=row["account_id"], reason="concerned"))
    refused = await office.officer.post(f"/v1/subject-access-requests/{request}/step-aside", json={})
    assert refusal(refused) == (409, "nobody_left")
    assert (await office.get(f"subject-access-requests/{request}"))["state"] == "received"
