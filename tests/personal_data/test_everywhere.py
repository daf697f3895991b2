"""A person who is in every table is found in every table: nothing classed is missing, and nothing secret is there."""

import json
from collections.abc import AsyncIterator
from typing import Any
from uuid import UUID

import asyncpg
import pytest
from sqlalchemy import LargeBinary
from sqlmodel import SQLModel

import app.models  # noqa: F401  (fills the metadata)
from app.core import schema
from app.core.crypto import encrypt
from app.core.db import Database
from app.core.errors import NotFound
from app.core.privacy import Privacy
from app.core.settings import DEMO_SECRET, Settings
from app.models.packages import ItemDecision
from app.services.envelopes import key_for
from app.services.erasures import erase_person, plan
from app.services.erasures.verify import verify_erasure
from app.services.person_links import acting, rows_held
from app.services.personal_data.pieces import PersonData, PieceKind
from app.services.personal_data.reading import columns_shown, plain
from app.services.personal_data.search import LETTERS, find_person_data
from app.services.personal_data.third_parties import find_third_parties, propose, redact
from tests.contracts.rows import fill, fresh_database

TABLES = {table.name: table for table in SQLModel.metadata.sorted_tables}
UNSEEN = {Privacy.none, Privacy.secret}
#: What carries somebody's id and says nothing of them: why a search need not look.
SAYS_NOTHING = {
    "envelope_keys": "a key",
    "erasures": "what becomes of them afterwards",
    "file_links": "a link that is gone within minutes",
    "password_resets": "a secret",
    "request_items": "copies, found again where they come from",
}
#: Secrets that the role needs for its other work, and a search reads no more than any other.
NEEDED = {
    ("envelope_keys", "wrapped_key"): "opens what is sealed",
    ("package_releases", "code_hash"): "compared with the code that somebody brings",
}


class Everywhere:
    """A migrated database in which one person is in every table."""

    def __init__(self, owner: Database, app: Database, dsn: str) -> None:
        self.owner, self.app, self.dsn = owner, app, dsn
        self.person = self.member = self.account = UUID(int=0)

    async def fill(self) -> None:
        connection = await asyncpg.connect(self.dsn)
        await fill(connection)
        # Trails are not to be changed, and these are made to be about the person.
        await connection.execute("set session_replication_role = replica")
        self.person, self.member, self.account = [
            await connection.fetchval(f"select id from {table} limit 1") for table in ("people", "members", "accounts")
        ]
        await connection.execute("update people set erased_at = null, email = 'only.one@example.org'")
        await connection.execute("update import_rows set cells = '[\"only.one@example.org\"]'")
        request = await connection.fetchval("select id from rights_requests")
        source = await connection.fetchval("select source_id from member_restrictions")
        async with self.owner.transaction() as session:
            key = (await key_for(session, self.person)).key
        for table in rows_held():
            for column in TABLES[table].columns:
                if column.name.endswith("person_id") and not column.foreign_keys:
                    await connection.execute(f"update {table} set {column.name} = $1", self.person)
                elif column.name.endswith("member_id") and not column.foreign_keys:
                    await connection.execute(f"update {table} set {column.name} = $1", self.member)
                elif column.name == "subject_id" and not column.foreign_keys:
                    theirs = request if table == "matter_steps" else self.person
                    await connection.execute(f"update {table} set subject_id = $1", theirs)
                elif column.name == "source_id" and table == "exclusion_marks":
                    await connection.execute("update exclusion_marks set source_id = $1", source)
                elif isinstance(column.type, LargeBinary) and column.name.startswith("sealed"):
                    row = await connection.fetchval(f"select id from {table}")
                    text = json.dumps({"text": _mark(table)}) if column.name == "sealed" else _mark(table)
                    sealed = encrypt(key, text.encode(), f"{table}.{column.name}:{row}".encode())
                    await connection.execute(f"update {table} set {column.name} = $1", sealed)
        await connection.close()

    async def find(self) -> PersonData:
        async with self.app.transaction() as session:
            return await find_person_data(session, self.person)


def _mark(table: str) -> str:
    return f"what was said in {table}"


@pytest.fixture(scope="module")
async def everywhere(anyio_backend: str, settings: Settings) -> AsyncIterator[Everywhere]:
    async with (
        fresh_database("rollbook_everywhere", template="rollbook_template") as dsn,
        Database.opened(dsn, settings.master_key) as owner,
        Database.opened(schema.app_dsn(dsn, DEMO_SECRET), settings.master_key) as database,
    ):
        made = Everywhere(owner, database, dsn)
        await made.fill()
        yield made


def _rows(found: PersonData) -> dict[str, list[dict[str, Any]]]:
    rows: dict[str, list[dict[str, Any]]] = {}
    for piece in found.pieces:
        if piece.kind in {PieceKind.row, PieceKind.trail}:
            held = piece.values["rows"] if piece.kind is PieceKind.trail else [piece.values]
            rows.setdefault(piece.table, []).extend(held)
    return rows


async def test_each_classed_column_of_each_row_is_found_with_its_value(everywhere: Everywhere) -> None:
    rows = _rows(await everywhere.find())
    missing = []
    async with everywhere.owner.transaction() as session:
        for table in rows_held():
            for kept in await session.fetch(f"select * from {table}"):
                near = [row for row in rows.get(table, []) if row.get("id") == plain(kept.get("id"))]
                for column in TABLES[table].columns:
                    if column.info["privacy"] in UNSEEN:
                        continue
                    expected = _expected(table, column.name, kept[column.name])
                    if not near or near[0][column.name] != expected:
                        missing.append(f"{table}.{column.name}")
    assert not missing
    assert len(rows) == len(rows_held())


