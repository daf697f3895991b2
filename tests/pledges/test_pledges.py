"""Pledges: first the question in public, then the answer, then whether it is kept."""

import asyncio
from datetime import date, datetime, time, timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from app.core import clock
from app.models.pledges import PledgeState
from app.services.pledges import PLEDGE
from tests.contracts.power_samples import place_decision_maker
from tests.organising import Ground

DAY = date(2027, 6, 15)
PROOF = {"text": "Minutes of the council.", "url": "https://www.example.org/minutes"}


@pytest.fixture
async def pledge(ground: Ground) -> dict[str, Any]:
    """Sought, on the fifteenth of June, to be kept by the end of the year."""
    await ground.on(DAY)
    return await _sought(ground, due_on="2027-12-31")


async def _sought(ground: Ground, **said: Any) -> dict[str, Any]:
    if "decision_maker_id" not in said:
        said["decision_maker_id"] = str((await place_decision_maker(ground.world, ground.unit)).id)
    return await ground.do("pledges", wording="Will you pay the living wage?", **said)


async def test_from_the_question_to_the_promise_that_is_kept(ground: Ground, pledge: dict[str, Any]) -> None:
    path = f"pledges/{pledge['id']}"
    begins = datetime.combine(DAY - timedelta(days=3), time(19), clock.LONDON)
    action = await ground.action(starts_at=begins, ends_at=begins + timedelta(hours=2))
    asked = await ground.do(f"{path}/ask", action_id=str(action), wording="Will you pay the living wage to all?")
    assert (asked["state"], asked["asked_on"]) == ("sought", "2027-06-12")
    undecided = await ground.do(f"{path}/answer", answer="undecided", words="We shall see.", on_day="2027-06-12")
    assert undecided["state"] == "undecided"
    made = await ground.do(f"{path}/answer", answer="made", words="Yes, by March.", due_on="2028-03-31")
    assert (made["state"], made["due_on"], made["overdue"]) == ("made", "2028-03-31", False)
    assert (await ground.do(f"{path}/confirm", **PROOF))["state"] == "confirmed"
    await ground.on(date(2028, 3, 31))
    assert not (await ground.get(path))["overdue"]
    await ground.on(date(2028, 4, 1))
    assert (await ground.get(path))["overdue"]
    assert [p["id"] for p in (await ground.get("pledges?overdue=true"))["data"]] == [pledge["id"]]
    assert (await ground.do(f"{path}/keep-in-part", text="Half of them are paid."))["state"] == "part_kept"
    kept = await ground.do(f"{path}/keep", text="All are paid.")
    assert (kept["state"], kept["overdue"]) == ("kept", False)
    told = await ground.get(path)
    assert [(s["action"], s["to_state"], s["on_day"]) for s in told["steps"]] == [
        ("seek", "sought", "2027-06-15"),
        ("ask", "sought", "2027-06-12"),
        ("answer_undecided", "undecided", "2027-06-12"),
        ("answer_made", "made", "2027-06-15"),
        ("confirm", "confirmed", "2027-06-15"),
        ("keep_in_part", "part_kept", "2028-04-01"),
        ("keep", "kept", "2028-04-01"),
    ]
    assert told["steps"][3]["words"] == "Yes, by March."
    assert told["steps"][4]["url"] == PROOF["url"]
    stored = await ground.world.api.value("select string_agg(encode(sealed, 'escape'), '') from pledge_steps")
    assert "by March" not in stored


async def test_nothing_is_answered_before_it_was_asked(ground: Ground, pledge: dict[str, Any]) -> None:
    path = f"pledges/{pledge['id']}"
    await ground.refused(f"{path}/answer", "not_asked_yet", answer="made")
    await ground.refused(f"{path}/ask", "in_future", 422, on_day="2027-06-16")
    await ground.do(f"{path}/ask", on_day="2027-06-10")
    await ground.refused(f"{path}/ask", "already_asked")
    await ground.refused(f"{path}/answer", "answer_before_question", 422, answer="made", on_day="2027-06-09")
    await ground.refused(f"{path}/answer", "due_before_question", 422, answer="made", due_on="2027-06-09")
    await ground.refused(f"{path}/confirm", "wrong_state", **PROOF)
    await ground.do(f"{path}/answer", answer="undecided", on_day="2027-06-12")
    await ground.refused(f"{path}/answer", "day_before_last_step", 422, answer="made", on_day="2027-06-11")
    assert (await ground.do(f"{path}/answer", answer="refused", words="No."))["state"] == "refused"
    await ground.refused(f"{path}/answer", "wrong_state", answer="made")


