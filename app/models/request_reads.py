"""A request as the data-protection team, and whoever logged it, get to see it."""

from datetime import date
from typing import Annotated
from uuid import UUID

from pydantic import Field as Bounds

from app.core.calendars import Division
from app.core.lifecycle import AllowedAction
from app.core.text import Email, LongText, Name, ShortText
from app.models.base import Count, Instant, Shape, Version
from app.models.matters import MatterStepRead
from app.models.request_verbs import Information
from app.models.rights_requests import (
    ExtensionReason,
    FeeReason,
    MadeBy,
    RefusalGround,
    RequestChannel,
    RequestKind,
    RequestState,
)

Reference = Annotated[str, Bounds(max_length=20, examples=["R-7KQ2M9XF"])]


class RequestReceipt(Shape):
    """What whoever logged a request gets: nothing of it but how to name it."""

    id: UUID
    reference: Reference
    kind: RequestKind
    received_on: date
    due_on: date | None = Bounds(description="The last day for the answer by law, as things stand.")


class RequestSummary(Shape):
    """A request with its clock. `due_on` is null before the clock starts and while it is stopped."""

    id: UUID
    reference: Reference
    kind: RequestKind
    made_by: MadeBy
    channel: RequestChannel
    person_id: UUID | None
    marketing: bool
    division: Division
    state: RequestState
    state_since: date
    received_on: date
    identity_asked_on: date | None
    identity_received_on: date | None
    fee_pence: Count | None
    fee_reason: FeeReason | None
    fee_asked_on: date | None
    fee_received_on: date | None
    extended_on: date | None
    extension_reason: ExtensionReason | None
    extension_late: bool | None = Bounds(description="The notice came after the first month: it extends nothing.")
    clock_started_on: date | None
    paused_since: date | None
    paused_days: Count
    due_on: date | None = Bounds(description="The last day by law.")
    internal_due_on: date | None = Bounds(description="The safer, earlier day to work to.")
    extension_notice_by: date | None
    ended_on: date | None
    ended_late: bool | None
    refusal_ground: RefusalGround | None
    searched_on: date | None
    overdue: bool
    version: Version
    created_at: Instant
    updated_at: Instant


class PauseRead(Shape):
    """A stop of the clock."""

    asked_on: date
    answered_on: date | None


class RequestItemCounts(Shape):
    """How many pieces a search found, and where their decision stands."""

    items: Count
    undecided: Count
    undecided_behind_walls: Count = Bounds(description="Of cases whose own people decide.")
    given: Count
    held_back: Count = Bounds(description="In whole or in part.")
    open_tasks: Count = Bounds(description="People asked what they hold outside the system who have not answered.")


class RequestRead(RequestSummary):
    """The whole of a request."""

    name: Name | None = Bounds(description="Who the data concerns.")
    requester_name: Name | None
    contact: ShortText | None
    email: Email | None
    text: LongText | None
    authority: LongText | None
    information: Information
    found: RequestItemCounts
    pauses: Annotated[list[PauseRead], Bounds(max_length=200)]
    steps: Annotated[list[MatterStepRead], Bounds(max_length=1000)]
    allowed_actions: Annotated[list[AllowedAction], Bounds(max_length=30)]


class RequestStepped(RequestSummary):
    """A request after something was done, with what may be done next."""

    allowed_actions: Annotated[list[AllowedAction], Bounds(max_length=30)]