def _expected(table: str, column: str, value: Any) -> Any:
    if isinstance(value, bytes):
        opened = {"text": _mark(table)} if column == "sealed" else _mark(table)
        return opened if column.startswith("sealed") else value.hex()
    return plain(value)


async def test_no_secret_is_found(everywhere: Everywhere) -> None:
    secret = {
        (table.name, column.name)
        for table in TABLES.values()
        for column in table.columns
        if column.info["privacy"] is Privacy.secret
    }
    found = {(table, name) for table, rows in _rows(await everywhere.find()).items() for row in rows for name in row}
    assert secret
    assert not secret & found


async def test_wherever_an_id_of_theirs_stands_was_searched(everywhere: Everywhere) -> None:
    """Asked of the database and not of the classes: every table that holds an id of theirs at all."""
    ids = [everywhere.person, everywhere.member, everywhere.account]
    holding = set()
    async with everywhere.owner.transaction() as session:
        for name in await session.fetch("select relname from pg_class where relkind = 'r' and relnamespace = $1",
                                        await session.fetchval("select 'public'::regnamespace::oid")):  # fmt: skip
            table = name["relname"]
            said = f"select exists (select from {table} t where to_jsonb(t)::text ~ $1)"
            if await session.fetchval(said, "|".join(map(str, ids))):
                holding.add(table)
    found = await everywhere.find()
    searched = {line.table for line in found.searched}
    summed = {piece.table for piece in found.pieces if piece.kind is PieceKind.summary}
    assert holding - searched - summed - SAYS_NOTHING.keys() == set()
    assert len(holding) > 30
    assert searched == {*rows_held(), LETTERS}
    assert all(line.rows for line in found.searched if line.table != LETTERS)


async def test_the_search_may_read_every_such_table_and_no_secret(everywhere: Everywhere) -> None:
    """A table that comes tomorrow needs its grant, and its policy, for the role that searches."""
    needed = {(table, name) for table in rows_held() for name in columns_shown(table)}
    needed |= {(name, column) for name, table in TABLES.items() for column in ("id", "created_at", *acting(table))
               if acting(table)}  # fmt: skip
    async with everywhere.owner.transaction() as session:
        rows = await session.fetch(
            "select c.relname, a.attname from pg_class c join pg_attribute a on a.attrelid = c.oid and a.attnum > 0 "
            "where c.relkind = 'r' and c.relnamespace = 'public'::regnamespace and not a.attisdropped "
            "and has_column_privilege('rollbook_privacy', c.oid, a.attnum, 'select')"
        )
        policies = await session.fetch(
            "select tablename from pg_policies where 'rollbook_privacy' = any (roles) and cmd in ('SELECT', 'ALL') "
            "and qual = 'true'"
        )
        locked = await session.fetch("select relname from pg_class where relrowsecurity")
    granted = {(row["relname"], row["attname"]) for row in rows}
    assert needed - granted == set()
    without = {row["relname"] for row in locked} - {row["tablename"] for row in policies}
    assert {table for table, _ in needed} & without == set()
    secret = {(t, c) for t, c in granted if t in TABLES and TABLES[t].columns[c].info["privacy"] is Privacy.secret}
    assert secret - NEEDED.keys() == set()


async def test_what_their_account_did_for_others_is_only_counted(everywhere: Everywhere) -> None:
    sums = [piece for piece in (await everywhere.find()).pieces if piece.kind is PieceKind.summary]
    assert {"exports", "imports"} <= {piece.table for piece in sums}
    assert all(piece.values.keys() == {"rows", "first_on", "last_on"} for piece in sums)


async def test_what_lies_behind_a_wall_says_so_and_is_held_back(everywhere: Everywhere) -> None:
    pieces = [p for p in (await everywhere.find()).pieces if p.kind is PieceKind.row and p.table.startswith("dispute")]
    assert len(pieces) > 8
    assert all(piece.wall_key is not None and piece.proposal is not ItemDecision.release for piece in pieces)


async def test_a_search_twice_finds_the_same_under_the_same_keys(everywhere: Everywhere) -> None:
    first, second = await everywhere.find(), await everywhere.find()
    assert first == second
    assert len({piece.key for piece in first.pieces}) == len(first.pieces)


async def test_everything_can_be_searched_for_others_and_blacked_out(everywhere: Everywhere) -> None:
    found = await everywhere.find()
    async with everywhere.app.transaction() as session:
        others = await find_third_parties(session, found.pieces, everywhere.person)
    for piece in found.pieces:
        findings = others.get(piece.key, [])
        assert propose(piece, findings) in ItemDecision
        assert redact(piece.values, findings).keys() == piece.values.keys()


async def test_whoever_was_exported_whole_is_erased_and_proved_gone(everywhere: Everywhere, settings: Settings) -> None:
    """The last of these tests: afterwards there is nobody any more."""
    [person] = _rows(await everywhere.find())["people"]
    known = [person["given_name"], person["email"]]
    connection = await asyncpg.connect(everywhere.dsn)
    before = await verify_erasure(connection, settings.master_key, everywhere.person, known)
    async with everywhere.app.transaction(role="rollbook_auth") as session:
        assert await erase_person(session, None, everywhere.person)
    after = await verify_erasure(connection, settings.master_key, everywhere.person, known)
    await connection.close()
    assert {one.table for one in before.left} >= {emptying.table for emptying in plan()}
    assert after.left == []
    with pytest.raises(NotFound):
        await everywhere.find()
