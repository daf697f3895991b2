"""What somebody asked for who has a right to their data, and what lies behind the wall of a case.

The data-protection team does not see it, only how much there is. The case's own people decide, and get to know no more
of the request than that.
"""

from uuid import UUID

import asyncpg
from pydantic import Field

from app.core.actor import Actor
from app.core.db import Session
from app.core.errors import NotFound, PreconditionFailed
from app.core.paging import Answer, Body, Listing, PageQuery, Where, fetch_one, list_page, with_fields
from app.core.permissions import Permission
from app.models.package_verbs import ItemDecide
from app.models.packages import ItemDecision, RequestItem
from app.services.disputes import case as cases
from app.services.disputes.case import Case, hold_case, open_case, record_case_read
from app.services.envelopes import key_for
from app.services.matters import ROLE, note
from app.services.rights_requests.contents import chosen, open_contents, seal_contents
from app.services.rights_requests.items import decision_columns, must_be_decidable

DISCLOSURE_ITEMS = Listing(
    resource="disputes",
    source="request_items i",
    key="i.id",
    columns={
        "id": "i.id",
        "kind": "i.kind",
        "source": "i.source",
        "proposal": "i.proposal",
        "decision": "i.decision",
        "exemption": "i.exemption",
        "decided_by": "i.decided_by",
        "decide_by": "i.decide_by",
        "version": "i.version",
        "created_at": "utc(i.created_at)",
        "updated_at": "utc(i.updated_at)",
    },
    sorts={"created_at": ("i.created_at", "timestamptz")},
    facts={
        "id": "i.id",
        "version": "i.version",
        "request_id": "i.request_id",
        "wall_key": "i.wall_key",
        "sealed": "i.sealed",
    },
)
_REQUEST = "select state, person_id from rights_requests where id = $1"


class DisclosureItemsQuery(PageQuery):
    """Which items of a case, in the order in which they were found."""

    undecided: bool | None = Field(default=None, description="Only those of which nobody has decided; or the others.")


async def list_disclosure_items(session: Session, actor: Actor, dispute_id: UUID, query: DisclosureItemsQuery) -> Body:
    """A page of what was asked for of a case. Raises `NotFound`, `Forbidden`, `CursorInvalid`. The read is logged."""
    case = await open_case(session, actor, dispute_id, Permission.disputes_handle)
    await record_case_read(session, actor, case, "disclosure_items")
    where = Where()
    where.add("i.wall_key = {}", case.id)
    if query.undecided is not None:
        where.add("(i.decision is null) = {}", query.undecided)
    return await list_page(session, actor, DISCLOSURE_ITEMS, where, query, sort="created_at")


async def get_disclosure_item(session: Session, actor: Actor, dispute_id: UUID, item_id: UUID) -> Answer:
    """One of them with what it says. Raises `NotFound`, `Forbidden`, `KeyDestroyed`. The read is logged."""
    case = await open_case(session, actor, dispute_id, Permission.disputes_handle)
    await record_case_read(session, actor, case, "disclosure_items")
    return await _answer(session, actor, case, item_id)


async def decide_disclosure_item(
    session: Session,
    actor: Actor,
    dispute_id: UUID,
    item_id: UUID,
    data: ItemDecide,
    *,
    version: int | None = None,
) -> Answer:
    """Decide of one of them, or decide anew. Raises as `hold_case`, `decide_item`, and `ActionNotAllowed`."""
    case = await hold_case(session, actor, dispute_id, Permission.disputes_handle)
    row = await _find(session, actor, case, item_id)
    if version is not None and row["version"] != version:
        raise PreconditionFailed((await _answer(session, actor, case, item_id)).body)
    async with session.as_role(ROLE):
        # Against the team, which may be giving the package at this very moment.
        request = await session.fetchrow(f"{_REQUEST} for update", row["request_id"])
        assert request is not None
        must_be_decidable(request)
    key = (await key_for(session, request["person_id"])).key
    contents = open_contents(key, item_id, row["sealed"])
    redactions = chosen(contents, data.redactions) if data.decision is ItemDecision.redact else []
    sealed = seal_contents(key, item_id, contents.decided(redactions, data.reason))
    await session.update(RequestItem, item_id, decision_columns(actor, data, sealed))
    await note(session, actor, row["request_id"], "rights_request.items_decided", fields={"items": 1})
    await cases.note(session, actor, case, "dispute.disclosure_decided", fields={"item_id": str(item_id)})
    return await _answer(session, actor, case, item_id)


async def _find(session: Session, actor: Actor, case: Case, item_id: UUID) -> asyncpg.Record:
    row = await fetch_one(session, actor, DISCLOSURE_ITEMS, item_id)
    if row is None or row["wall_key"] != case.id:
        raise NotFound("item")
    return row


async def _answer(session: Session, actor: Actor, case: Case, item_id: UUID) -> Answer:
    row = await _find(session, actor, case, item_id)
    async with session.as_role(ROLE):
        person_id = await session.fetchval("select person_id from rights_requests where id = $1", row["request_id"])
    contents = open_contents((await key_for(session, person_id)).key, item_id, row["sealed"])
    return Answer(item_id, row["version"], with_fields(row["json"], contents.shown()))
