"""A breach as the data-protection team, and whoever reported it, get to see it."""

from datetime import date
from typing import Annotated
from uuid import UUID

from pydantic import Field as Bounds

from app.core.lifecycle import AllowedAction, Code
from app.core.text import LongText, ShortText
from app.models.base import Count, Instant, Shape, Version
from app.models.breach_verbs import Categories, Types
from app.models.breaches import (
    BreachCause,
    BreachRisk,
    BreachState,
    NotTellingGround,
    ReportPhase,
)
from app.models.matters import MatterStepRead

Reference = Annotated[str, Bounds(max_length=20, examples=["B-7KQ2M9XF"])]
LocalInstant = Annotated[Instant, Bounds(description="In the organisation's time, with its offset.")]


class BreachReceipt(Shape):
    """What whoever reported a breach gets: nothing of it but how to name it."""

    id: UUID
    reference: Reference
    due_at: Instant = Bounds(description="By when the Commissioner must have been told, if that must be.")
    due_at_local: LocalInstant


class RiskSuggestion(Shape):
    """What the facts speak for. It decides nothing: somebody assesses, with reasons."""

    risk: BreachRisk
    notify_commissioner: bool
    tell_people: bool
    why: Annotated[list[Code], Bounds(max_length=10, description="Which facts, as stable codes.")]


class BreachSummary(Shape):
    """A breach in the register, with its clock of 72 hours."""

    id: UUID
    reference: Reference
    state: BreachState
    state_since: date
    occurred_at: Instant | None
    discovered_at: Instant
    aware_at: Instant
    due_at: Instant
    due_at_local: LocalInstant
    overdue: bool = Bounds(description="No report was sent, none is found unnecessary, and the 72 hours are over.")
    types: Types
    categories: Categories
    special_category: bool
    people_count: Count | None
    records_count: Count | None
    counts_estimated: bool
    cause: BreachCause
    unintelligible: bool | None
    backed_up: bool | None
    recovered: bool | None
    published: bool | None
    vulnerable_people: bool | None
    contained_at: Instant | None
    risk: BreachRisk | None = Bounds(description="As it was assessed last.")
    assessed_on: date | None
    commissioner_required: bool | None = Bounds(description="By the risk; null until it is assessed.")
    people_required: bool | None = Bounds(description="Whether the people concerned must be told, by the risk.")
    notified_at: Instant | None = Bounds(description="When the first report was sent.")
    notified_late: bool | None
    commissioner_reference: ShortText | None
    people_told_at: Instant | None
    people_told_count: Count | None
    not_telling_ground: NotTellingGround | None
    closed_on: date | None
    version: Version
    created_at: Instant
    updated_at: Instant


class BreachReportRead(Shape):
    """A report that was sent."""

    id: UUID
    phase: ReportPhase
    sent_at: Instant
    late: bool
    account_id: UUID | None
    text: LongText | None
    delay_reason: LongText | None


class BreachRead(BreachSummary):
    """The whole of a breach."""

    summary: ShortText | None
    description: LongText | None
    effects: LongText | None
    measures: LongText | None
    lessons: LongText | None
    processor: ShortText | None
    suggestion: RiskSuggestion
    reports: Annotated[list[BreachReportRead], Bounds(max_length=200)]
    steps: Annotated[list[MatterStepRead], Bounds(max_length=1000)]
    allowed_actions: Annotated[list[AllowedAction], Bounds(max_length=30)]


class BreachStepped(BreachSummary):
    """A breach after something was done, with what may be done next."""

    allowed_actions: Annotated[list[AllowedAction], Bounds(max_length=30)]


class ReportSection(Shape):
    """What is to be told under one heading of the Commissioner's form."""

    key: Code
    heading: ShortText
    text: Annotated[str, Bounds(max_length=60_000)]


class ReportDraft(Shape):
    """A report's content, ready to send: section by section, and as one text."""

    reference: Reference
    phase: ReportPhase = Bounds(description="Which report comes next.")
    complete: bool = Bounds(description="Nothing is missing. A report may be sent all the same, and the rest follow.")
    missing: Annotated[list[Code], Bounds(max_length=20, description="The sections of which nothing is known yet.")]
    sections: Annotated[list[ReportSection], Bounds(max_length=20)]
    text: Annotated[str, Bounds(max_length=600_000)]
