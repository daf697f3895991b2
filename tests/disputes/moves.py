"""What is done next in a walk: what the state asks for, something else that somebody tries, or something that happens."""

from collections.abc import Callable, Sequence
from copy import deepcopy
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any, TypeVar
from uuid import NAMESPACE_OID, uuid5

from app.core import clock
from app.core.permissions import PARTS, Part
from app.models.disputes import DisputeState as S
from app.services.disputes.lifecycle import DISPUTE
from tests.disputes.cast import APPEAL_PANEL, PANEL, UNFIT, raise_to_the_top
from tests.disputes.walk import Walk

T = TypeVar("T")
Facts = dict[str, Any]
Body = dict[str, Any]
TEXT = "As it was said at the time."
FILE = {"file": ("Note.txt", b"It was loud.\n")}
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


class Dice:
    """Choices out of one number, so that a walk is a list of numbers and shrinks as one."""

    def __init__(self, number: int) -> None:
        self.number = number

    def below(self, limit: int) -> int:
        self.number, found = divmod(self.number, limit)
        return found

    def one(self, options: Sequence[T]) -> T:
        return options[self.below(len(options))]


@dataclass(frozen=True)
class Said:
    """What there is to say of a case, by whoever acts in it."""

    walk: Walk
    facts: Facts
    dice: Dice

    def party(self, *roles: str) -> str:
        found = [one["id"] for one in self.facts["parties"] if one["role"] in (roles or ("complainant", "respondent"))]
        return str(self.dice.one(found)) if found else nobody(0)

    def account(self, name: str) -> str:
        return str(self.walk.cast.people[name].account_id)

    def panel(self, names: Sequence[str]) -> Body:
        fresh = [one for one in names if self.account(one) not in self.facts["sat"]]
        fresh = fresh if len(fresh) > 2 else list(names)
        first = self.dice.below(len(fresh))
        chosen = [fresh[(first + place) % len(fresh)] for place in range(3)]
        # The receivers who have not received it may well be asked to sit.
        if self.dice.below(4) == 0:
            chosen[2] = self.dice.one(("alternate", "external"))
        return {"members": [{"account_id": self.account(one), "chair": one is chosen[0]} for one in chosen]}

    def seats(self) -> list[str]:
        return [one["id"] for one in self.facts["seats"]] or [nobody(1)]

    def findings(self, *, upheld: bool = False) -> list[Body]:
        return [
            {
                "allegation_id": one["id"],
                "outcome": "upheld" if upheld else self.dice.one(("upheld", "upheld", "not_upheld")),
                "reasons": TEXT,
            }
            for one in self.facts["allegations"]
        ] or [{"allegation_id": nobody(2), "outcome": "upheld", "reasons": TEXT}]

    def sanctions(self, findings: list[Body], kinds: Sequence[str]) -> list[Body]:
        upheld = {one["allegation_id"] for one in findings if one["outcome"] == "upheld"}
        against = sorted({one["respondent"] for one in self.facts["allegations"] if one["id"] in upheld})
        return [
            {"party_id": one, "kind": kind, **({"months": self.dice.one((6, 12, 24))} if kind in ENDING else {})}
            for one in against
            if (kind := self.dice.one(kinds))
        ]


ENDING = ("warning", "suspension", "exclusion", "office_bar")
NEC = ("warning", "exclusion", "office_bar", "expulsion", "candidacy_bar", "reprimand")


def nobody(number: int) -> str:
    """The id of nothing at all, the same in every walk."""
    return str(uuid5(NAMESPACE_OID, f"nobody {number}"))


def _notice(said: Said) -> Body:
    respondents = [one["id"] for one in said.facts["parties"] if one["role"] == "respondent"] or [nobody(3)]
    if len(respondents) > 1 and said.dice.below(2):
        respondents = respondents[:1]
    day = said.walk.today - timedelta(days=said.dice.one((1, 30, 90)))
    return {"allegations": [said.walk.cast.desk.allegation(one, conduct_from=str(day), text=TEXT) for one in respondents]}


def _decision(said: Said) -> Body:
    findings = said.findings()
    sanctions = said.sanctions(findings, NEC) if said.dice.below(3) else []
    return {"findings": findings, "reasons": TEXT, "sanctions": sanctions, "part_ids": said.seats()}


def _own_decision(kind: str) -> Callable[[Said], Body]:
    def body(said: Said) -> Body:
        findings = said.findings(upheld=True)
        sanctions = said.sanctions(findings, (kind,)) or [{"party_id": nobody(4), "kind": kind, "months": 12}]
        return {"findings": findings, "reasons": TEXT, "sanctions": sanctions}

    return body


def _hearing(said: Said) -> Body:
    hearings = said.facts["hearings"]
    return {"meeting_id": hearings[0]["id"] if hearings else nobody(5), "part_ids": said.seats(), "minutes": TEXT}


