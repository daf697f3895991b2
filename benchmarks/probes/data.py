"""The probe's schema and its million rows: a skewed tree of 500 branches, people, and their memberships.

The tables have the shape of the application's own, so that a plan found here is the plan found there;
the roles and
policies are the ones the probe varies. Everybody in it is invented.
"""

from __future__ import annotations

import random
from typing import NamedTuple
from uuid import UUID

import asyncpg
from faker.providers.person.en_GB import Provider as British

SCHEMA = """
drop schema public cascade; create schema public;
create extension if not exists pg_trgm;
create table branches (id uuid primary key, parent_id uuid references branches, name text not null,
    path uuid[] not null, subtree uuid[] not null default '{}');
create table branch_closure (ancestor_id uuid, branch_id uuid, primary key (ancestor_id, branch_id));
create table people (id uuid not null, given_name text not null, family_name text not null,
  preferred_name text,
    title text, date_of_birth date, sort_name text not null, search_name text not null, email text,
      phone text,
    address_line_1 text, address_line_2 text, town text, postcode text, country text not null, language
      text not null,
    electoral_area text, branch_ids uuid[] not null, version int not null default 1,
    created_at timestamptz not null default now(), updated_at timestamptz not null default now());
create table members (id uuid not null, person_id uuid not null, branch_id uuid not null, sort_name text
  not null,
    search_name text, number text not null, type text not null, joined_on date not null, paid_until
      date, lapses_on date,
    decided_standing text, version int not null default 1, created_at timestamptz not null default now(),
    updated_at timestamptz not null default now());
create table audit_entries (id uuid primary key, actor_id uuid not null, action text not null, entity_id
  uuid not null,
    branch_id uuid, fields text[] not null, at timestamptz not null default now());
create table events (id uuid primary key, type text not null, entity_id uuid not null, branch_id uuid,
    data jsonb not null, at timestamptz not null default now());
"""

ROLES = """
do $$ declare r text; begin
  foreach r in array array['rollbook_app', 'rollbook_whole', 'rollbook_search'] loop
    if not exists (select from pg_roles where rolname = r) then execute format('create role %I', r); end if;
  end loop;
end $$;
-- noinherit: a policy `to rollbook_whole` also binds whoever inherits that role, and would open every row.
alter role rollbook_app login noinherit;
grant rollbook_whole to rollbook_app;
grant usage on schema public to rollbook_app, rollbook_whole, rollbook_search;
grant select, insert, update on all tables in schema public to rollbook_app, rollbook_whole;
grant select on people, members, branches, branch_closure to rollbook_search;
"""

PEOPLE = """
insert into people (id, given_name, family_name, title, date_of_birth, sort_name, search_name, email, phone,
    address_line_1, town, postcode, country, language, electoral_area, branch_ids)
select (lpad(to_hex(1600000000000 + g * 97), 12, '0') || '7' || substr(h, 1, 3) || '8' || substr(h, 4,
  15))::uuid,
    given, family, 'Mx', date '1940-01-01' + (('x' || substr(h, 1, 4))::bit(16)::int % 24000),
    lower(family || ' ' || given), lower(given || ' ' || family), lower(given) || '.' || g || '@example.org',
    '+4477009' || lpad((g % 100000)::text, 5, '0'), (g % 200) || ' Station Road', 'Hackney',
    'E' || (g % 20) || ' ' || (g % 9) || 'AA', 'GB', 'en', 'E0500' || (g % 9999), array[b.id]
from (select g, md5(g::text) h, leaf, given,
        case when g % 3 = 0 then initcap(s[1 + (hashint4(g) & 63)] || s[1 + (hashint4(g + 7) & 63)]
             || s[1 + (hashint4(g + 11) & 63)]) else family end family
      from (select g, $3::text[] s, ($1::text[])[1 + floor(random() * $4)::int] given,
                ($2::text[])[1 + floor(random() * $5)::int] family,
                -- the square skews the leaves: the largest has some thirty times the smallest
                1 + floor(power(random(), 1.5) * $6)::int leaf
            from generate_series(1, $7::int) g) a) p
join leaves b on b.n = p.leaf
"""

