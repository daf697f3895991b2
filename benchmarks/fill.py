"""Fills a migrated database with invented members of a skewed tree of 500 units, by COPY."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from io import BytesIO
from typing import NamedTuple
from uuid import UUID

import asyncpg

from app.core.db import Database
from app.core.permissions import Role
from app.models.accounts import Account, AccountState, Grant, GrantState, SignIn
from app.models.branches import UnitKind
from app.services.founding import found_organisation
from app.services.sign_ins import HOUSE_CLIENT
from benchmarks.fill_rows import COLUMNS, Invention

#: Seconds that a statement of the filling may take.
LONG = 24 * 60 * 60

TREE = """
with recursive root as (select id from branches where parent_id is null),
regions as (select gen_random_uuid() id, n from generate_series(1, 9) n),
parties as (select gen_random_uuid() id, n, 1 + n % 9 region from generate_series(1, 54) n),
leaves as (select gen_random_uuid() id, n, 1 + n % 54 party from generate_series(1, 437) n),
units as (
  select r.id, root.id parent_id, array[root.id, r.id] path, 'region' kind, 'Region ' || r.n name from regions r, root
  union all
  select p.id, r.id, array[root.id, r.id, p.id], 'local_party', 'Party ' || p.n
  from parties p join regions r on r.n = p.region, root
  union all
  select l.id, p.id, array[root.id, r.id, p.id, l.id], 'branch', 'Branch ' || l.n
  from leaves l join parties p on p.n = l.party join regions r on r.n = p.region, root
)
insert into branches (id, created_at, updated_at, version, parent_id, path, kind, status, name,
                      local_authorities, postcode_districts)
select id, now(), now(), 1, parent_id, path, kind, 'recognised', name, '{}', '{}' from units
"""

#: Officers of every party and branch but each twentieth, who has left: of those offices a few wait to be confirmed.
OFFICERS = """
insert into office_terms (id, created_at, updated_at, version, branch_id, office_type_id, person_id, holder_name,
                          how_chosen, starts_on, ends_on, state, recorded_by)
select gen_random_uuid(), now(), now(), 1, b.id, o.id, p.id, p.given_name || ' ' || p.family_name, 'elected',
       current_date - 100, null, case when b.n % 25 = 7 then 'proposed' else 'confirmed' end, $1
from (select id, kind, row_number() over (order by name) n from branches) b
join office_types o on o.required and b.kind = any (o.kinds)
cross join lateral (
  select p.* from members m join people p on p.id = m.person_id where m.branch_id = b.id
  order by m.sort_name offset ascii(o.key) % 7 limit 1
) p
where b.n % 20 <> 3
"""

#: One member in a thousand asks to move to the branch of another.
TRANSFERS = """
insert into transfers (id, created_at, updated_at, version, member_id, member_name, from_branch_id, to_branch_id, state,
                       asked_by)
select gen_random_uuid(), now(), now(), 1, m.id, m.sort_name, m.branch_id, b.id, 'asked', $1
from members m join branches b on b.name = 'Branch ' || 1 + (m.number::bigint / 1000 * 200) % 437
where m.number like '%500' and b.id <> m.branch_id
"""


class Scope(NamedTuple):
    """Somebody signed in, and the units they reach."""

    name: str
    token_subject: UUID
    sign_in_id: UUID
    unit: UUID
    role: Role


async def fill(database: Database, rows: int) -> list[Scope]:
    """Make the organisation and its members; returns a secretary of a leaf, a regional and a national officer."""
    async with database.transaction() as session:
        founded = await found_organisation(
            session,
            name="The Measured Party",
            name_cy=None,
            kind=UnitKind.party,
            administrator_email="a@rollbook.example",
            officer_email="o@rollbook.example",
        )
        await session.execute(TREE)
    async with database.transaction() as session:
        connection = await session.connection()
        await _copy_members(connection, rows)
        for statement in (OFFICERS, TRANSFERS):
            await connection.execute(statement, founded.officer_id, timeout=LONG)
        # Outside a transaction, which VACUUM asks for: what was written stays.
        await connection.execute("commit; set statement_timeout = 0")
        await connection.execute("vacuum (analyze)", timeout=LONG)
        await connection.execute("reset statement_timeout; begin")
    return [
        await sign_in(database, "leaf", Role.branch_secretary, "kind = 'branch' and name = 'Branch 200'"),
        await sign_in(database, "region", Role.regional_officer, "kind = 'region' and name = 'Region 3'"),
        await sign_in(database, "national", Role.national_membership_officer, f"id = '{founded.organisation_id}'"),
    ]


async def _copy_members(connection: asyncpg.Connection, rows: int) -> None:
    """Bring the invented members in, and build what looks them up when they are all there."""
    # Triggers would look up for each row what is written here for all.
    await connection.execute("set local statement_timeout = 0; alter table members disable trigger user")
    await connection.execute("set local maintenance_work_mem = '512MB'")
    branches = await connection.fetch("select id from branches where kind = 'branch' order by name")
    horizon = await connection.fetchval("select order_horizon()")
    drops, builds = await _lookups(connection)
    for statement in drops:
        await connection.execute(statement)
    for batch in Invention([row["id"] for row in branches], rows, horizon - 1).batches():
        for table, columns in COLUMNS.items():
            await connection.copy_to_table(table, source=BytesIO(batch.text(table)), columns=columns, timeout=LONG)
    for statement in builds:
        await connection.execute(statement, timeout=LONG)
    await connection.execute("alter table members enable trigger user")
    await connection.execute("select setval('member_numbers', 100001 + $1::bigint)", rows)


async def _lookups(connection: asyncpg.Connection) -> tuple[list[str], list[str]]:
    """The statements that drop the tables' plain indexes and foreign keys, and those that make them again."""
    tables = list(COLUMNS)
    keys = await connection.fetch(
        "select conrelid::regclass::text home, conname, pg_get_constraintdef(oid) made from pg_constraint "
        "where contype = 'f' and conrelid::regclass::text = any ($1)",
        tables,
    )
    indexes = await connection.fetch(
        "select indexrelid::regclass::text as name, pg_get_indexdef(indexrelid) made from pg_index "
        "where not indisunique and indrelid::regclass::text = any ($1)",
        tables,
    )
    drops = [f"alter table {key['home']} drop constraint {key['conname']}" for key in keys]
    builds = [f"alter table {key['home']} add constraint {key['conname']} {key['made']}" for key in keys]
    return (
        [*drops, *(f"drop index {index['name']}" for index in indexes)],
        [*(index["made"] for index in indexes), *builds],
    )


async def sign_in(database: Database, name: str, role: Role, which: str) -> Scope:
    """Somebody signed in who holds a role at the unit for which `which`, a condition, holds."""
    now = datetime.now(UTC)
    async with database.transaction() as session:
        unit = await session.fetchval(f"select id from branches where {which}")
        email = f"{name}@rollbook.example"
        account = Account(email=email, email_key=email, name=name, state=AccountState.active)
        grant = Grant(
            account_id=account.id,
            role=role,
            branch_id=unit,
            starts_on=now.date() - timedelta(days=1),
            state=GrantState.confirmed,
            reason="measured",
            proposed_by=account.id,
        )
        begun = SignIn(
            account_id=account.id,
            client_id=HOUSE_CLIENT,
            last_used_at=now,
            expires_at=now + timedelta(days=1),
        )
        for entity in (account, grant, begun):
            await session.insert(entity)
    return Scope(name, account.id, begun.id, unit, role)
