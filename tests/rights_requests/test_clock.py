"""The clock of a request on its way: every fact moves it as the law says, and what comes late is kept as late."""

import asyncio
from datetime import date, timedelta
from typing import Any
from uuid import UUID

import pytest
from hypothesis import given, settings

from app.core import clock
from app.core.calendars import Division
from app.services.deadlines import Pause, subject_access
from tests.office import Office
from tests.rights_requests.answers import refusal
from tests.rights_requests.walks import Step, walk_of, walks

PATH = "subject-access-requests"
WORDS = {"text": "Please say more."}


async def refused(office: Office, request: UUID, verb: str, **said: Any) -> tuple[int, str]:
    return refusal(await office.officer.post(f"/v1/{PATH}/{request}/{verb}", json=said))


@pytest.fixture
async def request_of_march(office: Office) -> UUID:
    """Received on Monday, 2 March 2026, and worked on much later."""
    return await office.request(received_on="2026-03-02")


async def test_the_clock_starts_anew_when_identity_is_proved(office: Office, request_of_march: UUID) -> None:
    at = f"{PATH}/{request_of_march}"
    asked = await office.do(f"{at}/ask-identity", asked_on="2026-03-05", **WORDS)
    assert (asked["state"], asked["due_on"], asked["clock_started_on"]) == ("identity", None, None)
    told = await office.do(f"{at}/receive-identity", received_on="2026-03-20")
    assert (told["state"], told["clock_started_on"], told["due_on"]) == ("received", "2026-03-20", "2026-04-20")
    assert await refused(office, request_of_march, "ask-identity", **WORDS) == (409, "identity_asked_already")


async def test_pauses_add_up_and_both_their_end_days_do_not_count(office: Office, request_of_march: UUID) -> None:
    at = f"{PATH}/{request_of_march}"
    paused = await office.do(f"{at}/ask-clarification", asked_on="2026-03-09", **WORDS)
    assert (paused["state"], paused["paused_since"], paused["due_on"]) == ("clarifying", "2026-03-09", None)
    listed = await office.get(f"{PATH}?paused=true&limit=200")
    assert str(request_of_march) in {row["id"] for row in listed["data"]}
    told = await office.do(f"{at}/receive-clarification", received_on="2026-03-16", text="All e-mails of 2024.")
    # 2 April and eight days, and by the older practice seven of them.
    assert (told["paused_days"], told["due_on"], told["internal_due_on"]) == (8, "2026-04-10", "2026-04-09")
    await office.do(f"{at}/ask-clarification", asked_on="2026-04-01", **WORDS)
    told = await office.do(f"{at}/receive-clarification", received_on="2026-04-01")
    assert (told["paused_days"], told["due_on"]) == (9, "2026-04-13")
    whole = await office.get(at)
    assert whole["pauses"] == [
        {"asked_on": "2026-03-09", "answered_on": "2026-03-16"},
        {"asked_on": "2026-04-01", "answered_on": "2026-04-01"},
    ]
    assert [step["texts"].get("text") for step in whole["steps"]][1:3] == ["Please say more.", "All e-mails of 2024."]


async def test_the_clock_starts_when_a_fee_is_paid(office: Office, request_of_march: UUID) -> None:
    at = f"{PATH}/{request_of_march}"
    assert await refused(office, request_of_march, "receive-fee") == (409, "no_fee_asked")
    asked = await office.do(f"{at}/ask-fee", amount_pence=1500, reason="further_copies", asked_on="2026-03-03", **WORDS)
    assert (asked["due_on"], asked["fee_pence"], asked["state"]) == (None, 1500, "received")
    told = await office.do(f"{at}/receive-fee", received_on="2026-03-31")
    assert (told["clock_started_on"], told["due_on"]) == ("2026-03-31", "2026-04-30")
    assert await refused(office, request_of_march, "receive-fee") == (409, "fee_received_already")


async def test_a_notice_in_time_takes_three_months_from_the_start(office: Office, request_of_march: UUID) -> None:
    told = await office.do(f"{PATH}/{request_of_march}/extend", reason="complexity", noticed_on="2026-04-02", **WORDS)
    assert (told["due_on"], told["extension_late"], told["extension_notice_by"]) == ("2026-06-02", False, "2026-04-02")
    again = await refused(office, request_of_march, "extend", reason="complexity", **WORDS)
    assert again == (409, "extended_already")


async def test_a_late_notice_is_kept_and_extends_nothing(office: Office, request_of_march: UUID) -> None:
    at = f"{PATH}/{request_of_march}"
    told = await office.do(f"{at}/extend", reason="number_of_requests", noticed_on="2026-04-03", **WORDS)
    assert (told["due_on"], told["extension_late"], told["extended_on"]) == ("2026-04-02", True, "2026-04-03")
    step = (await office.get(at))["steps"][-1]
    assert (step["action"], step["late"], step["due_on"]) == ("extend", True, "2026-04-02")
    # A question that was put within the month, and comes on record only now, left the time for the notice open.
    await office.do(f"{at}/ask-clarification", asked_on="2026-03-30", **WORDS)
    told = await office.do(f"{at}/receive-clarification", received_on="2026-04-07")
    assert (told["extension_late"], told["due_on"]) == (False, "2026-06-11")


