"""/v1/access-log, /v1/me/access-log and /v1/me/who-can-see: who has read what, and who could."""

from typing import Annotated

from fastapi import Query, Request
from starlette.responses import Response

from app.core.paging import Page
from app.core.permissions import Permission
from app.models.audit import AccessRead, OwnAccessRead, WhoCanSeeRead
from app.routers.deps import ActorDep, Router, SessionDep, page, requires, signed_in, told
from app.services import access_log

router = Router("/v1", "access log")


@router.get("/access-log", response_model=Page[AccessRead], **requires(Permission.access_log_read))
async def list_access_log(
    request: Request,
    session: SessionDep,
    actor: ActorDep,
    query: Annotated[access_log.AccessLogQuery, Query()],
) -> Response:
    """Who read which record, searched or exported in your units, the newest first."""
    return page(request, await access_log.list_access(session, actor, query))


@router.get("/me/access-log", response_model=Page[OwnAccessRead], **signed_in(own_record=True))
async def list_own_access(
    request: Request,
    session: SessionDep,
    actor: ActorDep,
    query: Annotated[access_log.OwnAccessQuery, Query()],
) -> Response:
    """Who has read your record, in which office, through what and for what; and exports that may have held it."""
    return page(request, await access_log.list_own_access(session, actor, query))


@router.get("/me/who-can-see", response_model=WhoCanSeeRead, **signed_in(own_record=True))
async def list_who_can_see(session: SessionDep, actor: ActorDep) -> Response:
    """Everybody who can see your record today, by office or grant. Nobody, where you have no record."""
    return told(await access_log.list_who_can_see(session, actor))
