"""The house's own tables: what every domain uses and no caller asks for by name."""

from datetime import datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

from sqlalchemy import ForeignKeyConstraint, Index, LargeBinary
from sqlalchemy.dialects.postgresql import BIGINT

from app.core.privacy import Privacy
from app.core.text import Email, LongText, ShortText
from app.models.base import Instant, Row, Shape, column, instant, json_column, one_of, text


class MailState(StrEnum):
    waiting = "waiting"
    sent = "sent"
    failed = "failed"


class IdempotencyKey(Row, table=True):
    """The answer to a POST, kept a day, sealed, so that a repeat gets it again and does nothing twice."""

    __tablename__ = "idempotency_keys"
    __table_args__ = (Index("ix_idempotency_keys_created_at", "created_at"),)

    account_id: UUID = column(Privacy.none, nullable=False)
    key_hash: bytes = column(Privacy.none, LargeBinary, nullable=False, unique=True)
    fingerprint: bytes = column(Privacy.none, LargeBinary, nullable=False)
    status: int = column(Privacy.none, nullable=False)
    headers: dict[str, Any] = json_column(Privacy.none, nullable=False)
    sealed_body: bytes = column(Privacy.secret, LargeBinary, nullable=False)
    resource: str | None = text(Privacy.none, default=None)
    branch_id: UUID | None = column(Privacy.sensitive, default=None)
    subject_id: UUID | None = column(Privacy.none, default=None)


class Throttle(Row, table=True):
    """How often something was tried in a window, by a keyed hash of who tried: no address is kept."""

    __tablename__ = "throttles"

    key_hash: bytes = column(Privacy.none, LargeBinary, nullable=False, unique=True)
    window_ends_at: datetime = instant(nullable=False)
    count: int = column(Privacy.none, nullable=False)


class Mail(Row, table=True):
    """A message to be sent, sealed until it is; written in the transaction of what it speaks of."""

    __tablename__ = "mail_outbox"
    __table_args__ = (one_of("state", MailState), Index("ix_mail_outbox_state", "state", "id"))

    sealed_message: bytes = column(Privacy.contact, LargeBinary, nullable=False)
    state: str = text(Privacy.none, nullable=False, default=MailState.waiting)
    attempts: int = column(Privacy.none, nullable=False, default=0)
    next_attempt_at: datetime = instant(nullable=False)
    sent_at: datetime | None = instant(default=None)


class EnvelopeKey(Row, table=True):
    """The key under which a person's or case's sealed fields lie; destroying it erases them everywhere."""

    __tablename__ = "envelope_keys"

    subject_id: UUID = column(Privacy.none, nullable=False, unique=True)
    wrapped_key: bytes | None = column(Privacy.secret, LargeBinary, default=None)
    destroyed_at: datetime | None = instant(default=None)


class StoredFile(Row, table=True):
    """A file, sealed in pieces under an envelope key, standing under the policy of its record."""

    __tablename__ = "files"
    __table_args__ = (Index(None, "subject_id"),)

    resource: str = text(Privacy.none, nullable=False)
    subject_id: UUID = column(Privacy.none, nullable=False)
    branch_id: UUID = column(Privacy.sensitive, foreign_key="branches.id", nullable=False)
    wall_key: UUID | None = column(Privacy.none, default=None)
    sealed_name: bytes = column(Privacy.identity, LargeBinary, nullable=False)
    media_type: str = text(Privacy.none, nullable=False)
    size: int = column(Privacy.none, BIGINT, nullable=False)
    sha256: bytes = column(Privacy.none, LargeBinary, nullable=False)
    envelope_key_id: UUID = column(Privacy.none, foreign_key="envelope_keys.id", nullable=False)


class FilePiece(Row, table=True):
    """A sealed mebibyte of a file. Pieces are written as they come, before the file they make up."""

    __tablename__ = "file_pieces"
    __table_args__ = (
        ForeignKeyConstraint(["file_id"], ["files.id"], deferrable=True, initially="DEFERRED"),
        Index(None, "file_id", "number", unique=True),
    )

    file_id: UUID = column(Privacy.none, nullable=False)
    branch_id: UUID = column(Privacy.sensitive, foreign_key="branches.id", nullable=False)
    wall_key: UUID | None = column(Privacy.none, default=None)
    number: int = column(Privacy.none, nullable=False)
    sealed: bytes = column(Privacy.special, LargeBinary, nullable=False)


class DemoClock(Row, table=True):
    """By how many seconds the demo's clock runs ahead; one row, or none."""

    __tablename__ = "demo_clock"

    offset_seconds: int = column(Privacy.none, BIGINT, nullable=False)


class MailRead(Shape):
    """A letter, as its reader gets it."""

    id: UUID
    created_at: Instant
    state: MailState
    to: Email
    subject: ShortText
    text: LongText
