"""Runs one job: step after step, each with the rights of its moment, until it ends or has to wait."""

import time
from collections.abc import Callable
from typing import NoReturn
from uuid import UUID

import structlog

from app.core.db import Database, RaceLost, Session
from app.core.errors import AppError, Unavailable
from app.core.logging import frames_of
from app.jobs.engine import Again
from app.jobs.work import ON_END, WORK
from app.models.jobs import Job, JobKind, JobState
from app.services.jobs_run import (
    ROLE,
    JobHeld,
    hold_job,
    record_begun,
    record_ended,
    record_progress,
    record_waiting,
)
from app.services.rights import actor_at_work

#: Tries of one step in all, and seconds before the second; each further wait is four times the one before.
MOST_ATTEMPTS, FIRST_WAIT = 5, 2.0
#: Seconds after which a job lets those go first that have not begun.
TURN = 30.0
#: Seconds before a job is looked at again that another worker is at, or of which nothing could be recorded.
HELD_WAIT = 5.0

log = structlog.get_logger("rollbook.jobs")


class ActorGone(AppError):
    """Whoever asked for a job may no longer act at all."""

    status = 403
    code = "actor_gone"
    sentence = "The account or the application that asked for this is no longer active."


async def run(database: Database, job_id: UUID, *, stopping: Callable[[], bool]) -> None:
    """Take the job on from where it stands. Raises `Again` when it has to come back."""
    began = time.perf_counter()
    try:
        job = await _begin(database, job_id)
        if job is None:
            return
        state = await _go_on(database, job, stopping)
    except JobHeld:
        raise Again(HELD_WAIT) from None
    except Again:
        raise
    except Exception as error:  # noqa: BLE001  (how it fared could not be recorded: then it has not ended)
        log.warning("job_unrecorded", job_id=str(job_id), error=type(error).__name__, frames=frames_of(error))
        raise Again(HELD_WAIT) from None
    log.info(
        "job",
        job_id=str(job_id),
        kind=job.kind,
        state=state.value,
        milliseconds=round((time.perf_counter() - began) * 1000, 1),
    )


async def _begin(database: Database, job_id: UUID) -> Job | None:
    """The job, begun; None when there is nothing more to do."""
    async with database.transaction(role=ROLE) as session:
        job = await hold_job(session, job_id, also_from_owner=True)
        if job is None:
            return None
        if job.state in (JobState.queued, JobState.running):
            await record_begun(session, job)
            return job
        if job.state == JobState.cancelled:  # while it waited: nobody has told of that yet
            await _tell(database, job, JobState.cancelled, None)
        return None


async def _go_on(database: Database, job: Job, stopping: Callable[[], bool]) -> JobState:
    """Step after step to the end, which is returned. Raises `Again` for a turn that is over and a try that failed."""
    turn_ends = time.monotonic() + TURN
    try:
        if job.attempts > MOST_ATTEMPTS:  # the ones before took their process with them
            return await _fail(database, job, AppError())
        while True:
            job = await _advance(database, job)
            if job.state != JobState.running:
                return JobState(job.state)
            if stopping() or time.monotonic() > turn_ends:
                await _put_back(database, job, Again(0, behind=not stopping()), tried=False)
    except (Again, JobHeld):
        raise
    except Exception as error:  # noqa: BLE001  (whatever it is, the job is tried again or ends)
        return await _stumble(database, job, error)


async def _advance(database: Database, job: Job) -> Job:
    """Do the next step, or end the job; the job as it is then. The one before is still as it was."""
    async with database.transaction(role=ROLE) as session:
        held = await hold_job(session, job.id)
        if held is None or held.state != JobState.running:
            raise JobHeld
        if held.cancel_asked_at is not None:
            await _end(session, held, JobState.cancelled)
            return held
        actor = await actor_at_work(database, job.account_id, job.client_id, job.sign_in_id)
        if actor is None:
            raise ActorGone
        progress = await WORK[JobKind(job.kind)](database, actor, job.subject_id)
        await record_progress(session, held, progress)
        if progress.finished:
            await _end(session, held, JobState.succeeded)
        return held


async def _stumble(database: Database, job: Job, error: Exception) -> JobState:
    """A refusal ends the job; what may pass is tried again, after longer and longer waits. Raises `Again`."""
    refused = isinstance(error, AppError) and not isinstance(error, Unavailable | RaceLost)
    if not refused:
        log.warning(
            "job_stumbled",
            job_id=str(job.id),
            kind=job.kind,
            attempts=job.attempts,
            error=type(error).__name__,
            frames=frames_of(error),
        )
    if not refused and job.attempts < MOST_ATTEMPTS:
        await _put_back(database, job, Again(FIRST_WAIT * 4 ** (job.attempts - 1)), tried=True)
    return await _fail(database, job, error if isinstance(error, AppError) else AppError())


async def _put_back(database: Database, job: Job, again: Again, *, tried: bool) -> NoReturn:
    async with database.transaction(role=ROLE) as session:
        if await hold_job(session, job.id) is not None:
            await record_waiting(session, job, tried=tried)
    raise again


async def _fail(database: Database, job: Job, error: AppError) -> JobState:
    async with database.transaction(role=ROLE) as session:
        if await hold_job(session, job.id) is not None:
            try:
                await _end(session, job, JobState.failed, error)
            except Exception as unheard:  # noqa: BLE001  (the job has failed whether or not that is heard)
                log.error("job_end_unheard", job_id=str(job.id), kind=job.kind, frames=frames_of(unheard))  # noqa: TRY400
                await record_ended(session, job, JobState.failed, error.code)
    return JobState.failed


async def _end(session: Session, job: Job, state: JobState, error: AppError | None = None) -> None:
    await _tell(session.database, job, state, error)
    await record_ended(session, job, state, error.code if error else None)


async def _tell(database: Database, job: Job, state: JobState, error: AppError | None) -> None:
    hears = ON_END.get(JobKind(job.kind))
    if hears is not None:
        await hears(database, job, state, error)
