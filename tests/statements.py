"""What the process asks its database, heard on every connection."""

import asyncio
import re
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any

import asyncpg

from app.core.db import Database
from app.core.scope import standing_alone

Hear = Callable[[Any], None]


@asynccontextmanager
async def heard(database: Database, listener: Callable[[], Hear]) -> AsyncIterator[None]:
    """Have the driver tell of each statement and its values; every connection has a listener of its own."""
    listening: list[tuple[asyncpg.Connection, Hear]] = []
    for holder in (holder for pool in database.pools._pools.values() for holder in pool._holders):
        if holder._con is None:
            await holder.connect()
        listening.append((holder._con, listener()))
    for connection, hear in listening:
        connection.add_query_logger(hear)
    yield
    for connection, hear in listening:
        connection.remove_query_logger(hear)


#: How the driver learns of a type, once on each connection.
DRIVERS_OWN = re.compile("typeinfo|'jit'")

#: How a query begins that sets its own scope.
ALONE = standing_alone("", 0).partition("unnest")[0]


class Statements:
    """The statements that run in an actor's scope, in a transaction or alone, on whichever connection.

    What works out the actor's rights, and what the house does for itself meanwhile, runs in other transactions.
    """

    def __init__(self) -> None:
        self.seen: list[str] = []

    def on_a_connection(self) -> Callable[[Any], None]:
        """A listener for one connection, which runs one transaction at a time."""
        in_scope = False

        def hear(logged: Any) -> None:
            nonlocal in_scope
            if logged.query.startswith("BEGIN"):
                in_scope = "rollbook.account" in logged.query
            alone = logged.query.startswith(ALONE)
            if (in_scope or alone) and not DRIVERS_OWN.search(logged.query):
                self.seen.append(" ".join(logged.query.split())[:80])
            if logged.query in ("COMMIT", "ROLLBACK"):
                in_scope = False

        return hear

    @asynccontextmanager
    async def counted(self) -> AsyncIterator[list[str]]:
        self.seen = []
        yield self.seen
        await asyncio.sleep(0.01)  # the driver tells its listeners a little later


@asynccontextmanager
async def heard_in_scope(database: Database) -> AsyncIterator[Statements]:
    """A listener on every connection of the web process."""
    log = Statements()
    async with heard(database, log.on_a_connection):
        yield log
