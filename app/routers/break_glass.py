"""/v1/break-glass: a case is shown for a day to somebody without a part in it, if two others approve."""

from typing import Annotated
from uuid import UUID

from fastapi import Query, Request
from starlette.responses import Response

from app.core.paging import Page
from app.core.permissions import Permission
from app.models.break_glass import (
    BreakGlassCreate,
    BreakGlassDecided,
    BreakGlassRead,
    BreakGlassRefusal,
    BreakGlassWaiting,
)
from app.routers.deps import ActorDep, Router, SessionDep, page, requires, told
from app.services import break_glass, break_glass_asks

router = Router("/v1/break-glass", "disputes")
ASKING = requires(Permission.disputes_break_glass)
ASKS = requires(Permission.disputes_break_glass, once=True)
APPROVING = requires(Permission.disputes_approve)
APPROVES = requires(Permission.disputes_approve, once=True)
Asked = Annotated[break_glass_asks.BreakGlassQuery, Query()]


@router.post("", status_code=202, response_model=BreakGlassRead, **ASKS)
async def ask_to_break_glass(session: SessionDep, actor: ActorDep, data: BreakGlassCreate) -> Response:
    """Ask to be shown a case for a day. The answer is the same whether or not there is such a case."""
    return told(await break_glass.ask(session, actor, data), 202)


@router.get("", response_model=Page[BreakGlassRead], **ASKING)
async def list_own_asks(request: Request, session: SessionDep, actor: ActorDep, query: Asked) -> Response:
    """What you asked for, the newest first."""
    return page(request, await break_glass_asks.list_own_asks(session, actor, query))


@router.get("/waiting", response_model=Page[BreakGlassWaiting], **APPROVING)
async def list_waiting_asks(request: Request, session: SessionDep, actor: ActorDep, query: Asked) -> Response:
    """Asks that wait for your word, the newest first."""
    return page(request, await break_glass_asks.list_waiting_asks(session, actor, query))


@router.post("/{ask_id}/approve", response_model=BreakGlassDecided, **APPROVES)
async def approve_ask(session: SessionDep, actor: ActorDep, ask_id: UUID) -> Response:
    """Approve an ask. The second approval, by somebody else, opens the case to the asker for 24 hours."""
    return told(await break_glass.approve_ask(session, actor, ask_id))


@router.post("/{ask_id}/refuse", response_model=BreakGlassDecided, **APPROVES)
async def refuse_ask(session: SessionDep, actor: ActorDep, ask_id: UUID, data: BreakGlassRefusal) -> Response:
    """Refuse an ask, with reasons that the case's receiver reads."""
    return told(await break_glass.refuse_ask(session, actor, ask_id, data))
