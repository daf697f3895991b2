"""/v1/exports: members taken out as a file, for a purpose that is said; the whole organisation only by two people."""

from typing import Annotated
from uuid import UUID

from fastapi import Query, Request
from starlette.responses import Response

from app.core.paging import Page
from app.core.permissions import Permission
from app.core.streams import PLACES, Stream
from app.models.exports import ExportCreate, ExportDetail, ExportRead, ExportRefuse
from app.routers.deps import ActorDep, Router, SessionDep, one, page, requires, signed_in
from app.services import exports, exports_content

router = Router("/v1/exports", "exports")
FILES: dict[str, dict[str, str]] = {media_type: {} for media_type in exports_content.MEDIA_TYPES.values()}
CONFIRMS = requires(Permission.exports_confirm, once=True)


@router.get("", response_model=Page[ExportRead], **signed_in())
async def list_exports(
    request: Request, session: SessionDep, actor: ActorDep, query: Annotated[exports.ExportsQuery, Query()]
) -> Response:
    """Your exports, and those that you may confirm; with `state=asked` what waits for a second person."""
    return page(request, await exports.list_exports(session, actor, query))


@router.post("", status_code=201, response_model=ExportDetail, **requires(Permission.members_export, once=True))
async def create_export(session: SessionDep, actor: ActorDep, data: ExportCreate) -> Response:
    """Ask for members as a file, to contact them by one channel or to keep records.

    A CSV is ready at once, a workbook once its job is done. What spans the whole organisation waits for a second
    person.
    """
    made = await exports.create_export(session, actor, data)
    return one(made, status=201, location=f"/v1/exports/{made.id}")


@router.get("/{export_id}", response_model=ExportDetail, **signed_in())
async def get_export(session: SessionDep, actor: ActorDep, export_id: UUID) -> Response:
    """One export, with what you may do."""
    return one(await exports.get_export(session, actor, export_id))


@router.get(
    "/{export_id}/content",
    response_class=Response,
    responses={200: {"description": "The file.", "content": FILES}},
    **signed_in(),
)
async def get_export_content(session: SessionDep, actor: ActorDep, export_id: UUID) -> Response:
    """The file, for whoever asked for it, as far as their rights go now. Each download is on the record.

    A CSV holds the records of this moment and is sent as it is made. A cell that a spreadsheet would take for a formula
    begins with an apostrophe.
    """
    PLACES.check()
    content = await exports_content.open_export(session, actor, export_id)
    headers = {"Content-Disposition": f'attachment; filename="{content.name}"'}
    return Stream(content.give, media_type=content.media_type, headers=headers)


@router.post("/{export_id}/confirm", response_model=ExportDetail, **CONFIRMS)
async def confirm_export(session: SessionDep, actor: ActorDep, export_id: UUID) -> Response:
    """Confirm, as a second person, an export of the whole organisation."""
    return one(await exports.confirm_export(session, actor, export_id))


@router.post("/{export_id}/refuse", response_model=ExportDetail, **CONFIRMS)
async def refuse_export(session: SessionDep, actor: ActorDep, export_id: UUID, data: ExportRefuse) -> Response:
    """Turn it down, and say why."""
    return one(await exports.refuse_export(session, actor, export_id, data))


@router.post("/{export_id}/withdraw", response_model=ExportDetail, **signed_in(once=True))
async def withdraw_export(session: SessionDep, actor: ActorDep, export_id: UUID) -> Response:
    """Take back what you asked for; a workbook that was built is destroyed at once."""
    return one(await exports.withdraw_export(session, actor, export_id))
