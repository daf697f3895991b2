"""The job that reads a file: what it is, how its columns are read, and then row by row, each into staging once."""

import asyncio
import time
from collections.abc import Awaitable, Callable, Iterator
from itertools import islice
from typing import Any
from uuid import UUID

import asyncpg

from app.core import clock
from app.core.actor import Actor
from app.core.db import Database, Session
from app.core.tabular import FileRefused, Record, Table, open_table
from app.core.text import fold
from app.models.branches import TAKES_NOBODY
from app.models.imports import Import, ImportMapping, ImportNote, ImportState
from app.services.changes import record_change
from app.services.imports.barred import refuse_barred
from app.services.imports.check import MappingIncomplete, check_mapping
from app.services.imports.file import unsealed
from app.services.imports.lines import lines
from app.services.imports.mapping import WHOLE_ONLY, propose, recognise
from app.services.imports.preview import preview_import
from app.services.imports.records import decides_for_all, find_import, open_branch
from app.services.imports.rows import Ground, RowReader, Unit
from app.services.imports.staging import Staged, write_rows
from app.services.jobs import Progress

S = ImportState

#: Rows that are written in one transaction, and seconds after which a step gives way.
BATCH = 5_000
STEP_SECONDS = 8.0
#: Rows that are sent at a time.
_PIECE = 100


async def read_import(database: Database, actor: Actor, import_id: UUID) -> Progress:
    """The next step of reading a file; finished when it is previewed, or has a question that must be answered first.

    Raises `FileRefused` for a file that is no table, which is kept with the import; `NotFound`, `Forbidden` and
    `BranchClosed` as actor and branch stand now.
    """
    async with database.transaction(actor) as session:
        row = await find_import(session, actor, import_id)
        await open_branch(session, actor, row["branch_id"])
        if row["state"] == S.validated:
            await preview_import(session, actor, import_id)
    if row["state"] != S.uploaded:
        return Progress(row["done"], row["total"], finished=True)
    try:
        async with unsealed(database, actor, row["file_id"]) as path:
            table = await asyncio.to_thread(open_table, path, recognise)
            if row["read_through"] == 0:
                row = await _settle(database, actor, row, table)
            if any(note["blocking"] for note in row["notes"]):
                return Progress(0, None, finished=True)
            return await _Reading(database, actor, row, table).go_on()
    except FileRefused as refused:
        await _refuse(database, actor, row, refused)
        raise


async def _settle(database: Database, actor: Actor, row: asyncpg.Record, table: Table) -> asyncpg.Record:
    """Find out, once a reading, how the columns are to be read; what has to be asked stops it."""
    whole = decides_for_all(actor)
    if row["mapping"]:
        mapping, notes = ImportMapping.model_validate(row["mapping"]), _faults(table, row["mapping"])
    else:
        proposal = await asyncio.to_thread(propose, table, whole=whole, preset=row["preset"])
        mapping, notes = proposal.mapping, list(proposal.notes)
    notes += [ImportNote(code=code, message=message) for code, message in table.notes]
    columns = {
        "layout": table.layout.as_json(),
        "headings": list(table.headings),
        "mapping": mapping.model_dump(mode="json"),
        "notes": [note.model_dump(mode="json") for note in notes],
        "sets_past": whole and any(name in mapping.fields for name in WHOLE_ONLY),
    }
    async with database.transaction(actor) as session:
        current = await find_import(session, actor, row["id"], hold=True)
        if _moved(current, row):
            return current
        await session.execute("delete from import_rows where import_id = $1", row["id"])
        await session.update(Import, row["id"], columns)
        return await find_import(session, actor, row["id"])


def _faults(table: Table, mapping: dict[str, Any]) -> list[ImportNote]:
    """What is wrong with a mapping that came with the file, and could not be judged before it was opened."""
    try:
        check_mapping(table.headings, ImportMapping.model_validate(mapping))
    except MappingIncomplete as error:
        return [
            ImportNote(code=one.code, message=f"{one.pointer}: {one.message}", blocking=True) for one in error.errors
        ]
    return []


def _moved(current: asyncpg.Record, row: asyncpg.Record) -> bool:
    """Whether another hand has read on, or begun to read in another way."""
    return any(current[name] != row[name] for name in ("state", "reading", "read_through"))


