"""Ours against a bare handler, over HTTP, in the same run: `make bench`, or `python -m benchmarks.run --rows 100000`.

Both servers run one uvicorn process on the same database. Rounds are interleaved; what is reported is CPU time a
request of the server and of PostgreSQL, by the operating system's accounting, and the ratio of the two sums. The bare
handler runs the same SQL, narrowed by an explicit filter, with no sign-in, no rights, no policies, no access log.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import platform
import tempfile
import time
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path

import asyncpg

from app.core import schema
from app.core.crypto import MasterKey
from app.core.db import Database
from app.core.postgres import Cluster
from app.services.sign_ins import HOUSE_CLIENT
from app.services.signing_keys import load_key_ring
from benchmarks.fill import Scope, fill
from benchmarks.load import CONNECTIONS, repeat
from benchmarks.meter import cpu_ms, parent_of, server_ms
from benchmarks.operations import Bench, Cell
from benchmarks.report import write_section
from benchmarks.servers import SECRET, free_port, ours_at, serving, until_up

OURS, BARE = free_port(), free_port()


async def main() -> None:
    options = _options()
    with (
        tempfile.TemporaryDirectory() as home,
        Cluster(Path(home), settings={"shared_buffers": "1GB"}) as cluster,
    ):
        cluster.ensure_database("bench")
        owner = cluster.owner_dsn("bench")
        await schema.migrate(owner, SECRET)
        async with Database.opened(owner, MasterKey([SECRET])) as database:
            began = time.perf_counter()
            scopes = await fill(database, options.rows)
            print(f"{options.rows} members in {time.perf_counter() - began:.0f} s", flush=True)
            options.server = await _version(database)
            postmaster = parent_of(await _backend(database))
        with serving("app.main:create_app", OURS, ours_at(owner, OURS), factory=True) as ours:
            await until_up(OURS)
            cells, plan = await _collect(owner, scopes)
            Path(home, "plan.json").write_text(json.dumps(plan))
            environment = {"BENCH_DSN": owner, "BENCH_PLAN": f"{home}/plan.json"}
            with serving("benchmarks.bare:app", BARE, environment) as bare:
                cells = [cell for cell in cells if cell.name.startswith(tuple(options.only.split(",")))]
                await _rounds(cells, {"ours": (OURS, ours), "bare": (BARE, bare)}, postmaster, options)
    report = _report(cells, options)
    print(report)
    if options.report:
        write_section(options.report, report)
        options.report.with_suffix(".json").write_text(json.dumps(_figures(cells, options), indent=1) + "\n", "utf-8")


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, default=100_000)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--seconds", type=float, default=2.0, help="of each operation in each round")
    parser.add_argument("--report", type=Path, help="write the figures here as Markdown, and as JSON beside it")
    parser.add_argument("--only", default="", help="the operations whose names begin so: read,list")
    return parser.parse_args()


async def _version(database: Database) -> str:
    async with database.transaction() as session:
        return f"PostgreSQL {await session.fetchval('show server_version')}"


async def _backend(database: Database) -> int:
    async with database.transaction() as session:
        return int(await session.fetchval("select pg_backend_pid()"))


async def _collect(owner: str, scopes: list[Scope]) -> tuple[list[Cell], dict[str, object]]:
    """The operations in every scope, and the bare handler's statements for them."""
    async with Database.opened(schema.app_dsn(owner, SECRET), MasterKey([SECRET])) as app:
        ring = await load_key_ring(app, issuer=f"http://127.0.0.1:{OURS}")
    cells: list[Cell] = []
    plan: dict[str, object] = {}
    connection = await asyncpg.connect(owner)
    for scope in scopes:
        token = ring.mint(sub=scope.token_subject, sid=scope.sign_in_id, client_id=str(HOUSE_CLIENT))
        bench = Bench(connection, OURS, scope, token)
        await bench.collect()
        cells += bench.cells
        plan |= bench.plan
    await connection.close()
    return cells, plan


async def _rounds(
    cells: list[Cell], servers: dict[str, tuple[int, int]], postmaster: int, options: argparse.Namespace
) -> None:
    await until_up(BARE)
    for turn in range(options.rounds + 1):
        for cell in cells:
            for who, (port, pid) in servers.items():
                server, postgres = cpu_ms([pid]), server_ms(postmaster)
                length = options.seconds if turn else options.seconds / 2
                load = await repeat(port, cell.ours if who == "ours" else cell.bare, seconds=length)
                if load.status not in (200, 201):
                    raise SystemExit(f"{cell.name}: {who} answered {load.status}")
                if turn:  # the first is the warm-up
                    count = len(load.times)
                    used = ((cpu_ms([pid]) - server) / count, (server_ms(postmaster) - postgres) / count)
                    cell.cpu[who].append(used)
                    cell.load[who] = load


def _figures(cells: list[Cell], options: argparse.Namespace) -> dict[str, object]:
    """Everything measured, for a machine to read: CPU ms of each round, and the spread of the last one's times."""
    return {
        "measured_on": datetime.now(UTC).date().isoformat(),
        "rows": options.rows,
        "operations": {
            cell.name: {
                who: {
                    "cpu_ms_server_and_postgresql": cell.cpu[who],
                    "requests_per_second": cell.load[who].rate,
                    **{f"p{int(share * 100)}_ms": cell.load[who].percentile(share) for share in (0.5, 0.95, 0.99)},
                }
                for who in ("ours", "bare")
            }
            for cell in cells
        },
    }


def _report(cells: list[Cell], options: argparse.Namespace) -> str:
    names = ("fastapi", "starlette", "uvicorn", "uvloop", "asyncpg", "pydantic")
    versions = ", ".join(f"{name} {version(name)}" for name in names)
    command = f"python -m benchmarks.run --rows {options.rows} --rounds {options.rounds} --seconds {options.seconds:g}"
    lines = [
        "# Ours against a bare handler",
        "",
        f"{datetime.now(UTC):%d %B %Y}, {options.rows:,} members in 500 units. `{command}`.",
        f"{os.cpu_count()} cores, {platform.machine()}, other work beside it; Python {platform.python_version()},",
        f"{options.server}, {versions}.",
        "",
        f"CPU ms a request (server + PostgreSQL) in the best of {options.rounds} interleaved rounds, {CONNECTIONS}",
        "connections, one process each; `spread` is our worst round over our best; times and rates are of the last round.",
        "",
        "| operation | ours | bare | ratio | spread | ours p50 / p95 / p99 ms | bare p50 / p95 / p99 ms | per second |",
        "|---|---|---|---|---|---|---|---|",
    ]
    for cell in cells:
        ours, bare = (" + ".join(f"{part:.2f}" for part in cell.best(who)) for who in ("ours", "bare"))
        spread = sum(max(cell.cpu["ours"], key=sum)) / sum(cell.best("ours"))
        times = [" / ".join(f"{cell.load[w].percentile(s):.1f}" for s in (0.5, 0.95, 0.99)) for w in ("ours", "bare")]
        rates = f"{cell.load['ours'].rate:.0f} / {cell.load['bare'].rate:.0f}"
        lines.append(
            f"| {cell.name} | {ours} | {bare} | {cell.ratio:.2f} | {spread:.2f} | {times[0]} | {times[1]} | {rates} |"
        )
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    asyncio.run(main())
