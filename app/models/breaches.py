"""Breaches of personal data: the register of all of them, notified or not (UK GDPR arts. 33 and 34)."""

from datetime import date, datetime
from enum import StrEnum
from uuid import UUID

from sqlalchemy import DateTime, Index, LargeBinary

from app.core.privacy import Privacy
from app.models.base import Record, Row, column, instant, one_of, text, texts


class BreachState(StrEnum):
    open = "open"
    contained = "contained"
    assessed = "assessed"
    notified = "notified"
    not_notifiable = "not_notifiable"
    closed = "closed"


class BreachType(StrEnum):
    """What the data lost (UK GDPR art. 4(12))."""

    confidentiality = "confidentiality"
    integrity = "integrity"
    availability = "availability"


class BreachRisk(StrEnum):
    """To the rights and freedoms of the people concerned: it decides who must be told."""

    unlikely = "unlikely"
    risk = "risk"
    high = "high"


class BreachCause(StrEnum):
    misdirected_message = "misdirected_message"
    recipients_visible = "recipients_visible"
    lost_or_stolen = "lost_or_stolen"
    unauthorised_access = "unauthorised_access"
    cyber_attack = "cyber_attack"
    published_by_mistake = "published_by_mistake"
    wrong_disposal = "wrong_disposal"
    system_failure = "system_failure"
    processor = "processor"
    other = "other"


class BreachedData(StrEnum):
    """What kind of data was concerned."""

    identity = "identity"
    contact = "contact"
    membership = "membership"
    political_opinions = "political_opinions"
    religion = "religion"
    trade_union = "trade_union"
    health = "health"
    ethnic_origin = "ethnic_origin"
    sex_life = "sex_life"
    criminal_offences = "criminal_offences"
    disciplinary = "disciplinary"
    donations = "donations"
    financial = "financial"
    credentials = "credentials"
    identity_documents = "identity_documents"
    other = "other"


class ReportPhase(StrEnum):
    """A report may come in phases (UK GDPR art. 33(4))."""

    initial = "initial"
    further = "further"
    final = "final"


class NotTellingGround(StrEnum):
    """Why people need not be told of a high risk one by one (UK GDPR art. 34(3))."""

    unintelligible = "unintelligible"
    risk_averted = "risk_averted"
    public_communication = "public_communication"


class Breach(Record, table=True):
    """A breach: what is known of it, what was decided and who was told. Every word of it is sealed.

    `aware_at` is when the organisation was reasonably certain of it, and `due_at` 72 hours later: the Commissioner
    must have been told by then, unless a risk is unlikely. `notified_at` is the first report's.
    """

    __tablename__ = "breaches"
    __table_args__ = (
        one_of("state", BreachState),
        one_of("cause", BreachCause),
        one_of("risk", BreachRisk),
        one_of("not_telling_ground", NotTellingGround),
        Index("ix_breaches_aware_at", "aware_at", "id"),
    )

    reference: str = text(Privacy.none, nullable=False, unique=True)
    state: str = text(Privacy.sensitive, nullable=False, default=BreachState.open)
    state_since: date = column(Privacy.sensitive, nullable=False)
    occurred_at: datetime | None = column(Privacy.sensitive, DateTime(timezone=True), default=None)
    discovered_at: datetime = instant(Privacy.sensitive, nullable=False)
    aware_at: datetime = instant(Privacy.sensitive, nullable=False)
    due_at: datetime = instant(Privacy.sensitive, nullable=False)
    logged_by: UUID | None = column(Privacy.none, default=None)
    types: list[str] = texts(Privacy.sensitive, nullable=False)
    categories: list[str] = texts(Privacy.sensitive, nullable=False)
    special_category: bool = column(Privacy.sensitive, nullable=False)
    people_count: int | None = column(Privacy.sensitive, default=None)
    records_count: int | None = column(Privacy.sensitive, default=None)
    counts_estimated: bool = column(Privacy.sensitive, nullable=False)
    cause: str = text(Privacy.sensitive, nullable=False)
    unintelligible: bool | None = column(Privacy.sensitive, default=None)
    backed_up: bool | None = column(Privacy.sensitive, default=None)
    recovered: bool | None = column(Privacy.sensitive, default=None)
    published: bool | None = column(Privacy.sensitive, default=None)
    vulnerable_people: bool | None = column(Privacy.sensitive, default=None)
    contained_at: datetime | None = column(Privacy.sensitive, DateTime(timezone=True), default=None)
    risk: str | None = text(Privacy.sensitive, default=None)
    assessed_on: date | None = column(Privacy.sensitive, default=None)
    notified_at: datetime | None = column(Privacy.sensitive, DateTime(timezone=True), default=None)
    notified_late: bool | None = column(Privacy.sensitive, default=None)
    commissioner_reference: str | None = text(Privacy.sensitive, default=None)
    people_told_at: datetime | None = column(Privacy.sensitive, DateTime(timezone=True), default=None)
    people_told_count: int | None = column(Privacy.sensitive, default=None)
    not_telling_ground: str | None = text(Privacy.sensitive, default=None)
    closed_on: date | None = column(Privacy.sensitive, default=None)
    sealed: bytes = column(Privacy.special, LargeBinary, nullable=False)


class BreachReport(Row, table=True):
    """A report to the Commissioner as it was sent. Never changed."""

    __tablename__ = "breach_reports"
    __table_args__ = (one_of("phase", ReportPhase), Index(None, "breach_id"))

    breach_id: UUID = column(Privacy.none, foreign_key="breaches.id", nullable=False)
    phase: str = text(Privacy.sensitive, nullable=False)
    sent_at: datetime = instant(Privacy.sensitive, nullable=False)
    late: bool = column(Privacy.sensitive, nullable=False)
    account_id: UUID | None = column(Privacy.none, default=None)
    sealed: bytes = column(Privacy.special, LargeBinary, nullable=False)
