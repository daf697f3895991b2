"""/v1/subject-access-requests/{id}: the search, what it found, and what is decided of each item."""

from typing import Annotated, Any
from uuid import UUID

from fastapi import File, Query, Request, UploadFile
from starlette.responses import Response

from app.core.paging import Page
from app.core.permissions import Permission
from app.models.dispute_evidence import MOST_BYTES
from app.models.package_reads import RequestItemRead, RequestItemSummary, RequestSearchRead
from app.models.package_verbs import ItemDecide, ItemsDecide, NothingHeld
from app.models.request_reads import RequestItemCounts, RequestStepped
from app.models.request_verbs import Ending
from app.routers.deps import ActorDep, Router, SessionDep, VersionIfSentDep, one, page, requires, told
from app.routers.file_links import FILES, send_file
from app.services.disputes.evidence_files import Upload
from app.services.rights_requests import item_files, items, search

router = Router("/v1/subject-access-requests/{request_id}", "data protection")
READS = requires(Permission.privacy_read)
HANDLES = requires(Permission.privacy_handle, once=True)
FOUND: dict[int | str, dict[str, Any]] = {200: {"description": "The file.", "content": FILES}}
AsRedacted = Annotated[bool, Query(description="The redacted copy in the file's place.")]
CopyPart = Annotated[
    UploadFile,
    File(
        description="A document, picture, text, message, sound or film, of the type that its name says.",
        json_schema_extra={"format": "binary", "maxLength": MOST_BYTES},
    ),
]


@router.post("/search", response_model=RequestStepped, **HANDLES)
async def search_for_request(
    session: SessionDep, actor: ActorDep, request_id: UUID, data: Ending, version: VersionIfSentDep
) -> Response:
    """Search every table for the person. What is about them alone is released by rule; the rest waits for a decision.

    A repeat keeps what was decided of items that have not changed.
    """
    return one(await search.search_request(session, actor, request_id, data, version=version))


@router.get("/searches", response_model=Page[RequestSearchRead], **READS)
async def list_request_searches(
    request: Request,
    session: SessionDep,
    actor: ActorDep,
    request_id: UUID,
    query: Annotated[search.SearchesQuery, Query()],
) -> Response:
    """The search log: who searched when, which tables, and how many rows were in each."""
    return page(request, await search.list_searches(session, actor, request_id, query))


@router.get("/items", response_model=Page[RequestItemSummary], **READS)
async def list_request_items(
    request: Request,
    session: SessionDep,
    actor: ActorDep,
    request_id: UUID,
    query: Annotated[items.RequestItemsQuery, Query()],
) -> Response:
    """What was found, by its number. What lies behind the wall of a case is only counted, with the request."""
    return page(request, await items.list_items(session, actor, request_id, query))


@router.post("/items/decide-many", response_model=RequestItemCounts, **HANDLES)
async def decide_request_items(session: SessionDep, actor: ActorDep, request_id: UUID, data: ItemsDecide) -> Response:
    """Decide the same of many items, of all or of none. Answers how many wait for a decision now."""
    return told(await items.decide_items(session, actor, request_id, data))


@router.get("/items/{item_id}", response_model=RequestItemRead, **READS)
async def get_request_item(session: SessionDep, actor: ActorDep, request_id: UUID, item_id: UUID) -> Response:
    """An item with what it says and what in it is of others. The read is logged."""
    return one(await items.get_item(session, actor, request_id, item_id))


@router.post("/items/{item_id}/decide", response_model=RequestItemRead, **HANDLES)
async def decide_request_item(
    session: SessionDep,
    actor: ActorDep,
    request_id: UUID,
    item_id: UUID,
    data: ItemDecide,
    version: VersionIfSentDep,
) -> Response:
    """Give an item whole, black out parts of it, or withhold it. In place of a file a redacted copy is given."""
    return one(await items.decide_item(session, actor, request_id, item_id, data, version=version))


@router.get("/items/{item_id}/file", response_class=Response, responses=FOUND, **READS)
async def get_request_item_file(
    session: SessionDep, actor: ActorDep, request_id: UUID, item_id: UUID, redacted: AsRedacted = False
) -> Response:
    """The file of an item, or its redacted copy. The read is logged."""
    return await send_file(await item_files.open_item_file(session, actor, request_id, item_id, redacted=redacted))


@router.post("/items/{item_id}/redacted-copy", status_code=201, response_model=RequestItemRead, **HANDLES)
async def add_redacted_copy(
    session: SessionDep, actor: ActorDep, request_id: UUID, item_id: UUID, file: CopyPart
) -> Response:
    """Send a copy of an item's file with parts blacked out, of up to 25 MiB; decide to redact it to give that one."""
    upload = Upload(file.filename or "", file.file)
    return one(await item_files.add_redacted_copy(session, actor, request_id, item_id, upload), status=201)


@router.post("/review", response_model=RequestStepped, **HANDLES)
async def review_access_request(
    session: SessionDep, actor: ActorDep, request_id: UUID, data: Ending, version: VersionIfSentDep
) -> Response:
    """Say that everything has been searched: nobody is being waited for who was asked."""
    return one(await items.review_request(session, actor, request_id, data, version=version))


@router.post("/close-nothing-held", response_model=RequestStepped, **HANDLES)
async def close_nothing_held(
    session: SessionDep, actor: ActorDep, request_id: UUID, data: NothingHeld, version: VersionIfSentDep
) -> Response:
    """Answer that nothing is held."""
    return one(await items.close_nothing_held(session, actor, request_id, data, version=version))
