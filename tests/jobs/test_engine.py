"""The engine's tables: as its installed version wants them, and closed to everybody but its role."""

import time
from importlib import resources

import asyncpg
import pytest

from app.core.ids import new_id
from app.core.settings import Settings
from tests.contracts.source import HOUSE
from tests.world import Api

VENDORED = HOUSE / "migrations" / "procrastinate"


def test_the_installed_engine_wants_the_tables_that_the_migrations_make() -> None:
    """If this fails the engine was upgraded: its own migrations since the newest file here belong into one of ours."""
    newest = max(VENDORED.glob("*.sql"), key=lambda path: [int(part) for part in path.stem.split(".")])
    installed = (resources.files("procrastinate.sql") / "schema.sql").read_text("utf-8")
    assert newest.read_text("utf-8") == installed


def test_what_was_taken_over_keeps_its_licence() -> None:
    assert "MIT License" in (VENDORED / "LICENSE.md").read_text("utf-8")


@pytest.mark.parametrize("role", ["app", "whole", "self", "auth", "import", "system", "search"])
async def test_nobody_else_touches_the_engine(api: Api, role: str) -> None:
    rows = await api.row(
        "select count(*) filter (where has_table_privilege($1, c.oid, 'select, insert, update, delete')) as open, "
        "count(*) as tables from pg_class c where c.relnamespace = 'jobs_engine'::regnamespace and c.relkind = 'r'",
        f"rollbook_{role}",
    )
    assert (rows["open"], rows["tables"]) == (0, 4)
    assert not await api.value("select has_schema_privilege($1, 'jobs_engine', 'usage')", f"rollbook_{role}")


async def test_the_app_reads_no_table_of_the_engine(settings: Settings) -> None:
    connection = await asyncpg.connect(settings.app_dsn)
    try:
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            await connection.fetch("select * from jobs_engine.procrastinate_jobs")
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            await connection.fetch("select jobs_engine.procrastinate_register_worker_v1()")
        with pytest.raises(asyncpg.RaiseError, match="not there to be handed over"):
            await connection.fetch("select hand_over_job($1)", new_id())
    finally:
        await connection.close()


async def test_the_engines_role_reads_jobs_and_nothing_else_of_ours(settings: Settings) -> None:
    connection = await asyncpg.connect(settings.app_dsn)
    try:
        await connection.execute("set role rollbook_jobs")
        open_tables = await connection.fetch(
            "select relname from pg_class c where c.relnamespace = 'public'::regnamespace and c.relkind = 'r' "
            "and has_any_column_privilege(c.oid, 'select, insert, update')"
        )
        assert [row["relname"] for row in open_tables] == ["jobs"]
    finally:
        await connection.close()


async def test_every_function_of_the_engine_knows_where_its_tables_are(api: Api) -> None:
    rows = await api.row(
        "select count(*) as all, "
        "count(*) filter (where 'search_path=jobs_engine, pg_temp' = any (proconfig)) as bound, "
        "count(*) filter (where has_function_privilege('rollbook_app', oid, 'execute')) as open "
        "from pg_proc where pronamespace = 'jobs_engine'::regnamespace"
    )
    assert rows["all"] == rows["bound"] > 10
    assert rows["open"] == 0


async def test_looking_for_work_where_there_is_none_is_quick(api: Api) -> None:
    await api.work()
    began = time.perf_counter()
    await api.work()
    assert time.perf_counter() - began < 0.5
