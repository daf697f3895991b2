"""Leaders: a tier has evidence and a date, a leader has followers, and not everybody reads what is said of them."""

import asyncio
import itertools
from datetime import date, timedelta
from typing import Any
from uuid import UUID

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from app.core import clock
from app.models.leaders import LeaderTier
from app.services.erasures import erase_person
from tests.one_to_ones.placed import place_one_to_one
from tests.organising import Ground
from tests.world import fake

SHOWN = "Brought eleven people to the assembly."
ORDER = list(LeaderTier)


async def led(ground: Ground, on_day: str = "2026-01-05", **more: Any) -> dict[str, Any]:
    """A leader of somebody on record, tertiary since a day."""
    said = {"person": {"person_id": str(await ground.person())}, "evidence": SHOWN, "on_day": on_day, **more}
    return await ground.do("leaders", branch_id=str(ground.unit), **said)


async def test_a_leader_begins_tertiary_with_what_shows_it(ground: Ground) -> None:
    institution = await ground.organisation()
    person = {"given_name": fake.first_name(), "family_name": fake.last_name()}
    made = await led(
        ground, person=person, organisation_id=str(institution), followers_estimate=20, talents=["Listens"], moves="Her"
    )
    assert (made["tier"], made["tier_since"], made["state"]) == ("tertiary", "2026-01-05", "active")
    assert made["person_name"] == f"{person['given_name']} {person['family_name']}"
    assert (made["followers"], made["has_followers"]) == (0, False)
    found = await ground.get(f"leaders/{made['id']}")
    assert (found["talents"], found["moves"], found["tiers"][0]["evidence"]) == (["Listens"], "Her", SHOWN)
    texts = await ground.world.api.value("select string_agg(sealed::text, '') from leaders where id = $1", made["id"])
    assert "Listens" not in texts
    who = {"branch_id": str(ground.unit), "person": {"person_id": made["person_id"]}}
    await ground.refused("leaders", "missing", 422, **who)
    await ground.refused("leaders", "leader_known", evidence=SHOWN, **who)


async def test_the_tier_of_a_past_day_stays_on_record(ground: Ground) -> None:
    """The vector: tertiary → secondary on 2026-05-01 keeps both, and tertiary on 2026-04-30 is true."""
    action, campaign = await ground.action(), await ground.campaign()
    meeting = await place_one_to_one(ground.world, ground.unit)
    leader = await led(ground)
    moved = await ground.do(
        f"leaders/{leader['id']}/change-tier",
        tier="secondary",
        on_day="2026-05-01",
        evidence=SHOWN,
        action_id=str(action),
        one_to_one_id=str(meeting.id),
        campaign_id=str(campaign),
    )
    assert (moved["tier"], moved["tier_since"], moved["version"]) == ("secondary", "2026-05-01", 2)
    for day, tier in (("2026-04-30", "tertiary"), ("2026-05-01", "secondary"), ("2026-01-04", None)):
        assert (await ground.get(f"leaders/{leader['id']}?as_of={day}"))["tier"] == tier
        for asked in LeaderTier:
            page = await ground.get(f"leaders?person_id={leader['person_id']}&tier={asked}&as_of={day}")
            assert len(page["data"]) == (tier == asked)
    tiers = (await ground.get(f"leaders/{leader['id']}"))["tiers"]
    assert [(one["tier"], one["from_day"], one["until"]) for one in tiers] == [
        ("secondary", "2026-05-01", None),
        ("tertiary", "2026-01-05", "2026-05-01"),
    ]
    assert (tiers[0]["action_id"], tiers[0]["one_to_one_id"]) == (str(action), str(meeting.id))


async def test_a_tier_without_evidence_or_out_of_order_is_refused(ground: Ground) -> None:
    path = f"leaders/{(await led(ground))['id']}/change-tier"
    await ground.refused(path, "missing", 422, tier="secondary")
    await ground.refused(path, "tier_skipped", tier="primary", evidence=SHOWN)
    await ground.refused(path, "tier_unchanged", tier="tertiary", evidence=SHOWN)
    await ground.refused(path, "out_of_order", tier="secondary", evidence=SHOWN, on_day="2026-01-05")
    later = str(clock.today() + timedelta(days=1))
    await ground.refused(path, "in_future", 422, tier="secondary", evidence=SHOWN, on_day=later)
    elsewhere = str(await ground.action(ground.world.islington))
    await ground.refused(path, "unknown_id", 422, tier="secondary", evidence=SHOWN, action_id=elsewhere)
    await ground.do(path, tier="secondary", evidence=SHOWN, on_day="2026-02-01")
    await ground.do(path, tier="primary", evidence=SHOWN, on_day="2026-03-01")
    # Down in one step.
    fallen = await ground.do(path, tier="tertiary", evidence="Moved away.", on_day="2026-04-01")
    assert fallen["tier"] == "tertiary"


