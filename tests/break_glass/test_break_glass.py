"""Break-glass over HTTP: two others, for a day, on the record; and an answer that tells nothing."""

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest

from app.core.ids import new_id
from app.core.permissions import Role
from app.models.audit import Wall
from tests.disputes.desk import Desk, Someone, make_desk
from tests.statements import heard
from tests.world import Client, World

REASON = "The regulator asks whether it was handled in time."


@pytest.fixture
async def desk(world: World) -> Desk:
    return await make_desk(world)


async def holder(desk: Desk, role: Role, *, unit: UUID | None = None) -> Someone:
    """A member of another region with a role in this one."""
    someone = await desk.member(desk.world.region)
    await desk.world.api.grant(someone.account_id, role, unit or desk.world.region)
    return someone


@pytest.fixture
async def asker(desk: Desk) -> Someone:
    return await holder(desk, Role.data_protection_officer, unit=desk.world.root)


@pytest.fixture
async def approvers(desk: Desk) -> list[Someone]:
    return [await holder(desk, Role.national_membership_officer) for _ in range(2)]


async def reference_of(desk: Desk, case: UUID) -> str:
    found: str = await desk.world.api.value("select reference from disputes where id = $1", case)
    return found


async def ask(who: Someone, reference: str) -> dict[str, Any]:
    made = await who.client.post("/v1/break-glass", json={"reference": reference, "reason": REASON})
    assert made.status_code == 202, made.text
    told: dict[str, Any] = made.json()
    return told


async def waiting(who: Someone) -> list[dict[str, Any]]:
    answer = await who.client.get("/v1/break-glass/waiting")
    assert answer.status_code == 200, answer.text
    rows: list[dict[str, Any]] = answer.json()["data"]
    return rows


async def approve(who: Someone, ask_id: str) -> tuple[int, dict[str, Any]]:
    answer = await who.client.post(f"/v1/break-glass/{ask_id}/approve")
    return answer.status_code, answer.json()


async def wall(desk: Desk, case: UUID, **whom: UUID) -> None:
    async with desk.world.api.owner.transaction() as session:
        await session.insert(Wall(wall_key=case, reason="interest", **whom))


async def reads(client: Client, case: UUID) -> int:
    return (await client.get(f"/v1/disputes/{case}")).status_code


async def test_two_approvals_open_a_case_for_a_day_and_it_is_marked(
    desk: Desk, asker: Someone, approvers: list[Someone]
) -> None:
    case = await desk.received()
    reference = await reference_of(desk, case)
    made = await ask(asker, reference)
    assert made["state"] == "waiting"
    assert made["reference"] == reference
    assert made["reason"] == REASON
    [seen] = await waiting(approvers[0])
    assert seen["id"] == made["id"]
    assert seen["reason"] == REASON
    assert seen["approvals"] == 0
    status, first = await approve(approvers[0], made["id"])
    assert (status, first["approvals"], first["opened_until"]) == (200, 1, None)
    assert await reads(asker.client, case) == 404
    assert await waiting(approvers[0]) == []
    assert (await waiting(approvers[1]))[0]["approvals"] == 1
    status, second = await approve(approvers[1], made["id"])
    assert (status, second["approvals"]) == (200, 2)
    until = datetime.fromisoformat(second["opened_until"])
    assert timedelta(hours=23, minutes=59) < until - datetime.now(UTC) < timedelta(hours=24, seconds=1)
    file = await desk.file(asker.client, case)
    assert file["parts"] == ["observer"]
    assert not any(action["allowed"] for action in file["allowed_actions"])
    steps = (await desk.file(desk.secretary.client, case))["steps"]
    assert [(s["action"], s["texts"]["reason"]) for s in steps if s["action"] == "break_glass"] == [
        ("break_glass", REASON)
    ]
    marked = await desk.world.api.value(
        "select count(*) from access_log where wall_key = $1 and account_id = $2 and purpose = 'break_glass'",
        case,
        asker.account_id,
    )
    assert marked == 1
    [own] = (await asker.client.get("/v1/break-glass")).json()["data"]
    assert own["state"] == "opened"


