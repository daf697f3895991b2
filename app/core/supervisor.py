"""Keeps the parts of a running Rollbook alive: the embedded database, the web process, the worker.

The supervisor is the parent of all of them. What dies is started again; when the supervisor ends, however it ends, so
do they (on Linux by the kernel's hand; elsewhere the next start clears what was left).
"""

import signal
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from contextlib import suppress
from types import FrameType

from app.core.postgres import Cluster
from app.core.postgres.processes import end_with_parent

#: Seconds between two looks at the parts, and that a part is given to end in good order.
GLANCE, PATIENCE = 0.3, 20.0
#: Seconds at most before a part that died is started again, and that it has to last to be taken for well.
LONGEST_WAIT = 30.0


class Supervisor:
    """`parts` maps a name to a command line; all get `environment` and the files of `keep_open`."""

    def __init__(
        self,
        cluster: Cluster | None,
        parts: Mapping[str, Sequence[str]],
        environment: Mapping[str, str],
        *,
        keep_open: Sequence[int] = (),
    ) -> None:
        self._cluster = cluster
        self._commands = parts
        self._environment = dict(environment)
        self._keep_open = keep_open
        self._running: dict[str, subprocess.Popen[bytes]] = {}
        self._not_before = dict.fromkeys(parts, 0.0)
        self._waits = dict.fromkeys(parts, 0.0)
        self._ending = False

    def run(self) -> None:
        """Keep everything alive until SIGINT, SIGTERM or SIGHUP; then end the parts first and the database last."""
        for signum in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            signal.signal(signum, self._end)
        try:
            while not self._ending:
                self._revive()
                time.sleep(GLANCE)
        finally:
            self._stop_parts()
            if self._cluster is not None:
                self._cluster.stop()

    def _revive(self) -> None:
        if self._cluster is not None:
            self._cluster.start()
        now = time.monotonic()
        for name, command in self._commands.items():
            part = self._running.get(name)
            if part is not None and part.poll() is not None:
                del self._running[name]
                self._put_off(name, part.returncode, now)
            if name not in self._running and now >= self._not_before[name]:
                self._running[name] = self._start(command)

    def _put_off(self, name: str, code: int, now: float) -> None:
        """One that dies again and again is given longer and longer to get over it."""
        lasted = now - self._not_before[name]
        self._waits[name] = min(max(1.0, 2 * self._waits[name]), LONGEST_WAIT) if lasted < LONGEST_WAIT else 1.0
        self._not_before[name] = now + self._waits[name]
        how = f"with code {code}" if code >= 0 else f"by {signal.Signals(-code).name}"
        _tell(f"The {name} ended {how}; it starts again in {self._waits[name]:.0f} s.")

    def _start(self, command: Sequence[str]) -> subprocess.Popen[bytes]:
        return subprocess.Popen(
            command,
            env=self._environment,
            stdin=subprocess.DEVNULL,
            start_new_session=True,
            pass_fds=self._keep_open,
            preexec_fn=end_with_parent(signal.SIGTERM),  # noqa: PLW1509  (one thread here)
        )

    def _end(self, _signum: int, _frame: FrameType | None) -> None:
        self._ending = True

    def _stop_parts(self) -> None:
        for part in self._running.values():
            part.terminate()
        deadline = time.monotonic() + PATIENCE
        for part in self._running.values():
            try:
                part.wait(max(0.1, deadline - time.monotonic()))
            except subprocess.TimeoutExpired:
                part.kill()
                part.wait()


def _tell(sentence: str) -> None:
    with suppress(OSError):  # the terminal may be gone
        print(sentence, file=sys.stderr, flush=True)
