"""What running the house leaves behind: restores from a back-up, and the ledger of erasures."""

from datetime import datetime
from enum import StrEnum
from uuid import UUID

from sqlalchemy.dialects.postgresql import BIGINT

from app.core.privacy import Privacy
from app.models.base import Row, column, instant, one_of, text


class ErasedKind(StrEnum):
    person = "person"
    case = "case"


class Restore(Row, table=True):
    """A restore from a back-up. Changes made after it are numbered from `order_base` on, above all before it."""

    __tablename__ = "restores"

    backup_made_at: datetime = instant(nullable=False)
    order_base: int = column(Privacy.none, BIGINT, nullable=False)


class Erasure(Row, table=True):
    """A line of the ledger: who or what was erased and when, so that a restore can erase it again."""

    __tablename__ = "erasures"
    __table_args__ = (one_of("kind", ErasedKind),)

    kind: str = text(Privacy.none, nullable=False)
    subject_id: UUID = column(Privacy.none, nullable=False, unique=True)
    erased_at: datetime = instant(nullable=False)
    account_id: UUID | None = column(Privacy.none, default=None)
