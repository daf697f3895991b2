"""Events: one for each change, written with it, read in an order in which none is ever skipped."""

from typing import Annotated, Any
from uuid import UUID

from pydantic import Field as Bounds
from sqlalchemy import Index
from sqlalchemy.dialects.postgresql import BIGINT

from app.core.privacy import Privacy
from app.core.text import ShortText
from app.models.base import Instant, Row, Shape, column, json_column, text


class Event(Row, table=True):
    """A change, thin: which record, not what is in it. `transaction` then `id` is the order of the feed."""

    __tablename__ = "events"
    __table_args__ = (Index("ix_events_transaction", "transaction", "id"),)

    transaction: int = column(Privacy.none, BIGINT, nullable=False)
    type: str = text(Privacy.none, nullable=False)
    resource: str = text(Privacy.none, nullable=False)
    subject_id: UUID = column(Privacy.none, nullable=False)
    branch_id: UUID | None = column(Privacy.sensitive, default=None)
    wall_key: UUID | None = column(Privacy.none, default=None)
    data: dict[str, Any] = json_column(Privacy.none, nullable=False, default_factory=dict)


class EventRead(Shape):
    """That something happened to a record; read the record for what it now is."""

    id: UUID
    type: ShortText = Bounds(examples=["member.created"])
    created_at: Instant
    subject_id: UUID
    branch_id: UUID | None
    data: dict[str, Any]


class EventFeed(Shape):
    """A stretch of the feed. `next_cursor` is always there: at the end too, for the next poll."""

    data: Annotated[list[EventRead], Bounds(max_length=200)]
    next_cursor: Annotated[str, Bounds(max_length=600, description="Pass it as `after` for what follows.")]
    has_more: bool
