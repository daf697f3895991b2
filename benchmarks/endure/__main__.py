"""How the server bears what is done to it: `make bench-load`, or `python -m benchmarks.endure --clients 100 --seconds 30`.

`rollbook serve` runs as in production, on an embedded database that was filled before. A crowd of clients, slow clients,
clients that hang up, a database that is restarted and one that is killed, and at the end everything is counted.
"""

from __future__ import annotations

import argparse
import asyncio
import tempfile
from pathlib import Path

import uvloop

from benchmarks.endure.deployment import Deployment
from benchmarks.endure.phases import endure
from benchmarks.endure.report import as_figures, as_section
from benchmarks.report import write_figures, write_section

PHASES = "crowd,slow,gone,restarts"


def main() -> None:
    options = _options()
    with (
        tempfile.TemporaryDirectory(prefix="rb-") as home,
        Deployment(Path(home), options.rows, options.workers) as running,
        asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner,
    ):
        found = runner.run(endure(running, options))
    section = as_section(found, options)
    print(section)
    if options.report:
        write_section(options.report, section)
        write_figures(options.report, "load", as_figures(found, options))


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--clients", type=int, default=500)
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--seconds", type=float, default=300.0, help="of the crowd")
    parser.add_argument("--phase-seconds", type=float, default=30.0, help="of ordinary clients in the other phases")
    parser.add_argument("--rows", type=int, default=100_000)
    parser.add_argument("--slow", type=int, default=200, help="slow connections")
    parser.add_argument("--hang-ups", type=int, default=5000)
    parser.add_argument("--phases", default=PHASES, help=f"some of {PHASES}")
    parser.add_argument("--report", type=Path, help="write the section here, and the figures as JSON beside it")
    return parser.parse_args()


if __name__ == "__main__":
    main()
