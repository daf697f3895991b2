"""The people of a case: appointed, resigned, in conflict, named, struck out."""

from typing import Any
from uuid import UUID

from starlette.responses import Response

from app.core.paging import Answer
from app.core.permissions import Permission
from app.models.dispute_reads import Candidates, DisputeRead
from app.models.dispute_verbs import Appointment, CandidateSearch, Identification, Naming, Reasoned, Said
from app.routers.deps import ActorDep, Router, SessionDep, one, takes_part, told
from app.services.disputes import candidates, people

router = Router("/v1/disputes", "disputes")
HANDLES = takes_part(Permission.disputes_handle, once=True)
READS = takes_part(Permission.disputes_read, once=True)
#: The case has closed to whoever asked.
CLOSED: dict[int | str, dict[str, Any]] = {204: {"description": "Done; the case is closed to you now."}}


@router.post("/{dispute_id}/people", status_code=201, response_model=DisputeRead, **HANDLES)
async def appoint(session: SessionDep, actor: ActorDep, dispute_id: UUID, data: Appointment) -> Response:
    """Appoint a clerk, a mediator or a further investigator: the case opens to them."""
    return one(await people.appoint(session, actor, dispute_id, data), status=201)


@router.post("/{dispute_id}/candidates", response_model=Candidates, **takes_part(Permission.disputes_handle))
async def find_candidates(session: SessionDep, actor: ActorDep, dispute_id: UUID, data: CandidateSearch) -> Response:
    """Look up somebody's account for a part in the case, with what would keep them from it."""
    return told(await candidates.find_candidates(session, actor, dispute_id, data))


@router.post("/{dispute_id}/people/{part_id}/end", status_code=204, **READS)
async def end_part(session: SessionDep, actor: ActorDep, dispute_id: UUID, part_id: UUID, data: Said) -> Response:
    """Resign a part of yours, or, as the receiver, end another's. A receiver's goes to the next who may receive."""
    await people.end_part(session, actor, dispute_id, part_id, data)
    return Response(status_code=204)


@router.post("/{dispute_id}/declare-interest", status_code=204, **READS)
async def declare_interest(session: SessionDep, actor: ActorDep, dispute_id: UUID, data: Said) -> Response:
    """Declare an interest of yours: your parts end, and the case closes to you for good."""
    await people.declare_interest(session, actor, dispute_id, data)
    return Response(status_code=204)


@router.post("/{dispute_id}/parties", response_model=DisputeRead, responses=CLOSED, **HANDLES)
async def name_party(session: SessionDep, actor: ActorDep, dispute_id: UUID, data: Naming) -> Response:
    """Name a respondent, a witness or somebody else: the case closes to them at once."""
    return _perhaps(await people.name_party(session, actor, dispute_id, data))


@router.post("/{dispute_id}/parties/{party_id}/identify", response_model=DisputeRead, responses=CLOSED, **HANDLES)
async def identify_party(
    session: SessionDep, actor: ActorDep, dispute_id: UUID, party_id: UUID, data: Identification
) -> Response:
    """Say who is behind a bare name: the case closes to them at once."""
    return _perhaps(await people.identify_party(session, actor, dispute_id, party_id, data))


@router.post("/{dispute_id}/parties/{party_id}/strike", response_model=DisputeRead, **HANDLES)
async def strike_party(
    session: SessionDep, actor: ActorDep, dispute_id: UUID, party_id: UUID, data: Reasoned
) -> Response:
    """Strike out a naming, with reasons. That a receiver is named is for the external receiver to strike."""
    return one(await people.strike_party(session, actor, dispute_id, party_id, data))


def _perhaps(made: Answer | None) -> Response:
    return Response(status_code=204) if made is None else one(made)
