"""/v1/legal-holds: what must be kept, although its erasure is asked for or its time is over."""

from typing import Annotated
from uuid import UUID

from fastapi import Query, Request
from starlette.responses import Response

from app.core.paging import Page
from app.core.permissions import Permission
from app.models.legal_holds import LegalHoldDecided, LegalHoldLift, LegalHoldPlace, LegalHoldRead, LegalHoldSummary
from app.routers.deps import ActorDep, Router, SessionDep, VersionIfSentDep, one, page, requires
from app.services import legal_holds

router = Router("/v1/legal-holds", "data protection")
READS, HANDLES = requires(Permission.privacy_read), requires(Permission.privacy_handle, once=True)
Asked = Annotated[legal_holds.LegalHoldsQuery, Query()]


@router.post("", status_code=201, response_model=LegalHoldDecided, **HANDLES)
async def place_legal_hold(session: SessionDep, actor: ActorDep, data: LegalHoldPlace) -> Response:
    """Hold what is kept of a person, or of everybody named in a case. It beats erasure and retention at once."""
    made = await legal_holds.place_hold(session, actor, data)
    return one(made, status=201, location=f"/v1/legal-holds/{made.id}")


@router.get("", response_model=Page[LegalHoldSummary], **READS)
async def list_legal_holds(request: Request, session: SessionDep, actor: ActorDep, query: Asked) -> Response:
    """Holds, the newest first. One whose day has come is expired."""
    return page(request, await legal_holds.list_holds(session, actor, query))


@router.get("/{hold_id}", response_model=LegalHoldRead, **READS)
async def get_legal_hold(session: SessionDep, actor: ActorDep, hold_id: UUID) -> Response:
    """A hold with why it was placed and what was done since. The read is logged."""
    return one(await legal_holds.get_hold(session, actor, hold_id))


@router.post("/{hold_id}/lift", response_model=LegalHoldDecided, **HANDLES)
async def lift_legal_hold(
    session: SessionDep, actor: ActorDep, hold_id: UUID, data: LegalHoldLift, version: VersionIfSentDep
) -> Response:
    """Lift a hold, with the reason. What it held can be erased again."""
    return one(await legal_holds.lift_hold(session, actor, hold_id, data, version=version))
