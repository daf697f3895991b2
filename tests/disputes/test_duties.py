"""What the worker sees to: a receiver for every case, and a word about what is late that says no more than how many."""

from datetime import date, timedelta
from typing import Any
from uuid import UUID

from app.core import clock
from app.core.db import Database
from app.services import outbox
from app.services.disputes import duties
from tests.disputes.desk import Desk, Someone
from tests.disputes.test_measures import impose
from tests.tasks.test_tasks import tasks


def database(desk: Desk) -> Database:
    found: Database = desk.world.api.app.state.database
    return found


async def receivers(desk: Desk, case: UUID) -> list[UUID]:
    async with desk.world.api.owner.transaction() as session:
        rows = await session.fetch(
            "select account_id from dispute_parts where dispute_id = $1 and part = 'receiver' and ended_at is null",
            case,
        )
    return [row["account_id"] for row in rows]


async def letters(desk: Desk, to: Someone) -> list[Any]:
    """The letters to somebody that wait in the outbox, opened."""
    address = await desk.world.api.value("select email from accounts where id = $1", to.account_id)
    async with desk.world.api.owner.transaction() as session:
        rows = await session.fetch("select id, sealed_message from mail_outbox where sealed_message <> '' order by id")
    opened = [outbox.open_letter(desk.world.api.owner.keys, row["id"], row["sealed_message"]) for row in rows]
    return [letter for letter in opened if letter.to == address]


async def test_a_case_whose_receiver_is_gone_finds_the_next(desk: Desk) -> None:
    case = await desk.received()
    assert await receivers(desk, case) == [desk.secretary.account_id]
    await duties.seat_receivers(database(desk))
    assert await receivers(desk, case) == [desk.secretary.account_id]
    async with desk.world.api.owner.transaction() as session:
        await session.execute("update accounts set state = 'disabled' where id = $1", desk.secretary.account_id)
    for _ in range(2):
        await duties.seat_receivers(database(desk))
    assert await receivers(desk, case) == [desk.alternate.account_id]
    assert (await desk.file(desk.alternate.client, case))["state"] == "received"


async def test_a_receiver_who_becomes_an_officer_of_the_unit_complained_of_makes_way(desk: Desk) -> None:
    case = await desk.complain({"unit_id": str(desk.world.angel)})
    assert desk.secretary.person_id is not None
    await desk.world.api.office(desk.secretary.person_id, desk.world.angel, "secretary")
    assert (await desk.secretary.client.get(f"/v1/disputes/{case}")).status_code == 404
    await duties.seat_receivers(database(desk))
    assert await receivers(desk, case) == [desk.alternate.account_id]


async def test_whoever_has_late_cases_is_told_once_a_day_how_many(desk: Desk) -> None:
    await desk.on(date(2026, 12, 1))
    cases = [await desk.received(), await desk.received()]
    await duties.tell_of_late_cases(database(desk))
    assert len(await letters(desk, desk.secretary)) == 2
    await desk.on(date(2027, 2, 1))
    for _ in range(2):
        await duties.tell_of_late_cases(database(desk))
    (letter,) = (await letters(desk, desk.secretary))[2:]
    assert ": 2." in letter.text
    file = await desk.file(desk.secretary.client, cases[0])
    for said in (
        file["reference"],
        str(desk.respondent.person_id),
        file["summary"],
        *(p["name"] for p in file["parties"]),
    ):
        assert said not in letter.subject + letter.text
    await desk.on(date(2027, 2, 2))
    await duties.tell_of_late_cases(database(desk))
    assert len(await letters(desk, desk.secretary)) == 4
    assert await letters(desk, desk.alternate) == []


async def test_a_stayed_case_is_not_late(desk: Desk) -> None:
    await desk.on(date(2026, 12, 1))
    case = await desk.acknowledged()
    await desk.do(desk.secretary.client, case, "stay", reason="court", text="A hearing is set down.")
    before = len(await letters(desk, desk.secretary))
    await desk.on(date(2027, 2, 1))
    await duties.tell_of_late_cases(database(desk))
    assert len(await letters(desk, desk.secretary)) == before


async def test_a_missed_review_is_written_of_to_both_receivers(desk: Desk) -> None:
    await desk.on(date(2026, 11, 22))
    case = await desk.acknowledged()
    await impose(desk, case)
    await desk.on(date(2027, 1, 4))
    before = len(await letters(desk, desk.secretary))
    for _ in range(2):
        await duties.escalate_reviews(database(desk))
    assert len(await letters(desk, desk.secretary)) == before + 1
    assert len(await letters(desk, desk.alternate)) == 1


async def test_tasks_say_what_waits_in_ones_cases(desk: Desk) -> None:
    await desk.on(date(2026, 12, 1))
    case = await desk.acknowledged()
    await impose(desk, case)
    held = await tasks(desk.secretary.client)
    assert held["disputes_to_handle"]["count"] == 1
    assert "disputes_overdue" not in held
    assert "measures_to_review" not in held
    await desk.on(date(2026, 12, 24))
    held = await tasks(desk.secretary.client)
    assert (held["measures_to_review"]["count"], held["measures_to_review"]["due_on"]) == (1, "2026-12-29")
    await desk.on(clock.today() + timedelta(days=60))
    assert (await tasks(desk.secretary.client))["disputes_overdue"]["count"] == 1
    for other in (desk.complainant, desk.alternate):
        assert not {"disputes_to_handle", "disputes_overdue", "measures_to_review"} & (await tasks(other.client)).keys()
