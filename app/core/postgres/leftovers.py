"""What a killed parent or a killed server leaves of the embedded PostgreSQL: processes and lock files."""

from __future__ import annotations

import hashlib
import os
import signal
import time
from contextlib import suppress
from typing import TYPE_CHECKING

import psutil

from app.core.postgres.files import PostgresBusy, PostgresFailed

if TYPE_CHECKING:
    from pathlib import Path

PREFIX = "rollbook-"


def cluster_name(data: Path) -> str:
    """The `cluster_name` of a data directory, which stands in the title of each of its processes."""
    return PREFIX + hashlib.sha256(os.fsencode(data)).hexdigest()[:12]


def end_leftovers(data: Path) -> None:
    """End what still runs on `data` and remove its lock files. The caller holds the cluster's locks.

    PostgreSQL takes any living process of the recorded id for the owner, also a zombie that nobody reaps and
    a stranger who got the id after a reboot, and then refuses to start for ever. Raises PostgresBusy if a
    server that is not ours may be using the data, PostgresFailed if something does not end.
    """
    record = data / "postmaster.pid"
    if not record.exists():  # an orderly end
        return
    first_line = record.read_text("utf-8").partition("\n")[0]
    head = int(first_line) if first_line.isdigit() else None  # a loss of power may have emptied it
    _end_ours(data, head)
    if head is not None:
        _refuse_stranger(data, head)
    record.unlink(missing_ok=True)
    for socket in data.glob(".s.PGSQL.*"):
        socket.unlink(missing_ok=True)


def _processes(data: Path) -> list[psutil.Process]:
    """The living processes of this cluster, whoever started them (a zombie has no command line)."""
    return [
        one
        for one in psutil.process_iter(["name", "cmdline"])
        if one.info["name"] == "postgres" and cluster_name(data) in " ".join(one.info["cmdline"] or ())
    ]


def _end_ours(data: Path, head: int | None) -> None:
    """By the server itself if it lives; its orphaned back ends, busy ones too, are signalled one by one."""
    left = _processes(data)
    for signum, seconds in ((signal.SIGINT, 20.0), (signal.SIGQUIT, 5.0), (signal.SIGKILL, 5.0)):
        for process in [one for one in left if one.pid == head] or left:
            with suppress(psutil.NoSuchProcess):
                process.send_signal(signum)
        deadline = time.monotonic() + seconds
        while left and time.monotonic() < deadline:
            time.sleep(0.02)
            left = _processes(data)
    if left:
        msg = f"The PostgreSQL processes left over in {data} do not end."
        raise PostgresFailed(msg)


def _refuse_stranger(data: Path, head: int) -> None:
    with suppress(psutil.NoSuchProcess, psutil.ZombieProcess):
        living = psutil.Process(head)
        if living.name() == "postgres" and f"cluster_name={PREFIX}" not in " ".join(living.cmdline()):
            msg = f"PostgreSQL process {head}, which Rollbook did not start, may be using {data}: end it first."
            raise PostgresBusy(msg)
