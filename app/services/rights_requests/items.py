"""The items of a request, decided one by one: given whole, with parts blacked out, or withheld by an exemption.

What lies behind the wall of a case is not here: its own people decide of it (`disclosure_items`).
"""

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

import asyncpg
from pydantic import Field

from app.core.actor import Actor
from app.core.db import Session
from app.core.errors import Invalid, NotFound, PreconditionFailed
from app.core.lifecycle import WRONG_STATE, ActionNotAllowed
from app.core.paging import Answer, Body, Listing, PageQuery, Where, fetch_one, list_page, with_fields
from app.models.package_verbs import ItemDecide, ItemsDecide, NothingHeld, Redaction
from app.models.packages import ItemDecision, ItemKind, RequestItem
from app.models.request_reads import RequestItemCounts
from app.models.request_verbs import Ending
from app.models.rights_requests import RequestState
from app.services.envelopes import key_for
from app.services.matters import (
    RESOURCE,
    Held,
    answer_anew,
    begin_step,
    hold_matter,
    note,
    open_matter,
    record_matter_read,
    take_step,
)
from app.services.personal_data.pieces import Finding
from app.services.rights_requests.acts import end_request
from app.services.rights_requests.contents import Contents, chosen, open_contents, seal_contents
from app.services.rights_requests.facts import ACCESS_REQUEST

#: In which states of a request its items are decided.
DECIDED_IN = frozenset({RequestState.searching, RequestState.review})

ITEMS = Listing(
    resource=RESOURCE,
    source="request_items i",
    key="i.id",
    columns={
        "id": "i.id",
        "number": "i.number",
        "kind": "i.kind",
        "source": "i.source",
        "row_id": "i.row_id",
        "file_id": "i.file_id",
        "proposal": "i.proposal",
        "decision": "i.decision",
        "exemption": "i.exemption",
        "by_rule": "i.decision is not null and i.decided_by is null",
        "decided_by": "i.decided_by",
        "version": "i.version",
        "created_at": "utc(i.created_at)",
        "updated_at": "utc(i.updated_at)",
    },
    sorts={"number": ("i.number", "int")},
    facts={
        "id": "i.id",
        "version": "i.version",
        "request_id": "i.request_id",
        "wall_key": "i.wall_key",
        "file_id": "i.file_id",
        "sealed": "i.sealed",
    },
)


class RequestItemsQuery(PageQuery):
    """Which items of a request, by their number."""

    undecided: bool | None = Field(default=None, description="Only those of which nobody has decided; or the others.")
    decision: ItemDecision | None = Field(default=None, description="Only those of which this was decided.")
    kind: ItemKind | None = Field(default=None, description="Only rows, only files, or only what came from outside.")
    source: str | None = Field(default=None, max_length=100, description="Only those from this table or place.")


async def list_items(session: Session, actor: Actor, request_id: UUID, query: RequestItemsQuery) -> Body:
    """A page of what was found for a request. Raises `Forbidden`, `NotFound`, `CursorInvalid`. The read is logged."""
    held = await open_matter(session, actor, ACCESS_REQUEST, request_id)
    await record_matter_read(session, actor, held.id, purpose="items")
    where = Where()
    where.add("i.request_id = {} and i.wall_key is null", held.id)
    if query.undecided is not None:
        where.add("(i.decision is null) = {}", query.undecided)
    for name in ("decision", "kind", "source"):
        if (value := getattr(query, name)) is not None:
            where.add(f"i.{name} = {{}}", value)
    return await list_page(session, actor, ITEMS, where, query, sort="number")


async def get_item(session: Session, actor: Actor, request_id: UUID, item_id: UUID) -> Answer:
    """An item with what it says. Raises `Forbidden`, `NotFound`, `KeyDestroyed`. The read is logged."""
    held = await open_matter(session, actor, ACCESS_REQUEST, request_id)
    await record_matter_read(session, actor, held.id, purpose="item")
    return await answer_item(session, actor, held, item_id)


async def decide_item(
    session: Session,
    actor: Actor,
    request_id: UUID,
    item_id: UUID,
    data: ItemDecide,
    *,
    version: int | None = None,
) -> Answer:
    """Decide of one item, or decide anew. Raises `Invalid`, `NothingLeft`, and as `hold_matter`."""
    held = await hold_for_deciding(session, actor, request_id)
    row = await find_item(session, actor, held, item_id)
    if version is not None and row["version"] != version:
        raise PreconditionFailed((await answer_item(session, actor, held, item_id)).body)
    key = (await key_for(session, held.row["person_id"])).key
    contents = open_contents(key, item_id, row["sealed"])
    decided = contents.decided(_redactions(row, contents, data.decision, data.redactions), data.reason)
    await session.update(RequestItem, item_id, decision_columns(actor, data, seal_contents(key, item_id, decided)))
    await note(session, actor, held.id, "rights_request.items_decided", fields={"items": 1})
    return await answer_item(session, actor, held, item_id)


