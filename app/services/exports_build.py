"""Workbooks: built by the worker, kept sealed under a key of their own, and gone with it when their time is over."""

import asyncio
import csv
import tempfile
from collections.abc import AsyncIterator
from dataclasses import asdict
from pathlib import Path
from typing import Any
from uuid import UUID

import asyncpg

from app.core import clock
from app.core.actor import Actor
from app.core.db import Database, Session
from app.core.errors import AppError
from app.core.tabular import Layout, write_table
from app.models.exports import Export, ExportFormat, ExportState
from app.models.jobs import Job, JobState
from app.services.changes import changed_fields, record_change
from app.services.envelopes import destroy_key
from app.services.exports import ready
from app.services.exports_asked import check_size, judge_again
from app.services.exports_content import MEDIA_TYPES, file_name
from app.services.exports_rows import Counts, Selection, count_rows, rows_sql
from app.services.files import PIECE, store_file
from app.services.jobs import Progress

_OPEN = "select * from exports where id = $1 and account_id = $2 and state = 'preparing'"
_DONE = Progress(0, 0, finished=True)


async def build_export(database: Database, actor: Actor, export_id: UUID) -> Progress:
    """Build the workbook of an export in one step; done again from the start if it is cut off.

    The rows go to a file, which only then becomes a workbook: so neither is ever whole in memory. Raises `Forbidden`
    where a right is no longer held, `TooManyRows`, and `KeyDestroyed` when it was withdrawn meanwhile.
    """
    with tempfile.TemporaryDirectory(prefix="rollbook-") as made:
        rows, book = Path(made, "rows.csv"), Path(made, "book.xlsx")
        async with database.transaction(actor) as session:
            row = await session.fetchrow(_OPEN, export_id, actor.account_id)
            if row is None:
                return _DONE
            selection = Selection.of(row)
            counted = await _copy(session, actor, selection, rows)
        await asyncio.to_thread(_write_book, rows, book)
        async with database.transaction(actor) as session:
            if await session.fetchrow(f"{_OPEN} for no key update", export_id, actor.account_id) is None:
                return _DONE
            await _keep(session, actor, row, counted, book)
    return Progress(counted.rows, counted.rows, finished=True)


async def end_build(database: Database, job: Job, state: JobState, _error: AppError | None) -> None:
    """Hear that the job of an export has ended without building it."""
    if state == JobState.succeeded:
        return
    after = ExportState.cancelled if state == JobState.cancelled else ExportState.failed
    async with database.transaction(role="rollbook_system") as session:
        branch_id = await session.fetchval(
            "update exports set state = $2, version = version + 1, updated_at = $3 "
            "where id = $1 and state = 'preparing' returning branch_id",
            job.subject_id,
            after,
            clock.now(),
        )
        if branch_id is None:
            return
        await destroy_key(session, job.subject_id)
        async with session.as_role("rollbook_auth"):
            await record_change(
                session,
                None,
                "export.failed" if after is ExportState.failed else "export.withdrawn",
                resource="exports",
                subject_id=job.subject_id,
                branch_id=branch_id,
                fields={"state": {"old": ExportState.preparing, "new": after}},
            )


async def forget_old_exports(session: Session) -> None:
    """Destroy the keys of workbooks whose time is over. For the worker, in the role `rollbook_system`."""
    rows = await session.fetch(
        "select e.id from exports e join envelope_keys k on k.subject_id = e.id and k.destroyed_at is null "
        "where e.expires_at <= $1",
        clock.now(),
    )
    for row in rows:
        await destroy_key(session, row["id"])


async def _copy(session: Session, actor: Actor, selection: Selection, path: Path) -> Counts:
    await judge_again(session, actor, selection, whole=True)
    counted = await count_rows(session, actor, selection)
    check_size(ExportFormat.xlsx, counted.rows)
    # The book's own writer makes its cells harmless.
    sql, values = rows_sql(actor, selection, sort=True, neutral=False)
    with path.open("wb") as file:

        async def write(piece: bytes) -> None:
            file.write(piece)

        await session.copy_out(sql, values, write)
    return counted


def _write_book(rows: Path, book: Path) -> None:
    with rows.open(encoding="utf-8", newline="") as file:
        reader = csv.reader(file)
        write_table(book, Layout(format="xlsx"), next(reader), reader)


async def _keep(session: Session, actor: Actor, row: asyncpg.Record, counted: Counts, book: Path) -> None:
    about: dict[str, Any] = {"resource": "exports", "subject_id": row["id"], "branch_id": row["branch_id"]}
    file_id = await store_file(
        session,
        actor,
        **about,
        name=file_name(Selection.of(row), ExportFormat.xlsx),
        media_type=MEDIA_TYPES[ExportFormat.xlsx],
        chunks=_pieces(book),
    )
    changes = {**asdict(counted), **ready(ExportFormat.xlsx), "file_id": file_id}
    await session.update(Export, row["id"], changes)
    await record_change(session, actor, "export.prepared", **about, fields=changed_fields(Export, changes, row))


async def _pieces(path: Path) -> AsyncIterator[bytes]:
    with path.open("rb") as file:
        while piece := file.read(PIECE):
            yield piece
