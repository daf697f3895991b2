"""/v1/office-terms: who holds and held which office, recorded in the unit and confirmed from above."""

from typing import Annotated
from uuid import UUID

from fastapi import Query, Request
from starlette.responses import Response

from app.core.paging import Page
from app.core.permissions import Permission
from app.models.offices import (
    OfficeTermCreate,
    OfficeTermDetail,
    OfficeTermEnd,
    OfficeTermRead,
    OfficeTermRefuse,
    OfficeTermRemove,
)
from app.routers.deps import ActorDep, Router, SessionDep, one, page, requires
from app.services import office_terms, office_terms_change, office_terms_record

router = Router("/v1/office-terms", "office terms")


@router.get("", response_model=Page[OfficeTermRead], **requires(Permission.offices_read))
async def list_office_terms(
    request: Request,
    session: SessionDep,
    actor: ActorDep,
    query: Annotated[office_terms.OfficeTermsQuery, Query()],
) -> Response:
    """Terms in your branches, the latest first, with their standing today or on a day."""
    return page(request, await office_terms.list_office_terms(session, actor, query))


@router.post("", status_code=201, response_model=OfficeTermDetail, **requires(Permission.offices_record, once=True))
async def create_office_term(session: SessionDep, actor: ActorDep, data: OfficeTermCreate) -> Response:
    """Record who holds an office. One that carries a role waits for another to confirm it from above."""
    made = await office_terms_record.create_office_term(session, actor, data)
    return one(made, status=201, location=f"/v1/office-terms/{made.id}")


@router.get("/{office_term_id}", response_model=OfficeTermDetail, **requires(Permission.offices_read))
async def get_office_term(session: SessionDep, actor: ActorDep, office_term_id: UUID) -> Response:
    """One term, with what you may do to it."""
    return one(await office_terms.get_office_term(session, actor, office_term_id))


@router.post(
    "/{office_term_id}/confirm",
    response_model=OfficeTermDetail,
    **requires(Permission.offices_confirm, once=True),
)
async def confirm_office_term(session: SessionDep, actor: ActorDep, office_term_id: UUID) -> Response:
    """Confirm a term from above its unit: never what you recorded yourself, never for yourself."""
    return one(await office_terms_change.confirm_office_term(session, actor, office_term_id))


@router.post(
    "/{office_term_id}/refuse",
    response_model=OfficeTermDetail,
    **requires(Permission.offices_confirm, once=True),
)
async def refuse_office_term(
    session: SessionDep, actor: ActorDep, office_term_id: UUID, data: OfficeTermRefuse
) -> Response:
    """Refuse a term from above its unit, saying why."""
    return one(await office_terms_change.refuse_office_term(session, actor, office_term_id, data.reason))


@router.post("/{office_term_id}/end", response_model=OfficeTermDetail, **requires(Permission.offices_record, once=True))
async def end_office_term(session: SessionDep, actor: ActorDep, office_term_id: UUID, data: OfficeTermEnd) -> Response:
    """End a running term, at once or on a day; what the office carries ends with it."""
    return one(await office_terms_change.end_office_term(session, actor, office_term_id, data))


@router.post(
    "/{office_term_id}/remove",
    response_model=OfficeTermDetail,
    **requires(Permission.offices_record, once=True),
)
async def remove_office_term(
    session: SessionDep, actor: ActorDep, office_term_id: UUID, data: OfficeTermRemove
) -> Response:
    """Take somebody out of office at once, or withdraw a term that was proposed or is to come."""
    return one(await office_terms_change.remove_office_term(session, actor, office_term_id, data.reason))
