"""What is said of power analyses: actors and ties, the graph that they make, and who can be reached."""

from datetime import date
from enum import StrEnum
from typing import Annotated
from uuid import UUID

from pydantic import MISSING, model_validator
from pydantic import Field as Bounds

from app.core.lifecycle import AllowedAction
from app.core.text import LongText, Name, ShortText
from app.models.base import Count, Input, Instant, Patch, Shape, Version
from app.models.members import LegalDate
from app.models.power_analyses import PowerActorKind, PowerAnalysisState, PowerTieKind

MOST_ACTORS, MOST_TIES = 500, 5000

Influence = Annotated[int, Bounds(ge=1, le=5, description="How much they can move here: 1 little, 5 most.")]
Position = Annotated[int, Bounds(ge=-2, le=2, description="Where they stand on what is asked: -2 against, 2 for it.")]
Strength = Annotated[int, Bounds(ge=1, le=5, description="How much weight it bears: 1 little, 5 most.")]
Interests = Annotated[
    LongText,
    Bounds(
        description="What they care about, here. Of a person on record it goes with that person when they are erased."
    ),
]
Evidence = Annotated[LongText, Bounds(description="How it is known.")]

#: By what each kind of actor may be known.
_KNOWN_BY = {
    PowerActorKind.person: {"name", "decision_maker_id", "person_id"},
    PowerActorKind.body: {"name"},
    PowerActorKind.organisation: {"name", "organisation_id"},
    PowerActorKind.us: {"name", "organisation_id", "person_id"},
}


class PowerAnalysisDraft(Input):
    """The next edition. It begins with the actors and ties of the last one, unless it is to be empty."""

    title: ShortText | None = Bounds(
        default=None, description="That of the last edition, or of the campaign, if left out."
    )
    review_on: LegalDate | None = Bounds(default=None, description="When it is to be looked at again.")
    empty: bool = False


class PowerAnalysisUpdate(Patch):
    """The title changes only in a draft."""

    title: ShortText | MISSING = MISSING
    review_on: LegalDate | None | MISSING = MISSING


class PowerAnalysisSummary(Shape):
    id: UUID
    branch_id: UUID
    campaign_id: UUID
    edition: Annotated[int, Bounds(ge=1, le=1_000_000)]
    title: ShortText
    review_on: date | None
    agreed_on: date | None
    state: PowerAnalysisState
    state_since: date
    actors: Count
    ties: Count
    version: Version
    created_at: Instant
    updated_at: Instant


class PowerAnalysisRead(PowerAnalysisSummary):
    allowed_actions: Annotated[list[AllowedAction], Bounds(max_length=5)]


class PowerActorAdd(Input):
    """Somebody or something on the map, known in one way: by a public name, or by what is on record.

    A private person is never named: put them on record, and give their id. `us` may go without: it is then the unit.
    """

    kind: PowerActorKind
    name: Name | None = Bounds(default=None, description="Of a public person or a body. No private persons by name.")
    decision_maker_id: UUID | None = None
    organisation_id: UUID | None = None
    person_id: UUID | None = Bounds(default=None, description="One of ours.")
    influence: Influence
    position: Position
    interests: Interests | None = None

    @model_validator(mode="after")
    def _known_in_one_way(self) -> "PowerActorAdd":
        ways = ("name", "decision_maker_id", "organisation_id", "person_id")
        said = [way for way in ways if getattr(self, way) is not None]
        if not set(said) <= _KNOWN_BY[self.kind]:
            raise ValueError("an actor of this kind is not known in this way")
        if len(said) > 1 or (not said and self.kind is not PowerActorKind.us):
            raise ValueError("say in one way who or what it is")
        return self


class PowerActorUpdate(Patch):
    name: Name | MISSING = Bounds(default=MISSING, description="Only of an actor that is known by name.")
    influence: Influence | MISSING = MISSING
    position: Position | MISSING = MISSING
    interests: Interests | None | MISSING = MISSING


class PowerNode(Shape):
    """An actor. Its name is that of what is on record, where it is in sight; else null."""

    id: UUID
    kind: PowerActorKind
    name: ShortText | None
    decision_maker_id: UUID | None
    organisation_id: UUID | None
    person_id: UUID | None
    influence: Influence
    position: Position


class PowerActorRead(PowerNode):
    analysis_id: UUID
    interests: Interests | None = Bounds(
        description="Of a person on record only for those who may see one-to-ones; else null."
    )
    version: Version
    created_at: Instant
    updated_at: Instant


class PowerTieAdd(Input):
    """What binds one actor to another. `influences`, `employs` and `funds` go from the first to the second."""

    from_actor_id: UUID
    to_actor_id: UUID
    kind: PowerTieKind
    strength: Strength
    evidence: Evidence | None = None


class PowerTieUpdate(Patch):
    strength: Strength | MISSING = MISSING
    evidence: Evidence | None | MISSING = MISSING


class PowerEdge(Shape):
    id: UUID
    from_actor_id: UUID
    to_actor_id: UUID
    kind: PowerTieKind
    strength: Strength


class PowerTieRead(PowerEdge):
    analysis_id: UUID
    evidence: Evidence | None = Bounds(
        description="Where a person on record is at an end, only for those who may see one-to-ones; else null."
    )
    version: Version
    created_at: Instant
    updated_at: Instant


class PowerGraph(Shape):
    """The whole map as a graph."""

    analysis_id: UUID
    campaign_id: UUID
    edition: Annotated[int, Bounds(ge=1, le=1_000_000)]
    title: ShortText
    state: PowerAnalysisState
    nodes: Annotated[list[PowerNode], Bounds(max_length=MOST_ACTORS)]
    edges: Annotated[list[PowerEdge], Bounds(max_length=MOST_TIES)]


class ReachBy(StrEnum):
    """What carries a step towards somebody."""

    us = "us"
    person_of_ours = "person_of_ours"
    one_to_one = "one_to_one"
    affiliation = "affiliation"
    tie = "tie"


class ReachStep(Shape):
    """A step: to which actor, and what carries it. The first leads from us to somebody of ours."""

    actor_id: UUID
    name: ShortText | None
    by: ReachBy
    strength: Strength | None = Bounds(description="Null for ourselves, who need no step.")
    cost: Annotated[int, Bounds(ge=0, le=5)]
    tie_id: UUID | None
    one_to_one_ids: Annotated[list[UUID], Bounds(max_length=20, description="The latest of them.")]


class PowerReach(Shape):
    """The nearest way from us to an actor, and whom nobody of ours can reach.

    A step costs 6 less its strength, from 1 for the strongest to 5; the way is the one that costs least. We begin at
    no cost at an actor of kind `us`; at a person of ours, or at somebody whom ours have met one to one, with a
    strength of 1 and 1 more for each one-to-one that was held, up to 5; so too at an organisation, by those met who
    are affiliated to it. An affiliation between two actors has the strength 3. `influences`, `employs` and `funds`
    lead from the first to the second, `opposed` nowhere, and every other tie both ways. One-to-ones and affiliations
    count only for those who may see one-to-ones.
    """

    to_actor_id: UUID
    reached: bool
    cost: Annotated[int, Bounds(ge=0, le=5 * MOST_ACTORS)] | None
    steps: Annotated[list[ReachStep], Bounds(max_length=MOST_ACTORS)]
    out_of_reach: Annotated[
        list[UUID], Bounds(max_length=MOST_ACTORS, description="Actors whom nobody of ours can reach.")
    ]
