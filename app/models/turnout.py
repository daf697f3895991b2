"""Turnout: how many an institution promised to bring to an action, and how many of it came."""

from datetime import date
from enum import StrEnum
from typing import Annotated
from uuid import UUID

from pydantic import Field as Bounds
from sqlalchemy import Index

from app.core.privacy import Privacy
from app.core.text import Name
from app.models.actions import MOST_ORGANISATIONS
from app.models.base import Count, Input, Row, Shape, column, one_of, text


class TurnoutKind(StrEnum):
    promised = "promised"
    counted = "counted"


class TurnoutFigure(Row, table=True):
    """A number of people that an institution promised, or that were counted of it. The latest of a kind holds."""

    __tablename__ = "action_turnout"
    __table_args__ = (
        one_of("kind", TurnoutKind),
        Index(None, "action_id", "organisation_id", "created_at"),
        Index(None, "organisation_id"),
    )

    action_id: UUID = column(Privacy.none, foreign_key="actions.id", nullable=False)
    organisation_id: UUID = column(Privacy.none, foreign_key="organisations.id", nullable=False)
    kind: str = text(Privacy.none, nullable=False)
    people: int = column(Privacy.none, nullable=False)
    on_day: date = column(Privacy.none, nullable=False)
    recorded_by: UUID = column(Privacy.none, foreign_key="accounts.id", nullable=False)


class CountedHow(StrEnum):
    """Where the number of those who came is from."""

    by_hand = "by_hand"
    checked_in = "checked_in"


People = Annotated[int, Bounds(ge=0, le=100_000, description="A number of people.", examples=[40])]
Percent = Annotated[
    float | None,
    Bounds(
        ge=0, le=1_000_000_000_000, description="Counted of a hundred promised, to one decimal; null where none was."
    ),
]


class TurnoutPromise(Input):
    """What an institution that takes part promises. An earlier promise is kept beside it."""

    organisation_id: UUID
    promised: People


class TurnoutCount(Input):
    """How many of an institution came, counted by hand: it stands before what was checked in."""

    organisation_id: UUID
    counted: People


class PromiseKept(Shape):
    """A promise as it was made on a day."""

    promised: People
    on_day: date
    recorded_by: UUID


class OrganisationTurnout(Shape):
    organisation_id: UUID
    name: Name | None = Bounds(description="Null where the institution is out of sight.")
    promised: Count
    counted: Count | None = Bounds(description="By hand, else as checked in; null before the action has begun.")
    counted_how: CountedHow | None
    checked_in: Count
    percent: Percent
    promises: Annotated[list[PromiseKept], Bounds(max_length=50, description="The latest first.")]


class TurnoutTotals(Shape):
    """What was promised by all that take part, and who came of them."""

    promised: Count
    counted: Count | None = Bounds(description="Of institutions that take part; null before the action has begun.")
    percent: Percent
    others: Count = Bounds(description="Checked in without an institution, or of one that takes no part any more.")


class TurnoutRead(TurnoutTotals):
    action_id: UUID
    organisations: Annotated[list[OrganisationTurnout], Bounds(max_length=MOST_ORGANISATIONS)]