async def test_what_settles_a_pledge_is_proved(ground: Ground, pledge: dict[str, Any]) -> None:
    path = f"pledges/{pledge['id']}"
    await ground.do(f"{path}/ask")
    await ground.do(f"{path}/answer", answer="made")
    await ground.refused(f"{path}/confirm", "value_error", 422)
    await ground.refused(f"{path}/break", "string_pattern_mismatch", 422, url="ftp://example.org/proof")
    assert (await ground.do(f"{path}/break", **PROOF))["state"] == "broken"
    await ground.refused(f"{path}/withdraw", "wrong_state", **PROOF)
    undated = await _sought(ground)
    await ground.do(f"pledges/{undated['id']}/ask")
    await ground.do(f"pledges/{undated['id']}/answer", answer="made")
    await ground.refused(f"pledges/{undated['id']}/confirm", "due_day_needed", 422, **PROOF)
    assert (await ground.do(f"pledges/{undated['id']}/confirm", due_on="2027-07-01", **PROOF))["due_on"] == "2027-07-01"


async def test_the_wording_stays_once_it_is_asked_and_the_day_until_it_is_settled(
    ground: Ground, pledge: dict[str, Any]
) -> None:
    path = f"/v1/pledges/{pledge['id']}"

    async def patch(**said: Any) -> tuple[int, str | None]:
        etag = (await ground.organiser.get(path)).headers["ETag"]
        answer = await ground.organiser.patch(path, json=said, headers={"If-Match": etag})
        return answer.status_code, answer.json().get("code")

    assert await patch(wording="Will you build homes?") == (200, None)
    assert (await ground.organiser.patch(path, json={"due_on": None})).status_code == 428
    await ground.do(f"pledges/{pledge['id']}/ask")
    assert await patch(wording="Will you sell homes?") == (409, "question_asked")
    assert await patch(due_on="2028-01-31") == (200, None)
    await ground.do(f"pledges/{pledge['id']}/answer", answer="refused")
    assert await patch(due_on="2028-02-28") == (409, "pledge_settled")
    steps = (await ground.get(f"pledges/{pledge['id']}"))["steps"]
    assert [(s["action"], s["due_on"]) for s in steps] == [
        ("seek", "2027-12-31"), ("ask", "2027-12-31"), ("reschedule", "2028-01-31"), ("answer_refused", "2028-01-31"),
    ]  # fmt: skip


async def test_of_two_who_answer_at_once_one_is_refused(ground: Ground, pledge: dict[str, Any]) -> None:
    path = f"/v1/pledges/{pledge['id']}"
    await ground.do(f"pledges/{pledge['id']}/ask")
    said = [{"answer": "made"}, {"answer": "refused"}]
    answers = await asyncio.gather(*(ground.organiser.post(f"{path}/answer", json=one) for one in said))
    assert sorted(a.status_code for a in answers) == [200, 409]
    stale = await ground.organiser.post(f"{path}/withdraw", json=PROOF, headers={"If-Match": f'"{pledge["id"]}-1"'})
    assert stale.status_code == 412


async def test_what_is_due_before_the_next_assembly(ground: Ground) -> None:
    await ground.on(DAY)
    made = {}
    for due in ("2027-06-30", "2027-07-01", "2027-07-02"):
        made[due] = await _sought(ground, due_on=due)
        await ground.do(f"pledges/{made[due]['id']}/ask")
        await ground.do(f"pledges/{made[due]['id']}/answer", answer="made")
    await _sought(ground, due_on="2027-06-20")
    later, sooner = date(2027, 8, 1), date(2027, 7, 1)
    begins = [datetime.combine(day, time(19), clock.LONDON) for day in (later, sooner)]
    actions = [await ground.action(starts_at=at, ends_at=at + timedelta(hours=2)) for at in begins]
    told = await ground.get(f"pledges/due?branch_id={ground.unit}")
    assert (told["before_action_id"], told["before_on"]) == (str(actions[1]), "2027-07-01")
    assert [p["due_on"] for p in told["data"]] == ["2027-06-30", "2027-07-01"]
    august = await ground.get(f"pledges/due?before_action_id={actions[0]}&branch_id={ground.unit}")
    assert [p["due_on"] for p in august["data"]] == ["2027-06-30", "2027-07-01", "2027-07-02"]
    listed = await ground.get("pledges?open=true&due_before=2027-07-01&sort=due_on")
    assert [(p["due_on"], p["state"]) for p in listed["data"]] == [("2027-06-20", "sought"), ("2027-06-30", "made")]
    absent = await ground.other.get(f"/v1/pledges/due?before_action_id={actions[0]}")
    assert (absent.status_code, absent.json()["errors"][0]["code"]) == (422, "no_assembly")


