"""Evaluations: rounds that are sealed, and lessons that are found again."""

from datetime import timedelta
from typing import Any
from uuid import UUID

from app.core import clock
from tests.actions.placed import hours_ago
from tests.organising import Ground

ROUNDS = {"feelings": ["Proud", "Tired"], "turnout": ["The school came late."], "reaction": ["They looked away."]}


async def held_action(ground: Ground, unit: UUID | None = None, **columns: Any) -> UUID:
    when = {"starts_at": hours_ago(5), "ends_at": hours_ago(3)}
    return await ground.action(unit, **{"state": "held", **when, **columns})


def lesson(text: str, *topics: str) -> dict[str, Any]:
    return {"text": text, "topics": list(topics)}


async def test_an_evaluation_is_recorded_corrected_and_frozen(ground: Ground) -> None:
    action = await held_action(ground)
    path = f"actions/{action}/evaluation"
    assert (await ground.organiser.get(f"/v1/{path}")).status_code == 404
    told = await ground.do(path, **ROUNDS, lessons=[lesson("Ask for numbers.", "turnout")])
    assert {name: told[name] for name in ROUNDS} == ROUNDS
    assert told["id"] == str(action)
    await ground.refused(path, "wrong_state", **ROUNDS)
    assert (await ground.get(f"actions/{action}"))["state"] == "evaluated"
    headers = {"If-Match": f'"{action}-{told["version"]}"'}
    new = {"feelings": ["Proud"], "lessons": [lesson("Begin on time."), lesson("Ask twice.", "ask", "target")]}
    changed = await ground.organiser.patch(f"/v1/{path}", json=new, headers=headers)
    assert changed.status_code == 200, changed.text
    read = await ground.get(path, ground.leader)
    assert (read["feelings"], read["turnout"]) == (["Proud"], ROUNDS["turnout"])
    assert [one["text"] for one in read["lessons"]] == ["Begin on time.", "Ask twice."]
    stale = await ground.organiser.patch(f"/v1/{path}", json=new, headers=headers)
    assert stale.status_code == 412
    await ground.do(f"actions/{action}/close")
    late = await ground.organiser.patch(f"/v1/{path}", json=new, headers={"If-Match": f'"{action}-{read["version"]}"'})
    assert (late.status_code, late.json()["code"]) == (409, "action_ended")


async def test_what_people_said_lies_sealed(ground: Ground) -> None:
    action = await held_action(ground)
    await ground.do(f"actions/{action}/evaluation", **ROUNDS)
    kept = await ground.world.api.row("select sealed from action_evaluations where id = $1", action)
    assert kept["sealed"]
    assert b"Proud" not in kept["sealed"]
    trail = await ground.world.api.row(
        "select string_agg(fields::text, '') as told from audit_entries where subject_id = $1", action
    )
    assert "Proud" not in (trail["told"] or "")


async def test_nothing_is_evaluated_before_it_was_held(ground: Ground) -> None:
    planned = await ground.action()
    await ground.refused(f"actions/{planned}/evaluation", "wrong_state", **ROUNDS)
    await ground.refused(f"actions/{planned}/evaluation", "value_error", 422)
    action = await held_action(ground)
    path = f"actions/{action}/evaluation"
    before = str(clock.today() - timedelta(days=2))
    await ground.refused(path, "before_the_action", 422, on_day=before, **ROUNDS)
    await ground.refused(path, "in_future", 422, on_day=str(clock.today() + timedelta(days=1)), **ROUNDS)
    await ground.refused(path, "permission_missing", 403, ground.leader, **ROUNDS)
    await ground.refused(path, "not_found", 404, ground.other, **ROUNDS)


async def test_lessons_come_back_the_most_alike_first(ground: Ground) -> None:
    campaign = await ground.campaign(issue="Buses")
    alike: dict[str, dict[str, Any]] = {
        "Same target": {"target": "example council", "kind": "negotiation"},
        "Same issue and kind": {"issue": "BUSES", "kind": "assembly"},
        "Same issue": {"issue": "Buses", "kind": "training"},
        "Same campaign": {"campaign_id": campaign, "kind": "other"},
        "Same kind": {"kind": "assembly"},
        "Nothing in common": {"kind": "house_meeting", "issue": "Rents", "target": "A landlord"},
    }
    for text, columns in alike.items():
        action = await held_action(ground, **columns)
        await ground.do(f"actions/{action}/evaluation", lessons=[lesson(text)])
    theirs = await held_action(ground, ground.world.islington, kind="assembly")
    await ground.do(f"actions/{theirs}/evaluation", ground.other, lessons=[lesson("Of others")])
    begins = clock.now() + timedelta(days=5)
    told = await ground.do(
        "actions",
        branch_id=str(ground.unit),
        name="The next one",
        kind="assembly",
        campaign_id=str(campaign),
        target="Example Council",
        starts_at=begins.isoformat(),
        ends_at=(begins + timedelta(hours=1)).isoformat(),
    )
    ours = [one for one in told["lessons"] if one["text"] in {*alike, "Of others"}]
    assert [one["text"] for one in ours] == list(alike)[:5]
    assert [one["alike"] for one in ours] == [["target"], ["issue", "kind"], ["issue"], ["campaign"], ["kind"]]
    assert (await ground.get(f"actions/{told['id']}"))["lessons"] == told["lessons"]


async def test_lessons_are_looked_up(ground: Ground) -> None:
    campaign = await ground.campaign()
    action = await held_action(ground, campaign_id=campaign, kind="negotiation")
    said = [lesson("Count the chairs twice.", "venue"), lesson("Rehearse the ask.", "ask", "roles")]
    await ground.do(f"actions/{action}/evaluation", lessons=said)

    async def found(**asked: str) -> list[str]:
        params = {"campaign_id": str(campaign), "sort": "created_at", **asked}
        return [one["text"] for one in (await ground.leader.get("/v1/lessons", params=params)).json()["data"]]

    assert sorted(await found()) == sorted(one["text"] for one in said)
    assert await found(topic="venue") == ["Count the chairs twice."]
    assert await found(q="the ASK") == ["Rehearse the ask."]
    assert await found(kind="assembly") == []
    assert (await ground.other.get("/v1/lessons", params={"campaign_id": str(campaign)})).json()["data"] == []
