"""/v1/campaigns: what is to change, who leads it, and how far it has come."""

from typing import Annotated
from uuid import UUID

from fastapi import Query, Request
from starlette.responses import Response

from app.core.paging import Page
from app.core.permissions import Permission
from app.models.campaigns_shapes import (
    CampaignClose,
    CampaignCreate,
    CampaignEnd,
    CampaignRead,
    CampaignReopen,
    CampaignStepped,
    CampaignSummary,
    CampaignUpdate,
)
from app.routers.deps import ActorDep, Router, SessionDep, VersionDep, VersionIfSentDep, one, page, requires
from app.services import campaigns

router = Router("/v1/campaigns", "organising")
READS, CHANGES = requires(Permission.organising_read), requires(Permission.organising_run)
RUNS = requires(Permission.organising_run, once=True)
ONE = "/{campaign_id}"
Asked = Annotated[campaigns.CampaignsQuery, Query()]


@router.post("", status_code=201, response_model=CampaignStepped, **RUNS)
async def create_campaign(session: SessionDep, actor: ActorDep, data: CampaignCreate) -> Response:
    """Draft a campaign."""
    made = await campaigns.create_campaign(session, actor, data)
    return one(made, status=201, location=f"/v1/campaigns/{made.id}")


@router.get("", response_model=Page[CampaignSummary], **READS)
async def list_campaigns(request: Request, session: SessionDep, actor: ActorDep, query: Asked) -> Response:
    """Campaigns of your units, and those of others in which your units take part."""
    return page(request, await campaigns.list_campaigns(session, actor, query))


@router.get(ONE, response_model=CampaignRead, **READS)
async def get_campaign(session: SessionDep, actor: ActorDep, campaign_id: UUID) -> Response:
    """A campaign, with how many take part and how far it has come."""
    return one(await campaigns.get_campaign(session, actor, campaign_id))


@router.patch(ONE, response_model=CampaignStepped, **CHANGES)
async def update_campaign(
    session: SessionDep, actor: ActorDep, campaign_id: UUID, data: CampaignUpdate, version: VersionDep
) -> Response:
    """Change a campaign."""
    return one(await campaigns.change_campaign(session, actor, campaign_id, data, version=version))


@router.post(f"{ONE}/activate", response_model=CampaignStepped, **RUNS)
async def activate_campaign(
    session: SessionDep, actor: ActorDep, campaign_id: UUID, version: VersionIfSentDep
) -> Response:
    """Begin a campaign, which somebody leads."""
    return one(await campaigns.activate(session, actor, campaign_id, version=version))


@router.post(f"{ONE}/win", response_model=CampaignStepped, **RUNS)
async def win_campaign(
    session: SessionDep, actor: ActorDep, campaign_id: UUID, data: CampaignEnd, version: VersionIfSentDep
) -> Response:
    """It is won: what was won is on record as a win."""
    return one(await campaigns.end(session, actor, campaign_id, "win", data, version=version))


@router.post(f"{ONE}/part-win", response_model=CampaignStepped, **RUNS)
async def part_win_campaign(
    session: SessionDep, actor: ActorDep, campaign_id: UUID, data: CampaignEnd, version: VersionIfSentDep
) -> Response:
    """It is won in part: what was won is on record as a win."""
    return one(await campaigns.end(session, actor, campaign_id, "part_win", data, version=version))


@router.post(f"{ONE}/lose", response_model=CampaignStepped, **RUNS)
async def lose_campaign(
    session: SessionDep, actor: ActorDep, campaign_id: UUID, data: CampaignEnd, version: VersionIfSentDep
) -> Response:
    """It is lost."""
    return one(await campaigns.end(session, actor, campaign_id, "lose", data, version=version))


@router.post(f"{ONE}/close", response_model=CampaignStepped, **RUNS)
async def close_campaign(
    session: SessionDep, actor: ActorDep, campaign_id: UUID, data: CampaignClose, version: VersionIfSentDep
) -> Response:
    """Nothing more is done; nothing of it is changed either until it is reopened."""
    return one(await campaigns.close(session, actor, campaign_id, data, version=version))


@router.post(f"{ONE}/reopen", response_model=CampaignStepped, **RUNS)
async def reopen_campaign(
    session: SessionDep, actor: ActorDep, campaign_id: UUID, data: CampaignReopen, version: VersionIfSentDep
) -> Response:
    """Take a campaign up again."""
    return one(await campaigns.reopen(session, actor, campaign_id, data, version=version))
