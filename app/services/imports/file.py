"""An import's file: unsealed for as long as it is read, and the refused rows written in its own form."""

import asyncio
import json
import os
import tempfile
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from datetime import timedelta
from pathlib import Path
from typing import TextIO
from uuid import UUID

import asyncpg

from app.core import clock
from app.core.actor import Actor
from app.core.db import Database, Session
from app.core.errors import NotFound
from app.core.tabular import Layout, write_table
from app.services import envelopes, files
from app.services.access import record_read
from app.services.imports.records import find_import, judge

#: The last column of a file of refused rows; bringing such a file in, nothing is taken from it.
ERRORS_COLUMN = "rollbook_errors"
#: How long the rows are kept after the last change, and the file of what was never applied.
KEPT = timedelta(days=90)
_PAGE = 2_000
_REFUSED = """
select number, cells, errors from import_rows
where import_id = $1 and outcome = 'refused' and number > $2 order by number limit $3
"""


@asynccontextmanager
async def unsealed(database: Database, actor: Actor, file_id: UUID) -> AsyncIterator[Path]:
    """The file as it came, for the length of a block, where nobody but this process's user can read it.

    Raises `NotFound` and `FileDamaged`.
    """
    async with database.transaction(actor) as session:
        opened = await files.read_file(session, actor, file_id)
    handle, name = tempfile.mkstemp(prefix="rollbook-import-")
    try:
        with os.fdopen(handle, "wb") as file:
            async for piece in opened.pieces:
                file.write(piece)
        yield Path(name)
    finally:
        remove(Path(name))


def remove(path: Path) -> None:
    """Take a temporary file away, whether it is still there or not."""
    path.unlink(missing_ok=True)


async def write_refused(session: Session, actor: Actor, import_id: UUID) -> tuple[Path, Layout]:
    """The refused rows with why, in a temporary file of the input's own form, for the caller to `remove`.

    Raises `NotFound`, also while the file has not been read, and `Forbidden`.
    """
    row = await find_import(session, actor, import_id)
    judge(actor, row["path"])
    if row["layout"] is None or row["forgotten_at"] is not None:
        raise NotFound("file of refused rows")
    await record_read(session, actor, "imports", purpose="refused", subject_id=import_id, branch_id=row["branch_id"])
    layout = Layout.from_json(row["layout"])
    handle, name = tempfile.mkstemp(prefix="rollbook-refused-")
    os.close(handle)
    try:
        with tempfile.TemporaryFile("w+") as held:
            await _hold(session, import_id, len(row["headings"]), held)
            held.seek(0)
            headings = [*row["headings"], ERRORS_COLUMN]
            await asyncio.to_thread(write_table, Path(name), layout, headings, _lines(held))
    except BaseException:
        remove(Path(name))
        raise
    return Path(name), layout


async def _hold(session: Session, import_id: UUID, width: int, held: TextIO) -> None:
    """Put the rows aside, a page at a time, so that a writer that cannot wait finds them in one place."""
    after = 0
    while page := await session.fetch(_REFUSED, import_id, after, _PAGE):
        for one in page:
            cells = one["cells"] + [""] * (width - len(one["cells"]))
            held.write(json.dumps([*cells[:width], _why(one), *cells[width:]]) + "\n")
        after = page[-1]["number"]


def _why(row: asyncpg.Record) -> str:
    said = [f"{error.get('column', '')}: {error['message']}".removeprefix(": ") for error in row["errors"] or []]
    return " ".join(dict.fromkeys(said))


def _lines(held: TextIO) -> Iterator[list[str]]:
    for line in held:
        cells: list[str] = json.loads(line)
        yield cells


async def erase_file(session: Session, _actor: Actor, import_id: UUID) -> None:
    """Erase the sealed file of an import that needs it no more: its rows are kept for themselves, or are gone too."""
    await session.execute("select erase_import_file($1)", import_id)
    await envelopes.destroy_key(session, import_id)


async def forget_old_imports(session: Session) -> None:
    """Erase what stood in files that nothing has happened to for a long time; how many rows they had stays.

    Needs the role `rollbook_system`.
    """
    now = clock.now()
    while gone := await session.fetch("select forget_imports as id from forget_imports($1, $2)", now - KEPT, now):
        for one in gone:
            await envelopes.destroy_key(session, one["id"])