async def test_another_unit_sees_no_pledge_and_a_leader_takes_no_step(ground: Ground, pledge: dict[str, Any]) -> None:
    path = f"pledges/{pledge['id']}"
    assert (await ground.other.get(f"/v1/{path}")).status_code == 404
    await ground.refused(f"{path}/ask", "not_found", 404, by=ground.other)
    await ground.refused(f"{path}/ask", "permission_missing", 403, by=ground.leader)
    theirs = await place_decision_maker(ground.world, ground.world.islington)
    said = {"decision_maker_id": str(theirs.id), "wording": "Will you?"}
    await ground.refused("pledges", "unknown_id", 422, **said)
    campaign = await ground.campaign(ground.world.islington)
    said = {"decision_maker_id": pledge["decision_maker_id"], "campaign_id": str(campaign), "wording": "Will you?"}
    await ground.refused("pledges", "unknown_id", 422, **said)


async def test_a_scorecard_tells_how_things_stood_on_a_day(ground: Ground) -> None:
    await ground.on(DAY)
    campaign = await ground.campaign()
    makers = [
        await place_decision_maker(ground.world, ground.unit, body=body) for body in ("A council", "A council", "B")
    ]
    one = await _sought(ground, decision_maker_id=str(makers[0].id), campaign_id=str(campaign), due_on="2027-06-18")
    two = await _sought(ground, decision_maker_id=str(makers[1].id), campaign_id=str(campaign))
    await _sought(ground, decision_maker_id=str(makers[2].id))
    for pledge in (one, two):
        await ground.do(f"pledges/{pledge['id']}/ask", on_day="2027-06-10")
    await ground.do(f"pledges/{one['id']}/answer", answer="made", on_day="2027-06-11")
    await ground.do(f"pledges/{two['id']}/answer", answer="refused", on_day="2027-06-12")
    await ground.on(date(2027, 6, 20))
    await ground.do(f"pledges/{one['id']}/keep", text="Done.")

    async def card(as_of: str, more: str = f"campaign_id={campaign}") -> dict[str, Any]:
        return await ground.get(f"scorecards?as_of={as_of}&{more}")

    assert (await card("2027-06-09"))["total"]["total"] == 0
    asked, answered, late, kept = [(await card(f"2027-06-{day}"))["total"] for day in (10, 12, 19, 20)]
    assert (asked["sought"], asked["asked"], asked["promised"]) == (2, 2, 0)
    assert (answered["made"], answered["refused"], answered["overdue"]) == (1, 1, 0)
    assert (late["made"], late["overdue"]) == (1, 1)
    assert (kept["kept"], kept["made"], kept["overdue"], kept["promised"]) == (1, 0, 0, 1)
    whole = await card("2027-06-20", f"branch_id={ground.unit}")
    assert [(b["body"], b["total"]) for b in whole["bodies"]] == [("A council", 2), ("B", 1)]
    assert (await card("2027-06-20", "body=B"))["total"]["sought"] == 1
    assert (await ground.get("scorecards", by=ground.other))["total"]["total"] == 0
    drawn = await ground.organiser.get(f"/v1/scorecards/chart?campaign_id={campaign}")
    assert drawn.headers["content-type"] == "image/svg+xml"
    assert makers[0].name.split()[0] in drawn.text
    assert "<script" not in drawn.text


PROVED = {
    "confirm": "confirm",
    "keep": "keep",
    "keep_in_part": "keep-in-part",
    "break": "break",
    "withdraw": "withdraw",
}
ANSWERED = {f"answer_{said}": ("answer", {"answer": said}) for said in ("made", "refused", "undecided")}
STEPS = {"ask": ("ask", {}), **ANSWERED, **{action: (verb, PROOF) for action, verb in PROVED.items()}}


@settings(max_examples=8, deadline=None, suppress_health_check=list(HealthCheck))
@given(actions=st.lists(st.sampled_from(sorted(STEPS)), max_size=5))
async def test_no_course_leads_round_the_lifecycle(ground: Ground, actions: list[str]) -> None:
    pledge = await _sought(ground, due_on=str(clock.today()))
    state, asked = PledgeState.sought, False
    for action in actions:
        verb, said = STEPS[action]
        answer = await ground.organiser.post(f"/v1/pledges/{pledge['id']}/{verb}", json=said)
        step = next(t for t in PLEDGE.transitions if t.action == action)
        guarded = asked if action == "ask" else not asked if action.startswith("answer") else False
        assert answer.status_code == (200 if state in step.from_states and not guarded else 409)
        if answer.status_code == 200:
            state, asked = PledgeState(step.to or state), asked or action == "ask"
    told = await ground.get(f"pledges/{pledge['id']}")
    assert (told["state"], told["steps"][-1]["to_state"]) == (state, state)
