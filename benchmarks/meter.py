"""CPU per request from the operating system's own accounting, which foreign load moves least."""

from __future__ import annotations

import os
import statistics
import time
from collections.abc import Awaitable, Callable, Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

Work = Callable[[], Awaitable[object]]


def cpu_ms(pids: Iterable[int]) -> float:
    """CPU time the processes have used, in milliseconds; a process that has gone counts as nothing."""
    total = 0
    for pid in pids:
        try:
            total += int(Path(f"/proc/{pid}/schedstat").read_text().split()[0])
        except (FileNotFoundError, ProcessLookupError):
            continue
    return total / 1e6


def reaped_ms(parent: int) -> float:
    """CPU time of the children that have ended, such as parallel workers, in milliseconds (10 ms ticks)."""
    fields = Path(f"/proc/{parent}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[13]) + int(fields[14])) * 1000 / os.sysconf("SC_CLK_TCK")


def children(parent: int) -> list[int]:
    """The process ids whose parent is `parent`: for a postmaster, every backend and background writer."""
    found = []
    for stat in Path("/proc").glob("[0-9]*/stat"):
        try:
            if int(stat.read_text().rpartition(")")[2].split()[1]) == parent:
                found.append(int(stat.parent.name))
        except (FileNotFoundError, ProcessLookupError):
            continue
    return found


def server_ms(postmaster: int) -> float:
    """All CPU time PostgreSQL has used on behalf of anybody, in milliseconds."""
    return cpu_ms(children(postmaster)) + reaped_ms(postmaster)


def parent_of(pid: int) -> int:
    """The parent's process id: of any backend, the postmaster."""
    return int(Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[1])


@dataclass
class Cell:
    """What one way of doing one thing cost, round by round."""

    py: list[float] = field(default_factory=list)
    pg: list[float] = field(default_factory=list)
    times: list[float] = field(default_factory=list)

    @property
    def row(self) -> str:
        """`python min/median | postgres min/median | p50`, milliseconds."""
        both = (f"{min(x):.3f} / {statistics.median(x):.3f}" for x in (self.py, self.pg))
        return " | ".join([*both, f"{statistics.median(self.times):.2f}"])

    @property
    def short(self) -> str:
        """`python + postgres (p50)`, the least of the rounds, for a cell of a wide table."""
        return f"{min(self.py):.2f}+{min(self.pg):.2f} ({statistics.median(self.times):.2f})"


async def measure(
    postmaster: int, cells: Mapping[str, Work], *, rounds: int = 3, seconds: float = 0.4, most: int = 4000
) -> dict[str, Cell]:
    """Run each cell in turn, `rounds` times over, so that a noisy moment falls on all of them.

    A cell is warmed first: statements are prepared, and PostgreSQL has tried its five custom plans.
    """
    found = {name: Cell() for name in cells}
    for run in cells.values():
        begun = time.perf_counter()
        for _ in range(7):
            await run()
            if time.perf_counter() - begun > 2 * seconds:
                break
    for _ in range(rounds):
        for name, run in cells.items():
            cell, count = found[name], 0
            pg, py, begun = server_ms(postmaster), time.process_time(), time.perf_counter()
            while count < most and (count < 3 or time.perf_counter() - begun < seconds):
                started = time.perf_counter()
                await run()
                cell.times.append((time.perf_counter() - started) * 1000)
                count += 1
            cell.py.append((time.process_time() - py) * 1000 / count)
            cell.pg.append((server_ms(postmaster) - pg) / count)
    return found