@settings(max_examples=6, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.tuples(st.sampled_from(ORDER), st.integers(-2, 40)), min_size=1, max_size=5))
async def test_whatever_is_said_the_history_climbs_by_one_and_in_order(
    ground: Ground, said: list[tuple[LeaderTier, int]]
) -> None:
    leader, day = await led(ground), date(2026, 1, 5)
    for tier, days in said:
        day = day + timedelta(days=days)
        body = {"tier": tier, "evidence": SHOWN, "on_day": str(day)}
        answer = await ground.organiser.post(f"/v1/leaders/{leader['id']}/change-tier", json=body)
        assert answer.status_code in (200, 409), answer.text
    tiers = list(reversed((await ground.get(f"leaders/{leader['id']}"))["tiers"]))
    assert tiers[0]["tier"] == "tertiary"
    for before, after in itertools.pairwise(tiers):
        assert before["until"] == after["from_day"] > before["from_day"]
        rise = ORDER.index(after["tier"]) - ORDER.index(before["tier"])
        assert rise == 1 or rise < 0


async def test_of_two_at_once_one_changes_the_tier(ground: Ground) -> None:
    leader = await led(ground)
    url, said = f"/v1/leaders/{leader['id']}/change-tier", {"tier": "secondary", "evidence": SHOWN}
    both = await asyncio.gather(*(ground.organiser.post(url, json=said) for _ in range(2)))
    assert sorted(answer.status_code for answer in both) == [200, 409]
    person = {"branch_id": str(ground.unit), "person": {"person_id": str(await ground.person())}, "evidence": SHOWN}
    both = await asyncio.gather(*(ground.organiser.post("/v1/leaders", json=person) for _ in range(2)))
    assert sorted(answer.status_code for answer in both) == [201, 409]


async def test_a_profile_is_corrected_with_the_version_that_was_read(ground: Ground) -> None:
    leader = await led(ground, talents=["Cooks"], moves="Her street")
    url, etag = f"/v1/leaders/{leader['id']}", f'"{leader["id"]}-1"'
    assert (await ground.organiser.patch(url, json={"followers_estimate": 3})).status_code == 428
    done = await ground.organiser.patch(url, json={"talents": ["Sings"]}, headers={"If-Match": etag})
    assert done.status_code == 200, done.text
    stale = await ground.organiser.patch(url, json={"moves": None}, headers={"If-Match": etag})
    assert (stale.status_code, stale.json()["code"]) == (412, "version_conflict")
    found = await ground.get(f"leaders/{leader['id']}")
    assert (found["talents"], found["moves"]) == (["Sings"], "Her street")


async def test_followers_make_a_leader(ground: Ground) -> None:
    leader, action = await led(ground), str(await ground.action())
    path = f"leaders/{leader['id']}/followers"
    who = {"person_id": str(await ground.person())}
    first = await ground.do(path, person=who, action_id=action, since="2026-03-01")
    await ground.do(path, person={"given_name": fake.first_name(), "family_name": fake.last_name()})
    assert (first["action_id"], first["since"], first["person_name"] is None) == (action, "2026-03-01", False)
    await ground.refused(path, "follower_known", person=who)
    await ground.refused(path, "own_follower", 422, person={"person_id": leader["person_id"]})
    elsewhere = {"person_id": str(await ground.person(ground.world.islington))}
    await ground.refused(path, "unknown_person", 422, person=elsewhere)
    found = await ground.get(f"leaders/{leader['id']}")
    assert (found["followers"], found["has_followers"]) == (2, True)
    assert (await ground.get(f"leaders/{leader['id']}?as_of=2026-03-05"))["followers"] == 1
    await ground.refused(f"{path}/{first['id']}/end", "before_beginning", 422, on_day="2026-02-01")
    await ground.do(f"{path}/{first['id']}/end", on_day="2026-06-01")
    await ground.refused(f"{path}/{first['id']}/end", "follower_ended")
    page = await ground.get(f"{path}?following=true&count=exact")
    assert page["count"]["value"] == 1
    assert len((await ground.get(f"leaders?person_id={leader['person_id']}&has_followers=true"))["data"]) == 1


async def test_steps_of_development_are_planned_and_taken(ground: Ground) -> None:
    leader = await led(ground)
    path = f"leaders/{leader['id']}/steps"
    late = await ground.do(path, text="Chair a house meeting", due_on="2026-12-01")
    soon = await ground.do(path, text="Go to the taster", due_on="2026-11-30")
    assert [one["id"] for one in (await ground.get(path))["data"]] == [soon["id"], late["id"]]
    assert [one["text"] for one in (await ground.get(f"{path}?limit=1"))["data"]] == ["Go to the taster"]
    done = await ground.do(f"{path}/{soon['id']}/complete", done_on="2026-11-01")
    assert (done["state"], done["done_on"], done["text"]) == ("done", "2026-11-01", "Go to the taster")
    await ground.refused(f"{path}/{soon['id']}/complete", "step_settled")
    assert (await ground.do(f"{path}/{late['id']}/drop"))["state"] == "dropped"
    assert (await ground.get(f"{path}?state=open"))["data"] == []
    other = await led(ground)
    gone = await ground.organiser.post(f"/v1/leaders/{other['id']}/steps/{late['id']}/complete", json={})
    assert gone.status_code == 404


