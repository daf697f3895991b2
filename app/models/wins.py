"""Wins: what was changed, for whom, and what shows it."""

from datetime import date
from enum import StrEnum
from typing import Annotated
from uuid import UUID

from pydantic import MISSING
from pydantic import Field as Bounds
from sqlalchemy import Index

from app.core.lifecycle import AllowedAction
from app.core.privacy import Privacy
from app.core.text import Line, LongText, ShortText
from app.models.base import Input, Instant, Patch, Record, Shape, Version, column, one_of, text
from app.models.members import LegalDate
from app.models.request_verbs import PastDay


class WinLevel(StrEnum):
    """How far a win reaches."""

    neighbourhood = "neighbourhood"
    borough = "borough"
    city = "city"
    national = "national"


class WinState(StrEnum):
    claimed = "claimed"
    verified = "verified"
    withdrawn = "withdrawn"


class Win(Record, table=True):
    """What a unit has won, perhaps by a campaign or an action. `people_benefiting` is an estimate."""

    __tablename__ = "wins"
    __table_args__ = (
        one_of("level", WinLevel),
        one_of("state", WinState),
        Index(None, "branch_id", "won_on", "id"),
        Index(None, "won_on", "id"),
        Index(None, "campaign_id"),
        Index(None, "action_id"),
    )

    branch_id: UUID = column(Privacy.none, foreign_key="branches.id", nullable=False)
    campaign_id: UUID | None = column(Privacy.none, foreign_key="campaigns.id", default=None)
    action_id: UUID | None = column(Privacy.none, foreign_key="actions.id", default=None)
    what: str = text(Privacy.none, nullable=False)
    who_benefits: str = text(Privacy.none, nullable=False)
    people_benefiting: int | None = column(Privacy.none, default=None)
    level: str = text(Privacy.none, nullable=False)
    won_on: date = column(Privacy.none, nullable=False)
    evidence: str | None = text(Privacy.none, default=None)
    evidence_url: str | None = text(Privacy.none, default=None)
    claimed_by: UUID = column(Privacy.none, foreign_key="accounts.id", nullable=False)
    verified_by: UUID | None = column(Privacy.none, foreign_key="accounts.id", default=None)
    verified_on: date | None = column(Privacy.none, default=None)
    state: str = text(Privacy.none, nullable=False, default=WinState.claimed)
    state_since: date = column(Privacy.none, nullable=False)
    withdrawn_reason: str | None = text(Privacy.none, default=None)


What = Annotated[
    str,
    Line(1, 500),
    Bounds(examples=["The council insulates four hundred homes"], description="No private persons by name."),
]
WhoBenefits = Annotated[
    str, Line(1, 500), Bounds(examples=["Tenants of the estate"], description="No private persons by name.")
]
Evidence = Annotated[LongText, Bounds(description="What shows it. No private persons by name.")]
EvidenceUrl = Annotated[
    str, Bounds(max_length=500, pattern=r"^https?://[^\s]+$", examples=["https://council.example.org/minutes"])
]
#: No more than live in the country.
Beneficiaries = Annotated[int, Bounds(ge=0, le=100_000_000)]


class WinClaim(Input):
    """What was won, as it is claimed."""

    branch_id: UUID
    campaign_id: UUID | None = None
    action_id: UUID | None = None
    what: What
    who_benefits: WhoBenefits
    people_benefiting: Beneficiaries | None = Bounds(default=None, description="An estimate.")
    level: WinLevel
    won_on: PastDay = None
    evidence: Evidence | None = None
    evidence_url: EvidenceUrl | None = None


class WinUpdate(Patch):
    """Corrections of a win that is not verified yet."""

    campaign_id: UUID | None | MISSING = MISSING
    action_id: UUID | None | MISSING = MISSING
    what: What | MISSING = MISSING
    who_benefits: WhoBenefits | MISSING = MISSING
    people_benefiting: Beneficiaries | None | MISSING = MISSING
    level: WinLevel | MISSING = MISSING
    won_on: LegalDate | MISSING = MISSING
    evidence: Evidence | None | MISSING = MISSING
    evidence_url: EvidenceUrl | None | MISSING = MISSING


class WinWithdraw(Input):
    """Why a win is no longer claimed."""

    reason: ShortText = Bounds(description="No private persons by name.")


class WinSummary(Shape):
    """A win."""

    id: UUID
    branch_id: UUID
    campaign_id: UUID | None
    action_id: UUID | None
    what: What
    who_benefits: WhoBenefits
    people_benefiting: Beneficiaries | None
    level: WinLevel
    won_on: date
    evidence: Evidence | None
    evidence_url: EvidenceUrl | None
    claimed_by: UUID
    verified_by: UUID | None
    verified_on: date | None
    state: WinState
    state_since: date
    withdrawn_reason: ShortText | None
    version: Version
    created_at: Instant
    updated_at: Instant


class WinRead(WinSummary):
    """A win with what may be done."""

    allowed_actions: Annotated[list[AllowedAction], Bounds(max_length=5)]


_Number = Annotated[int, Bounds(ge=0, le=9_007_199_254_740_991)]


class WinCounts(Shape):
    """How many wins there are, without those withdrawn."""

    claimed: _Number = Bounds(description="Not verified yet.")
    verified: _Number
    people_benefiting: _Number = Bounds(description="The estimates added up: whoever gains twice is counted twice.")


class WinsOfLevel(WinCounts):
    level: WinLevel


class WinsOfCampaign(WinCounts):
    campaign_id: UUID | None = Bounds(description="Null for those of no campaign.")
    name: ShortText | None = Bounds(description="Null for those of no campaign, and of one out of sight.")


class WinFigures(Shape):
    """Wins counted by how far they reach, and by campaign."""

    total: WinCounts
    by_level: Annotated[list[WinsOfLevel], Bounds(max_length=len(WinLevel), description="Every level, also with none.")]
    by_campaign: Annotated[list[WinsOfCampaign], Bounds(max_length=200, description="Those with most wins first.")]
