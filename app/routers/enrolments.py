"""/v1/enrolments: places in training sessions, and places in their queues."""

from typing import Annotated
from uuid import UUID

from fastapi import Query, Request
from starlette.responses import Response

from app.core.paging import Page
from app.core.permissions import Permission
from app.models.training_shapes import EnrolmentItem, EnrolmentRead
from app.routers.deps import ActorDep, Router, SessionDep, VersionIfSentDep, one, page, requires
from app.services import enrolments

router = Router("/v1/enrolments", "training")
READS, RUNS = requires(Permission.organising_read), requires(Permission.organising_run, once=True)
Asked = Annotated[enrolments.EnrolmentsQuery, Query()]


@router.get("", response_model=Page[EnrolmentItem], **READS)
async def list_enrolments(request: Request, session: SessionDep, actor: ActorDep, query: Asked) -> Response:
    """Enrolments of your units' people, and in your units' sessions."""
    return page(request, await enrolments.list_enrolments(session, actor, query))


@router.get("/{enrolment_id}", response_model=EnrolmentRead, **READS)
async def get_enrolment(session: SessionDep, actor: ActorDep, enrolment_id: UUID) -> Response:
    """An enrolment."""
    return one(await enrolments.get_enrolment(session, actor, enrolment_id))


@router.post("/{enrolment_id}/withdraw", response_model=EnrolmentRead, **RUNS)
async def withdraw_enrolment(
    session: SessionDep, actor: ActorDep, enrolment_id: UUID, version: VersionIfSentDep
) -> Response:
    """Give up a place: whoever has waited longest moves up."""
    return one(await enrolments.withdraw_enrolment(session, actor, enrolment_id, version=version))
