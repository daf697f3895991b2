"""The actors of a power analysis: who is on the map, how much they can move, and where they stand."""

from collections.abc import Mapping
from typing import Any, Literal
from uuid import UUID

import asyncpg

from app.core.actor import Actor
from app.core.db import Session
from app.core.errors import Conflict, Invalid, NotFound, PreconditionFailed
from app.core.paging import Answer, Body, Decorate, Listing, PageQuery, Where, fetch_one, list_page, with_fields
from app.core.permissions import Permission
from app.models.power_analyses import PowerActor, PowerActorKind
from app.models.power_analyses_shapes import MOST_ACTORS, PowerActorAdd, PowerActorUpdate
from app.services.contacts import must_see_person
from app.services.envelopes import seal_texts, texts_of_subjects
from app.services.guardians import must_have_guardian
from app.services.power_analyses import NOUN, hold_draft
from app.services.unit_records import Held, answer_anew, must_see, note, read_record

TABLE = "power_actors"
#: What is on record is called what it is called there, as far as the reader sees it; `us` alone is the unit.
NAME = """coalesce(a.name,
  (select d.name from decision_makers d where d.id = a.decision_maker_id),
  (select o.name from organisations o where o.id = a.organisation_id),
  (select p.given_name || ' ' || p.family_name from people p where p.id = a.person_id),
  (select b.name from power_analyses w join branches b on b.id = w.branch_id
   where w.id = a.analysis_id and a.kind = 'us' and a.organisation_id is null and a.person_id is null))"""

_PLAIN = (
    "id", "analysis_id", "kind", "decision_maker_id", "organisation_id", "person_id", "influence", "position",
    "version",
)  # fmt: skip
ACTORS = Listing(
    resource="organising",
    source="power_actors a",
    key="a.id",
    columns={
        **{name: f"a.{name}" for name in _PLAIN},
        "name": NAME,
        "created_at": "utc(a.created_at)",
        "updated_at": "utc(a.updated_at)",
    },
    sorts={"influence": ("a.influence", "int"), "created_at": ("a.created_at", "timestamptz")},
    facts={
        **{name: f"a.{name}" for name in _PLAIN},
        "said_name": "a.name",
        "sealed": "a.sealed",
        "subject": "coalesce(a.person_id, a.analysis_id)",
    },
)


class PowerActorsQuery(PageQuery):
    """Which actors, the most influential first."""

    kind: PowerActorKind | None = None
    sort: Literal["influence", "-influence", "created_at", "-created_at"] = "-influence"


class TooManyActors(Conflict):
    code = "too_many_actors"
    sentence = "There is room for {limit} actors on a map."


class ActorKnown(Conflict):
    code = "actor_known"
    sentence = "They are on this map already."


async def list_actors(session: Session, actor: Actor, analysis_id: UUID, query: PowerActorsQuery) -> Body:
    """A page of the actors of an analysis. Raises `NotFound`, `CursorInvalid`."""
    held = await read_record(session, actor, NOUN, analysis_id, "actors")
    where = Where()
    where.add("a.analysis_id = {}", held.id)
    if query.kind is not None:
        where.add("a.kind = {}", query.kind)

    async def prepare(rows: list[asyncpg.Record]) -> Decorate:
        return _telling(await _texts(session, rows), opens=sees_people(actor, held))

    return await list_page(session, actor, ACTORS, where, query, sort=query.sort, prepare=prepare)


