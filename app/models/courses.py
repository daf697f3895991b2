"""Courses: what is taught, by which unit, for how many days; and which office requires which of them."""

from datetime import date
from enum import StrEnum
from typing import Annotated
from uuid import UUID

from pydantic import MISSING
from pydantic import Field as Bounds
from sqlalchemy import Index

from app.core.lifecycle import AllowedAction
from app.core.privacy import Privacy
from app.core.text import LongText, Name
from app.models.base import Input, Instant, Patch, Record, Shape, Version, column, one_of, text
from app.models.members import LegalDate


class CourseKind(StrEnum):
    taster = "taster"
    community_leadership = "community_leadership"
    national_residential = "national_residential"
    officer = "officer"
    workshop = "workshop"
    other = "other"


class CourseState(StrEnum):
    offered = "offered"
    retired = "retired"


class Course(Record, table=True):
    """A course that a unit offers. Its length is kept in half days; its certificate holds for `valid_months`."""

    __tablename__ = "courses"
    __table_args__ = (
        one_of("kind", CourseKind),
        one_of("state", CourseState),
        Index("uq_courses_branch_id_key", "branch_id", "key", unique=True),
        Index(None, "branch_id", "name", "id"),
        Index(None, "name", "id"),
    )

    branch_id: UUID = column(Privacy.none, foreign_key="branches.id", nullable=False)
    key: str = text(Privacy.none, nullable=False)
    name: str = text(Privacy.none, nullable=False)
    name_cy: str | None = text(Privacy.none, default=None)
    description: str | None = text(Privacy.none, default=None)
    kind: str = text(Privacy.none, nullable=False)
    half_days: int = column(Privacy.none, nullable=False)
    valid_months: int | None = column(Privacy.none, default=None)
    capacity: int | None = column(Privacy.none, default=None)
    state: str = text(Privacy.none, nullable=False, default=CourseState.offered)
    state_since: date = column(Privacy.none, nullable=False)


class OfficeRequirement(Record, table=True):
    """That an office asks for a course from a day until, not including, another: laid down for the whole."""

    __tablename__ = "office_requirements"
    __table_args__ = (Index(None, "office_type_id"), Index(None, "course_id"), Index(None, "created_at", "id"))

    branch_id: UUID = column(Privacy.none, foreign_key="branches.id", nullable=False)
    office_type_id: UUID = column(Privacy.none, foreign_key="office_types.id", nullable=False)
    course_id: UUID = column(Privacy.none, foreign_key="courses.id", nullable=False)
    starts_on: date = column(Privacy.none, nullable=False)
    ends_on: date | None = column(Privacy.none, default=None)


CourseKey = Annotated[str, Bounds(pattern="^[a-z][a-z0-9_]{1,49}$", max_length=50, examples=["core_taster"])]
Days = Annotated[float, Bounds(ge=0.5, le=100, multiple_of=0.5, description="Days, half days as halves.")]
Capacity = Annotated[int, Bounds(ge=1, le=5_000)]
ValidMonths = Annotated[
    int, Bounds(ge=1, le=600, description="How many months its certificate holds; for good where none is said.")
]


class CourseCreate(Input):
    branch_id: UUID = Bounds(description="The unit that offers it. Whoever sees organising anywhere sees it.")
    key: CourseKey
    name: Name
    name_cy: Name | None = None
    description: LongText | None = None
    kind: CourseKind
    days: Days
    valid_months: ValidMonths | None = None
    capacity: Capacity | None = Bounds(default=None, description="How many a session takes, unless it says otherwise.")


class CourseUpdate(Patch):
    name: Name | MISSING = MISSING
    name_cy: Name | None | MISSING = MISSING
    description: LongText | None | MISSING = MISSING
    kind: CourseKind | MISSING = MISSING
    days: Days | MISSING = MISSING
    valid_months: ValidMonths | None | MISSING = MISSING
    capacity: Capacity | None | MISSING = MISSING


class CourseItem(Shape):
    id: UUID
    branch_id: UUID
    key: CourseKey
    name: Name
    name_cy: Name | None
    description: LongText | None
    kind: CourseKind
    days: Days
    valid_months: ValidMonths | None
    capacity: Capacity | None
    state: CourseState
    state_since: date
    version: Version
    created_at: Instant
    updated_at: Instant


class CourseRead(CourseItem):
    allowed_actions: Annotated[list[AllowedAction], Bounds(max_length=10)]


class OfficeRequirementCreate(Input):
    office_type_id: UUID
    course_id: UUID
    starts_on: LegalDate | None = Bounds(default=None, description="Today if left out.")


class OfficeRequirementEnd(Input):
    ends_on: LegalDate | None = Bounds(default=None, description="The first day on which it is asked no longer.")


class OfficeRequirementRead(Shape):
    """That whoever holds an office must have a valid certificate of a course."""

    id: UUID
    branch_id: UUID
    office_type_id: UUID
    office: Name
    course_id: UUID
    course: Name
    starts_on: date
    ends_on: date | None
    version: Version
    created_at: Instant
    updated_at: Instant


class TrainingGap(Shape):
    """An officer who serves on that day, and a course that the office asks for, of which no certificate holds then."""

    branch_id: UUID
    office_term_id: UUID
    office_type_id: UUID
    office: Name
    person_id: UUID
    holder_name: Name
    course_id: UUID
    course: Name
    serving_since: date
    expired_on: date | None = Bounds(description="When the last certificate ended, where there was one.")


class TrainingGaps(Shape):
    """Every gap in reach, in one answer, the longest first."""

    as_of: date
    data: Annotated[list[TrainingGap], Bounds(max_length=20_000)]
