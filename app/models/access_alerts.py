"""What is unusual in the log of reads, for the data-protection team to look into."""

from datetime import date
from enum import StrEnum
from typing import Annotated
from uuid import UUID

from pydantic import Field as Bounds
from pydantic import model_validator
from sqlalchemy import Index, text

from app.core.lifecycle import AllowedAction
from app.core.privacy import Privacy
from app.core.text import LongText
from app.models import base
from app.models.base import Count, Input, Instant, Record, Row, Shape, Version, column, one_of
from app.models.matters import MatterStepRead


class AccessAlertRule(StrEnum):
    night_export = "night_export"
    unusual_reads = "unusual_reads"
    many_readers = "many_readers"


class AccessAlertState(StrEnum):
    open = "open"
    looked_into = "looked_into"


class AccessAlertOutcome(StrEnum):
    harmless = "harmless"
    misuse = "misuse"
    breach = "breach"


class AccessDay(Row, table=True):
    """How much an account read on a day: what is usual for it."""

    __tablename__ = "access_days"
    __table_args__ = (Index("ix_access_days_account_id_on_day", "account_id", "on_day", unique=True),)

    account_id: UUID = column(Privacy.none, foreign_key="accounts.id", nullable=False)
    on_day: date = column(Privacy.sensitive, nullable=False)
    reads: int = column(Privacy.sensitive, nullable=False)


class AccessAlert(Record, table=True):
    """Something unusual of a day: of an account, or of a record that many read. `usual` is a mean over 28 days."""

    __tablename__ = "access_alerts"
    __table_args__ = (
        one_of("rule", AccessAlertRule),
        one_of("state", AccessAlertState),
        one_of("outcome", AccessAlertOutcome),
        Index("ix_access_alerts_found", "rule", text("coalesce(account_id, record_id)"), "on_day", unique=True),
        Index("ix_access_alerts_on_day", "on_day", "id"),
    )

    rule: str = base.text(Privacy.sensitive, nullable=False)
    account_id: UUID | None = column(Privacy.none, foreign_key="accounts.id", default=None)
    record_id: UUID | None = column(Privacy.none, default=None)
    on_day: date = column(Privacy.sensitive, nullable=False)
    count: int = column(Privacy.sensitive, nullable=False)
    usual: int | None = column(Privacy.sensitive, default=None)
    state: str = base.text(Privacy.sensitive, nullable=False, default=AccessAlertState.open)
    state_since: date = column(Privacy.sensitive, nullable=False)
    outcome: str | None = base.text(Privacy.sensitive, default=None)
    breach_id: UUID | None = column(Privacy.none, foreign_key="breaches.id", default=None)


class LookedInto(Input):
    """What was found behind an alert."""

    outcome: AccessAlertOutcome
    text: LongText
    breach_id: UUID | None = Bounds(default=None, description="The entry in the register, where it was a breach.")

    @model_validator(mode="after")
    def _a_breach_is_registered(self) -> "LookedInto":
        if (self.outcome is AccessAlertOutcome.breach) != (self.breach_id is not None):
            raise ValueError("name the breach where it was one, and only there")
        return self


class AccessAlertSummary(Shape):
    """Something unusual: whose reads, or of which record, on which day, how many, and how many are usual."""

    id: UUID
    rule: AccessAlertRule
    account_id: UUID | None
    record_id: UUID | None = Bounds(description="The record that many read.")
    on_day: date
    count: Count
    usual: Count | None = Bounds(description="The mean of the 28 days before, where that was looked at.")
    state: AccessAlertState
    state_since: date
    outcome: AccessAlertOutcome | None
    breach_id: UUID | None
    version: Version
    created_at: Instant
    updated_at: Instant


class AccessAlertRead(AccessAlertSummary):
    """An alert with what was done about it."""

    steps: Annotated[list[MatterStepRead], Bounds(max_length=100)]
    allowed_actions: Annotated[list[AllowedAction], Bounds(max_length=10)]
