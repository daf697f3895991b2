"""Disputes: a complaint on its way to a final decision, behind a wall. The tables of the case itself.

No text about anybody stands in the clear: what was said is sealed, row by row, under the case's own key.
"""

from datetime import date, datetime
from enum import StrEnum
from uuid import UUID

from sqlalchemy import Index, LargeBinary

from app.core.calendars import Nation
from app.core.permissions import Part
from app.core.privacy import Privacy
from app.models.base import Record, Row, column, instant, one_of, text, uuids


class DisputeState(StrEnum):
    received = "received"
    acknowledged = "acknowledged"
    needs_information = "needs_information"
    informal = "informal"
    noticed = "noticed"
    responded = "responded"
    investigating = "investigating"
    reported = "reported"
    listed = "listed"
    heard = "heard"
    decided = "decided"
    dismissed = "dismissed"
    appealed = "appealed"
    appeal_listed = "appeal_listed"
    final = "final"
    closed = "closed"
    withdrawn = "withdrawn"
    joined = "joined"


class DisputeOutcome(StrEnum):
    """How it ended, as the annual report counts it."""

    upheld = "upheld"
    partly_upheld = "partly_upheld"
    not_upheld = "not_upheld"
    dismissed = "dismissed"
    resolved = "resolved"
    withdrawn = "withdrawn"
    joined = "joined"


class DisputeKind(StrEnum):
    """What a complaint is about."""

    conduct = "conduct"
    eligibility = "eligibility"
    unit = "unit"
    election = "election"
    meeting = "meeting"


class ComplaintSource(StrEnum):
    member = "member"
    officer = "officer"
    public = "public"
    anonymous = "anonymous"


class StayReason(StrEnum):
    police = "police"
    court = "court"
    tribunal = "tribunal"
    safeguarding = "safeguarding"
    health = "health"
    other = "other"


class PartyRole(StrEnum):
    complainant = "complainant"
    respondent = "respondent"
    witness = "witness"
    named = "named"


class AllegationOutcome(StrEnum):
    upheld = "upheld"
    not_upheld = "not_upheld"


class Dispute(Record, table=True):
    """A case. `branch_id` is the respondent's unit at the time of the complaint; `due_on` the last day of its stage.

    `reference` is random: a number that counts would tell of cases that one may not see. Days are those of the
    organisation; a stay holds every clock.
    """

    __tablename__ = "disputes"
    __table_args__ = (
        one_of("state", DisputeState),
        one_of("outcome", DisputeOutcome),
        one_of("kind", DisputeKind),
        one_of("source", ComplaintSource),
        one_of("nation", Nation),
        one_of("stay_reason", StayReason),
        Index("ix_disputes_received_on", "received_on", "id"),
        Index("ix_disputes_due_on", "due_on", "id"),
    )

    reference: str = text(Privacy.none, nullable=False, unique=True)
    procedure_id: UUID = column(Privacy.none, foreign_key="procedures.id", nullable=False)
    branch_id: UUID = column(Privacy.sensitive, foreign_key="branches.id", nullable=False)
    nation: str = text(Privacy.none, nullable=False)
    kind: str = text(Privacy.special, nullable=False)
    source: str = text(Privacy.special, nullable=False)
    subject_unit_id: UUID | None = column(Privacy.special, foreign_key="branches.id", default=None)
    state: str = text(Privacy.special, nullable=False, default=DisputeState.received)
    outcome: str | None = text(Privacy.special, default=None)
    received_on: date = column(Privacy.special, nullable=False)
    state_since: date = column(Privacy.special, nullable=False)
    due_on: date | None = column(Privacy.special, default=None)
    stayed_on: date | None = column(Privacy.special, default=None)
    stay_reason: str | None = text(Privacy.special, default=None)
    notice_on: date | None = column(Privacy.special, default=None)
    response_due_on: date | None = column(Privacy.special, default=None)
    responded_on: date | None = column(Privacy.special, default=None)
    reported_on: date | None = column(Privacy.special, default=None)
    heard_on: date | None = column(Privacy.special, default=None)
    decided_on: date | None = column(Privacy.special, default=None)
    deciding_body: str | None = text(Privacy.special, default=None)
    appeal_due_on: date | None = column(Privacy.special, default=None)
    appeal_late: bool | None = column(Privacy.special, default=None)
    appeal_admitted: bool | None = column(Privacy.special, default=None)
    appealed_from: str | None = text(Privacy.special, default=None)
    joined_into_id: UUID | None = column(Privacy.special, foreign_key="disputes.id", default=None)
    submitted_by: UUID | None = column(Privacy.none, default=None)
    sealed: bytes = column(Privacy.special, LargeBinary, nullable=False)


