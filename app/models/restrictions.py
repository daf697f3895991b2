"""Restrictions: what a decision takes from a member and until when, and how whoever is excluded is recognised."""

from datetime import date, datetime
from enum import StrEnum
from uuid import UUID

from pydantic import Field as Bounds
from sqlalchemy import Index, LargeBinary

from app.core.privacy import Privacy
from app.models.base import Row, Shape, column, instant, one_of, text


class RestrictionKind(StrEnum):
    """What is taken: membership for now, until a day or for good; the holding of office; standing for election.

    And what is held back while nothing is decided: the powers of an office that is kept, and coming to meetings.
    """

    suspended = "suspended"
    excluded = "excluded"
    expelled = "expelled"
    barred_from_office = "barred_from_office"
    barred_from_candidacy = "barred_from_candidacy"
    suspended_from_office = "suspended_from_office"
    kept_from_meetings = "kept_from_meetings"


class MemberRestriction(Row, table=True):
    """A restriction of a member, from `starts_on` until, not including, `ends_on`.

    It is seen where the member is seen. `source_id`, the measure or sanction that it comes from, is shown to nobody.
    One that was lifted ends on the day of its lifting; what was void from the beginning ends as it begins.
    """

    __tablename__ = "member_restrictions"
    __table_args__ = (
        one_of("kind", RestrictionKind),
        Index(None, "member_id"),
        Index(None, "person_id"),
        Index(None, "source_id"),
    )

    member_id: UUID = column(Privacy.none, foreign_key="members.id", nullable=False)
    person_id: UUID = column(Privacy.none, foreign_key="people.id", nullable=False)
    kind: str = text(Privacy.sensitive, nullable=False)
    starts_on: date = column(Privacy.sensitive, nullable=False)
    ends_on: date | None = column(Privacy.sensitive, default=None)
    source_id: UUID = column(Privacy.none, nullable=False)
    lifted_at: datetime | None = instant(default=None)


class ExclusionMark(Row, table=True):
    """A keyed one-way hash of two things known of somebody excluded, in force until, not including, `ends_on`.

    It names nobody and refers to nobody, so it outlives the person's erasure.
    """

    __tablename__ = "exclusion_marks"
    __table_args__ = (Index(None, "mark"), Index(None, "source_id"))

    mark: bytes = column(Privacy.identity, LargeBinary, nullable=False)
    source_id: UUID = column(Privacy.none, nullable=False)
    ends_on: date | None = column(Privacy.sensitive, default=None)


class RestrictionRead(Shape):
    """What restricts a member today."""

    kind: RestrictionKind
    starts_on: date
    ends_on: date | None = Bounds(description="The first day on which it no longer holds; null if it has no end.")
