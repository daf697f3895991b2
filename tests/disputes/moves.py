"""What is done next in a walk: what the state asks for, or something else that somebody tries."""

from collections.abc import Sequence
from datetime import date, datetime, time, timedelta

from app.core import clock
from app.core.permissions import PARTS, Part
from app.models.disputes import DisputeState as S
from app.services.disputes.lifecycle import DISPUTE
from tests.disputes.sayings import Dice, Facts, Said, body_of, spoil
from tests.disputes.walk import Walk

ACTIONS = [one.action for one in DISPUTE.transitions]
#: What moves a case on, what is likelier named oftener.
ONWARD: dict[str, Sequence[str]] = {
    S.received: ["acknowledge"],
    S.acknowledged: [*["give_notice"] * 5, "ask_information", "resolve_informally", "dismiss"],
    S.needs_information: ["take_up", "take_up", "take_up", "dismiss"],
    S.informal: ["take_up", "take_up", "take_up", "settle"],
    S.noticed: ["record_response", *["investigate"] * 4, "warn", "declare_ineligible"],
    S.responded: [*["investigate"] * 4, "warn", "declare_ineligible"],
    S.investigating: ["report"],
    S.reported: [*["list_panel"] * 5, "dismiss"],
    S.listed: ["hear", "hear", "hear", "decide"],
    S.heard: ["decide", "decide", "decide", "hear"],
    S.decided: ["record_appeal", "record_appeal", "finalise"],
    S.dismissed: ["record_appeal", "record_appeal", "finalise"],
    S.appealed: ["list_appeal_panel"],
    S.appeal_listed: ["decide_appeal", "decide_appeal", "reopen", "admit_appeal", "refuse_appeal"],
    S.final: ["record_appeal"],
    S.closed: ["take_up"],
    S.withdrawn: ["take_up"],
    S.joined: ["take_up"],
}


def noon(day: date) -> str:
    return datetime.combine(day, time(12), clock.LONDON).isoformat()


async def go_on(walk: Walk, dice: Dice) -> None:
    """What the state asks for, by somebody who has the part for it; what stands in its way is seen to first."""
    facts = await walk.facts()
    action = "lift_stay" if facts["stayed"] else dice.one(ONWARD[facts["state"]])
    if action == "hear" and await _prepare_hearing(walk, facts, dice):
        return
    if (who := holder(walk, facts, DISPUTE.permission(action), dice)) is None:
        # The chair has gone, or whoever investigated.
        action, who = ("replace_member" if facts["seats"] else "stay"), holder(walk, facts, "disputes:handle", dice)
        if who is None:
            return
        if action == "stay" and facts["state"] == S.investigating:
            body = {"account_id": str(walk.cast.people[dice.one(("investigator", "stranger"))].account_id)}
            await walk.send(who, "post", f"/v1/disputes/{walk.case}/people", json={**body, "part": "investigator"})
            return
    said = Said(walk, facts, dice)
    answer = await walk.act(who, action, body_of(action, said))
    if answer.status_code == 409:
        await _clear_the_way(walk, facts, answer.json().get("params", {}).get("reason_code"), who)


async def _prepare_hearing(walk: Walk, facts: Facts, dice: Dice) -> bool:
    """See that there is a hearing on a day that has come; whether planning it was what this turn was for."""
    if not facts["hearings"]:
        who = holder(walk, facts, "disputes:record", dice)
        if who is not None:
            day = walk.today + timedelta(days=dice.one((14, 14, 20, 3)))
            plan = {"kind": "hearing", "starts_at": noon(day), "place": "Town hall"}
            await walk.send(who, "post", f"/v1/disputes/{walk.case}/meetings", json=plan)
        return True
    away = (date.fromisoformat(facts["hearings"][0]["on"]) - walk.today).days
    if away > 0:
        await walk.pass_days(away)
    return False


async def _clear_the_way(walk: Walk, facts: Facts, reason: str | None, who: str) -> None:
    if reason == "response_time_running":
        await walk.pass_days((date.fromisoformat(facts["response_due_on"]) - walk.today).days + 1)
    elif reason == "appeal_time_running":
        await walk.pass_days((date.fromisoformat(facts["appeal_due_on"]) - walk.today).days + 1)
    elif reason == "evidence_undisclosed":
        for party in facts["parties"]:
            if party["role"] == "respondent" and party["told"]:
                shown = {"party_id": party["id"], "evidence_ids": facts["evidence"]}
                await walk.send(who, "post", f"/v1/disputes/{walk.case}/disclosures", json=shown)


def holder(walk: Walk, facts: Facts, permission: str, dice: Dice) -> str | None:
    """Somebody of the walk with a part that carries a permission."""
    names = [
        name
        for one in facts["parts"]
        if permission in PARTS[Part(one["part"])] and (name := walk.cast.whose(one["account"])) is not None
    ]
    return dice.one(names) if names else None


async def attempt(walk: Walk, dice: Dice) -> None:
    """Anybody tries anything, well said or badly."""
    who, action = dice.one(sorted(walk.cast.people)), dice.one(ACTIONS)
    said = Said(walk, await walk.facts(), dice)
    body = body_of(action, said)
    odd = dice.below(2) == 1
    await walk.act(who, action, spoil(body, said) if odd else body, odd=odd)


async def blunder(walk: Walk, dice: Dice) -> None:
    """Whoever may goes on, and gets it wrong."""
    facts = await walk.facts()
    action = dice.one(ONWARD[facts["state"]])
    who = holder(walk, facts, DISPUTE.permission(action), dice)
    if who is not None:
        said = Said(walk, facts, dice)
        await walk.act(who, action, spoil(body_of(action, said), said), odd=True)
