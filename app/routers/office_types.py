"""/v1/office-types: the kinds of office that units have."""

from typing import Annotated
from uuid import UUID

from fastapi import Query, Request
from starlette.responses import Response

from app.core.paging import Page
from app.core.permissions import Permission
from app.models.offices import OfficeTypeCreate, OfficeTypeRead, OfficeTypeUpdate
from app.routers.deps import ActorDep, Router, SessionDep, VersionDep, one, page, requires, signed_in
from app.services import office_types

router = Router("/v1/office-types", "office types")


@router.get("", response_model=Page[OfficeTypeRead], **signed_in())
async def list_office_types(
    request: Request,
    session: SessionDep,
    actor: ActorDep,
    query: Annotated[office_types.OfficeTypesQuery, Query()],
) -> Response:
    """The kinds of office, by name unless you ask otherwise, for whoever is signed in."""
    return page(request, await office_types.list_office_types(session, actor, query))


@router.post("", status_code=201, response_model=OfficeTypeRead, **requires(Permission.branches_manage, once=True))
async def create_office_type(session: SessionDep, actor: ActorDep, data: OfficeTypeCreate) -> Response:
    """Add a kind of office, nationally. The role that it carries must be one you may give; it stays."""
    made = await office_types.create_office_type(session, actor, data)
    return one(made, status=201, location=f"/v1/office-types/{made.id}")


@router.get("/{office_type_id}", response_model=OfficeTypeRead, **signed_in())
async def get_office_type(session: SessionDep, actor: ActorDep, office_type_id: UUID) -> Response:
    """One kind of office, for whoever is signed in."""
    return one(await office_types.get_office_type(session, actor, office_type_id))


@router.patch("/{office_type_id}", response_model=OfficeTypeRead, **requires(Permission.branches_manage))
async def update_office_type(
    session: SessionDep, actor: ActorDep, office_type_id: UUID, data: OfficeTypeUpdate, version: VersionDep
) -> Response:
    """Correct a kind of office, nationally; its key and its role stay."""
    return one(await office_types.update_office_type(session, actor, office_type_id, data, version=version))
