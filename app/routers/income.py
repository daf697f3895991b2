"""/v1/income-lines: what organisers raise, forecast from dues and grants, and what came in."""

from typing import Annotated
from uuid import UUID

from fastapi import Query, Request
from starlette.responses import Response

from app.core.paging import Page
from app.core.permissions import Permission
from app.models.income import IncomeLineCreate, IncomeLineRead, IncomeLineSummary, IncomeLost, IncomeReceived
from app.routers.deps import ActorDep, Router, SessionDep, VersionIfSentDep, one, page, requires
from app.services import income

router = Router("/v1/income-lines", "organising")
READS, RUNS = requires(Permission.organising_read), requires(Permission.organising_run, once=True)
Asked = Annotated[income.IncomeLinesQuery, Query()]


@router.post("", status_code=201, response_model=IncomeLineRead, **RUNS)
async def add_income_line(session: SessionDep, actor: ActorDep, data: IncomeLineCreate) -> Response:
    """Forecast a sum: a grant, a contract, an event. The dues of a letter in force are forecast by themselves."""
    made = await income.add_line(session, actor, data)
    return one(made, status=201, location=f"/v1/income-lines/{made.id}")


@router.get("", response_model=Page[IncomeLineSummary], **READS)
async def list_income_lines(request: Request, session: SessionDep, actor: ActorDep, query: Asked) -> Response:
    """Sums forecast and received, by the day on which they are expected."""
    return page(request, await income.list_lines(session, actor, query))


@router.get("/{line_id}", response_model=IncomeLineRead, **READS)
async def get_income_line(session: SessionDep, actor: ActorDep, line_id: UUID) -> Response:
    """One sum."""
    return one(await income.get_line(session, actor, line_id))


@router.post("/{line_id}/receive", response_model=IncomeLineRead, **RUNS)
async def receive_income_line(
    session: SessionDep, actor: ActorDep, line_id: UUID, data: IncomeReceived, version: VersionIfSentDep
) -> Response:
    """It has come in."""
    return one(await income.receive_line(session, actor, line_id, data, version=version))


@router.post("/{line_id}/lose", response_model=IncomeLineRead, **RUNS)
async def lose_income_line(
    session: SessionDep, actor: ActorDep, line_id: UUID, data: IncomeLost, version: VersionIfSentDep
) -> Response:
    """It will not come."""
    return one(await income.lose_line(session, actor, line_id, data, version=version))
