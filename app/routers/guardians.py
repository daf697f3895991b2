"""/v1/guardian-consents: that the guardian of somebody under 18 consents."""

from typing import Annotated
from uuid import UUID

from fastapi import Query, Request
from starlette.responses import Response

from app.core.paging import Page
from app.core.permissions import Permission
from app.models.guardians import (
    GuardianConsentCreate,
    GuardianConsentDetail,
    GuardianConsentItem,
    GuardianConsentRead,
    GuardianConsentWithdraw,
)
from app.routers.deps import ActorDep, Router, SessionDep, VersionIfSentDep, one, page, requires
from app.services import guardians

router = Router("/v1/guardian-consents", "one-to-ones")
READ = requires(Permission.meetings_read)
ONCE = requires(Permission.meetings_record, once=True)


@router.get("", response_model=Page[GuardianConsentItem], **READ)
async def list_guardian_consents(
    request: Request,
    session: SessionDep,
    actor: ActorDep,
    query: Annotated[guardians.GuardianConsentsQuery, Query()],
) -> Response:
    """Consents of guardians, without their names, the latest first."""
    return page(request, await guardians.list_consents(session, actor, query))


@router.post("", status_code=201, response_model=GuardianConsentRead, **ONCE)
async def create_guardian_consent(session: SessionDep, actor: ActorDep, data: GuardianConsentCreate) -> Response:
    """Record that a guardian consents, and to what."""
    made = await guardians.create_consent(session, actor, data)
    return one(made, status=201, location=f"/v1/guardian-consents/{made.id}")


@router.get("/{consent_id}", response_model=GuardianConsentDetail, **READ)
async def get_guardian_consent(session: SessionDep, actor: ActorDep, consent_id: UUID) -> Response:
    """One consent, with who gave it and to what. The read is logged."""
    return one(await guardians.get_consent(session, actor, consent_id))


@router.post("/{consent_id}/withdraw", response_model=GuardianConsentRead, **ONCE)
async def withdraw_guardian_consent(
    session: SessionDep, actor: ActorDep, consent_id: UUID, data: GuardianConsentWithdraw, version: VersionIfSentDep
) -> Response:
    """End a consent: nothing more is recorded under it."""
    return one(await guardians.withdraw_consent(session, actor, consent_id, data, version=version))
