"""Calendar feeds: secret links that calendar programs follow, since they cannot sign in."""

from datetime import datetime
from typing import Annotated
from uuid import UUID

from pydantic import Field as Bounds
from pydantic import model_validator
from sqlalchemy import Index, LargeBinary

from app.core.privacy import Privacy
from app.models.base import Input, Instant, Row, Shape, column, instant


class CalendarFeed(Row, table=True):
    """A link to the calendar of a unit, of a campaign, or else of its maker. Only the hash of its token is kept."""

    __tablename__ = "calendar_feeds"
    __table_args__ = (Index(None, "account_id", "created_at", "id"),)

    account_id: UUID = column(Privacy.none, foreign_key="accounts.id", nullable=False)
    client_id: UUID = column(Privacy.none, foreign_key="clients.id", nullable=False)
    sign_in_id: UUID = column(Privacy.none, nullable=False)
    branch_id: UUID | None = column(Privacy.none, foreign_key="branches.id", default=None)
    campaign_id: UUID | None = column(Privacy.none, foreign_key="campaigns.id", default=None)
    token_hash: bytes = column(Privacy.none, LargeBinary, nullable=False, unique=True)
    revoked_at: datetime | None = instant(default=None)


class CalendarFeedMake(Input):
    """Whose calendar it is: one of the three."""

    branch_id: UUID | None = Bounds(default=None, description="Actions of this unit and of everything below it.")
    campaign_id: UUID | None = Bounds(default=None, description="Actions of this campaign.")
    mine: bool = Bounds(
        default=False, description="Actions in which you have a role, and your planned one-to-ones, without names."
    )

    @model_validator(mode="after")
    def _one_of_three(self) -> "CalendarFeedMake":
        if [self.branch_id is not None, self.campaign_id is not None, self.mine].count(True) != 1:
            raise ValueError("give a branch, or a campaign, or say that it is yours")
        return self


class CalendarFeedRead(Shape):
    """A link that you made. It ends when you revoke it, or when you may no longer see what it shows."""

    id: UUID
    branch_id: UUID | None
    campaign_id: UUID | None
    mine: bool
    revoked_at: Instant | None
    created_at: Instant


class CalendarFeedMade(CalendarFeedRead):
    """Whoever holds the link sees the calendar: it is told this once, do not pass it on."""

    url: Annotated[str, Bounds(max_length=200, examples=["/v1/calendar-feeds/…/calendar"])]
