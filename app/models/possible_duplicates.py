"""Possible duplicates: two records that may be one person, for whoever answers for the whole organisation to settle."""

from datetime import datetime
from enum import StrEnum
from typing import Annotated
from uuid import UUID

from pydantic import MISSING
from pydantic import Field as Bounds
from sqlalchemy import CheckConstraint, Index

from app.core.lifecycle import AllowedAction
from app.core.postcodes import Postcode
from app.core.privacy import Privacy
from app.core.text import LongText, Name
from app.models.base import Input, Instant, Record, Shape, Version, column, instant, one_of, text, texts
from app.models.members import DateOfBirth


class DuplicateState(StrEnum):
    open = "open"
    dismissed = "dismissed"


class DuplicateReason(StrEnum):
    """What two records have in common; names are compared without case and accents."""

    same_email_and_name = "same_email_and_name"
    same_name_and_birth = "same_name_and_birth"
    same_name_and_postcode = "same_name_and_postcode"
    same_phone_and_name = "same_phone_and_name"
    same_source_key = "same_source_key"


class PossibleDuplicate(Record, table=True):
    """A pair, whichever way round it is found: the lower id stands first. The database alone writes them."""

    __tablename__ = "possible_duplicates"
    __table_args__ = (
        one_of("state", DuplicateState),
        CheckConstraint("person_id <= other_person_id", name="pair_ordered"),
        Index("ix_possible_duplicates_pair", "person_id", "other_person_id", unique=True),
        Index("ix_possible_duplicates_other_person_id", "other_person_id"),
        Index("ix_possible_duplicates_state", "state", "created_at", "id"),
    )

    person_id: UUID = column(Privacy.none, foreign_key="people.id", ondelete="CASCADE", nullable=False)
    other_person_id: UUID = column(Privacy.none, foreign_key="people.id", ondelete="CASCADE", nullable=False)
    why: list[str] = texts(Privacy.sensitive, nullable=False)
    import_id: UUID | None = column(Privacy.none, foreign_key="imports.id", ondelete="SET NULL", default=None)
    state: str = text(Privacy.sensitive, nullable=False, default=DuplicateState.open)
    dismissed_by: UUID | None = column(Privacy.none, default=None)
    dismissed_at: datetime | None = instant(default=None)
    reason: str | None = text(Privacy.sensitive, default=None)


class DuplicateDismiss(Input):
    reason: LongText = Bounds(description="How it is known that they are not the same person.")


class DuplicatePerson(Shape):
    """One of the two. Date of birth and postcode are left out for those without `members:contact`."""

    person_id: UUID
    member_id: UUID
    branch_ids: Annotated[list[UUID], Bounds(max_length=20)]
    given_name: Name
    family_name: Name
    preferred_name: Name | None
    date_of_birth: DateOfBirth | None | MISSING = MISSING
    postcode: Postcode | None | MISSING = MISSING


class PossibleDuplicateRead(Shape):
    id: UUID
    people: Annotated[list[DuplicatePerson], Bounds(min_length=2, max_length=2)]
    why: Annotated[list[DuplicateReason], Bounds(min_length=1, max_length=len(DuplicateReason))]
    import_id: UUID | None = Bounds(description="The import by whose people it was found.")
    state: DuplicateState
    reason: LongText | None = Bounds(description="Why it was dismissed.")
    dismissed_at: Instant | None
    version: Version
    created_at: Instant
    updated_at: Instant


class PossibleDuplicateDetail(PossibleDuplicateRead):
    allowed_actions: Annotated[list[AllowedAction], Bounds(max_length=20)]
