"""/v1/processors: who uses data on the organisation's behalf."""

from typing import Annotated
from uuid import UUID

from fastapi import Query, Request
from starlette.responses import Response

from app.core.paging import Page
from app.core.permissions import Permission
from app.models.processing_shapes import ProcessorCreate, ProcessorRead, ProcessorUpdate, RegisterEnding
from app.routers.deps import (
    ActorDep,
    Router,
    SessionDep,
    VersionDep,
    VersionIfSentDep,
    one,
    page,
    requires,
    signed_in,
)
from app.services.processing import processors

router = Router("/v1/processors", "data protection")
HANDLES = requires(Permission.privacy_handle, once=True)


@router.get("", response_model=Page[ProcessorRead], **signed_in())
async def list_processors(
    request: Request, session: SessionDep, actor: ActorDep, query: Annotated[processors.ProcessorsQuery, Query()]
) -> Response:
    """Who uses data on the organisation's behalf, and what is amiss with their contracts."""
    return page(request, await processors.list_processors(session, actor, query))


@router.post("", status_code=201, response_model=ProcessorRead, **HANDLES)
async def create_processor(session: SessionDep, actor: ActorDep, data: ProcessorCreate) -> Response:
    """Add a processor, and what its contract was found to say."""
    made = await processors.create_processor(session, actor, data)
    return one(made, status=201, location=f"/v1/processors/{made.id}")


@router.get("/{processor_id}", response_model=ProcessorRead, **signed_in())
async def get_processor(session: SessionDep, actor: ActorDep, processor_id: UUID) -> Response:
    """One processor, for whoever is signed in."""
    return one(await processors.get_processor(session, actor, processor_id))


@router.patch("/{processor_id}", response_model=ProcessorRead, **requires(Permission.privacy_handle))
async def update_processor(
    session: SessionDep, actor: ActorDep, processor_id: UUID, data: ProcessorUpdate, version: VersionDep
) -> Response:
    """Correct a processor or what its contract was found to say."""
    return one(await processors.update_processor(session, actor, processor_id, data, version=version))


@router.post("/{processor_id}/end", response_model=ProcessorRead, **HANDLES)
async def end_processor(
    session: SessionDep, actor: ActorDep, processor_id: UUID, data: RegisterEnding, version: VersionIfSentDep
) -> Response:
    """Record that a contract is over, once no live activity names the processor."""
    return one(await processors.end_processor(session, actor, processor_id, data, version=version))
