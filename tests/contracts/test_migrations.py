"""Migrations: one line of them, nothing of the app in them, and no row lost on the way."""

import asyncio
import re

import asyncpg
import pytest
from alembic import command
from alembic.script import ScriptDirectory

from app.core import schema
from tests.contracts.rows import fill, fresh_database
from tests.contracts.source import HOUSE, sources

SCRIPTS = ScriptDirectory.from_config(schema._config())
VERSIONS = sources("migrations/versions")
#: From the first to the newest.
REVISIONS = [script.revision for script in SCRIPTS.walk_revisions()][::-1]


def test_there_is_one_line_of_migrations_named_as_their_files() -> None:
    assert SCRIPTS.get_heads() == [schema.head()]
    assert [source.path.stem for source in VERSIONS] == REVISIONS
    assert all(re.fullmatch(r"\d{4}_[a-z0-9_]+", revision) for revision in REVISIONS)
    assert [int(revision[:4]) for revision in REVISIONS] == list(range(1, len(REVISIONS) + 1))


def test_migrations_know_nothing_of_the_app() -> None:
    assert not [source.name for source in VERSIONS if any(name.split(".")[0] == "app" for name in source.imports())]


def test_migrations_wait_briefly_for_locks_and_one_at_a_time() -> None:
    env = (HOUSE / "migrations/env.py").read_text()
    assert "set lock_timeout" in env
    assert "set statement_timeout" in env
    assert "pg_try_advisory_lock" in env


def test_the_models_are_what_the_migrations_make(owner_dsn: str) -> None:
    schema.check(owner_dsn)


@pytest.mark.slow
async def test_each_migration_keeps_what_it_finds() -> None:
    """Every table that stands after a migration gets a row; all of them are still there after the next."""
    async with fresh_database("rollbook_upgrades") as dsn:
        before: dict[str, int] = {}
        for revision in REVISIONS:
            await asyncio.to_thread(command.upgrade, schema._config(dsn), revision)
            connection = await asyncpg.connect(dsn)
            lost = {table for table, rows in before.items() if await _count(connection, table) != rows}
            before = await fill(connection)
            await connection.close()
            assert not lost, f"{revision} loses rows of {lost}"
        assert len(before) > 20


async def _count(connection: asyncpg.Connection, table: str) -> int | None:
    if await connection.fetchval("select to_regclass($1)", table) is None:
        return None
    count: int = await connection.fetchval(f"select count(*) from {table}")
    return count
