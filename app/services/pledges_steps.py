"""The course of a pledge: the question asked in public, then the answer, then whether it is kept."""

from datetime import date
from typing import Any
from uuid import UUID

from app.core import clock
from app.core.actor import Actor
from app.core.db import Session
from app.core.errors import Invalid
from app.core.paging import Answer
from app.models.pledges import PledgeAnswer, PledgeState
from app.models.pledges_shapes import PledgeAnswered, PledgeAsk, PledgeConfirm, PledgeSettle
from app.services.matters import past
from app.services.pledges import NOUN, judge_due, note_step
from app.services.unit_records import Held, answer_anew, begin_step, take_step


async def ask_pledge(
    session: Session, actor: Actor, pledge_id: UUID, data: PledgeAsk, *, version: int | None = None
) -> Answer:
    """The question was asked in public. Raises as `begin_step`; `Invalid` for an action out of sight, a day to come."""
    held = await begin_step(session, actor, NOUN, pledge_id, "ask", version=version)
    day = data.on_day
    if data.action_id is not None:
        starts = await session.fetchval("select starts_at from actions where id = $1", data.action_id)
        if starts is None:
            raise Invalid.at("/action_id", "unknown_id", "Name one that you can see.")
        day = day or clock.day_of(starts)
    day = _day(held, day)
    judge_due(day, held.row["due_on"], "/on_day")
    columns = {"asked_on": day, "asked_action_id": data.action_id, "wording": data.wording or held.row["wording"]}
    await take_step(session, actor, held, "ask", columns=columns)
    state = PledgeState(held.state)
    await note_step(session, actor, held.id, "ask", state, day, held.row["due_on"], action_id=data.action_id)
    return await answer_anew(session, actor, NOUN, held.id)


async def answer_pledge(
    session: Session, actor: Actor, pledge_id: UUID, data: PledgeAnswered, *, version: int | None = None
) -> Answer:
    """What they answered. Raises as `begin_step`, also before the question; `Invalid` for a day before it."""
    action = f"answer_{data.answer}"
    held = await begin_step(session, actor, NOUN, pledge_id, action, version=version)
    due_on = None if data.answer is PledgeAnswer.refused else data.due_on
    return await _take(session, actor, held, action, data.on_day, due_on=due_on, texts={"words": data.words})


async def confirm_pledge(
    session: Session, actor: Actor, pledge_id: UUID, data: PledgeConfirm, *, version: int | None = None
) -> Answer:
    """The promise is proved and has its day. Raises as `begin_step`; `Invalid` without a day due."""
    held = await begin_step(session, actor, NOUN, pledge_id, "confirm", version=version)
    if data.due_on is None and held.row["due_on"] is None:
        raise Invalid.at("/due_on", "due_day_needed", "Say by when it is to be kept.")
    return await _take(session, actor, held, "confirm", data.on_day, due_on=data.due_on, texts=_proof(data))


async def settle_pledge(
    session: Session, actor: Actor, pledge_id: UUID, action: str, data: PledgeSettle, *, version: int | None = None
) -> Answer:
    """It was kept, kept in part, broken or withdrawn, with what proves it. Raises as `begin_step`, `Invalid`."""
    held = await begin_step(session, actor, NOUN, pledge_id, action, version=version)
    return await _take(session, actor, held, action, data.on_day, texts=_proof(data))


def _proof(data: PledgeConfirm | PledgeSettle) -> dict[str, str | None]:
    return {"text": data.text, "url": data.url}


async def _take(
    session: Session,
    actor: Actor,
    held: Held,
    action: str,
    on_day: date | None,
    *,
    due_on: date | None = None,
    texts: dict[str, Any],
) -> Answer:
    day = _day(held, on_day)
    judge_due(held.row["asked_on"], due_on)
    due = due_on or held.row["due_on"]
    await take_step(session, actor, held, action, columns={"state_since": day, "due_on": due})
    after = PledgeState(await session.fetchval("select state from pledges where id = $1", held.id))
    await note_step(session, actor, held.id, action, after, day, due, texts=texts)
    return await answer_anew(session, actor, NOUN, held.id)


def _day(held: Held, on_day: date | None) -> date:
    """The day of a step, today if none was said. Raises `Invalid` for one to come or before the step that went before.

    Nothing is answered before it was asked.
    """
    day = past(on_day, "/on_day")
    last: date | None = held.row["last_day"]
    if last is not None and day < last:
        if last == held.row["asked_on"]:
            raise Invalid.at("/on_day", "answer_before_question", "Name the day of the question or a later one.")
        raise Invalid.at("/on_day", "day_before_last_step", "Name the day of the step before or a later one.")
    return day
