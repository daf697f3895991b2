"""Panels, meetings, sanctions and appeals, as lists for the people of a case."""

from typing import Any
from uuid import UUID

import asyncpg

from app.core.actor import Actor
from app.core.db import Session
from app.core.paging import Body, Decorate, Listing, PageQuery, Where, list_page
from app.core.permissions import Permission
from app.services.disputes.case import open_case, opener, record_case_read

_SEATS = """
(select coalesce(json_agg(json_build_object('part_id', t.id, 'part', t.part, 'account_id', t.account_id,
  'since', utc(t.created_at), 'ended_at', utc(t.ended_at), 'recused', t.recused) order by t.id), '[]')
 from dispute_parts t where t.panel_id = x.id)
"""
_ABSENT = """
case when x.kind = 'hearing' and x.state = 'held' then array(
  select p.id from dispute_parties p where p.dispute_id = x.dispute_id and p.role = 'respondent' and p.struck_at is null
  and p.id <> all (x.present_party_ids) order by p.id) else '{}' end
"""


def _listing(table: str, columns: tuple[str, ...], *, sealed: bool = True, **made: str) -> Listing:
    shown = {name: f"x.{name}" for name in ("id", *columns)} | made | {"version": "x.version"}
    facts = {"id": "x.id", "version": "x.version", "dispute_id": "x.dispute_id", "sealed": "x.sealed"} if sealed else {}
    source = f"{table} x"
    return Listing("disputes", source, shown, {"id": ("x.id", "uuid")}, "x.id", facts=facts)


PANELS = _listing(
    "dispute_panels",
    ("kind", "body_key", "listed_on"),
    sealed=False,
    dissolved_at="utc(x.dissolved_at)",
    seats=_SEATS,
)
MEETINGS = _listing(
    "dispute_meetings",
    ("panel_id", "kind", "state", "held_on", "agreed_shorter", "present_part_ids", "present_party_ids"),
    starts_at="utc(x.starts_at)",
    absent_party_ids=_ABSENT,
    created_at="utc(x.created_at)",
    updated_at="utc(x.updated_at)",
)
SANCTIONS = _listing(
    "sanctions",
    ("party_id", "kind", "months", "starts_on", "ends_on"),
    sealed=False,
    standing="case when x.state = 'in_force' and x.ends_on <= $1 then 'spent' else x.state end",
)
APPEALS = _listing(
    "dispute_appeals",
    ("party_id", "against", "state", "lodged_on", "due_on", "late", "admitted", "decided_on"),
)
#: The sealed texts of each, in the order of its shape.
MEETING_TEXTS = ("place", "adjustments", "companions", "shorter_notice_agreement", "minutes", "reasons")
APPEAL_TEXTS = ("text", "discretion", "reasons")


async def list_panels(session: Session, actor: Actor, dispute_id: UUID, query: PageQuery) -> Body:
    """A page of a case's panels with their seats. Raises `NotFound`, `CursorInvalid`. The read is logged."""
    return await _list(session, actor, dispute_id, query, PANELS, Permission.disputes_read, "panels")


async def list_meetings(session: Session, actor: Actor, dispute_id: UUID, query: PageQuery) -> Body:
    """A page of a case's meetings. Raises `NotFound`, `Forbidden`, `CursorInvalid`. The read is logged."""
    return await _list(
        session, actor, dispute_id, query, MEETINGS, Permission.disputes_examine, "meetings", MEETING_TEXTS
    )


async def list_sanctions(session: Session, actor: Actor, dispute_id: UUID, query: PageQuery) -> Body:
    """A page of a case's sanctions, the spent and the quashed too. Raises as `list_meetings`. The read is logged."""
    return await _list(session, actor, dispute_id, query, SANCTIONS, Permission.disputes_examine, "sanctions")


async def list_appeals(session: Session, actor: Actor, dispute_id: UUID, query: PageQuery) -> Body:
    """A page of a case's appeals. Raises as `list_meetings`. The read is logged."""
    return await _list(session, actor, dispute_id, query, APPEALS, Permission.disputes_examine, "appeals", APPEAL_TEXTS)


async def _list(
    session: Session,
    actor: Actor,
    dispute_id: UUID,
    query: PageQuery,
    listing: Listing,
    permission: Permission,
    purpose: str,
    names: tuple[str, ...] = (),
) -> Body:
    case = await open_case(session, actor, dispute_id, permission)
    await record_case_read(session, actor, case, purpose)
    where = Where()
    where.add("x.dispute_id = {}", dispute_id)
    table = listing.source.partition(" ")[0]

    async def prepare(_rows: list[asyncpg.Record]) -> Decorate:
        texts = await opener(session, dispute_id)

        def told(row: asyncpg.Record) -> dict[str, Any]:
            said = texts(table, row["id"], row["sealed"])
            return {name: said.get(name) for name in names}

        return told

    return await list_page(session, actor, listing, where, query, sort="id", prepare=prepare if names else None)
