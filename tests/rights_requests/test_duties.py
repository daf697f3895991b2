"""The worker's reminders: once for each mark, anew when the last day moves, and to nobody whom they concern."""

import asyncio
import re
from collections import Counter
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest

from app.core import clock
from app.core.permissions import Role
from app.services.privacy_duties import mind_matters
from app.services.reminders import OVERDUE, Running, Unit
from tests.office import Office
from tests.rights_requests.post import letters_to

PATH = "subject-access-requests"


async def told_of(office: Office, request: UUID) -> list[tuple[str, dict[str, Any]]]:
    """What the feed says of a request's last day."""
    found: list[tuple[str, dict[str, Any]]] = []
    path = "/v1/events?limit=200&type=rights_request.deadline_near&type=rights_request.overdue"
    after = ""
    # The feed holds back what is younger than a transaction under way, of other workers' databases too.
    await office.world.api.others_finished()
    while True:
        told = (await office.officer.get(path + after)).json()
        found += [(e["type"], e["data"]) for e in told["data"] if e["subject_id"] == str(request)]
        if not told["has_more"]:
            return found
        after = f"&after={told['next_cursor']}"


async def test_each_mark_is_said_once(office: Office) -> None:
    request = await office.request()
    due_on = date.fromisoformat((await office.get(f"{PATH}/{request}"))["due_on"])
    database = office.world.api.app.state.database
    for left in (15, 14, 14, 10, 7, 5, 3, 1, 0, -1, -2):
        await office.on(due_on - timedelta(left))
        await mind_matters(database)
    near = "rights_request.deadline_near"
    assert await told_of(office, request) == [
        (near, {"days": 14}),
        (near, {"days": 7}),
        (near, {"days": 3}),
        (near, {"days": 1}),
        ("rights_request.overdue", {}),
    ]


async def test_marks_that_passed_while_nothing_ran_are_not_made_up_for(office: Office) -> None:
    request = await office.request()
    due_on = date.fromisoformat((await office.get(f"{PATH}/{request}"))["due_on"])
    await office.on(due_on - timedelta(2))
    await mind_matters(office.world.api.app.state.database)
    assert await told_of(office, request) == [("rights_request.deadline_near", {"days": 2})]


async def test_nothing_is_said_while_the_clock_stands_and_anew_when_it_moved(office: Office) -> None:
    request = await office.request()
    due_on = date.fromisoformat((await office.get(f"{PATH}/{request}"))["due_on"])
    database = office.world.api.app.state.database
    await office.on(due_on - timedelta(7))
    await mind_matters(database)
    await office.do(f"{PATH}/{request}/ask-clarification", text="Which years?")
    await office.on(due_on)
    await mind_matters(database)
    assert len(await told_of(office, request)) == 1
    told = await office.do(f"{PATH}/{request}/receive-clarification")
    later = date.fromisoformat(told["due_on"])
    assert later > due_on
    await office.on(later - timedelta(7))
    await mind_matters(database)
    assert [data for _, data in await told_of(office, request)] == [{"days": 7}] * 2


async def test_the_team_is_written_to_once_a_day_and_in_numbers(office: Office) -> None:
    concerned = await office.member()
    await office.world.api.grant(concerned.account_id, Role.data_protection_officer, office.world.root)
    theirs = await address_of(office, concerned.account_id)
    others = await address_of(office, UUID((await office.get("me"))["account_id"]))
    await office.request(received_on="2026-03-02", person_id=str(concerned.person_id))
    await office.request(received_on="2026-03-02")
    database = office.world.api.app.state.database
    await asyncio.gather(mind_matters(database), mind_matters(database))
    await mind_matters(database)
    [told], [all_of_it] = await digests_to(office, theirs), await digests_to(office, others)
    # One of two that are late is closed to whom it concerns, and not counted for them.
    assert numbers_in(all_of_it)[0] - numbers_in(told)[0] == 1
    await office.on(clock.today() + timedelta(1))
    await mind_matters(database)
    assert len(await digests_to(office, theirs)) == 2


async def address_of(office: Office, account_id: UUID) -> str:
    return str(await office.world.api.value("select email from accounts where id = $1", account_id))


async def digests_to(office: Office, address: str) -> list[str]:
    return [letter["text"] for letter in await letters_to(office, address) if "last day" in letter["text"]]


def numbers_in(text: str) -> list[int]:
    return [int(number) for number in re.findall("[0-9]+", text.partition("Matters")[2])]


async def test_what_waits_is_among_the_tasks_of_the_team(office: Office) -> None:
    async def waiting() -> Counter[str]:
        return Counter({task["kind"]: task["count"] for task in (await office.get("me/tasks"))["data"]})

    before = await waiting()
    access, objection = await office.request(), await office.request(kind="objection")
    assert await waiting() - before == Counter(access_requests_to_answer=1, rights_requests_to_answer=1)
    await office.do(f"{PATH}/{access}/ask-identity", text="A passport, please.")
    await office.do(f"rights-requests/{objection}/ask-clarification", text="To which use?")
    assert await waiting() - before == Counter()
    listed = (await office.get("me/tasks", by=office.secretary))["data"]
    assert not {"access_requests_to_answer", "rights_requests_to_answer"} & {task["kind"] for task in listed}


@pytest.mark.parametrize(
    ("hours", "left", "mark"),
    [
        (100, 100, None),
        (48.5, 48, 48),
        (48, 48, 48),
        (47, 47, 48),
        (3.2, 3, 3),
        (0.5, 0, 3),
        (0, -1, -1),
        (-30, -1, -1),
    ],
)
def test_hours_are_counted_to_the_hour(hours: float, left: int, mark: int | None) -> None:
    running = Running(noun="breach", sql="", unit=Unit.hours, marks=(48, 24, 12, 3))
    # Working the sum out takes a moment of the last hour.
    due_at = clock.now() + timedelta(hours=hours, seconds=30 if hours > 0 else 0)
    assert (running.left(due_at), running.mark(due_at)) == (left, mark)
    assert OVERDUE == -1


def test_the_last_day_itself_has_no_day_left() -> None:
    running = Running(noun="request", sql="")
    midnight: datetime = clock.day_starts(clock.today() + timedelta(1))
    assert (running.left(midnight), running.mark(midnight)) == (0, 1)
    assert running.mark(midnight + timedelta(days=20)) is None
