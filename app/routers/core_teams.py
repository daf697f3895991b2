"""/v1/core-teams: the few who carry an institution, what each does, and what a team lacks."""

from typing import Annotated
from uuid import UUID

from fastapi import Query, Request
from starlette.responses import Response

from app.core.paging import Page
from app.core.permissions import Permission
from app.models.core_teams import (
    CoreTeamCreate,
    CoreTeamDetail,
    CoreTeamItem,
    CoreTeamJoin,
    CoreTeamLeave,
    CoreTeamRead,
    CoreTeamUpdate,
)
from app.routers.deps import ActorDep, Router, SessionDep, VersionDep, VersionIfSentDep, one, page, requires
from app.services import core_teams

router = Router("/v1/core-teams", "leaders")
READS, RUNS = requires(Permission.organising_read), requires(Permission.organising_run, once=True)
CHANGES = requires(Permission.organising_run)
Asked = Annotated[core_teams.CoreTeamsQuery, Query()]


@router.get("", response_model=Page[CoreTeamItem], **READS)
async def list_core_teams(request: Request, session: SessionDep, actor: ActorDep, query: Asked) -> Response:
    """Core teams in your reach, and what each lacks."""
    return page(request, await core_teams.list_core_teams(session, actor, query))


@router.post("", status_code=201, response_model=CoreTeamRead, **RUNS)
async def create_core_team(session: SessionDep, actor: ActorDep, data: CoreTeamCreate) -> Response:
    """Begin a core team, of an institution or of a unit."""
    made = await core_teams.create_core_team(session, actor, data)
    return one(made, status=201, location=f"/v1/core-teams/{made.id}")


@router.get("/{team_id}", response_model=CoreTeamDetail, **READS)
async def get_core_team(session: SessionDep, actor: ActorDep, team_id: UUID) -> Response:
    """A core team with everybody who is or was in it."""
    return one(await core_teams.get_core_team(session, actor, team_id))


@router.patch("/{team_id}", response_model=CoreTeamRead, **CHANGES)
async def update_core_team(
    session: SessionDep, actor: ActorDep, team_id: UUID, data: CoreTeamUpdate, version: VersionDep
) -> Response:
    """Correct its name, or say what somebody ought to do in it."""
    return one(await core_teams.change_core_team(session, actor, team_id, data, version=version))


@router.post("/{team_id}/members", status_code=201, response_model=CoreTeamDetail, **RUNS)
async def join_core_team(session: SessionDep, actor: ActorDep, team_id: UUID, data: CoreTeamJoin) -> Response:
    """Somebody takes a role in a core team."""
    return one(await core_teams.join_core_team(session, actor, team_id, data), status=201)


@router.post("/{team_id}/members/{member_id}/end", response_model=CoreTeamDetail, **RUNS)
async def leave_core_team(
    session: SessionDep, actor: ActorDep, team_id: UUID, member_id: UUID, data: CoreTeamLeave
) -> Response:
    """Somebody gives up a role in a core team."""
    return one(await core_teams.leave_core_team(session, actor, team_id, member_id, data))


@router.post("/{team_id}/disband", response_model=CoreTeamRead, **RUNS)
async def disband_core_team(session: SessionDep, actor: ActorDep, team_id: UUID, version: VersionIfSentDep) -> Response:
    """The team is no more."""
    return one(await core_teams.disband_core_team(session, actor, team_id, version=version))
