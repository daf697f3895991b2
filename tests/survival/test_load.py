"""The database goes away under load: nobody is told that something broke, and everything goes on by itself."""

import os
import signal
import threading
import time
from collections import Counter
from collections.abc import Iterator
from typing import Self

import httpx
import psutil
import pytest

from app.core.postgres import Cluster
from tests.survival.deployment import Deployment

pytestmark = pytest.mark.slow

CLIENTS, RECOVERY_SECONDS = 8, 20.0


@pytest.fixture(scope="module")
def deployment() -> Iterator[Deployment]:
    with Deployment() as running:
        yield running


class Readers:
    """Clients that read without pause until they are stopped, and what they were told."""

    def __init__(self, running: Deployment) -> None:
        self._running = running
        self._stop = threading.Event()
        self._threads = [threading.Thread(target=self._read) for _ in range(CLIENTS)]
        self.told: Counter[str] = Counter()
        self.served_at = 0.0

    def __enter__(self) -> Self:
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stop.set()
        for thread in self._threads:
            thread.join()

    def _read(self) -> None:
        headers = self._running.http.headers
        with httpx.Client(base_url=self._running.http.base_url, headers=headers, timeout=30) as client:
            while not self._stop.is_set():
                answer = client.get("/members")
                if answer.status_code == 200:
                    self.told["200"] += 1
                    self.served_at = time.monotonic()
                else:
                    form = answer.headers.get("Content-Type"), answer.headers.get("Retry-After")
                    self.told[f"{answer.status_code} {form[0]} {form[1]}"] += 1
                    time.sleep(0.05)


@pytest.mark.parametrize("how", [signal.SIGINT, signal.SIGKILL])
def test_the_database_is_ended_under_load(deployment: Deployment, how: signal.Signals) -> None:
    before = web_processes()
    with Readers(deployment) as readers:
        time.sleep(2)
        postmaster = (Cluster(deployment.place).data / "postmaster.pid").read_text("utf-8").splitlines()[0]
        os.kill(int(postmaster), how)
        ended = time.monotonic()
        time.sleep(1)
        while readers.served_at < ended + 1 and time.monotonic() < ended + RECOVERY_SECONDS:
            time.sleep(0.1)
        time.sleep(1)
    assert readers.served_at > ended + 1, readers.told
    assert set(readers.told) <= {"200", "503 application/problem+json 5"}, readers.told
    assert web_processes() == before


def web_processes() -> set[int]:
    parts = psutil.Process().children(recursive=True)
    return {part.pid for part in parts if "web-part" in part.cmdline()}
