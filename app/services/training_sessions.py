"""Training sessions: planned, confirmed, held, closed; who was there, and who gave days to them."""

from typing import Any, Literal
from uuid import UUID

import asyncpg
from pydantic import Field

from app.core import clock
from app.core.actor import Actor
from app.core.db import Session
from app.core.errors import Conflict, Invalid, NotFound
from app.core.paging import Answer, Body, Decorate, Where
from app.core.permissions import Permission
from app.models.courses import CourseState
from app.models.members import LegalDate
from app.models.training import TrainingCrew, TrainingSession, TrainingSessionState
from app.models.training_shapes import CrewAdd, TrainingSessionPlan, TrainingSessionUpdate
from app.services.certificates import issue_certificates
from app.services.income import must_be_account
from app.services.training_places import fill_places, places_of
from app.services.training_sessions_record import NOUN, OPEN
from app.services.unit_records import (
    Held,
    UnitQuery,
    add_record,
    answer,
    answer_anew,
    begin_step,
    change_record,
    hold_record,
    judge_unit,
    list_records,
    note,
    open_record,
    read_record,
    take_step,
)

S = TrainingSessionState
_CREW = """
select id, account_id, part, (half_days / 2.0)::float8 as days
from training_crew where training_session_id = $1 order by created_at, id limit 500
"""


class CourseRetired(Conflict):
    code = "course_retired"
    sentence = "This course is held no more."


class NoLongerPlanned(Conflict):
    code = "no_longer_planned"
    sentence = "What was held or called off stands as it was."


class CrewKnown(Conflict):
    code = "crew_known"
    sentence = "What this person gives to this part is on record: take it off to say otherwise."


class TrainingSessionsQuery(UnitQuery):
    """Which sessions, the first first."""

    course_id: UUID | None = Field(default=None, description="Only those of this course.")
    state: TrainingSessionState | None = Field(default=None, description="Only those in this state.")
    from_day: LegalDate | None = Field(default=None, description="That end on this day or later.")
    to_day: LegalDate | None = Field(default=None, description="That begin on this day or before.")
    sort: Literal["starts_on", "-starts_on"] = Field(default="starts_on", description="By their first day.")


async def plan_session(session: Session, actor: Actor, data: TrainingSessionPlan) -> Answer:
    """Plan a session of a course, whoever offers that.

    Raises `NotFound` for a unit out of sight, `Forbidden`, `CourseRetired`, `Invalid`.
    """
    await judge_unit(session, actor, data.branch_id, Permission.organising_run)
    course = await session.fetchrow("select state, capacity from courses where id = $1", data.course_id)
    if course is None:
        raise Invalid.at("/course_id", "unknown_id", "Name one that you can see.")
    if course["state"] != CourseState.offered:
        raise CourseRetired
    said = data.model_dump() | {"ends_on": data.ends_on or data.starts_on}
    said["capacity"] = data.capacity or course["capacity"]
    return await add_record(session, actor, NOUN, TrainingSession(**said, state_since=clock.today()))


async def list_sessions(session: Session, actor: Actor, query: TrainingSessionsQuery) -> Body:
    """A page of the sessions, whoever holds them, with their places. Raises `CursorInvalid`."""
    where = Where()
    query.narrow(where, "s")
    for name in ("course_id", "state"):
        if (value := getattr(query, name)) is not None:
            where.add(f"s.{name} = {{}}", value)
    if query.from_day is not None:
        where.add("s.ends_on >= {}", query.from_day)
    if query.to_day is not None:
        where.add("s.starts_on <= {}", query.to_day)

    async def prepare(rows: list[asyncpg.Record]) -> Decorate:
        places = await places_of(session, actor, [row["id"] for row in rows])
        return lambda row: {"places": places[row["id"]]}

    return await list_records(session, actor, NOUN, where, query, sort=query.sort, prepare=prepare)


async def get_session(session: Session, actor: Actor, training_session_id: UUID) -> Answer:
    """A session with its places and who gave days to it. Raises `NotFound`. The read is logged."""
    return await _in_full(session, actor, await read_record(session, actor, NOUN, training_session_id))


async def _in_full(session: Session, actor: Actor, held: Held) -> Answer:
    places = (await places_of(session, actor, [held.id]))[held.id]
    crew = [dict(row) for row in await session.fetch(_CREW, held.id)]
    return answer(actor, held, {"places": places, "crew": crew})


async def change_session(
    session: Session, actor: Actor, training_session_id: UUID, data: TrainingSessionUpdate, *, version: int
) -> Answer:
    """Change what is planned. Where there is more room, whoever waits moves up.

    Raises `NoLongerPlanned`, `Invalid`, and as `hold_record`.
    """
    held = await hold_record(session, actor, NOUN, training_session_id, version=version)
    if held.state not in OPEN:
        raise NoLongerPlanned
    changes = data.changes()
    if changes.get("ends_on", held.row["ends_on"]) < changes.get("starts_on", held.row["starts_on"]):
        raise Invalid.at("/ends_on", "before_beginning", "It does not come before what it follows.")
    await change_record(session, actor, held, changes)
    if "capacity" in changes:
        await fill_places(session, actor, training_session_id)
    return await answer_anew(session, actor, NOUN, training_session_id)


async def move_session(
    session: Session, actor: Actor, training_session_id: UUID, action: str, *, version: int | None = None
) -> Answer:
    """Confirm, hold, close or cancel; closing it, certificates are issued. Raises as `begin_step`."""
    held = await begin_step(session, actor, NOUN, training_session_id, action, version=version)
    await take_step(session, actor, held, action)
    if action == "close":
        await issue_certificates(session, actor, held)
    return await answer_anew(session, actor, NOUN, training_session_id)


async def add_crew(session: Session, actor: Actor, training_session_id: UUID, data: CrewAdd) -> Answer:
    """Days that somebody gives to a session. Raises `CrewKnown`, `Invalid` for no account, and as `hold_record`."""
    held = await hold_record(session, actor, NOUN, training_session_id)
    if held.state == S.cancelled:
        raise NoLongerPlanned
    await must_be_account(session, data.account_id)
    known = "select true from training_crew where training_session_id = $1 and account_id = $2 and part = $3"
    if await session.fetchval(known, training_session_id, data.account_id, data.part):
        raise CrewKnown
    crew = TrainingCrew(
        branch_id=held.branch_id,
        training_session_id=training_session_id,
        account_id=data.account_id,
        part=data.part,
        half_days=round(2 * data.days),
    )
    await session.insert(crew)
    return await _crew_changed(session, actor, held, "crew_added")


async def remove_crew(session: Session, actor: Actor, training_session_id: UUID, crew_id: UUID) -> Answer:
    """They did not give them. Raises `NotFound`, and as `hold_record`."""
    held = await hold_record(session, actor, NOUN, training_session_id)
    gone = "delete from training_crew where id = $1 and training_session_id = $2"
    if await session.execute(gone, crew_id, training_session_id) == "DELETE 0":
        raise NotFound("crew")
    return await _crew_changed(session, actor, held, "crew_removed")


async def _crew_changed(session: Session, actor: Actor, held: Held, event: str) -> Answer:
    fields: dict[str, Any] = {"crew": True}
    await note(session, actor, NOUN, held.id, held.branch_id, f"training_session.{event}", fields=fields)
    return await _in_full(session, actor, await open_record(session, actor, NOUN, held.id))
