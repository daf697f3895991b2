"""Nominations of leaders for training: made with a reason, accepted with a place, declined or withdrawn."""

from typing import Literal
from uuid import UUID

from pydantic import Field

from app.core import clock
from app.core.actor import Actor
from app.core.db import Session
from app.core.errors import Conflict, Invalid
from app.core.ids import new_id
from app.core.lifecycle import Lifecycle, Transition
from app.core.paging import Answer, Body, Listing, Where
from app.core.permissions import Permission
from app.models.courses import CourseState
from app.models.training import Nomination, NominationState
from app.models.training_shapes import NominationAccept, NominationSay
from app.services.courses import NOUN as COURSE
from app.services.enrolments import EnrolmentClosed, give_place
from app.services.enrolments_record import PERSON
from app.services.envelopes import seal_texts, texts_of_rows
from app.services.leaders import NOUN as LEADER
from app.services.training_sessions import CourseRetired
from app.services.training_sessions_record import NOUN as TRAINING_SESSION
from app.services.training_sessions_record import OPEN
from app.services.unit_records import (
    Noun,
    UnitQuery,
    add_record,
    answer,
    answer_anew,
    begin_step,
    columns_of,
    facts_of,
    judge_unit,
    list_records,
    must_see,
    open_record,
    read_record,
    take_step,
)

S = NominationState


def _step(action: str, to: NominationState) -> Transition:
    return Transition(
        action=action,
        from_states=frozenset({S.nominated}),
        to=to,
        permission=Permission.meetings_record,
        event=f"nomination.{to}",
        path=f"/v1/nominations/{{id}}/{action}",
    )


NOMINATION = Lifecycle(
    "nomination",
    (_step("accept", S.accepted), _step("decline", S.declined), _step("withdraw", S.withdrawn)),
    state_field="state",
)
_SHOWN = (
    "leader_id", "person_id", "course_id", "training_session_id", "enrolment_id", "nominated_by", "state",
    "state_since",
)  # fmt: skip
NOUN = Noun(
    "nomination",
    Nomination,
    Listing(
        resource="meetings",
        source="nominations n",
        key="n.id",
        branch="n.branch_id",
        columns=columns_of(
            "n",
            *_SHOWN,
            person_name=PERSON.format("n"),
            course="(select c.name from courses c where c.id = n.course_id)",
        ),
        sorts={"created_at": ("n.created_at", "timestamptz")},
        facts=facts_of("n", *_SHOWN, "sealed"),
    ),
    NOMINATION,
    Permission.meetings_record,
)


class NominatedAlready(Conflict):
    code = "nominated_already"
    sentence = "This leader is nominated for this course, and it is not answered yet."


class NominationsQuery(UnitQuery):
    """Which nominations, the newest first."""

    leader_id: UUID | None = Field(default=None, description="Only this leader's.")
    course_id: UUID | None = Field(default=None, description="Only those for this course.")
    state: NominationState | None = Field(default=None, description="Only those in this state.")
    sort: Literal["created_at", "-created_at"] = Field(default="-created_at", description="By when they were made.")


async def nominate(
    session: Session, actor: Actor, leader_id: UUID, data: NominationSay, *, version: int | None = None
) -> Answer:
    """Nominate a leader for a course, or for one session of it.

    Raises `NominatedAlready`, `CourseRetired`, `EnrolmentClosed`, `Invalid` for what is out of sight, and as
    `begin_step`.
    """
    held = await begin_step(session, actor, LEADER, leader_id, "nominate", version=version)
    course_id = await _course_of(session, actor, data)
    waits = "select true from nominations where leader_id = $1 and course_id = $2 and state = 'nominated'"
    if await session.fetchval(waits, leader_id, course_id):
        raise NominatedAlready
    person_id, nomination_id = held.row["person_id"], new_id()
    entity = Nomination(
        id=nomination_id,
        branch_id=held.branch_id,
        leader_id=leader_id,
        person_id=person_id,
        course_id=course_id,
        training_session_id=data.training_session_id,
        nominated_by=actor.account_id,
        state_since=clock.today(),
        sealed=await seal_texts(session, person_id, "nominations", nomination_id, {"reason": data.reason}),
    )
    made = await add_record(session, actor, NOUN, entity)
    await take_step(session, actor, held, "nominate")
    return made


async def _course_of(session: Session, actor: Actor, data: NominationSay) -> UUID:
    course_id = data.course_id
    if data.training_session_id is not None:
        await must_see(session, "training_sessions", data.training_session_id, "/training_session_id")
        training_session = await open_record(session, actor, TRAINING_SESSION, data.training_session_id)
        if training_session.state not in OPEN:
            raise EnrolmentClosed
        course_id = training_session.row["course_id"]
    await must_see(session, "courses", course_id, "/course_id")
    assert course_id is not None, "the shape asks for the one or the other"
    if (await open_record(session, actor, COURSE, course_id)).state != CourseState.offered:
        raise CourseRetired
    return course_id


async def list_nominations(session: Session, actor: Actor, query: NominationsQuery) -> Body:
    """A page of the nominations in reach, without their reasons. Raises `CursorInvalid`."""
    where = Where()
    query.narrow(where, "n")
    for name in ("leader_id", "course_id", "state"):
        if (value := getattr(query, name)) is not None:
            where.add(f"n.{name} = {{}}", value)
    return await list_records(session, actor, NOUN, where, query, sort=query.sort)


async def get_nomination(session: Session, actor: Actor, nomination_id: UUID) -> Answer:
    """A nomination with its reason. Raises `NotFound`. The read is logged."""
    held = await read_record(session, actor, NOUN, nomination_id)
    texts = await texts_of_rows(session, held.row["person_id"], "nominations", {held.id: held.row["sealed"]})
    return answer(actor, held, {"reason": texts[held.id].get("reason")})


async def accept_nomination(
    session: Session, actor: Actor, nomination_id: UUID, data: NominationAccept, *, version: int | None = None
) -> Answer:
    """They want it: they take their place in a session, or wait for one.

    Raises `Invalid` without a session of the course, as `give_place`, and as `begin_step`; `Forbidden` without
    organising:run at their unit.
    """
    held = await begin_step(session, actor, NOUN, nomination_id, "accept", version=version)
    await judge_unit(session, actor, held.branch_id, Permission.organising_run)
    wanted = data.training_session_id or held.row["training_session_id"]
    if wanted is None:
        raise Invalid.at("/training_session_id", "session_needed", "Name the session in which they take their place.")
    await must_see(session, "training_sessions", wanted, "/training_session_id")
    training_session = await open_record(session, actor, TRAINING_SESSION, wanted)
    if training_session.row["course_id"] != held.row["course_id"]:
        raise Invalid.at("/training_session_id", "other_course", "Name a session of the course they are nominated for.")
    place = await give_place(session, actor, training_session, held.row["person_id"], held.branch_id)
    columns = {"training_session_id": wanted, "enrolment_id": place.id}
    await take_step(session, actor, held, "accept", columns=columns)
    return await answer_anew(session, actor, NOUN, nomination_id)


async def answer_nomination(
    session: Session, actor: Actor, nomination_id: UUID, action: str, *, version: int | None = None
) -> Answer:
    """They decline it, or it is withdrawn. Raises as `begin_step`."""
    held = await begin_step(session, actor, NOUN, nomination_id, action, version=version)
    await take_step(session, actor, held, action)
    return await answer_anew(session, actor, NOUN, nomination_id)
