"""The phases: crowds, slow clients, those who hang up, a database that goes away, and the count of it all."""

from __future__ import annotations

import argparse
import asyncio
import signal
import time
from dataclasses import dataclass, field
from typing import Any

from benchmarks.endure.client import Connection
from benchmarks.endure.deployment import Deployment
from benchmarks.endure.mix import SHARES, WRITES, run_clients
from benchmarks.endure.slow import Held, HungUp, hang_up, hold_on
from benchmarks.endure.tally import Tally, percentile
from benchmarks.endure.watch import Eye, Sample, Watch

MARK = "endured"
#: Ordinary clients beside slow ones, and during a restart; the longest that slow ones are given to be cut off.
BESIDE, DURING, LONGEST_HELD = 20, 50, 150.0
#: Seconds within which the connections that nobody uses any more should be closed.
LONGEST_KEPT = 120.0
#: Seconds that somebody stays away who was refused: as Retry-After asks, or shorter where recovery is timed.
AS_ASKED, AT_ONCE = 5.0, 0.1
_MADE = """
select count(*) as members,
  (select count(*) from audit_entries a where a.action = 'member.created' and a.subject_id in (select id from made)) as audited,
  (select count(*) from events e where e.type = 'member.created' and e.subject_id in (select id from made)) as events
from made
"""
_OF_MARK = "with made as (select m.id from members m join people p on p.id = m.person_id where p.email_key like '{}.%')"
_CHANGED = """
select (select count(*) from audit_entries where action = 'member.updated') as audited,
  (select count(*) from events where type = 'member.updated') as events,
  (select count(*) from access_log where purpose = 'read') as reads
"""


@dataclass
class Restart:
    """One end of the database, in seconds from the signal."""

    name: str
    tally: Tally
    back: float = 0.0
    recovered: float = 0.0
    ready: float = 0.0


@dataclass
class Found:
    """Everything seen, phase by phase."""

    crowd: Tally = field(default_factory=Tally)
    crowd_watch: Watch = field(default_factory=Watch)
    before: Sample | None = None
    after_crowd: Sample | None = None
    alone: Tally = field(default_factory=Tally)
    beside: Tally = field(default_factory=Tally)
    held: dict[str, Held] = field(default_factory=dict)
    held_watch: Watch = field(default_factory=Watch)
    gone: HungUp = field(default_factory=HungUp)
    gone_watch: Watch = field(default_factory=Watch)
    gone_quiet: float = 0.0
    gone_first: float = 0.0
    gone_again: Tally = field(default_factory=Tally)
    after_gone: Sample | None = None
    kept: int = 0
    kept_seconds: float = 0.0
    restarts: list[Restart] = field(default_factory=list)
    same_processes: bool = False
    server: str = ""
    changed_before: dict[str, int] = field(default_factory=dict)
    counts: dict[str, int] = field(default_factory=dict)
    complaints: dict[str, int] = field(default_factory=dict)

    def tallies(self) -> list[Tally]:
        return [self.crowd, self.alone, self.beside, self.gone_again, *(one.tally for one in self.restarts)]


async def endure(running: Deployment, options: argparse.Namespace) -> Found:
    """All phases, one after the other."""
    eye, found = Eye(running.pid, running.owner_dsn), Found()
    await running.ready()
    try:
        began_with = eye.web_processes()
        _, found.before = await eye.quiet()
        found.server = f"PostgreSQL {(await eye.rows('show server_version'))[0][0]}"
        found.changed_before = dict((await eye.rows(_CHANGED))[0])
        for name, phase in (("crowd", _crowd), ("slow", _slow), ("gone", _gone), ("restarts", _restarts)):
            if name in options.phases:
                print(f"{name} …", flush=True)
                await phase(running, eye, found, options)
        found.same_processes = began_with == eye.web_processes()
        await _count(eye, found)
    finally:
        await eye.close()
    found.complaints = dict(running.complaints())
    return found


async def _crowd(running: Deployment, eye: Eye, found: Found, options: argparse.Namespace) -> None:
    desks = await running.desks()
    async with eye.watching() as found.crowd_watch:
        found.crowd = await run_clients(
            running.port,
            desks,
            f"{MARK}.crowd",
            clients=options.clients,
            seconds=options.seconds,
            shares=SHARES,
            wait=AS_ASKED,
        )
    _, found.after_crowd = await eye.quiet()


