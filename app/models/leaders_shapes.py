"""What is said of leaders, and what is told of them."""

from datetime import date
from typing import Annotated
from uuid import UUID

from pydantic import MISSING
from pydantic import Field as Bounds

from app.core.lifecycle import AllowedAction
from app.core.text import LongText, Name, ShortText
from app.models.base import Count, Input, Instant, Patch, Shape, Version
from app.models.contacts import PersonNamed
from app.models.leaders import LeaderState, LeaderStepState, LeaderTier
from app.models.members import LegalDate

Estimate = Annotated[int, Bounds(ge=0, le=100_000, description="How many would come if they asked, by estimate.")]
PersonName = Annotated[str | None, Bounds(max_length=201, description="Null for somebody out of sight.")]
Talents = Annotated[list[ShortText], Bounds(max_length=20, description="What they do well.")]
OnDay = Annotated[LegalDate | None, Bounds(default=None, description="Today if left out; not a day to come.")]


class TierEvidence(Input):
    """What shows a tier: in words, and where it was seen."""

    evidence: LongText = Bounds(
        description="What shows it; where the tier is lower than before, why. The person may ask to read it.",
        examples=["Brought eleven people to the assembly, and spoke."],
    )
    action_id: UUID | None = Bounds(default=None, description="The action at which it was seen.")
    one_to_one_id: UUID | None = Bounds(default=None, description="The one-to-one in which it was seen.")
    campaign_id: UUID | None = Bounds(default=None, description="The campaign in which it was seen.")


class LeaderCreate(TierEvidence):
    """Somebody leads in a unit: whoever begins to is a tertiary leader, which is shown by something as well."""

    branch_id: UUID
    person: PersonNamed
    organisation_id: UUID | None = Bounds(default=None, description="The institution in which they lead.")
    followers_estimate: Estimate | None = None
    talents: Talents | None = None
    moves: LongText | None = Bounds(default=None, description="What moves them. The person may ask to read it.")
    on_day: OnDay = Bounds(default=None, description="From which day they are a leader: today if left out.")


class LeaderUpdate(Patch):
    organisation_id: UUID | None | MISSING = MISSING
    followers_estimate: Estimate | None | MISSING = MISSING
    talents: Talents | None | MISSING = MISSING
    moves: LongText | None | MISSING = MISSING


class TierSay(TierEvidence):
    """A leader is of another tier: one step up at a time, down as far as need be."""

    tier: LeaderTier
    on_day: OnDay


class LeaderItem(Shape):
    """A leader, and their tier on the day for which it was asked."""

    id: UUID
    branch_id: UUID
    person_id: UUID
    person_name: PersonName
    organisation_id: UUID | None
    followers_estimate: Estimate | None
    followers: Annotated[Count, Bounds(description="How many came because of them and have not left, that day.")]
    has_followers: bool
    tier: LeaderTier | None = Bounds(description="Null for a day before they were a leader.")
    tier_since: date | None
    state: LeaderState
    state_since: date
    version: Version
    created_at: Instant
    updated_at: Instant


class LeaderRead(LeaderItem):
    allowed_actions: Annotated[list[AllowedAction], Bounds(max_length=10)]


class TierOfLeader(Shape):
    """From which day a leader was of which tier, until when, and what showed it."""

    id: UUID
    tier: LeaderTier
    from_day: date
    until: date | None = Bounds(description="The first day on which they were of another; null for the last.")
    evidence: LongText | None
    action_id: UUID | None
    one_to_one_id: UUID | None
    campaign_id: UUID | None
    recorded_by: UUID


class LeaderDetail(LeaderRead):
    """A leader with what they do well, what moves them, and every tier they were of, the latest first."""

    talents: Talents
    moves: LongText | None
    tiers: Annotated[list[TierOfLeader], Bounds(max_length=500)]


class FollowerAdd(Input):
    """Somebody came because of a leader."""

    person: PersonNamed
    action_id: UUID | None = Bounds(default=None, description="The action to which they were brought.")
    since: OnDay


class FollowerEnd(Input):
    on_day: OnDay


class FollowerRead(Shape):
    id: UUID
    leader_id: UUID
    person_id: UUID
    person_name: PersonName
    action_id: UUID | None
    since: date
    ended_on: date | None
    version: Version
    created_at: Instant
    updated_at: Instant


class LeaderStepPlan(Input):
    """A step in the development of a leader."""

    text: LongText = Bounds(examples=["Chair the next house meeting."])
    due_on: LegalDate


class LeaderStepTake(Input):
    done_on: OnDay


class LeaderStepRead(Shape):
    id: UUID
    leader_id: UUID
    text: LongText | None = Bounds(description="Null once the person was erased.")
    due_on: date
    done_on: date | None
    state: LeaderStepState
    state_since: date
    version: Version
    created_at: Instant
    updated_at: Instant


class TierFigures(Shape):
    tertiary: Count
    secondary: Count
    primary: Count


class InstitutionTiers(TierFigures):
    """The leaders of one institution; of those without one where no id stands."""

    organisation_id: UUID | None
    name: Name | None


class LeaderTiers(TierFigures):
    """How many leaders of each tier there were on a day, in all and by institution."""

    as_of: date
    institutions: Annotated[list[InstitutionTiers], Bounds(max_length=5_000)]
