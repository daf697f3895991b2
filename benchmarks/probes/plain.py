"""The writing face whose SQL is generated from the tables' metadata, and the pool under it."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from functools import cache
from typing import Any, Protocol
from uuid import UUID

import asyncpg
from sqlmodel import SQLModel

READ = (
    "select row_to_json(r)::text from (select m.*, p.given_name, p.family_name, p.preferred_name, p.title, "
    "p.date_of_birth, p.email, p.phone, p.address_line_1, p.address_line_2, p.town, p.postcode, p.country, "
    "p.language, p.electoral_area, p.branch_ids, p.version person_version, p.updated_at person_updated_at "
    "from members m join people p on p.id = m.person_id where m.id = $1) r"
)
BEGIN = "begin; set local rollbook.members = '{}'"


class Stale(Exception):
    """The version the caller holds is no longer the current one."""


class Face(Protocol):
    """A transaction seen from a service."""

    async def fetchval(self, sql: str, *args: object) -> Any: ...
    async def insert(self, *entities: SQLModel) -> None: ...
    async def update(self, table: type[SQLModel], row: UUID, values: dict[str, object], *, version: int) -> None: ...


@cache
def insert_sql(table: type[SQLModel]) -> tuple[str, tuple[str, ...]]:
    """`insert` with one place per column, in the table's own order."""
    names = tuple(column.name for column in table.__table__.columns)  # type: ignore[attr-defined]
    places = ", ".join(f"${n}" for n in range(1, len(names) + 1))
    return f"insert into {table.__tablename__} ({', '.join(names)}) values ({places})", names


@cache
def update_sql(table: type[SQLModel], names: tuple[str, ...]) -> str:
    """`update` of the named columns, guarded by id and version."""
    changes = ", ".join(f"{name} = ${n}" for n, name in enumerate(names, 3))
    return f"update {table.__tablename__} set version = version + 1, {changes} where id = $1 and version = $2"


class PlainFace:
    """asyncpg, with SQL generated from the tables' metadata."""

    def __init__(self, connection: Any) -> None:
        self.connection = connection
        self.fetchval = connection.fetchval

    async def insert(self, *entities: SQLModel) -> None:
        """One statement per entity, in the order given."""
        for entity in entities:
            sql, names = insert_sql(type(entity))
            state = entity.__dict__
            await self.connection.fetch(sql, *[state[name] for name in names])

    async def update(self, table: type[SQLModel], row: UUID, values: dict[str, object], *, version: int) -> None:
        """Raises Stale when no row has this id and version."""
        done = await self.connection.execute(update_sql(table, tuple(values)), row, version, *values.values())
        if done != "UPDATE 1":
            raise Stale


class Plain:
    """Faces 1 and 2: an asyncpg pool."""

    def __init__(self, pool: asyncpg.Pool) -> None:
        self.pool = pool

    @asynccontextmanager
    async def transaction(self) -> AsyncIterator[PlainFace]:
        """`BEGIN` and the settings in one packet."""
        async with self.pool.acquire() as connection:
            await connection.execute(BEGIN)
            try:
                yield PlainFace(connection)
                await connection.execute("commit")
            except BaseException:
                await connection.execute("rollback")
                raise


async def codecs(connection: Any) -> None:
    """Jsonb as Python values."""
    await connection.set_type_codec("jsonb", encoder=json.dumps, decoder=json.loads, schema="pg_catalog")


def pool(dsn: str, **extra: Any) -> AbstractAsyncContextManager[asyncpg.Pool]:
    """The pool that won: nothing survives a transaction, so nothing is reset."""

    async def nothing(_: Any) -> None:
        return None

    made: AbstractAsyncContextManager[asyncpg.Pool] = asyncpg.create_pool(
        dsn, min_size=4, max_size=4, init=codecs, reset=nothing, **extra
    )
    return made
