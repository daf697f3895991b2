"""Records of units: what the nouns of organising have in common.

A record belongs to a unit; who holds the right at that unit, or above it, reads it or works on it. A verb that moves a
record along its lifecycle begins with `begin_step` and ends with `take_step`.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

import asyncpg
from pydantic import Field

from app.core import clock
from app.core.actor import Actor
from app.core.db import Session
from app.core.errors import Invalid, NotFound, PreconditionFailed
from app.core.lifecycle import Lifecycle
from app.core.paging import Answer, Body, Listing, PageQuery, Where, fetch_one, list_page, with_fields
from app.core.permissions import Permission
from app.models.base import Record
from app.services.access import record_read
from app.services.changes import changed_fields, record_change

P = Permission
#: The permission of an action that is for whoever made the record: its guard knows who that is.
ONES_OWN = "signed-in"


@dataclass(frozen=True)
class Noun:
    """A kind of record: its table, how it is read, its course if it has one, and the right to change it.

    `listing.facts` come from `facts_of`, which says what every noun needs, and hold what guards look at.
    """

    name: str
    model: type[Record]
    listing: Listing
    lifecycle: Lifecycle | None = None
    change: Permission = P.organising_run

    @property
    def key(self) -> str:
        """What its events and purposes begin with."""
        return self.name.replace(" ", "_").replace("-", "_")

    @property
    def resource(self) -> str:
        return self.listing.resource


@dataclass(frozen=True)
class Held:
    """One record as somebody has it before them."""

    noun: Noun
    row: asyncpg.Record

    @property
    def id(self) -> UUID:
        found: UUID = self.row["id"]
        return found

    @property
    def branch_id(self) -> UUID:
        found: UUID = self.row["branch_id"]
        return found

    @property
    def path(self) -> list[UUID]:
        """The unit's ancestors and itself; none where a campaign is seen from a unit that only takes part in it."""
        return self.row["path"] or []

    @property
    def state(self) -> str:
        assert self.noun.lifecycle is not None, "only what has a course has a state"
        return str(self.row[self.noun.lifecycle.state_field])


class UnitQuery(PageQuery):
    """What every list of units' records can be narrowed by."""

    branch_id: UUID | None = Field(default=None, description="In this unit and in everything below it.")

    def narrow(self, where: Where, alias: str) -> None:
        if self.branch_id is not None:
            units = "select array_agg(b.id) from branches b where b.path @> array[{}::uuid]"
            where.add(f"{alias}.branch_id = any (({units})::uuid[])", self.branch_id)


def columns_of(alias: str, *names: str, **others: str) -> dict[str, str]:
    """The columns of a listing: `id` and `branch_id`, these by their name, others by their SQL, and what each has."""
    plain = ("id", "branch_id", *names, "version")
    stamps = {name: f"utc({alias}.{name})" for name in ("created_at", "updated_at")}
    return {**{name: f"{alias}.{name}" for name in plain}, **others, **stamps}


def facts_of(alias: str, *names: str, **others: str) -> dict[str, str]:
    """The facts that every noun needs, and these: by their name, or by their SQL."""
    path = f"(select b.path from branches b where b.id = {alias}.branch_id)"
    plain = dict.fromkeys(("id", "version", "branch_id", *names))
    return {**{name: f"{alias}.{name}" for name in plain}, "path": path, **others}


async def judge_unit(session: Session, actor: Actor, branch_id: UUID, permission: Permission) -> list[UUID]:
    """The path of a unit at which something is to be made. Raises `NotFound` for one out of sight, `Forbidden`."""
    path: list[UUID] | None = await session.fetchval("select path from branches where id = $1", branch_id)
    if path is None:
        raise NotFound("branch")
    actor.must(permission, path)
    return path


async def must_see(session: Session, table: str, row_id: UUID | None, pointer: str) -> None:
    """Raises `Invalid` unless a row that a body names is there and in sight. `table` is a name of ours."""
    if row_id is not None and not await session.fetchval(f"select true from {table} where id = $1", row_id):
        raise Invalid.at(pointer, "unknown_id", "Name one that you can see.")


async def open_record(session: Session, actor: Actor, noun: Noun, row_id: UUID, *, day: date | None = None) -> Held:
    """A record in sight, as of a day where its listing knows of days. Raises `NotFound`."""
    row = await fetch_one(session, actor, noun.listing, row_id, day=day)
    if row is None:
        raise NotFound(noun.name)
    return Held(noun, row)


async def read_record(
    session: Session, actor: Actor, noun: Noun, row_id: UUID, purpose: str = "read", *, day: date | None = None
) -> Held:
    """As `open_record`; the read is logged."""
    held = await open_record(session, actor, noun, row_id, day=day)
    await record_read(
        session, actor, noun.resource, purpose=f"{purpose}:{noun.key}", subject_id=row_id, branch_id=held.branch_id
    )
    return held


