"""What was formally disclosed to somebody of their cases, and what they gave: it goes into a package by rule.

It is read as its party reads it, in the scope of their own record, so that the policies decide and nothing is judged
twice.
"""

from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager
from typing import Any
from uuid import UUID

import asyncpg

from app.core.db import Session
from app.services.disputes.case import opener
from app.services.own_disputes import SHOWN, Own, parties_of, read_own
from app.services.personal_data.pieces import Piece, PieceKind

_CASES = f"select {', '.join(SHOWN)} from disputes where id = any ($1) order by id"
_EVIDENCE = "select id, number, edition, media_type, size, file_id, sealed from dispute_evidence where dispute_id = $1"
_LETTERS = "select id, on_day, template, file_id, sealed from dispute_correspondence where dispute_id = $1"
#: Of which table a party reads which of the sealed texts.
_TOLD = (("dispute_evidence", _EVIDENCE, ("title", "name")), ("dispute_correspondence", _LETTERS, ("subject",)))
_WHO = "select set_config('rollbook.person', $1, true), set_config('rollbook.account', $2, true)"
_BEFORE = "select current_setting('rollbook.person', true), current_setting('rollbook.account', true)"


async def find_disclosed(session: Session, person_id: UUID, dispute_ids: Iterable[UUID]) -> list[Piece]:
    """Of these cases, what the person was told or gave; their key must not have been destroyed."""
    found: list[Piece] = []
    async with _own_record(session, person_id):
        for row in await session.fetch(_CASES, list(dispute_ids)):
            own = Own(row, (await parties_of(session, [row["id"]]))[row["id"]])
            said = (await read_own(session, None, own)).model_dump(mode="json", exclude={"allowed_actions"})
            found.append(_piece("disputes", row["id"], row["id"], said))
            found += await _papers(session, row["id"])
    return found


async def _papers(session: Session, dispute_id: UUID) -> list[Piece]:
    texts = await opener(session, dispute_id)
    found: list[Piece] = []
    for table, sql, shown in _TOLD:
        for row in await session.fetch(f"{sql} order by id", dispute_id):
            said = texts(table, row["id"], row["sealed"])
            values = _plain(row) | {name: said[name] for name in shown if name in said}
            found.append(_piece(table, row["id"], dispute_id, values, row["file_id"]))
    return found


def _plain(row: asyncpg.Record) -> dict[str, Any]:
    kept = {name: value for name, value in row.items() if name not in {"sealed", "file_id"}}
    return {name: value if value is None or isinstance(value, int) else str(value) for name, value in kept.items()}


def _piece(table: str, row_id: UUID, dispute_id: UUID, values: dict[str, Any], file_id: UUID | None = None) -> Piece:
    key = f"disclosed:{table}:{row_id}"
    return Piece(key, table, PieceKind.disclosed, row_id, values, wall_key=dispute_id, file_id=file_id)


@asynccontextmanager
async def _own_record(session: Session, person_id: UUID) -> AsyncIterator[None]:
    """The scope in which somebody reads their own record, for a while, within a search that was judged."""
    before = await session.fetchrow(_BEFORE)
    await session.execute(_WHO, str(person_id), "")
    async with session.as_role("rollbook_self"):
        yield
    await session.execute(_WHO, *(value or "" for value in before or ("", "")))
