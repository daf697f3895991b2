"""/v1/imports: files of people brought in: looked at first, then applied, and taken back if it was wrong.

Upload a file, wait for its job, read what it would come to, correct the mapping if need be, apply. Nobody is written
before that. Undoing is a new write, judged by how each record stands then.
"""

from collections.abc import AsyncIterator
from typing import Annotated, Any
from uuid import UUID

from fastapi import File, Form, Query, Request, UploadFile
from starlette.background import BackgroundTask
from starlette.responses import FileResponse, Response

from app.core.http import UPLOAD_LIMIT
from app.core.paging import Answer, Page
from app.core.permissions import Permission
from app.core.tabular import WORKBOOK
from app.models.import_reads import ImportDetail, ImportRead, ImportRowRead, ImportUpdate
from app.models.imports import ImportPreset
from app.routers.deps import ActorDep, Router, SessionDep, VersionDep, VersionIfSentDep, one, page, requires
from app.services import imports
from app.services.imports import file as imports_file
from app.services.imports import shown as imports_shown
from app.services.imports.check import read_mapping

router = Router("/v1/imports", "imports")
IMPORTS = requires(Permission.members_import)
BEGINS = requires(Permission.members_import, once=True)
MEDIA_TYPES = {"csv": "text/csv", "xlsx": WORKBOOK}
FILES: dict[int | str, dict[str, Any]] = {
    200: {"description": "The rows that were refused.", "content": {kind: {} for kind in MEDIA_TYPES.values()}}
}
_CHUNK = 1 << 20


@router.post("", status_code=202, response_model=ImportDetail, **BEGINS)
async def create_import(
    session: SessionDep,
    actor: ActorDep,
    file: Annotated[
        UploadFile,
        File(
            description="A table in CSV, in any common encoding, or XLSX.",
            json_schema_extra={"format": "binary", "maxLength": UPLOAD_LIMIT},
        ),
    ],
    branch_id: Annotated[UUID, Form(description="The unit below which the people belong.")],
    preset: Annotated[ImportPreset | None, Form(description="What the file is an export of, if you know.")] = None,
    mapping: Annotated[
        str | None, Form(max_length=200_000, description="A mapping in JSON; left out, one is proposed.")
    ] = None,
) -> Response:
    """Take a file in, to be read by a job. Nobody is written before it is applied."""
    made = await imports.create_import(
        session,
        actor,
        branch_id,
        imports.Upload(file.filename or "", _chunks(file)),
        preset=preset,
        mapping=read_mapping(mapping) if mapping else None,
    )
    return _accepted(made)


@router.get("", response_model=Page[ImportRead], **IMPORTS)
async def list_imports(
    request: Request, session: SessionDep, actor: ActorDep, query: Annotated[imports.ImportsQuery, Query()]
) -> Response:
    """Your own imports, the newest first; whoever answers for the whole organisation sees all."""
    return page(request, await imports.list_imports(session, actor, query))


@router.get("/{import_id}", response_model=ImportDetail, **IMPORTS)
async def get_import(session: SessionDep, actor: ActorDep, import_id: UUID) -> Response:
    """How far an import is, how its file is read, and what it comes to."""
    return one(await imports.get_import(session, actor, import_id))


@router.patch("/{import_id}", response_model=ImportDetail, **IMPORTS)
async def update_import(
    session: SessionDep, actor: ActorDep, import_id: UUID, data: ImportUpdate, version: VersionDep
) -> Response:
    """Have the file read in another way, until it is applied; the rows and the preview are made anew."""
    return one(await imports.update_import(session, actor, import_id, data, version=version))


@router.get("/{import_id}/rows", response_model=Page[ImportRowRead], **IMPORTS)
async def list_import_rows(
    request: Request,
    session: SessionDep,
    actor: ActorDep,
    import_id: UUID,
    query: Annotated[imports_shown.ImportRowsQuery, Query()],
) -> Response:
    """Every row of the file, in its order: what it comes to, what is wrong with it, what came of it."""
    return page(request, await imports_shown.list_rows(session, actor, import_id, query))


@router.get("/{import_id}/refused", response_class=FileResponse, responses=FILES, **IMPORTS)
async def download_refused_rows(session: SessionDep, actor: ActorDep, import_id: UUID) -> Response:
    """The refused rows as they came, in the form of the file, with a last column that says what is wrong.

    Correct them and bring that file in: the last column is not read.
    """
    path, layout = await imports_file.write_refused(session, actor, import_id)
    return FileResponse(
        path,
        media_type=MEDIA_TYPES[layout.format],
        filename=f"refused-rows.{layout.format}",
        background=BackgroundTask(imports_file.remove, path),
    )


@router.post("/{import_id}/apply", status_code=202, response_model=ImportDetail, **BEGINS)
async def apply_import(session: SessionDep, actor: ActorDep, import_id: UUID, version: VersionIfSentDep) -> Response:
    """Bring in what was previewed, in a job; or go on after one that stopped. Each row is applied once."""
    return _accepted(await imports.apply_import(session, actor, import_id, version=version))


@router.post("/{import_id}/undo", status_code=202, response_model=ImportDetail, **BEGINS)
async def undo_import(session: SessionDep, actor: ActorDep, import_id: UUID, version: VersionIfSentDep) -> Response:
    """Take back what was brought in, in a job. What has changed since stays, and each such row says why."""
    return _accepted(await imports.undo_import(session, actor, import_id, version=version))


@router.post("/{import_id}/discard", status_code=202, response_model=ImportDetail, **BEGINS)
async def discard_import(session: SessionDep, actor: ActorDep, import_id: UUID, version: VersionIfSentDep) -> Response:
    """Erase a file that is not wanted after all, with every row of it."""
    return _accepted(await imports.discard_import(session, actor, import_id, version=version))


def _accepted(made: Answer) -> Response:
    return one(made, status=202, location=f"/v1/imports/{made.id}")


async def _chunks(file: UploadFile) -> AsyncIterator[bytes]:
    while chunk := await file.read(_CHUNK):
        yield chunk
