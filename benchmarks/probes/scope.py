"""The branch scope as a policy: how the actor's reach gets into PostgreSQL, and what each way costs."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from uuid import UUID

import asyncpg

from benchmarks.meter import Cell, Work, measure

ROOTS = "nullif(current_setting('rollbook.' || resource, true), '')::uuid[]"
BODIES = {
    "path": "select array_agg(id) from public.branches where path && {roots}",
    "closure": "select array_agg(branch_id) from public.branch_closure where ancestor_id = any ({roots})",
    "subtree": "select array_agg(unit) from public.branches, unnest(subtree) unit where id = any ({roots})",
}
ATTRIBUTES = {"plain": "", "definer": "security definer set search_path = ''"}
FAST_ROOT = """
create or replace function reach(resource text) returns uuid[] language plpgsql stable parallel safe as $$
declare roots uuid[] := {roots}; found uuid[];
begin
  if cardinality(roots) = 1 then select subtree into found from public.branches where id = roots[1];
    return found; end if;
  return (select array_agg(distinct unit) from public.branches, unnest(subtree) unit where id = any (roots));
end $$
"""
REACH = "((select {function}('members'))::uuid[])"
IDS = "((select nullif(current_setting('rollbook.ids', true), '')::uuid[])::uuid[])"
POLICIES = {
    "ids": f"branch_id = any ({IDS})",
    **{
        f"{body}/{lang}{'/definer' if how == 'definer' else ''}": (
            f"branch_id = any ({REACH.format(function=f'reach_{body}_{lang}_{how}')})"
        )
        for body in BODIES
        for lang in ("sql", "plpgsql")
        for how in ATTRIBUTES
    },
    "reach": f"branch_id = any ({REACH.format(function='reach')})",
}
COLUMNS = "id, person_id, branch_id, sort_name, number, type, joined_on, paid_until, lapses_on, version"
POINT = f"select {COLUMNS} from members where id = $1"
FIRST = f"select {COLUMNS} from members order by sort_name, id limit 50"
DEEP = f"select {COLUMNS} from members where (sort_name, id) > ($1, $2) order by sort_name, id limit 50"
COUNT = "select count(*) from members"


class Scope:
    """One actor: the root unit, all units below, and where the 200th page begins."""

    def __init__(self, name: str, ids: list[UUID], row: UUID, cursor: tuple[str, UUID]) -> None:
        self.name, self.ids, self.row, self.cursor = name, ids, row, cursor
        self.whole = name == "whole"

    def begin(self, variant: str) -> str:
        """The packet that opens the transaction. Only ids go into it, and ids are made of hex and dashes."""
        if variant == "role":
            return "begin; set local role rollbook_whole"
        if variant == "ids":
            return "begin; set local rollbook.ids = '{" + ",".join(map(str, self.ids)) + "}'"
        return f"begin; set local rollbook.members = '{{{self.ids[0]}}}'"


async def scopes(owner: asyncpg.Connection) -> list[Scope]:
    """A leaf, an area of 10, a region of 51, a nation of 400, the whole of 500."""
    found = []
    for name, size in {"leaf": 1, "area": 10, "region": 51, "nation": 400, "whole": 500}.items():
        ids = await owner.fetchval(
            "select subtree from branches where cardinality(subtree) = $1 order by id limit 1", size
        )
        root = await owner.fetchval("select id from branches where subtree = $1", ids)
        ids = [root, *(i for i in ids if i != root)]
        many = await owner.fetchval("select count(*) from members where branch_id = any($1)", ids)
        rows = await owner.fetch(
            "select sort_name, id from members where branch_id = any($1) order by sort_name, id offset $2 limit 1",
            ids,
            min(10_000, many // 2),
        )
        found.append(Scope(name, ids, rows[0]["id"], (rows[0]["sort_name"], rows[0]["id"])))
    return found


async def prepare(owner: asyncpg.Connection) -> None:
    """Every way of expanding the roots, and row-level security on the members."""
    for body, text in BODIES.items():
        for lang in ("sql", "plpgsql"):
            for how, attributes in ATTRIBUTES.items():
                run = f"begin return ({text}); end" if lang == "plpgsql" else text
                await owner.execute(
                    f"create or replace function reach_{body}_{lang}_{how}(resource text) returns uuid[] "
                    f"language {lang} stable parallel safe {attributes} "
                    f"as $$ {run.format(roots=ROOTS)} $$"
                )
    await owner.execute(FAST_ROOT.format(roots=ROOTS))
    await owner.execute(
        "alter table members enable row level security; alter table people enable row level security;"
        "drop policy if exists scope on members; drop policy if exists whole on members;"
        "drop policy if exists scope on people; drop policy if exists whole on people;"
        "create policy scope on members to rollbook_app using (false);"
        "create policy whole on members to rollbook_whole using (true);"
        "create policy scope on people to rollbook_app using (true);"
        "create policy whole on people to rollbook_whole using (true)"
    )


def transaction(app: asyncpg.Connection, begin: str, sql: str, *args: object) -> Callable[[], Awaitable[object]]:
    """`BEGIN` and settings in one packet, the statement, `COMMIT`."""

    async def run() -> object:
        await app.execute(begin)
        rows = await app.fetch(sql, *args)
        await app.execute("commit")
        return rows

    return run


def operations(scope: Scope) -> dict[str, tuple[str, list[object]]]:
    """The four reads of one scope."""
    return {
        "point": (POINT, [scope.row]),
        "first": (FIRST, []),
        "deep": (DEEP, [*scope.cursor]),
        "count": (COUNT, []),
    }


async def compare(
    owner: asyncpg.Connection,
    app: asyncpg.Connection,
    postmaster: int,
    variants: list[str],
    seconds: float = 0.3,
) -> dict[tuple[str, str], dict[str, Cell]]:
    """Variant by variant, since they share one policy; the cells of a variant are interleaved."""
    table: dict[tuple[str, str], dict[str, Cell]] = {}
    actors = await scopes(owner)
    for variant in variants:
        policy = POLICIES.get(variant.removesuffix("+one"))
        if policy:
            await owner.execute(f"alter policy scope on members using ({policy})")
        cells: dict[str, Work] = {}
        for actor in actors:
            if (variant.endswith("+one") and actor.name != "leaf") or (variant == "role" and not actor.whole):
                continue
            cells |= {f"{actor.name} {name}": run for name, run in reads(app, actor, variant).items()}
        for cell, result in (await measure(postmaster, cells, seconds=seconds)).items():
            scope_name, name = cell.split()
            table.setdefault((scope_name, name), {})[variant] = result
    return table


def reads(app: asyncpg.Connection, actor: Scope, variant: str) -> dict[str, Callable[[], Awaitable[object]]]:
    """The four reads of one actor under one variant; the whole role has its own text."""
    found = {}
    for name, (sql, args) in operations(actor).items():
        if variant.endswith("+one"):
            own = transaction(app, actor.begin(variant), narrowed(sql, len(args) + 1), *args, actor.ids[0])
        else:
            own = transaction(app, actor.begin(variant), sql + (" -- whole" if variant == "role" else ""), *args)
        found[name] = own
    return found


def narrowed(sql: str, place: int) -> str:
    """The statement with `branch_id = $n` besides its own conditions."""
    head, order, tail = sql.partition(" order by ")
    joiner = " and " if " where " in head else " where "
    return f"{head}{joiner}branch_id = ${place}{order}{tail}"


def markdown(table: dict[tuple[str, str], dict[str, Cell]], variants: list[str]) -> str:
    """One line per read and scope; each cell is `python + postgres (p50)` in milliseconds."""
    lines = ["| read, scope | " + " | ".join(variants) + " |", "|---" * (len(variants) + 1) + "|"]
    for (scope, name), row in sorted(table.items(), key=lambda item: item[0][1]):
        lines.append(f"| {name}, {scope} | " + " | ".join(row[v].short if v in row else "" for v in variants) + " |")
    return "\n".join(lines)
