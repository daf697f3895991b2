"""Imports: files of people brought in. Each verb here judges, notes what is wanted, and hands the work to a job."""

import hashlib
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass
from typing import Any, Literal
from uuid import UUID

import asyncpg
from pydantic import Field

from app.core import clock
from app.core.actor import Actor
from app.core.db import Session
from app.core.errors import PreconditionFailed
from app.core.ids import new_id
from app.core.paging import Answer, Body, PageQuery, Where, list_page
from app.core.tabular import GLANCE, glance
from app.models.import_reads import ImportUpdate
from app.models.imports import Import, ImportCounts, ImportMapping, ImportPreset, ImportState
from app.models.jobs import JobKind
from app.services import files
from app.services.access import record_read
from app.services.changes import record_change
from app.services.imports.check import check_mapping
from app.services.imports.file import erase_file
from app.services.imports.lifecycle import IMPORT
from app.services.imports.records import IMPORTS, answer, find_import, judge, open_branch, refuse_unless
from app.services.jobs import enqueue_job

S = ImportState

#: States in which a file can still be read in another way.
OPEN = (S.uploaded, S.validated, S.previewed)
_LONGEST_NAME = 200


class ImportsQuery(PageQuery):
    """Which imports: your own, and those of the units for all of which you answer, the newest first."""

    branch_id: UUID | None = Field(default=None, description="Only those into exactly this unit.")
    state: ImportState | None = None
    sort: Literal["created_at", "-created_at"] = "-created_at"


@dataclass(frozen=True, slots=True)
class Upload:
    """A file on its way in."""

    name: str
    chunks: AsyncIterator[bytes]


async def create_import(
    session: Session,
    actor: Actor,
    branch_id: UUID,
    upload: Upload,
    *,
    preset: ImportPreset | None = None,
    mapping: ImportMapping | None = None,
    queue: bool = True,
) -> Answer:
    """Take a file in, sealed, to be read by a job; with `queue` false by whoever calls.

    Raises `NotFound`, `Forbidden`, `BranchClosed`, and `FileRefused` for what the first bytes already tell.
    """
    await open_branch(session, actor, branch_id)
    import_id, digest = new_id(), hashlib.sha256()
    file_id = await files.store_file(
        session,
        actor,
        resource="imports",
        subject_id=import_id,
        branch_id=branch_id,
        name=upload.name[-_LONGEST_NAME:] or "file",
        media_type="application/octet-stream",
        chunks=_looked_at(upload.chunks, digest),
    )
    made = Import(
        id=import_id,
        branch_id=branch_id,
        account_id=actor.account_id,
        file_sha256=digest.hexdigest(),
        file_name=upload.name[-_LONGEST_NAME:] or "file",
        file_id=file_id,
        preset=preset,
        mapping=mapping.model_dump(mode="json") if mapping else {},
        counts=ImportCounts().model_dump(),
    )
    await session.insert(made)
    if queue:
        await _enqueue(session, actor, JobKind.read_import, {"id": import_id, "branch_id": branch_id})
    await _record(session, actor, "import.uploaded", {"id": import_id, "branch_id": branch_id})
    return answer(actor, await find_import(session, actor, import_id))


async def _looked_at(chunks: AsyncIterator[bytes], digest: Any) -> AsyncIterator[bytes]:
    """The chunks, once the beginning has been found to be that of a table; with the digest of all."""
    start: bytes | None = b""
    async for chunk in chunks:
        digest.update(chunk)
        if start is None:
            yield chunk
            continue
        start += chunk
        if len(start) >= GLANCE:
            glance(start)
            yield start
            start = None
    if start is not None:
        glance(start)
        yield start


async def list_imports(session: Session, actor: Actor, query: ImportsQuery) -> Body:
    """A page of the imports in the actor's sight. Raises `CursorInvalid`."""
    where = Where()
    if query.branch_id is not None:
        where.add("i.branch_id = {}", query.branch_id)
    if query.state is not None:
        where.add("i.state = {}", query.state)
    await record_read(session, actor, "imports", purpose="list", branch_id=query.branch_id)
    return await list_page(session, actor, IMPORTS, where, query, sort=query.sort)


async def get_import(session: Session, actor: Actor, import_id: UUID) -> Answer:
    """An import with what the actor may do with it. Raises `NotFound`."""
    return answer(actor, await find_import(session, actor, import_id))


