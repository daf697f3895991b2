"""Ordinary clients: a mix of what an organisation does all day, in three scopes, and what they were answered."""

from __future__ import annotations

import asyncio
import json
import random
import time
from dataclasses import dataclass
from typing import Any

import asyncpg

from benchmarks.endure.client import Answer, Broken, Connection
from benchmarks.endure.tally import Tally
from benchmarks.fill import Scope
from benchmarks.load import http

#: Of a hundred requests; the read before each patch is counted among the reads.
SHARES = {"read": 40, "list": 25, "search": 10, "suggest": 5, "me": 5, "events": 5, "create": 5, "patch": 5}
#: Mostly writes: for what must not be done twice.
WRITES = {"read": 20, "create": 80}
#: Of a hundred creations, how many are sent once more with their key though they were answered.
REPEATED = 10
KNOWN = 400
#: Seconds after its first try in which a creation without an answer is still repeated.
SETTLING = 60.0


@dataclass
class Desk:
    """What the clients of one scope know: their token, and some of the members that they reach."""

    scope: Scope
    members: list[dict[str, str]]
    token: str = ""

    def request(self, method: str, path: str, body: Any = None, **headers: str) -> bytes:
        content = b"" if body is None else json.dumps(body).encode()
        return http(method, path, token=self.token, body=content, headers=headers)

    def creation(self, email: str, key: str) -> bytes:
        """A new member, to be made once however often it is sent."""
        person = {"given_name": "Wyn", "family_name": "Endured", "email": email, "postcode": "E8 1AA"}
        body = {**person, "branch_id": self.members[0]["branch_id"], "type": "full"}
        return self.request("POST", "/v1/members", body, **{"Idempotency-Key": key})


async def desk_of(connection: asyncpg.Connection, scope: Scope) -> Desk:
    rows = await connection.fetch(
        "select m.id::text, m.branch_id::text, lower(p.family_name) as family, p.email, p.postcode "
        "from members m join people p on p.id = m.person_id "
        "where m.branch_id in (select id from branches where path @> array[$1::uuid]) order by random() limit $2",
        scope.unit,
        KNOWN,
    )
    return Desk(scope, [dict(row) for row in rows])


class Client:
    """One connection that asks, waits for the answer, and asks the next thing at once."""

    def __init__(self, port: int, number: int, desk: Desk, tally: Tally, mark: str, wait: float) -> None:
        self._connection, self._desk, self._tally = Connection(port), desk, tally
        self._mark, self._wait = f"{mark}.{number}", wait
        self._random = random.Random(number)
        self._made = 0
        self._list_cursor, self._feed_cursor = "", ""

    async def run(self, ends: float, shares: dict[str, int]) -> None:
        names, weights = list(shares), list(shares.values())
        await asyncio.sleep(self._random.random() * 0.5)
        try:
            while time.perf_counter() < ends:
                name = self._random.choices(names, weights)[0]
                await getattr(self, f"_{name}")()
        finally:
            self._connection.close()

    async def _ask(self, operation: str, request: bytes) -> Answer | None:
        """The answer; None for one that was refused or never came, after the time to wait."""
        began = time.perf_counter()
        try:
            answer = await self._connection.ask(request)
        except Broken as error:
            self._tally.lose(operation, error)
            await asyncio.sleep(min(self._wait, 0.5))
            return None
        self._tally.take(operation, answer, (time.perf_counter() - began) * 1000)
        if answer.status == 503:
            await asyncio.sleep(self._wait)
        return answer if answer.status < 300 else None

    def _member(self) -> dict[str, str]:
        return self._random.choice(self._desk.members)

    async def _read(self) -> Answer | None:
        answer = await self._ask("read", self._desk.request("GET", f"/v1/members/{self._member()['id']}"))
        self._tally.read += answer is not None
        return answer

    async def _list(self) -> None:
        """The next page of a list that is read on, or its first."""
        cursor = f"&cursor={self._list_cursor}" if self._list_cursor else ""
        answer = await self._ask("list", self._desk.request("GET", f"/v1/members?limit=50{cursor}"))
        # A list that stops being read in the middle is begun anew, as most are.
        goes_on = answer is not None and self._random.random() < 0.7
        self._list_cursor = answer.json["next_cursor"] or "" if answer and goes_on else ""

    async def _search(self) -> None:
        member = self._member()
        asked = self._random.choice(
            [{"name": member["family"]}, {"email": member["email"]}, {"postcode": member["postcode"]}]
            if len(member["family"]) > 8
            else [{"email": member["email"]}]
        )
        await self._ask("search", self._desk.request("POST", "/v1/members/search", asked))

    async def _suggest(self) -> None:
        typed = self._member()["family"][:4]
        await self._ask("suggest", self._desk.request("POST", "/v1/members/suggest", {"text": typed}))

    async def _me(self) -> None:
        await self._ask("me", self._desk.request("GET", "/v1/me"))

    async def _events(self) -> None:
        """What has happened since the last look."""
        after = f"&after={self._feed_cursor}" if self._feed_cursor else ""
        answer = await self._ask("events", self._desk.request("GET", f"/v1/events?limit=50{after}"))
        if answer is not None:
            self._feed_cursor = answer.json["next_cursor"]

    async def _patch(self) -> None:
        answer = await self._read()
        if answer is None:
            return
        record = answer.json
        other = {"preferred_language": "cy" if record["preferred_language"] == "en" else "en"}
        path = f"/v1/members/{record['id']}"
        request = self._desk.request("PATCH", path, other, **{"If-Match": answer.etag})
        changed = await self._ask("patch", request)
        self._tally.patched += changed is not None

    async def _create(self) -> None:
        self._made += 1
        key = f"{self._mark}.{self._made}"
        request = self._desk.creation(f"{key}@example.org", key)
        await self._settle(key, request)
        if self._random.randrange(100) < REPEATED:
            await self._settle(key, request)

    async def _settle(self, key: str, request: bytes) -> None:
        """Send a creation until it is answered."""
        patience = time.perf_counter() + SETTLING
        while time.perf_counter() < patience:
            answer = await self._ask("create", request)
            if answer is not None:
                self._tally.keep(key, answer.json["id"])
                return
            await asyncio.sleep(0.02)
        self._tally.unsettled += 1


async def run_clients(
    port: int, desks: list[Desk], mark: str, *, clients: int, seconds: float, shares: dict[str, int], wait: float
) -> Tally:
    """Clients of all scopes for some seconds; `wait` is how long one stays away that was refused."""
    tally, began = Tally(), time.perf_counter()
    everybody = [Client(port, number, desks[number % len(desks)], tally, mark, wait) for number in range(clients)]
    await asyncio.gather(*(one.run(began + seconds, shares) for one in everybody))
    tally.seconds = time.perf_counter() - began
    return tally