async def _slow(running: Deployment, eye: Eye, found: Found, options: argparse.Namespace) -> None:
    desks = await running.desks()

    async def ordinary(name: str) -> Tally:
        return await run_clients(
            running.port,
            desks,
            f"{MARK}.{name}",
            clients=BESIDE,
            seconds=options.phase_seconds,
            shares=SHARES,
            wait=AS_ASKED,
        )

    found.alone = await ordinary("alone")
    slow = asyncio.create_task(hold_on(running.port, desks[-1], options.slow, LONGEST_HELD))
    await asyncio.sleep(1)
    async with eye.watching() as found.held_watch:
        found.beside = await ordinary("beside")
    found.held = await slow


async def _gone(running: Deployment, eye: Eye, found: Found, options: argparse.Namespace) -> None:
    desks = await running.desks()
    async with eye.watching() as found.gone_watch:
        found.gone = await hang_up(running.port, desks, MARK, options.hang_ups)
        began = time.perf_counter()
        connection = Connection(running.port)
        await connection.ask(desks[0].request("GET", "/v1/me"))
        connection.close()
        found.gone_first = time.perf_counter() - began
        found.gone_quiet, found.after_gone = await eye.quiet()
    tally, creations = found.gone_again, iter(found.gone.creations.items())

    async def ask_again() -> None:
        connection = Connection(running.port)
        for key, request in creations:
            for _ in range(2):
                began = time.perf_counter()
                answer = await connection.ask(request)
                tally.take("create", answer, (time.perf_counter() - began) * 1000)
                if answer.status == 201:
                    tally.keep(key, answer.json["id"])
        connection.close()

    await asyncio.gather(*(ask_again() for _ in range(8)))


async def _restarts(running: Deployment, _eye: Eye, found: Found, options: argparse.Namespace) -> None:
    for how, name in ((signal.SIGINT, "fast shutdown"), (signal.SIGKILL, "kill -9")):
        desks = await running.desks()
        clients = asyncio.create_task(
            run_clients(
                running.port,
                desks,
                f"{MARK}.{how.name.lower()}",
                clients=DURING,
                seconds=options.phase_seconds,
                shares=WRITES,
                wait=AT_ONCE,
            )
        )
        await asyncio.sleep(options.phase_seconds / 3)
        ended = time.perf_counter()
        running.end_database(how)
        back = asyncio.create_task(running.database_is_back())
        await asyncio.sleep(0.05)
        ready = await running.ready()
        restart = Restart(name, await clients, back=0.05 + await back, ready=0.05 + ready)
        refused = [at for at in restart.tally.refused_at if at > ended]
        restart.recovered = max(refused) - ended if refused else 0.0
        found.restarts.append(restart)


async def _count(eye: Eye, found: Found) -> None:
    """What was answered against what is there; and how long the connections of the rush are kept."""
    idle, began = sum(found.before.held.values()) if found.before else 0, time.perf_counter()
    while True:
        found.kept = sum((await eye.look()).held.values())
        found.kept_seconds = time.perf_counter() - began
        if found.kept <= idle or found.kept_seconds > LONGEST_KEPT:
            break
        await asyncio.sleep(1)
    rows = await eye.rows(_OF_MARK.format(MARK) + _MADE)
    changed = {name: count - found.changed_before[name] for name, count in (await eye.rows(_CHANGED))[0].items()}
    made = [pair for tally in found.tallies() for pair in tally.made.items()]
    found.counts = {
        "keys": len({key for key, _ in made}),
        "ids": len({member for _, member in made}),
        "doubled": sum(len(tally.doubled) for tally in found.tallies()),
        "unsettled": sum(tally.unsettled for tally in found.tallies()),
        "members": rows[0]["members"],
        "created_audited": rows[0]["audited"],
        "created_events": rows[0]["events"],
        "patched": sum(tally.patched for tally in found.tallies()),
        "updated_audited": changed["audited"],
        "updated_events": changed["events"],
        "read": sum(tally.read for tally in found.tallies()),
        "reads_logged": changed["reads"],
    }


def figures_of(tally: Tally) -> dict[str, Any]:
    """A tally for a machine to read."""
    return {
        "requests": tally.count,
        "seconds": round(tally.seconds, 1),
        "statuses": dict(tally.statuses),
        "wrong": dict(tally.wrong),
        "broken": dict(tally.broken),
        "milliseconds": {
            name: {
                "count": len(times),
                **{f"p{int(share * 100)}": round(percentile(times, share), 1) for share in (0.5, 0.95, 0.99)},
                "max": round(max(times), 1),
            }
            for name, times in sorted({"all": tally.all_times(), **tally.times}.items())
            if times
        },
    }
