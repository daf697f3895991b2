"""/v1/campaigns/{id}/branches and …/organisations: who takes part."""

from typing import Annotated
from uuid import UUID

from fastapi import Query, Request
from starlette.responses import Response

from app.core.paging import Page
from app.core.permissions import Permission
from app.models.campaigns_parts import (
    CampaignBranchAdd,
    CampaignBranchRead,
    CampaignOrganisationAdd,
    CampaignOrganisationRead,
    CampaignPartEnd,
)
from app.routers.deps import ActorDep, Router, SessionDep, one, page, requires
from app.services import campaigns_parts as parts

router = Router("/v1/campaigns/{campaign_id}", "organising")
READS, RUNS = requires(Permission.organising_read), requires(Permission.organising_run, once=True)


@router.post("/branches", status_code=201, response_model=CampaignBranchRead, **RUNS)
async def add_campaign_branch(
    session: SessionDep, actor: ActorDep, campaign_id: UUID, data: CampaignBranchAdd
) -> Response:
    """Let a unit take part: whoever reads of organising in it sees the campaign, and changes nothing."""
    return one(await parts.add_branch(session, actor, campaign_id, data), status=201)


@router.get("/branches", response_model=Page[CampaignBranchRead], **READS)
async def list_campaign_branches(
    request: Request,
    session: SessionDep,
    actor: ActorDep,
    campaign_id: UUID,
    query: Annotated[parts.CampaignPartsQuery, Query()],
) -> Response:
    """Units that take part, and those that did."""
    return page(request, await parts.list_branches(session, actor, campaign_id, query))


@router.post("/branches/{branch_id}/withdraw", response_model=CampaignBranchRead, **RUNS)
async def withdraw_campaign_branch(
    session: SessionDep, actor: ActorDep, campaign_id: UUID, branch_id: UUID, data: CampaignPartEnd
) -> Response:
    """End a unit's part, and its sight of the campaign."""
    return one(await parts.withdraw_branch(session, actor, campaign_id, branch_id, data))


@router.post("/organisations", status_code=201, response_model=CampaignOrganisationRead, **RUNS)
async def add_campaign_organisation(
    session: SessionDep, actor: ActorDep, campaign_id: UUID, data: CampaignOrganisationAdd
) -> Response:
    """Let an organisation take part, as a partner or as a supporter too."""
    return one(await parts.add_organisation(session, actor, campaign_id, data), status=201)


@router.get("/organisations", response_model=Page[CampaignOrganisationRead], **READS)
async def list_campaign_organisations(
    request: Request,
    session: SessionDep,
    actor: ActorDep,
    campaign_id: UUID,
    query: Annotated[parts.CampaignOrganisationsQuery, Query()],
) -> Response:
    """Organisations that take part, and those that did."""
    return page(request, await parts.list_organisations(session, actor, campaign_id, query))


@router.post("/organisations/{organisation_id}/withdraw", response_model=CampaignOrganisationRead, **RUNS)
async def withdraw_campaign_organisation(
    session: SessionDep, actor: ActorDep, campaign_id: UUID, organisation_id: UUID, data: CampaignPartEnd
) -> Response:
    """End an organisation's part."""
    return one(await parts.withdraw_organisation(session, actor, campaign_id, organisation_id, data))