async def add_actor(session: Session, actor: Actor, analysis_id: UUID, data: PowerActorAdd) -> Answer:
    """Put somebody or something on the map. Raises as `hold_draft`, `Invalid`, `ActorKnown`, `TooManyActors`."""
    held = await hold_draft(session, actor, analysis_id)
    if held.row["actors"] >= MOST_ACTORS:
        raise TooManyActors(limit=MOST_ACTORS)
    await must_see(session, "decision_makers", data.decision_maker_id, "/decision_maker_id")
    await must_see(session, "organisations", data.organisation_id, "/organisation_id")
    if data.person_id is not None:
        await must_see_person(session, data.person_id, "/person_id")
        await must_have_guardian(session, data.person_id, "/person_id")
    known = (
        "select true from power_actors where analysis_id = $1 "
        "and (decision_maker_id = $2 or organisation_id = $3 or person_id = $4)"
    )
    if await session.fetchval(known, held.id, data.decision_maker_id, data.organisation_id, data.person_id):
        raise ActorKnown
    row = PowerActor(**data.model_dump(exclude={"interests"}), analysis_id=held.id, sealed=b"")
    row.sealed = await seal_texts(session, row.person_id or held.id, TABLE, row.id, {"interests": data.interests})
    await session.insert(row)
    await _note(session, actor, held, "actor_added")
    return await _answer(session, actor, held, row.id)


async def update_actor(
    session: Session, actor: Actor, analysis_id: UUID, actor_id: UUID, data: PowerActorUpdate, *, version: int
) -> Answer:
    """Place an actor anew. Raises as `hold_draft`, `NotFound`, `PreconditionFailed`, `Invalid`."""
    held = await hold_draft(session, actor, analysis_id)
    row = await _row(session, actor, held, actor_id)
    if row["version"] != version:
        raise PreconditionFailed((await _answer(session, actor, held, actor_id)).body)
    changes = data.changes()
    if "name" in changes and row["said_name"] is None:
        raise Invalid.at("/name", "named_by_record", "This actor is called what it is called on its record.")
    if "interests" in changes:
        said = {"interests": changes.pop("interests")}
        changes["sealed"] = await seal_texts(session, row["subject"], TABLE, actor_id, said)
    if changes:
        await session.update(PowerActor, actor_id, changes)
        await _note(session, actor, held, "actor_changed")
    return await _answer(session, actor, held, actor_id)


async def remove_actor(session: Session, actor: Actor, analysis_id: UUID, actor_id: UUID) -> Answer:
    """Take an actor off the map, with all its ties. Raises as `hold_draft`, `NotFound`."""
    held = await hold_draft(session, actor, analysis_id)
    await _row(session, actor, held, actor_id)
    await session.execute("delete from power_ties where from_actor_id = $1 or to_actor_id = $1", actor_id)
    await session.execute("delete from power_actors where id = $1", actor_id)
    await _note(session, actor, held, "actor_removed")
    return await answer_anew(session, actor, NOUN, held.id)


def sees_people(actor: Actor, held: Held) -> bool:
    """Whether what is said of people of ours may be told: it is as personal as a one-to-one."""
    return actor.can(Permission.meetings_read, held.path)


async def _row(session: Session, actor: Actor, held: Held, actor_id: UUID) -> asyncpg.Record:
    row = await fetch_one(session, actor, ACTORS, actor_id)
    if row is None or row["analysis_id"] != held.id:
        raise NotFound("actor")
    return row


async def _answer(session: Session, actor: Actor, held: Held, actor_id: UUID) -> Answer:
    row = await _row(session, actor, held, actor_id)
    told = _telling(await _texts(session, [row]), opens=sees_people(actor, held))(row)
    return Answer(actor_id, row["version"], with_fields(row["json"], told))


async def _texts(session: Session, rows: list[asyncpg.Record]) -> Mapping[UUID, Mapping[str, Any]]:
    return await texts_of_subjects(session, TABLE, {row["id"]: (row["subject"], row["sealed"]) for row in rows})


def _telling(said: Mapping[UUID, Mapping[str, Any]], *, opens: bool) -> Decorate:
    def tell(row: asyncpg.Record) -> Mapping[str, Any]:
        shown = opens or row["person_id"] is None
        return {"interests": said[row["id"]].get("interests") if shown else None}

    return tell


async def _note(session: Session, actor: Actor, held: Held, what: str) -> None:
    await note(session, actor, NOUN, held.id, held.branch_id, f"{NOUN.key}.{what}")
