"""Joins under two policies, and search by a fragment of the name."""

from __future__ import annotations

import asyncpg

from benchmarks.meter import measure
from benchmarks.probes.scope import REACH, Scope, transaction

REACHED = REACH.format(function="reach")
PEOPLE_POLICIES = {
    "none": "true",
    "overlap": f"branch_ids && {REACHED}",
    "exists": "exists (select from members m where m.person_id = people.id)",
    "exists+reach": f"exists (select from members m where m.person_id = people.id and m.branch_id = any ({REACHED}))",
    "first": f"branch_ids[1] = any ({REACHED})",
}
FIELDS = (
    "m.id, m.branch_id, m.sort_name, m.number, m.type, m.joined_on, m.paid_until, m.lapses_on, m.version, "
    "p.given_name, p.family_name, p.preferred_name, p.email, p.phone, p.postcode"
)
JOINED = {
    "point": f"select {FIELDS} from members m join people p on p.id = m.person_id where m.id = $1",
    "list": f"select {FIELDS} from members m join people p on p.id = m.person_id order by m.sort_name, m.id limit 50",
    "list, page first": f"select {FIELDS} from (select * from members order by sort_name, id limit 50) m "
    "join people p on p.id = m.person_id order by m.sort_name, m.id",
}
WAYS = {
    "plan": "select m.id from public.members m where m.search_name like pattern{within} "
    "order by m.sort_name, m.id limit most",
    "fence": "with hits as materialized (select m.id, m.sort_name from public.members m "
    "where m.search_name like pattern{within}) select h.id from hits h order by h.sort_name, h.id limit most",
    "people": "with hits as materialized (select p.id from public.people p where p.search_name like pattern) "
    "select m.id from hits h join public.members m on m.person_id = h.id where true{within} "
    "order by m.sort_name, m.id limit most",
}
# Each way bypasses the policies inside, so it narrows to the actor's reach itself; the outer join is locked.
MATCH = """
create or replace function match_{way}(fragment text, resource text, most int, whole boolean)
returns setof uuid
language plpgsql stable security definer set search_path = '' set plan_cache_mode = force_custom_plan as $$
declare pattern text := '%' ||
    replace(replace(replace(fragment, '\\', '\\\\'), '%', '\\%'), '_', '\\_') || '%';
  reached uuid[];
begin
  if whole then
    return query {unbounded};
  else
    reached := public.reach(resource);
    return query {bounded};
  end if;
end $$
"""


def match_sql(way: str) -> str:
    """The definer function that searches one way."""
    return MATCH.format(
        way=way,
        unbounded=WAYS[way].format(within=""),
        bounded=WAYS[way].format(within=" and m.branch_id = any (reached)"),
    )


SEARCH = (
    f"select {FIELDS} from match_{{way}}($1, 'members', 21, {{whole}}) found(id) join members m using (id) "
    "join people p on p.id = m.person_id order by m.sort_name, m.id"
)


async def joins(
    owner: asyncpg.Connection, app: asyncpg.Connection, postmaster: int, actors: list[Scope], seconds: float
) -> None:
    """Members joined to people, one policy of the people after another."""
    print("\n| people's policy, scope | " + " | ".join(JOINED) + " |\n|---|---|---|---|")
    for name, policy in PEOPLE_POLICIES.items():
        await owner.execute(f"alter policy scope on people using ({policy})")
        for actor in actors[:-1]:
            cells = {
                query: transaction(app, actor.begin("reach"), sql, *([actor.row] if query == "point" else []))
                for query, sql in JOINED.items()
            }
            found = await measure(postmaster, cells, seconds=seconds)
            print(f"| {name}, {actor.name} | " + " | ".join(found[query].short for query in JOINED) + " |")


async def searches(
    owner: asyncpg.Connection, app: asyncpg.Connection, postmaster: int, actors: list[Scope], seconds: float
) -> None:
    """Each way of searching, by a rare, a common and a very common fragment, for every scope."""
    await owner.execute(
        f"alter policy scope on members using (branch_id = any ({REACHED}));"
        f"alter policy scope on people using ({PEOPLE_POLICIES['overlap']});"
        "drop policy if exists search on members; drop policy if exists search on people;"
        "create policy search on members for select to rollbook_search using (true);"
        "create policy search on people for select to rollbook_search using (true);"
        "grant create on schema public to rollbook_search"
    )
    for way in WAYS:
        await owner.execute(match_sql(way) + f"; alter function match_{way} owner to rollbook_search")
    rare = await owner.fetchval(
        "select lower(substr(family_name, 2, 6)) from people where length(family_name) = 9 limit 1"
    )
    print("\n| fragment, scope | " + " | ".join(WAYS) + " |\n|" + "---|" * (len(WAYS) + 1))
    for fragment in (rare, "smith", "son"):
        hits = await owner.fetchval("select count(*) from people where search_name like '%' || $1 || '%'", fragment)
        for actor in actors:
            whole = "true" if actor.whole else "false"
            begin = actor.begin("role" if actor.whole else "reach")
            cells = {
                way: transaction(app, begin, SEARCH.format(way=way, whole=whole) + f" -- {whole}", fragment)
                for way in WAYS
            }
            found = await measure(postmaster, cells, rounds=2, seconds=seconds / 2)
            print(f"| {hits} hits, {actor.name} | " + " | ".join(found[way].short for way in WAYS) + " |")
