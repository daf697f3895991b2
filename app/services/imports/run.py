"""All steps of an import in a row, without a worker: what the command line and the demo call.

The same steps as the jobs', with the actor's rights looked up anew before each.
"""

from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass
from pathlib import Path
from uuid import UUID

import asyncpg

from app.core.actor import Actor
from app.core.db import Database
from app.core.errors import FieldError, Unauthenticated
from app.core.tabular import FileRefused
from app.models.imports import ImportCounts, ImportMapping, ImportNote, ImportPreset, ImportState
from app.services import imports
from app.services.imports import apply as imports_apply
from app.services.imports import read as imports_read
from app.services.imports import undo as imports_undo
from app.services.imports.check import MappingIncomplete
from app.services.imports.records import find_import
from app.services.jobs import Progress
from app.services.rights import actor_at_work

Say = Callable[[str], None]
Step = Callable[[Database, Actor, UUID], Awaitable[Progress]]
_CHUNK = 1 << 20


@dataclass(frozen=True)
class Preview:
    """A file that has been read: how, and what it would come to."""

    import_id: UUID
    mapping: ImportMapping
    notes: list[ImportNote]
    counts: ImportCounts


async def preview_file(
    database: Database,
    actor: Actor,
    path: Path,
    branch_id: UUID,
    *,
    mapping: ImportMapping | None = None,
    preset: ImportPreset | None = None,
    say: Say,
) -> Preview:
    """Take a file in, read every row and count; nobody is added.

    Raises `NotFound`, `Forbidden`, `BranchClosed`, `FileRefused`, and `MappingIncomplete` with what has to be
    settled first.
    """
    upload = imports.Upload(path.name, _chunks(path))
    async with database.transaction(actor) as session:
        made = await imports.create_import(
            session, actor, branch_id, upload, preset=preset, mapping=mapping, queue=False
        )
    await _run(imports_read.read_import, database, actor, made.id, say, "read {done} rows …")
    row = await _row(database, actor, made.id)
    notes = [ImportNote.model_validate(note) for note in row["notes"]]
    if row["state"] != ImportState.previewed:
        errors = [FieldError("/mapping", note.code, note.message) for note in notes if note.blocking]
        raise MappingIncomplete(errors=tuple(errors))
    return Preview(made.id, ImportMapping.model_validate(row["mapping"]), notes, ImportCounts(**row["counts"]))


async def apply_import(database: Database, actor: Actor, import_id: UUID, *, say: Say) -> ImportCounts:
    """Write what was previewed; after an interruption it goes on where it stopped, and once done does nothing.

    Raises `Unauthenticated` once the account is no longer good.
    """
    if (await _row(database, actor, import_id))["state"] != ImportState.applied:
        async with database.transaction(actor) as session:
            await imports.apply_import(session, actor, import_id, queue=False)
    return await _run(imports_apply.apply_import, database, actor, import_id, say, "brought in {done} …")


async def undo_import(database: Database, actor: Actor, import_id: UUID, *, say: Say) -> ImportCounts:
    """Take back what was brought in. Raises as `apply_import` does."""
    async with database.transaction(actor) as session:
        await imports.undo_import(session, actor, import_id, queue=False)
    return await _run(imports_undo.undo_import, database, actor, import_id, say, "taken back {done} …")


async def import_people(
    database: Database,
    actor: Actor,
    path: Path,
    branch_id: UUID,
    mapping: ImportMapping | None = None,
    *,
    say: Say,
) -> ImportCounts:
    """Bring a file of people into a branch's subtree, from reading to applying. Raises as the steps do."""
    preview = await preview_file(database, actor, path, branch_id, mapping=mapping, say=say)
    return await apply_import(database, actor, preview.import_id, say=say)


async def _run(step: Step, database: Database, actor: Actor, import_id: UUID, say: Say, saying: str) -> ImportCounts:
    while True:
        current = await actor_at_work(database, actor.account_id, actor.client_id, actor.sign_in_id)
        if current is None:
            raise Unauthenticated
        progress = await step(database, current, import_id)
        if progress.finished:
            return ImportCounts(**(await _row(database, actor, import_id))["counts"])
        say(f"  {saying.format(done=progress.done)}")


async def _row(database: Database, actor: Actor, import_id: UUID) -> asyncpg.Record:
    async with database.transaction(actor) as session:
        return await find_import(session, actor, import_id)


async def _chunks(path: Path) -> AsyncIterator[bytes]:
    try:
        with path.open("rb") as file:
            while chunk := file.read(_CHUNK):
                yield chunk
    except OSError:
        raise FileRefused(reason="there is no such file.") from None
