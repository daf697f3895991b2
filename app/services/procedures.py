"""Procedures: laid down nationally as data, in editions of which none is ever changed; and the clocks that they set."""

import json
from datetime import date, timedelta
from functools import lru_cache
from typing import Any, Literal
from uuid import UUID

import asyncpg
from pydantic import Field

from app.core import clock
from app.core.actor import Actor
from app.core.calendars import Nation, add_working_days, next_working_day
from app.core.db import Session
from app.core.errors import Conflict, FieldError, Invalid, NotFound
from app.core.paging import Answer, Body, Listing, PageQuery, Where, fetch_one, list_page
from app.core.permissions import Permission
from app.models.members import LegalDate
from app.models.procedures import DayKind, Definition, EditionCreate, Key, Procedure, ProcedureCreate, Stage
from app.services.changes import changed_fields, record_change

PROCEDURES = Listing(
    resource="procedures",
    source="procedures p",
    key="p.id",
    columns={
        "id": "p.id",
        "key": "p.key",
        "edition": "p.edition",
        "name": "p.name",
        "name_cy": "p.name_cy",
        "starts_on": "p.starts_on",
        "is_default": "p.is_default",
        "definition": "p.definition",
        "version": "p.version",
        "created_at": "utc(p.created_at)",
        "updated_at": "utc(p.updated_at)",
    },
    sorts={"name": ("p.name", "text"), "key": ("p.key", "text"), "starts_on": ("p.starts_on", "date")},
    facts={"id": "p.id", "version": "p.version"},
)

#: Of the editions that have begun, the last one made: a mistake in one that is still to begin is mended by the next.
IN_FORCE = """
p.starts_on <= $1 and not exists (
  select from procedures l where l.key = p.key and l.edition > p.edition and l.starts_on <= $1)
"""
_FIND = "select * from procedures where key = $1 order by edition desc limit 1"


class ProcedureExists(Conflict):
    code = "procedure_exists"
    sentence = "There is a procedure with this key: add an edition to it."


class NoProcedure(Conflict):
    code = "no_procedure_in_force"
    sentence = "No such procedure is in force on this day."


class ProceduresQuery(PageQuery):
    """Which procedures, as of which day."""

    key: Key | None = Field(default=None, description="The editions of one procedure.")
    as_of: LegalDate | None = Field(default=None, description="The day on which they are in force; today if left out.")
    every_edition: bool = Field(default=False, description="Also editions that are not in force on that day.")
    sort: Literal["name", "-name", "key", "-key", "starts_on", "-starts_on"] = "name"


def load(row: asyncpg.Record) -> Definition:
    """The definition in a row with the column `definition`. Not to be changed: others are given the same one."""
    return _loaded(json.dumps(row["definition"]))


@lru_cache(maxsize=100)
def _loaded(definition: str) -> Definition:
    return Definition.model_validate_json(definition)


def limit_ends(definition: Definition, stage: Stage, start: date, nation: Nation | None = None) -> date:
    """The last day in time of a stage that began on `start`, which itself does not count.

    Days are counted in the procedure's nation unless another is named. Of `hearing_notice`, a least time, it is the
    first day on which a hearing may be held when the papers went out on `start`.
    """
    limit, nation = definition.limits[stage], nation or definition.nation
    if limit.kind is DayKind.working:
        return add_working_days(start, limit.days, nation)
    day = start + timedelta(days=limit.days)
    return next_working_day(day, nation) if limit.kind is DayKind.calendar_rolled else day


async def procedure_in_force(session: Session, key: str | None, day: date) -> asyncpg.Record:
    """The row of the edition in force on a day: of a procedure, or, without a key, of the organisation's default.

    Raises `NoProcedure`.
    """
    row = await session.fetchrow(
        f"select p.* from procedures p where {IN_FORCE} and case when $2::text is null then p.is_default "
        "else p.key = $2 end",
        day,
        key,
    )
    if row is None:
        raise NoProcedure
    return row


async def list_procedures(session: Session, actor: Actor, query: ProceduresQuery) -> Body:
    """A page of procedures, for whoever is signed in: of each the edition in force, or every one.

    Raises `CursorInvalid`.
    """
    where = Where(query.as_of)
    if not query.every_edition:
        where.add(IN_FORCE)
    if query.key is not None:
        where.add("p.key = {}", query.key)
    return await list_page(session, actor, PROCEDURES, where, query, sort=query.sort)


