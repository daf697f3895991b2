"""The file of an export, for its asker alone, as far as the asker's rights go at the moment of the download.

A CSV is made while it is sent, of the records of that moment. A workbook was built before, so it is given only while
every right that it needed is still held over all that it reaches.
"""

from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass
from functools import partial
from uuid import UUID

from app.core import clock
from app.core.actor import Actor
from app.core.db import Database, Session
from app.core.errors import Conflict, Forbidden
from app.core.tabular import WORKBOOK
from app.models.exports import ExportFormat, ExportState
from app.services.access import record_read
from app.services.changes import record_change
from app.services.exports_asked import judge_again
from app.services.exports_records import find_export, state_now
from app.services.exports_rows import Selection, rows_sql
from app.services.files import read_file

#: A CSV of so many rows or fewer is sorted by name; a longer one comes as it lies, in constant memory.
SORTED_UP_TO = 100_000
MEDIA_TYPES = {
    ExportFormat.csv: "text/csv; charset=utf-8; header=present",
    ExportFormat.xlsx: WORKBOOK,
}

Sink = Callable[[bytes], Awaitable[None]]


class NotYours(Forbidden):
    code = "not_yours"
    sentence = "Whoever asked for an export gets the file, and nobody else."


class ExportNotReady(Conflict):
    code = "export_not_ready"
    sentence = "The export is {state}: there is no file."


@dataclass(frozen=True, slots=True)
class Content:
    """A file to send: `give` hands all of it, once, to whoever sends."""

    name: str
    media_type: str
    give: Callable[[Sink], Awaitable[None]]


async def open_export(session: Session, actor: Actor, export_id: UUID) -> Content:
    """The file of one's own export. That it was fetched is on the record before a byte of it leaves.

    Raises `NotFound`, `NotYours`, `ExportNotReady`, and `Forbidden` where a right that it needs is no longer held.
    """
    row = await find_export(session, actor, export_id)
    if row["account_id"] != actor.account_id:
        raise NotYours
    if (state := state_now(row)) is not ExportState.ready:
        raise ExportNotReady(state=state.value)
    selection, is_book = Selection.of(row), row["format"] == ExportFormat.xlsx
    await judge_again(session, actor, selection, whole=is_book)
    await record_read(session, actor, "exports", purpose="export", subject_id=export_id, branch_id=row["branch_id"])
    await record_change(
        session,
        actor,
        "export.downloaded",
        resource="exports",
        subject_id=export_id,
        branch_id=row["branch_id"],
        event=False,
    )
    if is_book:
        give = partial(_give_pieces, (await read_file(session, actor, row["file_id"])).pieces)
    else:
        give = partial(_give_rows, session.database, actor, selection, sort=row["rows"] <= SORTED_UP_TO)
    kind = ExportFormat(row["format"])
    return Content(file_name(selection, kind), MEDIA_TYPES[kind], give)


def file_name(selection: Selection, format: ExportFormat) -> str:
    """What the file is called: what it holds, of which day. No word of a caller's."""
    kind = f"members-{selection.contact_by.value}" if selection.contact_by else "members"
    return f"{kind}-{clock.today().isoformat()}.{format.value}"


async def _give_rows(database: Database, actor: Actor, selection: Selection, sink: Sink, *, sort: bool) -> None:
    async with database.transaction(actor) as session:
        sql, values = rows_sql(actor, selection, sort=sort)
        await session.copy_out(sql, values, sink)


async def _give_pieces(pieces: AsyncIterator[bytes], sink: Sink) -> None:
    async for piece in pieces:
        await sink(piece)
