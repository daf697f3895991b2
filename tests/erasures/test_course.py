"""An erasure from its proposal to its certificate: two people, and nothing that forbids it."""

import asyncio
from datetime import timedelta
from typing import Any

import pytest

from app.core import clock
from app.core.permissions import Role
from app.models.erasures import ErasureObstacle, ErasureRead
from tests.disputes.placed import place_case
from tests.erasures.conftest import LEFT
from tests.office import Office, Someone
from tests.world import Client


async def propose(office: Office, someone: Someone, by: Client | None = None, **said: Any) -> str:
    body = {"person_id": str(someone.person_id), "ground": "consent_withdrawn", "text": "Asked by letter.", **said}
    made: str = (await office.do("erasures", by, **body))["id"]
    return made


async def refused(office: Office, path: str, by: Client | None = None, **said: Any) -> tuple[int, str]:
    answer = await (by or office.deputy).post(f"/v1/{path}", json=said)
    told = answer.json()
    return answer.status_code, told.get("params", {}).get("reason_code") or told["code"]


async def test_two_people_erase_somebody_and_it_is_certified(office: Office, leaver: Someone) -> None:
    request = await office.request(kind="erasure", person_id=str(leaver.person_id))
    erasure = await propose(office, leaver, request_id=str(request))
    plan = ErasureRead.model_validate(await office.get(f"erasures/{erasure}"))
    assert (plan.name, plan.state, plan.obstacles, plan.certificate) == ("Gwenllian Quillfeather", "proposed", [], None)
    people = next(table for table in plan.tables if table.table == "people")
    assert (people.rows, people.kept, people.basis) == (1, ["branch_ids"], ["statistics"])
    assert {"given_name", "email", "search_name"} <= set(people.erased)
    # Whether they are party to a case is told by nobody but the case's own people.
    assert {table.table for table in plan.tables if table.rows is None} >= {"dispute_parties", "walls"}
    assert await refused(office, f"erasures/{erasure}/approve", office.officer) == (409, "own_proposal")
    assert (await office.deputy.get(f"/v1/erasures/{erasure}/certificate")).status_code == 404

    done = await office.do(f"erasures/{erasure}/approve", office.deputy)
    assert (done["state"], done["certificate"]["keys_destroyed"]) == ("erased", 2)
    told = ErasureRead.model_validate(await office.get(f"erasures/{erasure}"))
    assert told.name == "Erased person"
    assert told.certificate is not None
    rows = {table.table: table.rows for table in told.certificate.tables}
    assert (rows["people"], rows["members"], rows["accounts"], rows["dispute_parties"]) == (1, 1, 1, None)
    assert [step.action for step in told.steps] == ["propose", "approve"]
    assert await refused(office, f"erasures/{erasure}/approve") == (409, "wrong_state")
    assert (await office.get(f"rights-requests/{request}"))["person_id"] == str(leaver.person_id)


@pytest.mark.parametrize("language", ["en", "cy"])
async def test_the_certificate_is_a_document(office: Office, leaver: Someone, language: str) -> None:
    erasure = await propose(office, leaver)
    await office.do(f"erasures/{erasure}/approve", office.deputy)
    pages = [await office.officer.get(f"/v1/erasures/{erasure}/certificate?language={language}") for _ in range(2)]
    assert pages[0].headers["content-type"] == "application/pdf"
    assert pages[0].content == pages[1].content
    assert pages[0].content.startswith(b"%PDF")


async def _put_in_the_way(office: Office, obstacle: str, someone: Someone) -> None:
    world, person = office.world, someone.person_id
    match obstacle:
        case ErasureObstacle.legal_hold:
            await office.do("legal-holds", person_id=str(person), reason="litigation", text="A claim is expected.")
        case ErasureObstacle.open_dispute:
            case = await place_case(world, world.hackney)
            await world.api.execute("update dispute_parties set person_id = $2 where id = $1", case.respondent, person)
        case ErasureObstacle.open_request:
            await office.request(person_id=str(person))
        case ErasureObstacle.serving_officer:
            await world.api.office(person, world.hackney, "treasurer")
        case ErasureObstacle.live_membership:
            await world.api.execute("update members set decided_standing = null where person_id = $1", person)


