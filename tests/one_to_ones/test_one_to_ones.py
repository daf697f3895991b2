"""One-to-ones: one call saves it all, each step is told and judged, and what follows is kept track of."""

import asyncio
from collections.abc import Mapping
from datetime import date, timedelta
from typing import Any

import pytest

from app.core import clock
from app.services.one_to_ones_record import COURSE
from tests.one_to_ones.placed import place_one_to_one
from tests.organising import Ground
from tests.world import fake

WEEK = timedelta(weeks=1)


def said(ground: Ground, **more: Any) -> dict[str, Any]:
    """A one-to-one of today, held, with somebody new."""
    return {
        "branch_id": str(ground.unit),
        "person": {"given_name": fake.first_name(), "family_name": fake.last_name()},
        "state": "held",
        "on_day": clock.today().isoformat(),
        "purpose": "get_to_know",
        "tier": "team",
        **more,
    }


async def test_one_call_saves_person_institution_day_notes_and_next_step(ground: Ground) -> None:
    api = ground.world.api
    due = (clock.today() + WEEK).isoformat()
    body = said(
        ground,
        organisation={"name": fake.company(), "kind": "school"},
        campaign_id=str(await ground.campaign()),
        minutes=40,
        notes={"interests": ["Rents", "Buses"], "story": "Came here to study.", "asks": "Would you host a meeting?"},
        next_step={"text": "Bring two neighbours", "due_on": due},
    )
    headers = {"Idempotency-Key": "once"}
    first = await ground.organiser.post("/v1/one-to-ones", json=body, headers=headers)
    again = await ground.organiser.post("/v1/one-to-ones", json=body, headers=headers)
    assert first.status_code == again.status_code == 201, first.text
    assert again.json() == first.json()
    made = first.json()
    assert await api.value("select count(*) from one_to_ones where branch_id = $1", ground.unit) == 1
    assert made["organiser_id"] == str(ground.organiser_id)
    assert made["person_name"] == f"{body['person']['given_name']} {body['person']['family_name']}"
    assert made["next_step"] == {"due_on": due, "kept": None, "settled_on": None}
    person = await ground.get(f"members?ids={await api.value(_MEMBER, made['person_id'])}")
    assert person["data"][0]["relationship"] == "supporter"
    assert (await ground.get(f"one-to-ones/{made['id']}"))["notes"] == {
        "interests": ["Rents", "Buses"],
        "story": "Came here to study.",
        "asks": "Would you host a meeting?",
        "next_step": "Bring two neighbours",
        "special": [],
        "explicit_consent_on": None,
        "announced_on": clock.today().isoformat(),
        "announced_again_on": None,
    }
    name = await api.value("select name from organisations where id = $1", made["organisation_id"])
    assert name == body["organisation"]["name"]


_MEMBER = "select id from members where person_id = $1"


async def test_what_is_refused_leaves_nobody_on_record(ground: Ground) -> None:
    body = said(ground, notes={"special": ["health"]})
    count = "select count(*) from people"
    before = await ground.world.api.value(count)
    await ground.refused("one-to-ones", "consent_needed", 422, **body)
    assert await ground.world.api.value(count) == before


async def test_who_and_what_is_named_must_be_in_sight(ground: Ground) -> None:
    away = await ground.person(ground.world.islington)
    await ground.refused("one-to-ones", "unknown_person", 422, **said(ground, person={"person_id": str(away)}))
    campaign = await ground.campaign(ground.world.islington)
    await ground.refused("one-to-ones", "unknown_id", 422, **said(ground, campaign_id=str(campaign)))
    institution = {"organisation_id": str(await ground.organisation(ground.world.islington))}
    await ground.refused("one-to-ones", "unknown_id", 422, **said(ground, organisation=institution))
    await ground.refused(
        "one-to-ones", "permission_missing", 403, **said(ground, branch_id=str(ground.world.islington))
    )
    await ground.refused("one-to-ones", "permission_missing", 403, by=ground.leader, **said(ground))


async def test_days_make_sense(ground: Ground) -> None:
    today = clock.today()
    later, before = (today + WEEK).isoformat(), (today - WEEK).isoformat()
    await ground.refused("one-to-ones", "in_future", 422, **said(ground, on_day=later))
    await ground.refused("one-to-ones", "in_past", 422, **said(ground, state="planned", on_day=before))
    noon = clock.day_starts(today + WEEK) + timedelta(hours=12)
    await ground.refused("one-to-ones", "not_on_that_day", 422, **said(ground, starts_at=noon.isoformat()))
    planned = await ground.do("one-to-ones", **said(ground, state="planned", on_day=later, starts_at=noon.isoformat()))
    path = f"one-to-ones/{planned['id']}"
    for verb in ("hold", "miss"):
        assert (await ground.refused(f"{path}/{verb}", "not_yet")).json()["code"] == "action_not_allowed"
    await ground.refused(f"{path}/reschedule", "in_past", 422, on_day=before)
    moved = await ground.do(f"{path}/reschedule", on_day=today.isoformat())
    assert (moved["state"], moved["on_day"], moved["starts_at"]) == ("planned", today.isoformat(), None)


async def test_the_time_of_day_is_its_organisers_alone(ground: Ground) -> None:
    noon = clock.day_starts(clock.today()) + timedelta(hours=12)
    made = await ground.do("one-to-ones", **said(ground, starts_at=noon.isoformat()))
    assert made["starts_at"] is not None
    colleague = ground.supervisor
    assert (await ground.get(f"one-to-ones/{made['id']}", by=colleague))["starts_at"] is None
    listed = await ground.get(f"one-to-ones?person_id={made['person_id']}", by=colleague)
    assert [one["starts_at"] for one in listed["data"]] == [None]


