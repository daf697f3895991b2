"""Ours against a bare handler, over HTTP, in the same run: `make bench`, or `python -m benchmarks.requests --rows 100000`.

Growth is measured first, on a database of each size; then, on the largest, every operation in interleaved rounds against
a bare handler.
"""

from __future__ import annotations

import argparse
import asyncio
from contextlib import AsyncExitStack
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from app.core.postgres import Cluster
from app.core.postgres.scratch import scratch_cluster
from benchmarks.load import Driver
from benchmarks.report import machine, preface, write_figures, write_section
from benchmarks.requests.compared import bare_handler
from benchmarks.requests.figures import requests_figures, requests_section
from benchmarks.requests.ground import Ground, ground_of
from benchmarks.requests.growth import Growth, growth_section, measure_growth
from benchmarks.requests.rounds import Cell, measure

SMALLEST = 10_000
_SETTINGS = {"shared_buffers": "1GB", "max_wal_size": "4GB"}
_PACKAGES = ("fastapi", "starlette", "uvicorn", "uvloop", "httptools", "asyncpg", "pydantic")


@dataclass(frozen=True)
class Options:
    sizes: tuple[int, ...]
    rounds: int
    seconds: float
    report: Path | None
    only: tuple[str, ...]
    given: str


async def main() -> None:
    options = _options()
    with scratch_cluster(settings=_SETTINGS) as cluster:
        async with Driver.started() as driver, ground_of(cluster, max(options.sizes)) as ground:
            growth = await _grow(driver, cluster, ground, options)
            cells = await _compare(driver, ground, options, cluster.home)
            version = await ground.version()
    _report(growth, cells, options, version)


async def _grow(driver: Driver, cluster: Cluster, largest: Ground, options: Options) -> Growth:
    async with AsyncExitStack() as stack:
        smaller = [size for size in options.sizes if size != largest.rows]
        grounds = [*[await stack.enter_async_context(ground_of(cluster, size)) for size in smaller], largest]
        seconds = options.seconds / 2
        return await measure_growth(driver, grounds, options.only, rounds=options.rounds, seconds=seconds)


async def _compare(driver: Driver, ground: Ground, options: Options, home: Path) -> list[Cell]:
    operations = await ground.operations(options.only)
    cells = [Cell(operation) for operation in operations]
    async with bare_handler(ground, operations, home) as bare:
        await measure(driver, cells, ground, bare, rounds=options.rounds, seconds=options.seconds)
    return cells


def _options() -> Options:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument(
        "--rows", default="100000", help="members; one number for itself and what growth is measured from, or several"
    )
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--seconds", type=float, default=2.0, help="of each operation in each round")
    parser.add_argument("--report", type=Path, help="write the figures here as Markdown, and as JSON beside it")
    parser.add_argument("--only", default="", help="the operations whose names begin so: read,list")
    told = parser.parse_args()
    given = f"--rows {told.rows} --rounds {told.rounds} --seconds {told.seconds:g}"
    sizes = [int(size) for size in told.rows.split(",")]
    return Options(
        tuple(sizes if len(sizes) > 1 else _sizes_up_to(sizes[0])),
        told.rounds,
        told.seconds,
        told.report,
        tuple(told.only.split(",")),
        given,
    )


def _sizes_up_to(rows: int) -> list[int]:
    """A size, the smallest, and what lies between a million and it."""
    between = [100_000] if 100_000 < rows <= 1_000_000 else []
    return sorted({min(SMALLEST, rows), *between, rows})


def _report(growth: Growth, cells: list[Cell], options: Options, server: str) -> None:
    rows = max(options.sizes)
    what, command = f"{rows:,} members in 500 units", f"python -m benchmarks.requests {options.given}"
    head = preface(what, command, server, *_PACKAGES)
    sections = [
        requests_section(cells, head, rounds=options.rounds, seconds=options.seconds),
        growth_section(growth, head),
    ]
    about: dict[str, object] = {
        "measured_on": datetime.now(UTC).date().isoformat(),
        "machine": machine(),
        "server": server,
    }
    about |= {"command": command, "rows": rows, "rounds": options.rounds, "seconds": options.seconds}
    for section in sections:
        print(section)
        if options.report:
            write_section(options.report, section)
    if options.report:
        write_figures(options.report, "requests", about | {"operations": requests_figures(cells)})
        write_figures(options.report, "growth", about | {"sizes": options.sizes} | growth.figures())


if __name__ == "__main__":
    asyncio.run(main())
