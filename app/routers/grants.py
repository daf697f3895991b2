"""/v1/grants: roles given to accounts at units, proposed by one person and confirmed by another."""

from typing import Annotated
from uuid import UUID

from fastapi import Query, Request
from starlette.responses import Response

from app.core.paging import Page
from app.core.permissions import Permission
from app.models.accounts import GrantCreate, GrantDetail, GrantEnd, GrantRead, GrantRefuse
from app.routers.deps import ActorDep, Router, SessionDep, one, page, requires
from app.services import grants

router = Router("/v1/grants", "grants")


@router.get("", response_model=Page[GrantRead], **requires(Permission.grants_read))
async def list_grants(
    request: Request, session: SessionDep, actor: ActorDep, query: Annotated[grants.GrantsQuery, Query()]
) -> Response:
    """Roles given in your units, the newest first. What carries them by office stands with the offices."""
    return page(request, await grants.list_grants(session, actor, query))


@router.post("", status_code=201, response_model=GrantDetail, **requires(Permission.grants_give, once=True))
async def create_grant(session: SessionDep, actor: ActorDep, data: GrantCreate) -> Response:
    """Give a role. One that carries members' data stays proposed until a second person confirms it."""
    made = await grants.create_grant(session, actor, data)
    return one(made, status=201, location=f"/v1/grants/{made.id}")


@router.get("/{grant_id}", response_model=GrantDetail, **requires(Permission.grants_read))
async def get_grant(session: SessionDep, actor: ActorDep, grant_id: UUID) -> Response:
    """One grant, with what you may do."""
    return one(await grants.get_grant(session, actor, grant_id))


@router.post("/{grant_id}/confirm", response_model=GrantDetail, **requires(Permission.grants_confirm, once=True))
async def confirm_grant(session: SessionDep, actor: ActorDep, grant_id: UUID) -> Response:
    """Confirm as a second person, neither proposer nor holder. It takes effect within a second."""
    return one(await grants.confirm_grant(session, actor, grant_id))


@router.post("/{grant_id}/refuse", response_model=GrantDetail, **requires(Permission.grants_confirm, once=True))
async def refuse_grant(session: SessionDep, actor: ActorDep, grant_id: UUID, data: GrantRefuse) -> Response:
    """Turn a proposal down, and say why."""
    return one(await grants.refuse_grant(session, actor, grant_id, data))


@router.post("/{grant_id}/end", response_model=GrantDetail, **requires(Permission.grants_give, once=True))
async def end_grant(session: SessionDep, actor: ActorDep, grant_id: UUID, data: GrantEnd) -> Response:
    """End a grant, or withdraw a proposal, and say why.

    The power is gone within a second. Nobody ends their own.
    """
    return one(await grants.end_grant(session, actor, grant_id, data))
