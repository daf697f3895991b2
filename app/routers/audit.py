"""/v1/audit: the trail of changes, and the proof that it is whole."""

from typing import Annotated

from fastapi import Query, Request
from starlette.responses import Response

from app.core.paging import Page
from app.core.permissions import Permission
from app.models.audit import AuditRead, AuditVerification
from app.routers.deps import ActorDep, Router, SessionDep, page, requires
from app.services import audit

router = Router("/v1/audit", "audit")


@router.get("", response_model=Page[AuditRead], **requires(Permission.audit_read))
async def list_audit_entries(
    request: Request, session: SessionDep, actor: ActorDep, query: Annotated[audit.AuditQuery, Query()]
) -> Response:
    """Who did what to which record in your units, newest first; what is walled off from you is left out."""
    return page(request, await audit.list_entries(session, actor, query))


@router.post("/verify", response_model=AuditVerification, **requires(Permission.audit_read))
async def verify_audit_trail(session: SessionDep, actor: ActorDep) -> AuditVerification:
    """Compute every seal anew. Needs the right to read the trail of the whole organisation."""
    return await audit.verify_trail(session, actor)
