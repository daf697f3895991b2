"""/v1/power-analyses/{id}: the map as a graph and as a picture, and who of ours can reach whom."""

from typing import Annotated
from uuid import UUID

from fastapi import Query
from starlette.responses import Response

from app.core.permissions import Permission
from app.models.power_analyses_shapes import PowerGraph, PowerReach
from app.routers.deps import DRAWN, ActorDep, Router, SessionDep, drawn, requires, told
from app.services import power_map

router = Router("/v1/power-analyses/{analysis_id}", "organising")
READS = requires(Permission.organising_read)


@router.get("/graph", response_model=PowerGraph, **READS)
async def get_power_graph(session: SessionDep, actor: ActorDep, analysis_id: UUID) -> Response:
    """The whole map as nodes and edges."""
    return told(await power_map.get_graph(session, actor, analysis_id))


@router.get("/map", **DRAWN, **READS)
async def get_power_map(session: SessionDep, actor: ActorDep, analysis_id: UUID) -> Response:
    """The map as a picture: across it the positions, up it the influence, and the ties by their kind."""
    return drawn(await power_map.draw_map(session, actor, analysis_id))


@router.get("/reach", response_model=PowerReach, **READS)
async def get_power_reach(
    session: SessionDep,
    actor: ActorDep,
    analysis_id: UUID,
    to: Annotated[UUID, Query(description="The actor who is to be reached.")],
) -> Response:
    """The nearest way from us to an actor, and whom nobody of ours can reach."""
    return told(await power_map.get_reach(session, actor, analysis_id, to))
