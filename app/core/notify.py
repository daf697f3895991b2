"""One connection per process that hears, within a moment, when rights have changed anywhere."""

import asyncio
import time
from collections.abc import Awaitable, Callable
from contextlib import suppress
from typing import Any

import asyncpg
import structlog

CHANNEL = "rollbook_rights"
APPLICATION = "rollbook-listener"
#: Seconds between the proofs that the connection still lives; a half-open connection hears nothing and says
#: nothing.
HEARTBEAT = 0.3
#: Seconds for which one proof is trusted: with no newer one, what is remembered counts as stale.
TRUSTED = 0.9

#: Seconds that a starting process waits for its listener before it answers without.
START_PATIENCE = 2.0
#: Seconds that a process which ends waits for its listener.
STOP_PATIENCE = 10.0

log = structlog.get_logger("rollbook.notify")


class Listener:
    """Hears of changes: `forget` at the moment one is heard or the connection lost, `refresh` soon after.

    `forget` is immediate and cannot fail. `refresh` may be slow: what was remembered while it ran may rest on
    what it was about to replace, so `forget` is called again behind it. When it fails the connection is made
    anew. While `alive` is false nothing may be remembered: a change could pass unheard.
    """

    def __init__(self, dsn: str, *, forget: Callable[[], None], refresh: Callable[[], Awaitable[None]]) -> None:
        self._dsn = dsn
        self._forget = forget
        self._refresh = refresh
        self._task: asyncio.Task[None] | None = None
        self._heard = asyncio.Event()
        self._proved_at: float | None = None
        self._proved = asyncio.Event()

    @property
    def alive(self) -> bool:
        """Whether a proof of life is so recent that no change can have passed unheard for a second."""
        return self._proved_at is not None and time.monotonic() - self._proved_at < TRUSTED

    async def start(self) -> None:
        """Begin to listen, and wait a moment for the first proof of life, so that a fresh process is ready."""
        self._task = asyncio.create_task(self._listen_for_ever())
        with suppress(TimeoutError):
            await asyncio.wait_for(self._proved.wait(), START_PATIENCE)

    async def stop(self) -> None:
        """End it; a refresh that heeds nothing is left to the end of the process."""
        task, self._task = self._task, None
        until = time.monotonic() + STOP_PATIENCE
        while task is not None and not task.done() and time.monotonic() < until:
            # A cancellation is lost when it meets a wait that ends at the same moment: ask until it is heeded.
            task.cancel()
            await asyncio.wait([task], timeout=HEARTBEAT)

    async def _listen_for_ever(self) -> None:
        while True:
            try:
                await self._listen()
            except Exception as error:  # noqa: BLE001  (a process that stopped listening would be slow for good)
                log.warning("listener_lost", kind=type(error).__name__)
            await asyncio.sleep(HEARTBEAT)

    async def _listen(self) -> None:
        connection = await asyncpg.connect(self._dsn, timeout=5, server_settings={"application_name": APPLICATION})
        try:
            connection.add_termination_listener(self._lost)
            await connection.add_listener(CHANNEL, self._hear)
            # What changed while nobody listened was not heard: take it in as one change.
            self._heard.set()
            while True:
                if self._heard.is_set():
                    self._heard.clear()
                    await self._take_in()
                await self._prove(connection)
                with suppress(TimeoutError):
                    await asyncio.wait_for(self._heard.wait(), HEARTBEAT)
        finally:
            self._lost()
            connection.terminate()

    async def _prove(self, connection: asyncpg.Connection) -> None:
        # The server hands over what it has to tell before it answers, so the proof speaks of the moment of
        # asking.
        asked_at = time.monotonic()
        await connection.execute("select", timeout=TRUSTED)
        self._proved_at = asked_at
        self._proved.set()

    async def _take_in(self) -> None:
        self._forget()
        await self._refresh()
        self._forget()

    def _hear(self, *_: Any) -> None:
        self._forget()
        self._heard.set()

    def _lost(self, *_: Any) -> None:
        self._proved_at = None
        self._forget()
