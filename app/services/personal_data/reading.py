"""Rows about a person as plain JSON: what is sealed opened, what is secret never read."""

import json
from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime
from functools import cache
from typing import Any
from uuid import UUID

import asyncpg
from sqlalchemy import LargeBinary, Table
from sqlmodel import SQLModel

from app.core.crypto import DecryptionFailed, Key, decrypt
from app.core.db import Session
from app.core.privacy import Privacy
from app.services.envelopes import keys_of

Row = dict[str, Any]
#: The person, their memberships, their accounts, and all of these.
Ids = tuple[UUID, list[UUID], list[UUID], list[UUID]]


@cache
def columns_shown(table: str) -> tuple[str, ...]:
    """The columns of a table that a search reads: no secret, and no bytes that say nothing of anybody."""
    columns = SQLModel.metadata.tables[table].columns
    return tuple(
        column.name
        for column in columns
        if column.info["privacy"] is not Privacy.secret
        and not (isinstance(column.type, LargeBinary) and column.info["privacy"] is Privacy.none)
    )


def key_columns(table: Table) -> list[str]:
    return [column.name for column in table.primary_key.columns]


async def read_rows(session: Session, table: str, condition: str, ids: Ids) -> list[Row]:
    """The rows of a table that meet a condition over the person's ids, in the order in which they were made."""
    order = ", ".join(key_columns(SQLModel.metadata.tables[table]))
    rows = await session.fetch(
        # A condition names only some of its four values, and the others would have no type.
        f"with given as (select $1::uuid, $2::uuid[], $3::uuid[], $4::uuid[]) "
        f"select {', '.join(columns_shown(table))} from {table} where {condition} order by {order}",
        *ids,
    )
    keys = await _keys(session, rows, ids[-1])
    return [_opened(table, row, keys) for row in rows]


async def _keys(session: Session, rows: Sequence[asyncpg.Record], ids: Sequence[UUID]) -> dict[bytes, Key]:
    """By their own ids, the keys of every record that the rows name, and the person's: under one their texts lie."""
    if not any(isinstance(value, bytes) for row in rows for value in row.values()):
        return {}
    named = set(ids) | {value for row in rows for value in row.values() if isinstance(value, UUID)}
    return {envelope.key.id: envelope.key for envelope in (await keys_of(session, named)).values()}


def _opened(table: str, row: asyncpg.Record, keys: Mapping[bytes, Key]) -> Row:
    return {
        name: _open(table, name, row, value, keys) if isinstance(value, bytes) else value for name, value in row.items()
    }


def _open(table: str, column: str, row: asyncpg.Record, value: bytes, keys: Mapping[bytes, Key]) -> Any:
    """What a sealed column says; bytes that are not sealed, such as a mark, as they are; null once its key is gone."""
    if not column.startswith("sealed"):
        return value.hex()
    for key in keys.values():
        try:
            text = decrypt(key, value, f"{table}.{column}:{row['id']}".encode()).decode()
        except DecryptionFailed:
            continue
        return json.loads(text) if column == "sealed" else text
    return {} if value == b"" else None


def plain(value: Any) -> Any:
    """A value as JSON has it."""
    if isinstance(value, datetime | date):
        return value.isoformat()
    if isinstance(value, UUID):
        return str(value)
    if isinstance(value, Mapping):
        return {str(name): plain(one) for name, one in value.items()}
    if isinstance(value, Iterable) and not isinstance(value, str):
        return [plain(one) for one in value]
    return value