async def test_planned_is_held_missed_or_cancelled_once(ground: Ground) -> None:
    for verb, state in (("hold", "held"), ("miss", "missed"), ("cancel", "cancelled")):
        planned = await ground.do("one-to-ones", **said(ground, state="planned"))
        path = f"one-to-ones/{planned['id']}"
        done = await ground.do(f"{path}/{verb}")
        assert (done["state"], done["state_since"]) == (state, clock.today().isoformat())
        for other in ("hold", "miss", "cancel", "reschedule"):
            body: dict[str, Any] = {"on_day": clock.today().isoformat()} if other == "reschedule" else {}
            await ground.refused(f"{path}/{other}", "wrong_state", **body)


async def test_of_two_at_once_one_wins(ground: Ground) -> None:
    planned = await ground.do("one-to-ones", **said(ground, state="planned"))
    path = f"/v1/one-to-ones/{planned['id']}"
    answers = await asyncio.gather(*(ground.organiser.post(f"{path}/{verb}", json={}) for verb in ("hold", "hold")))
    assert sorted(answer.status_code for answer in answers) == [200, 409]
    stale = {"If-Match": f'"{planned["id"]}-1"'}
    late = await ground.organiser.patch(path, json={"minutes": 30}, headers=stale)
    assert late.status_code == 412
    fresh = {"If-Match": f'"{planned["id"]}-2"'}
    assert (await ground.organiser.patch(path, json={"minutes": 30}, headers=fresh)).json()["minutes"] == 30


async def test_a_next_step_is_kept_or_not_and_found_while_it_is_open(ground: Ground) -> None:
    due = clock.today() + WEEK
    step = {"text": "Write to the head", "due_on": due.isoformat()}
    one, two = [await ground.do("one-to-ones", **said(ground, next_step=step)) for _ in range(2)]
    without = await ground.do("one-to-ones", **said(ground))
    await ground.refused(f"one-to-ones/{without['id']}/next-step/keep", "no_next_step")
    await ground.refused(
        f"one-to-ones/{one['id']}/next-step/keep", "in_future", 422, settled_on=(clock.today() + WEEK).isoformat()
    )
    kept = await ground.do(f"one-to-ones/{one['id']}/next-step/keep")
    assert kept["next_step"] == {"due_on": due.isoformat(), "kept": True, "settled_on": clock.today().isoformat()}
    await ground.refused(f"one-to-ones/{one['id']}/next-step/miss", "next_step_settled")

    async def found(query: str) -> set[str]:
        listed = await ground.get(f"one-to-ones?branch_id={ground.unit}&{query}")
        return {row["id"] for row in listed["data"]}

    assert await found("next_step_open=true") == {two["id"]}
    assert await found(f"next_step_due_before={due + timedelta(days=1)}") == {one["id"], two["id"]}
    assert await found(f"next_step_due_before={due}") == set()
    missed = await ground.do(f"one-to-ones/{two['id']}/next-step/miss")
    assert missed["next_step"]["kept"] is False
    assert await found("next_step_open=true") == set()
    # Another step takes the place of the one that was settled.
    again = await ground.do(f"one-to-ones/{two['id']}/write-notes", next_step=step)
    assert again["next_step"]["kept"] is None


async def test_the_facts_are_for_all_with_the_right_and_for_nobody_elsewhere(ground: Ground) -> None:
    made = await ground.do("one-to-ones", **said(ground))
    assert (await ground.get(f"one-to-ones/{made['id']}", by=ground.supervisor))["purpose"] == "get_to_know"
    for client, status in ((ground.other, 404), (ground.leader, 403)):
        assert (await client.get(f"/v1/one-to-ones/{made['id']}")).status_code == status
    assert (await ground.get("one-to-ones", by=ground.other))["data"] == []


async def test_lists_turn_pages_and_count(ground: Ground) -> None:
    rows = [
        await place_one_to_one(ground.world, ground.unit, on_day=clock.today() - n * WEEK, purpose="recruit")
        for n in range(5)
    ]
    seen, path = [], f"/v1/one-to-ones?branch_id={ground.unit}&purpose=recruit&limit=2&count=exact"
    cursor = None
    while True:
        page = (await ground.organiser.get(path + (f"&cursor={cursor}" if cursor else ""))).json()
        assert page["count"] == {"value": 5, "relation": "eq"}
        seen += [row["id"] for row in page["data"]]
        cursor = page["next_cursor"]
        if cursor is None:
            break
    assert seen == [str(row.id) for row in rows]
    day = clock.today() - WEEK
    assert len((await ground.get(f"one-to-ones?from_day={day}&to_day={day}&state=held"))["data"]) == 1


@pytest.mark.parametrize("state", COURSE.states)
@pytest.mark.parametrize("own", [True, False])
def test_every_action_is_offered_just_where_it_is_allowed(state: str, own: bool) -> None:
    today = date(2026, 5, 1)
    record: Mapping[str, Any] = {
        "id": "1",
        "state": state,
        "on_day": today,
        "is_own": own,
        "next_step_due_on": today,
        "next_step_kept": None,
    }
    offers = {offer["action"] for offer in COURSE.allowed_actions(record, lambda _: True, today) if offer["allowed"]}
    of_planned = {"reschedule", "hold", "miss", "cancel"} if state == "planned" else set()
    of_others = set() if state == "cancelled" else {"keep_next_step", "miss_next_step"}
    of_own = {"write_notes", "set_tier"} if own and state != "cancelled" else set()
    assert offers == of_planned | of_others | of_own
