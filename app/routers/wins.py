"""/v1/wins: what was changed, for whom, and what shows it."""

from typing import Annotated
from uuid import UUID

from fastapi import Query, Request
from starlette.responses import Response

from app.core.paging import Page
from app.core.permissions import Permission
from app.models.wins import WinClaim, WinFigures, WinRead, WinSummary, WinUpdate, WinWithdraw
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
from app.services import wins

router = Router("/v1/wins", "organising")
READS, CHANGES = requires(Permission.organising_read), requires(Permission.organising_run)
RUNS = requires(Permission.organising_run, once=True)
Asked = Annotated[wins.WinsQuery, Query()]
Counted = Annotated[wins.WinFiguresQuery, Query()]


@router.post("", status_code=201, response_model=WinRead, **RUNS)
async def claim_win(session: SessionDep, actor: ActorDep, data: WinClaim) -> Response:
    """Claim a win. Somebody else verifies it."""
    made = await wins.claim_win(session, actor, data)
    return one(made, status=201, location=f"/v1/wins/{made.id}")


@router.get("", response_model=Page[WinSummary], **READS)
async def list_wins(request: Request, session: SessionDep, actor: ActorDep, query: Asked) -> Response:
    """Wins in your reach, the latest first."""
    return page(request, await wins.list_wins(session, actor, query))


@router.get("/figures", response_model=WinFigures, **READS)
async def get_win_figures(session: SessionDep, actor: ActorDep, query: Counted) -> Response:
    """How many wins there are, by how far they reach and by campaign."""
    return told(await wins.get_figures(session, actor, query))


@router.get("/figures/chart", **DRAWN, **READS)
async def get_win_figures_chart(session: SessionDep, actor: ActorDep, query: Counted) -> Response:
    """The wins by how far they reach, as a picture."""
    return drawn(await wins.draw_figures(session, actor, query))


@router.get("/{win_id}", response_model=WinRead, **READS)
async def get_win(session: SessionDep, actor: ActorDep, win_id: UUID) -> Response:
    """A win."""
    return one(await wins.get_win(session, actor, win_id))


@router.patch("/{win_id}", response_model=WinRead, **CHANGES)
async def update_win(
    session: SessionDep, actor: ActorDep, win_id: UUID, data: WinUpdate, version: VersionDep
) -> Response:
    """Correct a win that is not verified yet."""
    return one(await wins.change_win(session, actor, win_id, data, version=version))


@router.post("/{win_id}/verify", response_model=WinRead, **RUNS)
async def verify_win(session: SessionDep, actor: ActorDep, win_id: UUID, version: VersionIfSentDep) -> Response:
    """Confirm what somebody else has claimed."""
    return one(await wins.verify_win(session, actor, win_id, version=version))


@router.post("/{win_id}/withdraw", response_model=WinRead, **RUNS)
async def withdraw_win(
    session: SessionDep, actor: ActorDep, win_id: UUID, data: WinWithdraw, version: VersionIfSentDep
) -> Response:
    """Claim a win no longer."""
    return one(await wins.withdraw_win(session, actor, win_id, data, version=version))