async def test_who_has_left_leads_no_more_and_may_begin_anew(ground: Ground) -> None:
    leader = await led(ground)
    path = f"leaders/{leader['id']}"
    assert (await ground.do(f"{path}/rest"))["state"] == "resting"
    assert (await ground.do(f"{path}/resume"))["state"] == "active"
    left = await ground.do(f"{path}/leave")
    assert not any(action["allowed"] for action in left["allowed_actions"])
    await ground.refused(f"{path}/change-tier", "wrong_state", tier="secondary", evidence=SHOWN)
    await ground.refused(f"{path}/steps", "leader_left", text="Rest", due_on="2026-12-01")
    again = await led(ground, person={"person_id": leader["person_id"]})
    assert again["id"] != leader["id"]


async def test_figures_count_by_institution_on_a_day(ground: Ground) -> None:
    name = "Dim <b> & \u2026 Sant"
    institution = str(await ground.organisation(name=name))
    for day in ("2026-03-01", "2026-04-01"):
        leader = await led(ground, day, organisation_id=institution)
        path = f"leaders/{leader['id']}/change-tier"
        await ground.do(path, tier="secondary", evidence=SHOWN, on_day="2026-05-01")
    await led(ground, "2026-05-01")

    async def figures(day: str) -> list[tuple[int, int, int, str | None]]:
        told = await ground.get(f"leaders/tiers?as_of={day}&branch_id={ground.unit}")
        assert told["tertiary"] == sum(one["tertiary"] for one in told["institutions"])
        return [(o["tertiary"], o["secondary"], o["primary"], o["organisation_id"]) for o in told["institutions"]]

    assert await figures("2026-02-28") == []
    assert await figures("2026-04-30") == [(2, 0, 0, institution)]
    assert await figures("2026-05-01") == [(0, 2, 0, institution), (1, 0, 0, None)]
    chart = await ground.organiser.get("/v1/leaders/tiers/chart?as_of=2026-05-01")
    assert chart.headers["content-type"] == "image/svg+xml"
    assert "<b>" not in chart.text
    assert "&lt;b&gt;" in chart.text
    assert "Secondary" in chart.text


async def test_leaders_are_seen_by_whoever_may_know_of_meetings(ground: Ground) -> None:
    leader = await led(ground)
    url = f"/v1/leaders/{leader['id']}"
    assert (await ground.leader.get(url)).status_code == 403
    for path in ("", "/followers", "/steps"):
        assert (await ground.other.get(f"{url}{path}")).status_code == 404
    said = {"tier": "secondary", "evidence": SHOWN}
    await ground.refused(f"leaders/{leader['id']}/change-tier", "not_found", 404, by=ground.other, **said)
    assert (await ground.other.get("/v1/leaders", params={"person_id": leader["person_id"]})).json()["data"] == []
    assert (await ground.get(f"leaders/{leader['id']}", by=ground.supervisor))["tier"] == "tertiary"
    read = "select count(*) from access_log where subject_id = $1 and purpose = 'read:leader'"
    for _ in range(50):
        if count := await ground.world.api.value(read, UUID(leader["id"])):
            break
        await asyncio.sleep(0.02)
    assert count == 1


async def test_an_erased_leader_is_counted_and_nobody(ground: Ground) -> None:
    leader = await led(ground, talents=["Sings"])
    await ground.do(f"leaders/{leader['id']}/steps", text="Sing", due_on="2026-12-01")
    async with ground.world.api.owner.transaction() as session:
        await erase_person(session, None, UUID(leader["person_id"]))
    row = await ground.world.api.value(
        "select json_build_array(l.state, length(l.sealed), t.reached, length(t.sealed), "
        "(select count(*) from leader_steps s where s.leader_id = l.id))::text "
        "from leaders l join leader_tiers t on t.leader_id = l.id where l.id = $1",
        UUID(leader["id"]),
    )
    assert row == '["left", 0, "tertiary", 0, 0]'
    before = await ground.get("leaders/tiers?as_of=2026-02-01")
    assert before["tertiary"] >= 1


@pytest.mark.parametrize("path", ["leaders", "leaders/tiers"])
async def test_what_is_asked_amiss_is_refused(ground: Ground, path: str) -> None:
    answer = await ground.organiser.get(f"/v1/{path}?as_of=soon")
    assert answer.status_code == 422
