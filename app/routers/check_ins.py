"""/v1/check-ins: people who come to an action, checked in by whoever has its code, signed in or not."""

from typing import Annotated
from uuid import UUID

from fastapi import Depends, Request
from starlette.responses import Response

from app.core.actor import Actor
from app.core.permissions import Permission
from app.models.check_ins import CheckInBatch, CheckInCodeMade, CheckInOpen, CheckInSheet, CheckInsTold
from app.routers.deps import (
    ACCESS_COOKIE,
    ActorDep,
    DatabaseDep,
    Router,
    SessionDep,
    VersionIfSentDep,
    address_of,
    current_actor,
    public,
    requires,
    told,
)
from app.routers.reading import given
from app.services import check_ins

router = Router("/v1/check-ins", "organising")
code_router = Router("/v1/actions/{action_id}/check-in-code", "organising")
#: Without a key for repeats: its answer holds a code that is told once, and what is lost is made anew.
RUNS = requires(Permission.organising_run)


@given
async def _sender(request: Request) -> Actor | None:
    """Whoever is signed in. Raises `Unauthenticated` for a credential that is no longer good."""
    is_somebody = "authorization" in request.headers or ACCESS_COOKIE in request.cookies
    return await current_actor(request) if is_somebody else None


@code_router.post("", status_code=201, response_model=CheckInCodeMade, **RUNS)
async def make_check_in_code(
    session: SessionDep, actor: ActorDep, action_id: UUID, version: VersionIfSentDep
) -> Response:
    """A new code for the check-in of an action, told in this answer alone. The one before it ends."""
    return told(await check_ins.make_code(session, actor, action_id, version=version), 201)


@router.post("/open", response_model=CheckInSheet, **public())
async def open_check_in(request: Request, database: DatabaseDep, data: CheckInOpen) -> Response:
    """What a device needs before it goes offline: the action and who takes part. Throttled by address."""
    return told(await check_ins.open_sheet(database, data, address=address_of(request)))


@router.post("", response_model=CheckInsTold, **public())
async def check_in(
    request: Request, database: DatabaseDep, sender: Annotated[Actor | None, Depends(_sender)], data: CheckInBatch
) -> Response:
    """Check people in, up to 500 at once, whenever the device is online again. Throttled by address.

    What is sent twice is kept once; of each it is told what became of it, and what is right is kept whatever else is
    sent with it. Whoever is signed in and may run the action can name people; otherwise they are numbers.
    """
    return told(await check_ins.check_in(database, sender, data, address=address_of(request)))


routers = (code_router, router)
