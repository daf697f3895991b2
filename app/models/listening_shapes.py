"""What is said of a listening campaign: to plan it, to vote in it, to decide, and of what came of it."""

from datetime import date
from typing import Annotated
from uuid import UUID

from pydantic import MISSING, model_validator
from pydantic import Field as Bounds

from app.core.lifecycle import AllowedAction
from app.core.text import Line, Lines, Name, ShortText
from app.models.base import Count, Input, Instant, Patch, Shape, Version
from app.models.contacts import OrganisationNamed
from app.models.listening import MOST_VOTES_EACH, VOTES_EACH, ListeningState
from app.models.listening_heard import ThemeCounts
from app.models.members import LegalDate
from app.models.request_verbs import PastDay

Question = Annotated[str, Line(1, 300), Bounds(examples=["What puts pressure on you and your family?"])]
CampaignName = Annotated[ShortText, Bounds(examples=["What we hear this autumn"])]
VotesEach = Annotated[int, Bounds(ge=1, le=MOST_VOTES_EACH)]
Reason = Annotated[str, Lines(1, 1_000)]
Ranked = Annotated[list[UUID], Bounds(min_length=1, max_length=MOST_VOTES_EACH)]


class ListeningCampaignCreate(Input):
    """Who is to be asked what, and which assembly decides on what is heard."""

    branch_id: UUID
    campaign_id: UUID | None = Bounds(default=None, description="The campaign that it is part of.")
    name: CampaignName
    name_cy: ShortText | None = None
    question: Question
    question_cy: Question | None = None
    starts_on: LegalDate
    ends_on: LegalDate = Bounds(description="The last day.")
    assembly_action_id: UUID | None = Bounds(default=None, description="The assembly of delegates that decides.")
    assembly_on: LegalDate | None = Bounds(default=None, description="Its day, where it is no action yet.")
    votes_each: VotesEach = Bounds(default=VOTES_EACH, description="For how many themes each institution votes.")
    organisations: Annotated[list[OrganisationNamed], Bounds(max_length=100)] = Bounds(
        default_factory=list, description="Institutions that take part; more can be added."
    )


class ListeningCampaignUpdate(Patch):
    """Changes; once institutions discern, of the assembly alone."""

    campaign_id: UUID | None | MISSING = MISSING
    name: CampaignName | MISSING = MISSING
    name_cy: ShortText | None | MISSING = MISSING
    question: Question | MISSING = MISSING
    question_cy: Question | None | MISSING = MISSING
    starts_on: LegalDate | MISSING = MISSING
    ends_on: LegalDate | MISSING = MISSING
    assembly_action_id: UUID | None | MISSING = MISSING
    assembly_on: LegalDate | None | MISSING = MISSING
    votes_each: VotesEach | MISSING = MISSING


class TakingPart(Input):
    """An institution that takes part."""

    organisation: OrganisationNamed
    joined_on: PastDay = None


class TakingPartEnd(Input):
    """That an institution takes part no longer."""

    left_on: PastDay = None


class ListeningVoteCreate(Input):
    """The voice of an institution, by the delegate whom the register of representatives has on that day."""

    organisation_id: UUID
    theme_ids: Ranked = Bounds(description="Up to as many as the campaign allows each, the dearest first.")
    on_day: PastDay = None

    @model_validator(mode="after")
    def _each_once(self) -> "ListeningVoteCreate":
        if len(set(self.theme_ids)) < len(self.theme_ids):
            raise ValueError("name each theme once")
        return self


class ListeningVoteStrike(Input):
    """Why a vote was recorded wrongly. It names no private person."""

    reason: Reason


class ListeningClose(Input):
    """What the assembly decided, the first before the others."""

    priorities: Ranked
    reason: Reason | None = Bounds(
        default=None, description="Why it decided otherwise than by the number of votes; it names no private person."
    )

    @model_validator(mode="after")
    def _each_once(self) -> "ListeningClose":
        if len(set(self.priorities)) < len(self.priorities):
            raise ValueError("name each theme once")
        return self


