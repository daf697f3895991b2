"""/v1/possible-duplicates: records in different places that may be one person, for the whole organisation to settle."""

from typing import Annotated
from uuid import UUID

from fastapi import Query, Request
from starlette.responses import Response

from app.core.paging import Page
from app.core.permissions import Permission
from app.models.possible_duplicates import DuplicateDismiss, PossibleDuplicateDetail, PossibleDuplicateRead
from app.routers.deps import ActorDep, Router, SessionDep, VersionIfSentDep, one, page, requires
from app.services import possible_duplicates

router = Router("/v1/possible-duplicates", "possible duplicates")
GATE = requires(Permission.duplicates_decide)
ONCE = requires(Permission.duplicates_decide, once=True)


@router.get("", response_model=Page[PossibleDuplicateRead], **GATE)
async def list_possible_duplicates(
    request: Request,
    session: SessionDep,
    actor: ActorDep,
    query: Annotated[possible_duplicates.DuplicatesQuery, Query()],
) -> Response:
    """Pairs of records that may be one person, the newest first. For holders of the right at the root."""
    return page(request, await possible_duplicates.list_duplicates(session, actor, query))


@router.get("/{duplicate_id}", response_model=PossibleDuplicateDetail, **GATE)
async def get_possible_duplicate(session: SessionDep, actor: ActorDep, duplicate_id: UUID) -> Response:
    """One pair, with what you may do."""
    return one(await possible_duplicates.get_duplicate(session, actor, duplicate_id))


@router.post("/{duplicate_id}/dismiss", response_model=PossibleDuplicateDetail, **ONCE)
async def dismiss_possible_duplicate(
    session: SessionDep, actor: ActorDep, duplicate_id: UUID, data: DuplicateDismiss, version: VersionIfSentDep
) -> Response:
    """Say that they are not the same person. The pair is not raised again."""
    return one(await possible_duplicates.dismiss_duplicate(session, actor, duplicate_id, data, version=version))


@router.post("/{duplicate_id}/reopen", response_model=PossibleDuplicateDetail, **ONCE)
async def reopen_possible_duplicate(
    session: SessionDep, actor: ActorDep, duplicate_id: UUID, version: VersionIfSentDep
) -> Response:
    """Put a dismissed pair back into the queue."""
    return one(await possible_duplicates.reopen_duplicate(session, actor, duplicate_id, version=version))
