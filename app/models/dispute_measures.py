"""Interim measures: what holds a respondent back while a case is open, and the reviews without which none goes on."""

from datetime import date
from enum import StrEnum
from typing import Annotated
from uuid import UUID

from pydantic import Field as Bounds
from pydantic import model_validator
from sqlalchemy import Index, LargeBinary, UniqueConstraint

from app.core.privacy import Privacy
from app.core.text import LongText
from app.models.base import Input, Instant, Record, Row, Shape, Version, column, one_of, text
from app.models.members import LegalDate


class MeasureKind(StrEnum):
    """From what: membership; office and candidacy, the office being kept; meetings."""

    suspension = "suspension"
    office_suspension = "office_suspension"
    attendance = "attendance"


class ReviewOutcome(StrEnum):
    keep = "keep"
    vary = "vary"
    lift = "lift"


class DisputeMeasure(Record, table=True):
    """A measure from `starts_on` until, not including, `ends_on` or, where it was lifted, `lifted_on`.

    It is neutral: nothing is decided by it. `review_by` is the last day in time of the next review; a review that was
    missed sets `escalated_on` and lifts nothing.
    """

    __tablename__ = "dispute_measures"
    __table_args__ = (
        one_of("kind", MeasureKind),
        Index(None, "dispute_id"),
        Index(None, "party_id"),
        Index(None, "review_by", postgresql_where="lifted_on is null"),
    )

    dispute_id: UUID = column(Privacy.none, foreign_key="disputes.id", nullable=False)
    party_id: UUID = column(Privacy.none, foreign_key="dispute_parties.id", nullable=False)
    kind: str = text(Privacy.special, nullable=False)
    safeguarding: bool = column(Privacy.special, nullable=False, default=False)
    starts_on: date = column(Privacy.special, nullable=False)
    ends_on: date | None = column(Privacy.special, default=None)
    review_by: date = column(Privacy.special, nullable=False)
    escalated_on: date | None = column(Privacy.special, default=None)
    lifted_on: date | None = column(Privacy.special, default=None)
    account_id: UUID = column(Privacy.none, nullable=False)
    sealed: bytes = column(Privacy.special, LargeBinary, nullable=False)


class MeasureReview(Row, table=True):
    """A review of a measure, with its reasons. Never changed."""

    __tablename__ = "dispute_measure_reviews"
    __table_args__ = (one_of("outcome", ReviewOutcome), Index(None, "dispute_id"), Index(None, "measure_id", "id"))

    dispute_id: UUID = column(Privacy.none, foreign_key="disputes.id", nullable=False)
    measure_id: UUID = column(Privacy.none, foreign_key="dispute_measures.id", nullable=False)
    on_day: date = column(Privacy.special, nullable=False)
    due_on: date = column(Privacy.special, nullable=False)
    late: bool = column(Privacy.special, nullable=False)
    outcome: str = text(Privacy.special, nullable=False)
    account_id: UUID = column(Privacy.none, nullable=False)
    sealed: bytes = column(Privacy.special, LargeBinary, nullable=False)


class DisputeDigest(Row, table=True):
    """On which day somebody was last told how many of their cases are late, so that they are told once a day."""

    __tablename__ = "dispute_digests"
    __table_args__ = (UniqueConstraint("account_id"),)

    account_id: UUID = column(Privacy.none, foreign_key="accounts.id", nullable=False)
    on_day: date = column(Privacy.none, nullable=False)


class MeasureImpose(Input):
    """A measure pending the case. It starts today."""

    party_id: UUID
    kind: MeasureKind = MeasureKind.suspension
    ends_on: LegalDate | None = Bounds(
        default=None, description="The first day on which it no longer holds; the end of the case if left out."
    )
    safeguarding: bool = Bounds(default=False, description="It protects somebody from harm.")
    reasons: LongText = Bounds(description="Why it is needed now, for the case's people.")
    text: LongText = Bounds(description="What the respondent is told, in neutral words.")


class ReviewMeasure(Input):
    """What becomes of a measure after a review."""

    outcome: ReviewOutcome
    reasons: LongText
    kind: MeasureKind | None = Bounds(default=None, description="Varied to this kind.")
    ends_on: LegalDate | None = Bounds(default=None, description="Varied to end on this day.")
    text: LongText | None = Bounds(default=None, description="What the respondent is told instead.")

    @model_validator(mode="after")
    def _says_what(self) -> "ReviewMeasure":
        varies = (self.kind, self.ends_on, self.text) != (None, None, None)
        if varies is not (self.outcome is ReviewOutcome.vary):
            raise ValueError("say what is varied where it is varied, and only there")
        return self


class ReviewRead(Shape):
    id: UUID
    on_day: date
    due_on: date
    late: bool
    outcome: ReviewOutcome
    account_id: UUID
    reasons: LongText | None
    created_at: Instant


class MeasureRead(Shape):
    """A measure with its reviews, the latest last."""

    id: UUID
    party_id: UUID
    kind: MeasureKind
    safeguarding: bool
    starts_on: date
    ends_on: date | None
    review_by: date = Bounds(description="The last day in time of the next review.")
    escalated_on: date | None = Bounds(description="When a missed review was taken to the next receiver.")
    lifted_on: date | None
    live: bool = Bounds(description="Whether it holds today.")
    account_id: UUID = Bounds(description="Who imposed it.")
    reasons: LongText | None
    text: LongText | None
    reviews: Annotated[list[ReviewRead], Bounds(max_length=500)]
    version: Version
    created_at: Instant
    updated_at: Instant
