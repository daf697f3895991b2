"""A row for every table of a migrated database, made from what the catalogue says of it and from nothing else.

So a table that comes tomorrow has a row in the proofs of privacy and of migration without anybody remembering it.
"""

import itertools
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, date, datetime, timedelta
from graphlib import TopologicalSorter
from typing import Any

import asyncpg

from app.core.ids import new_id
from tests.conftest import database_dsn, run_as_owner

COLUMNS = """
select c.relname as table, a.attname as name, format_type(a.atttypid, null) as type,
  not a.attnotnull as optional,
  exists (select from pg_index i where i.indrelid = c.oid and i.indisprimary and i.indkey[0] = a.attnum) as is_key,
  (select f.confrelid::regclass::text from pg_constraint f
   where f.conrelid = c.oid and f.contype = 'f' and f.conkey[1] = a.attnum limit 1) as target,
  (select substring(pg_get_constraintdef(k.oid) from $$'([^']*)'::text$$) from pg_constraint k
   where k.conrelid = c.oid and k.contype = 'c' and k.conkey = array[a.attnum] limit 1) as allowed
from pg_class c join pg_attribute a on a.attrelid = c.oid
where c.relnamespace = 'public'::regnamespace and c.relkind = 'r' and a.attnum > 0 and not a.attisdropped
  and a.attgenerated = '' and a.attidentity = '' and c.relname <> 'alembic_version'
order by c.relname, a.attnum
"""


@asynccontextmanager
async def fresh_database(name: str, *, template: str = "template0") -> AsyncIterator[str]:
    """The owner's address of a database of its own, gone afterwards."""
    await run_as_owner(
        "postgres", f"drop database if exists {name} with (force)", f"create database {name} template {template}"
    )
    try:
        yield database_dsn(name)
    finally:
        await run_as_owner("postgres", f"drop database {name} with (force)")


async def fill(connection: asyncpg.Connection) -> dict[str, int]:
    """Give each empty table one row; returns how many rows each table has then."""
    tables: dict[str, list[asyncpg.Record]] = {}
    for row in await connection.fetch(COLUMNS):
        tables.setdefault(row["table"], []).append(row)
    targets = {name: {column["target"] for column in columns} - {None, name} for name, columns in tables.items()}
    keys: dict[str, Any] = {}
    for table in TopologicalSorter(targets).static_order():
        key = next(column["name"] for column in tables[table] if column["is_key"])
        found = await connection.fetchval(f"select {key} from {table} limit 1")
        keys[table] = found or await _add(connection, table, tables[table], keys)
    return {table: await connection.fetchval(f"select count(*) from {table}") for table in tables}


async def _add(connection: asyncpg.Connection, table: str, columns: list[asyncpg.Record], keys: dict[str, Any]) -> Any:
    numbers = itertools.count(1)
    values = {column["name"]: _value(table, column, keys, next(numbers)) for column in columns}
    places = ", ".join(f"${n}" for n in range(1, len(values) + 1))
    sql = f"insert into {table} ({', '.join(values)}) values ({places}) returning {columns[0]['name']}"
    try:
        return await connection.fetchval(sql, *values.values())
    except asyncpg.CheckViolationError:
        # Of two that may not stand together, such as a person or else a case, the one without a key to anything goes.
        loose = {column["name"] for column in columns if column["optional"] and column["target"] is None}
        return await connection.fetchval(sql, *(None if name in loose else value for name, value in values.items()))


def _value(table: str, column: asyncpg.Record, keys: dict[str, Any], number: int) -> Any:
    """Something that fits: later columns get later days, so that a period ends after it began."""
    if column["target"] is not None:
        return None if column["target"] == table else keys[column["target"]]
    if column["allowed"] is not None:
        return column["allowed"]
    kind = column["type"].removesuffix("[]")
    if column["type"].endswith("[]"):
        return [new_id()] if kind == "uuid" else []
    return {
        "uuid": new_id(),
        "text": f"{table}-{column['name']}",
        "date": date(2026, 1, 1) + timedelta(days=number),
        "timestamp with time zone": datetime(2026, 1, 1, tzinfo=UTC) + timedelta(days=number),
        "integer": 1,
        "bigint": 1,
        "smallint": 1,
        "double precision": 0.5,
        "boolean": False,
        "bytea": b"sealed",
        "jsonb": "{}",
    }[kind]
