"""Actions from plan to close; who takes which role; rights."""

from datetime import timedelta
from typing import Any

import pytest

from app.core import clock
from tests.actions.placed import hours_ago
from tests.organising import Ground
from tests.world import fake


def plan(ground: Ground, **said: Any) -> dict[str, Any]:
    begins = clock.now() + timedelta(days=10)
    when = {"starts_at": begins.isoformat(), "ends_at": (begins + timedelta(hours=2)).isoformat()}
    return {"branch_id": str(ground.unit), "name": "Assembly on warm homes", "kind": "assembly", **when, **said}


async def patched(ground: Ground, action: dict[str, Any], status: int = 200, **said: Any) -> dict[str, Any]:
    headers = {"If-Match": f'"{action["id"]}-{action["version"]}"'}
    answer = await ground.organiser.patch(f"/v1/actions/{action['id']}", json=said, headers=headers)
    assert answer.status_code == status, answer.text
    told: dict[str, Any] = answer.json()
    return told


async def test_an_action_is_planned_moved_confirmed_held_evaluated_and_closed(ground: Ground) -> None:
    campaign = await ground.campaign(issue="Cold homes")
    action = await ground.do("actions", **plan(ground, campaign_id=str(campaign), accessibility=["step_free"]))
    assert (action["state"], action["sequence"], action["issue"], action["lessons"]) == ("planned", 0, "Cold homes", [])
    path = f"actions/{action['id']}"
    await ground.refused(f"{path}/hold", "wrong_state")
    action = await ground.do(f"{path}/confirm")
    assert action["sequence"] == 1
    await ground.refused(f"{path}/hold", "not_begun")
    later = clock.now() + timedelta(days=20)
    when = {"starts_at": later.isoformat(), "ends_at": (later + timedelta(hours=1)).isoformat()}
    action = await patched(ground, action, **when)
    assert (action["state"], action["sequence"]) == ("confirmed", 2)
    action = await patched(ground, action, ask="Will you pay the living wage?")
    assert action["sequence"] == 2
    await ground.on(clock.day_of(later + timedelta(days=1)))
    action = await ground.do(f"{path}/hold")
    assert (await patched(ground, action, 409, **when))["code"] == "action_over"
    action = await patched(ground, action, target="Example Borough Council")
    await ground.refused(f"{path}/close", "wrong_state")
    await ground.do(f"{path}/evaluation", feelings=["Proud"])
    closed = await ground.do(f"{path}/close")
    assert closed["state"] == "closed"
    assert not any(one["allowed"] for one in closed["allowed_actions"])
    assert (await patched(ground, closed, 409, name="Another"))["code"] == "action_ended"


async def test_a_cancelled_action_says_why_and_is_over(ground: Ground) -> None:
    action = await ground.action()
    await ground.refused(f"actions/{action}/cancel", "missing", 422)
    told = await ground.do(f"actions/{action}/cancel", reason="The hall was flooded.")
    assert (told["state"], told["cancel_reason"], told["sequence"]) == ("cancelled", "The hall was flooded.", 1)
    for verb in ("confirm", "check-in-code"):
        await ground.refused(f"actions/{action}/{verb}", "wrong_state")
    await ground.refused(f"actions/{action}/cancel", "wrong_state", reason="Twice.")


async def test_what_is_wrong_with_a_plan_is_said(ground: Ground) -> None:
    now = clock.now()
    backwards = plan(ground, starts_at=now.isoformat(), ends_at=(now - timedelta(hours=1)).isoformat())
    refused = await ground.refused("actions", "ends_before_start", 422, **backwards)
    assert refused.json()["errors"][0]["pointer"] == "/ends_at"
    theirs = await ground.campaign(ground.world.islington)
    await ground.refused("actions", "unknown_id", 422, **plan(ground, campaign_id=str(theirs)))
    await ground.refused("actions", "permission_missing", 403, ground.leader, **plan(ground))
    islington = plan(ground, branch_id=str(ground.world.islington))
    await ground.refused("actions", "permission_missing", 403, **islington)


