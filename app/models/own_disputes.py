"""One's own cases: what a party to a dispute was told of it, and what they say in it."""

from datetime import date
from enum import StrEnum
from typing import Annotated
from uuid import UUID

from pydantic import Field as Bounds

from app.core.lifecycle import AllowedAction
from app.core.text import LongText, ShortText
from app.models.base import Input, Instant, Shape
from app.models.complaints import Reference
from app.models.dispute_disclosures import DisclosureKind
from app.models.dispute_hearings import AppealState, MeetingKind, MeetingState, SanctionState
from app.models.dispute_measures import MeasureKind
from app.models.disputes import AllegationOutcome, DisputeKind, DisputeOutcome
from app.models.procedures import SanctionKind


class OwnRole(StrEnum):
    """In which part one is a party. Witnesses and others who are named see nothing of a case."""

    complainant = "complainant"
    respondent = "respondent"


class OwnDisputeState(StrEnum):
    """How a case stands, in a party's words: what was not disclosed to them does not show in it."""

    received = "received"
    acknowledged = "acknowledged"
    information_asked = "information_asked"
    informal = "informal"
    response_awaited = "response_awaited"
    under_consideration = "under_consideration"
    decided = "decided"
    dismissed = "dismissed"
    appealed = "appealed"
    final = "final"
    closed = "closed"
    withdrawn = "withdrawn"
    joined = "joined"


class OwnSaid(Input):
    text: LongText


class OwnResponse(Input):
    """One's answer to what is alleged."""

    text: LongText
    accepts: bool | None = Bounds(default=None, description="Whether one accepts what is alleged.")


class OwnObjection(Input):
    """Why somebody should not sit on the panel."""

    part_id: UUID = Bounds(description="The member, as they are named with the hearing.")
    text: LongText


class OwnDisputeSummary(Shape):
    id: UUID
    reference: Reference
    role: OwnRole
    kind: DisputeKind | None = Bounds(description="Null until one has been told.")
    state: OwnDisputeState
    outcome: DisputeOutcome | None = Bounds(description="Once the decision was disclosed.")
    received_on: date
    stayed: bool = Bounds(description="Whether every clock is held.")
    response_due_on: date | None = Bounds(description="The last day in time for a respondent's answer.")
    decided_on: date | None
    appeal_due_on: date | None = Bounds(description="The last day in time for an appeal.")


class OwnComplaint(Shape):
    """What one complained of."""

    summary: ShortText | None
    text: LongText | None


class OwnAllegation(Shape):
    """What is alleged, under which clause; findings and outcome once they were disclosed."""

    id: UUID
    number: Annotated[int, Bounds(ge=1, le=1000)]
    clause_number: ShortText
    clause_title: ShortText
    clause_text: LongText
    conduct_from: date
    conduct_until: date
    text: LongText | None
    finding: LongText | None
    outcome: AllegationOutcome | None
    reasons: LongText | None
    appeal_reasons: LongText | None


class OwnStep(Shape):
    """Something said to one, or by one. `kind` is of what was disclosed; null for what one said oneself."""

    id: UUID
    action: Annotated[str, Bounds(max_length=60, pattern="^[a-z_]+$")]
    kind: DisclosureKind | None
    on_day: date
    late: bool
    by_oneself: bool
    text: LongText | None
    reasons: LongText | None


class OwnPanelMember(Shape):
    part_id: UUID
    name: ShortText | None
    chair: bool


class OwnMeeting(Shape):
    """A hearing, with those who will hear the case: a party may object to one of them."""

    id: UUID
    kind: MeetingKind
    state: MeetingState
    starts_at: Instant
    held_on: date | None
    place: ShortText | None
    panel: Annotated[list[OwnPanelMember], Bounds(max_length=50)]


class OwnMeasure(Shape):
    """A measure until the case is decided. Nothing is decided by it."""

    id: UUID
    kind: MeasureKind
    starts_on: date
    ends_on: date | None
    lifted_on: date | None
    review_by: date
    text: LongText | None


class OwnSanction(Shape):
    """Against oneself; one that is spent is out of view."""

    id: UUID
    kind: SanctionKind
    state: SanctionState
    months: Annotated[int, Bounds(ge=1, le=1200)] | None
    starts_on: date | None
    ends_on: date | None


class OwnAppeal(Shape):
    """One's own appeal with its grounds, or that another party has appealed."""

    id: UUID
    by_oneself: bool
    state: AppealState
    lodged_on: date
    due_on: date
    late: bool
    admitted: bool
    grounds: LongText | None


class OwnDisputeRead(OwnDisputeSummary):
    """One's own case: what was formally disclosed to one, and what one may do now. Evidence and letters are lists."""

    complaint: OwnComplaint | None = Bounds(description="For whoever complained.")
    told: Annotated[list[OwnStep], Bounds(max_length=500)]
    allegations: Annotated[list[OwnAllegation], Bounds(max_length=500)]
    meetings: Annotated[list[OwnMeeting], Bounds(max_length=100)]
    measures: Annotated[list[OwnMeasure], Bounds(max_length=100)]
    sanctions: Annotated[list[OwnSanction], Bounds(max_length=100)]
    appeals: Annotated[list[OwnAppeal], Bounds(max_length=20)]
    allowed_actions: Annotated[list[AllowedAction], Bounds(max_length=10)]
