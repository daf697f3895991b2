"""/v1/jobs: the long work that you asked for."""

from typing import Annotated
from uuid import UUID

from fastapi import Query, Request
from starlette.responses import Response

from app.core.paging import Page
from app.models.jobs import JobDetail, JobRead
from app.routers.deps import ActorDep, Router, SessionDep, one, page, signed_in
from app.services import jobs

router = Router("/v1/jobs", "jobs")


@router.get("", response_model=Page[JobRead], **signed_in())
async def list_jobs(
    request: Request, session: SessionDep, actor: ActorDep, query: Annotated[jobs.JobsQuery, Query()]
) -> Response:
    """Your own jobs, the newest first; those that ended are kept for 90 days."""
    return page(request, await jobs.list_jobs(session, actor, query))


@router.get("/{job_id}", response_model=JobDetail, **signed_in())
async def get_job(session: SessionDep, actor: ActorDep, job_id: UUID) -> Response:
    """How far a job is. Ask again each second or two until `finished_at` is there."""
    return one(await jobs.get_job(session, actor, job_id))


@router.post("/{job_id}/cancel", response_model=JobDetail, **signed_in())
async def cancel_job(session: SessionDep, actor: ActorDep, job_id: UUID) -> Response:
    """Stop a job: one that waits ends at once, one that runs before its next step. What it has done stays done."""
    return one(await jobs.cancel_job(session, actor, job_id))
