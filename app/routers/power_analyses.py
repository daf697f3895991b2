"""/v1/power-analyses: the editions of a campaign's map of power, its actors and its ties."""

from typing import Annotated
from uuid import UUID

from fastapi import Query, Request
from starlette.responses import Response

from app.core.paging import Page
from app.core.permissions import Permission
from app.models.power_analyses_shapes import (
    PowerActorAdd,
    PowerActorRead,
    PowerActorUpdate,
    PowerAnalysisDraft,
    PowerAnalysisRead,
    PowerAnalysisSummary,
    PowerAnalysisUpdate,
    PowerTieAdd,
    PowerTieRead,
    PowerTieUpdate,
)
from app.routers.deps import ActorDep, Router, SessionDep, VersionDep, VersionIfSentDep, one, page, requires
from app.services import power_analyses, power_analyses_actors, power_analyses_ties

campaigns_router = Router("/v1/campaigns/{campaign_id}/power-analyses", "organising")
router = Router("/v1/power-analyses", "organising")
READS, RUNS = requires(Permission.organising_read), requires(Permission.organising_run, once=True)
CHANGES = requires(Permission.organising_run)
Asked = Annotated[power_analyses.PowerAnalysesQuery, Query()]
ActorsAsked = Annotated[power_analyses_actors.PowerActorsQuery, Query()]
TiesAsked = Annotated[power_analyses_ties.PowerTiesQuery, Query()]


@campaigns_router.get("", response_model=Page[PowerAnalysisSummary], **READS)
async def list_power_analyses(
    request: Request, session: SessionDep, actor: ActorDep, campaign_id: UUID, query: Asked
) -> Response:
    """The editions of a campaign's power analysis, the newest first."""
    return page(request, await power_analyses.list_power_analyses(session, actor, campaign_id, query))


@campaigns_router.post("", status_code=201, response_model=PowerAnalysisRead, **RUNS)
async def draft_power_analysis(
    session: SessionDep, actor: ActorDep, campaign_id: UUID, data: PowerAnalysisDraft
) -> Response:
    """Begin the next edition, with the actors and ties of the last one. One is a draft at a time."""
    made = await power_analyses.draft_power_analysis(session, actor, campaign_id, data)
    return one(made, status=201, location=f"/v1/power-analyses/{made.id}")


@router.get("/{analysis_id}", response_model=PowerAnalysisRead, **READS)
async def get_power_analysis(session: SessionDep, actor: ActorDep, analysis_id: UUID) -> Response:
    """One edition, with how many actors and ties it has."""
    return one(await power_analyses.get_power_analysis(session, actor, analysis_id))


@router.patch("/{analysis_id}", response_model=PowerAnalysisRead, **CHANGES)
async def update_power_analysis(
    session: SessionDep, actor: ActorDep, analysis_id: UUID, data: PowerAnalysisUpdate, version: VersionDep
) -> Response:
    """Give a draft another title, or any edition another day of review."""
    return one(await power_analyses.update_power_analysis(session, actor, analysis_id, data, version=version))


@router.post("/{analysis_id}/agree", response_model=PowerAnalysisRead, **RUNS)
async def agree_power_analysis(
    session: SessionDep, actor: ActorDep, analysis_id: UUID, version: VersionIfSentDep
) -> Response:
    """Agree on a draft. The edition agreed before it is superseded."""
    return one(await power_analyses.agree_power_analysis(session, actor, analysis_id, version=version))


@router.get("/{analysis_id}/actors", response_model=Page[PowerActorRead], **READS)
async def list_power_actors(
    request: Request, session: SessionDep, actor: ActorDep, analysis_id: UUID, query: ActorsAsked
) -> Response:
    """Who is on the map, the most influential first."""
    return page(request, await power_analyses_actors.list_actors(session, actor, analysis_id, query))


@router.post("/{analysis_id}/actors", status_code=201, response_model=PowerActorRead, **RUNS)
async def add_power_actor(session: SessionDep, actor: ActorDep, analysis_id: UUID, data: PowerActorAdd) -> Response:
    """Put somebody or something on the map of a draft."""
    return one(await power_analyses_actors.add_actor(session, actor, analysis_id, data), status=201)


@router.patch("/{analysis_id}/actors/{actor_id}", response_model=PowerActorRead, **CHANGES)
async def update_power_actor(
    session: SessionDep,
    actor: ActorDep,
    analysis_id: UUID,
    actor_id: UUID,
    data: PowerActorUpdate,
    version: VersionDep,
) -> Response:
    """Place an actor of a draft anew."""
    return one(await power_analyses_actors.update_actor(session, actor, analysis_id, actor_id, data, version=version))


@router.post("/{analysis_id}/actors/{actor_id}/remove", response_model=PowerAnalysisRead, **RUNS)
async def remove_power_actor(session: SessionDep, actor: ActorDep, analysis_id: UUID, actor_id: UUID) -> Response:
    """Take an actor off the map of a draft, with all its ties."""
    return one(await power_analyses_actors.remove_actor(session, actor, analysis_id, actor_id))


@router.get("/{analysis_id}/ties", response_model=Page[PowerTieRead], **READS)
async def list_power_ties(
    request: Request, session: SessionDep, actor: ActorDep, analysis_id: UUID, query: TiesAsked
) -> Response:
    """What binds the actors to each other, the strongest ties first."""
    return page(request, await power_analyses_ties.list_ties(session, actor, analysis_id, query))


@router.post("/{analysis_id}/ties", status_code=201, response_model=PowerTieRead, **RUNS)
async def add_power_tie(session: SessionDep, actor: ActorDep, analysis_id: UUID, data: PowerTieAdd) -> Response:
    """Bind one actor of a draft to another."""
    return one(await power_analyses_ties.add_tie(session, actor, analysis_id, data), status=201)


@router.patch("/{analysis_id}/ties/{tie_id}", response_model=PowerTieRead, **CHANGES)
async def update_power_tie(
    session: SessionDep,
    actor: ActorDep,
    analysis_id: UUID,
    tie_id: UUID,
    data: PowerTieUpdate,
    version: VersionDep,
) -> Response:
    """Weigh a tie of a draft anew."""
    return one(await power_analyses_ties.update_tie(session, actor, analysis_id, tie_id, data, version=version))


@router.post("/{analysis_id}/ties/{tie_id}/remove", response_model=PowerAnalysisRead, **RUNS)
async def remove_power_tie(session: SessionDep, actor: ActorDep, analysis_id: UUID, tie_id: UUID) -> Response:
    """Take a tie off the map of a draft."""
    return one(await power_analyses_ties.remove_tie(session, actor, analysis_id, tie_id))
