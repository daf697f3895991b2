"""/v1/me/disputes: the cases to which one is a party, as far as one was told, and what one says in them."""

from typing import Annotated
from uuid import UUID

from fastapi import Query, Request
from starlette.responses import Response

from app.core.paging import Page
from app.models.own_disputes import OwnDisputeRead, OwnDisputeSummary, OwnObjection, OwnResponse, OwnSaid
from app.routers.deps import ActorDep, Router, SessionDep, page, signed_in, told
from app.routers.disputes.evidence import FilePart, TitlePart, upload_of
from app.services import own_dispute_acts, own_disputes

router = Router("/v1/me/disputes", "me")
OWN = signed_in(own_record=True)
SAYS = signed_in(own_record=True, once=True)


@router.get("", response_model=Page[OwnDisputeSummary], **OWN)
async def list_own_disputes(
    request: Request,
    session: SessionDep,
    actor: ActorDep,
    query: Annotated[own_disputes.OwnDisputesQuery, Query()],
) -> Response:
    """Your complaints, and the cases of which you were told as a respondent."""
    return page(request, await own_disputes.list_own(session, actor, query))


@router.get("/{dispute_id}", response_model=OwnDisputeRead, **OWN)
async def get_own_dispute(session: SessionDep, actor: ActorDep, dispute_id: UUID) -> Response:
    """A case of yours: what was disclosed to you, and what you may do now."""
    return told(await own_disputes.get_own(session, actor, dispute_id))


@router.post("/{dispute_id}/respond", response_model=OwnDisputeRead, **SAYS)
async def respond_to_dispute(session: SessionDep, actor: ActorDep, dispute_id: UUID, data: OwnResponse) -> Response:
    """Answer what is alleged against you. A late answer is taken, and recorded as late, until the case is decided."""
    return told(await own_dispute_acts.respond(session, actor, dispute_id, data))


@router.post("/{dispute_id}/correct", response_model=OwnDisputeRead, **SAYS)
async def correct_own_dispute(session: SessionDep, actor: ActorDep, dispute_id: UUID, data: OwnSaid) -> Response:
    """Add to what you have said or put it right; also your answer when you are asked for more."""
    return told(await own_dispute_acts.correct(session, actor, dispute_id, data))


@router.post("/{dispute_id}/evidence", response_model=OwnDisputeRead, **SAYS)
async def add_own_evidence(
    session: SessionDep, actor: ActorDep, dispute_id: UUID, file: FilePart, title: TitlePart = None
) -> Response:
    """Bring in a file of up to 25 MiB as evidence."""
    return told(await own_dispute_acts.add_evidence(session, actor, dispute_id, upload_of(file), title=title))


@router.post("/{dispute_id}/object", response_model=OwnDisputeRead, **SAYS)
async def object_to_panel_member(
    session: SessionDep, actor: ActorDep, dispute_id: UUID, data: OwnObjection
) -> Response:
    """Object to a member of the panel that is to hear the case."""
    return told(await own_dispute_acts.object_to_member(session, actor, dispute_id, data))


@router.post("/{dispute_id}/withdraw", response_model=OwnDisputeRead, **SAYS)
async def withdraw_complaint(session: SessionDep, actor: ActorDep, dispute_id: UUID, data: OwnSaid) -> Response:
    """Take your complaint back. Once the respondent has been given notice, whoever conducts the case decides."""
    return told(await own_dispute_acts.withdraw(session, actor, dispute_id, data))


@router.post("/{dispute_id}/appeal", response_model=OwnDisputeRead, **SAYS)
async def appeal_in_dispute(session: SessionDep, actor: ActorDep, dispute_id: UUID, data: OwnSaid) -> Response:
    """Appeal. A late appeal is kept, and heard only if those who would decide it say so, with reasons."""
    return told(await own_dispute_acts.appeal(session, actor, dispute_id, data))
