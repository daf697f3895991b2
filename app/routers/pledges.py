"""/v1/pledges: what decision makers are asked for in public, what they answer, and whether they keep it."""

from typing import Annotated
from uuid import UUID

from fastapi import Query, Request
from starlette.responses import Response

from app.core.paging import Page
from app.core.permissions import Permission
from app.models.pledges_shapes import (
    DuePledges,
    PledgeAnswered,
    PledgeAsk,
    PledgeConfirm,
    PledgeDecided,
    PledgeRead,
    PledgeSeek,
    PledgeSettle,
    PledgeSummary,
    PledgeUpdate,
)
from app.routers.deps import ActorDep, Router, SessionDep, VersionDep, VersionIfSentDep, one, page, requires
from app.services import pledges, pledges_steps

router = Router("/v1/pledges", "organising")
READS, RUNS = requires(Permission.organising_read), requires(Permission.organising_run, once=True)
CHANGES = requires(Permission.organising_run)
Asked = Annotated[pledges.PledgesQuery, Query()]
DueAsked = Annotated[pledges.DueQuery, Query()]


@router.get("", response_model=Page[PledgeSummary], **READS)
async def list_pledges(request: Request, session: SessionDep, actor: ActorDep, query: Asked) -> Response:
    """Pledges, the newest first: those open, overdue or due before a day, of one decision maker, body or campaign."""
    return page(request, await pledges.list_pledges(session, actor, query))


@router.post("", status_code=201, response_model=PledgeDecided, **RUNS)
async def seek_pledge(session: SessionDep, actor: ActorDep, data: PledgeSeek) -> Response:
    """Put on record what is to be asked of a decision maker."""
    made = await pledges.seek_pledge(session, actor, data)
    return one(made, status=201, location=f"/v1/pledges/{made.id}")


@router.get("/due", response_model=DuePledges, **READS)
async def list_due_pledges(request: Request, session: SessionDep, actor: ActorDep, query: DueAsked) -> Response:
    """What was promised and is due by the day of an action, or of the next assembly."""
    return page(request, await pledges.list_due(session, actor, query))


@router.get("/{pledge_id}", response_model=PledgeRead, **READS)
async def get_pledge(session: SessionDep, actor: ActorDep, pledge_id: UUID) -> Response:
    """A pledge with its steps: what was said, and what proves it."""
    return one(await pledges.get_pledge(session, actor, pledge_id))


@router.patch("/{pledge_id}", response_model=PledgeDecided, **CHANGES)
async def update_pledge(
    session: SessionDep, actor: ActorDep, pledge_id: UUID, data: PledgeUpdate, version: VersionDep
) -> Response:
    """Word a question anew before it is asked, or move the day due."""
    return one(await pledges.update_pledge(session, actor, pledge_id, data, version=version))


@router.post("/{pledge_id}/ask", response_model=PledgeDecided, **RUNS)
async def ask_pledge(
    session: SessionDep, actor: ActorDep, pledge_id: UUID, data: PledgeAsk, version: VersionIfSentDep
) -> Response:
    """The question was asked in public: from then on it can be answered."""
    return one(await pledges_steps.ask_pledge(session, actor, pledge_id, data, version=version))


@router.post("/{pledge_id}/answer", response_model=PledgeDecided, **RUNS)
async def answer_pledge(
    session: SessionDep, actor: ActorDep, pledge_id: UUID, data: PledgeAnswered, version: VersionIfSentDep
) -> Response:
    """What they answered: yes, no, or neither, which may be answered again. Not before the question was asked."""
    return one(await pledges_steps.answer_pledge(session, actor, pledge_id, data, version=version))


@router.post("/{pledge_id}/confirm", response_model=PledgeDecided, **RUNS)
async def confirm_pledge(
    session: SessionDep, actor: ActorDep, pledge_id: UUID, data: PledgeConfirm, version: VersionIfSentDep
) -> Response:
    """The promise is proved, and has the day by which it is to be kept."""
    return one(await pledges_steps.confirm_pledge(session, actor, pledge_id, data, version=version))


@router.post("/{pledge_id}/keep", response_model=PledgeDecided, **RUNS)
async def keep_pledge(
    session: SessionDep, actor: ActorDep, pledge_id: UUID, data: PledgeSettle, version: VersionIfSentDep
) -> Response:
    """It was done as promised."""
    return one(await pledges_steps.settle_pledge(session, actor, pledge_id, "keep", data, version=version))


@router.post("/{pledge_id}/keep-in-part", response_model=PledgeDecided, **RUNS)
async def keep_pledge_in_part(
    session: SessionDep, actor: ActorDep, pledge_id: UUID, data: PledgeSettle, version: VersionIfSentDep
) -> Response:
    """It was done in part. It can still be kept, or broken."""
    return one(await pledges_steps.settle_pledge(session, actor, pledge_id, "keep_in_part", data, version=version))


@router.post("/{pledge_id}/break", response_model=PledgeDecided, **RUNS)
async def break_pledge(
    session: SessionDep, actor: ActorDep, pledge_id: UUID, data: PledgeSettle, version: VersionIfSentDep
) -> Response:
    """It was not done."""
    return one(await pledges_steps.settle_pledge(session, actor, pledge_id, "break", data, version=version))


@router.post("/{pledge_id}/withdraw", response_model=PledgeDecided, **RUNS)
async def withdraw_pledge(
    session: SessionDep, actor: ActorDep, pledge_id: UUID, data: PledgeSettle, version: VersionIfSentDep
) -> Response:
    """They took it back, or it is no longer asked for."""
    return one(await pledges_steps.settle_pledge(session, actor, pledge_id, "withdraw", data, version=version))
