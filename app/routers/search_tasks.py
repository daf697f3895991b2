"""/v1/search-tasks: what one is asked to look for outside the system; and, for the team, whom they have asked."""

from typing import Annotated
from uuid import UUID

from fastapi import File, Query, Request, UploadFile
from starlette.responses import Response

from app.core.paging import Page
from app.core.permissions import Permission
from app.models.dispute_evidence import MOST_BYTES
from app.models.package_reads import OwnSearchTaskRead, SearchTaskRead
from app.models.package_verbs import SearchTaskAnswer, SearchTaskAsk, Waiving
from app.routers.deps import ActorDep, Router, SessionDep, one, page, requires, signed_in
from app.services.disputes.evidence_files import Upload
from app.services.rights_requests import own_search_tasks, search_tasks

router = Router("/v1/search-tasks", "data protection")
asked_router = Router("/v1/subject-access-requests/{request_id}/search-tasks", "data protection")
HANDLES = requires(Permission.privacy_handle, once=True)

FoundPart = Annotated[
    UploadFile,
    File(
        description="A document, picture, text, message, sound or film, of the type that its name says.",
        json_schema_extra={"format": "binary", "maxLength": MOST_BYTES},
    ),
]


@asked_router.get("", response_model=Page[SearchTaskRead], **requires(Permission.privacy_read))
async def list_search_tasks(
    request: Request,
    session: SessionDep,
    actor: ActorDep,
    request_id: UUID,
    query: Annotated[search_tasks.SearchTasksQuery, Query()],
) -> Response:
    """Who was asked what they hold outside the system, and what has become of it."""
    return page(request, await search_tasks.list_search_tasks(session, actor, request_id, query))


@asked_router.post("", status_code=201, response_model=SearchTaskRead, **HANDLES)
async def ask_to_search(
    request: Request, session: SessionDep, actor: ActorDep, request_id: UUID, data: SearchTaskAsk
) -> Response:
    """Ask somebody to search an inbox, messages, paper or a device, by a day. They are written to, and reminded."""
    links_url: str = request.app.state.settings.links_url
    made = await search_tasks.ask_to_search(session, actor, request_id, data, links_url=links_url)
    return one(made, status=201)


@asked_router.post("/{task_id}/waive", response_model=SearchTaskRead, **HANDLES)
async def waive_search_task(
    session: SessionDep, actor: ActorDep, request_id: UUID, task_id: UUID, data: Waiving
) -> Response:
    """Wait no longer for somebody's answer, and say why."""
    return one(await search_tasks.waive_search_task(session, actor, request_id, task_id, data))


@router.get("", response_model=Page[OwnSearchTaskRead], **signed_in())
async def list_own_search_tasks(
    request: Request,
    session: SessionDep,
    actor: ActorDep,
    query: Annotated[own_search_tasks.OwnSearchTasksQuery, Query()],
) -> Response:
    """What you are asked to look for outside the system, the one due first before the others."""
    return page(request, await own_search_tasks.list_own_search_tasks(session, actor, query))


@router.get("/{task_id}", response_model=OwnSearchTaskRead, **signed_in())
async def get_own_search_task(session: SessionDep, actor: ActorDep, task_id: UUID) -> Response:
    """One of them. The read is logged."""
    return one(await own_search_tasks.get_own_search_task(session, actor, task_id))


@router.post("/{task_id}/files", status_code=201, response_model=OwnSearchTaskRead, **signed_in(once=True))
async def add_search_file(session: SessionDep, actor: ActorDep, task_id: UUID, file: FoundPart) -> Response:
    """Send a file that you found, of up to 25 MiB, before you answer. It is kept encrypted."""
    upload = Upload(file.filename or "", file.file)
    return one(await own_search_tasks.add_search_file(session, actor, task_id, upload), status=201)


@router.post("/{task_id}/answer", response_model=OwnSearchTaskRead, **signed_in(once=True))
async def answer_search_task(session: SessionDep, actor: ActorDep, task_id: UUID, data: SearchTaskAnswer) -> Response:
    """Say what you found, in words or by the files that you sent, or that you found nothing."""
    return one(await own_search_tasks.answer_search_task(session, actor, task_id, data))
