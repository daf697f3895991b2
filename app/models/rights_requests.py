"""Requests by which somebody uses a right over their data: access first of all, and the other rights beside it."""

from datetime import date
from enum import StrEnum
from typing import Any
from uuid import UUID

from sqlalchemy import Index, LargeBinary

from app.core.calendars import Division
from app.core.privacy import Privacy
from app.models.base import Record, Row, column, json_column, one_of, text


class RequestKind(StrEnum):
    """Which right (UK GDPR arts. 15 to 18, 20 and 21)."""

    access = "access"
    rectification = "rectification"
    erasure = "erasure"
    restriction = "restriction"
    portability = "portability"
    objection = "objection"


class RequestState(StrEnum):
    received = "received"
    identity = "identity"
    clarifying = "clarifying"
    searching = "searching"
    review = "review"
    released = "released"
    partly_released = "partly_released"
    nothing_held = "nothing_held"
    assessing = "assessing"
    granted = "granted"
    partly_granted = "partly_granted"
    refused = "refused"
    withdrawn = "withdrawn"


class MadeBy(StrEnum):
    person = "person"
    representative = "representative"
    parent = "parent"


class RequestChannel(StrEnum):
    email = "email"
    letter = "letter"
    phone = "phone"
    in_person = "in_person"
    web = "web"
    social_media = "social_media"
    other = "other"


class ExtensionReason(StrEnum):
    """Why two further months are necessary (UK GDPR art. 12(3))."""

    complexity = "complexity"
    number_of_requests = "number_of_requests"


class FeeReason(StrEnum):
    """Why a fee may be asked at all (UK GDPR arts. 12(5) and 15(3))."""

    manifestly_unfounded = "manifestly_unfounded"
    excessive = "excessive"
    further_copies = "further_copies"


class RefusalGround(StrEnum):
    """Why a request is not followed (UK GDPR arts. 12(5), 12(6), 17(3), 18, 21(1); DPA 2018 schs. 2 to 4)."""

    manifestly_unfounded = "manifestly_unfounded"
    excessive = "excessive"
    identity_unproved = "identity_unproved"
    no_authority = "no_authority"
    exemption = "exemption"
    legal_obligation = "legal_obligation"
    legal_claims = "legal_claims"
    compelling_grounds = "compelling_grounds"
    accurate = "accurate"
    not_applicable = "not_applicable"


class RightsRequest(Record, table=True):
    """A request of somebody about their data.

    `person_id` is the person whom the data concerns, where they are on record; who asked, in which words and with which
    authority is sealed. Days are the organisation's. The clock's columns are worked out anew with each fact:
    `due_on` is the law's last day, `internal_due_on` the safer earlier one; both are null while the clock has not
    started or is stopped. `information` holds the nine answers of article 15.
    """

    __tablename__ = "rights_requests"
    __table_args__ = (
        one_of("kind", RequestKind),
        one_of("state", RequestState),
        one_of("made_by", MadeBy),
        one_of("channel", RequestChannel),
        one_of("division", Division),
        one_of("extension_reason", ExtensionReason),
        one_of("fee_reason", FeeReason),
        one_of("refusal_ground", RefusalGround),
        Index("ix_rights_requests_due_on", "due_on", "id"),
        Index("ix_rights_requests_received_on", "received_on", "id"),
        Index(None, "person_id"),
    )

    reference: str = text(Privacy.none, nullable=False, unique=True)
    kind: str = text(Privacy.sensitive, nullable=False)
    made_by: str = text(Privacy.sensitive, nullable=False)
    channel: str = text(Privacy.sensitive, nullable=False)
    person_id: UUID | None = column(Privacy.none, foreign_key="people.id", default=None)
    marketing: bool = column(Privacy.sensitive, nullable=False, default=False)
    division: str = text(Privacy.none, nullable=False)
    state: str = text(Privacy.sensitive, nullable=False, default=RequestState.received)
    state_since: date = column(Privacy.sensitive, nullable=False)
    received_on: date = column(Privacy.sensitive, nullable=False)
    logged_by: UUID | None = column(Privacy.none, default=None)
    identity_asked_on: date | None = column(Privacy.sensitive, default=None)
    identity_received_on: date | None = column(Privacy.sensitive, default=None)
    fee_pence: int | None = column(Privacy.sensitive, default=None)
    fee_reason: str | None = text(Privacy.sensitive, default=None)
    fee_asked_on: date | None = column(Privacy.sensitive, default=None)
    fee_received_on: date | None = column(Privacy.sensitive, default=None)
    extended_on: date | None = column(Privacy.sensitive, default=None)
    extension_reason: str | None = text(Privacy.sensitive, default=None)
    extension_late: bool | None = column(Privacy.sensitive, default=None)
    clock_started_on: date | None = column(Privacy.sensitive, default=None)
    paused_since: date | None = column(Privacy.sensitive, default=None)
    paused_days: int = column(Privacy.sensitive, nullable=False, default=0)
    due_on: date | None = column(Privacy.sensitive, default=None)
    internal_due_on: date | None = column(Privacy.sensitive, default=None)
    extension_notice_by: date | None = column(Privacy.sensitive, default=None)
    ended_on: date | None = column(Privacy.sensitive, default=None)
    ended_late: bool | None = column(Privacy.sensitive, default=None)
    refusal_ground: str | None = text(Privacy.sensitive, default=None)
    searched_on: date | None = column(Privacy.sensitive, default=None)
    information: dict[str, Any] = json_column(Privacy.sensitive, nullable=False, default_factory=dict)
    sealed: bytes = column(Privacy.special, LargeBinary, nullable=False)


class RequestPause(Row, table=True):
    """A stop of the clock: from the day of a question until the day of its answer, both of which do not count."""

    __tablename__ = "request_pauses"
    __table_args__ = (Index(None, "request_id"),)

    request_id: UUID = column(Privacy.none, foreign_key="rights_requests.id", nullable=False)
    asked_on: date = column(Privacy.sensitive, nullable=False)
    answered_on: date | None = column(Privacy.sensitive, default=None)
