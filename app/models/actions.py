"""Actions and events: what is done in public, where and when, and to whom it is addressed."""

from datetime import date, datetime
from enum import StrEnum
from uuid import UUID

from sqlalchemy import Index, LargeBinary

from app.core.privacy import Privacy
from app.models.base import Record, column, instant, one_of, text, texts


class ActionKind(StrEnum):
    research_action = "research_action"
    assembly = "assembly"
    neighbourhood_action = "neighbourhood_action"
    negotiation = "negotiation"
    house_meeting = "house_meeting"
    training = "training"
    other = "other"


class ActionState(StrEnum):
    planned = "planned"
    confirmed = "confirmed"
    held = "held"
    evaluated = "evaluated"
    closed = "closed"
    cancelled = "cancelled"


class Action(Record, table=True):
    """An action of a unit.

    `code_hash` is of the code by which people check in; `sequence` counts the changes that calendars see.
    """

    __tablename__ = "actions"
    __table_args__ = (
        one_of("kind", ActionKind),
        one_of("state", ActionState),
        Index(None, "branch_id", "starts_at", "id"),
        Index(None, "starts_at", "id"),
        Index(None, "campaign_id"),
    )

    branch_id: UUID = column(Privacy.none, foreign_key="branches.id", nullable=False)
    campaign_id: UUID | None = column(Privacy.none, foreign_key="campaigns.id", default=None)
    name: str = text(Privacy.none, nullable=False)
    kind: str = text(Privacy.none, nullable=False)
    issue: str | None = text(Privacy.none, default=None)
    target: str | None = text(Privacy.none, default=None)
    ask: str | None = text(Privacy.none, default=None)
    starts_at: datetime = instant(nullable=False)
    ends_at: datetime = instant(nullable=False)
    venue: str | None = text(Privacy.none, default=None)
    postcode: str | None = text(Privacy.none, default=None)
    online_url: str | None = text(Privacy.none, default=None)
    accessibility: list[str] = texts(Privacy.none, nullable=False, default_factory=list)
    access_notes: str | None = text(Privacy.none, default=None)
    code_hash: bytes | None = column(Privacy.secret, LargeBinary, default=None)
    sequence: int = column(Privacy.none, nullable=False, default=0)
    state: str = text(Privacy.none, nullable=False, default=ActionState.planned)
    state_since: date = column(Privacy.none, nullable=False)
