"""A case as its people read it."""

from datetime import date
from typing import Annotated
from uuid import UUID

from pydantic import Field as Bounds

from app.core.calendars import Nation
from app.core.lifecycle import AllowedAction
from app.core.permissions import Part
from app.core.text import Email, LongText, ShortText
from app.models.base import Instant, Shape, Version
from app.models.complaints import Reference
from app.models.disputes import (
    AllegationOutcome,
    ComplaintSource,
    DisputeKind,
    DisputeOutcome,
    DisputeState,
    PartyRole,
    StayReason,
)

Code = Annotated[str, Bounds(max_length=60, pattern="^[a-z_]+$")]


class DisputeSummary(Shape):
    """A case in a list: no names and no words."""

    id: UUID
    reference: Reference
    kind: DisputeKind
    source: ComplaintSource
    state: DisputeState
    outcome: DisputeOutcome | None
    branch_id: UUID = Bounds(description="The respondent's unit at the time of the complaint.")
    subject_unit_id: UUID | None
    procedure_id: UUID
    nation: Nation = Bounds(description="Whose bank holidays count in its clocks.")
    received_on: date
    state_since: date
    due_on: date | None = Bounds(description="The last day in time of the present stage; null when nothing is awaited.")
    overdue: bool
    stayed_on: date | None = Bounds(description="Since when every clock is held.")
    stay_reason: StayReason | None
    notice_on: date | None
    response_due_on: date | None
    responded_on: date | None
    decided_on: date | None
    appeal_due_on: date | None
    version: Version
    created_at: Instant
    updated_at: Instant


class DisputeRead(DisputeSummary):
    """A case, with one's own parts in it and what one may do now."""

    parts: Annotated[list[Part], Bounds(max_length=9)]
    allowed_actions: Annotated[list[AllowedAction], Bounds(max_length=60)]


class PartyRead(Shape):
    id: UUID
    role: PartyRole
    person_id: UUID | None
    unit_id: UUID | None
    name: ShortText | None
    email: Email | None = Bounds(description="Given by a complainant who is not signed in.")
    identity_withheld: bool
    told_at: Instant | None = Bounds(description="When they were first told of the case.")
    struck_at: Instant | None
    version: Version


class PartRead(Shape):
    """Who works on the case, or did."""

    id: UUID
    part: Part
    account_id: UUID
    name: ShortText | None
    panel_id: UUID | None
    since: Instant
    expires_at: Instant | None
    ended_at: Instant | None
    recused: bool
    version: Version


class AllegationRead(Shape):
    id: UUID
    number: Annotated[int, Bounds(ge=1, le=1000)]
    respondent_id: UUID
    clause_id: UUID
    clause_number: ShortText
    conduct_from: date
    conduct_until: date
    text: LongText | None
    finding: LongText | None = Bounds(description="What the investigation found.")
    outcome: AllegationOutcome | None
    reasons: LongText | None
    version: Version


class StepRead(Shape):
    """What was done, when, and whether in time. Texts are for those who examine the case."""

    id: UUID
    action: Code
    from_state: DisputeState | None
    to_state: DisputeState
    on_day: date
    due_on: date | None
    late: bool
    account_id: UUID | None
    party_id: UUID | None
    texts: dict[str, LongText] = Bounds(description="What was said with the step.")


class CandidateRead(Shape):
    """Somebody who might take a part, and why not otherwise."""

    account_id: UUID
    person_id: UUID | None
    name: ShortText
    refusal: Code | None = Bounds(description="Why they cannot take this part; null where they can.")


class Candidates(Shape):
    data: Annotated[list[CandidateRead], Bounds(max_length=10)]


class DisputeFile(DisputeRead):
    """The whole case on one page: its people, its allegations and its course."""

    summary: ShortText | None
    text: LongText | None
    parties: Annotated[list[PartyRead], Bounds(max_length=200)]
    people: Annotated[list[PartRead], Bounds(max_length=200)]
    allegations: Annotated[list[AllegationRead], Bounds(max_length=500)]
    steps: Annotated[list[StepRead], Bounds(max_length=2000)]
