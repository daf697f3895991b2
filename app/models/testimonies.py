"""Testimonies: what somebody told of their own life, as far as they consent to its use."""

from datetime import date
from enum import StrEnum
from typing import Annotated
from uuid import UUID

from pydantic import Field as Bounds
from sqlalchemy import Index, LargeBinary

from app.core.lifecycle import AllowedAction
from app.core.privacy import Privacy
from app.core.text import LongText, ShortText
from app.models.base import Input, Instant, Row, Shape, Version, column, one_of, text, texts
from app.models.consents_to_use import ConsentedRecord, ConsentedUse, ConsentGiven, ConsentRead
from app.models.contacts import PersonNamed
from app.models.one_to_ones import SpecialCategory
from app.models.request_verbs import PastDay


class TestimonyState(StrEnum):
    kept = "kept"
    withdrawn = "withdrawn"


class Testimony(ConsentedRecord, table=True):
    """What a person told, sealed under their own key, and their consent. What they withdraw is not kept."""

    __tablename__ = "testimonies"
    __table_args__ = (
        one_of("state", TestimonyState),
        Index(None, "branch_id", "given_on", "id"),
        Index(None, "given_on", "id"),
        Index(None, "person_id"),
        Index(None, "listening_session_id"),
        Index(None, "listening_campaign_id"),
    )

    branch_id: UUID = column(Privacy.none, foreign_key="branches.id", nullable=False)
    person_id: UUID = column(Privacy.none, foreign_key="people.id", nullable=False)
    listening_campaign_id: UUID | None = column(Privacy.none, foreign_key="listening_campaigns.id", default=None)
    listening_session_id: UUID | None = column(Privacy.none, foreign_key="listening_sessions.id", default=None)
    given_on: date = column(Privacy.none, nullable=False)
    taken_by: UUID = column(Privacy.none, foreign_key="accounts.id", nullable=False)
    state: str = text(Privacy.none, nullable=False, default=TestimonyState.kept)
    state_since: date = column(Privacy.none, nullable=False)
    sealed: bytes = column(Privacy.special, LargeBinary, nullable=False)


class TestimonySpecial(Row, table=True):
    """The special details of a testimony, apart from it: for whoever took it, and for supervision."""

    __tablename__ = "testimony_specials"
    __table_args__ = (Index(None, "testimony_id"), Index(None, "person_id"))

    testimony_id: UUID = column(Privacy.none, foreign_key="testimonies.id", nullable=False)
    branch_id: UUID = column(Privacy.none, foreign_key="branches.id", nullable=False)
    person_id: UUID = column(Privacy.none, foreign_key="people.id", nullable=False)
    taken_by: UUID = column(Privacy.none, foreign_key="accounts.id", nullable=False)
    kinds: list[str] = texts(Privacy.special, nullable=False)
    sealed: bytes = column(Privacy.special, LargeBinary, nullable=False)


class TestimonyUse(Row, table=True):
    """That a testimony was used: for what, on which day, and, sealed under the person's key, where."""

    __tablename__ = "testimony_uses"
    __table_args__ = (one_of("use", ConsentedUse), Index(None, "testimony_id", "on_day", "id"))

    testimony_id: UUID = column(Privacy.none, foreign_key="testimonies.id", nullable=False)
    use: str = text(Privacy.sensitive, nullable=False)
    on_day: date = column(Privacy.sensitive, nullable=False)
    used_by: UUID = column(Privacy.none, foreign_key="accounts.id", nullable=False)
    sealed: bytes = column(Privacy.special, LargeBinary, nullable=False)


Kinds = Annotated[list[SpecialCategory], Bounds(min_length=1, max_length=len(SpecialCategory))]


class SpecialDetails(Input):
    """What is told of health, immigration and the like. It stands here and nowhere in the text."""

    kinds: Kinds
    text: LongText


class TestimonyCreate(Input):
    """A testimony as it was told. Special details need consent that was given in so many words."""

    branch_id: UUID
    person: PersonNamed
    listening_campaign_id: UUID | None = None
    listening_session_id: UUID | None = Bounds(default=None, description="The session in which it was told.")
    given_on: PastDay = None
    text: LongText = Bounds(description="Without special details, and without the names of others.")
    special: SpecialDetails | None = None
    consent: ConsentGiven


class TestimonyUseCreate(Input):
    """For what a testimony is used, and where."""

    use: ConsentedUse
    on_day: PastDay = None
    where: ShortText = Bounds(examples=["At the assembly of the alliance"])


class ConsentWithdrawal(Input):
    """That whoever gave a consent has taken it back."""

    withdrawn_on: PastDay = None


class TestimonySummary(Shape):
    """A testimony without what was told."""

    id: UUID
    branch_id: UUID
    person_id: UUID
    listening_campaign_id: UUID | None
    listening_session_id: UUID | None
    given_on: date
    taken_by: UUID
    state: TestimonyState
    state_since: date
    consent: ConsentRead
    version: Version
    created_at: Instant
    updated_at: Instant


class TestimonyUsed(Shape):
    """One use of a testimony."""

    id: UUID
    use: ConsentedUse
    on_day: date
    used_by: UUID
    where: ShortText | None


class TestimonyStepped(TestimonySummary):
    """A testimony after something was done, with what may be done next."""

    allowed_actions: Annotated[list[AllowedAction], Bounds(max_length=10)]


class TestimonyRead(TestimonyStepped):
    """A testimony as it was told. The read is logged."""

    text: LongText | None = Bounds(description="Null where consent is withdrawn, or is over.")
    uses: Annotated[list[TestimonyUsed], Bounds(max_length=200, description="The latest uses, the last one first.")]


class SpecialRead(Shape):
    """The special details of a testimony. The read is logged by itself."""

    testimony_id: UUID
    kinds: Annotated[list[SpecialCategory], Bounds(max_length=len(SpecialCategory))]
    text: LongText