async def test_what_is_refused_with_its_reason(office: Office, request_of_march: UUID) -> None:
    ask, at = refused, request_of_march
    tomorrow = (clock.today() + timedelta(1)).isoformat()
    assert await ask(office, at, "receive-clarification") == (409, "wrong_state")
    assert await ask(office, at, "ask-clarification", asked_on=tomorrow, **WORDS) == (422, "in_future")
    assert await ask(office, at, "ask-clarification", asked_on="2026-03-01", **WORDS) == (422, "before_receipt")
    assert await ask(office, at, "extend", reason="complexity", noticed_on=tomorrow, **WORDS) == (422, "in_future")
    await office.do(f"{PATH}/{at}/ask-clarification", asked_on="2026-03-09", **WORDS)
    assert await ask(office, at, "ask-clarification", **WORDS) == (409, "wrong_state")
    early = await ask(office, at, "receive-clarification", received_on="2026-03-08")
    assert early == (422, "answered_before_asked")
    await office.do(f"{PATH}/{at}/receive-clarification", received_on="2026-03-09")
    await office.do(f"{PATH}/{at}/ask-identity", asked_on="2026-03-09", **WORDS)
    assert await ask(office, at, "receive-identity", received_on="2026-03-08") == (422, "answered_before_asked")


async def test_a_refusal_ends_it_with_its_ground(office: Office, request_of_march: UUID) -> None:
    at = f"{PATH}/{request_of_march}"
    told = await office.do(f"{at}/refuse", ground="manifestly_unfounded", text="It harasses.")
    assert (told["state"], told["refusal_ground"]) == ("refused", "manifestly_unfounded")
    assert (told["ended_on"], told["ended_late"]) == (clock.today().isoformat(), True)
    assert not [action for action in told["allowed_actions"] if action["allowed"]]
    assert await refused(office, request_of_march, "withdraw") == (409, "wrong_state")
    closed = await office.officer.patch(f"/v1/{at}/information", json={"purposes": "The roll."})
    assert refusal(closed) == (409, "request_ended")


async def test_one_taken_back_in_time_is_not_late(office: Office) -> None:
    request = await office.request()
    told = await office.do(f"{PATH}/{request}/withdraw", text="By telephone.")
    assert (told["state"], told["ended_late"]) == ("withdrawn", False)


async def test_what_was_gathered_of_one_is_not_another_s(office: Office) -> None:
    request = await office.request()
    await office.do(f"{PATH}/{request}/search")
    _, another = await office.world.api.member(office.world.hackney)
    assert await refused(office, request, "match-person", person_id=str(another)) == (409, "searched_already")


async def test_of_two_at_once_one_is_done(office: Office) -> None:
    request = await office.request()
    path = f"/v1/{PATH}/{request}/ask-clarification"
    both = await asyncio.gather(*(who.post(path, json=WORDS) for who in (office.officer, office.deputy)))
    assert sorted(answer.status_code for answer in both) == [200, 409]
    assert len((await office.get(f"{PATH}/{request}"))["pauses"]) == 1


async def test_who_read_an_older_version_changes_nothing(office: Office) -> None:
    request = await office.request()
    read = await office.officer.get(f"/v1/{PATH}/{request}")
    await office.do(f"{PATH}/{request}/extend", by=office.deputy, reason="complexity", **WORDS)
    stale = await office.officer.post(
        f"/v1/{PATH}/{request}/withdraw", json={}, headers={"If-Match": read.headers["ETag"]}
    )
    assert stale.status_code == 412
    assert (await office.get(f"{PATH}/{request}"))["state"] == "received"


@settings(max_examples=6, **walks)
@given(walk=walk_of())
async def test_the_last_day_is_always_what_the_facts_make_it(office: Office, walk: list[Step]) -> None:
    await walk_through(office, walk)


@pytest.mark.slow
@settings(max_examples=150, **walks)
@given(walk=walk_of())
async def test_the_last_day_of_many_is_what_the_facts_make_it(office: Office, walk: list[Step]) -> None:
    await walk_through(office, walk)


async def walk_through(office: Office, walk: list[Step]) -> None:
    (_, received_on), *acts = walk
    request = await office.request(received_on=received_on)
    for verb, said in acts:
        done = await office.officer.post(f"/v1/{PATH}/{request}/{verb}", json=said)
        assert done.status_code in (200, 409, 422), done.text
        _hold_to_its_facts(await office.get(f"{PATH}/{request}"))


def _hold_to_its_facts(told: dict[str, Any]) -> None:
    facts = {name: value and date.fromisoformat(value) for name, value in told.items() if name.endswith("_on")}
    owes = any(facts[f"{what}_asked_on"] and not facts[f"{what}_received_on"] for what in ("identity", "fee"))
    if owes:
        assert (told["due_on"], told["clock_started_on"]) == (None, None)
        return
    pauses = [Pause(*(day and date.fromisoformat(day) for day in pause.values())) for pause in told["pauses"]]
    worked_out = subject_access(
        facts["received_on"],
        Division(told["division"]),
        identity_received_on=facts["identity_received_on"],
        fee_received_on=facts["fee_received_on"],
        pauses=pauses,
        extended=facts["extended_on"] is not None and not told["extension_late"],
    )
    assert facts["due_on"] == worked_out.due_on
    assert facts["internal_due_on"] == worked_out.internal_due_on
    assert (told["due_on"] is None) == (worked_out.paused_days is None)
    if facts["extended_on"] and worked_out.extension_notice_by:
        assert told["extension_late"] == (worked_out.extension_notice_by < facts["extended_on"])