async def test_after_a_day_the_case_is_closed_again(desk: Desk, asker: Someone, approvers: list[Someone]) -> None:
    case = await desk.received()
    made = await ask(asker, await reference_of(desk, case))
    for one in approvers:
        await approve(one, made["id"])
    assert await reads(asker.client, case) == 200
    hour = timedelta(hours=1)
    for table, column, key in (
        ("dispute_parts", "expires_at", "account_id"),
        ("break_glass_asks", "opened_until", "account_id"),
    ):
        await desk.world.api.row(
            f"update {table} set {column} = $1 where {key} = $2 returning 1", datetime.now(UTC) - hour, asker.account_id
        )
    assert await reads(asker.client, case) == 404
    assert (await asker.client.get("/v1/disputes")).json()["data"] == []
    [own] = (await asker.client.get("/v1/break-glass")).json()["data"]
    assert own["state"] == "over"


async def test_nobody_approves_twice_nor_with_another_account_nor_their_own(
    desk: Desk, approvers: list[Someone]
) -> None:
    case = await desk.received()
    asker = await holder(desk, Role.data_protection_officer, unit=desk.world.root)
    made = await ask(asker, await reference_of(desk, case))
    # A data protection officer may approve, and not what they asked for themselves, by whichever account.
    again = await desk.world.api.as_role(Role.national_membership_officer, desk.world.region, person_id=asker.person_id)
    for own in (asker.client, again):
        assert (await own.post(f"/v1/break-glass/{made['id']}/approve")).status_code == 404
        # At the root others wait too, of other cases; the newest comes first.
        listed = (await own.get("/v1/break-glass/waiting")).json()["data"]
        assert made["id"] not in {one["id"] for one in listed}
    first = approvers[0]
    assert made["id"] in {one["id"] for one in await waiting(first)}
    assert (await approve(first, made["id"]))[0] == 200
    assert (await approve(first, made["id"]))[0] == 404
    twin = await desk.world.api.as_role(Role.national_membership_officer, desk.world.region, person_id=first.person_id)
    assert (await twin.post(f"/v1/break-glass/{made['id']}/approve")).json()["approvals"] == 1
    assert await reads(asker.client, case) == 404
    assert (await approve(approvers[1], made["id"]))[1]["approvals"] == 2


@pytest.mark.parametrize("how", ["party", "witness", "officer", "interest", "account"])
async def test_the_named_and_the_conflicted_never_approve_nor_hear_of_it(
    desk: Desk, asker: Someone, approvers: list[Someone], how: str
) -> None:
    out = approvers[0]
    about = {
        "party": [{"person_id": str(out.person_id)}],
        "witness": [
            {"person_id": str(desk.respondent.person_id)},
            {"person_id": str(out.person_id), "role": "witness"},
        ],
        "officer": [{"unit_id": str(desk.world.angel)}],
    }.get(how, [])
    if how == "officer":
        await desk.world.api.office(out.person_id, desk.world.angel, "chair")  # type: ignore[arg-type]
    case = await desk.complain(*about)
    if how == "interest":
        await wall(desk, case, person_id=out.person_id)  # type: ignore[arg-type]
    if how == "account":
        await wall(desk, case, account_id=out.account_id)
    made = await ask(asker, await reference_of(desk, case))
    assert await waiting(out) == []
    unheard = await approve(out, str(new_id()))
    assert (await approve(out, made["id"]))[0] == 404 == unheard[0]
    refused = await out.client.post(f"/v1/break-glass/{made['id']}/refuse", json={"reason": "No."})
    assert refused.status_code == 404
    assert len(await waiting(approvers[1])) == 1


