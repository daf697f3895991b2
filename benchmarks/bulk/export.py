"""An export as somebody fetches it over HTTP, against a bare COPY of the same columns; and what memory it takes."""

from __future__ import annotations

import asyncio
import os
import time
from collections.abc import Awaitable
from dataclasses import dataclass, field
from pathlib import Path

import asyncpg
import httpx

from app.core import schema
from app.core.crypto import MasterKey
from app.core.db import Database
from app.core.permissions import Role
from app.services.sign_ins import HOUSE_CLIENT
from app.services.signing_keys import load_key_ring
from benchmarks.bulk.timing import spread
from benchmarks.fill import Scope, sign_in
from benchmarks.meter import cpu_ms, server_ms
from benchmarks.servers import SECRET, free_port, our_command, ours_at, serving, until_up

#: What our export holds by default, in its order, as somebody writes it by hand.
BARE = """
select m.number, m.branch_id, b.name as branch, m.relationship, m.type,
  standing_on(m.decided_standing, m.decided_from, m.decided_until, m.paid_until, m.lapses_on, current_date) as standing,
  m.decided_from as standing_from, m.decided_until as standing_until, m.joined_on, m.paid_until, p.given_name,
  p.family_name, p.preferred_name, p.preferred_language, p.date_of_birth, p.email, p.mobile_phone, p.home_phone,
  array_to_string(p.address_lines, E'\\n') as address_lines, p.town, p.postcode, p.foreign_postal_code, p.country,
  p.electoral_area, array_to_string(p.objections, ', ') as objections, m.source_key
from members m join people p on p.id = m.person_id join branches b on b.id = m.branch_id
"""


@dataclass
class Exports:
    """Seconds of each round, on the clock and of CPU, and the megabytes of memory that a server took at most."""

    rows: int
    wall: dict[str, list[float]] = field(default_factory=lambda: {"ours": [], "bare": []})
    cpu: dict[str, list[float]] = field(default_factory=lambda: {"ours": [], "bare": []})
    #: By how many rows were exported.
    memory: dict[int, float] = field(default_factory=dict)

    def report(self) -> str:
        lines = ["| way | rows a second, worst / median / best | CPU seconds, worst / median / best |", "|---|---|---|"]
        for name, label in (("ours", "over HTTP, as CSV"), ("bare", "COPY of the same columns, to nowhere")):
            rates = " / ".join(f"{self.rows / seconds:,.0f}" for seconds in spread(self.wall[name]))
            used = " / ".join(f"{seconds:.1f}" for seconds in spread(self.cpu[name]))
            lines.append(f"| {label} | {rates} | {used} |")
        clock, cpu = (min(of["bare"]) / min(of["ours"]) for of in (self.wall, self.cpu))
        took = "; ".join(f"{rows:,} rows: {size:.0f} MB" for rows, size in sorted(self.memory.items()))
        lines += ["", f"Best to best {clock:.2f} on the clock, {cpu:.2f} of CPU; target 0.60.", ""]
        lines += [f"The server's memory at its most, a fresh process each: {took}."]
        return "\n".join(lines) + "\n"


@dataclass(frozen=True)
class _Asker:
    """Two people signed in to a server: who asks for an export, and who confirms it."""

    port: int
    asks: str
    confirms: str

    async def ask(self, branch_id: str | None = None) -> tuple[int, str]:
        """Ask for an export, confirmed where it has to be: how many rows, and where it is fetched."""
        body = {"purpose": "To measure how long an export takes."} | ({"branch_id": branch_id} if branch_id else {})
        async with httpx.AsyncClient(base_url=f"http://127.0.0.1:{self.port}", timeout=60) as client:
            made = await client.post("/v1/exports", json=body, headers=_signed(self.asks))
            if made.is_success and made.json()["state"] == "asked":
                made = await client.post(f"/v1/exports/{made.json()['id']}/confirm", headers=_signed(self.confirms))
            if not made.is_success or made.json()["state"] != "ready":
                raise SystemExit(f"no export: {made.text}")
        return made.json()["rows"], f"/v1/exports/{made.json()['id']}/content"

    async def fetch(self, path: str) -> int:
        """Fetch a file and throw it away; returns how many bytes came."""
        reader, writer = await asyncio.open_connection("127.0.0.1", self.port, limit=1 << 20)
        head = (
            f"GET {path} HTTP/1.1\r\nHost: 127.0.0.1\r\nAuthorization: Bearer {self.asks}\r\nConnection: close\r\n\r\n"
        )
        writer.write(head.encode())
        status = await reader.readline()
        if b" 200 " not in status:
            raise SystemExit(f"no content: {status!r}")
        size, last = 0, b""
        while piece := await reader.read(1 << 20):
            size, last = size + len(piece), (last + piece)[-5:]
        writer.close()
        if last != b"0\r\n\r\n":
            raise SystemExit("the export broke off")
        return size


async def measure_exports(owner: str, scope: Scope, postmaster: int, *, rounds: int) -> Exports:
    """Export everybody, `rounds` times in turn with a bare COPY; then a region alone, for the memory."""
    async with Database.opened(owner, MasterKey([SECRET])) as database:
        second = await sign_in(database, "second", Role.national_membership_officer, f"id = '{scope.unit}'")
        async with database.transaction() as session:
            rows = await session.fetchval("select count(*) from members")
            region = str(await session.fetchval("select id from branches where kind = 'region' order by name limit 1"))
    exports = Exports(rows)
    port = free_port()
    tokens = await _tokens(owner, port, scope, second)
    with serving(our_command(port), ours_at(owner, port)) as pid:
        await until_up(port)
        asker = _Asker(port, *tokens)
        for _ in range(rounds):
            found, path = await asker.ask()
            await _timed(exports, "ours", asker.fetch(path), [pid], postmaster)
            await _timed(exports, "bare", _copy(owner), [], postmaster)
        exports.memory[found] = _most_memory(pid)
    with serving(our_command(port), ours_at(owner, port)) as pid:
        await until_up(port)
        few, path = await asker.ask(region)
        await asker.fetch(path)
        exports.memory[few] = _most_memory(pid)
    return exports


async def _timed(exports: Exports, way: str, work: Awaitable[object], pids: list[int], postmaster: int) -> None:
    begun, used = time.perf_counter(), cpu_ms(pids) + server_ms(postmaster)
    await work
    exports.wall[way].append(time.perf_counter() - begun)
    exports.cpu[way].append((cpu_ms(pids) + server_ms(postmaster) - used) / 1000)


async def _copy(owner: str) -> None:
    connection = await asyncpg.connect(owner, server_settings={"jit": "off", "max_parallel_workers_per_gather": "0"})
    await connection.copy_from_query(BARE, output=os.devnull, format="csv", header=True, timeout=3600)
    await connection.close()


async def _tokens(owner: str, port: int, *people: Scope) -> list[str]:
    async with Database.opened(schema.app_dsn(owner, SECRET), MasterKey([SECRET])) as app:
        ring = await load_key_ring(app, issuer=f"http://127.0.0.1:{port}")
    return [
        ring.mint(sub=person.token_subject, sid=person.sign_in_id, client_id=str(HOUSE_CLIENT)) for person in people
    ]


def _signed(token: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {token}"}


def _most_memory(pid: int) -> float:
    """The most memory that a process has ever held, in megabytes."""
    status = Path(f"/proc/{pid}/status").read_text()
    return int(status.partition("VmHWM:")[2].split()[0]) / 1024
