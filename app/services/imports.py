"""Imports: a file taken in whole, to be looked at before anything is written; `imports_run` has all steps."""

import json
from collections.abc import AsyncIterator, Iterable
from itertools import islice
from typing import Any
from uuid import UUID

import asyncpg

from app.core import clock
from app.core.actor import Actor
from app.core.db import Session
from app.core.errors import Conflict, FieldError, Invalid, NotFound
from app.core.permissions import Permission
from app.core.tabular import FileRefused, Record, Table, digest
from app.core.text import fold
from app.models.imports import Import, ImportField, ImportMapping, ImportState
from app.services.branches import find_branch
from app.services.changes import record_change
from app.services.imports_mapping import DATES, WHOLE_ONLY, Proposal
from app.services.imports_rows import Ground, Unit

F = ImportField

#: Lines sent to the database at a time.
PIECE = 500
_TAKES_NOBODY = ("suspended", "dissolved")

_STAGING = "create temporary table import_staging (number bigint, cells jsonb) on commit drop"
_UNSTAGE = "insert into import_rows (import_id, number, cells) select $1, number, cells from import_staging"


class MappingIncomplete(Invalid):
    """The mapping names no name, or a column that the file has not, or leaves a question open."""

    code = "mapping_incomplete"
    sentence = "The mapping is not complete; see errors."


class ImportBranchClosed(Conflict):
    code = "branch_closed"
    sentence = "The branch is {status}; it takes no members."


class ImportNotReady(Conflict):
    code = "import_not_ready"
    sentence = "The import is {state}: it cannot be {action} now."


async def open_import(session: Session, actor: Actor, branch_id: UUID) -> asyncpg.Record:
    """The unit into which a file may be brought.

    Raises `NotFound`, `Forbidden` where the actor may not bring people in, `ImportBranchClosed`.
    """
    branch = await find_branch(session, actor, branch_id)
    actor.must(Permission.members_import, branch["path"])
    actor.must(Permission.members_create, branch["path"])
    if branch["status"] in _TAKES_NOBODY:
        raise ImportBranchClosed(status=branch["status"])
    return branch


def check_mapping(table: Table, proposal: Proposal) -> None:
    """Raises `MappingIncomplete` with everything that has to be settled first."""
    fields = proposal.mapping.fields
    errors = [FieldError("/mapping", note.code, note.message) for note in proposal.notes if note.blocking]
    for name, mapped in fields.items():
        if not set(mapped.columns) <= set(table.headings):
            errors.append(
                FieldError(f"/mapping/fields/{name}/columns", "column_unknown", "The file has no such column.")
            )
        if not mapped.columns and mapped.value is None:
            errors.append(FieldError(f"/mapping/fields/{name}", "source_missing", "Name columns, or a value."))
        if name in DATES and len(mapped.columns) == 2:
            errors.append(
                FieldError(f"/mapping/fields/{name}/columns", "columns_wrong", "A date is in one column or three.")
            )
    named = F.full_name in fields or {F.given_name, F.family_name} <= fields.keys()
    if not named:
        message = "No column is known to hold given and family names; name them in the mapping."
        errors.append(FieldError("/mapping/fields", "names_missing", message))
    if F.foreign_postal_code in fields and F.country not in fields:
        errors.append(FieldError("/mapping/fields/country", "country_missing", "Name the country of the postal codes."))
    if errors:
        raise MappingIncomplete(errors=tuple(errors))


async def stage_import(session: Session, actor: Actor, branch_id: UUID, table: Table, mapping: ImportMapping) -> UUID:
    """Take a file in, as text, whole or not at all. Raises as `open_import`, and `FileRefused`."""
    await open_import(session, actor, branch_id)
    made = Import(
        branch_id=branch_id,
        account_id=actor.account_id,
        file_sha256=table.sha256,
        headings=list(table.headings),
        mapping=mapping.model_dump(mode="json", exclude_defaults=True),
    )
    await session.insert(made)
    async with session.as_role("rollbook_import"):
        await session.execute(_STAGING)
        await session.copy_text("import_staging", ("number", "cells"), _lines(table.rows()))
        await session.execute(_UNSTAGE, made.id)
    if digest(table.path) != table.sha256:
        raise FileRefused(reason="it changed while it was read.")
    await record_change(
        session,
        actor,
        "import.staged",
        resource="members",
        subject_id=made.id,
        branch_id=branch_id,
        event=False,
    )
    return made.id


async def find_import(session: Session, actor: Actor, import_id: UUID, *states: ImportState) -> asyncpg.Record:
    """One's own import, locked against a second runner. Raises `NotFound`, and `ImportNotReady` in other states."""
    row = await session.fetchrow(
        "select id, branch_id, state, headings, mapping, counts, version from imports "
        "where id = $1 and account_id = $2 for update",
        import_id,
        actor.account_id,
    )
    if row is None:
        raise NotFound("import")
    if states and row["state"] not in states:
        raise ImportNotReady(state=row["state"], action="continued")
    return row


async def find_ground(session: Session, actor: Actor, row: asyncpg.Record) -> Ground:
    """What an import's rows are read against, as its actor stands now."""
    branch = await open_import(session, actor, row["branch_id"])
    units: dict[str, Unit] = {}
    found = await session.fetch(
        "select id, name, name_cy, gss_code, status from branches where path @> array[$1::uuid]",
        row["branch_id"],
    )
    for unit in found:
        fault = "branch_closed" if unit["status"] in _TAKES_NOBODY else None
        for word in {fold(unit[key]) for key in ("name", "name_cy", "gss_code") if unit[key]}:
            units[word] = Unit(unit["id"], "branch_ambiguous" if word in units else fault)
    return Ground(
        mapping=ImportMapping.model_validate(row["mapping"]),
        headings=row["headings"],
        today=clock.today(),
        units=units,
        home=Unit(branch["id"]),
        whole=decides_for_all(actor),
    )


def decides_for_all(actor: Actor) -> bool:
    """Whether numbers and past dates of membership may be set: only by who decides over the whole organisation."""
    return actor.is_whole(Permission.members_decide)


def withheld_fields(actor: Actor, mapping: ImportMapping) -> list[ImportField]:
    """The fields of a mapping that this actor may not set to anything of the past."""
    return [] if decides_for_all(actor) else [name for name in WHOLE_ONLY if name in mapping.fields]


async def _lines(rows: Iterable[Record]) -> AsyncIterator[bytes]:
    left = iter(rows)
    while piece := list(islice(left, PIECE)):
        yield "".join(map(_line, piece)).encode()


def _line(record: Record) -> str:
    cells: list[Any] = record.cells
    return f"{record.number}\t" + json.dumps(cells).replace("\\", "\\\\") + "\n"
