"""Processors: who uses data on the controller's behalf, and what their contracts say (UK GDPR art. 28)."""

from collections.abc import Mapping
from typing import Any, Literal
from uuid import UUID

import asyncpg
from pydantic import Field

from app.core import clock
from app.core.actor import Actor
from app.core.db import Session
from app.core.errors import Conflict, FieldError, Invalid, NotFound, PreconditionFailed
from app.core.paging import Answer, Body, Listing, PageQuery, Where, fetch_one, list_page
from app.models.processing import Processor, ProcessorTerm
from app.models.processing_shapes import ProcessorCreate, ProcessorUpdate, RegisterEnding
from app.services.changes import changed_fields
from app.services.matters import RESOURCE, note
from app.services.processing.activities import AlreadyEnded, must_handle
from app.services.processing.gaps import LIVE

HOME = "GB"
_PLAIN = (
    "id", "name", "service", "country", "safeguard", "safeguard_text", "contract_on", "review_on", "terms",
    "sub_processors", "ended_on", "version",
)  # fmt: skip
_ALL_TERMS = f"unnest(array[{', '.join(repr(term.value) for term in ProcessorTerm)}]) with ordinality wanted (term, n)"
_NAMED = "from processing_activities a where p.id = any (a.processor_ids)"
PROCESSORS = Listing(
    resource=RESOURCE,
    source="processors p",
    key="p.id",
    columns={
        **{name: f"p.{name}" for name in _PLAIN},
        "review_overdue": "p.ended_on is null and coalesce(p.review_on < $1, false)",
        "missing_terms": f"array(select term from {_ALL_TERMS} where term <> all (p.terms) order by n)",
        "activities": f"array(select a.key {_NAMED} and {LIVE} order by a.key)",
        "created_at": "utc(p.created_at)",
        "updated_at": "utc(p.updated_at)",
    },
    sorts={"name": ("p.name", "text"), "review_on": ("coalesce(p.review_on, 'infinity')", "date")},
    facts={name: f"p.{name}" for name in _PLAIN}
    | {"serves": f"exists (select {_NAMED} and (a.ended_on is null or $1 < a.ended_on))"},
)


class ProcessorInUse(Conflict):
    code = "processor_in_use"
    sentence = "A live activity names this processor: take it out there first."


class ProcessorsQuery(PageQuery):
    """What a list of processors can be narrowed and sorted by."""

    ended: bool = Field(default=False, description="Also those whose contract is over.")
    review_overdue: bool = Field(default=False, description="Those whose contract should have been looked at again.")
    terms_missing: bool = Field(default=False, description="Those whose contract lacks something of art. 28(3).")
    sort: Literal["name", "-name", "review_on", "-review_on"] = "name"


async def list_processors(session: Session, actor: Actor, query: ProcessorsQuery) -> Body:
    """A page of processors, for whoever is signed in. Raises `CursorInvalid`."""
    where = Where()
    if not query.ended:
        where.add("(p.ended_on is null or $1 < p.ended_on)")
    if query.review_overdue:
        where.add("p.ended_on is null and p.review_on < $1")
    if query.terms_missing:
        where.add(f"cardinality(p.terms) < {len(ProcessorTerm)}")
    return await list_page(session, actor, PROCESSORS, where, query, sort=query.sort)


async def get_processor(session: Session, actor: Actor, processor_id: UUID) -> Answer:
    """One processor, for whoever is signed in. Raises `NotFound`."""
    return _answer(await _find(session, actor, processor_id))


async def create_processor(session: Session, actor: Actor, data: ProcessorCreate) -> Answer:
    """Add a processor. Raises `Forbidden`, `Invalid`."""
    must_handle(actor)
    said = {**data.model_dump(), "sub_processors": data.model_dump(mode="json")["sub_processors"]}
    said["terms"] = sorted(set(data.terms))
    _must_stand(said)
    made = Processor(**said)
    await session.insert(made)
    await note(session, actor, made.id, "processor.created", fields=changed_fields(Processor, said))
    return await get_processor(session, actor, made.id)


async def update_processor(
    session: Session, actor: Actor, processor_id: UUID, data: ProcessorUpdate, *, version: int
) -> Answer:
    """Correct a processor or its contract. Raises `NotFound`, `Forbidden`, `PreconditionFailed`, `Invalid`."""
    must_handle(actor)
    row = await _hold(session, actor, processor_id, version)
    changes = data.changes()
    if "terms" in changes:
        changes["terms"] = sorted(set(changes["terms"]))
    if "sub_processors" in changes:
        changes["sub_processors"] = data.model_dump(mode="json")["sub_processors"]
    _must_stand({**row, **changes})
    await session.update(Processor, processor_id, changes)
    await note(session, actor, processor_id, "processor.updated", fields=changed_fields(Processor, changes, row))
    return await get_processor(session, actor, processor_id)


async def end_processor(
    session: Session, actor: Actor, processor_id: UUID, data: RegisterEnding, *, version: int | None
) -> Answer:
    """Record that a contract is over. Raises `ProcessorInUse`, and as `update_processor`."""
    must_handle(actor)
    row = await _hold(session, actor, processor_id, version)
    if row["serves"]:
        raise ProcessorInUse
    changes = {"ended_on": data.ended_on or clock.today()}
    await session.update(Processor, processor_id, changes)
    fields = {**changed_fields(Processor, changes, row), "reason": data.reason}
    await note(session, actor, processor_id, "processor.ended", fields=fields)
    return await get_processor(session, actor, processor_id)


async def _find(session: Session, actor: Actor, processor_id: UUID) -> asyncpg.Record:
    row = await fetch_one(session, actor, PROCESSORS, processor_id)
    if row is None:
        raise NotFound("processor")
    return row


async def _hold(session: Session, actor: Actor, processor_id: UUID, version: int | None) -> asyncpg.Record:
    await session.execute("select 1 from processors where id = $1 for update", processor_id)
    row = await _find(session, actor, processor_id)
    if version is not None and row["version"] != version:
        raise PreconditionFailed(_answer(row).body)
    if row["ended_on"] is not None:
        raise AlreadyEnded
    return row


def _must_stand(said: Mapping[str, Any]) -> None:
    """Raises `Invalid` with every place abroad to which nothing lets data go."""
    places = [("", said)] + [(f"/sub_processors/{n}", below) for n, below in enumerate(said["sub_processors"])]
    flaws = [
        FieldError(f"{at}/safeguard", "safeguard_required", "Say what lets data leave the United Kingdom.")
        for at, place in places
        if place["country"] != HOME and place["safeguard"] is None
    ]
    if flaws:
        raise Invalid(errors=tuple(flaws))


def _answer(row: asyncpg.Record) -> Answer:
    return Answer(row["id"], row["version"], row["json"].encode())
