"""/v1/strategic-partnerships: institutions that work with us on more than their membership."""

from typing import Annotated
from uuid import UUID

from fastapi import Query, Request
from starlette.responses import Response

from app.core.paging import Page
from app.core.permissions import Permission
from app.models.strategic_partnerships import PartnershipEnd, PartnershipPropose, PartnershipRead, PartnershipSummary
from app.routers.deps import ActorDep, Router, SessionDep, VersionIfSentDep, one, page, requires
from app.services import strategic_partnerships as partnerships

router = Router("/v1/strategic-partnerships", "organising")
READS, RUNS = requires(Permission.organising_read), requires(Permission.organising_run, once=True)
Asked = Annotated[partnerships.PartnershipsQuery, Query()]


@router.post("", status_code=201, response_model=PartnershipRead, **RUNS)
async def propose_partnership(session: SessionDep, actor: ActorDep, data: PartnershipPropose) -> Response:
    """Propose to work together, perhaps on one campaign."""
    made = await partnerships.propose_partnership(session, actor, data)
    return one(made, status=201, location=f"/v1/strategic-partnerships/{made.id}")


@router.get("", response_model=Page[PartnershipSummary], **READS)
async def list_partnerships(request: Request, session: SessionDep, actor: ActorDep, query: Asked) -> Response:
    """Partnerships in your reach."""
    return page(request, await partnerships.list_partnerships(session, actor, query))


@router.get("/{partnership_id}", response_model=PartnershipRead, **READS)
async def get_partnership(session: SessionDep, actor: ActorDep, partnership_id: UUID) -> Response:
    """A partnership."""
    return one(await partnerships.get_partnership(session, actor, partnership_id))


@router.post("/{partnership_id}/agree", response_model=PartnershipRead, **RUNS)
async def agree_partnership(
    session: SessionDep, actor: ActorDep, partnership_id: UUID, version: VersionIfSentDep
) -> Response:
    """Both have agreed."""
    return one(await partnerships.agree_partnership(session, actor, partnership_id, version=version))


@router.post("/{partnership_id}/end", response_model=PartnershipRead, **RUNS)
async def end_partnership(
    session: SessionDep, actor: ActorDep, partnership_id: UUID, data: PartnershipEnd, version: VersionIfSentDep
) -> Response:
    """End a partnership, or give up a proposal."""
    return one(await partnerships.end_partnership(session, actor, partnership_id, data, version=version))
