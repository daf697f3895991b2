"""Finding members: one, a page of them, how many, by what is known of them, and while somebody types."""

from __future__ import annotations

import json
from collections.abc import Sequence

from app.services.members_search import LAST, SUGGESTED
from benchmarks.fill_rows import FAMILY
from benchmarks.requests.bench import Bench, Operation
from benchmarks.requests.envelope import page_around, record_around
from benchmarks.requests.plan import Plan, Step, given

#: The page that is far down a list, counted in pages of fifty.
DEEP = 1000
#: How many different things are looked for.
LOOKED_FOR = 20


async def read(bench: Bench) -> Operation:
    """Read one member, of some two hundred in turn."""
    ids = [str(row["id"]) for row in bench.sample]
    ours = [bench.ours("GET", f"/v1/members/{member}") for member in ids]
    around = record_around(await bench.ask(ours[0]), ids[0], "allowed_actions")
    plan = Plan([bench.reads.record(given("id"))], around)
    return bench.operation("read", ours, [bench.bare("read", id=member) for member in ids], plan)


async def first_page(bench: Bench) -> Operation:
    ours = [bench.ours("GET", "/v1/members?limit=50")]
    return await bench.page("list", ours, [bench.bare("list")], bench.reads.page(bench.reads.where(), 51))


async def deep_page(bench: Bench) -> Operation | None:
    """The thousandth page, or the last full one, reached as a client does: by following cursors; none of a short list."""
    cursor, passed = "", 0
    while passed < (DEEP - 1) * 50:
        # A cursor is good for pages of any size: larger ones get there sooner.
        step = min(200, (DEEP - 1) * 50 - passed)
        page = json.loads(await bench.ask(bench.ours("GET", _list(step, cursor))))
        if not page["has_more"] or len(page["data"]) < step:
            break
        cursor, passed = page["next_cursor"], passed + step
    if not passed:
        return None
    where = "$1::uuid[] is null or m.branch_id = any ($1)"
    place = await bench.connection.fetchrow(
        f"select m.sort_name, m.id from members m where {where} order by m.sort_name, m.id offset $2 limit 1",
        bench.reads.units,
        passed - 1,
    )
    bare = [bench.bare("list-deep", name=place["sort_name"], id=str(place["id"]))]
    return await bench.page("list-deep", [bench.ours("GET", _list(50, cursor))], bare, bench.reads.deep())


def _list(limit: int, cursor: str) -> str:
    return f"/v1/members?limit={limit}{f'&cursor={cursor}' if cursor else ''}"


async def count(bench: Bench) -> Operation:
    """How many there are, and the first of them."""
    reads, ours = bench.reads, [bench.ours("GET", "/v1/members?limit=1&count=exact")]
    counted = await bench.ask(ours[0])
    number = f'"value": {json.loads(counted)["count"]["value"]}'
    around = page_around([counted.replace(number, '"value": {count}')], 1)
    plan = Plan([reads.count(), reads.page(reads.where(), 2)], around)
    return bench.operation("count", ours, [bench.bare("count")], plan)


async def search_rare(bench: Bench) -> Operation:
    """By a piece of a name that few have: one of those with letters at random behind."""
    rare = [row["family_name"][-7:] for row in bench.sample if len(row["family_name"]) > 8]
    return await _by_name(bench, "search-rare", rare[:LOOKED_FOR])


async def search_frequent(bench: Bench) -> Operation:
    """By a family name that one in sixteen has."""
    return await _by_name(bench, "search-frequent", [family.lower() for family in FAMILY])


async def _by_name(bench: Bench, name: str, fragments: Sequence[str]) -> Operation:
    step = bench.reads.search("m.search_name like '%' || {} || '%'", given("name"))
    return await _search(bench, name, [{"name": fragment} for fragment in fragments], step)


async def _search(bench: Bench, name: str, bodies: Sequence[dict[str, str]], step: Step) -> Operation:
    return await bench.posted(name, "/v1/members/search", bodies, step, fresh=bench.reads.several)


async def search_email(bench: Bench) -> Operation:
    """By a whole address."""
    step = bench.reads.search("p.email_key like '%' || {} || '%'", given("email"), people=True)
    bodies = [{"email": row["email"]} for row in bench.sample[:LOOKED_FOR]]
    return await _search(bench, "search-email", bodies, step)


async def search_postcode(bench: Bench) -> Operation:
    """By a whole postcode."""
    step = bench.reads.search("p.postcode like {} || '%'", given("postcode"), people=True)
    bodies = [{"postcode": row["postcode"]} for row in bench.sample[:LOOKED_FOR]]
    return await _search(bench, "search-postcode", bodies, step)


async def suggest(bench: Bench) -> Operation:
    """By the first letters of a family name. Where fewer than ten have it, ours looks on for what else it may be."""
    where = bench.reads.where()
    where.add(f"m.sort_name >= {{}} and m.sort_name < {{}}::text || '{LAST}'", given("text"), given("text"))
    step = bench.reads.page(where, 10, SUGGESTED)
    bodies = [{"text": family[:3].lower()} for family in FAMILY]
    return await bench.posted("suggest", "/v1/members/suggest", bodies, step, limit=10)
