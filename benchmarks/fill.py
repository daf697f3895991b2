"""Fills a migrated database with invented members: a skewed tree of 500 units, written by SQL in one go."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import NamedTuple
from uuid import UUID

from app.core.db import Database, Session
from app.core.permissions import Role
from app.models.accounts import Account, AccountState, Grant, GrantState, SignIn
from app.models.branches import UnitKind
from app.services.founding import found_organisation
from app.services.sign_ins import HOUSE_CLIENT

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

GIVEN = [
    "Ada",
    "Bel",
    "Cai",
    "Dot",
    "Eve",
    "Fay",
    "Gus",
    "Hal",
    "Ian",
    "Joy",
    "Kit",
    "Lee",
    "Mia",
    "Ned",
    "Oda",
    "Pam",
    "Quin",
    "Ros",
    "Sid",
    "Tia",
    "Una",
    "Val",
    "Wyn",
    "Zed",
]
FAMILY = [
    "Smith",
    "Jones",
    "Okafor",
    "Begum",
    "Taylor",
    "Evans",
    "Brown",
    "Kaya",
    "Nowak",
    "Patel",
    "Walker",
    "Wright",
    "Green",
    "Hughes",
    "Lewis",
    "Clarke",
]

#: One statement for the people, one for their memberships; the square skews the leaves some thirty to one.
PEOPLE = """
insert into people (id, created_at, updated_at, version, branch_ids, given_name, family_name, sort_name, search_name,
                    date_of_birth, preferred_language, email, email_key, mobile_phone, address_lines, town, postcode,
                    country, objections)
select md5('p' || g)::uuid, now(), now(), 1, array[l.id], given, family, lower(family || ' ' || given),
       lower(given || ' ' || family), date '1940-01-01' + (hashint4(g) & 16383), 'en',
       lower(given) || g || '@example.org', lower(given) || g || '@example.org',
       '+4474001' || lpad((g % 100000)::text, 5, '0'), array[g % 200 || ' Example Road'],
       'Exampleton', 'E' || 1 + g % 18 || ' ' || g % 10 || 'AA', 'GB', '{}'
from (
  select g, ($1::text[])[1 + (hashint4(g + 1) & 1023) % cardinality($1::text[])] given,
         ($2::text[])[1 + (hashint4(g + 2) & 1023) % cardinality($2::text[])]
           || case when g % 3 = 0 then substr(md5(g::text), 1, 4) else '' end family,
         1 + floor(power((hashint4(g + 3) & 65535) / 65536.0, 1.5) * 437)::int leaf
  from generate_series(1, $3::int) g
) invented join (select id, row_number() over (order by name) n from branches where kind = 'branch') l on l.n = leaf
"""


class Scope(NamedTuple):
    """Somebody signed in, and the units they reach."""

    name: str
    token_subject: UUID
    sign_in_id: UUID
    unit: UUID


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
        await session.execute("set local statement_timeout = 0")
        connection = await session.connection()
        # They would look up for each row what is written here for all.
        await connection.execute("alter table members disable trigger user")
        await connection.execute(PEOPLE, GIVEN, FAMILY, rows, timeout=3600)
        await connection.execute(await _members_sql(session), timeout=3600)
        await connection.execute("alter table members enable trigger user")
        await session.execute("select setval('member_numbers', 100001 + $1::bigint)", rows)
    connection = await database.acquire()
    await connection.execute("vacuum (analyze) people, members, branches", timeout=3600)
    await database.release(connection)
    return [
        await sign_in(database, "leaf", Role.branch_secretary, "kind = 'branch' and name = 'Branch 200'"),
        await sign_in(database, "region", Role.regional_officer, "kind = 'region' and name = 'Region 3'"),
        await sign_in(database, "national", Role.national_membership_officer, f"id = '{founded.organisation_id}'"),
    ]


async def _members_sql(session: Session) -> str:
    """Memberships, with whatever columns of the person the table repeats."""
    repeated = {"sort_name", "search_name"} & {
        row["attname"]
        for row in await session.fetch("select attname from pg_attribute where attrelid = 'members'::regclass")
    }
    names = "".join(f", {name}" for name in sorted(repeated))
    return (
        "insert into members (id, created_at, updated_at, version, person_id, branch_id, relationship, number, type,"
        f" joined_on, paid_until, lapses_on{names}) select gen_random_uuid(), now(), now(), 1, id, branch_ids[1],"
        " 'member', (100000 + row_number() over ())::text, 'full', date '2010-01-01' + (hashtext(id::text) & 4095),"
        f" date '2027-06-30', date '2027-10-01'{names} from people"
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
    return Scope(name, account.id, begun.id, unit)
