"""The worker: runs jobs as they are asked for, and what has to be done again and again, outside any request."""

import asyncio
import logging as standard_logging
import signal
from collections.abc import Awaitable, Callable, Coroutine
from contextlib import suppress
from typing import Any

import structlog

from app.core import logging
from app.core.db import Database
from app.core.logging import frames_of
from app.core.mail import sender_for
from app.core.settings import Settings
from app.jobs.engine import DUTIES, JOBS, LOOK, connector, rescue, work_off
from app.jobs.queues import duties_app, jobs_app
from app.services import rights

log = structlog.get_logger("rollbook.worker")

#: How many jobs, and how many duties, are under way at a time. A job takes two connections for a step.
JOBS_AT_ONCE, DUTIES_AT_ONCE = 3, 3
#: Seconds between two looks at the demo's clock; and before what broke is begun anew.
CLOCK_LOOK, PAUSE = 2.0, 2.0


class QueueLeft(RuntimeError):
    """The engine has stopped working on a queue though nobody asked it to: its connection is lost, mostly."""


async def work(settings: Settings) -> None:
    """Work until SIGTERM or SIGINT; what breaks is logged by its kind and begun anew."""
    logging.configure()
    # The engine logs the words of errors and the arguments of jobs; what is to be known of them, the runner says.
    standard_logging.getLogger("procrastinate").setLevel(standard_logging.CRITICAL)
    loop, ending = asyncio.get_running_loop(), asyncio.Event()
    loop.set_exception_handler(_note_stray)
    for signum in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(signum, ending.set)
    size = 2 * JOBS_AT_ONCE + DUTIES_AT_ONCE + 2
    async with Database.opened(settings.app_dsn, settings.master_key, size=size) as database:
        while not ending.is_set():
            try:
                await serve_queues(settings, database, ending)
            except Exception as error:  # noqa: BLE001  (the worker outlives what it stands on)
                causes = error.exceptions if isinstance(error, ExceptionGroup) else (error,)
                for cause in causes:
                    _note("worker_broke", cause)
                with suppress(TimeoutError):
                    await asyncio.wait_for(ending.wait(), PAUSE)


async def serve_queues(settings: Settings, database: Database, ending: asyncio.Event) -> None:
    """Work on both queues until `ending`. Raises an ExceptionGroup of what broke."""
    engine = connector(settings.app_dsn)
    jobs = jobs_app(engine, database, stopping=ending.is_set)
    duties = duties_app(engine, database, sender_for(settings))
    async with jobs.open_async():
        await rescue(jobs)
        lasting: list[Coroutine[Any, Any, None]] = [
            _stay(work_off(jobs, JOBS, concurrency=JOBS_AT_ONCE)),
            _stay(work_off(duties, DUTIES, concurrency=DUTIES_AT_ONCE)),
            _every(LOOK, lambda: rescue(jobs)),
        ]
        if settings.clock_is_settable:
            lasting.append(_every(CLOCK_LOOK, lambda: rights.follow_clock(database)))
        async with asyncio.TaskGroup() as group:
            tasks = [group.create_task(one) for one in lasting]
            await ending.wait()
            for task in tasks:
                task.cancel()


def _note(what: str, error: BaseException | None) -> None:
    log.warning(what, error=type(error).__name__, frames=frames_of(error) if error else [])


def _note_stray(_loop: asyncio.AbstractEventLoop, context: dict[str, Any]) -> None:
    """What went wrong where nobody waits: mostly the engine's, when the database is gone."""
    _note("stray_error", context.get("exception"))


async def _stay(working: Coroutine[Any, Any, None]) -> None:
    await working
    raise QueueLeft


async def _every(seconds: float, look: Callable[[], Awaitable[object]]) -> None:
    while True:
        await look()
        await asyncio.sleep(seconds)
