"""What is said with each action of a case, as somebody would say it, and the same with something wrong in it."""

from collections.abc import Callable, Sequence
from copy import deepcopy
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, TypeVar
from uuid import NAMESPACE_OID, uuid5

from app.models.disputes import DisputeState as S
from tests.disputes.cast import APPEAL_PANEL, PANEL, UNFIT
from tests.disputes.walk import Walk

T = TypeVar("T")
Facts = dict[str, Any]
Body = dict[str, Any]
TEXT = "As it was said at the time."
FILE = {"file": ("Note.txt", b"It was loud.\n")}


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
        # Those who would receive it next may well be asked to sit; others are asked who may not.
        if self.dice.below(3) == 0:
            chosen[2] = self.dice.one(("alternate", "external", *UNFIT, "investigator", *PANEL[:3]))
        members = [{"account_id": self.account(one), "chair": one is chosen[0]} for one in chosen]
        # Now and then they are too few, or everybody is in the chair, or nobody.
        flaw = self.dice.below(8)
        if flaw in (1, 2):
            members = [{**one, "chair": flaw == 1} for one in members]
        return {"members": members[:2] if flaw == 0 else members}

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
        # Now and then somebody goes beyond what they may, or against whom they may not.
        beyond = self.dice.below(5)
        if beyond == 0:
            kinds = ("suspension", "ineligibility", "expulsion")
        rows = self.facts["allegations"]
        against = sorted({one["respondent"] for one in rows if one["id"] in upheld or beyond == 1})
        return [
            {"party_id": one, "kind": kind, **({"months": self.dice.one((6, 12, 24, 48))} if kind in ENDING else {})}
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
    return {
        "allegations": [said.walk.cast.desk.allegation(one, conduct_from=str(day), text=TEXT) for one in respondents]
    }


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
    if outcome == "varied" and own and said.dice.below(2):
        body["findings"] = [{"allegation_id": own[0]["id"], "outcome": "not_upheld", "reasons": TEXT}]
    elif outcome == "varied" and own:
        body["sanctions"] = [
            {"party_id": appeal["party"], "kind": said.dice.one(("warning", "reprimand", "expulsion")), "months": 6}
        ]
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
    "acknowledge": lambda _said: {},
    "finalise": lambda _said: {},
    "dismiss": lambda _said: {"reasons": TEXT},
    "give_notice": _notice,
    "record_response": lambda said: {"party_id": said.party("respondent"), "text": TEXT},
    "warn": _own_decision("warning"),
    "declare_ineligible": _own_decision("ineligibility"),
    "investigate": lambda said: {
        "account_id": said.account(said.dice.one(("investigator", "investigator", "alternate")))
    },
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
    "stay": lambda _said: {"reason": "police", "text": TEXT},
    "join": lambda said: {"into_id": str(said.walk.other), "text": TEXT},
}


def body_of(action: str, said: Said) -> Body:
    """What is plausibly said with an action; whatever has no form of its own says a text."""
    return BODIES.get(action, lambda _said: {"text": TEXT})(said)


def spoil(body: Body, said: Said) -> Body:
    """The same with something wrong in it: left out, twice, too few, too grave, somebody unfit, something unknown."""
    spoilt, dice = deepcopy(body), said.dice
    lists = [name for name, value in sorted(spoilt.items()) if isinstance(value, list) and value]
    match dice.below(6):
        case 0 if spoilt:
            del spoilt[dice.one(sorted(spoilt))]
        case 1 if lists:
            twice = spoilt[dice.one(lists)]
            twice.append(twice[0])
        case 2 if lists:
            few = spoilt[dice.one(lists)]
            del few[dice.below(len(few))]
        case 3 if spoilt.get("sanctions"):
            spoilt["sanctions"][0] |= {"kind": dice.one(("suspension", "ineligibility", "expulsion")), "months": 1200}
        case 4:
            unfit = said.account(dice.one((*UNFIT, "secretary", "investigator", "respondent", "complainant", *PANEL)))
            for place in (*spoilt.get("members", [])[-1:], *([spoilt] if "account_id" in spoilt else [])):
                place["account_id"] = unfit
        case _:
            for name in [name for name in sorted(spoilt) if name.endswith("_id")]:
                spoilt[name] = nobody(dice.below(3))
    return spoilt
