"""The deployment under load: `rollbook serve` as in production, on an embedded database that was filled before."""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import sys
import time
from collections import Counter
from contextlib import suppress
from pathlib import Path
from typing import Self

import asyncpg
import psutil
from pydantic_core import from_json

from app.core import schema
from app.core.crypto import MasterKey
from app.core.db import Database
from app.core.postgres import Cluster
from app.services.sign_ins import HOUSE_CLIENT
from app.services.signing_keys import load_key_ring
from benchmarks.endure.client import Broken, Connection
from benchmarks.endure.mix import Desk, desk_of
from benchmarks.fill import Scope, fill
from benchmarks.load import http
from benchmarks.servers import SECRET, free_port

DATABASE = "rollbook"
#: How many fresh connections are told at the same time that all is well, so that every process was asked.
ASKED = 12


class Deployment:
    """Filled and then served; ends with its block, with everything that it has started."""

    def __init__(self, home: Path, rows: int, workers: int) -> None:
        self.port = free_port()
        self._cluster = Cluster(home / "organisation")
        self._rows, self._workers = rows, workers
        self._log = home / "log"
        self._home = home
        self._scopes: list[Scope] = []
        self._serving: subprocess.Popen[bytes] | None = None
        self._parts: set[psutil.Process] = set()

    @property
    def pid(self) -> int:
        assert self._serving is not None
        return self._serving.pid

    @property
    def owner_dsn(self) -> str:
        return self._cluster.owner_dsn(DATABASE)

    def __enter__(self) -> Self:
        with self._cluster as cluster:
            cluster.ensure_database(DATABASE)
            asyncio.run(self._fill())
        outside = {"DATABASE_URL", "DATABASE_HOST", "SMTP_URL", "APP_DATABASE_URL"}
        given = {name: value for name, value in os.environ.items() if name not in outside}
        given |= {"ROLLBOOK_HOME": str(self._home), "SECRET_KEY": SECRET}
        command = [sys.executable, "-m", "app.cli", "serve", "--port", str(self.port), "--workers", str(self._workers)]
        with self._log.open("wb") as log:
            self._serving = subprocess.Popen(command, env=given, stdout=subprocess.DEVNULL, stderr=log)
        return self

    def __exit__(self, *_: object) -> None:
        assert self._serving is not None
        self._parts.update(psutil.Process(self.pid).children(recursive=True))
        self._serving.terminate()
        self._serving.wait(60)
        _gone, left = psutil.wait_procs(list(self._parts), timeout=10)
        if left:
            raise SystemExit(f"{len(left)} processes were left: {[one.name() for one in left]}")
        self._cluster.remove()

    async def _fill(self) -> None:
        await schema.migrate(self.owner_dsn, SECRET)
        async with Database.opened(self.owner_dsn, MasterKey([SECRET])) as database:
            self._scopes = await fill(database, self._rows)

    async def desks(self) -> list[Desk]:
        """The three scopes, with tokens that are good for ten minutes from now."""
        async with Database.opened(schema.app_dsn(self.owner_dsn, SECRET), MasterKey([SECRET])) as app:
            ring = await load_key_ring(app, issuer=f"http://127.0.0.1:{self.port}")
        connection = await asyncpg.connect(self.owner_dsn)
        try:
            desks = [await desk_of(connection, scope) for scope in self._scopes]
        finally:
            await connection.close()
        for desk in desks:
            desk.token = ring.mint(sub=desk.scope.token_subject, sid=desk.scope.sign_in_id, client_id=str(HOUSE_CLIENT))
        return desks

    async def ready(self, seconds: float = 120) -> float:
        """Wait until every web process says that it is ready; gives the seconds that took."""
        began = time.perf_counter()
        while not all(await asyncio.gather(*(self._is_ready() for _ in range(ASKED)))):
            if time.perf_counter() - began > seconds:
                raise SystemExit("the deployment does not become ready")
            await asyncio.sleep(0.05)
        return time.perf_counter() - began

    async def _is_ready(self) -> bool:
        connection = Connection(self.port)
        try:
            return (await connection.ask(http("GET", "/readyz"))).status == 200
        except Broken:
            return False
        finally:
            connection.close()

    def end_database(self, how: signal.Signals) -> None:
        """SIGINT: as an orderly restart does; SIGKILL: as the machine does."""
        self._parts.update(psutil.Process(self.pid).children(recursive=True))
        os.kill(int((self._cluster.data / "postmaster.pid").read_text("utf-8").splitlines()[0]), how)

    async def database_is_back(self, seconds: float = 120) -> float:
        """Wait until PostgreSQL takes connections; gives the seconds that took."""
        began = time.perf_counter()
        while time.perf_counter() - began < seconds:
            with suppress(OSError, asyncpg.PostgresError, TimeoutError):
                await (await asyncpg.connect(self.owner_dsn, timeout=1)).close()
                return time.perf_counter() - began
            await asyncio.sleep(0.02)
        raise SystemExit("the database does not come back")

    def complaints(self) -> Counter[str]:
        """What the parts have logged beside their requests, by kind and place."""
        found: Counter[str] = Counter()
        with self._log.open("rb") as log:
            for line in log:
                if b'"event":"request"' not in line:
                    found[_gist(line)] += 1
        return found


def _gist(line: bytes) -> str:
    if not line.startswith(b"{"):
        return line.decode(errors="replace").strip()[:120]
    said = from_json(line)
    frames = said.get("frames") or []
    where = [*[frame for frame in frames if frame.startswith("app/")][-1:], *frames[-1:]]
    return " ".join(part for part in (said["event"], said.get("kind") or said.get("error"), *where) if part)
