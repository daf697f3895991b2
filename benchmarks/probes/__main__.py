"""The probe behind the first four decision records: `python -m benchmarks.probes --rows 1000000 --dsn …`.

It needs a scratch PostgreSQL of its own on this machine and a superuser's DSN: the public schema is
dropped and built
again, and PostgreSQL's CPU time is read from /proc. It prints Markdown; times are milliseconds.
"""

from __future__ import annotations

import argparse
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from uuid import UUID

import asyncpg
import uvloop
from sqlalchemy.ext.asyncio import create_async_engine

from benchmarks.meter import Work, measure, parent_of
from benchmarks.probes import faces, scope, search
from benchmarks.probes.data import load
from benchmarks.probes.json import formats
from benchmarks.probes.orm import Lazy, Orm
from benchmarks.probes.packets import packets
from benchmarks.probes.plain import Plain
from benchmarks.probes.plain import pool as make_pool

HEAD = "| {} | python min / median | postgres min / median | p50 |\n|---|---|---|---|"
QUIET = {"max_parallel_workers_per_gather": "0"}


@dataclass
class Bench:
    """Where the sections measure: the owner's connection, the application's, and their postmaster."""

    dsn: str
    owner: asyncpg.Connection
    app: asyncpg.Connection
    postmaster: int
    seconds: float


async def two_faces(bench: Bench) -> None:
    """ADR 1: reading, creating and patching through each face."""
    row, branch = await bench.owner.fetchrow("select id, branch_id from members offset 1000 limit 1")
    url = bench.dsn.replace("postgresql://", "postgresql+asyncpg://", 1)
    engine = create_async_engine(url, pool_size=4)
    async with make_pool(bench.dsn) as pool, make_pool(bench.dsn) as lazy:
        bare = faces.Bare(pool)
        cells: dict[str, Work] = {
            "bare, read": lambda: bare.read(row),
            "bare, create": lambda: bare.create(branch),
            "bare, patch": lambda: bare.patch(row, branch),
        }
        sources: dict[str, faces.Source] = {
            "generated SQL": Plain(pool),
            "ORM, own pool": Orm(engine),
            "ORM, lazily": Lazy(lazy),
        }
        for name, source in sources.items():
            cells |= bound(name, source, row, branch)
        found = await measure(bench.postmaster, cells, rounds=5, seconds=bench.seconds)
    await engine.dispose()
    print(HEAD.format("face"))
    for name in sorted(found, key=lambda name: name.split(", ")[-1]):
        print(f"| {name} | {found[name].row} |")


def bound(name: str, source: faces.Source, row: UUID, branch: UUID) -> dict[str, Work]:
    """The three requests of one face."""
    return {
        f"{name}, read": lambda: faces.read_one(source, row),
        f"{name}, create": lambda: faces.create(source, branch),
        f"{name}, patch": lambda: faces.patch(source, row, branch),
    }


async def branch_scope(bench: Bench) -> None:
    """ADR 2: the policy, the expansion of the roots, the envelope, the join under two policies."""
    await scope.prepare(bench.owner)
    variants = [
        "ids",
        "path/plpgsql",
        "path/plpgsql/definer",
        "path/sql",
        "closure/plpgsql",
        "reach",
        "reach+one",
        "role",
    ]
    found = await scope.compare(bench.owner, bench.app, bench.postmaster, variants, seconds=bench.seconds / 2)
    print(scope.markdown(found, variants))
    actors = await scope.scopes(bench.owner)
    await bench.owner.execute(f"alter policy scope on members using ({scope.POLICIES['reach']})")
    print(HEAD.format("envelope"))
    for name, cell in (await packets(bench.dsn, bench.postmaster, actors[0], bench.seconds)).items():
        print(f"| {name} | {cell.row} |")
    await search.joins(bench.owner, bench.app, bench.postmaster, actors, bench.seconds)


async def json_formats(bench: Bench) -> None:
    """ADR 3: who writes the JSON."""
    print(HEAD.format("answer"))
    for name, cell in (await formats(bench.owner, bench.postmaster, bench.seconds)).items():
        print(f"| {name} | {cell.row} |")


async def fragments(bench: Bench) -> None:
    """ADR 4: search by a fragment of the name."""
    await scope.prepare(bench.owner)
    await search.searches(bench.owner, bench.app, bench.postmaster, await scope.scopes(bench.owner), bench.seconds)


SECTIONS: dict[str, Callable[[Bench], Awaitable[None]]] = {
    "faces": two_faces,
    "scope": branch_scope,
    "json": json_formats,
    "search": fragments,
}


async def run(options: argparse.Namespace) -> None:
    """Load unless told to keep what is there, then each section asked for."""
    owner = await asyncpg.connect(options.dsn)
    if options.rows:
        await load(owner, options.rows)
    app = await asyncpg.connect(options.dsn, user="rollbook_app", server_settings=QUIET)
    bench = Bench(options.dsn, owner, app, parent_of(owner.get_server_pid()), options.seconds)
    for name in options.only or SECTIONS:
        print(f"\n## {name}\n")
        await SECTIONS[name](bench)
    await app.close()
    await owner.close()


def main() -> None:
    """Read the command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--dsn", required=True, help="a superuser on a scratch database of this machine")
    parser.add_argument("--rows", type=int, default=0, help="build this many members first; 0 keeps what is there")
    parser.add_argument("--seconds", type=float, default=0.3, help="length of one sample")
    parser.add_argument("--only", nargs="*", choices=SECTIONS, help="the sections to run")
    uvloop.run(run(parser.parse_args()))


if __name__ == "__main__":
    main()