async def _refuse(database: Database, actor: Actor, row: asyncpg.Record, refused: FileRefused) -> None:
    async with database.transaction(actor) as session:
        current = await find_import(session, actor, row["id"], hold=True)
        if current["reading"] != row["reading"] or current["state"] != S.uploaded:
            return
        await session.execute("delete from import_rows where import_id = $1", row["id"])
        failure = {"code": refused.code, "message": refused.detail}
        await session.update(Import, row["id"], {"state": S.failed, "failure": failure})
        await record_change(
            session, actor, "import.failed", resource="imports", subject_id=row["id"], branch_id=row["branch_id"]
        )


async def find_ground(session: Session, actor: Actor, row: asyncpg.Record) -> Ground:
    """What an import's rows are read against, as its actor stands now."""
    units: dict[str, Unit] = {}
    covering: dict[str, Unit] = {}
    found = await session.fetch(
        "select id, name, name_cy, gss_code, status, postcode_districts from branches where path @> array[$1::uuid] "
        "order by cardinality(path), id",
        row["branch_id"],
    )
    for one in found:
        unit = Unit(one["id"], "branch_closed" if one["status"] in TAKES_NOBODY else None)
        for word in {fold(one[key]) for key in ("name", "name_cy", "gss_code") if one[key]} | {fold(str(one["id"]))}:
            units[word] = Unit(one["id"], "branch_ambiguous") if word in units else unit
        # Of a unit and one below it that cover the same district, it is the lower one's.
        covering.update(dict.fromkeys(one["postcode_districts"], unit) if unit.fault is None else {})
    return Ground(
        mapping=ImportMapping.model_validate(row["mapping"]),
        headings=row["headings"],
        today=clock.today(),
        units=units,
        home=Unit(row["branch_id"]),
        whole=decides_for_all(actor),
        covering=covering,
    )


class _Reading:
    """One step of reading rows."""

    def __init__(self, database: Database, actor: Actor, row: asyncpg.Record, table: Table) -> None:
        self.database, self.actor, self.row, self.table = database, actor, row, table

    async def go_on(self) -> Progress:
        """Read on for a few seconds. A batch is read while the one before it is being written."""
        async with self.database.transaction(self.actor) as session:
            ground = await find_ground(session, self.actor, self.row)
        through = self.row["read_through"]
        records = (record for record in self.table.rows() if record.number > through)
        reader = RowReader(ground)
        await self._read_and_write(ground, lambda: asyncio.to_thread(_read, reader, records))
        return Progress(self.row["done"], None, finished=False)

    async def _read_and_write(self, ground: Ground, read: Callable[[], Awaitable[Staged]]) -> None:
        until = time.monotonic() + STEP_SECONDS
        coming = asyncio.ensure_future(read())
        try:
            more = True
            while more:
                staged = await coming
                more = staged.rows == BATCH and time.monotonic() < until
                if more:
                    coming = asyncio.ensure_future(read())
                more = await self._write(ground, staged) and more
        finally:
            if not coming.done():
                await asyncio.wait([coming])

    async def _write(self, ground: Ground, staged: Staged) -> bool:
        """Write a batch, with how far it goes; False when another hand has been there."""
        async with self.database.transaction(self.actor) as session:
            current = await find_import(session, self.actor, self.row["id"], hold=True)
            if _moved(current, self.row):
                return False
            if staged.rows:
                await write_rows(
                    session,
                    self.row["id"],
                    self.row["branch_id"],
                    staged,
                    existing=ground.mapping.existing,
                    whole=ground.whole,
                )
                await refuse_barred(session, self.actor, self.row["id"], current["read_through"], staged.last)
            columns: dict[str, Any] = {"done": current["done"] + staged.rows}
            if staged.rows < BATCH:
                columns |= {"state": S.validated, "total": columns["done"]}
            else:
                columns["read_through"] = staged.last
            await session.update(Import, self.row["id"], columns)
            self.row = await find_import(session, self.actor, self.row["id"])
        return True


def _read(reader: RowReader, records: Iterator[Record]) -> Staged:
    """The next rows, ready for COPY."""
    taken = list(islice(records, BATCH))
    pieces = [lines(reader, taken[start : start + _PIECE]) for start in range(0, len(taken), _PIECE)]
    return Staged(pieces, taken[-1].number if taken else 0, len(taken))
