"""Reports of organisers to whoever supervises them: figures from the records, and what figures do not say."""

from datetime import date
from enum import StrEnum
from typing import Annotated, Any
from uuid import UUID

from pydantic import Field as Bounds
from pydantic import model_validator
from sqlalchemy import Index, LargeBinary

from app.core.lifecycle import AllowedAction
from app.core.privacy import Privacy
from app.core.text import LongText
from app.models.base import Count, Input, Instant, Record, Shape, Version, column, json_column, one_of, text
from app.models.cadence import Average
from app.models.letters_of_understanding import Pence
from app.models.members import LegalDate


class ReportState(StrEnum):
    sent = "sent"
    returned = "returned"
    acknowledged = "acknowledged"


class OrganiserReport(Record, table=True):
    """What an organiser reported of a time, from `starts_on` until, not including, `ends_on`.

    `figures` stand as they were when it was sent. The words lie sealed under the report's own key.
    """

    __tablename__ = "organiser_reports"
    __table_args__ = (
        one_of("state", ReportState),
        Index(None, "account_id", "starts_on"),
        Index(None, "starts_on", "id"),
    )

    branch_id: UUID = column(Privacy.none, foreign_key="branches.id", nullable=False)
    account_id: UUID = column(Privacy.none, foreign_key="accounts.id", nullable=False)
    starts_on: date = column(Privacy.none, nullable=False)
    ends_on: date = column(Privacy.none, nullable=False)
    figures: dict[str, Any] = json_column(Privacy.none, nullable=False)
    sealed: bytes = column(Privacy.special, LargeBinary, nullable=False)
    state: str = text(Privacy.none, nullable=False, default=ReportState.sent)
    state_since: date = column(Privacy.none, nullable=False)


class ReportFigures(Shape):
    """What the records say of an organiser's time."""

    one_to_ones_held: Count
    one_to_ones_missed: Count
    one_to_ones_a_day: Average
    meets_cadence: bool
    next_steps_due: Count = Bounds(description="Next steps that fell due in this time.")
    next_steps_kept: Count
    people_met_first: Count = Bounds(description="People with whom it was the first one-to-one of anybody.")
    institutions_recruited: Count
    institutions_lost: Count
    leaders_developed: Count = Bounds(description="Leaders who rose a tier, on evidence.")
    actions_held: Count
    turnout_promised: Count
    turnout_counted: Count = Bounds(description="Counted by hand, of the actions held.")
    pledges_made: Count
    pledges_kept: Count
    pledges_broken: Count
    wins: Count
    hard_pence: Pence
    soft_pence: Pence


class ReportWords(Input):
    """What figures do not say. Whoever supervises reads it."""

    went_well: LongText | None = None
    was_hard: LongText | None = None
    support_needed: LongText | None = None
    plans: LongText | None = None


class ReportSend(ReportWords):
    branch_id: UUID = Bounds(description="Your unit: who supervises it reads the report.")
    starts_on: LegalDate
    ends_on: LegalDate = Bounds(description="The first day after it; at the latest tomorrow.")

    @model_validator(mode="after")
    def _in_order(self) -> "ReportSend":
        if not 0 < (self.ends_on - self.starts_on).days <= 366:
            raise ValueError("a report is of a day at least and of a year at most")
        return self


class ReportReturn(Input):
    text: LongText = Bounds(description="What is missing, or to be said anew.")


class ReportAcknowledge(Input):
    text: LongText | None = Bounds(default=None, description="What you want to say to it.")


class ReportDraft(Shape):
    """The figures of a time as they stand, to be sent with your words."""

    starts_on: date
    ends_on: date
    figures: ReportFigures


class OrganiserReportSummary(Shape):
    id: UUID
    branch_id: UUID
    account_id: UUID
    starts_on: date
    ends_on: date
    state: ReportState
    state_since: date
    version: Version
    created_at: Instant
    updated_at: Instant


class OrganiserReportRead(OrganiserReportSummary):
    """The whole of a report."""

    figures: ReportFigures
    went_well: LongText | None
    was_hard: LongText | None
    support_needed: LongText | None
    plans: LongText | None
    answer: LongText | None = Bounds(description="What the supervisor said to it last.")
    allowed_actions: Annotated[list[AllowedAction], Bounds(max_length=10)]
