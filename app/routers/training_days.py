"""/v1/me/training-days and /v1/training-days: what somebody owes to training in a year, and what they gave."""

from typing import Annotated

from fastapi import APIRouter, Query
from starlette.responses import Response

from app.core.permissions import Permission
from app.models.training_shapes import OwnTrainingDays, TrainingDays
from app.routers.deps import ActorDep, Router, SessionDep, requires, signed_in, told
from app.services import training_days

own = Router("/v1/me/training-days", "training")
supervised = Router("/v1/training-days", "training")
routers: tuple[APIRouter, ...] = (own, supervised)


@own.get("", response_model=OwnTrainingDays, **signed_in())
async def get_own_training_days(
    session: SessionDep, actor: ActorDep, query: Annotated[training_days.DaysQuery, Query()]
) -> Response:
    """Your own days: ten a year pro rata your hours, and what you gave to which session."""
    return told(await training_days.get_own_days(session, actor, query))


@supervised.get("", response_model=TrainingDays, **requires(Permission.supervision_read))
async def list_training_days(
    session: SessionDep, actor: ActorDep, query: Annotated[training_days.SupervisedQuery, Query()]
) -> Response:
    """Of each organiser whom you supervise: what they owe in a year, and what they gave."""
    return told(await training_days.list_days(session, actor, query))
