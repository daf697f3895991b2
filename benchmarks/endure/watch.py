"""What the machine says meanwhile: memory and files of each web process, connections and transactions of PostgreSQL."""

from __future__ import annotations

import asyncio
import time
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path

import asyncpg
import psutil

EVERY = 1.0

_SESSIONS = """
select application_name, usename, count(*) as held, count(*) filter (where state <> 'idle') as busy,
  coalesce(max(extract(epoch from clock_timestamp() - state_change)) filter (where state like 'idle in%'), 0) as open
from pg_stat_activity where backend_type = 'client backend' and pid <> pg_backend_pid() group by 1, 2
"""


@dataclass
class Sample:
    """One look. Memory in MB; `held` and `busy` are connections by who holds them."""

    at: float
    rss: dict[int, float]
    pss: dict[int, float]
    files: dict[int, int]
    held: Counter[str] = field(default_factory=Counter)
    busy: int = 0
    #: The age in seconds of the oldest transaction in which nothing happens.
    idle_in_transaction: float = 0.0


@dataclass
class Watch:
    """Looks of one phase."""

    samples: list[Sample] = field(default_factory=list)

    def most_held(self) -> dict[str, int]:
        names = {name for sample in self.samples for name in sample.held}
        return {name: max(sample.held[name] for sample in self.samples) for name in sorted(names)}

    def longest_idle_in_transaction(self) -> float:
        return max((sample.idle_in_transaction for sample in self.samples), default=0.0)

    def most_files(self) -> int:
        return max((count for sample in self.samples for count in sample.files.values()), default=0)

    def memory(self, pid: int) -> tuple[float, float, float]:
        """PSS of a process in MB: the mean of the first minute and of the last, or of thirds, and the most."""
        mine = [(sample.at, sample.pss[pid]) for sample in self.samples if pid in sample.pss]
        if not mine:
            return 0.0, 0.0, 0.0
        length = min(60.0, (mine[-1][0] - mine[0][0]) / 3)
        first = [size for at, size in mine if at <= mine[0][0] + length]
        last = [size for at, size in mine if at >= mine[-1][0] - length]
        return sum(first) / len(first), sum(last) / len(last), max(size for _, size in mine)

    def pids(self) -> list[int]:
        return sorted({pid for sample in self.samples for pid in sample.pss})


class Eye:
    """Looks at one deployment, through a connection of its own that is made anew when it is lost."""

    def __init__(self, serving: int, owner_dsn: str) -> None:
        self._serving, self._dsn = serving, owner_dsn
        self._connection: asyncpg.Connection | None = None

    def web_processes(self) -> list[int]:
        found = []
        for child in psutil.Process(self._serving).children():
            with suppress(psutil.Error):
                if "web-part" in child.cmdline():
                    found.append(child.pid)
        return found

    async def look(self) -> Sample:
        pids = self.web_processes()
        sample = Sample(time.perf_counter(), {}, {}, {})
        for pid in pids:
            with suppress(OSError, psutil.Error):
                sample.rss[pid], sample.pss[pid] = _memory(pid)
                sample.files[pid] = psutil.Process(pid).num_fds()
        with suppress(OSError, asyncpg.PostgresError, asyncpg.InterfaceError, TimeoutError):
            for row in await self.rows(_SESSIONS):
                who = f"{row['application_name']} ({row['usename']})" if row["usename"] else "signing in"
                sample.held[who] += row["held"]
                sample.busy += row["busy"]
                sample.idle_in_transaction = max(sample.idle_in_transaction, float(row["open"]))
        return sample

    async def rows(self, sql: str) -> list[asyncpg.Record]:
        """Raises what connecting and asking raise while the database is away."""
        if self._connection is None or self._connection.is_closed():
            self._connection = await asyncpg.connect(
                self._dsn, timeout=2, command_timeout=60, server_settings={"application_name": "endure"}
            )
        found: list[asyncpg.Record] = await self._connection.fetch(sql)
        return found

    async def quiet(self, seconds: float = 60) -> tuple[float, Sample]:
        """Wait until no transaction is open; gives the seconds that took, and how things stand then."""
        began = time.perf_counter()
        while True:
            sample = await self.look()
            waited = time.perf_counter() - began
            if (sample.held and not sample.busy) or waited > seconds:
                return waited, sample
            await asyncio.sleep(0.05)

    @asynccontextmanager
    async def watching(self) -> AsyncIterator[Watch]:
        """Look every second for the length of a block."""
        watch = Watch()

        async def look_on() -> None:
            while True:
                watch.samples.append(await self.look())
                await asyncio.sleep(EVERY)

        looking = asyncio.create_task(look_on())
        try:
            yield watch
        finally:
            looking.cancel()
            await asyncio.gather(looking, return_exceptions=True)

    async def close(self) -> None:
        if self._connection is not None:
            await self._connection.close()


def _memory(pid: int) -> tuple[float, float]:
    """RSS and PSS in MB."""
    sizes = {}
    for line in Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()[1:]:
        name, value = line.split()[:2]
        sizes[name] = int(value) / 1024
    return sizes["Rss:"], sizes["Pss:"]
