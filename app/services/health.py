"""Whether this process can do its work."""

import asyncio
from dataclasses import dataclass
from functools import cache

import asyncpg

from app.core import schema
from app.core.db import Database, Session
from app.core.errors import FieldError, Unavailable
from app.models.health import Readiness

#: Seconds that the database has to answer; and after which work that nobody takes is stuck.
PATIENCE, STUCK_AFTER = 2.0, 300.0


@cache
def head() -> str:
    """The newest migration; read from the files once."""
    return schema.head()


class NotReady(Unavailable):
    code = "not_ready"
    sentence = "Requests cannot be answered now; errors names the checks that fail."


@dataclass(frozen=True, slots=True)
class Queue:
    """The work that is due: for how many seconds the oldest has waited, and whether there is somebody to take it."""

    age: float
    worker_alive: bool

    @property
    def moving(self) -> bool:
        return self.worker_alive and self.age < STUCK_AFTER


async def check_readiness(session: Session, *, listener_alive: bool) -> Readiness:
    """Try each thing that answering needs. Raises `NotReady`, naming every check that fails.

    A queue that does not move is said and fails nothing: it is no reason to answer nobody.
    """
    revision, queue = await _look(session.database)
    checks = {
        "database": revision is not None,
        "schema_current": revision == head(),
        "listener": listener_alive,
    }
    failing = tuple(
        FieldError(f"#check/{name}", "failing", "This check fails.") for name, holds in checks.items() if not holds
    )
    if failing:
        raise NotReady(errors=failing)
    return Readiness(ready=True, queue_moving=queue.moving, queue_age_seconds=round(queue.age, 1), **checks)


async def read_queue(database: Database) -> Queue | None:
    """How the queue stands; None where the database does not say."""
    revision, queue = await _look(database)
    return queue if revision == head() else None


async def _look(database: Database) -> tuple[str | None, Queue]:
    """The revision of the schema, None without an answer, and how the queue stands, if this schema has one."""
    queue = Queue(0.0, worker_alive=False)
    # In a transaction of its own: a broken connection then ends there and not in the request's.
    try:
        async with asyncio.timeout(PATIENCE), database.transaction() as session:
            found: str | None = await session.fetchval("select version_num from alembic_version")
            if found == head():
                row = await session.fetchrow("select age, worker_alive from queue_state()")
                queue = Queue(row["age"], row["worker_alive"]) if row else queue
    except (Unavailable, OSError, TimeoutError, asyncpg.PostgresError, asyncpg.InterfaceError):
        return None, queue
    return found, queue
