"""Whether this process can do its work."""

import asyncio
from functools import cache

import asyncpg

from app.core import schema
from app.core.db import Database, Session
from app.core.errors import FieldError, Unavailable
from app.models.health import Readiness

#: Seconds that the database has to answer.
PATIENCE = 2.0


@cache
def head() -> str:
    """The newest migration; read from the files once."""
    return schema.head()


class NotReady(Unavailable):
    code = "not_ready"
    sentence = "Requests cannot be answered now; errors names the checks that fail."


async def check_readiness(session: Session, *, listener_alive: bool) -> Readiness:
    """Try each thing that answering needs. Raises `NotReady`, naming every check that fails."""
    revision = await _revision(session.database)
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
    return Readiness(ready=True, **checks)


async def _revision(database: Database) -> str | None:
    # In a transaction of its own: a broken connection then ends there and not in the request's.
    try:
        async with asyncio.timeout(PATIENCE), database.transaction() as session:
            found: str | None = await session.fetchval("select version_num from alembic_version")
    except (Unavailable, OSError, TimeoutError, asyncpg.PostgresError, asyncpg.InterfaceError):
        return None
    return found