async def update_import(
    session: Session, actor: Actor, import_id: UUID, data: ImportUpdate, *, version: int, queue: bool = True
) -> Answer:
    """Have the file read in another way: every row is read again, and the preview is made anew.

    Raises `NotFound`, `Forbidden`, `BranchClosed`, `ImportNotReady` once it is being applied, `MappingIncomplete`
    for a mapping that the file's headings do not fit, and `PreconditionFailed` with the current record.
    """
    row = await find_import(session, actor, import_id, hold=True)
    await open_branch(session, actor, row["branch_id"])
    if row["version"] != version:
        raise PreconditionFailed(answer(actor, row).body)
    refuse_unless(row, "read again", *OPEN)
    changes = data.changes()
    columns: dict[str, Any] = {"preset": changes["preset"]} if "preset" in changes else {}
    if "mapping" in changes:
        mapping = ImportMapping.model_validate(changes["mapping"])
        if row["headings"]:
            check_mapping(row["headings"], mapping)
        columns["mapping"] = mapping.model_dump(mode="json")
    elif columns:
        columns["mapping"] = {}
    await session.update(Import, import_id, columns | _read_anew(row))
    if queue:
        await _enqueue(session, actor, JobKind.read_import, row)
    await _record(session, actor, "import.mapped", row)
    return answer(actor, await find_import(session, actor, import_id))


def _read_anew(row: asyncpg.Record) -> dict[str, Any]:
    return {
        "state": S.uploaded,
        "reading": row["reading"] + 1,
        "read_through": 0,
        "notes": [],
        "counts": ImportCounts().model_dump(),
        "done": 0,
        "total": None,
    }


async def apply_import(
    session: Session, actor: Actor, import_id: UUID, *, version: int | None = None, queue: bool = True
) -> Answer:
    """Begin to bring in what was previewed, or go on after an interruption.

    Raises `NotFound`, `Forbidden`, `BranchClosed`, `ActionNotAllowed`, `PreconditionFailed`.
    """
    row = await _opened(session, actor, import_id, "apply", version)
    await open_branch(session, actor, row["branch_id"])
    columns: dict[str, Any] = {"state": S.applying}
    if row["state"] == S.previewed:
        columns |= {"done": 0, "total": row["counts"]["create"] + row["counts"]["update"]}
    return await _begin(session, actor, row, "apply", columns, JobKind.apply_import if queue else None)


async def undo_import(
    session: Session, actor: Actor, import_id: UUID, *, version: int | None = None, queue: bool = True
) -> Answer:
    """Begin to take back what was brought in, row by row, as each record stands now.

    Raises `NotFound`, `Forbidden`, `ActionNotAllowed`, `PreconditionFailed`.
    """
    row = await _opened(session, actor, import_id, "undo", version)
    columns: dict[str, Any] = {"state": S.undoing}
    if row["state"] != S.undoing:
        columns |= {"done": 0, "total": row["counts"]["applied"] or row["done"]}
    return await _begin(session, actor, row, "undo", columns, JobKind.undo_import if queue else None)


async def discard_import(session: Session, actor: Actor, import_id: UUID, *, version: int | None = None) -> Answer:
    """Erase a file that is not wanted after all, with every row of it.

    Raises `NotFound`, `Forbidden`, `ActionNotAllowed`, `PreconditionFailed`.
    """
    row = await _opened(session, actor, import_id, "discard", version)
    gone: dict[str, Any] = {"state": S.discarded, "file_name": None, "file_id": None, "headings": [], "mapping": {}}
    made = await _begin(session, actor, row, "discard", gone, None)
    await session.execute("delete from import_rows where import_id = $1", import_id)
    await erase_file(session, actor, import_id)
    return made


async def _opened(session: Session, actor: Actor, import_id: UUID, action: str, version: int | None) -> asyncpg.Record:
    """The import, held against others and judged: the rights first, then the version, then the state."""
    row = await find_import(session, actor, import_id, hold=True)
    judge(actor, row["path"])
    if version is not None and row["version"] != version:
        raise PreconditionFailed(answer(actor, row).body)
    IMPORT.check(row, action, clock.today())
    return row


async def _begin(
    session: Session,
    actor: Actor,
    row: asyncpg.Record,
    action: str,
    columns: dict[str, Any],
    kind: JobKind | None,
) -> Answer:
    await session.update(Import, row["id"], columns)
    if kind is not None:
        await _enqueue(session, actor, kind, row)
    await _record(session, actor, next(t.event for t in IMPORT.transitions if t.action == action), row)
    return answer(actor, await find_import(session, actor, row["id"]))


async def _enqueue(session: Session, actor: Actor, kind: JobKind, row: Mapping[str, Any]) -> None:
    branch_id = row["branch_id"]
    job_id = await enqueue_job(session, actor, kind, resource="imports", subject_id=row["id"], branch_id=branch_id)
    await session.execute("update imports set job_id = $2 where id = $1", row["id"], job_id)


async def _record(session: Session, actor: Actor, action: str, row: Mapping[str, Any]) -> None:
    await record_change(session, actor, action, resource="imports", subject_id=row["id"], branch_id=row["branch_id"])
