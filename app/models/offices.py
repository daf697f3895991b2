"""Offices: their types, and the terms for which people hold them."""

from datetime import date, datetime
from enum import StrEnum
from typing import Annotated
from uuid import UUID

from pydantic import MISSING
from pydantic import Field as Bounds
from sqlalchemy import Index

from app.core.lifecycle import AllowedAction
from app.core.permissions import Role
from app.core.privacy import Privacy
from app.core.text import LongText, Name
from app.models.base import (
    Input,
    Instant,
    Patch,
    Record,
    Shape,
    Version,
    column,
    instant,
    one_of,
    text,
    texts,
)
from app.models.branches import UnitKind
from app.models.members import LegalDate


class TermState(StrEnum):
    """What was recorded of a term; whether it serves today follows from its dates."""

    proposed = "proposed"
    confirmed = "confirmed"
    refused = "refused"
    removed = "removed"


class TermStanding(StrEnum):
    """Where a term stands on a day."""

    proposed = "proposed"
    elect = "elect"
    serving = "serving"
    ended = "ended"
    removed = "removed"
    refused = "refused"


class HowChosen(StrEnum):
    elected = "elected"
    appointed = "appointed"
    co_opted = "co_opted"


class OfficeType(Record, table=True):
    """A kind of office. `role` is what it carries: a term in it is then a grant."""

    __tablename__ = "office_types"
    __table_args__ = (one_of("role", Role),)

    key: str = text(Privacy.none, nullable=False, unique=True)
    name: str = text(Privacy.none, nullable=False)
    name_cy: str | None = text(Privacy.none, default=None)
    role: str | None = text(Privacy.none, default=None)
    kinds: list[str] = texts(Privacy.none, nullable=False)
    required: bool = column(Privacy.none, nullable=False, default=False)
    seats: int = column(Privacy.none, nullable=False, default=1)


class OfficeTerm(Record, table=True):
    """A person's term in an office of a unit: from `starts_on` until, not including, `ends_on`.

    `holder_name` is the name under which the person took office, so that a roll of past officers needs no
    one's record.
    """

    __tablename__ = "office_terms"
    __table_args__ = (
        one_of("state", TermState),
        one_of("how_chosen", HowChosen),
        Index("ix_office_terms_branch", "branch_id", "starts_on", "id"),
        Index("ix_office_terms_person", "person_id"),
    )

    branch_id: UUID = column(Privacy.sensitive, foreign_key="branches.id", nullable=False)
    office_type_id: UUID = column(Privacy.sensitive, foreign_key="office_types.id", nullable=False)
    person_id: UUID = column(Privacy.none, foreign_key="people.id", nullable=False)
    holder_name: str = text(Privacy.identity, nullable=False)
    how_chosen: str = text(Privacy.sensitive, nullable=False)
    starts_on: date = column(Privacy.sensitive, nullable=False)
    ends_on: date | None = column(Privacy.sensitive, default=None)
    state: str = text(Privacy.sensitive, nullable=False, default=TermState.proposed)
    recorded_by: UUID = column(Privacy.none, nullable=False)
    confirmed_by: UUID | None = column(Privacy.none, default=None)
    confirmed_at: datetime | None = instant(default=None)
    end_reason: str | None = text(Privacy.sensitive, default=None)


class OfficeTypeCreate(Input):
    key: Annotated[str, Bounds(pattern="^[a-z][a-z0-9_]{1,49}$", max_length=50, examples=["secretary"])]
    name: Name
    name_cy: Name | None = None
    role: Role | None = Bounds(default=None, description="The role the office carries while its term runs.")
    kinds: Annotated[
        list[UnitKind], Bounds(min_length=1, max_length=8, description="Kinds of unit that have the office.")
    ]
    required: bool = Bounds(default=False, description="Whether a unit without it has a vacancy.")
    seats: Annotated[int, Bounds(ge=1, le=50)] = 1


class OfficeTypeUpdate(Patch):
    """The role of an office is settled when the office is made: every term in it is a grant of that role."""

    name: Name | MISSING = MISSING
    name_cy: Name | None | MISSING = MISSING
    kinds: Annotated[list[UnitKind], Bounds(min_length=1, max_length=8)] | MISSING = MISSING
    required: bool | MISSING = MISSING
    seats: Annotated[int, Bounds(ge=1, le=50)] | MISSING = MISSING


class OfficeTypeRead(Shape):
    id: UUID
    key: Annotated[str, Bounds(max_length=50)]
    name: Name
    name_cy: Name | None
    role: Role | None
    kinds: Annotated[list[UnitKind], Bounds(max_length=8)]
    required: bool
    seats: Annotated[int, Bounds(ge=1, le=50)]
    version: Version


class OfficeTermCreate(Input):
    branch_id: UUID
    office_type_id: UUID
    person_id: UUID
    how_chosen: HowChosen
    starts_on: LegalDate
    ends_on: LegalDate | None = Bounds(default=None, description="The first day on which the term no longer runs.")


class OfficeTermEnd(Input):
    ends_on: LegalDate | None = Bounds(default=None, description="Today if left out: the power ends at once.")
    reason: LongText


class OfficeTermRefuse(Input):
    reason: LongText


class OfficeTermRemove(Input):
    reason: LongText


class NewOfficer(Input):
    office_type_id: UUID
    person_id: UUID
    how_chosen: HowChosen = HowChosen.elected


class OfficersReplace(Input):
    """All officers after an annual meeting, in one call: running terms end, the named ones begin."""

    starts_on: LegalDate
    ends_on: LegalDate | None = None
    reason: LongText = Bounds(default="Annual meeting", description="Why the running terms end.")
    officers: Annotated[list[NewOfficer], Bounds(min_length=1, max_length=50)]


class OfficeTermRead(Shape):
    id: UUID
    branch_id: UUID
    office_type_id: UUID
    office: Name
    role: Role | None
    person_id: UUID
    holder_name: Name
    how_chosen: HowChosen
    starts_on: date
    ends_on: date | None
    standing: TermStanding
    end_reason: LongText | None
    version: Version
    created_at: Instant
    updated_at: Instant


class OfficeTermDetail(OfficeTermRead):
    allowed_actions: Annotated[list[AllowedAction], Bounds(max_length=20)]


class Vacancy(Shape):
    """An office that a unit must fill and has not."""

    branch_id: UUID
    branch_name: Name
    office_type_id: UUID
    office: Name
    seats: Annotated[int, Bounds(ge=1, le=50)]
    filled: Annotated[int, Bounds(ge=0, le=50)]
    vacant_since: date | None


class Officers(Shape):
    """The officers of a unit on a day."""

    branch_id: UUID
    as_of: date
    data: Annotated[list[OfficeTermRead], Bounds(max_length=500)]


class Vacancies(Shape):
    """Every vacancy in reach, in one answer."""

    as_of: date
    data: Annotated[list[Vacancy], Bounds(max_length=20_000)]
