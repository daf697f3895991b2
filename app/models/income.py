"""Income that an organiser raises: what is expected of them, what is forecast, and what has come in."""

from datetime import date
from enum import StrEnum
from typing import Annotated
from uuid import UUID

from pydantic import Field as Bounds
from pydantic import model_validator
from sqlalchemy import BigInteger, Index

from app.core.lifecycle import AllowedAction
from app.core.privacy import Privacy
from app.core.text import ShortText
from app.models.base import Input, Instant, Record, Shape, Version, column, one_of, text
from app.models.letters_of_understanding import Pence
from app.models.members import LegalDate


class IncomeKind(StrEnum):
    """Hard money is dues: it renews itself and is nobody's to direct. Soft money is all the rest."""

    hard = "hard"
    soft = "soft"


class IncomeState(StrEnum):
    forecast = "forecast"
    received = "received"
    lost = "lost"


class IncomeTarget(Record, table=True):
    """What an organiser is to raise between two days: an amount, and how much of it at least as hard money."""

    __tablename__ = "income_targets"
    __table_args__ = (Index(None, "account_id", "starts_on"),)

    branch_id: UUID = column(Privacy.none, foreign_key="branches.id", nullable=False)
    account_id: UUID = column(Privacy.none, foreign_key="accounts.id", nullable=False)
    starts_on: date = column(Privacy.none, nullable=False)
    ends_on: date = column(Privacy.none, nullable=False)
    least_pence: int = column(Privacy.none, BigInteger, nullable=False)
    most_pence: int = column(Privacy.none, BigInteger, nullable=False)
    hard_percent: int = column(Privacy.none, nullable=False)


class IncomeLine(Record, table=True):
    """A sum that is expected on a day, and what came of it. `letter_id` where it is an instalment of dues."""

    __tablename__ = "income_lines"
    __table_args__ = (
        one_of("kind", IncomeKind),
        one_of("state", IncomeState),
        Index(None, "expected_on", "id"),
        Index(None, "account_id", "expected_on"),
        Index(None, "letter_id"),
    )

    branch_id: UUID = column(Privacy.none, foreign_key="branches.id", nullable=False)
    account_id: UUID = column(Privacy.none, foreign_key="accounts.id", nullable=False)
    kind: str = text(Privacy.none, nullable=False)
    source: str = text(Privacy.none, nullable=False)
    organisation_id: UUID | None = column(Privacy.none, foreign_key="organisations.id", default=None)
    letter_id: UUID | None = column(Privacy.none, foreign_key="letters_of_understanding.id", default=None)
    forecast_pence: int = column(Privacy.none, BigInteger, nullable=False)
    expected_on: date = column(Privacy.none, nullable=False)
    actual_pence: int | None = column(Privacy.none, BigInteger, default=None)
    received_on: date | None = column(Privacy.none, default=None)
    state: str = text(Privacy.none, nullable=False, default=IncomeState.forecast)
    state_since: date = column(Privacy.none, nullable=False)
    lost_reason: str | None = text(Privacy.none, default=None)


Percent = Annotated[int, Bounds(ge=0, le=100)]


class IncomeTargetSet(Input):
    """What an organiser is to raise: £16,000 to £20,000 a year, at least half of it hard, unless told otherwise."""

    branch_id: UUID
    account_id: UUID
    starts_on: LegalDate
    ends_on: LegalDate = Bounds(description="The first day after it.")
    least_pence: Pence = 1_600_000
    most_pence: Pence = 2_000_000
    hard_percent: Percent = 50

    @model_validator(mode="after")
    def _in_order(self) -> "IncomeTargetSet":
        if self.ends_on <= self.starts_on or self.most_pence < self.least_pence:
            raise ValueError("it ends after the day on which it begins, and its most is no less than its least")
        return self


class IncomeLineCreate(Input):
    branch_id: UUID
    kind: IncomeKind
    source: ShortText = Bounds(description="A grant, a contract, an event. No private persons by name.")
    organisation_id: UUID | None = None
    forecast_pence: Pence
    expected_on: LegalDate
    account_id: UUID | None = Bounds(default=None, description="Whose income it is; your own if left out.")


class IncomeReceived(Input):
    actual_pence: Pence
    received_on: LegalDate | None = Bounds(default=None, description="Today if left out; not a day to come.")


class IncomeLost(Input):
    reason: ShortText = Bounds(description="Why it will not come. No private persons by name.")


class IncomeLineSummary(Shape):
    id: UUID
    branch_id: UUID
    account_id: UUID
    kind: IncomeKind
    source: ShortText
    organisation_id: UUID | None
    letter_id: UUID | None
    forecast_pence: Pence
    expected_on: date
    actual_pence: Pence | None
    received_on: date | None
    state: IncomeState
    state_since: date
    lost_reason: ShortText | None
    version: Version
    created_at: Instant
    updated_at: Instant


class IncomeLineRead(IncomeLineSummary):
    allowed_actions: Annotated[list[AllowedAction], Bounds(max_length=10)]


class Raised(Shape):
    """Hard and soft money, and whether it is what was expected."""

    hard_pence: Pence
    soft_pence: Pence
    total_pence: Pence
    hard_percent: Annotated[float, Bounds(ge=0, le=100, description="To one place; 0 of nothing.")]
    meets_amount: bool = Bounds(description="At least what was expected; more is welcome.")
    meets_hard_share: bool = Bounds(description="Judged on the exact sums, never on the rounded percentage.")


class IncomeTargetSummary(Shape):
    id: UUID
    branch_id: UUID
    account_id: UUID
    starts_on: date
    ends_on: date
    least_pence: Pence
    most_pence: Pence
    hard_percent: Percent
    version: Version
    created_at: Instant
    updated_at: Instant


class IncomeTargetRead(IncomeTargetSummary):
    """A target, with what has come in within it and what would come in with all that is still forecast."""

    actual: Raised
    forecast: Raised
