"""Bulk paths against what is written by hand, in the same run: `make bench-bulk`, or `python -m benchmarks.bulk`.

A first look takes half a minute: `python -m benchmarks.bulk --rows 20000 --import-rows 10000 --rounds 1`. The figures of
the report are those of a file of 100,000 into a million: `--rows 1000000 --import-rows 100000`.

Each round starts from a fresh copy of the same filled database, so no way of importing finds what another has left.
"""

from __future__ import annotations

import argparse
import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import asyncpg

from app.core import schema
from app.core.crypto import MasterKey
from app.core.db import Database
from app.core.postgres import Cluster
from app.core.postgres.scratch import scratch_cluster
from benchmarks.bulk.baseline import import_by_hand
from benchmarks.bulk.export import Exports, measure_exports
from benchmarks.bulk.ours import import_by_ours
from benchmarks.bulk.rows import write_rows
from benchmarks.bulk.timing import Phases
from benchmarks.fill import Scope, fill
from benchmarks.meter import parent_of
from benchmarks.report import preface, write_section
from benchmarks.servers import SECRET

TARGET = 0.60
OURS, MERGE, TRAIL = "ours", "by hand", "by hand, with audit and events"


@dataclass
class Bulk:
    """The server, the filled database that rounds are copied from, the file to bring in, and who does."""

    cluster: Cluster
    options: argparse.Namespace
    file: Path
    national: Scope
    postmaster: int

    @asynccontextmanager
    async def copied(self) -> AsyncIterator[str]:
        """A fresh copy of the filled database, already read into memory."""
        await self._at_large("create database round template filled strategy file_copy", "checkpoint")
        owner = self.cluster.owner_dsn("round")
        connection = await asyncpg.connect(owner)
        await connection.execute("select count(*), sum(length(search_name)) from people")
        await connection.execute("select count(*), sum(length(search_name)) from members")
        await connection.close()
        yield owner
        await self._at_large("drop database round with (force)")

    async def _at_large(self, *statements: str) -> None:
        connection = await asyncpg.connect(self.cluster.owner_dsn("postgres"))
        for statement in statements:
            await connection.execute(statement, timeout=3600)
        await connection.close()


async def main() -> None:
    options = _options()
    with scratch_cluster(settings={"shared_buffers": "1GB", "max_wal_size": "4GB"}) as cluster:
        bulk = await _prepare(cluster, options, cluster.home / "people.csv")
        ways, exports = None, None
        if options.only in ("", "import"):
            ways = await _import_all(bulk)
        if options.only in ("", "export"):
            owner = cluster.owner_dsn("filled")
            exports = await measure_exports(owner, bulk.national, bulk.postmaster, rounds=options.rounds)
    report = _report(ways, exports, options)
    print(report)
    if options.report:
        write_section(options.report, report)


async def _import_all(bulk: Bulk) -> dict[str, Phases]:
    ways = {name: Phases(bulk.postmaster) for name in (OURS, MERGE, TRAIL)}
    for turn in range(bulk.options.rounds):
        print(f"round {turn + 1} of {bulk.options.rounds}", flush=True)
        for name, phases in ways.items():
            async with bulk.copied() as owner:
                await _bring_in(bulk, owner, name, phases)
    return ways


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rows", type=int, default=100_000, help="members on record before")
    parser.add_argument("--import-rows", type=int, default=100_000, help="rows of the file")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--only", default="", choices=("", "import", "export"))
    parser.add_argument("--report", type=Path, help="write the figures here, as Markdown")
    return parser.parse_args()


async def _prepare(cluster: Cluster, options: argparse.Namespace, file: Path) -> Bulk:
    cluster.ensure_database("filled")
    owner = cluster.owner_dsn("filled")
    await schema.migrate(owner, SECRET)
    async with Database.opened(owner, MasterKey([SECRET])) as database:
        scopes = await fill(database, options.rows)
        async with database.transaction() as session:
            branches = [row["name"] for row in await session.fetch("select name from branches where kind = 'branch'")]
            people = await session.fetch("select email, given_name, date_of_birth from people limit 1000")
            options.server = f"PostgreSQL {await session.fetchval('show server_version')}"
            postmaster = parent_of(await session.fetchval("select pg_backend_pid()"))
    write_rows(file, options.import_rows, branches, [tuple(person) for person in people])
    return Bulk(cluster, options, file, next(scope for scope in scopes if scope.name == "national"), postmaster)


async def _bring_in(bulk: Bulk, owner: str, way: str, phases: Phases) -> None:
    expected = bulk.options.import_rows
    if way == OURS:
        async with Database.opened(schema.app_dsn(owner, SECRET), MasterKey([SECRET])) as database:
            written = (await import_by_ours(database, bulk.national, bulk.file, phases)).applied
    else:
        written = await import_by_hand(owner, bulk.file, phases, trail=way == TRAIL)
    print(f"  {way}: {written} in {phases.rounds[-1]:.1f} s", flush=True)
    if written != expected:
        raise SystemExit(f"{way}: {written} of {expected} rows were written")


def _report(ways: dict[str, Phases] | None, exports: Exports | None, options: argparse.Namespace) -> str:
    command = (
        f"python -m benchmarks.bulk --rows {options.rows} --import-rows {options.import_rows} --rounds {options.rounds}"
    )
    what = f"{options.rows:,} members in 500 units"
    lines = [
        "# Import and export against what is written by hand",
        "",
        *preface(what, command, options.server, "asyncpg", "pydantic", "uvicorn", "uvloop"),
        "",
        *([_of_imports(ways, options)] if ways else []),
        *([f"## Export of {exports.rows:,} members\n\n{exports.report()}"] if exports else []),
    ]
    return "\n".join(lines)


def _of_imports(ways: dict[str, Phases], options: argparse.Namespace) -> str:
    rows, ours = options.import_rows, ways[OURS]
    lines = [
        f"## Import of {rows:,} rows",
        "",
        f"14 columns. {options.rounds} interleaved rounds, each in a fresh copy of the database. The same tables, indexes and",
        "triggers for all; by hand there are no policies, no preview, no batches, and nothing to resume or undo.",
        "",
        "| way | rows a second, worst / median / best | best seconds of each phase (CPU of Python + PostgreSQL) |",
        "|---|---|---|",
    ]
    for name, phases in ways.items():
        told = "; ".join(f"{phase} {phases.best(phase)}" for phase in phases.wall)
        lines.append(f"| {name} | {phases.rates(rows)} | {told} |")
    lines += ["", "| ours against | rows a second, best to best | CPU | target |", "|---|---|---|---|"]
    for name in (MERGE, TRAIL):
        clock, cpu = min(ways[name].rounds) / min(ours.rounds), min(ways[name].cpu) / min(ours.cpu)
        lines.append(f"| {name} | {clock:.2f} | {cpu:.2f} | {TARGET:.2f} |")
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    asyncio.run(main())