def _appeal_decision(said: Said) -> Body:
    appeals = said.facts["appeals"]
    appeal = said.dice.one(appeals) if appeals else {"id": nobody(6), "party": nobody(6)}
    own = [one for one in said.facts["allegations"] if one["respondent"] == appeal["party"]]
    outcome = "dismissed" if said.facts["dismissed"] else said.dice.one(("upheld", "varied", "dismissed"))
    body = {"appeal_id": appeal["id"], "outcome": outcome, "reasons": TEXT, "part_ids": said.seats()}
    if outcome == "varied" and own:
        body["findings"] = [{"allegation_id": own[0]["id"], "outcome": "not_upheld", "reasons": TEXT}]
    elif outcome != "dismissed" and not own:
        missed = [one["id"] for one in said.facts["allegations"] if one["outcome"] != "upheld"] or [nobody(7)]
        body["findings"] = [{"allegation_id": missed[0], "outcome": "upheld", "reasons": TEXT}]
    return body


def _ruling(said: Said) -> Body:
    late = [one["id"] for one in said.facts["appeals"] if not one["admitted"]]
    return {"reasons": TEXT} | ({"appeal_id": late[0]} if late else {})


def _replacement(said: Said) -> Body:
    names = APPEAL_PANEL if S(said.facts["state"]) is S.appeal_listed else PANEL
    return {"part_id": said.dice.one(said.seats()), "account_id": said.account(said.dice.one(names)), "reasons": TEXT}


BODIES: dict[str, Callable[[Said], Body]] = {
    "acknowledge": lambda said: {},
    "finalise": lambda said: {},
    "dismiss": lambda said: {"reasons": TEXT},
    "give_notice": _notice,
    "record_response": lambda said: {"party_id": said.party("respondent"), "text": TEXT},
    "warn": _own_decision("warning"),
    "declare_ineligible": _own_decision("ineligibility"),
    "investigate": lambda said: {"account_id": said.account(said.dice.one(("investigator", "investigator", "alternate")))},
    "report": lambda said: {
        "findings": [{"allegation_id": one["allegation_id"], "text": TEXT} for one in said.findings()]
    },
    "list_panel": lambda said: said.panel(PANEL),
    "list_appeal_panel": lambda said: said.panel(APPEAL_PANEL),
    "replace_member": _replacement,
    "hear": _hearing,
    "decide": _decision,
    "record_appeal": lambda said: {"party_id": said.party(), "text": TEXT},
    "admit_appeal": _ruling,
    "refuse_appeal": _ruling,
    "decide_appeal": _appeal_decision,
    "reopen": lambda said: {"reasons": TEXT, "part_ids": said.seats()},
    "stay": lambda said: {"reason": "police", "text": TEXT},
    "join": lambda said: {"into_id": str(said.walk.other), "text": TEXT},
}


def body_of(action: str, said: Said) -> Body:
    """What is plausibly said with an action; whatever has no form of its own says a text."""
    return BODIES.get(action, lambda _said: {"text": TEXT})(said)


def spoil(body: Body, said: Said) -> Body:
    """The same with something wrong in it: left out, said twice, too few, too grave, somebody unfit, something unknown."""
    spoilt, dice = deepcopy(body), said.dice
    lists = [name for name, value in sorted(spoilt.items()) if isinstance(value, list) and value]
    match dice.below(6):
        case 0 if spoilt:
            del spoilt[dice.one(sorted(spoilt))]
        case 1 if lists:
            twice = spoilt[dice.one(lists)]
            twice.append(twice[0])
        case 2 if lists:
            spoilt[dice.one(lists)].pop()
        case 3 if spoilt.get("sanctions"):
            spoilt["sanctions"][0] |= {"kind": dice.one(("suspension", "ineligibility", "expulsion")), "months": 1200}
        case 4:
            unfit = said.account(dice.one((*UNFIT, "secretary", "investigator", "respondent", "complainant", PANEL[0])))
            for place in (*spoilt.get("members", [])[-1:], *([spoilt] if "account_id" in spoilt else [])):
                place["account_id"] = unfit
        case _:
            for name in [name for name in sorted(spoilt) if name.endswith("_id")]:
                spoilt[name] = nobody(dice.below(3))
    return spoilt


def noon(day: date) -> str:
    return datetime.combine(day, time(12), clock.LONDON).isoformat()


async def go_on(walk: Walk, dice: Dice) -> None:
    """What the state asks for, by somebody who has the part for it; what stands in its way is seen to first."""
    facts = await walk.facts()
    action = "lift_stay" if facts["stayed"] else dice.one(ONWARD[facts["state"]])
    if action in ("hear", "decide", "decide_appeal", "reopen") and await _prepare(walk, facts, action, dice):
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


async def _prepare(walk: Walk, facts: Facts, action: str, dice: Dice) -> bool:
    """See that there is a hearing on a day that has come; whether that was what this turn was for."""
    if action != "hear":
        if action in ("decide_appeal", "reopen") and any(not one["admitted"] for one in facts["appeals"]):
            return False
        return False
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
