"""The log of what was written and said in a case, and the letters that are written from it."""

from typing import Annotated
from uuid import UUID

from fastapi import Query, Request
from starlette.responses import Response

from app.core.paging import Page
from app.core.permissions import Permission
from app.models.dispute_evidence import CorrespondenceCreate, CorrespondenceRead, LetterCreate
from app.models.file_links import FileLinkRead
from app.routers.deps import ActorDep, Router, SessionDep, page, takes_part
from app.routers.disputes.evidence import link_to
from app.services.disputes import correspondence

router = Router("/v1/disputes/{dispute_id}", "disputes")
EXAMINES = takes_part(Permission.disputes_examine)
RECORDS = takes_part(Permission.disputes_record, once=True)


@router.get("/correspondence", response_model=Page[CorrespondenceRead], **EXAMINES)
async def list_correspondence(
    request: Request,
    session: SessionDep,
    actor: ActorDep,
    dispute_id: UUID,
    query: Annotated[correspondence.CorrespondenceQuery, Query()],
) -> Response:
    """What was written and said, the latest first."""
    return page(request, await correspondence.list_correspondence(session, actor, dispute_id, query))


@router.post("/correspondence", status_code=201, response_model=CorrespondenceRead, **RECORDS)
async def log_correspondence(
    session: SessionDep, actor: ActorDep, dispute_id: UUID, data: CorrespondenceCreate
) -> Response:
    """Enter a letter, mail or call by hand."""
    made = await correspondence.log_correspondence(session, actor, dispute_id, data)
    return Response(made.body, 201, media_type="application/json")


@router.post("/letters", status_code=201, response_model=CorrespondenceRead, **RECORDS)
async def send_letter(session: SessionDep, actor: ActorDep, dispute_id: UUID, data: LetterCreate) -> Response:
    """Write a letter to a party as a PDF, in their language. It is kept with the case, and the party can read it."""
    made = await correspondence.send_letter(session, actor, dispute_id, data)
    return Response(made.body, 201, media_type="application/json")


@router.post("/correspondence/{correspondence_id}/link", status_code=201, response_model=FileLinkRead, **EXAMINES)
async def link_letter(session: SessionDep, actor: ActorDep, dispute_id: UUID, correspondence_id: UUID) -> Response:
    """A link to a letter's file: for one download, within five minutes."""
    return link_to(await correspondence.link_letter(session, actor, dispute_id, correspondence_id))
