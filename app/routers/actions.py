"""/v1/actions: what is done in public, where and when, and to whom it is addressed."""

from typing import Annotated
from uuid import UUID

from fastapi import Query, Request
from starlette.responses import Response

from app.core.paging import Page
from app.core.permissions import Permission
from app.models.actions_shapes import (
    ActionCancel,
    ActionCreate,
    ActionDecided,
    ActionPlanned,
    ActionRead,
    ActionSummary,
    ActionUpdate,
)
from app.routers.deps import ActorDep, Router, SessionDep, VersionDep, VersionIfSentDep, one, page, requires
from app.services import actions

router = Router("/v1/actions", "organising")
READS, RUNS = requires(Permission.organising_read), requires(Permission.organising_run, once=True)
CHANGES = requires(Permission.organising_run)
Asked = Annotated[actions.ActionsQuery, Query()]


@router.get("", response_model=Page[ActionSummary], **READS)
async def list_actions(request: Request, session: SessionDep, actor: ActorDep, query: Asked) -> Response:
    """Actions, those furthest ahead first: of a unit and below it, of a campaign, of a kind, between two days."""
    return page(request, await actions.list_actions(session, actor, query))


@router.post("", status_code=201, response_model=ActionPlanned, **RUNS)
async def create_action(session: SessionDep, actor: ActorDep, data: ActionCreate) -> Response:
    """Plan an action. The answer holds what was learned of actions like it."""
    made = await actions.create_action(session, actor, data)
    return one(made, status=201, location=f"/v1/actions/{made.id}")


@router.get("/{action_id}", response_model=ActionRead, **READS)
async def get_action(session: SessionDep, actor: ActorDep, action_id: UUID) -> Response:
    """An action with its turnout, who does what today, and what was learned of actions like it."""
    return one(await actions.get_action(session, actor, action_id))


@router.patch("/{action_id}", response_model=ActionDecided, **CHANGES)
async def update_action(
    session: SessionDep, actor: ActorDep, action_id: UUID, data: ActionUpdate, version: VersionDep
) -> Response:
    """Change an action until it is closed, and move it until it is held. Calendars follow."""
    return one(await actions.update_action(session, actor, action_id, data, version=version))


@router.post("/{action_id}/confirm", response_model=ActionDecided, **RUNS)
async def confirm_action(session: SessionDep, actor: ActorDep, action_id: UUID, version: VersionIfSentDep) -> Response:
    """It takes place for certain."""
    return one(await actions.step_action(session, actor, action_id, "confirm", version=version))


@router.post("/{action_id}/hold", response_model=ActionDecided, **RUNS)
async def hold_action(session: SessionDep, actor: ActorDep, action_id: UUID, version: VersionIfSentDep) -> Response:
    """It took place. Not before it has begun."""
    return one(await actions.step_action(session, actor, action_id, "hold", version=version))


@router.post("/{action_id}/close", response_model=ActionDecided, **RUNS)
async def close_action(session: SessionDep, actor: ActorDep, action_id: UUID, version: VersionIfSentDep) -> Response:
    """All is on record: from now on nothing of it changes, and nobody is checked in."""
    return one(await actions.step_action(session, actor, action_id, "close", version=version))


@router.post("/{action_id}/cancel", response_model=ActionDecided, **RUNS)
async def cancel_action(
    session: SessionDep, actor: ActorDep, action_id: UUID, data: ActionCancel, version: VersionIfSentDep
) -> Response:
    """It does not take place. Calendars show it as cancelled."""
    return one(await actions.cancel_action(session, actor, action_id, data.reason, version=version))
