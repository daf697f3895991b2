"""/v1/certificates: who completed which course, and until when that holds."""

from typing import Annotated, Any
from uuid import UUID

from fastapi import Query, Request
from starlette.responses import Response

from app.core.paging import Page
from app.core.permissions import Permission
from app.models.training_shapes import CertificateRead
from app.routers.deps import ActorDep, Router, SessionDep, one, page, requires
from app.services import certificates
from app.services.certificates.document import MEDIA_TYPE, write_certificate

router = Router("/v1/certificates", "training")
READS = requires(Permission.organising_read)
Asked = Annotated[certificates.CertificatesQuery, Query()]
PDF: dict[str, Any] = {
    "response_class": Response,
    "responses": {200: {"description": "A document.", "content": {MEDIA_TYPE: {}}}},
}


@router.get("", response_model=Page[CertificateRead], **READS)
async def list_certificates(request: Request, session: SessionDep, actor: ActorDep, query: Asked) -> Response:
    """Certificates of your units' people, and from your units' sessions."""
    return page(request, await certificates.list_certificates(session, actor, query))


@router.get("/{certificate_id}", response_model=CertificateRead, **READS)
async def get_certificate(session: SessionDep, actor: ActorDep, certificate_id: UUID) -> Response:
    """A certificate."""
    return one(await certificates.get_certificate(session, actor, certificate_id))


@router.get("/{certificate_id}/document", **PDF, **READS)
async def get_certificate_document(session: SessionDep, actor: ActorDep, certificate_id: UUID) -> Response:
    """The certificate to be printed, in the language that the person prefers."""
    return Response(await write_certificate(session, actor, certificate_id), media_type=MEDIA_TYPE)
