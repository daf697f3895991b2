"""/v1/campaigns/{id}/milestones, its timeline, and /v1/milestones: what is to be reached, and by when."""

from typing import Annotated
from uuid import UUID

from fastapi import Query, Request
from starlette.responses import Response

from app.core.paging import Page
from app.core.permissions import Permission
from app.models.campaigns_objectives import (
    MilestoneCreate,
    MilestoneReach,
    MilestoneRead,
    MilestoneStepped,
    MilestoneUpdate,
)
from app.models.campaigns_shapes import TimelineEntry
from app.routers.deps import ActorDep, Router, SessionDep, VersionDep, VersionIfSentDep, one, page, requires
from app.services import campaigns_milestones as milestones

router = Router("/v1", "organising")
OF_CAMPAIGN = "/campaigns/{campaign_id}"
ONE = "/milestones/{milestone_id}"
READS, CHANGES = requires(Permission.organising_read), requires(Permission.organising_run)
RUNS = requires(Permission.organising_run, once=True)


@router.post(f"{OF_CAMPAIGN}/milestones", status_code=201, response_model=MilestoneStepped, **RUNS)
async def create_milestone(session: SessionDep, actor: ActorDep, campaign_id: UUID, data: MilestoneCreate) -> Response:
    """Plan a milestone."""
    made = await milestones.create_milestone(session, actor, campaign_id, data)
    return one(made, status=201, location=f"/v1/milestones/{made.id}")


@router.get(f"{OF_CAMPAIGN}/milestones", response_model=Page[MilestoneRead], **READS)
async def list_milestones(
    request: Request,
    session: SessionDep,
    actor: ActorDep,
    campaign_id: UUID,
    query: Annotated[milestones.MilestonesQuery, Query()],
) -> Response:
    """Milestones of a campaign, what is due first before the others."""
    return page(request, await milestones.list_milestones(session, actor, campaign_id, query))


@router.get(f"{OF_CAMPAIGN}/timeline", response_model=Page[TimelineEntry], **READS)
async def list_timeline(
    request: Request,
    session: SessionDep,
    actor: ActorDep,
    campaign_id: UUID,
    query: Annotated[milestones.TimelineQuery, Query()],
) -> Response:
    """What happened in a campaign and what is to happen: its milestones and steps, its actions and wins in sight."""
    return page(request, await milestones.list_timeline(session, actor, campaign_id, query))


@router.get(ONE, response_model=MilestoneStepped, **READS)
async def get_milestone(session: SessionDep, actor: ActorDep, milestone_id: UUID) -> Response:
    """A milestone."""
    return one(await milestones.get_milestone(session, actor, milestone_id))


@router.patch(ONE, response_model=MilestoneStepped, **CHANGES)
async def update_milestone(
    session: SessionDep, actor: ActorDep, milestone_id: UUID, data: MilestoneUpdate, version: VersionDep
) -> Response:
    """Correct a milestone."""
    return one(await milestones.change_milestone(session, actor, milestone_id, data, version=version))


@router.post(f"{ONE}/reach", response_model=MilestoneStepped, **RUNS)
async def reach_milestone(
    session: SessionDep, actor: ActorDep, milestone_id: UUID, data: MilestoneReach, version: VersionIfSentDep
) -> Response:
    """It was reached."""
    return one(await milestones.reach_milestone(session, actor, milestone_id, data, version=version))


@router.post(f"{ONE}/drop", response_model=MilestoneStepped, **RUNS)
async def drop_milestone(
    session: SessionDep, actor: ActorDep, milestone_id: UUID, version: VersionIfSentDep
) -> Response:
    """It is not to be reached any more."""
    return one(await milestones.drop_milestone(session, actor, milestone_id, version=version))


@router.post(f"{ONE}/restore", response_model=MilestoneStepped, **RUNS)
async def restore_milestone(
    session: SessionDep, actor: ActorDep, milestone_id: UUID, version: VersionIfSentDep
) -> Response:
    """It is to be reached after all; or it was not reached, although it was said so."""
    return one(await milestones.restore_milestone(session, actor, milestone_id, version=version))
