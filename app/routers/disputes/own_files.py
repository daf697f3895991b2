"""What was disclosed to a party, for themselves."""

from typing import Annotated
from uuid import UUID

from fastapi import Query, Request
from starlette.responses import Response

from app.core.paging import Page
from app.models.dispute_evidence import OwnEvidenceRead, OwnLetterRead
from app.models.file_links import FileLinkRead
from app.routers.deps import ActorDep, Router, SessionDep, page, signed_in
from app.routers.disputes.evidence import link_to
from app.services.disputes import own_files

router = Router("/v1/me/disputes/{dispute_id}", "me")
OWN = signed_in(own_record=True)


@router.get("/evidence", response_model=Page[OwnEvidenceRead], **OWN)
async def list_own_evidence(
    request: Request,
    session: SessionDep,
    actor: ActorDep,
    dispute_id: UUID,
    query: Annotated[own_files.OwnEvidenceQuery, Query()],
) -> Response:
    """The evidence that was disclosed to you."""
    return page(request, await own_files.list_own_evidence(session, actor, dispute_id, query))


@router.post("/evidence/{evidence_id}/link", status_code=201, response_model=FileLinkRead, **OWN)
async def link_own_evidence(session: SessionDep, actor: ActorDep, dispute_id: UUID, evidence_id: UUID) -> Response:
    """A link to its file: for one download, within five minutes."""
    return link_to(await own_files.link_own_evidence(session, actor, dispute_id, evidence_id))


@router.get("/letters", response_model=Page[OwnLetterRead], **OWN)
async def list_own_letters(
    request: Request,
    session: SessionDep,
    actor: ActorDep,
    dispute_id: UUID,
    query: Annotated[own_files.OwnLettersQuery, Query()],
) -> Response:
    """The letters to you in this case."""
    return page(request, await own_files.list_own_letters(session, actor, dispute_id, query))


@router.post("/letters/{letter_id}/link", status_code=201, response_model=FileLinkRead, **OWN)
async def link_own_letter(session: SessionDep, actor: ActorDep, dispute_id: UUID, letter_id: UUID) -> Response:
    """A link to its file: for one download, within five minutes."""
    return link_to(await own_files.link_own_letter(session, actor, dispute_id, letter_id))
