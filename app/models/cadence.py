"""Cadence: how many one-to-ones a working day an organiser holds, against the target; their leave counts off."""

from datetime import date
from enum import StrEnum
from typing import Annotated
from uuid import UUID

from pydantic import Field as Bounds
from pydantic import model_validator
from sqlalchemy import Index

from app.core.lifecycle import AllowedAction
from app.core.privacy import Privacy
from app.core.text import Name
from app.models.base import Count, Input, Instant, Record, Shape, Version, column, one_of, text
from app.models.members import LegalDate


class LeavePortion(StrEnum):
    """How much of each day somebody is away."""

    whole = "whole"
    half = "half"


class LeaveState(StrEnum):
    taken = "taken"
    cancelled = "cancelled"


class CadenceStanding(StrEnum):
    """How a cadence stands to its target."""

    meets = "meets"
    below = "below"
    no_working_time = "no_working_time"


class OrganiserLeave(Record, table=True):
    """Days on which an organiser is away. Why is nobody's business, and is not kept."""

    __tablename__ = "organiser_leave"
    __table_args__ = (
        one_of("portion", LeavePortion),
        one_of("state", LeaveState),
        Index(None, "account_id", "starts_on"),
    )

    account_id: UUID = column(Privacy.none, foreign_key="accounts.id", nullable=False)
    starts_on: date = column(Privacy.sensitive, nullable=False)
    ends_on: date = column(Privacy.sensitive, nullable=False)
    portion: str = text(Privacy.sensitive, nullable=False)
    state: str = text(Privacy.none, nullable=False, default=LeaveState.taken)
    state_since: date = column(Privacy.none, nullable=False)


class CadenceTarget(Record, table=True):
    """What is expected of an organiser from a day on; of those of one day the last that was set."""

    __tablename__ = "cadence_targets"
    __table_args__ = (Index(None, "account_id", "from_day"), Index(None, "branch_id"))

    branch_id: UUID = column(Privacy.none, foreign_key="branches.id", nullable=False)
    account_id: UUID = column(Privacy.none, foreign_key="accounts.id", nullable=False)
    per_day_tenths: int = column(Privacy.sensitive, nullable=False)
    fte_percent: int = column(Privacy.sensitive, nullable=False)
    from_day: date = column(Privacy.sensitive, nullable=False)


Percent = Annotated[int, Bounds(ge=0, le=100)]
Tenths = Annotated[int, Bounds(ge=0, le=200, description="One-to-ones a working day, in tenths: 30 are three a day.")]
Fte = Annotated[int, Bounds(ge=1, le=100, description="Hours, in per cent of full time.")]
Days = Annotated[float, Bounds(ge=0, le=400, description="Working days, half days and part time counted as such.")]
Average = Annotated[float | None, Bounds(ge=0, le=10_000, description="One-to-ones a working day; null without any.")]


class LeaveCreate(Input):
    """Days on which one is away, both ends included."""

    starts_on: LegalDate
    ends_on: LegalDate
    portion: LeavePortion = LeavePortion.whole

    @model_validator(mode="after")
    def _in_order(self) -> "LeaveCreate":
        if not 0 <= (self.ends_on - self.starts_on).days <= 366:
            raise ValueError("leave ends on its first day or within a year after it")
        return self


class LeaveItem(Shape):
    """Leave of one's own, in a list."""

    id: UUID
    starts_on: date
    ends_on: date
    portion: LeavePortion
    state: LeaveState
    state_since: date
    version: Version
    created_at: Instant
    updated_at: Instant


class LeaveRead(LeaveItem):
    """Leave of one's own, with what may be done."""

    allowed_actions: Annotated[list[AllowedAction], Bounds(max_length=5)]


class CadenceTargetSet(Input):
    """What is expected of an organiser of a unit, from a day on."""

    branch_id: UUID
    account_id: UUID
    per_day_tenths: Tenths = 30
    fte_percent: Fte = 100
    from_day: LegalDate


class CadenceTargetRead(Shape):
    """What is expected of an organiser, from a day on."""

    id: UUID
    branch_id: UUID
    account_id: UUID
    per_day_tenths: Tenths
    fte_percent: Fte
    from_day: date
    version: Version
    created_at: Instant
    updated_at: Instant


class CadenceDay(Shape):
    """One day of one's own."""

    day: date
    working_days: Annotated[float, Bounds(ge=0, le=1)]
    held: Count


class CadenceFigure(Shape):
    """How many one-to-ones were held, a working day, and whether that is enough: judged before rounding."""

    held: Count
    average: Average
    standing: CadenceStanding


class CadenceWeek(CadenceFigure):
    """One week, from Monday, as far as it lies in the period and has been."""

    week_starts_on: date
    working_days: Days
    expected: Annotated[float, Bounds(ge=0, le=10_000)]


class NextSteps(Shape):
    """Of the next steps that fell due in a period: how many were kept, not kept, and not settled."""

    due: Count
    kept: Count
    missed: Count
    open: Count
    kept_percent: Annotated[Percent | None, Bounds(description="Of those that fell due; null where none did.")]


class OwnCadence(CadenceFigure):
    """One's own mirror: days and weeks of a period, up to today."""

    starts_on: date
    ends_on: date
    reckoned_to: date | None = Bounds(description="The last day that counts: none later than today; null before any.")
    working_days: Days
    expected: Annotated[float, Bounds(ge=0, le=10_000)]
    days: Annotated[list[CadenceDay], Bounds(max_length=400)]
    weeks: Annotated[list[CadenceWeek], Bounds(max_length=60)]
    next_steps: NextSteps


class OrganiserWeek(CadenceFigure):
    """The weekly figure of one organiser."""

    account_id: UUID
    account_name: Name


class CadenceOfWeek(Shape):
    """The weekly figures of the organisers in reach: no days, no times and no leave."""

    week_starts_on: date
    week_ends_on: date
    reckoned_to: date | None
    organisers: Annotated[list[OrganiserWeek], Bounds(max_length=1_000)]
