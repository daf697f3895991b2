"""The rule book: numbered clauses, each in editions with the days on which they were in force."""

from datetime import date
from enum import StrEnum
from typing import Annotated
from uuid import UUID

from pydantic import Field as Bounds
from sqlalchemy import Index, Text, UniqueConstraint

from app.core.lifecycle import AllowedAction
from app.core.privacy import Privacy
from app.core.text import LongText, ShortText
from app.models.base import Input, Instant, Record, Shape, Version, column
from app.models.members import LegalDate


class ClauseState(StrEnum):
    """Where an edition of a clause stands on a day."""

    planned = "planned"
    in_force = "in_force"
    ended = "ended"


class RuleClause(Record, table=True):
    """An edition of a clause, in force from `starts_on` until, not including, `ends_on`.

    `number_key` puts F.3.10 after F.3.2.
    """

    __tablename__ = "rule_clauses"
    __table_args__ = (UniqueConstraint("number", "edition"), Index(None, "number_key", "id"))

    number: str = column(Privacy.none, Text, nullable=False)
    number_key: str = column(Privacy.none, Text, nullable=False)
    edition: int = column(Privacy.none, nullable=False, default=1)
    title: str = column(Privacy.none, Text, nullable=False)
    text: str = column(Privacy.none, Text, nullable=False)
    adopted_by: str | None = column(Privacy.none, Text, default=None)
    starts_on: date = column(Privacy.none, nullable=False)
    ends_on: date | None = column(Privacy.none, default=None)


ClauseNumber = Annotated[
    str, Bounds(pattern=r"^[A-Z0-9]{1,6}(\.[A-Z0-9]{1,6}){0,6}$", max_length=48, examples=["F.3.2"])
]
AdoptedBy = Annotated[
    ShortText | None, Bounds(description="The meeting or body that adopted it.", examples=["Annual Conference 2025"])
]
Ends = Annotated[LegalDate | None, Bounds(description="The first day on which it is no longer in force.")]


class ClauseAmend(Input):
    """The next edition of a clause, whole."""

    title: ShortText
    text: LongText
    starts_on: LegalDate
    adopted_by: AdoptedBy = None


class ClauseCreate(ClauseAmend):
    number: ClauseNumber
    ends_on: Ends = None


class ClauseRepeal(Input):
    ends_on: Ends = Bounds(default=None, description="The first day without it; today if left out.")


class ClauseRead(Shape):
    id: UUID
    number: ClauseNumber
    edition: Annotated[int, Bounds(ge=1, le=10_000, description="1 for the first; each later one takes the next.")]
    title: ShortText
    text: LongText
    adopted_by: ShortText | None
    starts_on: date
    ends_on: date | None
    state: ClauseState
    version: Version
    created_at: Instant
    updated_at: Instant


class ClauseDetail(ClauseRead):
    allowed_actions: Annotated[list[AllowedAction], Bounds(max_length=20)]
