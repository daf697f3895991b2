"""Steps in the development of a leader: planned, taken or dropped. What they are lies under the leader's key."""

from typing import Any, Literal
from uuid import UUID

import asyncpg
from pydantic import Field

from app.core import clock
from app.core.actor import Actor
from app.core.db import Session
from app.core.errors import Conflict, NotFound
from app.core.ids import new_id
from app.core.paging import Answer, Body, Decorate, Listing, PageQuery, Where, fetch_one, list_page, with_fields
from app.models.leaders import LeaderStep, LeaderStepState
from app.models.leaders_shapes import LeaderStepPlan, LeaderStepTake
from app.models.members import LegalDate
from app.services.envelopes import seal_texts, texts_of_rows
from app.services.leaders import NOUN, hold_leader
from app.services.matters import past
from app.services.unit_records import Held, hold_record, note, read_record

_SHOWN = ("id", "leader_id", "due_on", "done_on", "state", "state_since", "version")
STEPS = Listing(
    resource="meetings",
    source="leader_steps s",
    key="s.id",
    columns={
        **{name: f"s.{name}" for name in _SHOWN},
        "created_at": "utc(s.created_at)",
        "updated_at": "utc(s.updated_at)",
    },
    sorts={"due_on": ("s.due_on", "date")},
    facts={**{name: f"s.{name}" for name in _SHOWN}, "person_id": "s.person_id", "sealed": "s.sealed"},
)


class StepsQuery(PageQuery):
    """Which steps, the first due first."""

    state: LeaderStepState | None = Field(default=None, description="Open, done or dropped.")
    due_before: LegalDate | None = Field(default=None, description="Due before this day.")
    sort: Literal["due_on", "-due_on"] = Field(default="due_on", description="By the day on which they are due.")


class StepSettled(Conflict):
    code = "step_settled"
    sentence = "This step was taken, or dropped, already."


async def plan_step(session: Session, actor: Actor, leader_id: UUID, data: LeaderStepPlan) -> Answer:
    """Plan a step with a leader. Raises as `hold_leader`."""
    held = await hold_leader(session, actor, leader_id)
    person_id, step_id = held.row["person_id"], new_id()
    step = LeaderStep(
        id=step_id,
        leader_id=leader_id,
        person_id=person_id,
        due_on=data.due_on,
        state_since=clock.today(),
        sealed=await seal_texts(session, person_id, "leader_steps", step_id, {"text": data.text}),
    )
    await session.insert(step)
    await note(session, actor, NOUN, leader_id, held.branch_id, "leader.step_planned")
    return await _answer(session, actor, step_id)


async def list_steps(session: Session, actor: Actor, leader_id: UUID, query: StepsQuery) -> Body:
    """A page of a leader's steps. Raises `NotFound`, `CursorInvalid`. The read is logged."""
    await read_record(session, actor, NOUN, leader_id, "steps")
    where = Where()
    where.add("s.leader_id = {}", leader_id)
    if query.state is not None:
        where.add("s.state = {}", query.state)
    if query.due_before is not None:
        where.add("s.due_on < {}", query.due_before)

    async def prepare(rows: list[asyncpg.Record]) -> Decorate:
        texts = await _texts(session, rows)
        return lambda row: {"text": texts[row["id"]].get("text")}

    return await list_page(session, actor, STEPS, where, query, sort=query.sort, prepare=prepare)


async def _texts(session: Session, rows: list[asyncpg.Record]) -> dict[UUID, dict[str, Any]]:
    if not rows:
        return {}
    sealed = {row["id"]: row["sealed"] for row in rows}
    return await texts_of_rows(session, rows[0]["person_id"], "leader_steps", sealed)


async def complete_step(session: Session, actor: Actor, leader_id: UUID, step_id: UUID, data: LeaderStepTake) -> Answer:
    """A step was taken. Raises `NotFound`, `StepSettled`, `Invalid` for a day to come, and as `hold_record`."""
    held = await _hold_open(session, actor, leader_id, step_id)
    day = past(data.done_on, "/done_on")
    return await _settle(session, actor, held, step_id, LeaderStepState.done, done_on=day)


async def drop_step(session: Session, actor: Actor, leader_id: UUID, step_id: UUID) -> Answer:
    """A step is no longer meant. Raises `NotFound`, `StepSettled`, and as `hold_record`."""
    held = await _hold_open(session, actor, leader_id, step_id)
    return await _settle(session, actor, held, step_id, LeaderStepState.dropped)


async def _hold_open(session: Session, actor: Actor, leader_id: UUID, step_id: UUID) -> Held:
    held = await hold_record(session, actor, NOUN, leader_id)
    row = await fetch_one(session, actor, STEPS, step_id)
    if row is None or row["leader_id"] != leader_id:
        raise NotFound("step")
    if row["state"] != LeaderStepState.open:
        raise StepSettled
    return held


async def _settle(
    session: Session, actor: Actor, held: Held, step_id: UUID, state: LeaderStepState, **columns: Any
) -> Answer:
    await session.update(LeaderStep, step_id, {"state": state, "state_since": clock.today(), **columns})
    await note(session, actor, NOUN, held.id, held.branch_id, f"leader.step_{state}")
    return await _answer(session, actor, step_id)


async def _answer(session: Session, actor: Actor, step_id: UUID) -> Answer:
    row = await fetch_one(session, actor, STEPS, step_id)
    assert row is not None, "it was just written"
    texts = await _texts(session, [row])
    return Answer(row["id"], row["version"], with_fields(row["json"], {"text": texts[step_id].get("text")}))
