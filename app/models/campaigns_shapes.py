"""Campaigns as they are spoken of."""

from datetime import date
from enum import StrEnum
from typing import Annotated
from uuid import UUID

from pydantic import MISSING, model_validator
from pydantic import Field as Bounds

from app.core.lifecycle import AllowedAction
from app.core.text import LongText, ShortText
from app.models.base import Count, Input, Instant, Patch, Shape, Version
from app.models.campaigns import CampaignStage, CampaignState
from app.models.campaigns_objectives import MilestoneName
from app.models.members import LegalDate

CampaignTitle = Annotated[ShortText, Bounds(examples=["Fair Energy"])]
Issue = Annotated[ShortText, Bounds(examples=["Cold homes"], description="No private persons by name.")]
Aims = Annotated[LongText, Bounds(description="What is to change. No private persons by name.")]
Outcome = Annotated[LongText, Bounds(description="What came of it. No private persons by name.")]


class CampaignCreate(Input):
    """A campaign as it is drafted."""

    branch_id: UUID
    name: CampaignTitle
    name_cy: ShortText | None = None
    issue: Issue
    aims: Aims
    stage: CampaignStage = CampaignStage.organise
    lead_person_id: UUID | None = None
    starts_on: LegalDate | None = None
    ends_on: LegalDate | None = None

    @model_validator(mode="after")
    def _in_order(self) -> "CampaignCreate":
        if self.starts_on is not None and self.ends_on is not None and self.ends_on < self.starts_on:
            raise ValueError("it ends on the day on which it begins, or later")
        return self


class CampaignUpdate(Patch):
    """Changes of a campaign, whatever its state."""

    name: CampaignTitle | MISSING = MISSING
    name_cy: ShortText | None | MISSING = MISSING
    issue: Issue | MISSING = MISSING
    aims: Aims | MISSING = MISSING
    stage: CampaignStage | MISSING = MISSING
    lead_person_id: UUID | None | MISSING = MISSING
    starts_on: LegalDate | None | MISSING = MISSING
    ends_on: LegalDate | None | MISSING = MISSING


class CampaignEnd(Input):
    """What came of a campaign."""

    outcome: Outcome


class CampaignClose(Input):
    """That nothing more is done. Of an active campaign it is said what came of it."""

    outcome: Outcome | None = None


class CampaignReopen(Input):
    """Why a campaign is taken up again."""

    reason: ShortText = Bounds(description="No private persons by name.")


class CampaignSummary(Shape):
    """A campaign in a list."""

    id: UUID
    branch_id: UUID
    name: CampaignTitle
    name_cy: ShortText | None
    issue: Issue
    aims: Aims
    stage: CampaignStage
    lead_person_id: UUID | None
    starts_on: date | None
    ends_on: date | None
    state: CampaignState
    state_since: date
    outcome: Outcome | None
    version: Version
    created_at: Instant
    updated_at: Instant


class CampaignStepped(CampaignSummary):
    """A campaign after something was done, with what may be done next."""

    allowed_actions: Annotated[list[AllowedAction], Bounds(max_length=10)]


class NextMilestone(Shape):
    """The milestone that is due first of those that are still to be reached."""

    id: UUID
    name: MilestoneName
    due_on: date


class CampaignRead(CampaignStepped):
    """A campaign, with how many take part and how far it has come."""

    branches: Count = Bounds(description="Units that take part, besides the one whose campaign it is.")
    organisations: Count
    objectives: Count = Bounds(description="Without those that were dropped.")
    objectives_reached: Count
    next_milestone: NextMilestone | None


class TimelineKind(StrEnum):
    """What an entry of a campaign's timeline tells of."""

    milestone = "milestone"
    step = "step"
    action = "action"
    win = "win"


class TimelineEntry(Shape):
    """Something that happened in a campaign, or is to happen, on a day."""

    id: UUID = Bounds(description="Of the milestone, the step, the action or the win.")
    kind: TimelineKind
    on_day: date = Bounds(description="Of a milestone the day on which it was reached, or is due.")
    title: Annotated[LongText, Bounds(description="Its name; of a step the action that was taken, as a code.")]
    state: Annotated[str, Bounds(max_length=40, description="As a code; of a step the state that it led to.")]
    note: LongText | None = Bounds(description="What was said of a step.")
