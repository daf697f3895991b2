"""What the process asks its database, heard on every connection."""

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any

import asyncpg

from app.core.db import Database

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
