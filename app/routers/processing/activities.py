"""/v1/processing-activities: what the organisation does with data, why, and for how long."""

from typing import Annotated, Any, Literal
from uuid import UUID

from fastapi import Query, Request
from starlette.responses import Response

from app.core.paging import Page
from app.core.permissions import Permission
from app.models.members import Language
from app.models.processing_shapes import (
    ActivityCreate,
    ActivityRead,
    ActivityUpdate,
    Completion,
    Gaps,
    RegisterEnding,
    RegisterRead,
)
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
    told,
)
from app.services.processing import activities, export, gaps

router = Router("/v1/processing-activities", "data protection")
HANDLES = requires(Permission.privacy_handle, once=True)
_FILES: dict[int | str, dict[str, Any]] = {
    200: {
        "model": RegisterRead,
        "description": "The record.",
        "content": {"application/pdf": {}, "text/csv": {}},
    }
}


@router.get("", response_model=Page[ActivityRead], **signed_in())
async def list_processing_activities(
    request: Request,
    session: SessionDep,
    actor: ActorDep,
    query: Annotated[activities.ActivitiesQuery, Query()],
) -> Response:
    """The record of processing activities, for whoever is signed in: what is in force, today or on a day."""
    return page(request, await activities.list_processing_activities(session, actor, query))


@router.post("", status_code=201, response_model=ActivityRead, **HANDLES)
async def create_processing_activity(session: SessionDep, actor: ActorDep, data: ActivityCreate) -> Response:
    """Add an activity. Its key stays, also once it has ended."""
    made = await activities.create_processing_activity(session, actor, data)
    return one(made, status=201, location=f"/v1/processing-activities/{made.id}")


@router.get("/gaps", response_model=Gaps, **signed_in())
async def get_processing_gaps(session: SessionDep, actor: ActorDep) -> Response:
    """The columns of personal data for which no live activity accounts. There should be none."""
    return told(await gaps.find_gaps(session, actor))


@router.post("/complete", response_model=Completion, **HANDLES)
async def complete_register(session: SessionDep, actor: ActorDep) -> Response:
    """Take over from the house's own register what is missing in yours, as after an upgrade. What is there stays."""
    return told(await activities.complete_register(session, actor))


@router.get("/export", response_class=Response, responses=_FILES, **signed_in())
async def export_register(
    session: SessionDep,
    actor: ActorDep,
    format: Annotated[Literal["pdf", "csv", "json"], Query(description="Which kind of file.")] = "pdf",
    language: Annotated[Language, Query(description="Of its words, where they have been translated.")] = (
        Language.english
    ),
) -> Response:
    """The record as of today, to be read, or to be given to the Commissioner: PDF, CSV or JSON."""
    file = await export.export_register(session, actor, format, language)
    headers = {"Content-Disposition": f'attachment; filename="{file.name}"', "Content-Language": language.value}
    return Response(file.content, 200, headers, media_type=file.media_type)


@router.get("/{activity_id}", response_model=ActivityRead, **signed_in())
async def get_processing_activity(session: SessionDep, actor: ActorDep, activity_id: UUID) -> Response:
    """One activity, for whoever is signed in."""
    return one(await activities.get_processing_activity(session, actor, activity_id))


@router.patch("/{activity_id}", response_model=ActivityRead, **requires(Permission.privacy_handle))
async def update_processing_activity(
    session: SessionDep, actor: ActorDep, activity_id: UUID, data: ActivityUpdate, version: VersionDep
) -> Response:
    """Correct an activity. What it said before stays in the audit trail."""
    return one(await activities.update_processing_activity(session, actor, activity_id, data, version=version))


@router.post("/{activity_id}/end", response_model=ActivityRead, **HANDLES)
async def end_processing_activity(
    session: SessionDep, actor: ActorDep, activity_id: UUID, data: RegisterEnding, version: VersionIfSentDep
) -> Response:
    """Record that an activity is over. Columns for which only it accounted are gaps from then on."""
    return one(await activities.end_processing_activity(session, actor, activity_id, data, version=version))