@pytest.mark.parametrize("obstacle", list(ErasureObstacle))
async def test_what_stands_in_the_way_of_an_erasure(office: Office, leaver: Someone, obstacle: str) -> None:
    erasure = await propose(office, leaver)
    await _put_in_the_way(office, obstacle, leaver)
    assert (await office.get(f"erasures/{erasure}"))["obstacles"] == [obstacle]
    assert await refused(office, f"erasures/{erasure}/approve") == (409, obstacle)
    row = await office.world.api.row("select erased_at, family_name from people where id = $1", leaver.person_id)
    assert tuple(row) == (None, "Quillfeather")


async def test_a_proposal_is_turned_down_by_another_and_taken_back_by_anybody(office: Office, leaver: Someone) -> None:
    erasure = await propose(office, leaver)
    again = {"person_id": str(leaver.person_id), "ground": "objection", "text": "Again."}
    assert await refused(office, "erasures", **again) == (409, "erasure_proposed_already")
    assert await refused(office, f"erasures/{erasure}/refuse", office.officer, text="No.") == (409, "own_proposal")
    ended = await office.do(f"erasures/{erasure}/refuse", office.deputy, text="They pay for it still.")
    assert (ended["state"], ended["certificate"]) == ("refused", None)
    second = await propose(office, leaver)
    assert (await office.do(f"erasures/{second}/withdraw", office.deputy))["state"] == "withdrawn"
    listed = await office.get(f"erasures?person_id={leaver.person_id}")
    assert [row["id"] for row in listed["data"]] == [second, erasure]


async def test_an_erasure_is_closed_to_whom_it_erases(office: Office) -> None:
    of_the_team = await office.member(**LEFT)
    await office.world.api.grant(of_the_team.account_id, Role.data_protection_officer, office.world.root)
    erasure = await propose(office, of_the_team)
    for path in (f"erasures/{erasure}", f"audit-entries?subject_id={erasure}", "erasures"):
        answer = await of_the_team.client.get(f"/v1/{path}")
        assert erasure not in answer.text
    assert await refused(office, f"erasures/{erasure}/approve", of_the_team.client) == (404, "not_found")
    assert await refused(office, "erasures", office.secretary) == (403, "permission_missing")


async def test_what_is_not_so_is_refused(office: Office, leaver: Someone) -> None:
    body = {"person_id": str(leaver.account_id), "ground": "objection", "text": "Please."}
    assert await refused(office, "erasures", **body) == (422, "invalid")
    anothers = await office.request(kind="erasure")
    named = {**body, "person_id": str(leaver.person_id), "request_id": str(anothers)}
    answer = await office.deputy.post("/v1/erasures", json=named)
    assert [error["code"] for error in answer.json()["errors"]] == ["not_their_request"]


async def test_of_two_who_approve_at_once_one_does(office: Office, leaver: Someone) -> None:
    erasure = await propose(office, leaver)
    third = await office.world.officer(Role.data_protection_officer, office.world.root)
    path = f"/v1/erasures/{erasure}/approve"
    answers = await asyncio.gather(office.deputy.post(path), third.post(path))
    assert sorted(answer.status_code for answer in answers) == [200, 409]


async def test_a_hold_ends_by_itself_and_then_the_erasure_goes_on(office: Office, leaver: Someone) -> None:
    until = clock.today() + timedelta(days=3)
    erasure = await propose(office, leaver)
    hold = {"person_id": str(leaver.person_id), "reason": "police", "text": "Asked by letter."}
    await office.do("legal-holds", **hold, until=until.isoformat())
    assert await refused(office, f"erasures/{erasure}/approve") == (409, "legal_hold")
    await office.on(until)
    assert (await office.do(f"erasures/{erasure}/approve", office.deputy))["state"] == "erased"
