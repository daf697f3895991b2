"""Figures of cases, made so that no small one is told: neither of a unit nor by taking units from one another.

Below 5 a number of the organisation is not told, and below 10 one of a unit. What a unit is told fits with what all the
units above it are told.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from enum import StrEnum
from itertools import pairwise
from math import ceil
from statistics import median
from typing import Any
from uuid import UUID

from app.core.disclosure import Breakdown, suppress, suppress_within
from app.models.dispute_hearings import AppealState
from app.models.dispute_measures import MeasureKind
from app.models.dispute_statistics import DaysToDecision, DisputeResult, DisputeStage
from app.models.disputes import DisputeKind
from app.models.disputes import DisputeState as S
from app.models.procedures import SanctionKind
from app.services.disputes.lifecycle import ENDED

#: The smallest numbers that are told: of the organisation, and of a unit.
OF_ALL, OF_A_UNIT = 5, 10
#: The fewest decided cases of which a middle is told.
FEWEST_DECIDED = 10

STAGES: Mapping[str, DisputeStage] = {
    S.received: DisputeStage.intake,
    S.acknowledged: DisputeStage.intake,
    S.needs_information: DisputeStage.intake,
    S.informal: DisputeStage.informal,
    S.noticed: DisputeStage.formal,
    S.responded: DisputeStage.formal,
    S.investigating: DisputeStage.formal,
    S.reported: DisputeStage.formal,
    S.listed: DisputeStage.panel,
    S.heard: DisputeStage.panel,
    S.decided: DisputeStage.appeal_window,
    S.dismissed: DisputeStage.appeal_window,
    S.appealed: DisputeStage.appeal,
    S.appeal_listed: DisputeStage.appeal,
    **dict.fromkeys(ENDED, DisputeStage.ended),
}
#: By what cases are told apart.
GROUPS: Mapping[str, type[StrEnum]] = {
    "kind": DisputeKind,
    "stage": DisputeStage,
    "result": DisputeResult,
    "measure": MeasureKind,
    "sanction": SanctionKind,
    "appeal": AppealState,
}
#: These add up to one total: what hides it in one hides it in all.
OF_CASES = ("kind", "stage", "result")
DECIDED = frozenset({DisputeStage.appeal_window, DisputeStage.appeal, DisputeStage.ended})

Case = Mapping[str, Any]
Told = dict[str, Breakdown]


def tell(cases: Sequence[Case], path: Sequence[UUID]) -> Told:
    """What is told of a unit and everything below it, given all cases of the organisation and the unit's path."""
    told = _together({group: suppress(_tally(cases, group), OF_ALL) for group in GROUPS})
    for unit_id, next_id in pairwise(path):
        told = tell_below(_within(cases, unit_id), unit_id, told).get(next_id) or _nothing()
    return told


def tell_below(cases: Sequence[Case], unit_id: UUID, told: Told) -> dict[UUID, Told]:
    """What is told of each unit directly below one of which `told` is told, where it has any of that one's cases."""
    below: defaultdict[UUID, list[Case]] = defaultdict(list)
    own: list[Case] = []
    for case in cases:
        path = case["path"]
        place = path.index(unit_id) + 1
        (below[path[place]] if place < len(path) else own).append(case)
    found = {
        group: suppress_within(
            told[group], {key: _tally(one, group) for key, one in below.items()}, _tally(own, group), OF_A_UNIT
        )
        for group in GROUPS
    }
    return {key: _together({group: found[group][key] for group in GROUPS}) for key in below}


def days_to_decision(cases: Iterable[Case], as_of: date) -> DaysToDecision:
    """From receipt to the first decision: the middle, and what nine of ten cases took no longer than."""
    days = sorted(
        (case["decided_on"] - case["received_on"]).days
        for case in cases
        if case["decided_on"] is not None and case["decided_on"] < as_of
    )
    if len(days) < FEWEST_DECIDED:
        return DaysToDecision(median=None, percentile_90=None)
    return DaysToDecision(median=median(days), percentile_90=days[ceil(len(days) * 0.9) - 1])


def _together(told: Told) -> Told:
    if all(told[group].total is not None for group in OF_CASES):
        return told
    return {**told, **{group: one for group, one in _nothing().items() if group in OF_CASES}}


def _nothing() -> Told:
    return {group: Breakdown(None, dict.fromkeys(kind)) for group, kind in GROUPS.items()}


def _within(cases: Sequence[Case], unit_id: UUID) -> list[Case]:
    return [case for case in cases if unit_id in case["path"]]


def _tally(cases: Iterable[Case], group: str) -> dict[str, int]:
    counted = Counter(value for case in cases for value in _values(case, group))
    return {value: counted[value] for value in GROUPS[group]}


def _values(case: Case, group: str) -> Iterable[str]:
    stage = STAGES.get(case["state"], DisputeStage.intake)
    match group:
        case "kind":
            return (case["kind"],)
        case "stage":
            return (stage,)
        case "result":
            return (case["outcome"] if stage in DECIDED and case["outcome"] else DisputeResult.undecided,)
    return tuple(case[f"{group}s"])
