"""Office types: which offices units have, which role each carries, which must be filled."""

from collections.abc import Mapping
from typing import Any, Literal
from uuid import UUID

import asyncpg
from pydantic import Field

from app.core.actor import Actor
from app.core.db import Session
from app.core.errors import Conflict, FieldError, NotFound, PreconditionFailed
from app.core.paging import Answer, Body, Listing, PageQuery, Where, fetch_one, list_page
from app.core.permissions import Permission, Role
from app.models.branches import UnitKind
from app.models.offices import OfficeType, OfficeTypeCreate, OfficeTypeUpdate
from app.services.changes import changed_fields, record_change
from app.services.grants import BeyondCeiling

OFFICE_TYPES = Listing(
    resource="offices",
    source="office_types o",
    key="o.id",
    columns={
        "id": "o.id",
        "key": "o.key",
        "name": "o.name",
        "name_cy": "o.name_cy",
        "role": "o.role",
        "kinds": "o.kinds",
        "required": "o.required",
        "seats": "o.seats",
        "version": "o.version",
    },
    sorts={"name": ("o.name", "text"), "key": ("o.key", "text")},
    facts={"id": "o.id", "version": "o.version", "role": "o.role", "kinds": "o.kinds", "seats": "o.seats"},
)


class OfficeTypeExists(Conflict):
    code = "office_type_exists"
    sentence = "There is an office type with this key."


class OfficeTypesQuery(PageQuery):
    """What a list of office types can be narrowed and sorted by."""

    kind: UnitKind | None = Field(default=None, description="Offices that this kind of unit has.")
    role: Role | None = Field(default=None, description="Offices that carry this role.")
    sort: Literal["name", "-name", "key", "-key"] = "name"


async def list_office_types(session: Session, actor: Actor, query: OfficeTypesQuery) -> Body:
    """A page of the kinds of office. They speak of nobody: all are for whoever is signed in.

    Raises `CursorInvalid`.
    """
    where = Where()
    if query.kind is not None:
        where.add("o.kinds @> array[{}::text]", query.kind)
    if query.role is not None:
        where.add("o.role = {}", query.role)
    return await list_page(session, actor, OFFICE_TYPES, where, query, sort=query.sort)


async def find_office_type(session: Session, actor: Actor, office_type_id: UUID) -> asyncpg.Record:
    """Raises `NotFound`."""
    row = await fetch_one(session, actor, OFFICE_TYPES, office_type_id)
    if row is None:
        raise NotFound("office type")
    return row


async def get_office_type(session: Session, actor: Actor, office_type_id: UUID) -> Answer:
    """Raises `NotFound`."""
    return _answer(await find_office_type(session, actor, office_type_id))


async def create_office_type(session: Session, actor: Actor, data: OfficeTypeCreate) -> Answer:
    """Add a kind of office, for the whole organisation.

    Raises `Forbidden`, `BeyondCeiling`, `OfficeTypeExists`.
    """
    _must_manage(actor)
    if data.role is not None:
        must_give(actor, data.role, [actor.organisation_id], "/role")
    if await session.fetchval("select exists (select from office_types where key = $1)", data.key):
        raise OfficeTypeExists
    made = OfficeType(**data.model_dump())
    await session.insert(made)
    await _record(session, actor, "office_type.created", made.id, changed_fields(OfficeType, data.model_dump()))
    return await get_office_type(session, actor, made.id)


async def update_office_type(
    session: Session, actor: Actor, office_type_id: UUID, data: OfficeTypeUpdate, *, version: int
) -> Answer:
    """Correct a kind of office, all but its role. Raises `NotFound`, `Forbidden`, `PreconditionFailed`."""
    _must_manage(actor)
    row = await find_office_type(session, actor, office_type_id)
    if row["version"] != version:
        raise PreconditionFailed(_answer(row).body)
    changes = data.changes()
    before = await session.fetchrow("select * from office_types where id = $1 for update", office_type_id)
    await session.update(OfficeType, office_type_id, changes, version=version)
    fields = changed_fields(OfficeType, changes, before)
    await _record(session, actor, "office_type.updated", office_type_id, fields)
    return await get_office_type(session, actor, office_type_id)


def must_give(actor: Actor, role: str, path: list[UUID], pointer: str) -> None:
    """Raises `BeyondCeiling`, at the field, unless the actor may give the role at the unit with this path."""
    if not actor.may_give(Role(role), path):
        error = FieldError(pointer, BeyondCeiling.code, BeyondCeiling.sentence.format(role=role))
        raise BeyondCeiling(errors=(error,), role=role)


def _must_manage(actor: Actor) -> None:
    actor.must(Permission.branches_manage, (actor.organisation_id,))


def _answer(row: asyncpg.Record) -> Answer:
    return Answer(row["id"], row["version"], row["json"].encode())


async def _record(session: Session, actor: Actor, action: str, office_type_id: UUID, fields: Mapping[str, Any]) -> None:
    await record_change(
        session,
        actor,
        action,
        resource="offices",
        subject_id=office_type_id,
        branch_id=actor.organisation_id,
        fields=fields,
    )