@pytest.mark.parametrize("how", ["respondent", "witness", "unit"])
async def test_an_asker_who_is_named_is_answered_alike_and_never_let_in(
    desk: Desk, asker: Someone, approvers: list[Someone], how: str
) -> None:
    named: dict[str, Any] = {"person_id": str(asker.person_id)}
    if how == "unit":
        await desk.world.api.office(asker.person_id, desk.world.angel, "chair")  # type: ignore[arg-type]
        named = {"unit_id": str(desk.world.angel)}
    if how == "witness":
        named["role"] = "witness"
    case = await desk.complain({"person_id": str(desk.respondent.person_id)}, named)
    made = await ask(asker, await reference_of(desk, case))
    absent = await ask(asker, "D-22222222")
    assert {name for name in made if made[name] != absent[name]} == {"id", "reference", "created_at", "answer_by"}
    for one in approvers:
        assert await waiting(one) == []
        assert (await approve(one, made["id"]))[0] == 404
    listed = (await asker.client.get("/v1/break-glass")).json()["data"]
    assert [one["state"] for one in listed] == ["waiting", "waiting"]
    # The receiver is told that somebody who is named has asked.
    [told] = (await desk.secretary.client.get(f"/v1/disputes/{case}/break-glass")).json()["data"]
    assert told["account_id"] == str(asker.account_id)
    assert told["is_closed_to_asker"]


async def test_what_closed_between_the_approvals_counts_at_the_second(
    desk: Desk, asker: Someone, approvers: list[Someone]
) -> None:
    case = await desk.received()
    third = await holder(desk, Role.national_membership_officer)
    made = await ask(asker, await reference_of(desk, case))
    assert (await approve(approvers[0], made["id"]))[1]["approvals"] == 1
    # The first approver turns out to be a witness: their word counts for nothing, and another's is the first.
    await desk.do(desk.secretary.client, case, "parties", person_id=str(approvers[0].person_id), role="witness")
    assert (await approve(approvers[1], made["id"]))[1]["approvals"] == 1
    assert await reads(asker.client, case) == 404
    # The asker turns out to be a witness: nobody can approve any more.
    await desk.do(desk.secretary.client, case, "parties", person_id=str(asker.person_id), role="witness")
    assert (await approve(third, made["id"]))[0] == 404
    assert await reads(asker.client, case) == 404


async def test_whoever_is_named_after_it_was_opened_is_out_at_once(
    desk: Desk, asker: Someone, approvers: list[Someone]
) -> None:
    case = await desk.received()
    made = await ask(asker, await reference_of(desk, case))
    for one in approvers:
        await approve(one, made["id"])
    assert await reads(asker.client, case) == 200
    await wall(desk, case, person_id=asker.person_id)  # type: ignore[arg-type]
    assert await reads(asker.client, case) == 404


async def test_a_refused_ask_looks_to_its_asker_like_one_that_waits(
    desk: Desk, asker: Someone, approvers: list[Someone]
) -> None:
    case = await desk.received()
    made = await ask(asker, await reference_of(desk, case))
    refused = await approvers[0].client.post(f"/v1/break-glass/{made['id']}/refuse", json={"reason": "Ask its people."})
    assert refused.status_code == 200
    assert refused.json()["refused"]
    assert (await approve(approvers[1], made["id"]))[0] == 404
    [own] = (await asker.client.get("/v1/break-glass")).json()["data"]
    assert own == made
    [told] = (await desk.secretary.client.get(f"/v1/disputes/{case}/break-glass")).json()["data"]
    assert told["refused"]
    assert told["refusal"] == "Ask its people."
    await desk.world.api.row(
        "update break_glass_asks set answer_by = now() where account_id = $1 returning 1", asker.account_id
    )
    [own] = (await asker.client.get("/v1/break-glass")).json()["data"]
    assert own["state"] == "not_opened"


async def test_an_asker_who_lost_the_right_is_not_let_in(desk: Desk, asker: Someone, approvers: list[Someone]) -> None:
    case = await desk.received()
    made = await ask(asker, await reference_of(desk, case))
    await approve(approvers[0], made["id"])
    await desk.world.api.row(
        "update grants set ends_on = starts_on where account_id = $1 returning 1", asker.account_id
    )
    status, body = await approve(approvers[1], made["id"])
    assert (status, body["code"]) == (409, "asker_not_entitled")
    assert await desk.world.api.value("select count(*) from dispute_parts where dispute_id = $1", case) == 1


