"""The engine under the jobs, procrastinate: what it is asked to do, and how it reaches its tables."""

from datetime import UTC, datetime, timedelta
from typing import Any

import structlog
from procrastinate import App, PsycopgConnector
from procrastinate.exceptions import ConnectorException
from procrastinate.jobs import Job as EngineJob
from procrastinate.jobs import Status
from procrastinate.retry import BaseRetryStrategy, RetryDecision
from psycopg.conninfo import make_conninfo

JOBS, DUTIES = "jobs", "duties"
RUN_JOB = "run_job"

#: Seconds between two signs of life of a worker; after which one is taken for dead; between two looks for such.
HEARTBEAT, DEAD_AFTER, LOOK = 2.0, 10.0, 3.0
#: Seconds between two looks for work that was put back, of which the engine gives no notice.
POLL = 1.0
#: What a job that has had its first turn comes after; those behind it go on in the order in which they were asked for.
LONG = -1
#: Seconds that a step is given to end when the worker is stopped; the supervisor waits a little longer.
PATIENCE = 15.0

#: The engine's role, which reads its tables and no others of ours but `jobs`.
OPTIONS = "-c role=rollbook_jobs -c search_path=jobs_engine,pg_temp -c timezone=UTC"

log = structlog.get_logger("rollbook.jobs")


class Again(Exception):
    """The job has to come back in `wait` seconds; `behind` those that have not had a turn yet."""

    def __init__(self, wait: float, *, behind: bool = False) -> None:
        super().__init__()
        self.wait = timedelta(seconds=wait)
        self.behind = behind


class ComesBack(BaseRetryStrategy):
    """A job's row stays with the engine until its runner has let it go in peace: not when it is cut off, either."""

    def get_retry_decision(self, *, exception: BaseException, job: EngineJob) -> RetryDecision:  # noqa: ARG002
        wait, behind = timedelta(0), False
        if isinstance(exception, Again):
            wait, behind = exception.wait, exception.behind
        return RetryDecision(retry_at=datetime.now(UTC) + wait, priority=LONG if behind else None)


def connector(app_dsn: str) -> PsycopgConnector:
    """Connections of the engine's own, signed in as the app and in the engine's role from the first moment."""
    conninfo = make_conninfo(app_dsn, options=OPTIONS, application_name="rollbook-jobs", connect_timeout=5)
    return PsycopgConnector(conninfo=conninfo, min_size=1, max_size=6, timeout=5)


async def work_off(app: App, queue: str, *, concurrency: int, **how: Any) -> None:
    """Work on one queue; ends when cancelled, after the steps that are under way."""
    await app.run_worker_async(
        queues=[queue],
        name=queue,
        concurrency=concurrency,
        fetch_job_polling_interval=POLL,
        update_heartbeat_interval=HEARTBEAT,
        stalled_worker_timeout=DEAD_AFTER,
        shutdown_graceful_timeout=PATIENCE,
        delete_jobs="always",
        install_signal_handlers=False,
        **how,
    )


async def rescue(app: App) -> int:
    """Put back the jobs that dead workers held, and drop their duties, which come again by themselves; how many."""
    rescued = 0
    for held in await app.job_manager.get_stalled_jobs(seconds_since_heartbeat=DEAD_AFTER):
        assert held.id is not None
        try:
            if held.queue == DUTIES:
                await app.job_manager.finish_job_by_id_async(held.id, Status.FAILED, delete_job=True)
            else:
                await app.job_manager.retry_job_by_id_async(held.id, retry_at=datetime.now(UTC))
        except ConnectorException:  # another worker was quicker
            continue
        rescued += 1
    if rescued:
        log.warning("jobs_rescued", count=rescued)
    return rescued
