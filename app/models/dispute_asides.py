"""What holds a case up or ends it beside its course: a stay, a withdrawal, a link, a joining."""

from datetime import date
from uuid import UUID

from pydantic import Field as Bounds

from app.core.text import LongText
from app.models.base import Input, Instant, Shape
from app.models.complaints import Reference
from app.models.disputes import DisputeState, StayReason


class Stay(Input):
    """Why everything waits, in a word and in full."""

    reason: StayReason
    text: LongText


class LinkMade(Input):
    other_id: UUID = Bounds(description="Another case that you see.")


class Joining(Input):
    """Into which case this one goes."""

    into_id: UUID = Bounds(description="Another case that you handle, and that is not decided.")
    text: LongText


class LinkRead(Shape):
    """A case that belongs with this one, where you see it."""

    id: UUID = Bounds(description="The other case's.")
    reference: Reference
    state: DisputeState
    received_on: date
    joined: bool = Bounds(description="Whether the one was joined into the other.")
    linked_at: Instant
