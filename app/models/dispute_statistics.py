"""Statistics of disputes: counts without names, and none that is small."""

from datetime import date
from enum import StrEnum
from typing import Annotated
from uuid import UUID

from pydantic import Field as Bounds

from app.core.text import Name
from app.models.base import Count, Shape
from app.models.dispute_hearings import AppealState
from app.models.dispute_measures import MeasureKind
from app.models.disputes import DisputeKind
from app.models.procedures import SanctionKind

Figure = Annotated[
    Count | None, Bounds(description="Null where the number is too small to tell, or would tell another that is.")
]
Year = Annotated[int, Bounds(ge=2000, le=2150)]


class DisputeStage(StrEnum):
    """How far cases are, in as few words as leave the numbers large enough to tell."""

    intake = "intake"
    informal = "informal"
    formal = "formal"
    panel = "panel"
    appeal_window = "appeal_window"
    appeal = "appeal"
    ended = "ended"


class DisputeResult(StrEnum):
    """What became of cases, with those of which nothing has become yet."""

    undecided = "undecided"
    upheld = "upheld"
    partly_upheld = "partly_upheld"
    not_upheld = "not_upheld"
    dismissed = "dismissed"
    resolved = "resolved"
    withdrawn = "withdrawn"
    joined = "joined"


class ByKind(Shape):
    kind: DisputeKind
    count: Figure


class ByStage(Shape):
    stage: DisputeStage
    count: Figure


class ByResult(Shape):
    result: DisputeResult
    count: Figure


class ByMeasure(Shape):
    kind: MeasureKind
    count: Figure


class BySanction(Shape):
    kind: SanctionKind
    count: Figure


class ByAppeal(Shape):
    state: AppealState
    count: Figure


class ByUnit(Shape):
    branch_id: UUID
    name: Name
    received: Figure


class ByYear(Shape):
    year: Year
    received: Figure


class DaysToDecision(Shape):
    """Days from receipt to the first decision; null where fewer than ten cases were decided."""

    median: Annotated[float, Bounds(ge=0, le=100_000)] | None
    percentile_90: Annotated[int, Bounds(ge=0, le=100_000)] | None


class DisputeStatistics(Shape):
    """The cases received in a year at a unit and below it, as they stood when `as_of` began."""

    year: Year
    branch_id: UUID
    as_of: date
    received: Figure
    by_kind: Annotated[list[ByKind], Bounds(max_length=20)]
    by_stage: Annotated[list[ByStage], Bounds(max_length=20)]
    by_result: Annotated[list[ByResult], Bounds(max_length=20)]
    days_to_decision: DaysToDecision
    measures: Figure
    by_measure: Annotated[list[ByMeasure], Bounds(max_length=20)]
    sanctions: Figure
    by_sanction: Annotated[list[BySanction], Bounds(max_length=20)]
    appeals: Figure
    by_appeal: Annotated[list[ByAppeal], Bounds(max_length=20)]
    by_unit: Annotated[list[ByUnit], Bounds(max_length=5000, description="The units directly below.")]
    by_year: Annotated[list[ByYear], Bounds(max_length=10)]
