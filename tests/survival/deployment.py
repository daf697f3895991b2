"""A real deployment in a folder of its own: supervisor, web process, worker and database as separate processes."""

import contextlib
import os
import re
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, Self

import httpx
import psutil

from app.core.postgres import Cluster

OFFICER = "officer@example.org"
PASSWORD = "a long password that nobody has"


class Deployment:
    """`rollbook serve` on the embedded database, founded anew, with its officer for all members signed in."""

    def __init__(self) -> None:
        self._home = tempfile.TemporaryDirectory(prefix="rb-")
        self.place = Path(self._home.name) / "organisation"
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.port = int(probe.getsockname()[1])
        outside = {"DATABASE_URL", "DATABASE_HOST", "SECRET_KEY", "SMTP_URL", "ROLLBOOK_TEST_OWNER_DSN"}
        self._environment = {name: value for name, value in os.environ.items() if name not in outside}
        self._environment["ROLLBOOK_HOME"] = self._home.name
        self._serving: subprocess.Popen[bytes] | None = None
        self.http = httpx.Client(base_url=f"http://127.0.0.1:{self.port}/v1", timeout=20)

    def __enter__(self) -> Self:
        founded = subprocess.run(
            [*self._word("init"), "--name", "Survivors", "--administrator", "admin@example.org", "--officer", OFFICER],
            env=self._environment,
            capture_output=True,
            check=True,
            text=True,
            timeout=300,
        )
        self._token = re.split(rf"{OFFICER}\s+", founded.stdout)[1].split()[0]
        self.start()
        self.answered("POST", "/password-resets/complete", json={"token": self._token, "new_password": PASSWORD})
        self.sign_in()
        return self

    def __exit__(self, *_: object) -> None:
        self.http.close()
        self.stop()
        Cluster(self.place).remove()
        self._home.cleanup()

    def _word(self, word: str) -> list[str]:
        return [sys.executable, "-m", "app.cli", word]

    def start(self) -> None:
        self._serving = subprocess.Popen(
            [*self._word("serve"), "--port", str(self.port)],
            env=self._environment,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        until(self._ready, "the deployment to be ready")

    def stop(self) -> None:
        if self._serving is not None:
            self._serving.terminate()
            self._serving.wait(30)

    def sign_in(self) -> None:
        tokens = self.answered("POST", "/sessions", json={"email": OFFICER, "password": PASSWORD}).json()
        self.http.headers["Authorization"] = f"Bearer {tokens['access_token']}"

    def answered(self, method: str, path: str, **given: Any) -> httpx.Response:
        """The answer of a request that is repeated while nobody answers, as a client does who has lost its server."""
        found: list[httpx.Response] = []

        def try_it() -> bool:
            with contextlib.suppress(httpx.TransportError):
                found.append(self.http.request(method, path, **given))
                return found[-1].status_code not in (409, 500, 503)
            return False

        until(try_it, f"an answer to {method} {path}")
        assert found[-1].status_code < 400, found[-1].text
        return found[-1]

    def kill(self, part: str) -> None:
        """Kill -9 a part as it stands: "web-part", "worker" or "postgres"."""
        for process in self._parts(part):
            process.kill()

    def kill_all(self) -> None:
        """Kill -9 the supervisor with everything below it, as a machine that loses its power does."""
        assert self._serving is not None
        root = psutil.Process(self._serving.pid)
        for process in [root, *root.children(recursive=True)]:
            with contextlib.suppress(psutil.NoSuchProcess):
                process.kill()
        self._serving.wait(10)

    def rows(self, sql: str) -> list[tuple[Any, ...]]:
        """What stands in the database, as its owner sees it."""
        import asyncio

        import asyncpg

        async def read() -> list[tuple[Any, ...]]:
            connection = await asyncpg.connect(Cluster(self.place).owner_dsn("rollbook"))
            try:
                return [tuple(row) for row in await connection.fetch(sql)]
            finally:
                await connection.close()

        return asyncio.run(read())

    def _parts(self, part: str) -> Iterator[psutil.Process]:
        assert self._serving is not None
        for process in psutil.Process(self._serving.pid).children():
            with contextlib.suppress(psutil.Error):
                if part in " ".join(process.cmdline()):
                    yield process

    def _ready(self) -> bool:
        with contextlib.suppress(httpx.TransportError):
            return self.http.get(f"http://127.0.0.1:{self.port}/readyz").status_code == 200
        return False


def until(holds: Callable[[], bool], what: str, *, seconds: float = 90) -> None:
    """Wait for something that other processes do."""
    deadline = time.monotonic() + seconds
    while not holds():
        if time.monotonic() > deadline:
            raise AssertionError(f"waited in vain for {what}")
        time.sleep(0.02)
