"""/v1/me/rights-requests: one's rights over one's own data, used by whoever has signed in."""

from typing import Annotated
from uuid import UUID

from fastapi import Query, Request
from starlette.responses import Response

from app.core.paging import Page
from app.models.own_requests import OwnAnswer, OwnEnding, OwnRequestAsk, OwnRequestRead, OwnRequestSummary
from app.routers.deps import ActorDep, Router, SessionDep, one, page, signed_in
from app.services.rights_requests import own

router = Router("/v1/me/rights-requests", "me")
OWN = signed_in(own_record=True)
SAYS = signed_in(own_record=True, once=True)


@router.post("", status_code=201, response_model=OwnRequestRead, **SAYS)
async def ask_own_request(session: SessionDep, actor: ActorDep, data: OwnRequestAsk) -> Response:
    """Use a right over your data: see it, correct it, have it erased, restricted or ported, or object.

    You have signed in, so nobody asks who you are, and the clock starts today. An objection to marketing is in force at
    once.
    """
    made = await own.ask(session, actor, data)
    return one(made, status=201, location=f"/v1/me/rights-requests/{made.id}")


@router.get("", response_model=Page[OwnRequestSummary], **OWN)
async def list_own_requests(
    request: Request,
    session: SessionDep,
    actor: ActorDep,
    query: Annotated[own.OwnRequestsQuery, Query()],
) -> Response:
    """Requests about you, the newest first: how each stands, and by when it must be answered."""
    return page(request, await own.list_own(session, actor, query))


@router.get("/{request_id}", response_model=OwnRequestRead, **OWN)
async def get_own_request(session: SessionDep, actor: ActorDep, request_id: UUID) -> Response:
    """A request about you: its clock, what is asked of you, and what you may do now."""
    return one(await own.get_own(session, actor, request_id))


@router.post("/{request_id}/answer", response_model=OwnRequestRead, **SAYS)
async def answer_own_request(session: SessionDep, actor: ActorDep, request_id: UUID, data: OwnAnswer) -> Response:
    """Answer what you were asked. The clock runs on."""
    return one(await own.answer_question(session, actor, request_id, data))


@router.post("/{request_id}/withdraw", response_model=OwnRequestRead, **SAYS)
async def withdraw_own_request(session: SessionDep, actor: ActorDep, request_id: UUID, data: OwnEnding) -> Response:
    """Take your request back."""
    return one(await own.withdraw(session, actor, request_id, data))