async def test_only_who_may_ask_for_the_whole_asks_and_who_may_approve_there_approves(
    desk: Desk, asker: Someone, world: World
) -> None:
    reference = await reference_of(desk, await desk.received())
    elsewhere = await world.api.unit(world.root)
    local = await holder(desk, Role.data_protection_officer, unit=world.region)
    away = await holder(desk, Role.national_membership_officer, unit=elsewhere)
    near = await holder(desk, Role.national_membership_officer)
    for wanted in (reference, "D-22222222"):
        answer = await local.client.post("/v1/break-glass", json={"reference": wanted, "reason": REASON})
        assert (answer.status_code, answer.json()["params"]) == (403, {"permission": "disputes:break_glass"})
    made = await ask(asker, reference)
    assert [one["id"] for one in await waiting(near)] == [made["id"]]
    assert await waiting(away) == []
    assert (await approve(away, made["id"]))[0] == 404


async def test_of_three_who_approve_at_once_two_open_it_once(desk: Desk, asker: Someone) -> None:
    case = await desk.received()
    made = await ask(asker, await reference_of(desk, case))
    three = [await holder(desk, Role.national_membership_officer) for _ in range(3)]
    answers = await asyncio.gather(*(approve(one, made["id"]) for one in three))
    assert sorted(status for status, _ in answers) == [200, 200, 404]
    opened = "select count(*) from dispute_parts where dispute_id = $1 and part = 'observer'"
    assert await desk.world.api.value(opened, case) == 1


async def test_an_approver_who_lost_the_right_has_approved_nothing(
    desk: Desk, asker: Someone, approvers: list[Someone]
) -> None:
    made = await ask(asker, await reference_of(desk, await desk.received()))
    await approve(approvers[0], made["id"])
    await desk.world.api.row(
        "update accounts set state = 'disabled' where id = $1 returning 1", approvers[0].account_id
    )
    assert (await approve(approvers[1], made["id"]))[1]["approvals"] == 1


@pytest.fixture
async def statements(desk: Desk) -> AsyncIterator[list[str]]:
    said: list[str] = []
    database = desk.world.api.app.state.database

    # What a request asks about itself depends on what was cached; what it asks of the case does not.
    def listener() -> Any:
        return lambda one: said.append(one.query) if "rollbook_case" in one.query else None

    async with heard(database, listener):
        yield said


async def test_asking_takes_the_same_statements_whatever_is_behind_it(
    desk: Desk, asker: Someone, statements: list[str]
) -> None:
    open_case = await reference_of(desk, await desk.received())
    named = await reference_of(desk, await desk.complain({"person_id": str(asker.person_id)}))
    await ask(asker, "D-99999999")
    asked = {}
    for reference in (open_case, named, "D-22222222"):
        statements.clear()
        await ask(asker, reference)
        asked[reference] = list(statements)
    assert len(asked[named]) > 3
    assert asked[open_case] == asked[named] == asked["D-22222222"]


async def test_deciding_takes_the_same_statements_whether_there_is_an_ask_or_it_is_closed_to_one(
    desk: Desk, asker: Someone, approvers: list[Someone], statements: list[str]
) -> None:
    case = await desk.complain({"person_id": str(approvers[0].person_id)})
    made = await ask(asker, await reference_of(desk, case))
    tried = []
    for ask_id in (made["id"], str(new_id())):
        statements.clear()
        assert (await approve(approvers[0], ask_id))[0] == 404
        tried.append(list(statements))
    assert tried[0] == tried[1] != []


async def test_the_trail_of_an_ask_is_behind_the_wall_and_behind_one_where_there_is_no_case(
    desk: Desk, asker: Someone
) -> None:
    case = await desk.received()
    made = await ask(asker, await reference_of(desk, case))
    absent = await ask(asker, "D-22222222")
    rows = await desk.world.api.row(
        "select array_agg(wall_key) as walls from audit_entries where account_id = $1", asker.account_id
    )
    assert set(rows["walls"]) == {case, UUID(absent["id"])}
    trail = (await asker.client.get("/v1/audit", params={"account_id": str(asker.account_id)})).json()
    assert trail["data"] == []
    assert made["id"] != absent["id"]
