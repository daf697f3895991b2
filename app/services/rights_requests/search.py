"""Searching a person: what every table holds of them becomes the items of their request, and the search log says where.

A search may be repeated. What it finds unchanged keeps what was decided of it; what it no longer finds stays an item,
since the request is for what was held when it came.
"""

from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from typing import Any
from uuid import UUID

from app.core import clock
from app.core.actor import Actor
from app.core.crypto import Key
from app.core.db import Session
from app.core.errors import Invalid
from app.core.ids import new_id
from app.core.paging import Answer, Body, Listing, PageQuery, Where, list_page
from app.core.text import email_key
from app.models.packages import ItemDecision, ItemKind, RequestItem, RequestSearch
from app.models.request_verbs import Ending
from app.services.disputes.receiving import seat_receiver
from app.services.envelopes import key_for, unseal_texts
from app.services.matters import (
    RESOURCE,
    ROLE,
    Held,
    answer_anew,
    begin_step,
    open_matter,
    record_matter_read,
    take_step,
)
from app.services.personal_data.pieces import Finding, PersonData, Piece, PieceKind, TableSearched
from app.services.personal_data.search import find_person_data
from app.services.personal_data.third_parties import find_third_parties, propose
from app.services.rights_requests.contents import Contents, open_contents, seal_contents
from app.services.rights_requests.facts import ACCESS_REQUEST

#: How long before the request's own safer day those have to answer who are asked for their part.
AHEAD = timedelta(days=10)

_KNOWN = "select id, number, sealed from request_items where request_id = $1 and kind <> 'outside' order by number"
_LAST = "select coalesce(max(number), 0) from request_items where request_id = $1"
_ALIKE = """
select count(*) from people p where p.erased_at is null and (p.email_key = $2
  or $1 in (lower(p.given_name || ' ' || p.family_name), lower(p.preferred_name || ' ' || p.family_name)))
"""

SEARCHES = Listing(
    resource=RESOURCE,
    source="request_searches s",
    key="s.id",
    columns={
        "id": "s.id",
        "created_at": "utc(s.created_at)",
        "account_id": "s.account_id",
        "on_day": "s.on_day",
        "tables": "(select coalesce(json_agg(json_build_object('table', t.key, 'rows', t.value::int) order by t.key), "
        "'[]') from jsonb_each(s.tables) t)",
    },
    sorts={"created_at": ("s.created_at", "timestamptz")},
)


_WALLED = (
    "select distinct wall_key from request_items where request_id = $1 and decision is null and wall_key is not null"
)
_PROCEDURES = """
select d.id, p.key from disputes d join procedures p on p.id = d.procedure_id where d.id = any ($1) order by d.id
"""


class SearchesQuery(PageQuery):
    """The search log, the latest search first."""


async def search_request(
    session: Session, actor: Actor, request_id: UUID, data: Ending, *, version: int | None = None
) -> Answer:
    """Search every table for the person of a request; for one who is not on record, for their name and address.

    Raises as `begin_step`, `Invalid`, and `NotFound` for one who was erased.
    """
    held = await begin_step(session, actor, ACCESS_REQUEST, request_id, "search", version=version)
    person_id: UUID | None = held.row["person_id"]
    if person_id is None:
        if data.text is None:
            raise Invalid.at("/text", "required", "Say how you looked for somebody who is not on record.")
        found = PersonData(searched=[await _look_for(session, held)])
    else:
        found = await find_person_data(session, person_id)
        findings = await find_third_parties(session, found.pieces, person_id)
    async with session.as_role(ROLE):
        if person_id is not None:
            await _keep(session, held, found.pieces, findings)
        await session.insert(
            RequestSearch(
                request_id=held.id,
                account_id=actor.account_id,
                on_day=clock.today(),
                tables={line.table: line.rows for line in found.searched},
            )
        )
        await _have_receivers(session, held)
    columns = {"searched_on": clock.today()}
    await take_step(session, actor, held, "search", columns=columns, texts={"text": data.text})
    return await answer_anew(session, actor, ACCESS_REQUEST, request_id)


