"""/v1/actions/{action_id}: the institutions that take part in an action, and people in their roles."""

from typing import Annotated
from uuid import UUID

from fastapi import Query, Request
from starlette.responses import Response

from app.core.paging import Page
from app.core.permissions import Permission
from app.models.actions_shapes import ActionJoin, ActionOrganisationRead, ActionRoleEnd, ActionRoleGive, ActionRoleRead
from app.routers.deps import ActorDep, Router, SessionDep, VersionIfSentDep, one, page, requires, told
from app.services import actions_parts

router = Router("/v1/actions/{action_id}", "organising")
READS, RUNS = requires(Permission.organising_read), requires(Permission.organising_run, once=True)


@router.get("/organisations", response_model=Page[ActionOrganisationRead], **READS)
async def list_action_organisations(
    request: Request,
    session: SessionDep,
    actor: ActorDep,
    action_id: UUID,
    query: Annotated[actions_parts.ActionOrganisationsQuery, Query()],
) -> Response:
    """The institutions that take part, and those that did."""
    return page(request, await actions_parts.list_organisations(session, actor, action_id, query))


@router.post("/organisations", status_code=201, response_model=ActionOrganisationRead, **RUNS)
async def join_action(session: SessionDep, actor: ActorDep, action_id: UUID, data: ActionJoin) -> Response:
    """Let an institution take part: one on record, or a new one, which becomes a prospect."""
    return told(await actions_parts.join_action(session, actor, action_id, data.organisation), 201)


@router.post("/organisations/{organisation_id}/leave", response_model=ActionOrganisationRead, **RUNS)
async def leave_action(session: SessionDep, actor: ActorDep, action_id: UUID, organisation_id: UUID) -> Response:
    """An institution takes no part any more. Not once the action was held."""
    return told(await actions_parts.leave_action(session, actor, action_id, organisation_id))


@router.get("/roles", response_model=Page[ActionRoleRead], **READS)
async def list_action_roles(
    request: Request,
    session: SessionDep,
    actor: ActorDep,
    action_id: UUID,
    query: Annotated[actions_parts.ActionRolesQuery, Query()],
) -> Response:
    """Who has a role, and who had one."""
    return page(request, await actions_parts.list_roles(session, actor, action_id, query))


@router.post("/roles", status_code=201, response_model=ActionRoleRead, **RUNS)
async def give_action_role(session: SessionDep, actor: ActorDep, action_id: UUID, data: ActionRoleGive) -> Response:
    """Give somebody a role: one on record, or somebody new, who becomes a supporter."""
    return one(await actions_parts.give_role(session, actor, action_id, data), status=201)


@router.post("/roles/{role_id}/end", response_model=ActionRoleRead, **RUNS)
async def end_action_role(
    session: SessionDep,
    actor: ActorDep,
    action_id: UUID,
    role_id: UUID,
    data: ActionRoleEnd,
    version: VersionIfSentDep,
) -> Response:
    """Somebody has this role no more."""
    return one(await actions_parts.end_role(session, actor, action_id, role_id, data, version=version))
