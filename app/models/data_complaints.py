"""Complaints about how the organisation handles somebody's data (DPA 2018 s.164A)."""

from datetime import date
from enum import StrEnum
from uuid import UUID

from sqlalchemy import Index, LargeBinary

from app.core.calendars import Division
from app.core.privacy import Privacy
from app.models.base import Record, column, one_of, text
from app.models.rights_requests import RequestChannel


class DataComplaintState(StrEnum):
    received = "received"
    acknowledged = "acknowledged"
    investigating = "investigating"
    answered = "answered"
    withdrawn = "withdrawn"


class DataComplaintOutcome(StrEnum):
    upheld = "upheld"
    partly_upheld = "partly_upheld"
    not_upheld = "not_upheld"


class DataComplaint(Record, table=True):
    """A complaint about data, and how far it is.

    `person_id` is the complainant, where they are on record, and `account_id` where they complained signed in; who
    else they are, and what they say, is sealed. `acknowledge_by` is null for what was received before the duty was in
    force. `acknowledged_late` is null while that is open, and where there was no such day.
    """

    __tablename__ = "data_complaints"
    __table_args__ = (
        one_of("state", DataComplaintState),
        one_of("channel", RequestChannel),
        one_of("division", Division),
        one_of("outcome", DataComplaintOutcome),
        Index("ix_data_complaints_received_on", "received_on", "id"),
        Index(None, "person_id"),
    )

    reference: str = text(Privacy.none, nullable=False, unique=True)
    channel: str = text(Privacy.sensitive, nullable=False)
    person_id: UUID | None = column(Privacy.none, foreign_key="people.id", default=None)
    account_id: UUID | None = column(Privacy.none, default=None)
    division: str = text(Privacy.none, nullable=False)
    state: str = text(Privacy.sensitive, nullable=False, default=DataComplaintState.received)
    state_since: date = column(Privacy.sensitive, nullable=False)
    received_on: date = column(Privacy.sensitive, nullable=False)
    logged_by: UUID | None = column(Privacy.none, default=None)
    acknowledge_by: date | None = column(Privacy.sensitive, default=None)
    acknowledged_on: date | None = column(Privacy.sensitive, default=None)
    acknowledged_late: bool | None = column(Privacy.sensitive, default=None)
    informed_on: date | None = column(Privacy.sensitive, default=None)
    outcome: str | None = text(Privacy.sensitive, default=None)
    ended_on: date | None = column(Privacy.sensitive, default=None)
    sealed: bytes = column(Privacy.special, LargeBinary, nullable=False)
