"""Break-glass: the asks, as their asker, those who may approve them and a case's receiver are told of them."""

from typing import Any
from uuid import UUID

import asyncpg

from app.core import clock
from app.core.actor import Actor
from app.core.db import Session
from app.core.paging import Body, Decorate, Listing, PageQuery, Where, list_page
from app.core.permissions import Permission
from app.models.break_glass import BreakGlassState
from app.services.access import record_read
from app.services.disputes.case import open_case, openers, record_case_read

#: Asks tell of cases: they are read as the case's role, and each list states its own scope.
ROLE, TABLE = "rollbook_case", "break_glass_asks"

_FACTS = {
    name: f"a.{name}"
    for name in ("id", "account_id", "dispute_id", "sealed", "answer_by", "approved_by", "opened_until")
}
_SORTS = {"created_at": ("a.created_at", "timestamptz")}
_SHARED = {"id": "a.id", "created_at": "utc(a.created_at)", "answer_by": "utc(a.answer_by)"}

OWN = Listing(
    resource="own_break_glass",
    source="break_glass_asks a",
    key="a.id",
    columns={
        **_SHARED,
        "opened_until": "utc(a.opened_until)",
    },
    sorts=_SORTS,
    facts=_FACTS,
)
_WITH_ASKER = "break_glass_asks a join accounts w on w.id = a.account_id"
_APPROVALS = "(a.approved_by is not null)::int + (a.opened_by is not null)::int"
WAITING = Listing(
    resource="break_glass",
    source=f"{_WITH_ASKER} join disputes d on d.id = a.dispute_id join branches b on b.id = d.branch_id",
    key="a.id",
    columns={**_SHARED, "account_id": "a.account_id", "account_name": "w.name", "approvals": _APPROVALS},
    sorts=_SORTS,
    facts={
        **_FACTS,
        "created_at": "a.created_at",
        "account_name": "w.name",
        "person_id": "w.person_id",
        "account_state": "w.state",
        "branch_id": "d.branch_id",
        "state": "d.state",
        "path": "b.path",
    },
)
TOLD = Listing(
    resource="told_break_glass",
    source=_WITH_ASKER,
    key="a.id",
    columns={
        **WAITING.columns,
        "opened_until": "utc(a.opened_until)",
        "refused": "a.refused_by is not null",
        "is_closed_to_asker": "walled_off(a.dispute_id, a.account_id, $1)",
    },
    sorts=_SORTS,
    facts=_FACTS,
)


class BreakGlassQuery(PageQuery):
    """Asks, the newest first."""


async def list_own_asks(session: Session, actor: Actor, query: BreakGlassQuery) -> Body:
    """A page of what the actor asked for. Raises `CursorInvalid`."""
    where = Where()
    where.add("a.account_id = {}", actor.account_id)
    return await _page(session, actor, OWN, where, query)


async def list_waiting_asks(session: Session, actor: Actor, query: BreakGlassQuery) -> Body:
    """A page of the asks that wait for the actor's word. Raises `CursorInvalid`. The read is logged."""
    await record_read(session, actor, "disputes", purpose="list:break_glass")
    return await _page(session, actor, WAITING, for_approval(actor), query)


async def list_asks_of_case(session: Session, actor: Actor, dispute_id: UUID, query: BreakGlassQuery) -> Body:
    """A page of who asked to be shown a case, for its receiver. Raises `NotFound`, `Forbidden`, `CursorInvalid`."""
    case = await open_case(session, actor, dispute_id, Permission.disputes_handle)
    await record_case_read(session, actor, case, "list:break_glass")
    where = Where()
    where.add("a.dispute_id = {}", case.id)
    return await _page(session, actor, TOLD, where, query, ("reference", "reason", "refusal"))


def for_approval(actor: Actor) -> Where:
    """The asks on which the actor may decide, of cases that are closed neither to them nor to the asker."""
    where = Where()
    where.add("a.opened_until is null and a.refused_by is null and {} < a.answer_by", clock.now())
    where.add("b.path && {}::uuid[]", sorted(actor.reach[Permission.disputes_approve]))
    where.add("{} <> all (array_remove(array[a.account_id, a.approved_by], null))", actor.account_id)
    where.add("(w.person_id is null or w.person_id is distinct from {}::uuid)", actor.person_id)
    where.add("not walled_off(a.dispute_id, {}, $1)", actor.account_id)
    where.add("not walled_off(a.dispute_id, a.account_id, $1)")
    return where


async def _page(
    session: Session,
    actor: Actor,
    listing: Listing,
    where: Where,
    query: PageQuery,
    shown: tuple[str, ...] = ("reference", "reason"),
) -> Body:
    async def prepare(rows: list[asyncpg.Record]) -> Decorate:
        texts = await openers(session, {row["dispute_id"] or actor.organisation_id for row in rows})

        def told(row: asyncpg.Record) -> dict[str, Any]:
            opened = texts.get(row["dispute_id"] or actor.organisation_id)
            said = opened(TABLE, row["id"], row["sealed"]) if opened else {}
            return {name: said.get(name) for name in shown} | ({"state": _state(row)} if listing is OWN else {})

        return told

    async with session.as_role(ROLE):
        return await list_page(session, actor, listing, where, query, sort="-created_at", prepare=prepare)


def _state(row: asyncpg.Record) -> BreakGlassState:
    """What its asker is told of an ask."""
    now = clock.now()
    if row["opened_until"] is not None:
        return BreakGlassState.opened if now < row["opened_until"] else BreakGlassState.over
    return BreakGlassState.waiting if now < row["answer_by"] else BreakGlassState.not_opened