class DisputeParty(Record, table=True):
    """Who is named in a case: a person, a unit, an account without a person, or a name alone.

    A struck party is named no more.

    `told_at`: when a respondent was first told anything; before that nothing shows them the case.
    """

    __tablename__ = "dispute_parties"
    __table_args__ = (one_of("role", PartyRole), Index(None, "dispute_id"), Index(None, "person_id"))

    dispute_id: UUID = column(Privacy.none, foreign_key="disputes.id", nullable=False)
    role: str = text(Privacy.special, nullable=False)
    person_id: UUID | None = column(Privacy.none, foreign_key="people.id", default=None)
    account_id: UUID | None = column(Privacy.none, foreign_key="accounts.id", default=None)
    unit_id: UUID | None = column(Privacy.special, foreign_key="branches.id", default=None)
    identity_withheld: bool = column(Privacy.special, nullable=False, default=False)
    told_at: datetime | None = instant(default=None)
    struck_at: datetime | None = instant(default=None)
    sealed: bytes = column(Privacy.special, LargeBinary, nullable=False)


class DisputePart(Record, table=True):
    """What somebody does in a case, by account: the only door to it. `panel_id` where it is a seat on a panel.

    `expires_at` is set for a door opened by break-glass; `recused` says that an interest ended it.
    """

    __tablename__ = "dispute_parts"
    __table_args__ = (
        one_of("part", Part),
        Index(None, "dispute_id"),
        Index(None, "account_id", postgresql_where="ended_at is null"),
    )

    dispute_id: UUID = column(Privacy.none, foreign_key="disputes.id", nullable=False)
    part: str = text(Privacy.special, nullable=False)
    account_id: UUID = column(Privacy.none, foreign_key="accounts.id", nullable=False)
    person_id: UUID | None = column(Privacy.none, foreign_key="people.id", default=None)
    panel_id: UUID | None = column(Privacy.none, default=None)
    expires_at: datetime | None = instant(default=None)
    ended_at: datetime | None = instant(default=None)
    recused: bool = column(Privacy.special, nullable=False, default=False)
    sealed: bytes = column(Privacy.special, LargeBinary, nullable=False)


class DisputeStep(Row, table=True):
    """What was done in a case, on which day, and whether it was in time. Never changed."""

    __tablename__ = "dispute_steps"
    __table_args__ = (Index(None, "dispute_id", "id"),)

    dispute_id: UUID = column(Privacy.none, foreign_key="disputes.id", nullable=False)
    action: str = text(Privacy.special, nullable=False)
    from_state: str | None = text(Privacy.special, default=None)
    to_state: str = text(Privacy.special, nullable=False)
    on_day: date = column(Privacy.special, nullable=False)
    due_on: date | None = column(Privacy.special, default=None)
    late: bool = column(Privacy.special, nullable=False, default=False)
    account_id: UUID | None = column(Privacy.none, default=None)
    party_id: UUID | None = column(Privacy.none, foreign_key="dispute_parties.id", default=None)
    sealed: bytes = column(Privacy.special, LargeBinary, nullable=False)


class DisputeAllegation(Record, table=True):
    """What a respondent is said to have done, under the clause that was in force on those days (inclusive)."""

    __tablename__ = "dispute_allegations"
    __table_args__ = (one_of("outcome", AllegationOutcome), Index(None, "dispute_id"))

    dispute_id: UUID = column(Privacy.none, foreign_key="disputes.id", nullable=False)
    respondent_id: UUID = column(Privacy.none, foreign_key="dispute_parties.id", nullable=False)
    number: int = column(Privacy.none, nullable=False)
    clause_id: UUID = column(Privacy.special, foreign_key="rule_clauses.id", nullable=False)
    conduct_from: date = column(Privacy.special, nullable=False)
    conduct_until: date = column(Privacy.special, nullable=False)
    outcome: str | None = text(Privacy.special, default=None)
    new_evidence_ids: list[UUID] = uuids(Privacy.special, nullable=False, default_factory=list)
    sealed: bytes = column(Privacy.special, LargeBinary, nullable=False)


class DisputeLink(Row, table=True):
    """Two cases that belong together without being one."""

    __tablename__ = "dispute_links"
    __table_args__ = (Index(None, "dispute_id"), Index(None, "other_id"))

    dispute_id: UUID = column(Privacy.none, foreign_key="disputes.id", nullable=False)
    other_id: UUID = column(Privacy.none, foreign_key="disputes.id", nullable=False)
