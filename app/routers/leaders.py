"""/v1/leaders: people with followers, their tier by date, who came because of them, and their development."""

from typing import Annotated
from uuid import UUID

from fastapi import Query, Request
from starlette.responses import Response

from app.core.paging import Page
from app.core.permissions import Permission
from app.models.leaders_shapes import (
    FollowerAdd,
    FollowerEnd,
    FollowerRead,
    LeaderCreate,
    LeaderDetail,
    LeaderItem,
    LeaderRead,
    LeaderStepPlan,
    LeaderStepRead,
    LeaderStepTake,
    LeaderTiers,
    LeaderUpdate,
    TierSay,
)
from app.models.members import LegalDate
from app.routers.deps import (
    DRAWN,
    ActorDep,
    Router,
    SessionDep,
    VersionDep,
    VersionIfSentDep,
    drawn,
    one,
    page,
    requires,
    told,
)
from app.services import leaders, leaders_followers, leaders_steps, leaders_tiers

router = Router("/v1/leaders", "leaders")
READS, ONCE = requires(Permission.meetings_read), requires(Permission.meetings_record, once=True)
CHANGES = requires(Permission.meetings_record)
Asked = Annotated[leaders.LeadersQuery, Query()]
OfDay = Annotated[leaders_tiers.FiguresQuery, Query()]
AsOf = Annotated[LegalDate | None, Query(description="The day on which the tier is told; today if left out.")]


@router.get("", response_model=Page[LeaderItem], **READS)
async def list_leaders(request: Request, session: SessionDep, actor: ActorDep, query: Asked) -> Response:
    """Leaders in your reach, with their tier on a day."""
    return page(request, await leaders.list_leaders(session, actor, query))


@router.post("", status_code=201, response_model=LeaderRead, **ONCE)
async def add_leader(session: SessionDep, actor: ActorDep, data: LeaderCreate) -> Response:
    """Put a leader on record: tertiary from a day on, with what shows it."""
    made = await leaders.add_leader(session, actor, data)
    return one(made, status=201, location=f"/v1/leaders/{made.id}")


@router.get("/tiers", response_model=LeaderTiers, **READS)
async def count_leader_tiers(session: SessionDep, actor: ActorDep, query: OfDay) -> Response:
    """How many leaders of each tier there were on a day, in all and by institution."""
    return told(await leaders_tiers.count_tiers(session, actor, query))


@router.get("/tiers/chart", **DRAWN, **READS)
async def chart_leader_tiers(session: SessionDep, actor: ActorDep, query: OfDay) -> Response:
    """The same as bars."""
    return drawn(await leaders_tiers.chart_tiers(session, actor, query))


@router.get("/{leader_id}", response_model=LeaderDetail, **READS)
async def get_leader(session: SessionDep, actor: ActorDep, leader_id: UUID, as_of: AsOf = None) -> Response:
    """A leader, what they do well, what moves them, and every tier they were of with what showed it."""
    return one(await leaders.get_leader(session, actor, leader_id, as_of))


@router.patch("/{leader_id}", response_model=LeaderRead, **CHANGES)
async def update_leader(
    session: SessionDep, actor: ActorDep, leader_id: UUID, data: LeaderUpdate, version: VersionDep
) -> Response:
    """Correct a profile, but for the tier."""
    return one(await leaders.change_leader(session, actor, leader_id, data, version=version))


@router.post("/{leader_id}/change-tier", response_model=LeaderRead, **ONCE)
async def change_leader_tier(
    session: SessionDep, actor: ActorDep, leader_id: UUID, data: TierSay, version: VersionIfSentDep
) -> Response:
    """Say from which day on they are of another tier, and what shows it."""
    return one(await leaders_tiers.change_tier(session, actor, leader_id, data, version=version))


@router.post("/{leader_id}/rest", response_model=LeaderRead, **ONCE)
async def rest_leader(session: SessionDep, actor: ActorDep, leader_id: UUID, version: VersionIfSentDep) -> Response:
    """They lead not for now."""
    return one(await leaders.move_leader(session, actor, leader_id, "rest", version=version))


@router.post("/{leader_id}/resume", response_model=LeaderRead, **ONCE)
async def resume_leader(session: SessionDep, actor: ActorDep, leader_id: UUID, version: VersionIfSentDep) -> Response:
    """They lead again."""
    return one(await leaders.move_leader(session, actor, leader_id, "resume", version=version))


@router.post("/{leader_id}/leave", response_model=LeaderRead, **ONCE)
async def retire_leader(session: SessionDep, actor: ActorDep, leader_id: UUID, version: VersionIfSentDep) -> Response:
    """They lead no more; what they were stays on record."""
    return one(await leaders.move_leader(session, actor, leader_id, "leave", version=version))


@router.get("/{leader_id}/followers", response_model=Page[FollowerRead], **READS)
async def list_followers(
    request: Request,
    session: SessionDep,
    actor: ActorDep,
    leader_id: UUID,
    query: Annotated[leaders_followers.FollowersQuery, Query()],
) -> Response:
    """Who came because of a leader."""
    return page(request, await leaders_followers.list_followers(session, actor, leader_id, query))


@router.post("/{leader_id}/followers", status_code=201, response_model=FollowerRead, **ONCE)
async def add_follower(session: SessionDep, actor: ActorDep, leader_id: UUID, data: FollowerAdd) -> Response:
    """Somebody came because of a leader."""
    return one(await leaders_followers.add_follower(session, actor, leader_id, data), status=201)


@router.post("/{leader_id}/followers/{follower_id}/end", response_model=FollowerRead, **ONCE)
async def end_follower(
    session: SessionDep, actor: ActorDep, leader_id: UUID, follower_id: UUID, data: FollowerEnd
) -> Response:
    """Somebody follows a leader no more."""
    return one(await leaders_followers.end_follower(session, actor, leader_id, follower_id, data))


@router.get("/{leader_id}/steps", response_model=Page[LeaderStepRead], **READS)
async def list_leader_steps(
    request: Request,
    session: SessionDep,
    actor: ActorDep,
    leader_id: UUID,
    query: Annotated[leaders_steps.StepsQuery, Query()],
) -> Response:
    """The steps in a leader's development."""
    return page(request, await leaders_steps.list_steps(session, actor, leader_id, query))


@router.post("/{leader_id}/steps", status_code=201, response_model=LeaderStepRead, **ONCE)
async def plan_leader_step(session: SessionDep, actor: ActorDep, leader_id: UUID, data: LeaderStepPlan) -> Response:
    """Plan a step with a leader."""
    return one(await leaders_steps.plan_step(session, actor, leader_id, data), status=201)


@router.post("/{leader_id}/steps/{step_id}/complete", response_model=LeaderStepRead, **ONCE)
async def complete_leader_step(
    session: SessionDep, actor: ActorDep, leader_id: UUID, step_id: UUID, data: LeaderStepTake
) -> Response:
    """A step was taken."""
    return one(await leaders_steps.complete_step(session, actor, leader_id, step_id, data))


@router.post("/{leader_id}/steps/{step_id}/drop", response_model=LeaderStepRead, **ONCE)
async def drop_leader_step(session: SessionDep, actor: ActorDep, leader_id: UUID, step_id: UUID) -> Response:
    """A step is no longer meant."""
    return one(await leaders_steps.drop_step(session, actor, leader_id, step_id))
