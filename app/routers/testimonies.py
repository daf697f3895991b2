"""/v1/testimonies: what people told of their own lives, and their consent to its use."""

from typing import Annotated
from uuid import UUID

from fastapi import Query, Request
from starlette.responses import Response

from app.core.paging import Page
from app.core.permissions import Permission
from app.models.consents_to_use import ConsentGiven
from app.models.testimonies import (
    ConsentWithdrawal,
    SpecialRead,
    TestimonyCreate,
    TestimonyRead,
    TestimonyStepped,
    TestimonySummary,
    TestimonyUseCreate,
)
from app.routers.deps import ActorDep, Router, SessionDep, VersionIfSentDep, one, page, requires, told
from app.services import testimonies

router = Router("/v1", "organising")
LIST = "/testimonies"
ONE = f"{LIST}/{{testimony_id}}"
READS = requires(Permission.meetings_read)
RECORDS = requires(Permission.meetings_record, once=True)


@router.post(LIST, status_code=201, response_model=TestimonyStepped, **RECORDS)
async def create_testimony(session: SessionDep, actor: ActorDep, data: TestimonyCreate) -> Response:
    """Take a testimony with its consent, in one call with somebody new. Special details need explicit consent."""
    made = await testimonies.create_testimony(session, actor, data)
    return one(made, status=201, location=f"/v1{LIST}/{made.id}")


@router.get(LIST, response_model=Page[TestimonySummary], **READS)
async def list_testimonies(
    request: Request, session: SessionDep, actor: ActorDep, query: Annotated[testimonies.TestimoniesQuery, Query()]
) -> Response:
    """Testimonies without what was told, the latest first."""
    return page(request, await testimonies.list_testimonies(session, actor, query))


@router.get(ONE, response_model=TestimonyRead, **READS)
async def get_testimony(session: SessionDep, actor: ActorDep, testimony_id: UUID) -> Response:
    """A testimony as it was told, while its consent holds, and its uses. The read is logged."""
    return one(await testimonies.get_testimony(session, actor, testimony_id))


@router.get(f"{ONE}/special", response_model=SpecialRead, **READS)
async def get_special_details(session: SessionDep, actor: ActorDep, testimony_id: UUID) -> Response:
    """Its special details, for whoever took it and for supervision. The read is logged by itself."""
    return told(await testimonies.get_special(session, actor, testimony_id))


@router.post(f"{ONE}/use", response_model=TestimonyStepped, **RECORDS)
async def use_testimony(
    session: SessionDep, actor: ActorDep, testimony_id: UUID, data: TestimonyUseCreate, version: VersionIfSentDep
) -> Response:
    """Record a use. Refused where consent does not reach so far."""
    return one(await testimonies.use_testimony(session, actor, testimony_id, data, version=version))


@router.post(f"{ONE}/renew-consent", response_model=TestimonyStepped, **RECORDS)
async def renew_testimony_consent(
    session: SessionDep, actor: ActorDep, testimony_id: UUID, data: ConsentGiven, version: VersionIfSentDep
) -> Response:
    """Record another consent in the place of the one before: for other uses, or for longer."""
    return one(await testimonies.renew_consent(session, actor, testimony_id, data, version=version))


@router.post(f"{ONE}/withdraw", response_model=TestimonyStepped, **RECORDS)
async def withdraw_testimony(
    session: SessionDep, actor: ActorDep, testimony_id: UUID, data: ConsentWithdrawal, version: VersionIfSentDep
) -> Response:
    """Record that the consent is taken back. What was told is gone; where it was used stays on record."""
    return one(await testimonies.withdraw_testimony(session, actor, testimony_id, data, version=version))
