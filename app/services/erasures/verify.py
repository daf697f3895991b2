"""Proof of an erasure against every table: read as the owner of the tables, past every policy.

Of each row about the person every column must hold what the plan leaves; their keys must be destroyed, so that nothing
sealed under them opens; no piece of a file may be left, and no workbook that could hold them. What was known of them
can be given beside: then every table is searched for it, the engine's of the jobs among them, and what lies sealed
under the application's own key. What is found is told by table and column, never with what it says.
"""

import json
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

import asyncpg

from app.core.crypto import DecryptionFailed, MasterKey
from app.core.errors import NotFound
from app.core.text import fold
from app.services.erasures import DROPPED, GIVEN, plan
from app.services.erasures.reach import FILES, UNITS
from app.services.outbox import open_letter

#: A shorter value would be found in words that have nothing to do with the person.
SHORTEST = 4
_WHO = """
select p.erased_at, array(select id from members where person_id = p.id) as members,
  array(select id from accounts where person_id = p.id) as accounts
from people p where p.id = $1
"""
_KEYS = """
select count(*) from unnest($1::uuid[]) subject (id) left join envelope_keys k on k.subject_id = subject.id
where k.destroyed_at is null or k.wrapped_key is not null
"""
_PIECES = f"with {FILES} select count(*) from file_pieces where file_id in (select id from theirs)"
# Of those that were asked for before: what is built later holds a tombstone.
_WORKBOOKS = f"""
with {UNITS}
select count(*) from exports e left join envelope_keys k on k.subject_id = e.id
where e.format = 'xlsx' and e.created_at < $2 and k.wrapped_key is not null and unit_ids && (select ids from above)
"""
_LEDGER = "select count(*) from erasures where subject_id = $1"
_IDEMPOTENCY = "select id, sealed_body as sealed from idempotency_keys"
_MAIL = "select id, sealed_message as sealed from mail_outbox where sealed_message <> ''"
# All that can hold words: of every schema that is not the server's own.
_COLUMNS = """
select n.nspname as schema, c.relname as table, a.attname as column
from pg_class c join pg_namespace n on n.oid = c.relnamespace
join pg_attribute a on a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped
left join pg_type e on e.oid = a.atttypid
left join pg_type of_array on of_array.oid = e.typelem and e.typcategory = 'A'
where c.relkind in ('r', 'p', 'm') and n.nspname not like 'pg\\_%' and n.nspname <> 'information_schema'
and (e.typcategory in ('S', 'D') or e.typname in ('json', 'jsonb', 'date') or of_array.typcategory = 'S'
  or of_array.typname in ('json', 'jsonb'))
order by 1, 2, 3
"""


class KnownTooShort(Exception):
    """A value is too short to be searched for; which line it was stands in its one argument."""


@dataclass(frozen=True, slots=True)
class Left:
    """Something that should not be there any more: in how many rows of which column."""

    table: str
    column: str
    rows: int
    why: str


@dataclass(frozen=True, slots=True)
class Verified:
    """`checked` is the number of columns that were looked at."""

    checked: int
    left: Sequence[Left]


async def verify_erasure(
    connection: asyncpg.Connection, keys: MasterKey, person_id: UUID, known: Sequence[str]
) -> Verified:
    """Look for whatever is left of somebody who was erased. Raises `NotFound`, `KnownTooShort`."""
    for number, value in enumerate(known, start=1):
        if len(value) < SHORTEST:
            raise KnownTooShort(number)
    who = await connection.fetchrow(_WHO, person_id)
    if who is None:
        raise NotFound("person")
    ids = [person_id, *who["members"]]
    left = [one async for one in _unemptied(connection, (person_id, who["members"], who["accounts"], None))]
    left += [one async for one in _still_open(connection, person_id, ids, who["erased_at"])]
    columns = await connection.fetch(_COLUMNS) if known else []
    for column in columns:
        left += await _search(connection, column, known)
    left += await _search_sealed(connection, keys, [str(one) for one in ids], known)
    checked = sum(len(emptying.columns) for emptying in plan()) + len(columns)
    return Verified(checked, left)


async def _unemptied(connection: asyncpg.Connection, values: Sequence[object]) -> AsyncIterator[Left]:
    """Columns that do not hold what the plan leaves in them."""
    for emptying in plan():
        if emptying.table in DROPPED:
            checks = {"*": "true"}
        else:
            checks = {name: f"{name} is distinct from ({sql})" for name, sql in emptying.written.items()}
        counts = ", ".join(f'count(*) filter (where {check}) as "{name}"' for name, check in checks.items())
        row = await connection.fetchrow(f"{GIVEN} select {counts} from {emptying.table} where {emptying.rows}", *values)
        for name, number in row.items():
            if number:
                yield Left(emptying.table, name, number, "not emptied")


async def _still_open(
    connection: asyncpg.Connection, person_id: UUID, ids: Sequence[UUID], erased_at: datetime | None
) -> AsyncIterator[Left]:
    if erased_at is None:
        yield Left("people", "erased_at", 1, "not erased")
    if not await connection.fetchval(_LEDGER, person_id):
        yield Left("erasures", "subject_id", 1, "not in the ledger: a restore would bring them back")
    if number := await connection.fetchval(_KEYS, ids):
        yield Left("envelope_keys", "wrapped_key", number, "key not destroyed")
    if number := await connection.fetchval(_PIECES, ids):
        yield Left("file_pieces", "sealed", number, "file not erased")
    if number := await connection.fetchval(_WORKBOOKS, ids, erased_at):
        yield Left("exports", "file_id", number, "workbook that could hold them")


async def _search(connection: asyncpg.Connection, column: asyncpg.Record, known: Sequence[str]) -> list[Left]:
    """Values that were known, in one column, as they were written or as names are folded for search."""
    forms = sorted({form for value in known for form in (value.lower(), _in_json(value), fold(value)) if form})
    place = f'"{column["schema"]}"."{column["table"]}"'
    number = await connection.fetchval(
        f"select count(*) from {place} where exists (select from unnest($1::text[]) known "
        f'where position(known in lower("{column["column"]}"::text)) > 0)',
        forms,
    )
    return [Left(place.replace('"', ""), column["column"], number, "says what was known of them")] if number else []


async def _search_sealed(
    connection: asyncpg.Connection, keys: MasterKey, ids: Sequence[str], known: Sequence[str]
) -> list[Left]:
    """The same in what the application's own key opens: letters, and answers kept for a repeat."""
    forms = [form for value in known for form in (value.lower(), _in_json(value))]
    answers = letters = 0
    for row in await connection.fetch(_IDEMPOTENCY):
        try:
            said = keys.open_bytes("idempotency", row["sealed"]).decode(errors="replace").lower()
        except DecryptionFailed:
            continue
        answers += any(form in said for form in (*ids, *forms))
    for row in await connection.fetch(_MAIL):
        try:
            letter = open_letter(keys, row["id"], row["sealed"])
        except DecryptionFailed:
            continue
        said = f"{letter.to}\n{letter.subject}\n{letter.text}".lower()
        letters += any(form in said for form in forms)
    found = {("idempotency_keys", "sealed_body"): answers, ("mail_outbox", "sealed_message"): letters}
    return [Left(*place, rows=number, why="speaks of them") for place, number in found.items() if number]


def _in_json(value: str) -> str:
    """As JSON writes it, where quotes and reverse strokes are doubled."""
    return json.dumps(value, ensure_ascii=False)[1:-1].lower()
