"""Leave of one's own: days that do not count against one's cadence. Nobody else is shown it."""

from typing import Literal
from uuid import UUID

import asyncpg
from pydantic import Field

from app.core import clock
from app.core.actor import Actor
from app.core.db import Session
from app.core.errors import NotFound, PreconditionFailed
from app.core.lifecycle import Lifecycle, Transition
from app.core.paging import Answer, Body, Listing, PageQuery, Where, fetch_one, list_page, with_fields
from app.models.cadence import LeaveCreate, LeaveState, OrganiserLeave
from app.services.changes import record_change

LEAVE = Lifecycle(
    "leave",
    (
        Transition(
            action="cancel",
            from_states=frozenset({LeaveState.taken}),
            to=LeaveState.cancelled,
            permission="signed-in",
            event="leave.cancelled",
            path="/v1/me/leave/{id}/cancel",
        ),
    ),
    state_field="state",
)
_SHOWN = ("id", "starts_on", "ends_on", "portion", "state", "state_since", "version")
_LISTING = Listing(
    resource="accounts",
    source="organiser_leave l",
    key="l.id",
    columns={
        **{name: f"l.{name}" for name in _SHOWN},
        "created_at": "utc(l.created_at)",
        "updated_at": "utc(l.updated_at)",
    },
    sorts={"starts_on": ("l.starts_on", "date")},
    facts={name: f"l.{name}" for name in _SHOWN},
)


class LeaveQuery(PageQuery):
    """Which of one's own leave, the latest first."""

    state: LeaveState | None = Field(default=None, description="Taken, or cancelled.")
    sort: Literal["starts_on", "-starts_on"] = Field(default="-starts_on", description="By the first day.")


async def list_leave(session: Session, actor: Actor, query: LeaveQuery) -> Body:
    """A page of the actor's own leave: the policy shows nobody else's. Raises `CursorInvalid`."""
    where = Where()
    if query.state is not None:
        where.add("l.state = {}", query.state)
    return await list_page(session, actor, _LISTING, where, query, sort=query.sort)


async def get_leave(session: Session, actor: Actor, leave_id: UUID) -> Answer:
    """Leave of the actor's own. Raises `NotFound`."""
    return _answer(await _find(session, actor, leave_id))


async def take_leave(session: Session, actor: Actor, data: LeaveCreate) -> Answer:
    """Be away. Where two overlap, a day counts off once."""
    row = OrganiserLeave(account_id=actor.account_id, state_since=clock.today(), **data.model_dump())
    await session.insert(row)
    await _tell(session, actor, row.id, "leave.taken")
    return await get_leave(session, actor, row.id)


async def cancel_leave(session: Session, actor: Actor, leave_id: UUID, *, version: int | None = None) -> Answer:
    """Be there after all. Raises `NotFound`, `ActionNotAllowed`, `PreconditionFailed`."""
    await session.execute("select from organiser_leave where id = $1 for update", leave_id)
    row = await _find(session, actor, leave_id)
    if version is not None and row["version"] != version:
        raise PreconditionFailed(_answer(row).body)
    LEAVE.check(row, "cancel", clock.today())
    columns = {"state": LeaveState.cancelled, "state_since": clock.today()}
    await session.update(OrganiserLeave, leave_id, columns)
    await _tell(session, actor, leave_id, "leave.cancelled")
    return await get_leave(session, actor, leave_id)


async def _find(session: Session, actor: Actor, leave_id: UUID) -> asyncpg.Record:
    row = await fetch_one(session, actor, _LISTING, leave_id)
    if row is None:
        raise NotFound("leave")
    return row


async def _tell(session: Session, actor: Actor, leave_id: UUID, action: str) -> None:
    """That there was a change, for the trail; on which days stands nowhere else."""
    await record_change(session, actor, action, resource="accounts", subject_id=leave_id, branch_id=None, event=False)


def _answer(row: asyncpg.Record) -> Answer:
    offered = LEAVE.allowed_actions(row, lambda _: True, clock.today())
    return Answer(row["id"], row["version"], with_fields(row["json"], {"allowed_actions": offered}))
