"""/v1/campaigns/{id}/objectives and /v1/objectives: what is measured."""

from typing import Annotated
from uuid import UUID

from fastapi import Query, Request
from starlette.responses import Response

from app.core.paging import Page
from app.core.permissions import Permission
from app.models.campaigns_objectives import (
    MeasurementRead,
    ObjectiveCreate,
    ObjectiveMeasure,
    ObjectiveRead,
    ObjectiveStepped,
    ObjectiveUpdate,
)
from app.routers.deps import ActorDep, Router, SessionDep, VersionDep, VersionIfSentDep, one, page, requires
from app.services import campaigns_objectives as objectives

router = Router("/v1", "organising")
LIST = "/campaigns/{campaign_id}/objectives"
ONE = "/objectives/{objective_id}"
READS, CHANGES = requires(Permission.organising_read), requires(Permission.organising_run)
RUNS = requires(Permission.organising_run, once=True)


@router.post(LIST, status_code=201, response_model=ObjectiveStepped, **RUNS)
async def create_objective(session: SessionDep, actor: ActorDep, campaign_id: UUID, data: ObjectiveCreate) -> Response:
    """Set an objective: in what it is measured, from where and towards where."""
    made = await objectives.create_objective(session, actor, campaign_id, data)
    return one(made, status=201, location=f"/v1/objectives/{made.id}")


@router.get(LIST, response_model=Page[ObjectiveRead], **READS)
async def list_objectives(
    request: Request,
    session: SessionDep,
    actor: ActorDep,
    campaign_id: UUID,
    query: Annotated[objectives.ObjectivesQuery, Query()],
) -> Response:
    """Objectives of a campaign, each with what was measured last."""
    return page(request, await objectives.list_objectives(session, actor, campaign_id, query))


@router.get(ONE, response_model=ObjectiveStepped, **READS)
async def get_objective(session: SessionDep, actor: ActorDep, objective_id: UUID) -> Response:
    """An objective, with what was measured last."""
    return one(await objectives.get_objective(session, actor, objective_id))


@router.patch(ONE, response_model=ObjectiveStepped, **CHANGES)
async def update_objective(
    session: SessionDep, actor: ActorDep, objective_id: UUID, data: ObjectiveUpdate, version: VersionDep
) -> Response:
    """Correct an objective."""
    return one(await objectives.change_objective(session, actor, objective_id, data, version=version))


@router.post(f"{ONE}/measure", response_model=ObjectiveStepped, **RUNS)
async def measure_objective(
    session: SessionDep, actor: ActorDep, objective_id: UUID, data: ObjectiveMeasure, version: VersionIfSentDep
) -> Response:
    """Record what was measured. Of one day the last measurement counts."""
    return one(await objectives.measure_objective(session, actor, objective_id, data, version=version))


@router.get(f"{ONE}/measurements", response_model=Page[MeasurementRead], **READS)
async def list_measurements(
    request: Request,
    session: SessionDep,
    actor: ActorDep,
    objective_id: UUID,
    query: Annotated[objectives.MeasurementsQuery, Query()],
) -> Response:
    """Everything that was measured, the latest day first."""
    return page(request, await objectives.list_measurements(session, actor, objective_id, query))


@router.post(f"{ONE}/drop", response_model=ObjectiveStepped, **RUNS)
async def drop_objective(
    session: SessionDep, actor: ActorDep, objective_id: UUID, version: VersionIfSentDep
) -> Response:
    """Pursue it no longer."""
    return one(await objectives.drop_objective(session, actor, objective_id, version=version))


@router.post(f"{ONE}/restore", response_model=ObjectiveStepped, **RUNS)
async def restore_objective(
    session: SessionDep, actor: ActorDep, objective_id: UUID, version: VersionIfSentDep
) -> Response:
    """Pursue it again."""
    return one(await objectives.restore_objective(session, actor, objective_id, version=version))
