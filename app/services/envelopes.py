"""Envelope keys: one for each person or case, under which everything sealed of theirs lies.

A key is made when it is first needed. Once it is destroyed, what lay under it is gone, in every back-up too.
"""

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from app.core import clock
from app.core.crypto import Key, decrypt, encrypt, new_key
from app.core.db import Session
from app.core.errors import Conflict
from app.core.ids import new_id


class KeyDestroyed(Conflict):
    """The subject was erased: nothing of theirs can be opened or sealed any more."""

    code = "key_destroyed"
    sentence = "What was kept here has been erased."


@dataclass(frozen=True, slots=True)
class Envelope:
    """A subject's key, and the id under which its wrapped form is kept."""

    id: UUID
    key: Key


async def key_for(session: Session, subject_id: UUID) -> Envelope:
    """The key of a person or case, made when there is none. Raises `KeyDestroyed`."""
    kept = "select id, wrapped_key from envelope_keys where subject_id = $1"
    row = await session.fetchrow(kept, subject_id)
    if row is None:
        # Of two who make it at once one is first, and the other takes that one's.
        await session.execute(
            "insert into envelope_keys (id, created_at, subject_id, wrapped_key) values ($1, $2, $3, $4) "
            "on conflict (subject_id) do nothing",
            new_id(),
            clock.now(),
            subject_id,
            session.keys.wrap_key(new_key(), _place(subject_id)),
        )
        row = await session.fetchrow(kept, subject_id)
    if row is None or row["wrapped_key"] is None:
        raise KeyDestroyed
    return Envelope(row["id"], session.keys.unwrap_key(row["wrapped_key"], _place(subject_id)))


async def key_by_id(session: Session, envelope_id: UUID) -> Envelope:
    """The key under which something was sealed, by the id that is kept beside it. Raises `KeyDestroyed`."""
    row = await session.fetchrow("select subject_id, wrapped_key from envelope_keys where id = $1", envelope_id)
    if row is None or row["wrapped_key"] is None:
        raise KeyDestroyed
    return Envelope(envelope_id, session.keys.unwrap_key(row["wrapped_key"], _place(row["subject_id"])))


async def keys_of(session: Session, subject_ids: Iterable[UUID]) -> dict[UUID, Envelope]:
    """The keys of many at once: of those who have one that is not destroyed."""
    rows = await session.fetch(
        "select id, subject_id, wrapped_key from envelope_keys where subject_id = any ($1) and wrapped_key is not null",
        list(subject_ids),
    )
    unwrap = session.keys.unwrap_key
    return {
        row["subject_id"]: Envelope(row["id"], unwrap(row["wrapped_key"], _place(row["subject_id"]))) for row in rows
    }


async def destroy_key(session: Session, subject_id: UUID) -> None:
    """Erase all that is sealed of a subject, for good. Whether that may be is the caller's to judge.

    A subject without a key gets a destroyed one, so that nothing can be sealed of them afterwards.
    """
    async with session.as_role("rollbook_system"):
        await session.execute(
            "insert into envelope_keys (id, created_at, subject_id, destroyed_at) values ($1, $2, $3, $2) "
            "on conflict (subject_id) do update set wrapped_key = null, destroyed_at = excluded.destroyed_at "
            "where envelope_keys.destroyed_at is null",
            new_id(),
            clock.now(),
            subject_id,
        )


async def seal_texts(session: Session, subject_id: UUID, table: str, row_id: UUID, texts: Mapping[str, Any]) -> bytes:
    """Texts of one row, sealed under the subject's key and bound to that row. What is None is left out.

    Raises `KeyDestroyed`.
    """
    said = {name: value for name, value in texts.items() if value is not None}
    if not said:
        return b""
    return encrypt((await key_for(session, subject_id)).key, json.dumps(said).encode(), _row(table, row_id))


async def unseal_texts(session: Session, subject_id: UUID, table: str, row_id: UUID, sealed: bytes) -> dict[str, Any]:
    """The texts of one row; none where there were none. Raises `KeyDestroyed`."""
    if not sealed:
        return {}
    said: dict[str, Any] = json.loads(decrypt((await key_for(session, subject_id)).key, sealed, _row(table, row_id)))
    return said


async def texts_of_rows(
    session: Session, subject_id: UUID, table: str, sealed: Mapping[UUID, bytes]
) -> dict[UUID, dict[str, Any]]:
    """The texts of many rows of one subject, by row; none of them once its key is destroyed."""
    return await texts_of_subjects(session, table, {row_id: (subject_id, said) for row_id, said in sealed.items()})


async def texts_of_subjects(
    session: Session, table: str, sealed: Mapping[UUID, tuple[UUID, bytes]]
) -> dict[UUID, dict[str, Any]]:
    """The texts of many rows, by row, each given with its subject; none of one whose key is destroyed."""
    keys = await keys_of(session, {subject_id for subject_id, _ in sealed.values()})
    return {
        row_id: json.loads(decrypt(keys[subject_id].key, content, _row(table, row_id)))
        if content and subject_id in keys
        else {}
        for row_id, (subject_id, content) in sealed.items()
    }


async def seal_rows(
    session: Session, table: str, texts: Mapping[UUID, tuple[UUID, Mapping[str, Any]]]
) -> dict[UUID, bytes]:
    """The texts of many rows, sealed as `seal_texts` seals those of one, each given with its subject."""
    subjects = {subject_id for subject_id, said in texts.values() if said}
    keys = {subject_id: (await key_for(session, subject_id)).key for subject_id in subjects}
    return {
        row_id: encrypt(keys[subject_id], json.dumps(said).encode(), _row(table, row_id)) if said else b""
        for row_id, (subject_id, said) in texts.items()
    }


def _row(table: str, row_id: UUID) -> bytes:
    return f"{table}.sealed:{row_id}".encode()


def _place(subject_id: UUID) -> bytes:
    return f"envelope_keys.wrapped_key:{subject_id}".encode()
