"""The shapes in which organisations are spoken of."""

from datetime import date
from typing import Annotated
from uuid import UUID

from pydantic import MISSING, AfterValidator
from pydantic import Field as Bounds

from app.core.lifecycle import AllowedAction
from app.core.postcodes import Postcode
from app.core.text import LongText, Name, ShortText
from app.models.base import Count, Input, Instant, Patch, Shape, Version
from app.models.members import LegalDate
from app.models.organisations import OrganisationKind, OrganisationState, TermBegun
from app.models.representatives import RepresentativeRead


def _a_page(url: str) -> str:
    if not url.startswith(("https://", "http://")):
        raise ValueError("give the whole address of the page, from https:// on")
    return url


Website = Annotated[ShortText, AfterValidator(_a_page), Bounds(examples=["https://www.example.org"])]
Traditions = Annotated[
    list[ShortText],
    Bounds(max_length=20, description="What it stands in: a denomination, a movement.", examples=[["Methodist"]]),
]
Pence = Annotated[int, Bounds(ge=0, le=100_000_000_000, description="In pence.")]
CharityNumber = Annotated[str, Bounds(pattern=r"^[A-Z0-9/-]{4,20}$", max_length=20, examples=["1234567"])]
Interests = Annotated[LongText, Bounds(description="What moves it, in its own words. No private persons by name.")]
Note = Annotated[LongText, Bounds(description="Why. No private persons by name.")]


class OrganisationCreate(Input):
    """An organisation that is not on record yet: it begins as a prospect."""

    branch_id: UUID = Bounds(description="The unit in whose care it is: a chapter, a cluster, a local party.")
    unit_id: UUID | None = Bounds(default=None, description="Its own unit in the tree, where its people are.")
    name: Name
    name_cy: Name | None = None
    kind: OrganisationKind
    traditions: Traditions = Bounds(default_factory=list)
    interests: Interests | None = None
    website: Website | None = None
    charity_number: CharityNumber | None = None
    postcode: Postcode | None = None


class OrganisationUpdate(Patch):
    unit_id: UUID | None | MISSING = MISSING
    name: Name | MISSING = MISSING
    name_cy: Name | None | MISSING = MISSING
    kind: OrganisationKind | MISSING = MISSING
    traditions: Traditions | MISSING = MISSING
    interests: Interests | None | MISSING = MISSING
    website: Website | None | MISSING = MISSING
    charity_number: CharityNumber | None | MISSING = MISSING
    postcode: Postcode | None | MISSING = MISSING


class OrganisationMove(Input):
    branch_id: UUID = Bounds(description="The unit in whose care it goes.")


class OrganisationStepTake(Input):
    """A step on the way into membership, or out of it. Leaving, and being at risk, need their reason."""

    note: Note | None = None


class OrganisationJoin(Input):
    joined_on: LegalDate | None = Bounds(default=None, description="Today if left out; not a day to come.")
    dues_pence: Pence | None = Bounds(default=None, description="The year's dues; as agreed, if left out.")
    note: Note | None = None


class OrganisationRenew(Input):
    starts_on: LegalDate | None = Bounds(default=None, description="When the year before ends, if left out.")
    dues_pence: Pence | None = Bounds(default=None, description="The year's dues; as agreed, if left out.")


class OrganisationSummary(Shape):
    id: UUID
    branch_id: UUID
    unit_id: UUID | None
    name: Name
    name_cy: Name | None
    kind: OrganisationKind
    traditions: Traditions
    interests: LongText | None
    website: ShortText | None
    charity_number: ShortText | None
    postcode: ShortText | None
    state: OrganisationState
    state_since: date | None = Bounds(description="Null on a day before the first step on record.")
    joined_on: date | None
    annual_dues_pence: Pence | None
    renewal_on: date | None
    last_met_on: date | None = Bounds(description="The latest one-to-one with somebody of it, as far as you see them.")
    version: Version
    created_at: Instant
    updated_at: Instant


class OrganisationDecided(OrganisationSummary):
    allowed_actions: Annotated[list[AllowedAction], Bounds(max_length=20)]


class OrganisationRead(OrganisationDecided):
    """An organisation, with who speaks for it today."""

    representatives: Annotated[list[RepresentativeRead], Bounds(max_length=100)]
    affiliations: Count


class OrganisationStepRead(Shape):
    from_state: OrganisationState
    to_state: OrganisationState
    on_day: date
    account_id: UUID
    note: LongText | None


class OrganisationTermRead(Shape):
    id: UUID
    begun: TermBegun
    starts_on: date
    ends_on: date
    dues_pence: Pence


class OrganisationSteps(Shape):
    """How an organisation came to stand where it does, as it was entered, and its years of membership."""

    steps: Annotated[list[OrganisationStepRead], Bounds(max_length=1000)]
    terms: Annotated[list[OrganisationTermRead], Bounds(max_length=1000)]


Percentage = Annotated[float, Bounds(ge=0, description="To one place; null of nothing.")]


class Retention(Shape):
    """How many institutions were members on both days, and what the same ones pay."""

    starts_on: date
    ends_on: date
    at_start: Count
    renewed: Count
    new: Count
    lost: Count
    at_end: Count
    net: Annotated[int, Bounds(ge=-2_147_483_647, le=2_147_483_647)]
    retention_percent: Percentage | None
    dues_at_start_pence: Pence
    dues_renewed_pence: Pence = Bounds(description="What those of the start pay at the end.")
    dues_retention_percent: Percentage | None
