"""The proof of an erasure: it finds whatever is left, in whichever table, and tells the place and never the words."""

import asyncio
import io
import os
import sys
from collections.abc import AsyncIterator, Sequence
from uuid import UUID

import asyncpg
import pytest
from sqlmodel import SQLModel

from app.cli import main
from app.core import schema
from app.core.crypto import MasterKey
from app.core.db import Database
from app.core.errors import NotFound
from app.core.ids import new_id
from app.core.settings import DEMO_SECRET
from app.services.erasures import erase_person, plan
from app.services.erasures.verify import KnownTooShort, Verified, verify_erasure
from tests.conftest import database_dsn
from tests.contracts.rows import fill, fresh_database

#: Of this worker alone: another one may prove the same of another.
NAME = f"rollbook_verified_{os.environ.get('PYTEST_XDIST_WORKER', 'one')}"
KEYS = MasterKey([DEMO_SECRET])
KNOWN = ("people-given_name", "people-email", "members-number", "office_terms-holder_name", "accounts-email")


@pytest.fixture
async def everywhere(anyio_backend: str) -> AsyncIterator[tuple[asyncpg.Connection, UUID]]:
    """The owner's connection to a database in which one person has a row in every table, and that person."""
    async with fresh_database(NAME, template="rollbook_template") as dsn:
        connection = await asyncpg.connect(dsn)
        await fill(connection)
        await _name_everywhere(connection)
        yield connection, await connection.fetchval("select id from people")
        await connection.close()


async def _name_everywhere(connection: asyncpg.Connection) -> None:
    """Name the person also where no foreign key leads to them; they are not erased yet."""
    await connection.execute("set session_replication_role = replica")
    for table in SQLModel.metadata.sorted_tables:
        for column in (one for one in table.columns if not one.foreign_keys):
            for noun, people in (("person_id", "people"), ("member_id", "members")):
                if column.name.endswith(noun):
                    await connection.execute(f"update {table.name} set {column.name} = (select id from {people})")
    await connection.execute("update people set erased_at = null")
    await connection.execute("update import_rows set cells = '[\"people-given_name\"]'")
    await connection.execute("set session_replication_role = origin")


async def erase(person_id: UUID) -> None:
    dsn = schema.app_dsn(database_dsn(NAME), DEMO_SECRET)
    async with Database.opened(dsn, KEYS) as database, database.transaction(role="rollbook_auth") as session:
        assert await erase_person(session, None, person_id)


def places(found: Verified) -> set[str]:
    return {f"{one.table}.{one.column}" for one in found.left}


async def test_somebody_known_in_every_table_is_gone(everywhere: tuple[asyncpg.Connection, UUID]) -> None:
    connection, person_id = everywhere
    before = await verify_erasure(connection, KEYS, person_id, KNOWN)
    assert {one.table for one in before.left} >= {emptying.table for emptying in plan()}
    assert {"people.erased_at", "envelope_keys.wrapped_key", "erasures.subject_id"} <= places(before)
    assert {"public.people.given_name", "public.import_rows.cells"} <= places(before)
    await erase(person_id)
    after = await verify_erasure(connection, KEYS, person_id, KNOWN)
    assert after.left == []
    assert after.checked > sum(len(emptying.columns) for emptying in plan())


IN_A_JOB = """
insert into jobs_engine.procrastinate_jobs (queue_name, task_name, args) values ('q', 't', '{"to": "people-email"}')
"""
LEFT_BEHIND: Sequence[tuple[str, str]] = [
    ("update office_terms set holder_name = 'Gwen'", "office_terms.holder_name"),
    ("update grants set reason = 'people-given_name'", "public.grants.reason"),
    ("update branches set name = 'The branch of PEOPLE-GIVEN_NAME'", "public.branches.name"),
    ('update events set data = \'{"x": ["people-email"]}\'', "public.events.data"),
    (IN_A_JOB, "jobs_engine.procrastinate_jobs.args"),
]


async def test_whatever_is_left_is_found(everywhere: tuple[asyncpg.Connection, UUID]) -> None:
    connection, person_id = everywhere
    await erase(person_id)
    await connection.execute("set session_replication_role = replica")
    for statement, place in LEFT_BEHIND:
        await connection.execute(statement)
        found = places(await verify_erasure(connection, KEYS, person_id, KNOWN))
        assert place in found, found


async def test_what_cannot_be_verified_is_said(everywhere: tuple[asyncpg.Connection, UUID]) -> None:
    connection, person_id = everywhere
    with pytest.raises(NotFound):
        await verify_erasure(connection, KEYS, new_id(), [])
    with pytest.raises(KnownTooShort, match="2"):
        await verify_erasure(connection, KEYS, person_id, ["people-email", "Ann"])


def run(monkeypatch: pytest.MonkeyPatch, known: str, person_id: UUID) -> str | None:
    """The sentence with which the command ends, if the person is not gone."""
    monkeypatch.setattr(sys, "argv", ["rollbook", "privacy", "verify", str(person_id)])
    monkeypatch.setattr(sys, "stdin", io.StringIO(known))
    with pytest.raises(SystemExit) as ended:
        main()
    return ended.value.code if isinstance(ended.value.code, str) else None


async def test_the_command_says_whether_somebody_is_gone(
    everywhere: tuple[asyncpg.Connection, UUID], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    _, person_id = everywhere
    monkeypatch.setenv("DATABASE_URL", database_dsn(NAME))
    monkeypatch.setenv("SECRET_KEY", DEMO_SECRET)
    monkeypatch.setenv("ROLLBOOK_ENV", "test")
    assert await asyncio.to_thread(run, monkeypatch, "people-email\n", person_id) == "The person is not gone."
    said = capsys.readouterr().out
    assert "public.people.email: says what was known of them (rows: 1)" in said
    assert "people-email" not in said
    await erase(person_id)
    assert await asyncio.to_thread(run, monkeypatch, "people-email\n\n", person_id) is None
    assert "Nothing is left" in capsys.readouterr().out
    assert "line 1 is too short" in str(await asyncio.to_thread(run, monkeypatch, "Ann\n", person_id))
