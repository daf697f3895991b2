"""Beside the course of a case: it is stayed, withdrawn, linked, joined."""

from uuid import UUID

from fastapi import Request
from starlette.responses import Response

from app.core.paging import Page
from app.core.permissions import Permission
from app.models.dispute_asides import Joining, LinkMade, LinkRead, Stay
from app.models.dispute_reads import DisputeRead
from app.models.dispute_verbs import Said
from app.routers.deps import ActorDep, Router, SessionDep, VersionIfSentDep, one, page, takes_part
from app.services.disputes import asides

router = Router("/v1/disputes/{dispute_id}", "disputes")
HANDLES = takes_part(Permission.disputes_handle, once=True)


@router.post("/stay", response_model=DisputeRead, **HANDLES)
async def stay_dispute(
    session: SessionDep, actor: ActorDep, dispute_id: UUID, data: Stay, version: VersionIfSentDep
) -> Response:
    """Hold the case while the police, a court or something else has to come first. Its measures are still reviewed."""
    return one(await asides.stay_dispute(session, actor, dispute_id, data, version=version))


@router.post("/lift-stay", response_model=DisputeRead, **HANDLES)
async def lift_stay(
    session: SessionDep, actor: ActorDep, dispute_id: UUID, data: Said, version: VersionIfSentDep
) -> Response:
    """Let the case go on: every running clock ends as many days later as it was held."""
    return one(await asides.lift_stay(session, actor, dispute_id, data, version=version))


@router.post("/record-withdrawal", response_model=DisputeRead, **HANDLES)
async def record_withdrawal(
    session: SessionDep, actor: ActorDep, dispute_id: UUID, data: Said, version: VersionIfSentDep
) -> Response:
    """The complainant does not go on with it, and neither do you: the case ends without a finding."""
    return one(await asides.record_withdrawal(session, actor, dispute_id, data, version=version))


@router.post("/join", response_model=DisputeRead, **HANDLES)
async def join_dispute(
    session: SessionDep, actor: ActorDep, dispute_id: UUID, data: Joining, version: VersionIfSentDep
) -> Response:
    """Join the case into another that you handle: whoever is named here is named there, and measures go on there."""
    return one(await asides.join_dispute(session, actor, dispute_id, data, version=version))


@router.get(
    "/links", response_model=Page[LinkRead], response_model_exclude_unset=True, **takes_part(Permission.disputes_read)
)
async def list_links(request: Request, session: SessionDep, actor: ActorDep, dispute_id: UUID) -> Response:
    """The cases that belong with this one, as far as you see them."""
    return page(request, await asides.list_links(session, actor, dispute_id))


@router.post("/links", response_model=Page[LinkRead], response_model_exclude_unset=True, **HANDLES)
async def link_dispute(
    request: Request, session: SessionDep, actor: ActorDep, dispute_id: UUID, data: LinkMade
) -> Response:
    """Say that another case that you see belongs with this one; it shows in both."""
    return page(request, await asides.link_dispute(session, actor, dispute_id, data))
