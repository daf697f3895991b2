"""Legal holds: what must be kept although somebody asks for its erasure or its time is over."""

from datetime import date
from enum import StrEnum
from typing import Annotated
from uuid import UUID

from pydantic import Field as Bounds
from pydantic import model_validator
from sqlalchemy import CheckConstraint, Index, LargeBinary

from app.core.lifecycle import AllowedAction
from app.core.privacy import Privacy
from app.core.text import LongText
from app.models.base import Input, Instant, Record, Shape, Version, column, one_of, text
from app.models.matters import MatterStepRead
from app.models.members import LegalDate


class HoldReason(StrEnum):
    """Why it must be kept (UK GDPR art. 17(3)(b) and (e))."""

    litigation = "litigation"
    regulator = "regulator"
    police = "police"
    audit = "audit"
    insurance = "insurance"
    other = "other"


class HoldState(StrEnum):
    """Where a hold stands. `expired` is never stored: it follows from the day."""

    in_force = "in_force"
    expired = "expired"
    lifted = "lifted"


class LegalHold(Record, table=True):
    """A hold on a person, or on everybody named in a case. `until` is the day on which it ends by itself."""

    __tablename__ = "legal_holds"
    __table_args__ = (
        one_of("reason", HoldReason),
        one_of("state", HoldState),
        CheckConstraint("num_nonnulls(person_id, dispute_id) > 0", name="of_somebody"),
        Index(None, "person_id"),
        Index(None, "dispute_id"),
    )

    reference: str = text(Privacy.none, nullable=False, unique=True)
    person_id: UUID | None = column(Privacy.none, foreign_key="people.id", default=None)
    dispute_id: UUID | None = column(Privacy.none, default=None)
    reason: str = text(Privacy.sensitive, nullable=False)
    until: date | None = column(Privacy.sensitive, default=None)
    state: str = text(Privacy.sensitive, nullable=False, default=HoldState.in_force)
    state_since: date = column(Privacy.sensitive, nullable=False)
    placed_by: UUID = column(Privacy.none, nullable=False)
    sealed: bytes = column(Privacy.special, LargeBinary, nullable=False)


HoldReference = Annotated[str, Bounds(max_length=20, examples=["H-7KQ2M9XF"])]


class LegalHoldPlace(Input):
    """What is held, and why. Name a person or a case, not both."""

    person_id: UUID | None = None
    dispute_id: UUID | None = Bounds(
        default=None, description="A case: everybody named in it is held. Whether there is one is not told."
    )
    reason: HoldReason
    text: LongText
    until: LegalDate | None = Bounds(default=None, description="The day on which it ends by itself; a day to come.")

    @model_validator(mode="after")
    def _one_subject(self) -> "LegalHoldPlace":
        if (self.person_id is None) == (self.dispute_id is None):
            raise ValueError("name a person or a case, and not both")
        return self


class LegalHoldLift(Input):
    text: LongText = Bounds(description="Why it is needed no more.")


class LegalHoldSummary(Shape):
    """A hold. While it is in force nothing of whomever it holds is erased, whatever else forbids keeping it."""

    id: UUID
    reference: HoldReference
    person_id: UUID | None
    dispute_id: UUID | None
    reason: HoldReason
    until: date | None
    state: HoldState
    state_since: date
    placed_by: UUID
    version: Version
    created_at: Instant
    updated_at: Instant


class LegalHoldDecided(LegalHoldSummary):
    allowed_actions: Annotated[list[AllowedAction], Bounds(max_length=10)]


class LegalHoldRead(LegalHoldDecided):
    """The whole of a hold."""

    text: LongText | None
    steps: Annotated[list[MatterStepRead], Bounds(max_length=100)]
