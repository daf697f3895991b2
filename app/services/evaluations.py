"""Evaluations: what was felt, who came and how it was taken, sealed; and lessons, to be found again."""

from collections.abc import Mapping, Sequence
from typing import Annotated, Any, Literal
from uuid import UUID

from pydantic import Field

from app.core import clock
from app.core.actor import Actor
from app.core.db import Session
from app.core.errors import Invalid
from app.core.paging import Answer, Body, Listing, Where
from app.core.text import Line
from app.models.actions import ActionKind
from app.models.evaluations import ActionEvaluation, ActionLesson, EvaluationRecord, EvaluationUpdate, LessonTopic
from app.services.actions import ACTION, hold_open
from app.services.envelopes import seal_texts, unseal_texts
from app.services.matters import past
from app.services.unit_records import (
    Held,
    Noun,
    UnitQuery,
    answer,
    begin_step,
    change_record,
    columns_of,
    facts_of,
    hold_record,
    list_records,
    open_record,
    read_record,
    take_step,
)

ROUNDS = ("feelings", "turnout", "reaction")

EVALUATION = Noun(
    "evaluation",
    ActionEvaluation,
    Listing(
        resource="organising",
        source="action_evaluations e",
        key="e.id",
        branch="e.branch_id",
        columns=columns_of("e", "on_day", "recorded_by"),
        sorts={"on_day": ("e.on_day", "date")},
        facts=facts_of("e", "sealed"),
    ),
)

_OF_ACTION = "(select a.{} from actions a where a.id = l.action_id)"
LESSON = Noun(
    "lesson",
    ActionLesson,
    Listing(
        resource="organising",
        source="action_lessons l",
        key="l.id",
        branch="l.branch_id",
        columns=columns_of(
            "l",
            "action_id",
            "text",
            "topics",
            action_name=_OF_ACTION.format("name"),
            kind=_OF_ACTION.format("kind"),
            campaign_id=_OF_ACTION.format("campaign_id"),
            starts_at=f"utc({_OF_ACTION.format('starts_at')})",
        ),
        sorts={"created_at": ("l.created_at", "timestamptz")},
        facts=facts_of("l"),
    ),
)

_LESSONS = "select l.id, l.text, l.topics from action_lessons l where l.action_id = $1 order by l.created_at, l.id"


class LessonsQuery(UnitQuery):
    """Which lessons, the latest first unless told otherwise."""

    kind: ActionKind | None = Field(default=None, description="Learned of actions of this kind.")
    campaign_id: UUID | None = Field(default=None, description="Learned of actions of this campaign.")
    topic: LessonTopic | None = Field(default=None, description="What a lesson is about.")
    q: Annotated[str, Line(2, 100)] | None = Field(default=None, description="A part of the lesson.")
    sort: Literal["created_at", "-created_at"] = "-created_at"


async def list_lessons(session: Session, actor: Actor, query: LessonsQuery) -> Body:
    """A page of the lessons in sight. Raises `CursorInvalid`."""
    where = Where()
    query.narrow(where, "l")
    if query.kind is not None:
        where.add(f"{_OF_ACTION.format('kind')} = {{}}", query.kind)
    if query.campaign_id is not None:
        where.add(f"{_OF_ACTION.format('campaign_id')} = {{}}", query.campaign_id)
    if query.topic is not None:
        where.add("{} = any (l.topics)", query.topic)
    if query.q is not None:
        where.add("strpos(lower(l.text), lower({})) > 0", query.q)
    return await list_records(session, actor, LESSON, where, query, sort=query.sort)


async def record_evaluation(
    session: Session, actor: Actor, action_id: UUID, data: EvaluationRecord, *, version: int | None = None
) -> Answer:
    """Evaluate an action that was held. Raises `Invalid` for a day before it or to come, and as `begin_step`."""
    held = await begin_step(session, actor, ACTION, action_id, "evaluate", version=version)
    on_day = past(data.on_day, "/on_day")
    if on_day < clock.day_of(held.row["starts_at"]):
        raise Invalid.at("/on_day", "before_the_action", "Name the day of the action or a later one.")
    rounds = data.model_dump(include=set(ROUNDS))
    evaluation = ActionEvaluation(
        id=action_id,
        branch_id=held.branch_id,
        on_day=on_day,
        recorded_by=actor.account_id,
        sealed=await seal_texts(session, action_id, "action_evaluations", action_id, rounds),
    )
    await session.insert(evaluation)
    await _keep_lessons(session, held, data.model_dump(include={"lessons"})["lessons"])
    await take_step(session, actor, held, "evaluate")
    return await _told(session, actor, await open_record(session, actor, EVALUATION, action_id))


async def get_evaluation(session: Session, actor: Actor, action_id: UUID) -> Answer:
    """The evaluation of an action. Raises `NotFound` where there is none. The read is logged."""
    return await _told(session, actor, await read_record(session, actor, EVALUATION, action_id))


async def update_evaluation(
    session: Session, actor: Actor, action_id: UUID, data: EvaluationUpdate, *, version: int
) -> Answer:
    """Replace rounds of an evaluation, or its lessons. Raises `ActionEnded`, and as `hold_record`."""
    action = await hold_open(session, actor, action_id)
    held = await hold_record(session, actor, EVALUATION, action_id, version=version)
    given = data.changes()
    lessons = given.pop("lessons", None)
    if lessons is not None:
        await session.execute("delete from action_lessons where action_id = $1", action_id)
        await _keep_lessons(session, action, lessons)
    if data.changes():
        rounds = {**await _rounds(session, held), **given}
        sealed = await seal_texts(session, action_id, "action_evaluations", action_id, rounds)
        await change_record(session, actor, held, {"sealed": sealed})
    return await _told(session, actor, await open_record(session, actor, EVALUATION, action_id))


async def _keep_lessons(session: Session, action: Held, lessons: Sequence[Mapping[str, Any]]) -> None:
    shared = {"branch_id": action.branch_id, "action_id": action.id}
    if lessons:
        await session.insert_many(ActionLesson, [{**lesson, **shared} for lesson in lessons])


async def _rounds(session: Session, held: Held) -> dict[str, Any]:
    return await unseal_texts(session, held.id, "action_evaluations", held.id, held.row["sealed"])


async def _told(session: Session, actor: Actor, held: Held) -> Answer:
    rounds = await _rounds(session, held)
    lessons = await session.fetch(_LESSONS, held.id)
    told = {name: rounds.get(name, []) for name in ROUNDS}
    return answer(actor, held, {**told, "lessons": [dict(row) for row in lessons]})
