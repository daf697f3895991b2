"""/v1/decision-makers: public people who can give what a campaign asks for, and their offices."""

from typing import Annotated
from uuid import UUID

from fastapi import Query, Request
from starlette.responses import Response

from app.core.paging import Page
from app.core.permissions import Permission
from app.models.decision_makers import (
    DecisionMakerCreate,
    DecisionMakerMade,
    DecisionMakerRead,
    DecisionMakerSummary,
    DecisionMakerUpdate,
    OfficeHeld,
    OfficeHeldCreate,
    OfficeHeldEnd,
)
from app.routers.deps import ActorDep, Router, SessionDep, VersionDep, one, page, requires
from app.services import decision_makers

router = Router("/v1/decision-makers", "organising")
READS, RUNS = requires(Permission.organising_read), requires(Permission.organising_run, once=True)
CHANGES = requires(Permission.organising_run)
Asked = Annotated[decision_makers.DecisionMakersQuery, Query()]
OfficesAsked = Annotated[decision_makers.OfficesQuery, Query()]


@router.get("", response_model=Page[DecisionMakerSummary], **READS)
async def list_decision_makers(request: Request, session: SessionDep, actor: ActorDep, query: Asked) -> Response:
    """Decision makers by name, with the offices that they hold on the day."""
    return page(request, await decision_makers.list_decision_makers(session, actor, query))


@router.post("", status_code=201, response_model=DecisionMakerMade, **RUNS)
async def create_decision_maker(session: SessionDep, actor: ActorDep, data: DecisionMakerCreate) -> Response:
    """Put a public person on record. Others of the same name in the unit are told of."""
    made = await decision_makers.create_decision_maker(session, actor, data)
    return one(made, status=201, location=f"/v1/decision-makers/{made.id}")


@router.get("/{decision_maker_id}", response_model=DecisionMakerRead, **READS)
async def get_decision_maker(session: SessionDep, actor: ActorDep, decision_maker_id: UUID) -> Response:
    """A decision maker with every office."""
    return one(await decision_makers.get_decision_maker(session, actor, decision_maker_id))


@router.patch("/{decision_maker_id}", response_model=DecisionMakerSummary, **CHANGES)
async def update_decision_maker(
    session: SessionDep, actor: ActorDep, decision_maker_id: UUID, data: DecisionMakerUpdate, version: VersionDep
) -> Response:
    """Correct what is on record of a decision maker."""
    return one(await decision_makers.update_decision_maker(session, actor, decision_maker_id, data, version=version))


@router.get("/{decision_maker_id}/offices", response_model=Page[OfficeHeld], **READS)
async def list_decision_maker_offices(
    request: Request, session: SessionDep, actor: ActorDep, decision_maker_id: UUID, query: OfficesAsked
) -> Response:
    """The offices that one holds and held, or those of a day."""
    return page(request, await decision_makers.list_offices(session, actor, decision_maker_id, query))


@router.post("/{decision_maker_id}/offices", status_code=201, response_model=OfficeHeld, **RUNS)
async def add_decision_maker_office(
    session: SessionDep, actor: ActorDep, decision_maker_id: UUID, data: OfficeHeldCreate
) -> Response:
    """Record an office that a decision maker holds or held."""
    return one(await decision_makers.add_office(session, actor, decision_maker_id, data), status=201)


@router.post("/{decision_maker_id}/offices/{office_id}/end", response_model=OfficeHeld, **RUNS)
async def end_decision_maker_office(
    session: SessionDep, actor: ActorDep, decision_maker_id: UUID, office_id: UUID, data: OfficeHeldEnd
) -> Response:
    """Say on which day an office ended, or ends."""
    return one(await decision_makers.end_office(session, actor, decision_maker_id, office_id, data))
