"""/v1/erasures: somebody is erased by two people, and it is certified what went, what stays and why."""

from typing import Annotated
from uuid import UUID

from fastapi import Query, Request
from starlette.responses import Response

from app.core.paging import Page
from app.core.permissions import Permission
from app.models.erasures import (
    ErasureDecided,
    ErasurePropose,
    ErasureRead,
    ErasureRefusal,
    ErasureSummary,
    ErasureWithdrawal,
)
from app.models.members import Language
from app.routers.deps import ActorDep, Router, SessionDep, VersionIfSentDep, one, page, requires
from app.services.erasures import cases, certificate

router = Router("/v1/erasures", "data protection")
READS, HANDLES = requires(Permission.privacy_read), requires(Permission.privacy_handle, once=True)
APPROVES = requires(Permission.privacy_approve, once=True)
Asked = Annotated[cases.ErasuresQuery, Query()]
InLanguage = Annotated[Language, Query(description="The language of its words.")]


@router.post("", status_code=201, response_model=ErasureDecided, **HANDLES)
async def propose_erasure(session: SessionDep, actor: ActorDep, data: ErasurePropose) -> Response:
    """Propose that somebody is erased. Nothing is, until somebody else of the team approves."""
    made = await cases.propose_erasure(session, actor, data)
    return one(made, status=201, location=f"/v1/erasures/{made.id}")


@router.get("", response_model=Page[ErasureSummary], **READS)
async def list_erasures(request: Request, session: SessionDep, actor: ActorDep, query: Asked) -> Response:
    """Erasures, the newest first."""
    return page(request, await cases.list_erasures(session, actor, query))


@router.get("/{erasure_id}", response_model=ErasureRead, **READS)
async def get_erasure(session: SessionDep, actor: ActorDep, erasure_id: UUID) -> Response:
    """An erasure: table by table what goes, what stays and why, and what forbids it as things stand. It is logged."""
    return one(await cases.get_erasure(session, actor, erasure_id))


@router.get(
    "/{erasure_id}/certificate",
    response_class=Response,
    responses={200: {"description": "The certificate.", "content": {certificate.MEDIA_TYPE: {}}}},
    **READS,
)
async def get_erasure_certificate(
    session: SessionDep, actor: ActorDep, erasure_id: UUID, language: InLanguage = Language.english
) -> Response:
    """The certificate as a document: what was erased, what stays and why, who proposed and approved it, and when."""
    pdf = await certificate.write_certificate(session, actor, erasure_id, language)
    headers = {"Content-Disposition": f'attachment; filename="erasure-{erasure_id}.pdf"'}
    return Response(pdf, 200, headers, media_type=certificate.MEDIA_TYPE)


@router.post("/{erasure_id}/approve", response_model=ErasureDecided, **APPROVES)
async def approve_erasure(
    session: SessionDep, actor: ActorDep, erasure_id: UUID, version: VersionIfSentDep
) -> Response:
    """Approve an erasure, as a second person. It is done at once, cannot be undone, and is done again in a restore."""
    return one(await cases.approve_erasure(session, actor, erasure_id, version=version))


@router.post("/{erasure_id}/refuse", response_model=ErasureDecided, **APPROVES)
async def refuse_erasure(
    session: SessionDep, actor: ActorDep, erasure_id: UUID, data: ErasureRefusal, version: VersionIfSentDep
) -> Response:
    """Turn a proposal down, as a second person, and say why."""
    return one(await cases.refuse_erasure(session, actor, erasure_id, data, version=version))


@router.post("/{erasure_id}/withdraw", response_model=ErasureDecided, **HANDLES)
async def withdraw_erasure(
    session: SessionDep, actor: ActorDep, erasure_id: UUID, data: ErasureWithdrawal, version: VersionIfSentDep
) -> Response:
    """Take a proposal back."""
    return one(await cases.withdraw_erasure(session, actor, erasure_id, data, version=version))