MEMBERS = """
insert into members (id, person_id, branch_id, sort_name, search_name, number, type, joined_on,
    paid_until, lapses_on)
select (substr(p.id::text, 1, 14) || '7' || substr(md5(p.id::text), 1, 3) || '-9' ||
  substr(md5(p.id::text), 4, 3)
    || '-' || substr(md5(p.id::text), 8, 12))::uuid, p.id, p.branch_ids[1], p.sort_name, p.search_name,
    'M' || lpad((row_number() over ())::text, 8, '0'), 'full', date '2015-01-01' + (random() * 3900)::int,
    date '2026-12-31', date '2027-06-30'
from people p
"""

INDEXES = """
alter table people add primary key (id);
alter table members add primary key (id);
create index on branches using gin (path);
create index members_sort on members (sort_name, id, branch_id);
create index members_branch_sort on members (branch_id, sort_name, id);
create unique index on members (number);
create index on members (person_id, branch_id);
create index on people using gin (search_name gin_trgm_ops) with (fastupdate = off);
create index on members using gin (search_name gin_trgm_ops) with (fastupdate = off);
create index on people (email);
create index on people (postcode);
alter table members add foreign key (person_id) references people, add foreign key (branch_id)
  references branches;
create index on events (at);
"""


class Branch(NamedTuple):
    """One unit of the tree: its ancestors run from the root down to itself."""

    id: UUID
    parent_id: UUID | None
    name: str
    path: list[UUID]


def tree() -> list[Branch]:
    """500 units: an organisation, a nation of 400 (regions of 51, areas of 10), and the rest."""
    made: list[Branch] = []

    def add(parent: Branch | None, name: str) -> Branch:
        unit = UUID(int=(0x018F00000000_7000_8000 << 48) + len(made))
        made.append(Branch(unit, parent.id if parent else None, name, [*(parent.path if parent else []), unit]))
        return made[-1]

    def region(nation: Branch, name: str, areas: int) -> None:
        above = add(nation, name)
        for area in range(areas):
            local = add(above, f"{name} area {area}")
            for leaf in range(9):
                add(local, f"{name} branch {area}.{leaf}")

    root = add(None, "organisation")
    nation = add(root, "nation")
    for number in range(7):
        region(nation, f"region {number}", 5)
    region(nation, "region 7", 4)
    add(nation, "branch at large")
    other = add(root, "other nation")
    region(other, "region 8", 5)
    region(other, "region 9", 4)
    for number in range(500 - len(made)):
        add(other, f"branch {number}")
    return made


def names() -> tuple[list[str], list[str], list[str]]:
    """Given names, family names as often as they occur, and 64 syllables for rare names."""
    rng = random.Random(20)
    family = [name for name, weight in British.last_names.items() for _ in range(max(1, round(weight * 50)))]
    syllables = {rng.choice("bdfgklmnprstvz") + rng.choice("aeiou") + rng.choice("lnrstkm") for _ in range(200)}
    return list(British.first_names), family, sorted(syllables)[:64]


async def load(db: asyncpg.Connection, rows: int) -> None:
    """Build everything from nothing; about two minutes for a million rows."""
    await db.execute(SCHEMA)
    units = tree()
    await db.copy_records_to_table("branches", records=units, columns=["id", "parent_id", "name", "path"])
    await db.execute(
        "insert into branch_closure select a, id from branches, unnest(path) a; "
        "update branches b set subtree = (select array_agg(branch_id) from branch_closure "
        "where ancestor_id = b.id); "
        "create temp table leaves as select row_number() over (order by md5(id::text)) n, id "
        "from branches b where not exists (select from branches c where c.parent_id = b.id)"
    )
    leaves = await db.fetchval("select count(*) from leaves")
    given, family, syllables = names()
    await db.execute(PEOPLE, given, family, syllables, len(given), len(family), leaves, rows)
    await db.execute(MEMBERS)
    await db.execute(INDEXES)
    await db.execute(ROLES)
    for table in ("people", "members", "branches", "branch_closure"):
        await db.execute(f"vacuum analyze {table}")
