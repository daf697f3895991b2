"""/v1/nominations, and the verb of a leader that makes one: leaders who ought to be trained."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query, Request
from starlette.responses import Response

from app.core.paging import Page
from app.core.permissions import Permission
from app.models.training_shapes import (
    NominationAccept,
    NominationDetail,
    NominationItem,
    NominationRead,
    NominationSay,
)
from app.routers.deps import ActorDep, Router, SessionDep, VersionIfSentDep, one, page, requires
from app.services import nominations

of_leaders = Router("/v1/leaders", "leaders")
router = Router("/v1/nominations", "training")
routers: tuple[APIRouter, ...] = (of_leaders, router)
READS, ONCE = requires(Permission.meetings_read), requires(Permission.meetings_record, once=True)
Asked = Annotated[nominations.NominationsQuery, Query()]


@of_leaders.post("/{leader_id}/nominate", status_code=201, response_model=NominationRead, **ONCE)
async def nominate_leader(
    session: SessionDep, actor: ActorDep, leader_id: UUID, data: NominationSay, version: VersionIfSentDep
) -> Response:
    """Nominate a leader for a course, or for one session of it."""
    made = await nominations.nominate(session, actor, leader_id, data, version=version)
    return one(made, status=201, location=f"/v1/nominations/{made.id}")


@router.get("", response_model=Page[NominationItem], **READS)
async def list_nominations(request: Request, session: SessionDep, actor: ActorDep, query: Asked) -> Response:
    """Nominations of leaders in your reach."""
    return page(request, await nominations.list_nominations(session, actor, query))


@router.get("/{nomination_id}", response_model=NominationDetail, **READS)
async def get_nomination(session: SessionDep, actor: ActorDep, nomination_id: UUID) -> Response:
    """A nomination, and why."""
    return one(await nominations.get_nomination(session, actor, nomination_id))


@router.post("/{nomination_id}/accept", response_model=NominationRead, **ONCE)
async def accept_nomination(
    session: SessionDep, actor: ActorDep, nomination_id: UUID, data: NominationAccept, version: VersionIfSentDep
) -> Response:
    """They want it: they take their place in a session, or wait for one. Needs organising:run as well."""
    return one(await nominations.accept_nomination(session, actor, nomination_id, data, version=version))


@router.post("/{nomination_id}/decline", response_model=NominationRead, **ONCE)
async def decline_nomination(
    session: SessionDep, actor: ActorDep, nomination_id: UUID, version: VersionIfSentDep
) -> Response:
    """They do not want it, or cannot."""
    return one(await nominations.answer_nomination(session, actor, nomination_id, "decline", version=version))


@router.post("/{nomination_id}/withdraw", response_model=NominationRead, **ONCE)
async def withdraw_nomination(
    session: SessionDep, actor: ActorDep, nomination_id: UUID, version: VersionIfSentDep
) -> Response:
    """Take it back."""
    return one(await nominations.answer_nomination(session, actor, nomination_id, "withdraw", version=version))
