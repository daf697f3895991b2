"""Who takes part in a campaign, and the steps of its course."""

from datetime import date
from enum import StrEnum
from typing import Annotated
from uuid import UUID

from pydantic import Field as Bounds
from sqlalchemy import Index

from app.core.privacy import Privacy
from app.core.text import ShortText
from app.models.base import Input, Instant, Record, Row, Shape, Version, column, one_of, text
from app.models.request_verbs import PastDay


class CampaignRole(StrEnum):
    """In what way an organisation takes part in a campaign."""

    taking_part = "taking_part"
    strategic_partner = "strategic_partner"
    supporter = "supporter"


class CampaignBranch(Record, table=True):
    """That a unit takes part, and so sees the campaign: until `until_day`, the first day after it."""

    __tablename__ = "campaign_branches"
    __table_args__ = (Index(None, "campaign_id", "branch_id"), Index(None, "branch_id"))

    campaign_id: UUID = column(Privacy.none, foreign_key="campaigns.id", nullable=False)
    branch_id: UUID = column(Privacy.none, foreign_key="branches.id", nullable=False)
    from_day: date = column(Privacy.none, nullable=False)
    until_day: date | None = column(Privacy.none, default=None)


class CampaignOrganisation(Record, table=True):
    """That an organisation takes part: until `until_day`, the first day after it."""

    __tablename__ = "campaign_organisations"
    __table_args__ = (
        one_of("role", CampaignRole),
        Index(None, "campaign_id", "organisation_id"),
        Index(None, "organisation_id"),
    )

    campaign_id: UUID = column(Privacy.none, foreign_key="campaigns.id", nullable=False)
    organisation_id: UUID = column(Privacy.none, foreign_key="organisations.id", nullable=False)
    role: str = text(Privacy.none, nullable=False)
    from_day: date = column(Privacy.none, nullable=False)
    until_day: date | None = column(Privacy.none, default=None)


class CampaignStep(Row, table=True):
    """One step of a campaign's course; `note` is its outcome, or why it was taken up again."""

    __tablename__ = "campaign_steps"
    __table_args__ = (Index(None, "campaign_id", "on_day"),)

    campaign_id: UUID = column(Privacy.none, foreign_key="campaigns.id", nullable=False)
    action: str = text(Privacy.none, nullable=False)
    from_state: str = text(Privacy.none, nullable=False)
    to_state: str = text(Privacy.none, nullable=False)
    on_day: date = column(Privacy.none, nullable=False)
    account_id: UUID = column(Privacy.none, foreign_key="accounts.id", nullable=False)
    note: str | None = text(Privacy.none, default=None)


class CampaignBranchAdd(Input):
    """A unit that takes part from a day on."""

    branch_id: UUID
    from_day: PastDay = None


class CampaignOrganisationAdd(Input):
    """An organisation that takes part from a day on, and how."""

    organisation_id: UUID
    role: CampaignRole = CampaignRole.taking_part
    from_day: PastDay = None


class CampaignPartEnd(Input):
    """That a unit or an organisation takes part no longer."""

    until_day: PastDay = None


_Name = Annotated[ShortText | None, Bounds(description="Null where it is out of your sight.")]
_Until = Annotated[date | None, Bounds(description="The first day on which it takes part no longer.")]


class CampaignBranchRead(Shape):
    """A unit that takes part in a campaign, or did."""

    id: UUID
    campaign_id: UUID
    branch_id: UUID
    name: _Name
    from_day: date
    until_day: _Until
    version: Version
    created_at: Instant
    updated_at: Instant


class CampaignOrganisationRead(Shape):
    """An organisation that takes part in a campaign, or did."""

    id: UUID
    campaign_id: UUID
    organisation_id: UUID
    name: _Name
    role: CampaignRole
    from_day: date
    until_day: _Until
    version: Version
    created_at: Instant
    updated_at: Instant
