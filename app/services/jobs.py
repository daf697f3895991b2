"""Jobs: asking for long work, seeing how far it is, asking for its end. One's own, and nobody else's."""

from dataclasses import dataclass
from typing import Any
from uuid import UUID

import asyncpg

from app.core import clock
from app.core.actor import Actor
from app.core.db import Session
from app.core.errors import NotFound
from app.core.lifecycle import Lifecycle, Record, Transition
from app.core.paging import Answer, Body, Listing, PageQuery, Where, fetch_one, list_page, with_fields
from app.models.jobs import Job, JobKind, JobState
from app.services.changes import record_change

JOBS = Listing(
    resource="jobs",
    source="jobs j",
    key="j.id",
    columns={
        "id": "j.id",
        "kind": "j.kind",
        "state": "j.state",
        "resource": "j.resource",
        "subject_id": "j.subject_id",
        "href": "'/v1/' || j.resource || '/' || j.subject_id",
        "branch_id": "j.branch_id",
        "done": "j.done",
        "total": "j.total",
        "error_code": "j.error_code",
        "cancel_asked_at": "utc(j.cancel_asked_at)",
        "started_at": "utc(j.started_at)",
        "finished_at": "utc(j.finished_at)",
        "version": "j.version",
        "created_at": "utc(j.created_at)",
        "updated_at": "utc(j.updated_at)",
    },
    sorts={"created_at": ("j.created_at", "timestamptz")},
    facts={
        "id": "j.id",
        "version": "j.version",
        "state": "j.state",
        "branch_id": "j.branch_id",
        "cancel_asked_at": "j.cancel_asked_at",
    },
)


def _asked_before(record: Record, _today: object) -> str | None:
    return "cancel_asked" if record["cancel_asked_at"] is not None else None


JOB = Lifecycle(
    noun="job",
    state_field="state",
    transitions=(
        Transition(
            action="cancel",
            from_states=frozenset({JobState.queued, JobState.running}),
            to=JobState.cancelled,
            # One's own: whoever sees it may.
            permission="signed-in",
            event="job.cancelled",
            path="/v1/jobs/{id}/cancel",
            guard=_asked_before,
        ),
    ),
)


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a job is after a step: `done` of `total` in any measure that its kind likes."""

    done: int
    total: int | None
    finished: bool


class JobsQuery(PageQuery):
    """Which of one's jobs, the newest first."""

    state: JobState | None = None
    kind: JobKind | None = None


async def enqueue_job(
    session: Session, actor: Actor, kind: JobKind, *, resource: str, subject_id: UUID, branch_id: UUID
) -> UUID:
    """Have the worker do long work on a record, as this actor, once this transaction has been committed.

    Whether the actor may is the caller's to ask now, and each step's to ask again. `resource` is the record's
    collection: `/v1/{resource}/{subject_id}` is where it is read. Returns the job's id.
    """
    job = Job(
        kind=kind,
        account_id=actor.account_id,
        client_id=actor.client_id,
        sign_in_id=actor.sign_in_id,
        resource=resource,
        subject_id=subject_id,
        branch_id=branch_id,
    )
    await session.insert(job)
    await session.execute("select hand_over_job($1)", job.id)
    return job.id


async def list_jobs(session: Session, actor: Actor, query: JobsQuery) -> Body:
    """A page of one's own jobs, the newest first. Raises `CursorInvalid`."""
    where = Where()
    where.add("j.account_id = {}", actor.account_id)
    if query.state is not None:
        where.add("j.state = {}", query.state)
    if query.kind is not None:
        where.add("j.kind = {}", query.kind)
    return await list_page(session, actor, JOBS, where, query, sort="-created_at")


async def get_job(session: Session, actor: Actor, job_id: UUID) -> Answer:
    """One of one's own jobs. Raises `NotFound`."""
    return _answer(await _find(session, actor, job_id))


async def cancel_job(session: Session, actor: Actor, job_id: UUID) -> Answer:
    """End a job that waits, at once; one that runs stops before its next step. What it has done stays done.

    Raises `NotFound`, `ActionNotAllowed`.
    """
    # Held against the runner, which would begin it meanwhile.
    await session.execute("select 1 from jobs where id = $1 for update", job_id)
    row = await _find(session, actor, job_id)
    JOB.check(row, "cancel", clock.today())
    now = clock.now()
    columns: dict[str, Any] = {"cancel_asked_at": now}
    if row["state"] == JobState.queued:
        columns |= {"state": JobState.cancelled, "finished_at": now}
    await session.update(Job, job_id, columns)
    if row["state"] == JobState.queued:
        await session.execute("select hand_over_job($1)", job_id)
    await record_change(
        session,
        actor,
        "job.cancelled",
        resource="jobs",
        subject_id=job_id,
        branch_id=row["branch_id"],
        event=False,
    )
    return _answer(await _find(session, actor, job_id))


async def _find(session: Session, actor: Actor, job_id: UUID) -> asyncpg.Record:
    row = await fetch_one(session, actor, JOBS, job_id)
    if row is None:
        raise NotFound("job")
    return row


def _answer(row: asyncpg.Record) -> Answer:
    allowed = JOB.allowed_actions(row, lambda _permission: True, clock.today())
    return Answer(row["id"], row["version"], with_fields(row["json"], {"allowed_actions": allowed}))
