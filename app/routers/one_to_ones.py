"""/v1/one-to-ones: relational meetings of organisers, and their notes by tier."""

from typing import Annotated
from uuid import UUID

from fastapi import Query, Request
from starlette.responses import Response

from app.core.paging import Page
from app.core.permissions import Permission
from app.models.one_to_ones_shapes import (
    NextStepSettle,
    NotesForm,
    NotesWrite,
    OneToOneCreate,
    OneToOneDetail,
    OneToOneHold,
    OneToOneItem,
    OneToOneRead,
    OneToOneReschedule,
    OneToOneUpdate,
    TierSet,
)
from app.routers.deps import (
    ActorDep,
    Router,
    SessionDep,
    VersionDep,
    VersionIfSentDep,
    one,
    page,
    requires,
    signed_in,
    told,
)
from app.services import one_to_ones
from app.services.one_to_ones_form import get_form

router = Router("/v1/one-to-ones", "one-to-ones")
READ = requires(Permission.meetings_read)
WRITE = requires(Permission.meetings_record)
ONCE = requires(Permission.meetings_record, once=True)
#: For its organiser alone, whom no role makes: the service judges.
OWN = signed_in(once=True)


@router.get("", response_model=Page[OneToOneItem], **READ)
async def list_one_to_ones(
    request: Request,
    session: SessionDep,
    actor: ActorDep,
    query: Annotated[one_to_ones.OneToOnesQuery, Query()],
) -> Response:
    """One-to-ones in your units, without their notes, the latest first."""
    return page(request, await one_to_ones.list_one_to_ones(session, actor, query))


@router.post("", status_code=201, response_model=OneToOneRead, **ONCE)
async def create_one_to_one(session: SessionDep, actor: ActorDep, data: OneToOneCreate) -> Response:
    """Record a one-to-one of yours in one call: the person and the institution, new or known, notes and next step."""
    made = await one_to_ones.create_one_to_one(session, actor, data)
    return one(made, status=201, location=f"/v1/one-to-ones/{made.id}")


@router.get("/form", response_model=NotesForm, **READ)
async def get_notes_form(
    session: SessionDep,
    actor: ActorDep,
    branch_id: Annotated[UUID, Query(description="The unit at which the one-to-one will be recorded.")],
) -> Response:
    """What the person is told before anything is noted: who reads it, by tier, and that it is theirs to have."""
    return told(await get_form(session, actor, branch_id))


@router.get("/{one_to_one_id}", response_model=OneToOneDetail, **READ)
async def get_one_to_one(session: SessionDep, actor: ActorDep, one_to_one_id: UUID) -> Response:
    """One of them, with its notes if they are yours to read. Both reads are logged."""
    return one(await one_to_ones.get_one_to_one(session, actor, one_to_one_id))


@router.patch("/{one_to_one_id}", response_model=OneToOneRead, **WRITE)
async def update_one_to_one(
    session: SessionDep, actor: ActorDep, one_to_one_id: UUID, data: OneToOneUpdate, version: VersionDep
) -> Response:
    """Correct what it was for and how long it took."""
    return one(await one_to_ones.update_one_to_one(session, actor, one_to_one_id, data, version=version))


@router.post("/{one_to_one_id}/reschedule", response_model=OneToOneRead, **ONCE)
async def reschedule_one_to_one(
    session: SessionDep, actor: ActorDep, one_to_one_id: UUID, data: OneToOneReschedule, version: VersionIfSentDep
) -> Response:
    """Give it another day."""
    return one(await one_to_ones.reschedule(session, actor, one_to_one_id, data, version=version))


@router.post("/{one_to_one_id}/hold", response_model=OneToOneRead, **ONCE)
async def hold_one_to_one(
    session: SessionDep, actor: ActorDep, one_to_one_id: UUID, data: OneToOneHold, version: VersionIfSentDep
) -> Response:
    """It was held; notes and next step are its organiser's to add."""
    return one(await one_to_ones.hold(session, actor, one_to_one_id, data, version=version))


@router.post("/{one_to_one_id}/miss", response_model=OneToOneRead, **ONCE)
async def miss_one_to_one(
    session: SessionDep, actor: ActorDep, one_to_one_id: UUID, version: VersionIfSentDep
) -> Response:
    """Somebody did not come."""
    return one(await one_to_ones.leave_off(session, actor, one_to_one_id, "miss", version=version))


@router.post("/{one_to_one_id}/cancel", response_model=OneToOneRead, **ONCE)
async def cancel_one_to_one(
    session: SessionDep, actor: ActorDep, one_to_one_id: UUID, version: VersionIfSentDep
) -> Response:
    """It was called off."""
    return one(await one_to_ones.leave_off(session, actor, one_to_one_id, "cancel", version=version))


@router.post("/{one_to_one_id}/write-notes", response_model=OneToOneRead, **OWN)
async def write_notes(
    session: SessionDep, actor: ActorDep, one_to_one_id: UUID, data: NotesWrite, version: VersionIfSentDep
) -> Response:
    """Write its notes later, or anew; its organiser alone does."""
    return one(await one_to_ones.write_notes_of(session, actor, one_to_one_id, data, version=version))


@router.post("/{one_to_one_id}/next-step/keep", response_model=OneToOneRead, **ONCE)
async def keep_next_step(
    session: SessionDep, actor: ActorDep, one_to_one_id: UUID, data: NextStepSettle, version: VersionIfSentDep
) -> Response:
    """What was to follow did."""
    settled = await one_to_ones.settle_next_step(session, actor, one_to_one_id, "keep_next_step", data, version=version)
    return one(settled)


@router.post("/{one_to_one_id}/next-step/miss", response_model=OneToOneRead, **ONCE)
async def miss_next_step(
    session: SessionDep, actor: ActorDep, one_to_one_id: UUID, data: NextStepSettle, version: VersionIfSentDep
) -> Response:
    """What was to follow did not."""
    settled = await one_to_ones.settle_next_step(session, actor, one_to_one_id, "miss_next_step", data, version=version)
    return one(settled)


@router.post("/{one_to_one_id}/tier", response_model=OneToOneRead, **OWN)
async def set_tier(
    session: SessionDep, actor: ActorDep, one_to_one_id: UUID, data: TierSet, version: VersionIfSentDep
) -> Response:
    """Say who reads the notes from now on: fewer at once, more once the person was told."""
    return one(await one_to_ones.set_tier(session, actor, one_to_one_id, data, version=version))
