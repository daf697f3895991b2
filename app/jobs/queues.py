"""What the engine is told to run: the jobs that people asked for, and the duties that come by themselves."""

from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from uuid import UUID

import structlog
from procrastinate import App
from procrastinate.connector import BaseConnector

from app.core.db import Database
from app.core.logging import frames_of
from app.core.mail import Sender
from app.jobs.engine import DUTIES, JOBS, RUN_JOB, ComesBack
from app.jobs.runner import run
from app.services import audit, exports_build, file_links, idempotency, jobs_run, outbox
from app.services.access_watch import watch_reads
from app.services.disputes import duties as disputes_duties
from app.services.disputes.appeals import finalise_due
from app.services.imports import file as imports_file
from app.services.privacy_duties import mind_matters
from app.services.retention.duties import mind_retention

Duty = Callable[[], Awaitable[object]]
log = structlog.get_logger("rollbook.worker")

#: When each duty is due; with seconds, in the sixth place.
OFTEN = {
    "deliver_mail": "* * * * * */2",
    "seal_audit": "* * * * * */5",
    "sweep": "*/10 * * * *",
    "forget_imports": "17 * * * *",
    "mind_disputes": "3-53/10 * * * *",
    "mind_matters": "6-56/10 * * * *",
    "watch_reads": "11 * * * *",
    "mind_retention": "* * * * *",
}


def jobs_app(connector: BaseConnector, database: Database, *, stopping: Callable[[], bool]) -> App:
    """Runs jobs by their ids; once `stopping` says so, each goes back after the step that is under way."""
    app = App(connector=connector)

    @app.task(name=RUN_JOB, queue=JOBS, retry=ComesBack())
    async def run_job(job_id: str) -> None:
        await run(database, UUID(job_id), stopping=stopping)

    return app


def duties_app(connector: BaseConnector, database: Database, sender: Sender) -> App:
    """Defers each duty when it is due, once among all workers, and runs it; one that is late is not done twice."""
    app = App(connector=connector)
    for name, duty in _duties(database, sender).items():
        task = app.task(name=name, queue=DUTIES, lock=name, queueing_lock=name)(_patient(name, duty))
        app.periodic(cron=OFTEN[name])(task)
    return app


def _duties(database: Database, sender: Sender) -> dict[str, Duty]:
    async def sweep() -> None:
        async with database.transaction(role="rollbook_system") as session:
            await idempotency.drop_old_keys(session)
            await exports_build.forget_old_exports(session)
            await file_links.drop_old_links(session)
            await session.execute("delete from throttles where window_ends_at < $1", datetime.now(UTC))
        async with database.transaction(role=jobs_run.ROLE) as session:
            await jobs_run.drop_old_jobs(session)

    async def forget_imports() -> None:
        async with database.transaction(role="rollbook_system") as session:
            await imports_file.forget_old_imports(session)

    async def mind_disputes() -> None:
        await finalise_due(database)
        await disputes_duties.seat_receivers(database)
        await disputes_duties.escalate_reviews(database)
        await disputes_duties.tell_of_late_cases(database)

    return {
        "deliver_mail": lambda: outbox.deliver_waiting(database, sender),
        "seal_audit": lambda: audit.seal(database),
        "sweep": sweep,
        "forget_imports": forget_imports,
        "mind_disputes": mind_disputes,
        "mind_matters": lambda: mind_matters(database),
        "watch_reads": lambda: watch_reads(database),
        "mind_retention": lambda: mind_retention(database),
    }


def _patient(name: str, duty: Duty) -> Callable[[int], Awaitable[None]]:
    async def once(timestamp: int) -> None:  # noqa: ARG001  (the engine says when it was due)
        try:
            await duty()
        except Exception as error:  # noqa: BLE001  (it comes again by itself)
            log.warning("duty_failed", duty=name, error=type(error).__name__, frames=frames_of(error))

    return once