class ListeningCampaignSummary(Shape):
    """A listening campaign."""

    id: UUID
    branch_id: UUID
    campaign_id: UUID | None
    name: ShortText
    name_cy: ShortText | None
    question: Question
    question_cy: Question | None
    starts_on: date
    ends_on: date
    assembly_action_id: UUID | None
    assembly_on: date | None
    votes_each: VotesEach
    state: ListeningState
    state_since: date
    entitled: Count | None = Bounds(description="How many institutions could vote when it was closed.")
    close_reason: Reason | None = Bounds(description="Why the assembly decided otherwise than its vote.")
    version: Version
    created_at: Instant
    updated_at: Instant


class ListeningCampaignStepped(ListeningCampaignSummary):
    """A listening campaign after something was done, with what may be done next."""

    allowed_actions: Annotated[list[AllowedAction], Bounds(max_length=10)]


class ListeningCampaignRead(ListeningCampaignStepped):
    """The whole of a listening campaign, with what was heard so far."""

    organisations: Count = Bounds(description="Institutions that take part.")
    sessions: Count
    people: Count = Bounds(description="How many were there, over all sessions.")
    issues: Count
    grouped: Count = Bounds(description="Issues that are put to a theme.")
    themes: Count
    votes: Count = Bounds(description="Institutions that have voted.")


class ListeningOrganisationRead(Shape):
    """An institution that takes part, or did."""

    id: UUID
    listening_campaign_id: UUID
    organisation_id: UUID
    joined_on: date
    left_on: date | None
    sessions: Count = Bounds(description="Sessions in which its people were heard.")
    people: Count = Bounds(description="How many were there.")
    voted: bool


class ListeningVoteRead(Shape):
    """The voice of an institution; one that was struck does not count."""

    id: UUID
    listening_campaign_id: UUID
    organisation_id: UUID
    theme_ids: Ranked
    delegate_person_id: UUID | None
    on_day: date
    recorded_by: UUID
    struck_on: date | None
    struck_by: UUID | None
    struck_reason: Reason | None
    version: Version
    created_at: Instant
    updated_at: Instant


class Voter(Shape):
    organisation_id: UUID
    name: ShortText | None


class ThemeResult(ThemeCounts):
    """A theme in the result. Themes with as many votes share a place."""

    theme_id: UUID
    name: Name
    place: Annotated[int, Bounds(ge=1, le=100_000)]
    tied: bool = Bounds(description="Whether another has as many votes.")
    votes: Count = Bounds(description="Institutions that chose it.")
    first_choices: Count = Bounds(description="Institutions that chose it before the others.")
    voters: Annotated[list[Voter], Bounds(max_length=100_000)]


class VoteTurnout(Shape):
    """How many institutions voted of those that could."""

    entitled: Count
    voted: Count
    percent: Annotated[float, Bounds(ge=0, le=100)] | None = Bounds(
        description="To a tenth, half of one upwards; null where none could vote."
    )


class PriorityRead(Shape):
    """What was decided, as it was when it was decided."""

    theme_id: UUID
    place: Annotated[int, Bounds(ge=1, le=MOST_VOTES_EACH)]
    name: Name
    votes: Count


class ListeningResult(Shape):
    """What was heard, how institutions voted, and what the assembly decided."""

    listening_campaign_id: UUID
    state: ListeningState
    votes_each: VotesEach
    turnout: VoteTurnout
    issues: Count
    ungrouped: Count = Bounds(description="Issues that are put to no theme.")
    themes: Annotated[list[ThemeResult], Bounds(max_length=100_000, description="By votes, then by name.")]
    priorities: Annotated[list[PriorityRead], Bounds(max_length=MOST_VOTES_EACH)]
    close_reason: Reason | None
