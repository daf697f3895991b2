"""The worker's part of retention: it applies what was approved, puts back what is undone, ends what was held.

One person or case at a time, each in a transaction of its own: whoever cuts it off anywhere has it go on from there.
Before each one everything that forbids it is asked again. So much is done in a day, and no more.
"""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from uuid import UUID

import asyncpg
import structlog

from app.core import clock
from app.core.db import Database, Session
from app.core.logging import frames_of
from app.models.retention import RetentionAction, RetentionItemState, RetentionRule, RetentionState
from app.services.matters import ROLE, note, note_step
from app.services.retention.candidates import hindrance, obstacle_now
from app.services.retention.cases import forget_case, open_case_again, put_case_aside
from app.services.retention.items import Item
from app.services.retention.lifecycle import HOLDING
from app.services.retention.people import forget_person, put_person_aside, restore_person
from app.services.retention.rules import RULES

MOST_PER_DAY = 500
#: How many are taken of one run before the next has its turn.
BATCH = 50

log = structlog.get_logger("rollbook.retention")

S, T = RetentionState, RetentionItemState
_RUNS = """
select id from retention_runs
where state = any (array['applying', 'undoing']) or state = 'holding' and holding_until <= $1 order by id
"""
_RUN = "select id, rule, months, state, holding_until from retention_runs where id = $1 for update skip locked"
_NEXT = """
select id, coalesce(person_id, case_id) as subject_id, sealed from retention_items
where run_id = $1 and state = $2 and id > $3 order by id limit 1
"""
_TODAY = "select count(*) from retention_items where done_on = $1 and state = 'put_aside'"
_LEFT = "select exists (select from retention_items where run_id = $1 and state = $2)"
_SETTLE = "update retention_items set state = $2, reason = $3, sealed = $4, done_on = $5 where id = $1"
_MOVE = """
update retention_runs set state = $2, state_since = $3, holding_until = coalesce($4, holding_until), updated_at = $5,
  version = version + 1
where id = $1
"""


@dataclass(frozen=True, slots=True)
class Kind:
    """How one kind of subject is put aside (returning it sealed), put back (whether it was there still), and ended."""

    put_aside: Callable[[Session, Item], Awaitable[bytes]]
    put_back: Callable[[Session, Item], Awaitable[bool]]
    end: Callable[[Session, Item], Awaitable[None]]


KINDS = {
    RetentionAction.minimise_person: Kind(put_person_aside, restore_person, forget_person),
    RetentionAction.erase_case: Kind(put_case_aside, open_case_again, forget_case),
}


async def mind_retention(database: Database) -> None:
    """Take every run on by a batch."""
    async with database.transaction(role=ROLE) as session:
        runs = [row["id"] for row in await session.fetch(_RUNS, clock.today())]
    for run_id in runs:
        await _go_on(database, run_id)


async def _go_on(database: Database, run_id: UUID) -> None:
    after = UUID(int=0)
    for _ in range(BATCH):
        try:
            async with database.transaction(role=ROLE) as session:
                done = await _one_more(session, run_id, after)
        except Exception as error:  # noqa: BLE001  (the others are not kept waiting; this one comes again)
            log.warning("retention_stumbled", run_id=str(run_id), error=type(error).__name__, frames=frames_of(error))
            done = await _after(database, run_id, after)
        if done is None:
            return
        after = done


async def _one_more(session: Session, run_id: UUID, after: UUID) -> UUID | None:
    """Do the next one of a run, or what follows when there is none; None when its turn is over."""
    run = await session.fetchrow(_RUN, run_id)
    if run is None or (run["state"] == S.holding and clock.today() < run["holding_until"]):
        return None
    item = await _next(session, run, after)
    if item is None:
        await _close(session, run)
        return None
    if run["state"] == S.applying:
        if await session.fetchval(_TODAY, clock.today()) >= MOST_PER_DAY:
            return None
        await _apply(session, run, item)
    elif run["state"] == S.undoing:
        await _undo(session, run, item)
    else:
        await _finish(session, run, item)
    return item.id


async def _next(session: Session, run: asyncpg.Record, after: UUID) -> Item | None:
    row = await session.fetchrow(_NEXT, run["id"], _waiting_state(run), after)
    return Item(row["id"], run["id"], row["subject_id"], row["sealed"]) if row else None


async def _after(database: Database, run_id: UUID, after: UUID) -> UUID | None:
    """The one that could not be done, to go on after it."""
    async with database.transaction(role=ROLE) as session:
        run = await session.fetchrow(_RUN, run_id)
        item = await _next(session, run, after) if run is not None else None
    return item.id if item is not None else None


def _waiting_state(run: asyncpg.Record) -> RetentionItemState:
    return T.found if run["state"] == S.applying else T.put_aside


async def _apply(session: Session, run: asyncpg.Record, item: Item) -> None:
    rule, today = RetentionRule(run["rule"]), clock.today()
    await _hold(session, item)
    obstacle = await obstacle_now(session, rule, run["months"], item.subject_id, today)
    if obstacle is not None:
        await session.execute(_SETTLE, item.id, T.left_out, obstacle, b"", today)
        return
    # Said before it is done: the lock of the database is asked while everything still stands.
    await session.execute(_SETTLE, item.id, T.put_aside, None, b"", today)
    sealed = await KINDS[RULES[rule].action].put_aside(session, item)
    await session.execute("update retention_items set sealed = $2 where id = $1", item.id, sealed)


async def _undo(session: Session, run: asyncpg.Record, item: Item, reason: str | None = None) -> None:
    there = await KINDS[RULES[RetentionRule(run["rule"])].action].put_back(session, item)
    await session.execute(_SETTLE, item.id, T.restored if there else T.gone, reason, b"", clock.today())


async def _finish(session: Session, run: asyncpg.Record, item: Item) -> None:
    """The end, for good; or, where something forbids it by now, everything back as it was."""
    rule, today = RetentionRule(run["rule"]), clock.today()
    await _hold(session, item)
    # Of one that is put aside only that it is so forbids nothing.
    await session.execute(_SETTLE, item.id, T.found, None, item.sealed, today)
    obstacle = await hindrance(session, rule, item.subject_id, today)
    if obstacle is not None and obstacle != "gone_already":
        await _undo(session, run, item, obstacle)
        return
    await KINDS[RULES[rule].action].end(session, item)
    await session.execute(_SETTLE, item.id, T.gone, None, b"", today)


async def _hold(session: Session, item: Item) -> None:
    """Keep every other writer off a person until this is over."""
    async with session.as_role("rollbook_erase"):
        await session.execute("select 1 from people where id = $1 for update", item.subject_id)


async def _close(session: Session, run: asyncpg.Record) -> None:
    """Move a run on when none of it is left to do, unless one that stumbled is."""
    if await session.fetchval(_LEFT, run["id"], _waiting_state(run)):
        return
    after = {S.applying: S.holding, S.undoing: S.undone, S.holding: S.final}[S(run["state"])]
    today = clock.today()
    until = today + HOLDING if after is S.holding else None
    await session.execute(_MOVE, run["id"], after, today, until, clock.now())
    what = {S.holding: "applied", S.undone: "undone", S.final: "made_final"}[after]
    await note_step(session, None, run["id"], what, from_state=run["state"], to_state=after, on_day=today)
    await note(session, None, run["id"], f"retention_run.{what}")
