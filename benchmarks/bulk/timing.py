"""Seconds of each phase of long work, on the clock and of CPU, round by round."""

from __future__ import annotations

import statistics
import time
from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from benchmarks.meter import server_ms


@dataclass
class Phases:
    """One way of doing the work: for each phase, each round's seconds on the clock, and of CPU in Python and PostgreSQL."""

    postmaster: int
    wall: dict[str, list[float]] = field(default_factory=lambda: defaultdict(list))
    python: dict[str, list[float]] = field(default_factory=lambda: defaultdict(list))
    server: dict[str, list[float]] = field(default_factory=lambda: defaultdict(list))

    @contextmanager
    def __call__(self, name: str, *, more: bool = False) -> Iterator[None]:
        """Time a phase of a round; `more` adds to the one that this round has had of it."""
        wall, python, server = time.perf_counter(), time.process_time(), server_ms(self.postmaster)
        yield
        took = (time.perf_counter() - wall, time.process_time() - python, (server_ms(self.postmaster) - server) / 1000)
        for seconds, spent in zip((self.wall, self.python, self.server), took, strict=True):
            before = seconds[name].pop() if more else 0
            seconds[name].append(before + spent)

    @property
    def rounds(self) -> list[float]:
        """Each round's seconds on the clock, all phases together."""
        return [sum(seconds) for seconds in zip(*self.wall.values(), strict=True)]

    @property
    def cpu(self) -> list[float]:
        """Each round's seconds of CPU, all phases together."""
        return [sum(seconds) for seconds in zip(*self.python.values(), *self.server.values(), strict=True)]

    def best(self, name: str) -> str:
        """A phase's least seconds: on the clock (of CPU in Python + in PostgreSQL)."""
        return f"{min(self.wall[name]):.1f} ({min(self.python[name]):.1f} + {min(self.server[name]):.1f})"

    def rates(self, rows: int) -> str:
        """Rows a second in the worst, the median and the best round."""
        return " / ".join(f"{rows / seconds:,.0f}" for seconds in spread(self.rounds))


def spread(values: list[float]) -> tuple[float, float, float]:
    """The most, the median and the least."""
    return max(values), statistics.median(values), min(values)
