"""An eye on every test: where one hangs, and which one has left a connection out of its pool."""

import asyncio
import faulthandler
import os
import sys
import threading
import time
from collections.abc import Generator
from typing import TextIO

import pytest
from anyio import pytest_plugin

from app.core.db import Database
from tests.turns import is_long

#: Seconds after which a test, with what is set up and cleared away for it, is taken to hang.
PATIENCE, LONG_PATIENCE = 120.0, 1800.0


class Watch:
    """Ends a process in which a test hangs, after it has said where: what waits on the loop is on no thread's stack."""

    def __init__(self) -> None:
        self._since, self._test = time.monotonic(), ""
        self._databases: dict[Database, str] = {}
        # What a test writes is captured, and lost with the process.
        self._out: TextIO = os.fdopen(os.dup(sys.__stderr__.fileno()), "w")  # type: ignore[union-attr]
        self._thread = threading.Thread(target=self._look_on, daemon=True)

    @pytest.hookimpl(wrapper=True, tryfirst=True)
    def pytest_runtest_protocol(self, item: pytest.Item) -> Generator[None, object, object]:
        self._since, self._test = time.monotonic(), item.nodeid
        if self._thread.ident is None:  # whoever only hands tests out runs none
            self._thread.start()
        result = yield
        for database, test in self._databases.items():
            self._databases[database] = (test or item.nodeid) if _out(database) else ""
        self._since, self._test = time.monotonic(), f"after {item.nodeid}"
        return result

    def look_at(self, database: Database) -> None:
        """From now on it is known after which test something is out."""
        self._databases[database] = ""

    async def still_out(self, database: Database) -> str:
        """What is out of the pools at the end, and since when; nothing, once all that is being given back is back."""
        since = self._databases.pop(database) or self._test
        for _ in range(200):
            if not _out(database):
                return ""
            await asyncio.sleep(0.01)
        return f"{_out(database)} connections were not given back, since {since}"

    def _look_on(self) -> None:
        patience = LONG_PATIENCE if is_long() else PATIENCE
        while time.monotonic() - self._since < patience:
            time.sleep(1)
        print(f"\nHangs: {self._test}", file=self._out, flush=True)
        faulthandler.dump_traceback(self._out)
        if (runner := pytest_plugin._current_runner) is not None:
            for task in asyncio.all_tasks(runner.get_loop()):  # type: ignore[attr-defined]
                self._tell(task)
        self._out.flush()
        os._exit(1)

    def _tell(self, task: asyncio.Task[object]) -> None:
        """The whole chain of what a task waits for, of which it shows the first link alone."""
        print(f"Task {task.get_name()}", file=self._out)
        waiting: object = task.get_coro()
        while waiting is not None:
            frame = getattr(waiting, "cr_frame", None) or getattr(waiting, "ag_frame", None)
            if frame is not None:
                print(f"  {frame.f_code.co_filename}:{frame.f_lineno} {frame.f_code.co_name}", file=self._out)
            waiting = getattr(waiting, "cr_await", None) or getattr(waiting, "ag_await", None)


def _out(database: Database) -> int:
    """How many connections are at work."""
    alone = database._alone
    return database.pools.used + int(alone.get_size() - alone.get_idle_size())
