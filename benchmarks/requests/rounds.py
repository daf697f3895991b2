"""Interleaved rounds: what each operation costs each server, round by round."""

from __future__ import annotations

import asyncio
import statistics
from array import array
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from itertools import chain

from benchmarks.load import CONNECTIONS, Driver, Script
from benchmarks.meter import cpu_ms, server_ms
from benchmarks.requests.bench import Operation, signed_script
from benchmarks.requests.ground import Ground

#: What a server does for a request after its answer has left is waited for, and counted.
SETTLE = 0.05
SCOPES = ("leaf", "region", "national")
SHARES = (0.5, 0.95, 0.99)


@dataclass
class Tally:
    """What one server took in each round: CPU ms a request, of the server and of PostgreSQL; each request's ms."""

    cpu: list[tuple[float, float]] = field(default_factory=list)
    times: list[array[float]] = field(default_factory=list)
    seconds: float = 0

    @property
    def best(self) -> tuple[float, float]:
        """The round that was disturbed least."""
        return min(self.cpu, key=sum)

    @property
    def median(self) -> float:
        return statistics.median(sum(parts) for parts in self.cpu)

    @property
    def spread(self) -> float:
        """The dearest round over the cheapest."""
        return max(sum(parts) for parts in self.cpu) / sum(self.best)

    @property
    def rate(self) -> float:
        return sum(map(len, self.times)) / self.seconds

    def percentile(self, share: float) -> float:
        """Of all rounds together, in milliseconds."""
        return _percentile(chain.from_iterable(self.times), share)

    def least(self, share: float) -> float:
        """Of the round where it is least."""
        return min(_percentile(times, share) for times in self.times)

    def told(self) -> dict[str, object]:
        """Everything, for a machine to read."""
        return {
            "cpu_ms_server_and_postgresql": self.cpu,
            "cpu_ms_best": sum(self.best),
            "cpu_ms_median": self.median,
            "spread": self.spread,
            "requests": sum(map(len, self.times)),
            "requests_per_second": self.rate,
            **{f"p{int(share * 100)}_ms": self.percentile(share) for share in SHARES},
            "p95_ms_of_least_disturbed_round": self.least(0.95),
        }


def _percentile(times: Iterable[float], share: float) -> float:
    ordered = sorted(times)
    return ordered[min(len(ordered) - 1, int(len(ordered) * share))]


@dataclass
class Cell:
    """One operation in one scope, against the bare handler."""

    operation: Operation
    ours: Tally = field(default_factory=Tally)
    bare: Tally = field(default_factory=Tally)

    @property
    def ratio(self) -> float:
        return sum(self.ours.best) / sum(self.bare.best)

    @property
    def median_ratio(self) -> float:
        return self.ours.median / self.bare.median


@dataclass(frozen=True)
class Stand:
    """Where a server listens, and whose CPU is counted with PostgreSQL's."""

    port: int
    pid: int
    postmaster: int

    async def measured(
        self, driver: Driver, script: Script, tally: Tally | None, seconds: float, connections: int = CONNECTIONS
    ) -> None:
        """Drive a script; without a tally it is a warm-up. Raises SystemExit for an answer that is no success."""
        server, postgres = cpu_ms([self.pid]), server_ms(self.postmaster)
        load = await driver.drive(self.port, script, seconds=seconds, connections=connections)
        await asyncio.sleep(SETTLE)
        if load.status not in (200, 201):
            raise SystemExit(f"answered {load.status}: {script.requests[0].partition(b' HTTP')[0].decode()}")
        if tally is not None:
            count = len(load.times)
            tally.cpu.append(((cpu_ms([self.pid]) - server) / count, (server_ms(self.postmaster) - postgres) / count))
            tally.times.append(load.times)
            tally.seconds += load.seconds


def ours_of(ground: Ground) -> Stand:
    return Stand(ground.port, ground.pid, ground.postmaster)


async def measure(
    driver: Driver, cells: Sequence[Cell], ground: Ground, bare: Stand, *, rounds: int, seconds: float
) -> None:
    """All that read, then all that write: a warm-up of half the length, then rounds of ours and bare in turn."""
    ours = ours_of(ground)
    for writes in (False, True):
        for turn in range(rounds + 1):
            print(f"{'writes' if writes else 'reads'}: {f'round {turn}' if turn else 'warm-up'}", flush=True)
            for cell in (cell for cell in cells if cell.operation.writes is writes):
                operation, length = cell.operation, seconds if turn else seconds / 2
                script = signed_script(operation.ours, ground.token(operation.scope))
                both = [(ours, script, cell.ours), (bare, operation.bare, cell.bare)]
                for stand, said, tally in both if turn % 2 else reversed(both):
                    await stand.measured(driver, said, tally if turn else None, length)
