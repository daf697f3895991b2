"""One scope of a filled database, and what an operation in it is: what our clients send, and a bare handler's plan."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlencode

import asyncpg

from benchmarks.fill import Scope
from benchmarks.load import Script, exchange, http
from benchmarks.requests.envelope import page_around
from benchmarks.requests.plan import Plan, Reads, Step, Value, const

#: How many different members are read; how many of the answers are compared.
READ, COMPARED = 200, 20
#: Where the token goes, which does not live as long as a benchmark.
TOKEN = "{token}"

_SAMPLE = """
select m.id, m.branch_id, lower(p.family_name) as family_name, p.email, p.postcode
from (
  select id, branch_id, person_id from members
  where $1::uuid[] is null or branch_id = any ($1) order by md5(id::text) limit $2
) m join people p on p.id = m.person_id order by md5(m.id::text)
"""


@dataclass
class Operation:
    """One operation in one scope. `writes` are measured after everything that reads, which they would disturb."""

    name: str
    scope: Scope
    ours: Script
    bare: Script
    plans: dict[str, Plan] = field(default_factory=dict)
    writes: bool = False

    @property
    def label(self) -> str:
        return f"{self.name}-{self.scope.name}"


@dataclass
class Bench:
    """One scope of a filled database: what there is in it to ask for."""

    connection: asyncpg.Connection
    port: int
    scope: Scope
    token: str
    reads: Reads
    sample: Sequence[asyncpg.Record]

    @classmethod
    async def of(cls, connection: asyncpg.Connection, port: int, scope: Scope, token: str) -> Bench:
        units = None
        if scope.name != "national":
            rows = await connection.fetch("select id from branches where path @> array[$1::uuid]", scope.unit)
            units = [row["id"] for row in rows]
        return cls(connection, port, scope, token, Reads(units), await connection.fetch(_SAMPLE, units, READ))

    @property
    def account(self) -> Value:
        return const(str(self.scope.token_subject), "uuid")

    def ours(self, method: str, path: str, body: Any = None, **headers: str) -> bytes:
        content = b"" if body is None else json.dumps(body).encode()
        return http(method, path, token=TOKEN, body=content, headers=headers)

    def bare(self, name: str, /, method: str = "GET", body: Any = None, headers: Any = None, **query: str) -> bytes:
        content = b"" if body is None else json.dumps(body).encode()
        return http(method, f"/{name}-{self.scope.name}?{urlencode(query)}", body=content, headers=headers)

    async def ask(self, request: bytes) -> str:
        """The body of our answer."""
        return (await exchange(self.port, signed(request, self.token))).decode()

    async def answers(self, requests: Sequence[bytes]) -> list[str]:
        return [await self.ask(request) for request in requests[:COMPARED]]

    def operation(self, name: str, ours: Sequence[bytes], bare: Sequence[bytes], plan: Plan) -> Operation:
        plans = {f"{name}-{self.scope.name}": plan}
        return Operation(name, self.scope, Script(ours), Script(bare), plans)

    async def page(self, name: str, ours: Sequence[bytes], bare: Sequence[bytes], step: Step) -> Operation:
        """An operation that answers with a page."""
        return self.operation(name, ours, bare, Plan([step], page_around(await self.answers(ours))))

    async def posted(
        self, name: str, path: str, bodies: Sequence[Any], step: Step, *, limit: int = 50, fresh: bool = False
    ) -> Operation:
        """The same, asked for by bodies."""
        ours = [self.ours("POST", path, body) for body in bodies]
        plan = Plan([step], page_around(await self.answers(ours), limit), fresh=fresh)
        return self.operation(name, ours, [self.bare(name, "POST", body) for body in bodies], plan)


def signed(request: bytes, token: str) -> bytes:
    return request.replace(TOKEN.encode(), token.encode())


def signed_script(script: Script, token: str) -> Script:
    return Script(*([signed(request, token) for request in part] for part in (script.requests, script.first)))
