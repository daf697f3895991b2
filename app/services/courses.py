"""Courses: offered by a unit, seen by everybody who sees organising anywhere."""

from collections.abc import Mapping
from typing import Any, Literal
from uuid import UUID

from pydantic import Field

from app.core import clock
from app.core.actor import Actor
from app.core.db import Session
from app.core.errors import Conflict
from app.core.lifecycle import Lifecycle, Transition
from app.core.paging import Answer, Body, Listing, Where
from app.core.permissions import Permission
from app.models.courses import Course, CourseCreate, CourseKind, CourseState, CourseUpdate
from app.services.unit_records import (
    Noun,
    UnitQuery,
    add_record,
    answer,
    answer_anew,
    begin_step,
    change_record,
    columns_of,
    facts_of,
    hold_record,
    judge_unit,
    list_records,
    read_record,
    take_step,
)

S = CourseState


def _step(action: str, source: CourseState, to: CourseState, event: str) -> Transition:
    return Transition(
        action=action,
        from_states=frozenset({source}),
        to=to,
        permission=Permission.organising_run,
        event=f"course.{event}",
        path=f"/v1/courses/{{id}}/{action}",
    )


COURSE = Lifecycle(
    "course",
    (_step("retire", S.offered, S.retired, "retired"), _step("reopen", S.retired, S.offered, "reopened")),
    state_field="state",
)
_SHOWN = (
    "key", "name", "name_cy", "description", "kind", "valid_months", "capacity", "state", "state_since",
)  # fmt: skip
NOUN = Noun(
    "course",
    Course,
    Listing(
        resource="organising",
        source="courses c",
        key="c.id",
        # Without a unit: a page is not to be cut to that of whoever asks.
        columns=columns_of("c", *_SHOWN, days="(c.half_days / 2.0)::float8"),
        sorts={"name": ("c.name", "text")},
        facts=facts_of("c", *_SHOWN, "half_days"),
    ),
    COURSE,
)


class CourseExists(Conflict):
    code = "course_exists"
    sentence = "This unit has a course with this key."


class CoursesQuery(UnitQuery):
    """Which courses, by name."""

    kind: CourseKind | None = Field(default=None, description="Only courses of this kind.")
    state: CourseState | None = Field(default=None, description="Offered or retired.")
    sort: Literal["name", "-name"] = Field(default="name", description="By name.")


async def create_course(session: Session, actor: Actor, data: CourseCreate) -> Answer:
    """Offer a course. Raises `NotFound` for a unit out of sight, `Forbidden`, `CourseExists`."""
    await judge_unit(session, actor, data.branch_id, Permission.organising_run)
    known = "select true from courses where branch_id = $1 and key = $2"
    if await session.fetchval(known, data.branch_id, data.key):
        raise CourseExists
    return await add_record(session, actor, NOUN, Course(**_columns(data.model_dump()), state_since=clock.today()))


def _columns(said: Mapping[str, Any]) -> dict[str, Any]:
    """The days, in halves, are numbers that no rounding blurs."""
    columns = dict(said)
    if "days" in columns:
        columns["half_days"] = round(2 * columns.pop("days"))
    return columns


async def list_courses(session: Session, actor: Actor, query: CoursesQuery) -> Body:
    """A page of the courses, wherever they are offered. Raises `CursorInvalid`."""
    where = Where()
    query.narrow(where, "c")
    for name in ("kind", "state"):
        if (value := getattr(query, name)) is not None:
            where.add(f"c.{name} = {{}}", value)
    return await list_records(session, actor, NOUN, where, query, sort=query.sort)


async def get_course(session: Session, actor: Actor, course_id: UUID) -> Answer:
    """A course. Raises `NotFound`. The read is logged."""
    return answer(actor, await read_record(session, actor, NOUN, course_id))


async def change_course(session: Session, actor: Actor, course_id: UUID, data: CourseUpdate, *, version: int) -> Answer:
    """Correct a course; what was held and certified stays as it was. Raises as `hold_record`."""
    held = await hold_record(session, actor, NOUN, course_id, version=version)
    await change_record(session, actor, held, _columns(data.changes()))
    return await answer_anew(session, actor, NOUN, course_id)


async def move_course(
    session: Session, actor: Actor, course_id: UUID, action: str, *, version: int | None = None
) -> Answer:
    """Retire it, or offer it again. Raises as `begin_step`."""
    held = await begin_step(session, actor, NOUN, course_id, action, version=version)
    await take_step(session, actor, held, action)
    return await answer_anew(session, actor, NOUN, course_id)
