"""Enrolments: a place in a session or a place in the queue, given up, moved up, and whether somebody came."""

from typing import Literal
from uuid import UUID

from pydantic import Field

from app.core import clock
from app.core.actor import Actor
from app.core.db import Session
from app.core.errors import Conflict, Invalid
from app.core.paging import Answer, Body, Where
from app.core.permissions import Permission
from app.models.training import Enrolment, EnrolmentState
from app.models.training_shapes import AttendanceRead, AttendanceSay, EnrolmentAdd
from app.services.contacts import person_named
from app.services.enrolments_record import NOUN, SEATED
from app.services.training_places import ROLE, fill_places, hold_places
from app.services.training_sessions_record import NOUN as TRAINING_SESSION
from app.services.training_sessions_record import OPEN
from app.services.unit_records import (
    Held,
    UnitQuery,
    add_record,
    answer,
    answer_anew,
    begin_step,
    judge_unit,
    list_records,
    note,
    open_record,
    read_record,
    take_step,
)

S = EnrolmentState
_HAS_ONE = """
select true from enrolments where training_session_id = $1 and person_id = $2 and state <> 'withdrawn'
"""
_SAY = """
update enrolments e set state = said.state, completed = said.completed, state_since = $5, version = version + 1,
  updated_at = $6
from unnest($2::uuid[], $3::text[], $4::boolean[]) said (id, state, completed)
where e.id = said.id and e.training_session_id = $1
  and (e.state, e.completed) is distinct from (said.state, said.completed)
"""
_STANDING = """
select count(*) filter (where state = 'attended') as attended, count(*) filter (where state = 'absent') as absent,
  count(*) filter (where state = 'enrolled') as not_said
from enrolments where training_session_id = $1
"""


class EnrolledAlready(Conflict):
    code = "enrolled_already"
    sentence = "This person has a place in this session, or waits for one."


class EnrolmentClosed(Conflict):
    code = "enrolment_closed"
    sentence = "This session takes nobody any more."


class EnrolmentsQuery(UnitQuery):
    """Which enrolments, the first first."""

    training_session_id: UUID | None = Field(default=None, description="Only those in this session.")
    person_id: UUID | None = Field(default=None, description="Only this person's.")
    state: EnrolmentState | None = Field(default=None, description="Only those in this state.")
    sort: Literal["created_at", "-created_at"] = Field(default="created_at", description="By when they were made.")


async def enrol(session: Session, actor: Actor, training_session_id: UUID, data: EnrolmentAdd) -> Answer:
    """Enrol somebody of a unit: they have a place, or wait for one.

    Raises `NotFound`, `Forbidden`, `EnrolmentClosed`, `EnrolledAlready`, and `Invalid` for a person out of sight.
    """
    held = await open_record(session, actor, TRAINING_SESSION, training_session_id)
    branch_id = data.branch_id or held.branch_id
    await judge_unit(session, actor, branch_id, Permission.organising_run)
    return await give_place(session, actor, held, await person_named(session, actor, branch_id, data.person), branch_id)


async def give_place(session: Session, actor: Actor, held: Held, person_id: UUID, branch_id: UUID) -> Answer:
    """A place in a session that is held open, or one in its queue, for somebody in sight.

    The right at their unit was judged. Raises `EnrolmentClosed`, `EnrolledAlready`.
    """
    places = await hold_places(session, actor, held.id)
    held = await open_record(session, actor, TRAINING_SESSION, held.id)
    if held.state not in OPEN:
        raise EnrolmentClosed
    async with session.as_role(ROLE):
        if await session.fetchval(_HAS_ONE, held.id, person_id):
            raise EnrolledAlready
    full = places.left == 0
    entity = Enrolment(
        branch_id=branch_id,
        offered_in=held.branch_id,
        training_session_id=held.id,
        person_id=person_id,
        state=S.waiting if full else S.enrolled,
        state_since=clock.today(),
    )
    return await add_record(session, actor, NOUN, entity)


async def list_enrolments(session: Session, actor: Actor, query: EnrolmentsQuery) -> Body:
    """A page of the enrolments in reach. Raises `CursorInvalid`."""
    where = Where()
    query.narrow(where, "e")
    for name in ("training_session_id", "person_id", "state"):
        if (value := getattr(query, name)) is not None:
            where.add(f"e.{name} = {{}}", value)
    return await list_records(session, actor, NOUN, where, query, sort=query.sort)


async def get_enrolment(session: Session, actor: Actor, enrolment_id: UUID) -> Answer:
    """An enrolment. Raises `NotFound`. The read is logged."""
    return answer(actor, await read_record(session, actor, NOUN, enrolment_id))


async def withdraw_enrolment(
    session: Session, actor: Actor, enrolment_id: UUID, *, version: int | None = None
) -> Answer:
    """Somebody gives up their place, which goes to whoever has waited longest. Raises as `begin_step`."""
    held = await open_record(session, actor, NOUN, enrolment_id)
    # The session first, as whoever enrols begins there.
    await hold_places(session, actor, held.row["training_session_id"])
    held = await begin_step(session, actor, NOUN, enrolment_id, "withdraw", version=version)
    await take_step(session, actor, held, "withdraw")
    training_session = await open_record(session, actor, TRAINING_SESSION, held.row["training_session_id"])
    if training_session.state in OPEN:
        await fill_places(session, actor, training_session.id)
    return await answer_anew(session, actor, NOUN, enrolment_id)


async def note_attendance(
    session: Session, actor: Actor, training_session_id: UUID, data: AttendanceSay, *, version: int | None = None
) -> AttendanceRead:
    """Say of many at once who was there. Said again, it changes nothing.

    Raises `Invalid` for an enrolment that is none of the session's or has no place, and as `begin_step`.
    """
    held = await begin_step(session, actor, TRAINING_SESSION, training_session_id, "attendance", version=version)
    seated = "select id from enrolments where training_session_id = $1 and state = any ($2)"
    known = {row["id"] for row in await session.fetch(seated, held.id, sorted(SEATED))}
    for number, one in enumerate(data.attendance):
        if one.enrolment_id not in known:
            raise Invalid.at(f"/attendance/{number}/enrolment_id", "no_place", "Name a place in this session.")
    done = await session.execute(
        _SAY,
        held.id,
        [one.enrolment_id for one in data.attendance],
        [S.attended if one.attended else S.absent for one in data.attendance],
        [one.attended and one.completed for one in data.attendance],
        clock.today(),
        clock.now(),
    )
    changed = int(done.rpartition(" ")[2])
    if changed:
        event = "training_session.attendance_noted"
        await note(session, actor, TRAINING_SESSION, held.id, held.branch_id, event, data={"places": changed})
    row = await session.fetchrow(_STANDING, held.id)
    assert row is not None, "a count gives a row"
    return AttendanceRead(changed=changed, **dict(row))
