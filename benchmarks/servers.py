"""The servers that a benchmark talks to: one uvicorn process each, on a port of loopback."""

from __future__ import annotations

import asyncio
import os
import socket
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager

from app.core import schema

SECRET = "a secret of the benchmark alone, forty characters"


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def ours_at(owner: str, port: int) -> dict[str, str]:
    """The settings of the application on the database whose owner's address is given."""
    return {
        "APP_DATABASE_URL": schema.app_dsn(owner, SECRET),
        "SECRET_KEY": SECRET,
        "PUBLIC_URL": f"http://127.0.0.1:{port}",
    }


def our_command(port: int) -> list[str]:
    """The API alone, as a container starts it, in one process."""
    return [sys.executable, "-m", "app.cli", "web", "--port", str(port)]


def bare_command(target: str, port: int) -> list[str]:
    """Any other application, in one process of uvicorn with its fast loop and parser."""
    options = ["--loop", "uvloop", "--http", "httptools", "--no-access-log", "--log-level", "warning"]
    return [sys.executable, "-m", "uvicorn", target, "--port", str(port), *options]


@contextmanager
def serving(command: Sequence[str], environment: Mapping[str, str]) -> Iterator[int]:
    """A server until the end of the block; gives its process id."""
    nowhere = subprocess.DEVNULL
    process = subprocess.Popen(command, env={**os.environ, **environment}, stdout=nowhere, stderr=nowhere)
    try:
        yield process.pid
    finally:
        process.terminate()
        process.wait(20)


async def until_up(port: int) -> None:
    """Wait until something answers on a port, half a minute at most."""
    for _ in range(300):
        try:
            _, writer = await asyncio.open_connection("127.0.0.1", port)
        except OSError:
            await asyncio.sleep(0.1)
        else:
            writer.close()
            return
    raise SystemExit(f"nothing answers on {port}")
