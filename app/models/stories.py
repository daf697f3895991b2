"""Stories: what somebody, or an organisation, lets us tell of them, for what, and until when."""

from datetime import date
from enum import StrEnum
from typing import Annotated
from uuid import UUID

from pydantic import Field as Bounds
from pydantic import model_validator
from sqlalchemy import Index, LargeBinary

from app.core.lifecycle import AllowedAction
from app.core.privacy import Privacy
from app.core.text import LongText, ShortText
from app.models.base import Input, Instant, Row, Shape, Version, column, one_of, text
from app.models.consents_to_use import ConsentedRecord, ConsentedUse, ConsentGiven, ConsentRead
from app.models.request_verbs import PastDay


class StoryState(StrEnum):
    kept = "kept"
    withdrawn = "withdrawn"


class Story(ConsentedRecord, table=True):
    """A story, sealed with its title: under the key of the person whose it is, or its own if an organisation's.

    What is withdrawn is not kept.
    """

    __tablename__ = "stories"
    __table_args__ = (
        one_of("state", StoryState),
        Index(None, "branch_id", "told_on", "id"),
        Index(None, "told_on", "id"),
        Index(None, "person_id"),
        Index(None, "organisation_id"),
    )

    branch_id: UUID = column(Privacy.none, foreign_key="branches.id", nullable=False)
    person_id: UUID | None = column(Privacy.none, foreign_key="people.id", default=None)
    organisation_id: UUID | None = column(Privacy.none, foreign_key="organisations.id", default=None)
    campaign_id: UUID | None = column(Privacy.none, foreign_key="campaigns.id", default=None)
    told_on: date = column(Privacy.none, nullable=False)
    written_by: UUID = column(Privacy.none, foreign_key="accounts.id", nullable=False)
    state: str = text(Privacy.none, nullable=False, default=StoryState.kept)
    state_since: date = column(Privacy.none, nullable=False)
    sealed: bytes = column(Privacy.special, LargeBinary, nullable=False)


class StoryUse(Row, table=True):
    """That a story was used: for what, on which day, and, sealed as the story is, where.

    Whoever shows it is told to take it down once consent is withdrawn; `taken_down_on` is when that was done.
    """

    __tablename__ = "story_uses"
    __table_args__ = (one_of("use", ConsentedUse), Index(None, "story_id", "on_day", "id"))

    story_id: UUID = column(Privacy.none, foreign_key="stories.id", nullable=False)
    use: str = text(Privacy.sensitive, nullable=False)
    on_day: date = column(Privacy.sensitive, nullable=False)
    used_by: UUID = column(Privacy.none, foreign_key="accounts.id", nullable=False)
    taken_down_on: date | None = column(Privacy.sensitive, default=None)
    sealed: bytes = column(Privacy.special, LargeBinary, nullable=False)


class StoryCreate(Input):
    """A story of a person, or of an organisation, with the consent to tell it."""

    branch_id: UUID
    person_id: UUID | None = Bounds(default=None, description="Whose story it is; left out for an organisation's.")
    organisation_id: UUID | None = Bounds(default=None, description="Whose story it is; left out for a person's.")
    campaign_id: UUID | None = None
    told_on: PastDay = None
    title: ShortText
    text: LongText = Bounds(description="Without the names of others, and without special details of health and such.")
    consent: ConsentGiven

    @model_validator(mode="after")
    def _of_one(self) -> "StoryCreate":
        if (self.person_id is None) is (self.organisation_id is None):
            raise ValueError("name the person or the organisation whose story it is")
        return self


class StoryUseCreate(Input):
    """For what a story is used, and where."""

    use: ConsentedUse
    on_day: PastDay = None
    where: ShortText = Bounds(examples=["The front page of the alliance's website"])


class StoryTakeDown(Input):
    """That a story is shown no longer where it was used."""

    on_day: PastDay = None


class StoryRow(Shape):
    """What is known of a story whatever its consent."""

    id: UUID
    branch_id: UUID
    person_id: UUID | None
    organisation_id: UUID | None
    campaign_id: UUID | None
    told_on: date
    written_by: UUID
    state: StoryState
    state_since: date
    consent: ConsentRead
    uses_to_take_down: Annotated[int, Bounds(ge=0, le=1_000_000)] = Bounds(
        description="Uses that still stand although the consent does not."
    )
    version: Version
    created_at: Instant
    updated_at: Instant


class StorySummary(StoryRow):
    """A story in a list."""

    title: ShortText | None = Bounds(description="Null where consent is withdrawn, or is over.")


class StoryUsed(Shape):
    """One use of a story."""

    id: UUID
    use: ConsentedUse
    on_day: date
    used_by: UUID
    taken_down_on: date | None
    where: ShortText | None


class StoryStepped(StoryRow):
    """A story after something was done, with what may be done next."""

    allowed_actions: Annotated[list[AllowedAction], Bounds(max_length=10)]


class StoryRead(StoryStepped):
    """A story as it was told, and where it was used. The read is logged."""

    title: ShortText | None = Bounds(description="Null where consent is withdrawn, or is over.")
    text: LongText | None = Bounds(description="Null where consent is withdrawn, or is over.")
    uses: Annotated[list[StoryUsed], Bounds(max_length=200, description="The latest uses, the last one first.")]