async def get_procedure(session: Session, actor: Actor, procedure_id: UUID) -> Answer:
    """An edition of a procedure, for whoever is signed in. Raises `NotFound`."""
    row = await fetch_one(session, actor, PROCEDURES, procedure_id)
    if row is None:
        raise NotFound("procedure")
    return Answer(row["id"], row["version"], row["json"].encode())


async def find_procedure(session: Session, actor: Actor, key: str) -> asyncpg.Record:
    """The last edition of a procedure, held still for whoever manages it. Raises `Forbidden`, `NotFound`."""
    must_manage(actor)
    row = await session.fetchrow(f"{_FIND} for update", key)
    if row is None:
        raise NotFound("procedure")
    return row


async def create_procedure(session: Session, actor: Actor, data: ProcedureCreate) -> Answer:
    """Lay down a procedure of a new key, from any day: also one that has been in force for long.

    Raises `Forbidden`, `ProcedureExists`, and `Invalid` with every flaw of the definition.
    """
    must_manage(actor)
    await _must_fit(session, data.definition)
    if await session.fetchval("select exists (select from procedures where key = $1)", data.key):
        raise ProcedureExists
    return await _add(session, actor, data.key, 1, data, is_default=False)


async def add_edition(session: Session, actor: Actor, key: str, data: EditionCreate) -> Answer:
    """Lay down the next edition of a procedure, from today or later; what has begun goes on under its own.

    Raises `NotFound`, `Forbidden`, and `Invalid` for a day that is past and with every flaw of the definition.
    """
    before = await find_procedure(session, actor, key)
    if data.starts_on < clock.today():
        raise Invalid.at("/starts_on", "in_past", "A later edition starts today or later.")
    await _must_fit(session, data.definition)
    return await _add(session, actor, key, before["edition"] + 1, data, is_default=before["is_default"])


async def make_default(session: Session, actor: Actor, key: str) -> Answer:
    """Have complaints for which nobody names a procedure go by this one.

    Raises `NotFound`, `Forbidden`, `NoProcedure`.
    """
    found = await find_procedure(session, actor, key)
    in_force = await procedure_in_force(session, key, clock.today())
    if not found["is_default"]:
        rows = await session.fetch(
            "select id, key from procedures where is_default or key = $1 order by id for update", key
        )
        for row in rows:
            await session.update(Procedure, row["id"], {"is_default": row["key"] == key})
        await _record(session, actor, "procedure.made_default", found["id"], {"is_default": True})
    return await get_procedure(session, actor, in_force["id"])


def must_manage(actor: Actor) -> None:
    """Raises `Forbidden` unless the actor manages procedures, which is done for the whole organisation."""
    actor.must(Permission.procedures_manage, (actor.organisation_id,))


async def _must_fit(session: Session, definition: Definition) -> None:
    keys = {row["key"] for row in await session.fetch("select key from office_types")}
    flaws = [*definition.flaws()]
    for place, body in enumerate(definition.bodies):
        for number, key in enumerate(body.barred_offices):
            if key not in keys:
                at = f"/bodies/{place}/barred_offices/{number}"
                flaws.append(FieldError(at, "office_type_unknown", "There is no such office type."))
    if flaws:
        at = "/definition"
        raise Invalid(errors=tuple(FieldError(f"{at}{flaw.pointer}", flaw.code, flaw.message) for flaw in flaws))


async def _add(
    session: Session, actor: Actor, key: str, edition: int, data: EditionCreate, *, is_default: bool
) -> Answer:
    said: dict[str, Any] = {**data.model_dump(exclude={"definition"}), "key": key, "edition": edition}
    definition = data.definition.model_dump(mode="json")
    made = Procedure(**said, is_default=is_default, definition=definition)
    await session.insert(made)
    action = "procedure.created" if edition == 1 else "procedure.edition_added"
    # An edition is kept as it is: the trail need not hold it a second time.
    await _record(session, actor, action, made.id, {**changed_fields(Procedure, said), "definition": True})
    return await get_procedure(session, actor, made.id)


async def _record(session: Session, actor: Actor, action: str, procedure_id: UUID, fields: dict[str, object]) -> None:
    await record_change(
        session,
        actor,
        action,
        resource="procedures",
        subject_id=procedure_id,
        branch_id=actor.organisation_id,
        fields=fields,
    )