async def decide_items(session: Session, actor: Actor, request_id: UUID, data: ItemsDecide) -> RequestItemCounts:
    """Decide the same of many items at once. Raises as `decide_item`: either all of them are decided or none."""
    held = await hold_for_deciding(session, actor, request_id)
    key = (await key_for(session, held.row["person_id"])).key
    for number, item_id in enumerate(dict.fromkeys(data.item_ids)):
        row = await fetch_one(session, actor, ITEMS, item_id)
        if row is None or row["request_id"] != held.id or row["wall_key"] is not None:
            raise Invalid.at(f"/item_ids/{number}", "no_such_item", "Name items of this request.")
        contents = open_contents(key, item_id, row["sealed"])
        decided = contents.decided(_redactions(row, contents, data.decision, None), data.reason)
        sealed = seal_contents(key, item_id, decided)
        await session.update(RequestItem, item_id, decision_columns(actor, data, sealed))
    await note(session, actor, held.id, "rights_request.items_decided", fields={"items": len(set(data.item_ids))})
    after = await open_matter(session, actor, ACCESS_REQUEST, request_id)
    return RequestItemCounts(**{name: after.row[name] for name in RequestItemCounts.model_fields})


async def review_request(
    session: Session, actor: Actor, request_id: UUID, data: Ending, *, version: int | None = None
) -> Answer:
    """Say that everything has been searched, here and elsewhere. Raises as `begin_step`."""
    held = await begin_step(session, actor, ACCESS_REQUEST, request_id, "review", version=version)
    await take_step(session, actor, held, "review", texts={"text": data.text})
    return await answer_anew(session, actor, ACCESS_REQUEST, request_id)


async def close_nothing_held(
    session: Session, actor: Actor, request_id: UUID, data: NothingHeld, *, version: int | None = None
) -> Answer:
    """Answer that nothing is held. Raises as `begin_step`."""
    held = await begin_step(session, actor, ACCESS_REQUEST, request_id, "close_nothing_held", version=version)
    return await end_request(session, actor, held, "close_nothing_held", {}, {"text": data.text})


def decision_columns(actor: Actor, data: ItemDecide | ItemsDecide, sealed: bytes) -> dict[str, Any]:
    return {
        "decision": data.decision,
        "exemption": data.exemption,
        "decided_by": actor.account_id,
        "sealed": sealed,
    }


def must_be_decidable(request: Mapping[str, Any]) -> None:
    """Raises `ActionNotAllowed` where the package is not being put together."""
    if request["state"] not in DECIDED_IN:
        raise ActionNotAllowed(action="decide", state=request["state"], reason_code=WRONG_STATE)


def _redactions(
    row: Mapping[str, Any], contents: Contents, decision: ItemDecision, said: Sequence[Redaction] | None
) -> Sequence[Finding]:
    """What is blacked out of an item; of one with a file there must be a copy to be given in its place."""
    if decision is not ItemDecision.redact:
        return []
    if row["file_id"] is not None and contents.copy_id is None:
        raise Invalid.at("/decision", "redacted_copy_missing", "Send a redacted copy of its file first.")
    if contents.copy_id is not None and said is None:
        return contents.guesses()
    return chosen(contents, said)


async def hold_for_deciding(session: Session, actor: Actor, request_id: UUID) -> Held:
    """A request whose package is being put together. Raises as `hold_matter`, and `ActionNotAllowed`."""
    held = await hold_matter(session, actor, ACCESS_REQUEST, request_id)
    must_be_decidable(held.row)
    return held


async def find_item(session: Session, actor: Actor, held: Held, item_id: UUID) -> asyncpg.Record:
    """An item of this very request, in front of every wall. Raises `NotFound`."""
    row = await fetch_one(session, actor, ITEMS, item_id)
    if row is None or row["request_id"] != held.id or row["wall_key"] is not None:
        raise NotFound("item")
    return row


async def answer_item(session: Session, actor: Actor, held: Held, item_id: UUID) -> Answer:
    """An item with what it says. Raises `NotFound`, `KeyDestroyed`."""
    row = await find_item(session, actor, held, item_id)
    contents: Contents = open_contents((await key_for(session, held.row["person_id"])).key, item_id, row["sealed"])
    return Answer(item_id, row["version"], with_fields(row["json"], contents.shown()))
