"""Courses, sessions and places put down as the owner, without walking there."""

from typing import Any
from uuid import UUID

from app.core import clock
from app.core.ids import new_id
from app.models.courses import Course, CourseKind
from app.models.training import Certificate, Enrolment, Nomination, TrainingSession
from app.services.envelopes import seal_texts
from tests.leaders.placed import place_leader
from tests.organising import place
from tests.world import World


async def place_course(world: World, unit: UUID, **columns: Any) -> Course:
    told = {"name": "Core taster", "kind": CourseKind.taster, "half_days": 4, "state_since": clock.today(), **columns}
    row = Course(branch_id=unit, key=f"c{new_id().hex}", **told)
    await place(world, row)
    return row


async def place_session(world: World, unit: UUID, **columns: Any) -> TrainingSession:
    """One of today, of a course of its own unless it is said."""
    course_id = columns.pop("course_id", None) or (await place_course(world, unit)).id
    today = clock.today()
    told = {"starts_on": today, "ends_on": today, "state_since": today, **columns}
    row = TrainingSession(branch_id=unit, course_id=course_id, **told)
    await place(world, row)
    return row


async def place_enrolment(world: World, unit: UUID, **columns: Any) -> Enrolment:
    session_id = columns.pop("training_session_id", None) or (await place_session(world, unit)).id
    person_id = columns.pop("person_id", None) or (await world.api.member(unit))[1]
    told = {"offered_in": unit, "state_since": clock.today(), **columns}
    row = Enrolment(branch_id=unit, training_session_id=session_id, person_id=person_id, **told)
    await place(world, row)
    return row


async def place_certificate(world: World, unit: UUID, **columns: Any) -> Certificate:
    person_id = columns.pop("person_id", None) or (await world.api.member(unit))[1]
    course_id = columns.pop("course_id", None) or (await place_course(world, unit)).id
    session = await place_session(world, unit, course_id=course_id)
    enrolment = await place_enrolment(world, unit, training_session_id=session.id, person_id=person_id)
    today = clock.today()
    told = {"number": "T-7KQ2M9XF", "completed_on": today, "issued_on": today, "offered_in": unit, **columns}
    row = Certificate(branch_id=unit, enrolment_id=enrolment.id, course_id=course_id, person_id=person_id, **told)
    await place(world, row)
    return row


async def place_nomination(world: World, unit: UUID, **columns: Any) -> Nomination:
    leader = await place_leader(world, unit)
    session = await place_session(world, unit)
    told = {"training_session_id": session.id, "state_since": clock.today(), **columns}
    row = Nomination(
        branch_id=unit,
        leader_id=leader.id,
        person_id=leader.person_id,
        course_id=session.course_id,
        nominated_by=await world.api.account(),
        sealed=b"",
        **told,
    )
    async with world.api.transaction() as held:
        row.sealed = await seal_texts(held, row.person_id, "nominations", row.id, {"reason": "Ready for it."})
        await held.insert(row)
    return row
