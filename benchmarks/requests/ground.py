"""A filled database and our server on it, as in production but for its one process."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from time import perf_counter

import asyncpg

from app.core import schema
from app.core.crypto import MasterKey
from app.core.db import Database
from app.core.postgres import Cluster
from app.core.tokens import KeyRing
from app.services.sign_ins import HOUSE_CLIENT
from app.services.signing_keys import load_key_ring
from benchmarks.fill import LONG, Scope, fill
from benchmarks.meter import parent_of
from benchmarks.requests.bench import Bench, Operation
from benchmarks.requests.operations import collect
from benchmarks.servers import SECRET, free_port, our_command, ours_at, serving, until_up


@dataclass
class Ground:
    """Where to measure: the owner's address of the database, our server's port and process, and who is signed in."""

    rows: int
    owner: str
    port: int
    pid: int
    postmaster: int
    scopes: list[Scope]
    ring: KeyRing

    def token(self, scope: Scope) -> str:
        """An access token; it lives for ten minutes, so each round takes a new one."""
        return self.ring.mint(sub=scope.token_subject, sid=scope.sign_in_id, client_id=str(HOUSE_CLIENT))

    async def operations(self, only: tuple[str, ...] = ("",)) -> list[Operation]:
        """The operations in every scope whose names begin as one of those given."""
        connection = await asyncpg.connect(self.owner)
        found = []
        for scope in self.scopes:
            found += await collect(await Bench.of(connection, self.port, scope, self.token(scope)), only)
        await connection.close()
        return found

    async def version(self) -> str:
        connection = await asyncpg.connect(self.owner)
        number = await connection.fetchval("show server_version")
        await connection.close()
        return f"PostgreSQL {number}"


@asynccontextmanager
async def ground_of(cluster: Cluster, rows: int) -> AsyncIterator[Ground]:
    """Fill a database with so many members, and serve it until the end of the block."""
    name = f"bench_{rows}"
    cluster.ensure_database(name)
    owner, port = cluster.owner_dsn(name), free_port()
    await schema.migrate(owner, SECRET)
    async with Database.opened(owner, MasterKey([SECRET])) as database:
        begun = perf_counter()
        scopes = await fill(database, rows)
        print(f"{rows:,} members in {perf_counter() - begun:.0f} s", flush=True)
        async with database.transaction() as session:
            postmaster = parent_of(int(await session.fetchval("select pg_backend_pid()")))
            await session.execute("checkpoint", patience=LONG)
    with serving(our_command(port), ours_at(owner, port)) as pid:
        await until_up(port)
        async with Database.opened(schema.app_dsn(owner, SECRET), MasterKey([SECRET])) as app:
            ring = await load_key_ring(app, issuer=f"http://127.0.0.1:{port}")
        yield Ground(rows, owner, port, pid, postmaster, scopes, ring)
