"""What clients were answered, and what they should not have been."""

from __future__ import annotations

import time
from collections import Counter
from dataclasses import dataclass, field

from benchmarks.endure.client import Answer, Broken


@dataclass
class Tally:
    """What a phase was answered: milliseconds by operation, statuses, and whatever should not have been."""

    times: dict[str, list[float]] = field(default_factory=dict)
    statuses: Counter[str] = field(default_factory=Counter)
    wrong: Counter[str] = field(default_factory=Counter)
    broken: Counter[str] = field(default_factory=Counter)
    #: When answers came that were none or a refusal, and when the good ones did, in `perf_counter` seconds.
    refused_at: list[float] = field(default_factory=list)
    served_at: list[float] = field(default_factory=list)
    made: dict[str, str] = field(default_factory=dict)
    doubled: list[str] = field(default_factory=list)
    unsettled: int = 0
    patched: int = 0
    read: int = 0
    seconds: float = 0.0

    def take(self, operation: str, answer: Answer, milliseconds: float) -> None:
        now, status = time.perf_counter(), answer.status
        self.statuses[str(status)] += 1
        raced = operation in ("patch", "create") and status in (409, 412)
        if 200 <= status < 300 or raced:
            self.times.setdefault(operation, []).append(milliseconds)
            self.served_at.append(now)
        elif answer.is_refusal:
            self.times.setdefault("refused", []).append(milliseconds)
            self.refused_at.append(now)
        else:
            code = (
                answer.json.get("code") if answer.body.startswith(b"{") else answer.body[:40].decode(errors="replace")
            )
            self.wrong[f"{operation}: {status} {code}"] += 1
            self.refused_at.append(now)

    def lose(self, operation: str, error: Broken) -> None:
        self.broken[f"{operation}: {error}"] += 1
        self.refused_at.append(time.perf_counter())

    def keep(self, key: str, member: str) -> None:
        if self.made.setdefault(key, member) != member:
            self.doubled.append(key)

    @property
    def count(self) -> int:
        return self.statuses.total()

    def all_times(self) -> list[float]:
        return [one for operation, times in self.times.items() if operation != "refused" for one in times]


def percentile(times: list[float], share: float) -> float:
    ordered = sorted(times)
    return ordered[min(len(ordered) - 1, int(len(ordered) * share))] if ordered else 0.0
