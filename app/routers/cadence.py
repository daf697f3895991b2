"""/v1/me/cadence, /v1/me/leave and /v1/cadence: one's own mirror, one's own leave, and what supervisors see and set."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query, Request
from starlette.responses import Response

from app.core.paging import Page
from app.core.permissions import Permission
from app.models.cadence import (
    CadenceOfWeek,
    CadenceTargetRead,
    CadenceTargetSet,
    LeaveCreate,
    LeaveItem,
    LeaveRead,
    OwnCadence,
)
from app.routers.deps import (
    DRAWN,
    ActorDep,
    Router,
    SessionDep,
    VersionIfSentDep,
    drawn,
    one,
    page,
    requires,
    signed_in,
    told,
)
from app.services import cadence, cadence_leave, cadence_targets

own = Router("/v1/me/cadence", "cadence")
leave = Router("/v1/me/leave", "cadence")
supervised = Router("/v1/cadence", "cadence")
routers: tuple[APIRouter, ...] = (own, leave, supervised)


@own.get("", response_model=OwnCadence, **signed_in())
async def get_own_cadence(
    session: SessionDep, actor: ActorDep, query: Annotated[cadence.CadenceQuery, Query()]
) -> Response:
    """Your one-to-ones a working day, by day and by week: your own mirror, which nobody else is shown."""
    return told(await cadence.get_own_cadence(session, actor, query))


@own.get("/chart", **DRAWN, **signed_in())
async def chart_own_cadence(
    session: SessionDep, actor: ActorDep, query: Annotated[cadence.CadenceQuery, Query()]
) -> Response:
    """The weeks of your mirror as a picture (SVG)."""
    return drawn(await cadence.chart_own_cadence(session, actor, query))


@leave.get("", response_model=Page[LeaveItem], **signed_in())
async def list_leave(
    request: Request, session: SessionDep, actor: ActorDep, query: Annotated[cadence_leave.LeaveQuery, Query()]
) -> Response:
    """Your own leave, the latest first."""
    return page(request, await cadence_leave.list_leave(session, actor, query))


@leave.post("", status_code=201, response_model=LeaveRead, **signed_in(once=True))
async def take_leave(session: SessionDep, actor: ActorDep, data: LeaveCreate) -> Response:
    """Be away on these days, for the whole or the half of each. No reason is asked."""
    made = await cadence_leave.take_leave(session, actor, data)
    return one(made, status=201, location=f"/v1/me/leave/{made.id}")


@leave.get("/{leave_id}", response_model=LeaveRead, **signed_in())
async def get_leave(session: SessionDep, actor: ActorDep, leave_id: UUID) -> Response:
    """Leave of your own."""
    return one(await cadence_leave.get_leave(session, actor, leave_id))


@leave.post("/{leave_id}/cancel", response_model=LeaveRead, **signed_in(once=True))
async def cancel_leave(session: SessionDep, actor: ActorDep, leave_id: UUID, version: VersionIfSentDep) -> Response:
    """Be there after all."""
    return one(await cadence_leave.cancel_leave(session, actor, leave_id, version=version))


@supervised.get("", response_model=CadenceOfWeek, **requires(Permission.supervision_read))
async def get_cadence_of_week(
    session: SessionDep, actor: ActorDep, query: Annotated[cadence.WeekQuery, Query()]
) -> Response:
    """The weekly figure of each organiser in reach: no days, no times, no leave. The read is logged."""
    return told(await cadence.get_cadence_of_week(session, actor, query))


@supervised.get("/targets", response_model=Page[CadenceTargetRead], **requires(Permission.supervision_read))
async def list_cadence_targets(
    request: Request, session: SessionDep, actor: ActorDep, query: Annotated[cadence_targets.TargetsQuery, Query()]
) -> Response:
    """What is expected of whom from which day, the latest first. Without a target it is three a day, full time."""
    return page(request, await cadence_targets.list_targets(session, actor, query))


@supervised.post(
    "/targets",
    status_code=201,
    response_model=CadenceTargetRead,
    **requires(Permission.supervision_set, once=True),
)
async def set_cadence_target(session: SessionDep, actor: ActorDep, data: CadenceTargetSet) -> Response:
    """Say what is expected of an organiser from a day on."""
    return one(await cadence_targets.set_target(session, actor, data), status=201)
