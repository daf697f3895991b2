"""/v1/office-requirements and /v1/training/gaps: which courses offices ask for, and which officers lack them."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query, Request
from starlette.responses import Response

from app.core.paging import Page
from app.core.permissions import Permission
from app.models.courses import OfficeRequirementCreate, OfficeRequirementEnd, OfficeRequirementRead, TrainingGaps
from app.routers.deps import ActorDep, Router, SessionDep, VersionIfSentDep, one, page, requires, told
from app.services import office_requirements as requirements

router = Router("/v1/office-requirements", "training")
gaps = Router("/v1/training/gaps", "training")
routers: tuple[APIRouter, ...] = (router, gaps)
READS, RUNS = requires(Permission.organising_read), requires(Permission.organising_run, once=True)


@router.get("", response_model=Page[OfficeRequirementRead], **READS)
async def list_office_requirements(
    request: Request,
    session: SessionDep,
    actor: ActorDep,
    query: Annotated[requirements.RequirementsQuery, Query()],
) -> Response:
    """Which courses offices ask for."""
    return page(request, await requirements.list_requirements(session, actor, query))


@router.post("", status_code=201, response_model=OfficeRequirementRead, **RUNS)
async def require_course(session: SessionDep, actor: ActorDep, data: OfficeRequirementCreate) -> Response:
    """Have an office ask for a course, in the whole organisation: needs the permission at its root."""
    return one(await requirements.require_course(session, actor, data), status=201)


@router.post("/{requirement_id}/end", response_model=OfficeRequirementRead, **RUNS)
async def end_office_requirement(
    session: SessionDep, actor: ActorDep, requirement_id: UUID, data: OfficeRequirementEnd, version: VersionIfSentDep
) -> Response:
    """It is asked no longer."""
    return one(await requirements.end_requirement(session, actor, requirement_id, data, version=version))


@gaps.get("", response_model=TrainingGaps, **READS)
async def find_training_gaps(
    session: SessionDep, actor: ActorDep, query: Annotated[requirements.GapsQuery, Query()]
) -> Response:
    """Officers in your reach whose office asks for a course of which they hold no valid certificate on a day."""
    return told(await requirements.find_gaps(session, actor, query))
