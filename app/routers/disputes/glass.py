"""Who asked to be shown a case without a part in it, for its receiver."""

from typing import Annotated
from uuid import UUID

from fastapi import Query, Request
from starlette.responses import Response

from app.core.paging import Page
from app.core.permissions import Permission
from app.models.break_glass import BreakGlassTold
from app.routers.deps import ActorDep, Router, SessionDep, page, takes_part
from app.services import break_glass_asks

router = Router("/v1/disputes", "disputes")


@router.get("/{dispute_id}/break-glass", response_model=Page[BreakGlassTold], **takes_part(Permission.disputes_handle))
async def list_break_glass_of_dispute(
    request: Request,
    session: SessionDep,
    actor: ActorDep,
    dispute_id: UUID,
    query: Annotated[break_glass_asks.BreakGlassQuery, Query()],
) -> Response:
    """Who asked to be shown the case for a day and what came of it, the newest first."""
    return page(request, await break_glass_asks.list_asks_of_case(session, actor, dispute_id, query))
