"""Campaigns: what a unit wants changed, with whom, and how far it has come."""

from datetime import date
from enum import StrEnum
from uuid import UUID

from sqlalchemy import Index

from app.core.privacy import Privacy
from app.models.base import Record, column, one_of, text


class CampaignStage(StrEnum):
    """Where a campaign is in the cycle of action."""

    organise = "organise"
    listen = "listen"
    plan = "plan"
    act = "act"
    negotiate = "negotiate"


class CampaignState(StrEnum):
    draft = "draft"
    active = "active"
    won = "won"
    part_won = "part_won"
    lost = "lost"
    closed = "closed"


class Campaign(Record, table=True):
    """A campaign of a unit. `outcome` is what came of it, once it has ended."""

    __tablename__ = "campaigns"
    __table_args__ = (
        one_of("stage", CampaignStage),
        one_of("state", CampaignState),
        Index(None, "branch_id", "name", "id"),
        Index(None, "name", "id"),
        Index(None, "lead_person_id"),
    )

    branch_id: UUID = column(Privacy.none, foreign_key="branches.id", nullable=False)
    name: str = text(Privacy.none, nullable=False)
    name_cy: str | None = text(Privacy.none, default=None)
    issue: str = text(Privacy.none, nullable=False)
    aims: str = text(Privacy.none, nullable=False)
    stage: str = text(Privacy.none, nullable=False, default=CampaignStage.organise)
    lead_person_id: UUID | None = column(Privacy.sensitive, foreign_key="people.id", default=None)
    starts_on: date | None = column(Privacy.none, default=None)
    ends_on: date | None = column(Privacy.none, default=None)
    state: str = text(Privacy.none, nullable=False, default=CampaignState.draft)
    state_since: date = column(Privacy.none, nullable=False)
    outcome: str | None = text(Privacy.none, default=None)