async def list_records(
    session: Session, actor: Actor, noun: Noun, where: Where, query: PageQuery, *, sort: str, **options: Any
) -> Body:
    """A page of the records in sight; that it was asked is logged once. Raises `CursorInvalid`."""
    await record_read(
        session,
        actor,
        noun.resource,
        purpose=f"list:{noun.key}",
        branch_id=getattr(query, "branch_id", None),
    )
    return await list_page(session, actor, noun.listing, where, query, sort=sort, **options)


async def hold_record(
    session: Session,
    actor: Actor,
    noun: Noun,
    row_id: UUID,
    permission: Permission | None = None,
    *,
    version: int | None = None,
) -> Held:
    """A record, judged and held against other writers: of two at once the second finds what the first made of it.

    Raises `NotFound`, `Forbidden`, `PreconditionFailed`.
    """
    held = await open_record(session, actor, noun, row_id)
    actor.must(permission or noun.change, held.path)
    await session.execute(f"select from {noun.model.__tablename__} where id = $1 for update", row_id)
    held = await open_record(session, actor, noun, row_id)
    if version is not None and held.row["version"] != version:
        raise PreconditionFailed(answer(actor, held).body)
    return held


async def begin_step(
    session: Session, actor: Actor, noun: Noun, row_id: UUID, action: str, *, version: int | None = None
) -> Held:
    """As `hold_record`, with the right, the state and the guards of an action. Raises also `ActionNotAllowed`."""
    assert noun.lifecycle is not None, "only what has a course takes steps"
    permission = Permission(noun.lifecycle.permission(action))
    held = await hold_record(session, actor, noun, row_id, permission, version=version)
    noun.lifecycle.check(held.row, action, clock.today())
    return held


async def take_step(
    session: Session, actor: Actor, held: Held, action: str, *, columns: Mapping[str, Any] | None = None
) -> None:
    """Move a record on: its new state from today, what else changes, the trail and the event."""
    lifecycle = held.noun.lifecycle
    assert lifecycle is not None, "only what has a course takes steps"
    transition = next(t for t in lifecycle.transitions if t.action == action)
    moved = {} if transition.to is None else {lifecycle.state_field: transition.to, "state_since": clock.today()}
    await _write(session, actor, held, {**moved, **(columns or {})}, transition.event)


async def add_record(session: Session, actor: Actor, noun: Noun, entity: Record) -> Answer:
    """Write a new record, whose unit was judged, and tell of it."""
    await session.insert(entity)
    columns = entity.model_dump(exclude={"id", "created_at", "updated_at", "version"})
    fields = changed_fields(noun.model, {name: value for name, value in columns.items() if value is not None})
    await note(session, actor, noun, entity.id, columns["branch_id"], f"{noun.key}.created", fields=fields)
    return await answer_anew(session, actor, noun, entity.id)


async def change_record(session: Session, actor: Actor, held: Held, changes: Mapping[str, Any]) -> None:
    """Change columns of a record that is held, and tell of it."""
    if changes:
        await _write(session, actor, held, changes, f"{held.noun.key}.updated")


async def _write(session: Session, actor: Actor, held: Held, columns: Mapping[str, Any], event: str) -> None:
    await session.update(held.noun.model, held.id, columns)
    before = held.row if columns.keys() <= set(held.row.keys()) else None
    fields = changed_fields(held.noun.model, columns, before)
    await note(session, actor, held.noun, held.id, held.branch_id, event, fields=fields)


async def note(
    session: Session,
    actor: Actor,
    noun: Noun,
    row_id: UUID,
    branch_id: UUID,
    event: str,
    *,
    fields: Mapping[str, Any] | None = None,
    data: Mapping[str, int] | None = None,
) -> None:
    """The trail and the event of a change in a record or in what hangs from it."""
    await record_change(
        session,
        actor,
        event,
        resource=noun.resource,
        subject_id=row_id,
        branch_id=branch_id,
        fields=fields,
        data=data,
    )


def answer(actor: Actor, held: Held, extra: Mapping[str, Any] | None = None) -> Answer:
    """A record with what the actor may do to it."""
    told = dict(extra or {})
    if held.noun.lifecycle is not None:
        told["allowed_actions"] = held.noun.lifecycle.allowed_actions(
            held.row, lambda name: name == ONES_OWN or actor.can(Permission(name), held.path), clock.today()
        )
    return Answer(held.id, held.row["version"], with_fields(held.row["json"], told))


async def answer_anew(session: Session, actor: Actor, noun: Noun, row_id: UUID) -> Answer:
    """A record as it stands after a change, without what only its page shows."""
    return answer(actor, await open_record(session, actor, noun, row_id))
