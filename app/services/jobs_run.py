"""What the worker's runner records of a job: begun, how far, ended. In a role of its own, which sees jobs alone.

Each of these is asked in a transaction that has `hold_job` done first: no two runners work on one job at one time,
however many workers there are and whatever each believes of the others.
"""

from datetime import datetime, timedelta
from uuid import UUID

from app.core import clock
from app.core.db import Session
from app.core.errors import Conflict
from app.models.jobs import Job, JobState
from app.services.jobs import Progress

ROLE = "rollbook_jobs"
#: How long ended jobs are shown.
KEPT = timedelta(days=90)

# The transaction waits, idle, for as long as a step takes.
_HOLD = "select pg_try_advisory_xact_lock($1), set_config('idle_in_transaction_session_timeout', '0', true)"
_RECORD = """
update jobs set state = $2, done = $3, total = $4, attempts = $5, error_code = $6, started_at = $7, finished_at = $8,
  updated_at = $9, version = version + 1
where id = $1
"""


class JobHeld(Conflict):
    code = "job_held"
    sentence = "Another worker is at this job."


async def hold_job(session: Session, job_id: UUID, *, also_from_owner: bool = False) -> Job | None:
    """Keep every other runner off the job until this transaction ends; None when the job is gone. Raises `JobHeld`.

    `also_from_owner` keeps off whoever would cancel it, too: for as short a while as a beginning takes.
    """
    key = int.from_bytes(job_id.bytes[8:], signed=True)
    if not await session.fetchval(_HOLD, key):
        raise JobHeld
    locked = " for no key update" if also_from_owner else ""
    row = await session.fetchrow(f"select * from jobs where id = $1{locked}", job_id)
    return Job(**dict(row)) if row is not None else None


async def record_begun(session: Session, job: Job) -> None:
    """Count a try, before it is made: so one that takes the whole process down is counted too."""
    job.state, job.attempts, job.started_at = JobState.running, job.attempts + 1, job.started_at or clock.now()
    await _record(session, job)


async def record_progress(session: Session, job: Job, progress: Progress) -> None:
    """A step is done: the next one has its first try."""
    job.done, job.total, job.attempts = progress.done, progress.total, 1
    await _record(session, job)


async def record_waiting(session: Session, job: Job, *, tried: bool) -> None:
    """The job is put back; `tried` says whether its last try counts."""
    job.state, job.attempts = JobState.queued, job.attempts - (not tried)
    await _record(session, job)


async def record_ended(session: Session, job: Job, state: JobState, error_code: str | None) -> None:
    job.state, job.error_code, job.finished_at = state, error_code, clock.now()
    await _record(session, job)


async def drop_old_jobs(session: Session) -> None:
    await session.execute("delete from jobs where finished_at < $1", clock.now() - KEPT)


async def _record(session: Session, job: Job) -> None:
    now: datetime = clock.now()
    await session.execute(
        _RECORD,
        job.id,
        job.state,
        job.done,
        job.total,
        job.attempts,
        job.error_code,
        job.started_at,
        job.finished_at,
        now,
    )
