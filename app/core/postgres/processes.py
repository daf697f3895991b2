"""How PostgreSQL's programs are run: their surroundings, their log, their end together with ours."""

from __future__ import annotations

import ctypes
import os
import subprocess
from typing import TYPE_CHECKING, Any

from app.core.postgres.files import ENVIRONMENT

if TYPE_CHECKING:
    import signal
    from collections.abc import Callable
    from pathlib import Path

LOG_BYTES = 1_000_000  # a longer log is put aside at the next start
PR_SET_PDEATHSIG = 1


class Log:
    """The file that takes what a program says, open while it is started."""

    def __init__(self, place: Path) -> None:
        self._path = place / "log"

    def __enter__(self) -> int:
        if self._path.exists() and self._path.stat().st_size > LOG_BYTES:
            self._path.replace(self._path.with_suffix(".old"))
        flags = os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC
        self._handle = os.open(self._path, flags, 0o600)
        self._start = os.fstat(self._handle).st_size
        return self._handle

    def __exit__(self, *_: object) -> None:
        os.close(self._handle)

    def last_words(self) -> str:
        """Everything said since it was opened."""
        return self._path.read_bytes()[self._start :].decode("utf-8", "replace").strip()


def surroundings(who: dict[str, Any], log: int, at_our_end: signal.Signals) -> dict[str, Any]:
    """Keywords of `subprocess` for a program that runs as `who` and gets a signal when this process ends.

    Its own session, so that Ctrl-C in the terminal reaches the app alone, which then stops the server.
    """
    streams = {"stdin": subprocess.DEVNULL, "stdout": log, "stderr": log}
    session = {"start_new_session": True, "preexec_fn": end_with_parent(at_our_end)}
    return {"cwd": "/", "env": ENVIRONMENT, **streams, **session, **who}


def end_with_parent(signum: signal.Signals) -> Callable[[], None]:
    """Ask Linux, between fork and exec, to send `signum` when this process ends, however it ends.

    `subprocess` changes the user before it calls this, and must: the change would clear the wish. macOS has
    no such thing; there the next start ends what was left.
    """
    parent, libc = os.getpid(), ctypes.CDLL(None)

    def ask() -> None:
        if hasattr(libc, "prctl"):
            libc.prctl(PR_SET_PDEATHSIG, int(signum))
            if os.getppid() != parent:  # it ended before we could ask
                os._exit(1)

    return ask
