"""The worker: what has to be done again and again, outside any request."""

import asyncio
import signal
from collections.abc import Awaitable, Callable
from contextlib import suppress
from datetime import UTC, datetime

import structlog

from app.core import logging
from app.core.db import Database
from app.core.mail import sender_for
from app.core.settings import Settings
from app.services import audit, idempotency, outbox, rights

log = structlog.get_logger("rollbook.worker")

#: Seconds between two rounds.
ROUND = 2.0

Duty = Callable[[], Awaitable[object]]


async def work(settings: Settings) -> None:
    """Go round the duties until SIGTERM or SIGINT; a duty that fails is logged by its kind and tried next round."""
    logging.configure()
    ending = asyncio.Event()
    for signum in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(signum, ending.set)
    async with Database.opened(settings.app_dsn, settings.master_key) as database:
        duties = _duties(database, settings)
        while not ending.is_set():
            for name, duty in duties.items():
                await _try(name, duty)
            with suppress(TimeoutError):
                await asyncio.wait_for(ending.wait(), ROUND)


def _duties(database: Database, settings: Settings) -> dict[str, Duty]:
    sender = sender_for(settings)

    async def sweep() -> None:
        async with database.transaction(role="rollbook_system") as session:
            await idempotency.drop_old_keys(session)
            await session.execute("delete from throttles where window_ends_at < $1", datetime.now(UTC))

    duties: dict[str, Duty] = {
        "seal_audit": lambda: audit.seal(database),
        "deliver_mail": lambda: outbox.deliver_waiting(database, sender),
        "sweep": sweep,
    }
    if settings.clock_is_settable:
        duties["follow_clock"] = lambda: rights.follow_clock(database)
    return duties


async def _try(name: str, duty: Duty) -> None:
    try:
        await duty()
    except Exception as error:  # noqa: BLE001  (the worker outlives any one duty)
        log.warning("duty_failed", duty=name, kind=type(error).__name__)
