"""The ties of a power analysis: what binds one actor to another, how much weight it bears, and how it is known."""

from collections.abc import Mapping
from typing import Any, Literal
from uuid import UUID

import asyncpg
from pydantic import Field

from app.core.actor import Actor
from app.core.db import Session
from app.core.errors import Conflict, Invalid, NotFound, PreconditionFailed
from app.core.paging import Answer, Body, Decorate, Listing, PageQuery, Where, fetch_one, list_page, with_fields
from app.models.power_analyses import PowerTie, PowerTieKind
from app.models.power_analyses_shapes import MOST_TIES, PowerTieAdd, PowerTieUpdate
from app.services.envelopes import seal_texts, texts_of_subjects
from app.services.power_analyses import NOUN, hold_draft
from app.services.power_analyses_actors import sees_people
from app.services.unit_records import Held, answer_anew, note, read_record

TABLE = "power_ties"
_PLAIN = ("id", "analysis_id", "from_actor_id", "to_actor_id", "kind", "strength", "version")
_PERSON = "coalesce(t.from_person_id, t.to_person_id)"
TIES = Listing(
    resource="organising",
    source="power_ties t",
    key="t.id",
    columns={
        **{name: f"t.{name}" for name in _PLAIN},
        "created_at": "utc(t.created_at)",
        "updated_at": "utc(t.updated_at)",
    },
    sorts={"strength": ("t.strength", "int"), "created_at": ("t.created_at", "timestamptz")},
    facts={
        **{name: f"t.{name}" for name in _PLAIN},
        "sealed": "t.sealed",
        "person_id": _PERSON,
        "subject": f"coalesce({_PERSON}, t.analysis_id)",
    },
)


class PowerTiesQuery(PageQuery):
    """Which ties, the strongest first."""

    kind: PowerTieKind | None = None
    actor_id: UUID | None = Field(default=None, description="Those from this actor, and those to it.")
    sort: Literal["strength", "-strength", "created_at", "-created_at"] = "-strength"


class TooManyTies(Conflict):
    code = "too_many_ties"
    sentence = "There is room for {limit} ties on a map."


class TieKnown(Conflict):
    code = "tie_known"
    sentence = "A tie of this kind leads from the one to the other already."


async def list_ties(session: Session, actor: Actor, analysis_id: UUID, query: PowerTiesQuery) -> Body:
    """A page of the ties of an analysis. Raises `NotFound`, `CursorInvalid`."""
    held = await read_record(session, actor, NOUN, analysis_id, "ties")
    where = Where()
    where.add("t.analysis_id = {}", held.id)
    if query.kind is not None:
        where.add("t.kind = {}", query.kind)
    if query.actor_id is not None:
        where.add("{} in (t.from_actor_id, t.to_actor_id)", query.actor_id)

    async def prepare(rows: list[asyncpg.Record]) -> Decorate:
        return _telling(await _texts(session, rows), opens=sees_people(actor, held))

    return await list_page(session, actor, TIES, where, query, sort=query.sort, prepare=prepare)


async def add_tie(session: Session, actor: Actor, analysis_id: UUID, data: PowerTieAdd) -> Answer:
    """Bind one actor to another. Raises as `hold_draft`, `Invalid`, `TieKnown`, `TooManyTies`."""
    held = await hold_draft(session, actor, analysis_id)
    if data.from_actor_id == data.to_actor_id:
        raise Invalid.at("/to_actor_id", "tie_to_oneself", "A tie leads from one actor to another.")
    if held.row["ties"] >= MOST_TIES:
        raise TooManyTies(limit=MOST_TIES)
    ends = [data.from_actor_id, data.to_actor_id]
    actors = "select id, person_id from power_actors where analysis_id = $1 and id = any ($2)"
    people = {row["id"]: row["person_id"] for row in await session.fetch(actors, held.id, ends)}
    for pointer, end in (("/from_actor_id", data.from_actor_id), ("/to_actor_id", data.to_actor_id)):
        if end not in people:
            raise Invalid.at(pointer, "unknown_id", "Name an actor of this analysis.")
    same = "select true from power_ties where from_actor_id = $1 and to_actor_id = $2 and kind = $3"
    if await session.fetchval(same, *ends, data.kind):
        raise TieKnown
    tie = PowerTie(
        **data.model_dump(exclude={"evidence"}),
        analysis_id=held.id,
        from_person_id=people[data.from_actor_id],
        to_person_id=people[data.to_actor_id],
        sealed=b"",
    )
    subject = tie.from_person_id or tie.to_person_id or held.id
    tie.sealed = await seal_texts(session, subject, TABLE, tie.id, {"evidence": data.evidence})
    await session.insert(tie)
    await _note(session, actor, held, "tie_added")
    return await _answer(session, actor, held, tie.id)


async def update_tie(
    session: Session, actor: Actor, analysis_id: UUID, tie_id: UUID, data: PowerTieUpdate, *, version: int
) -> Answer:
    """Weigh a tie anew. Raises as `hold_draft`, `NotFound`, `PreconditionFailed`."""
    held = await hold_draft(session, actor, analysis_id)
    row = await _row(session, actor, held, tie_id)
    if row["version"] != version:
        raise PreconditionFailed((await _answer(session, actor, held, tie_id)).body)
    changes = data.changes()
    if "evidence" in changes:
        said = {"evidence": changes.pop("evidence")}
        changes["sealed"] = await seal_texts(session, row["subject"], TABLE, tie_id, said)
    if changes:
        await session.update(PowerTie, tie_id, changes)
        await _note(session, actor, held, "tie_changed")
    return await _answer(session, actor, held, tie_id)


async def remove_tie(session: Session, actor: Actor, analysis_id: UUID, tie_id: UUID) -> Answer:
    """Take a tie off the map. Raises as `hold_draft`, `NotFound`."""
    held = await hold_draft(session, actor, analysis_id)
    await _row(session, actor, held, tie_id)
    await session.execute("delete from power_ties where id = $1", tie_id)
    await _note(session, actor, held, "tie_removed")
    return await answer_anew(session, actor, NOUN, held.id)


async def _row(session: Session, actor: Actor, held: Held, tie_id: UUID) -> asyncpg.Record:
    row = await fetch_one(session, actor, TIES, tie_id)
    if row is None or row["analysis_id"] != held.id:
        raise NotFound("tie")
    return row


async def _answer(session: Session, actor: Actor, held: Held, tie_id: UUID) -> Answer:
    row = await _row(session, actor, held, tie_id)
    told = _telling(await _texts(session, [row]), opens=sees_people(actor, held))(row)
    return Answer(tie_id, row["version"], with_fields(row["json"], told))


async def _texts(session: Session, rows: list[asyncpg.Record]) -> Mapping[UUID, Mapping[str, Any]]:
    return await texts_of_subjects(session, TABLE, {row["id"]: (row["subject"], row["sealed"]) for row in rows})


def _telling(said: Mapping[UUID, Mapping[str, Any]], *, opens: bool) -> Decorate:
    def tell(row: asyncpg.Record) -> Mapping[str, Any]:
        shown = opens or row["person_id"] is None
        return {"evidence": said[row["id"]].get("evidence") if shown else None}

    return tell


async def _note(session: Session, actor: Actor, held: Held, what: str) -> None:
    await note(session, actor, NOUN, held.id, held.branch_id, f"{NOUN.key}.{what}")
