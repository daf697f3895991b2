"""The ledger of erasures: kept apart from the back-ups, it lets a restore erase again what was erased since.

A line is JSON with an id, what it is of, and when. It says of nobody who they were.
"""

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from uuid import UUID

import asyncpg

from app.core.db import Database
from app.core.errors import AppError, NotFound
from app.models.operations import ErasedKind
from app.services.envelopes import destroy_key
from app.services.erasures import erase_person, note_erasure


class LedgerUnreadable(AppError):
    code = "ledger_unreadable"
    sentence = "{file}, line {line}: this is no ledger of erasures, as `rollbook db erasures` prints it."


@dataclass(frozen=True, slots=True)
class LedgerLine:
    kind: ErasedKind
    subject_id: UUID
    erased_at: datetime

    def as_text(self) -> str:
        return json.dumps(
            {"kind": self.kind, "subject_id": str(self.subject_id), "erased_at": self.erased_at.isoformat()}
        )


async def read_ledger(connection: asyncpg.Connection) -> list[LedgerLine]:
    """The ledger of a database as its owner sees it, the oldest first; none where there is no such table yet."""
    if await connection.fetchval("select to_regclass('public.erasures')") is None:
        return []
    rows = await connection.fetch("select kind, subject_id, erased_at from public.erasures order by erased_at, id")
    return [LedgerLine(ErasedKind(row["kind"]), row["subject_id"], row["erased_at"]) for row in rows]


def read_ledger_file(path: Path) -> list[LedgerLine]:
    """Raises `LedgerUnreadable`; a line that is not understood is never passed over."""
    lines = []
    try:
        texts = path.read_text("utf-8").splitlines()
    except (OSError, UnicodeDecodeError):
        raise LedgerUnreadable(file=path.name, line=1) from None
    for number, text in enumerate(texts, start=1):
        try:
            said = json.loads(text)
            erased_at = datetime.fromisoformat(said["erased_at"])
            lines.append(LedgerLine(ErasedKind(said["kind"]), UUID(said["subject_id"]), erased_at))
        except (ValueError, KeyError, TypeError, AttributeError):
            raise LedgerUnreadable(file=path.name, line=number) from None
        if erased_at.tzinfo is None:
            raise LedgerUnreadable(file=path.name, line=number)
    return lines


async def replay(database: Database, lines: Iterable[LedgerLine]) -> int:
    """Do erasures again, each whole by itself; of how many people. Those of nobody here are noted all the same."""
    done = 0
    for line in _once(lines):
        async with database.transaction() as session:
            if line.kind is ErasedKind.case:
                await destroy_key(session, line.subject_id)
                await note_erasure(session, None, line.kind, line.subject_id, line.erased_at)
                continue
            try:
                done += await erase_person(session, None, line.subject_id, erased_at=line.erased_at) is not None
            except NotFound:
                # Came after the back-up: nothing is here, and nothing may be sealed of them.
                await destroy_key(session, line.subject_id)
                await note_erasure(session, None, line.kind, line.subject_id, line.erased_at)
    return done


def _once(lines: Iterable[LedgerLine]) -> Sequence[LedgerLine]:
    return list({line.subject_id: line for line in lines}.values())
