"""/v1/transfers: a member moves from one branch to another, asked by one side and accepted by the other."""

from typing import Annotated
from uuid import UUID

from fastapi import Query, Request
from starlette.responses import Response

from app.core.paging import Page
from app.core.permissions import Permission
from app.models.transfers import TransferCreate, TransferDetail, TransferRead, TransferRefuse
from app.routers.deps import ActorDep, Router, SessionDep, VersionIfSentDep, one, page, requires
from app.services import transfers

router = Router("/v1/transfers", "transfers")
ONCE = requires(Permission.members_transfer, once=True)


@router.get("", response_model=Page[TransferRead], **requires(Permission.members_read))
async def list_transfers(
    request: Request,
    session: SessionDep,
    actor: ActorDep,
    query: Annotated[transfers.TransfersQuery, Query()],
) -> Response:
    """Transfers into and out of your branches, the newest first."""
    return page(request, await transfers.list_transfers(session, actor, query))


@router.post("", status_code=201, response_model=TransferDetail, **ONCE)
async def create_transfer(session: SessionDep, actor: ActorDep, data: TransferCreate) -> Response:
    """Ask that a member of yours move to another branch, which accepts or refuses."""
    made = await transfers.create_transfer(session, actor, data)
    return one(made, status=201, location=f"/v1/transfers/{made.id}")


@router.get("/{transfer_id}", response_model=TransferDetail, **requires(Permission.members_read))
async def get_transfer(session: SessionDep, actor: ActorDep, transfer_id: UUID) -> Response:
    """One transfer, with what you may do."""
    return one(await transfers.get_transfer(session, actor, transfer_id))


@router.post("/{transfer_id}/accept", response_model=TransferDetail, **ONCE)
async def accept_transfer(
    session: SessionDep, actor: ActorDep, transfer_id: UUID, version: VersionIfSentDep
) -> Response:
    """Take the member into your branch, at once. Their offices in the units they leave end."""
    return one(await transfers.accept_transfer(session, actor, transfer_id, version=version))


@router.post("/{transfer_id}/refuse", response_model=TransferDetail, **ONCE)
async def refuse_transfer(
    session: SessionDep, actor: ActorDep, transfer_id: UUID, data: TransferRefuse, version: VersionIfSentDep
) -> Response:
    """Refuse to take the member in, with the reason that the other branch will read."""
    return one(await transfers.refuse_transfer(session, actor, transfer_id, data, version=version))


@router.post("/{transfer_id}/withdraw", response_model=TransferDetail, **ONCE)
async def withdraw_transfer(
    session: SessionDep, actor: ActorDep, transfer_id: UUID, version: VersionIfSentDep
) -> Response:
    """Take back a request of your branch that is not answered yet."""
    return one(await transfers.withdraw_transfer(session, actor, transfer_id, version=version))
