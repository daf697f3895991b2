"""Rows of many requests, written together: whoever comes while a group is written goes with the next one.

What is written for every read costs PostgreSQL several times the read itself when each has a statement and a commit of
its own. Nothing is put off for this: a request is answered only once its rows are committed.
"""

import asyncio
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress

import asyncpg
from pydantic_core import to_json

from app.core.pools import take

Row = Mapping[str, object]

#: Seconds at most that a group waits for those who may still join it. One request alone never waits.
GATHERING = 0.005


class GroupedInsert:
    """One statement, which takes its rows as JSON, on a connection of its own.

    `expected` tells how many may be about to write, those who already wait among them.
    """

    def __init__(self, pool: asyncpg.Pool, sql: str, expected: Callable[[], int]) -> None:
        self._pool = pool
        self._sql = sql
        self._expected = expected
        self._waiting: list[tuple[Sequence[Row], asyncio.Future[None]]] = []
        self._complete = asyncio.Event()
        self._work: asyncio.Task[None] | None = None

    async def write(self, rows: Sequence[Row]) -> None:
        """Returns once the rows are committed. Raises what kept their group from it."""
        written = asyncio.get_running_loop().create_future()
        self._waiting.append((rows, written))
        if self._is_complete():
            self._complete.set()
        if self._work is None:
            self._work = asyncio.create_task(self._write_groups())
        await written

    def _is_complete(self) -> bool:
        return len(self._waiting) >= self._expected()

    async def _write_groups(self) -> None:
        group: list[tuple[Sequence[Row], asyncio.Future[None]]] = []
        try:
            while self._waiting:
                await self._gather()
                group, self._waiting = self._waiting, []
                failure = await self._write([row for rows, _ in group for row in rows])
                for _, written in group:
                    if written.done():
                        continue  # whoever waited has gone
                    if failure is None:
                        written.set_result(None)
                    else:
                        written.set_exception(failure)
        finally:
            # Cut off amid its work it leaves nobody behind who would wait for ever.
            for _, written in (*group, *self._waiting):
                written.cancel()
            self._work, self._waiting = None, []

    async def _gather(self) -> None:
        if self._is_complete():
            return
        self._complete.clear()
        with suppress(TimeoutError):
            async with asyncio.timeout(GATHERING):
                await self._complete.wait()

    async def _write(self, rows: list[Row]) -> Exception | None:
        try:
            connection = await take(self._pool)
            try:
                await connection.execute(self._sql, to_json(rows).decode())
            finally:
                await self._pool.release(connection)
        except Exception as error:  # noqa: BLE001  (each of those who wait is told)
            return error
        return None
