"""Break-glass: to be shown for a day a case in which one has no part, if two others approve."""

from datetime import datetime
from enum import StrEnum
from typing import Annotated
from uuid import UUID

from pydantic import Field as Bounds
from sqlalchemy import Index, LargeBinary

from app.core.privacy import Privacy
from app.core.text import LongText, Name
from app.models.base import Input, Instant, Record, Shape, column, instant
from app.models.complaints import Reference


class BreakGlassState(StrEnum):
    """Where an ask stands, as its asker is told: refused, unanswered and about no case at all are one answer."""

    waiting = "waiting"
    opened = "opened"
    over = "over"
    not_opened = "not_opened"


class BreakGlassAsk(Record, table=True):
    """An ask, whether or not there is such a case: without one it goes to nobody, and its asker cannot tell."""

    __tablename__ = "break_glass_asks"
    __table_args__ = (Index(None, "account_id", "id"), Index(None, "dispute_id"))

    account_id: UUID = column(Privacy.none, foreign_key="accounts.id", nullable=False)
    dispute_id: UUID | None = column(Privacy.special, foreign_key="disputes.id", default=None)
    answer_by: datetime = instant(nullable=False)
    approved_by: UUID | None = column(Privacy.none, foreign_key="accounts.id", default=None)
    opened_by: UUID | None = column(Privacy.none, foreign_key="accounts.id", default=None)
    opened_until: datetime | None = instant(default=None)
    refused_by: UUID | None = column(Privacy.none, foreign_key="accounts.id", default=None)
    sealed: bytes = column(Privacy.special, LargeBinary, nullable=False)


class BreakGlassCreate(Input):
    reference: Reference = Bounds(description="Of the case; whether there is one is not told.")
    reason: LongText = Bounds(description="Why it must be seen, and why not through its own people.")


class BreakGlassRefusal(Input):
    reason: LongText


class BreakGlassRead(Shape):
    """One's own ask."""

    id: UUID
    reference: Reference | None = Bounds(description="As it was asked for; null once that was erased.")
    reason: LongText | None
    state: BreakGlassState
    created_at: Instant
    answer_by: Instant = Bounds(description="What two people have not approved by then comes to nothing.")
    opened_until: Instant | None


class BreakGlassWaiting(Shape):
    """Somebody's ask, for those who may approve it."""

    id: UUID
    reference: Reference | None
    reason: LongText | None
    account_id: UUID
    account_name: Name
    created_at: Instant
    answer_by: Instant
    approvals: Annotated[int, Bounds(ge=0, le=2)] = Bounds(description="Two open the case.")


class BreakGlassDecided(BreakGlassWaiting):
    opened_until: Instant | None
    refused: bool


class BreakGlassTold(BreakGlassDecided):
    """An ask to see a case, as the case's receiver is told of it."""

    is_closed_to_asker: bool = Bounds(
        description="Who asks is named in the case, or has an interest: nobody can approve."
    )
    refusal: LongText | None
