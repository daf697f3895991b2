"""How latency grows with the number of members: one connection, so that nobody waits behind another."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field

from benchmarks.load import Driver
from benchmarks.requests.bench import Operation, signed_script
from benchmarks.requests.ground import Ground
from benchmarks.requests.rounds import SCOPES, Tally, ours_of

#: What is measured, and the most that its p95 may be of the smallest database's.
GROWN = {
    "read": 1.2,
    "list": 1.2,
    "list-deep": 1.2,
    "search-rare": 2.0,
    "search-frequent": 2.0,
    "search-email": 2.0,
    "search-postcode": 2.0,
}
#: The most that the p95 of page 1,000 may be of page 1's.
DEEPER = 1.1
HEADING = "# Growth"


@dataclass
class Growth:
    """For each operation in each scope, what it took at each size."""

    sizes: Sequence[int]
    tallies: dict[str, dict[int, Tally]] = field(default_factory=lambda: defaultdict(dict))

    def ratio(self, label: str) -> float | None:
        """The p95 of the largest database to that of the smallest, each of its least disturbed round."""
        ends = self._ends(label)
        return ends[1].least(0.95) / ends[0].least(0.95) if ends else None

    def cpu_ratio(self, label: str) -> float | None:
        """The same of CPU, each of its cheapest round."""
        ends = self._ends(label)
        return sum(ends[1].best) / sum(ends[0].best) if ends else None

    def _ends(self, label: str) -> tuple[Tally, Tally] | None:
        """In the smallest and in the largest database, where it can be asked for in both."""
        found = self.tallies[label]
        small, large = found.get(min(self.sizes)), found.get(max(self.sizes))
        return (small, large) if small and large and small is not large else None

    def deeper(self, scope: str, size: int) -> float | None:
        """The p95 of page 1,000 to that of page 1."""
        first, deep = (self.tallies[f"{name}-{scope}"].get(size) for name in ("list", "list-deep"))
        return deep.least(0.95) / first.least(0.95) if first and deep else None

    def figures(self) -> dict[str, object]:
        told = {
            label: {str(size): tally.told() for size, tally in by_size.items()}
            for label, by_size in self.tallies.items()
        }
        ratios = {label: {"p95": self.ratio(label), "cpu": self.cpu_ratio(label)} for label in self.tallies}
        deeper = {scope: {str(size): self.deeper(scope, size) for size in self.sizes} for scope in SCOPES}
        return {"operations": told, "largest_to_smallest": ratios, "p95_page_1000_to_page_1": deeper}


async def measure_growth(
    driver: Driver, grounds: Sequence[Ground], only: tuple[str, ...], *, rounds: int, seconds: float
) -> Growth:
    """Rounds in which each operation is asked of every size in turn, after a warm-up of half the length."""
    growth = Growth([ground.rows for ground in grounds])
    asked: dict[str, list[tuple[Ground, Operation]]] = defaultdict(list)
    wanted = tuple(f"{name}-{scope}" for name in GROWN for scope in SCOPES if f"{name}-{scope}".startswith(only))
    for ground in grounds:
        for operation in await ground.operations(wanted) if wanted else []:
            asked[operation.label].append((ground, operation))
            growth.tallies[operation.label][ground.rows] = Tally()
    for turn in range(rounds + 1):
        print(f"growth: {f'round {turn}' if turn else 'warm-up'}", flush=True)
        for label, places in asked.items():
            for ground, operation in places:
                tally = growth.tallies[label][ground.rows] if turn else None
                script = signed_script(operation.ours, ground.token(operation.scope))
                length = seconds if turn else seconds / 2
                await ours_of(ground).measured(driver, script, tally, length, connections=1)
    return growth


def growth_section(growth: Growth, preface: Sequence[str]) -> str:
    sizes = sorted(growth.sizes)
    lines = [
        HEADING,
        "",
        *preface,
        "",
        "One connection, so that latency is not queueing; ours alone, a server for each size, asked in turn. p50 / p95 of all",
        "rounds together in ms, and CPU ms of server and PostgreSQL in the best. Ratios are of p95 in the least disturbed",
        "round. In the smallest database a leaf has too few members for a full page, so its answers are shorter.",
        "",
        f"| operation | {' | '.join(f'{size:,}' for size in sizes)} | largest to smallest: CPU | p95 | target | |",
        f"|---|{'---|' * len(sizes)}---|---|---|---|",
    ]
    for label, found in growth.tallies.items():
        shown = " | ".join(_shown(found.get(size)) for size in sizes)
        name, cpu = label.rpartition("-")[0], growth.cpu_ratio(label)
        spent = "-" if cpu is None else f"{cpu:.2f}"
        lines.append(f"| {label} | {shown} | {spent} | {verdict(growth.ratio(label), GROWN[name])} |")
    lines += ["", "| page 1,000 to page 1, p95 | ratio | target | |", "|---|---|---|---|"]
    for scope in SCOPES:
        for size in sizes:
            if (ratio := growth.deeper(scope, size)) is not None:
                lines.append(f"| {scope}, {size:,} | {verdict(ratio, DEEPER)} |")
    return "\n".join(lines) + "\n"


def _shown(tally: Tally | None) -> str:
    if tally is None:
        return "no such page"
    return f"{tally.percentile(0.5):.2f} / {tally.percentile(0.95):.2f} ({sum(tally.best):.2f})"


def verdict(ratio: float | None, target: float | None) -> str:
    """A ratio, its target and whether it is met, as cells of a table."""
    if ratio is None:
        return "- | - | -"
    if target is None:
        return f"{ratio:.2f} | - | -"
    return f"{ratio:.2f} | {target:.1f} | {'met' if ratio <= target else '**missed**'}"
