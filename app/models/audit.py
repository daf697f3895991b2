"""The trail of changes and the log of reads: append-only, sealed in hash-chained batches."""

from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

from pydantic import Field as Bounds
from sqlalchemy import Index, LargeBinary
from sqlalchemy.dialects.postgresql import BIGINT

from app.core.permissions import Role
from app.core.privacy import Privacy
from app.core.text import Name, ShortText
from app.models.base import Count, Instant, Row, Shape, column, instant, json_column, text


class AuditEntry(Row, table=True):
    """Who did what to which record, when. `fields` holds names, and values where their privacy class allows.

    `transaction` orders entries for sealing: a batch takes only transactions that have all ended, so a late
    commit is never left out. `wall_key` is set on what derives from a walled record.
    """

    __tablename__ = "audit_entries"
    __table_args__ = (
        Index("ix_audit_entries_subject", "subject_id", "id"),
        Index("ix_audit_entries_transaction", "transaction", "id"),
        Index("ix_audit_entries_branch", "branch_id", "id"),
    )

    transaction: int = column(Privacy.none, BIGINT, nullable=False)
    action: str = text(Privacy.none, nullable=False)
    resource: str = text(Privacy.none, nullable=False)
    subject_id: UUID | None = column(Privacy.none, default=None)
    branch_id: UUID | None = column(Privacy.sensitive, default=None)
    wall_key: UUID | None = column(Privacy.none, default=None)
    account_id: UUID | None = column(Privacy.none, default=None)
    client_id: UUID | None = column(Privacy.none, default=None)
    fields: dict[str, Any] = json_column(Privacy.sensitive, nullable=False, default_factory=dict)


class AuditSeal(Row, table=True):
    """A link of the chain: the hash over a batch of entries and over the link before it.

    `mac` proves that the application made it: whoever owns the database could compute the chain alone anew.
    """

    __tablename__ = "audit_seals"

    number: int = column(Privacy.none, BIGINT, nullable=False, unique=True)
    from_transaction: int = column(Privacy.none, BIGINT, nullable=False)
    to_transaction: int = column(Privacy.none, BIGINT, nullable=False)
    entries: int = column(Privacy.none, nullable=False)
    digest: bytes = column(Privacy.none, LargeBinary, nullable=False)
    mac: bytes = column(Privacy.none, LargeBinary, nullable=False)


class AccessEntry(Row, table=True):
    """A read of a sensitive record, or a list with its query's field names: who, through what, of whom."""

    __tablename__ = "access_log"
    __table_args__ = (
        Index("ix_access_log_subject", "subject_id", "id"),
        Index("ix_access_log_branch", "branch_id", "id"),
    )

    resource: str = text(Privacy.none, nullable=False)
    subject_id: UUID | None = column(Privacy.none, default=None)
    branch_id: UUID | None = column(Privacy.sensitive, default=None)
    wall_key: UUID | None = column(Privacy.none, default=None)
    account_id: UUID = column(Privacy.none, nullable=False)
    client_id: UUID = column(Privacy.none, nullable=False)
    purpose: str = text(Privacy.sensitive, nullable=False)


class Wall(Row, table=True):
    """A record closed to somebody, whatever their rank: named in it, or in conflict of interest with it.

    By person; by account, where an account has no person; by unit, which closes it to the unit's officers of the day.
    """

    __tablename__ = "walls"
    __table_args__ = (
        Index(None, "person_id"),
        Index(None, "account_id"),
        Index(None, "unit_id"),
        Index(None, "wall_key"),
    )

    wall_key: UUID = column(Privacy.none, nullable=False)
    person_id: UUID | None = column(Privacy.none, foreign_key="people.id", default=None)
    account_id: UUID | None = column(Privacy.none, foreign_key="accounts.id", default=None)
    unit_id: UUID | None = column(Privacy.special, foreign_key="branches.id", default=None)
    reason: str = text(Privacy.special, nullable=False)
    ended_at: datetime | None = instant(default=None)


class AuditRead(Shape):
    """One entry of the trail: who did what to which record."""

    id: UUID
    created_at: Instant
    action: ShortText
    resource: ShortText
    subject_id: UUID | None
    branch_id: UUID | None
    account_id: UUID | None
    client_id: UUID | None
    fields: dict[str, Any] = Bounds(description="Names of the fields that changed; values where their class allows.")


class ChangeRead(Shape):
    """One change of a record: who, when and which fields."""

    id: UUID
    created_at: Instant
    action: ShortText
    account_id: UUID | None
    account_name: Name | None
    fields: dict[str, Any]


class AccessRead(Shape):
    """One read: who, of which record or list, through which client and for what."""

    id: UUID
    created_at: Instant
    resource: ShortText
    subject_id: UUID | None
    branch_id: UUID | None
    account_id: UUID
    client_id: UUID
    purpose: ShortText


class TitleHeld(Shape):
    """What somebody held: a role, by an office where there was one, at a unit."""

    role: Role
    office: ShortText | None
    office_cy: ShortText | None
    branch_name: ShortText
    branch_name_cy: ShortText | None


class OwnAccessRead(Shape):
    """Somebody read your record, fetched an export that may have held you, or read a case of which you were told."""

    id: UUID
    created_at: Instant
    dispute_id: UUID | None
    export_id: UUID | None = Bounds(description="An export of a unit of yours, which may have held your record.")
    account_name: Name
    client_name: Name
    purpose: ShortText
    held: Annotated[list[TitleHeld], Bounds(max_length=100, description="What the reader held on that day.")]


class WhoCanSee(TitleHeld):
    """Somebody who can see your record today, and by what."""

    account_name: Name
    branch_id: UUID
    contact: bool = Bounds(description="Your e-mail, phone, address and date of birth too.")
    export: bool = Bounds(description="And may take it out in a file.")


class WhoCanSeeRead(Shape):
    """Everybody who can see your record today, those nearest to you first."""

    data: Annotated[list[WhoCanSee], Bounds(max_length=10_000)]


class AuditVerification(Shape):
    """Whether the chain of seals holds over every entry it covers."""

    whole: bool
    seals: Count
    entries: Count
    unsealed: Count
    broken_at_seal: Annotated[int, Bounds(ge=1, le=9_007_199_254_740_991)] | None = Bounds(
        description="The first seal that does not hold; null when all do."
    )
    newest_digest: Annotated[str, Bounds(max_length=64)] | None = Bounds(
        description="The newest seal's SHA-256, in hex; kept elsewhere, it proves that no end was cut off."
    )
