"""What is put aside of a person who is in every table comes back, value for value."""

import json
from typing import Any
from uuid import UUID

import asyncpg
from sqlmodel import SQLModel

from app.core import schema
from app.core.db import Database
from app.core.settings import DEMO_SECRET
from app.services.erasures import GIVEN, linked, plan
from app.services.matters import ROLE
from app.services.retention.aside import put_back, take_away
from tests.conftest import database_dsn
from tests.erasures.test_verify import KEYS, NAME

_IDS = "select id, array(select id from members) as members, array(select id from accounts) as accounts from people"


async def every_row(connection: asyncpg.Connection) -> dict[str, list[Any]]:
    """By table, the rows about the one person that there is, without what counts their changes."""
    who, found = await connection.fetchrow(_IDS), {}
    for table, rows in linked().items():
        keys = ", ".join(column.name for column in SQLModel.metadata.tables[table].primary_key.columns)
        sql = (
            f"{GIVEN} select to_jsonb(t) - 'version' - 'updated_at' as said from {table} t where {rows} order by {keys}"
        )
        found[table] = [json.loads(row["said"]) for row in await connection.fetch(sql, *who, None)]
    return found


async def test_every_table_comes_back_as_it_was(everywhere: tuple[asyncpg.Connection, UUID]) -> None:
    connection, person_id = everywhere
    # As the database keeps them: a membership repeats the names of its person.
    await connection.execute("update people set sort_name = sort_name || ' '")
    before = await every_row(connection)
    dsn = schema.app_dsn(database_dsn(NAME), DEMO_SECRET)
    async with Database.opened(dsn, KEYS) as database:
        async with database.transaction(role=ROLE) as session:
            aside = await take_away(session, person_id)
        taken = await every_row(connection)
        assert aside.keys() == {emptying.table for emptying in plan()} - {"retention_items"}
        assert {table for table in before if before[table] != taken[table]} == aside.keys()
        async with database.transaction(role=ROLE) as session:
            await put_back(session, person_id, json.loads(json.dumps(aside)))
    assert await every_row(connection) == before