async def _have_receivers(session: Session, held: Held) -> None:
    """Of what lies behind a wall the case's own people decide: one that has ended may have nobody any more."""
    cases = [row["wall_key"] for row in await session.fetch(_WALLED, held.id)]
    async with session.as_role("rollbook_case"):
        for row in await session.fetch(_PROCEDURES, cases):
            await seat_receiver(session, row["id"], row["key"])


async def list_searches(session: Session, actor: Actor, request_id: UUID, query: SearchesQuery) -> Body:
    """The search log of a request. Raises `Forbidden`, `NotFound`, `CursorInvalid`. The read is logged."""
    held = await open_matter(session, actor, ACCESS_REQUEST, request_id)
    await record_matter_read(session, actor, held.id, purpose="searches")
    where = Where()
    where.add("s.request_id = {}", held.id)
    return await list_page(session, actor, SEARCHES, where, query, sort="-created_at")


async def _look_for(session: Session, held: Held) -> TableSearched:
    """How many on record have the name or the address that the request gives: of whom it is none, so it was judged."""
    said = await unseal_texts(session, held.id, "rights_requests", held.id, held.row["sealed"])
    async with session.as_role(ROLE):
        rows = await session.fetchval(_ALIKE, said.get("name", "").lower(), email_key(said.get("email") or ""))
    return TableSearched("people", rows)


async def _keep(session: Session, held: Held, pieces: Sequence[Piece], findings: Mapping[str, list[Finding]]) -> None:
    """Make items of the pieces, and renew those that have changed. Needs the role `rollbook_privacy`."""
    key = (await key_for(session, held.row["person_id"])).key
    known: dict[str, tuple[UUID, Contents]] = {}
    for row in await session.fetch(_KNOWN, held.id):
        contents = open_contents(key, row["id"], row["sealed"])
        known[contents.key] = (row["id"], contents)
    number = await session.fetchval(_LAST, held.id)
    for piece in pieces:
        others = findings.get(piece.key, [])
        contents = Contents.of(piece, others)
        before = known.get(piece.key)
        if before is not None and before[1].says_the_same(contents):
            continue
        columns = _columns(held, piece, others)
        if before is not None:
            sealed = {"sealed": seal_contents(key, before[0], contents)}
            undone = {"exemption": None, "decided_by": None}
            await session.update(RequestItem, before[0], {**columns, **undone, **sealed})
            continue
        number += 1
        await _add(session, key, held, number, columns, contents)


async def _add(
    session: Session, key: Key, held: Held, number: int, columns: Mapping[str, Any], contents: Contents
) -> None:
    item_id = new_id()
    sealed = seal_contents(key, item_id, contents)
    await session.insert(RequestItem(id=item_id, request_id=held.id, number=number, sealed=sealed, **columns))


def _columns(held: Held, piece: Piece, findings: Sequence[Finding]) -> dict[str, Any]:
    proposal = propose(piece, findings)
    # What was formally disclosed to somebody goes in by rule; of the rest of a case its own people decide.
    wall_key = None if piece.kind is PieceKind.disclosed else piece.wall_key
    # A file has not been read by anything.
    by_rule = proposal is ItemDecision.release and wall_key is None and piece.file_id is None
    return {
        "wall_key": wall_key,
        "kind": ItemKind.row if piece.file_id is None else ItemKind.file,
        "source": piece.table,
        "row_id": piece.row_id,
        "file_id": piece.file_id,
        "proposal": proposal,
        "decision": ItemDecision.release if by_rule else None,
        "decide_by": None if wall_key is None else ahead_of(held),
    }


def ahead_of(held: Held) -> date | None:
    """By when somebody who is asked for their part should answer: before the request's own safer day, and not past."""
    due_on: date | None = held.row["internal_due_on"]
    return max(clock.today(), due_on - AHEAD) if due_on is not None else None
