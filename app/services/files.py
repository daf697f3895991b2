"""Files: sealed in pieces of a mebibyte under their subject's key, written and read in constant memory.

Each piece is bound to its file, its number and whether it is the last, so that none can be swapped, repeated,
moved to another file or cut off. (The total is not known when the first piece is sealed; the last fixes it.)
Who may keep or read a file is judged by the service of the record; the lock is the policy of `files`.
"""

import hashlib
from collections.abc import AsyncIterable, AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from functools import partial
from uuid import UUID

import asyncpg

from app.core.actor import Actor
from app.core.crypto import DecryptionFailed, Key, decrypt, encrypt
from app.core.db import Session
from app.core.errors import AppError, NotFound
from app.core.ids import new_id
from app.models.frame import FilePiece, StoredFile
from app.services.access import record_read
from app.services.changes import record_change
from app.services.envelopes import key_by_id, key_for

PIECE = 1024 * 1024

#: Begins a transaction in which the pieces of a file are in sight.
Begin = Callable[[], AbstractAsyncContextManager[Session]]


class FileDamaged(AppError):
    """What is stored is not what was sealed: a piece is missing, moved or changed."""

    code = "file_damaged"
    sentence = "The stored file does not open."


@dataclass(frozen=True, slots=True)
class OpenedFile:
    """A file to send: iterate `pieces` once."""

    id: UUID
    name: str
    media_type: str
    size: int
    pieces: AsyncIterator[bytes]


async def store_file(
    session: Session,
    actor: Actor,
    *,
    resource: str,
    subject_id: UUID,
    branch_id: UUID,
    name: str,
    media_type: str,
    chunks: AsyncIterable[bytes],
    wall_key: UUID | None = None,
    key_of: UUID | None = None,
) -> UUID:
    """Keep a file of a record, and return its id. Its `sha256` is of the sealed pieces.

    `key_of` is the person under whose key it lies, where it is a copy of theirs that goes when they are erased.

    Raises `KeyDestroyed` when the subject was erased.
    """
    envelope, file_id = await key_for(session, key_of or subject_id), new_id()
    size, number, digest = 0, 0, hashlib.sha256()
    async for piece, last in _cut(chunks):
        sealed = encrypt(envelope.key, piece, _place(file_id, number, last=last))
        await session.insert(
            FilePiece(file_id=file_id, branch_id=branch_id, wall_key=wall_key, number=number, sealed=sealed)
        )
        digest.update(sealed)
        size, number = size + len(piece), number + 1
    await session.insert(
        StoredFile(
            id=file_id,
            resource=resource,
            subject_id=subject_id,
            branch_id=branch_id,
            wall_key=wall_key,
            sealed_name=encrypt(envelope.key, name.encode(), _name_place(file_id)),
            media_type=media_type,
            size=size,
            sha256=digest.digest(),
            envelope_key_id=envelope.id,
        )
    )
    await record_change(
        session,
        actor,
        "file.stored",
        resource=resource,
        subject_id=subject_id,
        branch_id=branch_id,
        wall_key=wall_key,
        fields={"file_id": str(file_id)},
    )
    return file_id


async def read_file(session: Session, actor: Actor, file_id: UUID) -> OpenedFile:
    """A file in the actor's sight; the read is logged. Raises `NotFound`, `KeyDestroyed`, `FileDamaged`.

    The pieces are read one by one, each in its own transaction, so that a slow reader holds no connection
    and one whose right ends meanwhile gets no more; `FileDamaged` may come with any of them.
    """
    row = await _find(session, file_id)
    await record_read(
        session,
        actor,
        row["resource"],
        purpose="file",
        subject_id=row["subject_id"],
        branch_id=row["branch_id"],
        wall_key=row["wall_key"],
    )
    return await _opened(session, row, partial(session.database.transaction, actor))


async def open_file(session: Session, actor: Actor, file_id: UUID, *, own_record: bool = False) -> OpenedFile:
    """As `read_file`, where whoever calls has judged and logged the read.

    `own_record` when the session stands in the scope of one's own record: so do those that read the pieces.
    """
    begin = partial(session.database.transaction, actor, own_record=own_record)
    return await _opened(session, await _find(session, file_id), begin)


async def open_file_within(session: Session, file_id: UUID, role: str) -> OpenedFile:
    """As `read_file`, for whoever has no sight of files and was judged otherwise: read in a role of the house."""
    return await _opened(session, await _find(session, file_id), partial(session.database.transaction, role=role))


async def _find(session: Session, file_id: UUID) -> asyncpg.Record:
    row = await session.fetchrow("select * from files where id = $1", file_id)
    if row is None:
        raise NotFound("file")
    return row


async def _opened(session: Session, row: asyncpg.Record, begin: Begin) -> OpenedFile:
    envelope = await key_by_id(session, row["envelope_key_id"])
    name = _open(envelope.key, row["sealed_name"], _name_place(row["id"])).decode()
    return OpenedFile(row["id"], name, row["media_type"], row["size"], _pieces(begin, envelope.key, row))


async def _pieces(begin: Begin, key: Key, row: asyncpg.Record) -> AsyncIterator[bytes]:
    file_id, last = row["id"], max(0, (row["size"] - 1) // PIECE)
    for number in range(last + 1):
        async with begin() as session:
            sealed = await session.fetchval(
                "select sealed from file_pieces where file_id = $1 and number = $2", file_id, number
            )
        yield _open(key, sealed or b"", _place(file_id, number, last=number == last))


async def _cut(chunks: AsyncIterable[bytes]) -> AsyncIterator[tuple[bytes, bool]]:
    """Pieces of a mebibyte, each with whether it is the last; an empty file is one empty piece."""
    held = bytearray()
    async for chunk in chunks:
        held += chunk
        while len(held) > PIECE:
            yield bytes(held[:PIECE]), False
            del held[:PIECE]
    yield bytes(held), True


def _open(key: Key, sealed: bytes, place: bytes) -> bytes:
    try:
        return decrypt(key, sealed, place)
    except DecryptionFailed:
        raise FileDamaged from None


def _place(file_id: UUID, number: int, *, last: bool) -> bytes:
    return f"file_pieces.sealed:{file_id}:{number}:{'last' if last else 'more'}".encode()


def _name_place(file_id: UUID) -> bytes:
    return f"files.sealed_name:{file_id}".encode()
