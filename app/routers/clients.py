"""/v1/clients: the software through which accounts act, and what it may do at most."""

from typing import Annotated
from uuid import UUID

from fastapi import Query, Request
from starlette.responses import Response

from app.core.paging import Page
from app.core.permissions import Permission
from app.models.accounts import ClientCreate, ClientDetail, ClientRead, ClientUpdate
from app.routers.deps import ActorDep, Router, SessionDep, VersionDep, one, page, requires
from app.services import clients

router = Router("/v1/clients", "clients")


@router.get("", response_model=Page[ClientRead], **requires(Permission.clients_read))
async def list_clients(
    request: Request, session: SessionDep, actor: ActorDep, query: Annotated[clients.ClientsQuery, Query()]
) -> Response:
    """The applications through which people act, by name unless you ask otherwise."""
    return page(request, await clients.list_clients(session, actor, query))


@router.post("", status_code=201, response_model=ClientDetail, **requires(Permission.clients_manage, once=True))
async def create_client(session: SessionDep, actor: ActorDep, data: ClientCreate) -> Response:
    """Register an application. Through it people may do what they may do anyway, as far as its scopes go."""
    made = await clients.create_client(session, actor, data)
    return one(made, status=201, location=f"/v1/clients/{made.id}")


@router.get("/{client_id}", response_model=ClientDetail, **requires(Permission.clients_read))
async def get_client(session: SessionDep, actor: ActorDep, client_id: UUID) -> Response:
    """One application, with what you may do."""
    return one(await clients.get_client(session, actor, client_id))


@router.patch("/{client_id}", response_model=ClientDetail, **requires(Permission.clients_manage))
async def update_client(
    session: SessionDep, actor: ActorDep, client_id: UUID, data: ClientUpdate, version: VersionDep
) -> Response:
    """Change the name, the scopes or the origins; scopes bind whoever is signed in within a second."""
    return one(await clients.update_client(session, actor, client_id, data, version=version))


@router.post("/{client_id}/revoke", response_model=ClientDetail, **requires(Permission.clients_manage, once=True))
async def revoke_client(session: SessionDep, actor: ActorDep, client_id: UUID) -> Response:
    """Shut an application out for good; every sign-in through it ends within a second."""
    return one(await clients.revoke_client(session, actor, client_id))
