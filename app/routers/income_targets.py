"""/v1/income-targets: what an organiser is to raise, and how far they are."""

from typing import Annotated
from uuid import UUID

from fastapi import Query, Request
from starlette.responses import Response

from app.core.paging import Page
from app.core.permissions import Permission
from app.models.income import IncomeTargetRead, IncomeTargetSet, IncomeTargetSummary
from app.routers.deps import DRAWN, ActorDep, Router, SessionDep, drawn, one, page, requires, signed_in
from app.services import income_targets

router = Router("/v1/income-targets", "organising")
Asked = Annotated[income_targets.IncomeTargetsQuery, Query()]


@router.post("", status_code=201, response_model=IncomeTargetRead, **requires(Permission.supervision_set, once=True))
async def set_income_target(session: SessionDep, actor: ActorDep, data: IncomeTargetSet) -> Response:
    """Say what an organiser is to raise: £16,000 to £20,000, at least half of it hard, unless told otherwise."""
    made = await income_targets.set_target(session, actor, data)
    return one(made, status=201, location=f"/v1/income-targets/{made.id}")


@router.get("", response_model=Page[IncomeTargetSummary], **signed_in())
async def list_income_targets(request: Request, session: SessionDep, actor: ActorDep, query: Asked) -> Response:
    """Your own targets, and those of the organisers whom you supervise."""
    return page(request, await income_targets.list_targets(session, actor, query))


@router.get("/{target_id}", response_model=IncomeTargetRead, **signed_in())
async def get_income_target(session: SessionDep, actor: ActorDep, target_id: UUID) -> Response:
    """A target, with what has come in and what is forecast."""
    return one(await income_targets.get_target(session, actor, target_id))


@router.get("/{target_id}/chart", **DRAWN, **signed_in())
async def draw_income_target(session: SessionDep, actor: ActorDep, target_id: UUID) -> Response:
    """A target's hard and soft money as a chart, in pounds."""
    return drawn(await income_targets.draw_target(session, actor, target_id))
