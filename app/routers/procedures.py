"""/v1/procedures: how complaints are dealt with."""

from typing import Annotated
from uuid import UUID

from fastapi import Path, Query, Request
from starlette.responses import Response

from app.core.paging import Page
from app.core.permissions import Permission
from app.models.procedures import EditionCreate, Key, Presets, ProcedureCreate, ProcedureRead
from app.routers.deps import ActorDep, Router, SessionDep, one, page, requires, signed_in
from app.services import procedures
from app.services.procedures_presets import presets_body

router = Router("/v1/procedures", "procedures")

ProcedureKey = Annotated[Key, Path(description="The procedure's key.")]


@router.get("", response_model=Page[ProcedureRead], **signed_in())
async def list_procedures(
    request: Request,
    session: SessionDep,
    actor: ActorDep,
    query: Annotated[procedures.ProceduresQuery, Query()],
) -> Response:
    """The procedures in force, today or on a day, for whoever is signed in."""
    return page(request, await procedures.list_procedures(session, actor, query))


@router.post("", status_code=201, response_model=ProcedureRead, **requires(Permission.procedures_manage, once=True))
async def create_procedure(session: SessionDep, actor: ActorDep, data: ProcedureCreate) -> Response:
    """Lay down a procedure, nationally."""
    made = await procedures.create_procedure(session, actor, data)
    return one(made, status=201, location=f"/v1/procedures/{made.id}")


@router.get("/presets", response_model=Presets, **signed_in())
async def list_presets() -> Response:
    """Procedures ready to be sent to `POST /v1/procedures`, as they are or changed."""
    return Response(presets_body(), media_type="application/json")


@router.get("/{procedure_id}", response_model=ProcedureRead, **signed_in())
async def get_procedure(session: SessionDep, actor: ActorDep, procedure_id: UUID) -> Response:
    """One edition of a procedure, for whoever is signed in."""
    return one(await procedures.get_procedure(session, actor, procedure_id))


@router.post(
    "/{key}/editions",
    status_code=201,
    response_model=ProcedureRead,
    **requires(Permission.procedures_manage, once=True),
)
async def add_edition(session: SessionDep, actor: ActorDep, key: ProcedureKey, data: EditionCreate) -> Response:
    """Lay down the next edition of a procedure. No edition is ever changed: cases keep the one they began under."""
    made = await procedures.add_edition(session, actor, key, data)
    return one(made, status=201, location=f"/v1/procedures/{made.id}")


@router.post("/{key}/make-default", response_model=ProcedureRead, **requires(Permission.procedures_manage, once=True))
async def make_default(session: SessionDep, actor: ActorDep, key: ProcedureKey) -> Response:
    """Have complaints for which nobody names a procedure go by this one, which must be in force."""
    return one(await procedures.make_default(session, actor, key))
