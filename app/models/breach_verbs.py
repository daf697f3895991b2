"""What is said of a breach when it is reported and on its way."""

from datetime import datetime
from typing import Annotated
from uuid import UUID

from pydantic import MISSING, AfterValidator
from pydantic import Field as Bounds

from app.core.text import LongText, ShortText
from app.models.base import Count, Input, Instant, Patch
from app.models.breaches import BreachCause, BreachedData, BreachRisk, BreachType, NotTellingGround, ReportPhase


def _of_this_century(instant: datetime) -> datetime:
    if instant.year < 2000:
        raise ValueError("the year must be 2000 or later")
    return instant


Moment = Annotated[Instant, AfterValidator(_of_this_century), Bounds(examples=["2026-11-20T16:45:00+00:00"])]
PastMoment = Annotated[Moment | None, Bounds(description="When it was; now if left out. Not to come.")]
Types = Annotated[list[BreachType], Bounds(min_length=1, max_length=3)]
Categories = Annotated[list[BreachedData], Bounds(max_length=20)]
OfficialReference = Annotated[ShortText, Bounds(examples=["IC-123456-X1Y2"])]


class BreachFacts(Input):
    """What decides how likely a risk is. What is not known is null, and the worse is assumed."""

    types: Types
    categories: Categories = Bounds(default_factory=list)
    special_category: bool | None = Bounds(
        default=None,
        description="Whether it reveals opinion, belief, health or the like; by the categories if left out: "
        "membership alone reveals political opinion.",
    )
    unintelligible: bool | None = Bounds(
        default=None, description="Whoever has the data cannot read it: encrypted, and the key is safe."
    )
    backed_up: bool | None = Bounds(default=None, description="Nothing is lost: there is a good copy.")
    recovered: bool | None = Bounds(
        default=None, description="It came back, or a recipient who is trusted confirmed that it is deleted."
    )
    published: bool | None = Bounds(default=None, description="Anybody could get it, or knowingly hostile people have.")
    vulnerable_people: bool | None = Bounds(default=None, description="Children, or people at particular risk.")


class BreachLog(BreachFacts):
    """A breach as it reached somebody. Send what is known, and at once: the rest can follow."""

    summary: ShortText = Bounds(examples=["List of members sent to all recipients in view of each other"])
    description: LongText = Bounds(description="What happened, and how.")
    occurred_at: Moment | None = None
    discovered_at: PastMoment = None
    aware_at: Annotated[
        Moment | None,
        Bounds(description="When the organisation became reasonably certain; when it was discovered if left out."),
    ] = None
    people_count: Count | None = None
    records_count: Count | None = None
    counts_estimated: bool = True
    cause: BreachCause = BreachCause.other
    effects: LongText | None = Bounds(default=None, description="What is likely to come of it for people.")
    measures: LongText | None = Bounds(default=None, description="What was done, or is about to be.")
    contained_at: Moment | None = None
    processor: ShortText | None = Bounds(default=None, description="The processor with whom it happened.")
    named_account_ids: Annotated[
        list[UUID], Bounds(max_length=20, description="Who caused it: it is closed to them.")
    ] = Bounds(default_factory=list)


class BreachPatch(Patch):
    """What has become known since."""

    summary: ShortText | MISSING = MISSING
    description: LongText | MISSING = MISSING
    occurred_at: Moment | None | MISSING = MISSING
    discovered_at: Moment | MISSING = MISSING
    aware_at: Moment | MISSING = MISSING
    types: Types | MISSING = MISSING
    categories: Categories | MISSING = MISSING
    special_category: bool | MISSING = MISSING
    people_count: Count | None | MISSING = MISSING
    records_count: Count | None | MISSING = MISSING
    counts_estimated: bool | MISSING = MISSING
    cause: BreachCause | MISSING = MISSING
    unintelligible: bool | None | MISSING = MISSING
    backed_up: bool | None | MISSING = MISSING
    recovered: bool | None | MISSING = MISSING
    published: bool | None | MISSING = MISSING
    vulnerable_people: bool | None | MISSING = MISSING
    effects: LongText | None | MISSING = MISSING
    measures: LongText | None | MISSING = MISSING
    contained_at: Moment | None | MISSING = MISSING
    lessons: LongText | None | MISSING = MISSING
    processor: ShortText | None | MISSING = MISSING
    commissioner_reference: OfficialReference | None | MISSING = MISSING


class Containing(Input):
    """That it does not go on, and what was done."""

    text: LongText
    contained_at: PastMoment = None


class Assessing(Input):
    """How likely a risk is, and why: the reasons are kept, above all where nobody is told."""

    risk: BreachRisk
    text: LongText


class NotNotifying(Input):
    """That the Commissioner is not told, since a risk is unlikely."""

    text: LongText


class Reporting(Input):
    """A report as it was sent to the Commissioner."""

    phase: ReportPhase
    text: LongText = Bounds(description="What was reported.")
    sent_at: PastMoment = None
    commissioner_reference: OfficialReference | None = Bounds(default=None, description="Theirs, once it is known.")
    delay_reason: LongText | None = Bounds(
        default=None, description="Needed where the first report comes after 72 hours (UK GDPR art. 33(1))."
    )


class TellingPeople(Input):
    """That the people concerned were told (UK GDPR art. 34)."""

    text: LongText = Bounds(description="What they were told, and how.")
    told_at: PastMoment = None
    people_count: Count | None = Bounds(default=None, description="How many were told.")


class NotTellingPeople(Input):
    """That the people concerned are not told one by one, and why."""

    ground: NotTellingGround
    text: LongText


class Closing(Input):
    """That nothing is left to do, and what was learned."""

    lessons: LongText


class Reopening(Input):
    """That something has come up since."""

    text: LongText