async def test_actions_are_found_by_their_day_kind_and_state(ground: Ground) -> None:
    campaign = await ground.campaign()
    day = clock.today() + timedelta(days=3)
    begins = clock.day_starts(day)
    late = begins + timedelta(hours=23, minutes=30)
    first = await ground.action(campaign_id=campaign, starts_at=begins, ends_at=late, kind="research_action")
    last = await ground.action(campaign_id=campaign, starts_at=late, ends_at=late + timedelta(hours=1))
    await ground.action(campaign_id=campaign, starts_at=begins + timedelta(days=1), ends_at=late + timedelta(days=1))

    async def found(**asked: Any) -> list[str]:
        params = {"campaign_id": str(campaign), "sort": "starts_at", **asked}
        answer = await ground.leader.get("/v1/actions", params=params)
        return [one["id"] for one in answer.json()["data"]]

    assert await found(from_day=str(day), to_day=str(day)) == [str(first), str(last)]
    assert await found(kind="research_action") == [str(first)]
    assert len(await found(state="planned")) == 3
    assert len(await found(from_day=str(day + timedelta(days=1)))) == 1
    theirs = await ground.other.get("/v1/actions", params={"campaign_id": str(campaign)})
    assert theirs.json()["data"] == []


async def test_a_change_of_what_was_read_before_is_refused(ground: Ground) -> None:
    action = await ground.do("actions", **plan(ground))
    await patched(ground, action, name="Another name")
    stale = await patched(ground, action, 412, name="A third")
    assert stale["current"]["name"] == "Another name"


@pytest.mark.parametrize("who", ["other", "leader"])
async def test_nobody_else_moves_it(ground: Ground, who: str) -> None:
    action = await ground.action()
    code, status = ("not_found", 404) if who == "other" else ("permission_missing", 403)
    for verb, said in (("confirm", {}), ("cancel", {"reason": "No."}), ("check-in-code", {})):
        await ground.refused(f"actions/{action}/{verb}", code, status, getattr(ground, who), **said)


async def test_people_have_roles_for_as_long_as_they_have_them(ground: Ground) -> None:
    action, person = await ground.action(), await ground.person()
    path = f"actions/{action}/roles"
    chair = await ground.do(path, role="chair", person={"person_id": str(person)})
    await ground.refused(path, "role_held", role="chair", person={"person_id": str(person)})
    new = {"given_name": fake.first_name(), "family_name": fake.last_name()}
    pinner = await ground.do(path, role="pinner", person=new)
    shown = (await ground.get(f"actions/{action}", ground.leader))["roles"]
    assert [one["role"] for one in shown] == ["chair", "pinner"]
    ended = await ground.do(f"{path}/{chair['id']}/end")
    assert ended["until_day"] == str(clock.today())
    await ground.refused(f"{path}/{chair['id']}/end", "role_ended")
    tomorrow = str(clock.today() + timedelta(days=1))
    await ground.refused(f"{path}/{pinner['id']}/end", "in_future", 422, until_day=tomorrow)
    assert [one["id"] for one in (await ground.get(f"{path}?current=true"))["data"]] == [pinner["id"]]
    assert len((await ground.get(path))["data"]) == 2
    theirs = await ground.person(ground.world.islington)
    await ground.refused(path, "unknown_person", 422, role="press", person={"person_id": str(theirs)})
    elsewhere = await ground.action()
    await ground.refused(f"actions/{elsewhere}/roles/{pinner['id']}/end", "not_found", 404)


async def test_a_new_institution_joins_as_a_prospect(ground: Ground) -> None:
    action = await ground.action(state="held", starts_at=hours_ago(3), ends_at=hours_ago(1))
    named = {"name": fake.company(), "kind": "school"}
    joined = await ground.do(f"actions/{action}/organisations", organisation=named)
    assert joined["name"] == named["name"]
    organisation = joined["organisation_id"]
    assert (await ground.get(f"organisations/{organisation}"))["state"] == "prospect"
    told = await ground.do(f"actions/{action}/turnout/count", organisation_id=organisation, counted=9)
    assert (told["counted"], told["percent"]) == (9, None)
    await ground.refused(f"actions/{action}/organisations/{organisation}/leave", "action_over")
