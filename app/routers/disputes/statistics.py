"""Statistics of disputes, without names."""

from typing import Annotated

from fastapi import Query
from starlette.responses import Response

from app.core.permissions import Permission
from app.models.dispute_statistics import DisputeStatistics
from app.routers.deps import ActorDep, Router, SessionDep, requires, told
from app.services.disputes import statistics

router = Router("/v1/disputes/statistics", "disputes")


@router.get("", response_model=DisputeStatistics, **requires(Permission.disputes_count))
async def count_disputes(
    session: SessionDep, actor: ActorDep, query: Annotated[statistics.StatisticsQuery, Query()]
) -> Response:
    """How many complaints came in a year, what became of them and how long it took, at a unit and below it.

    Nothing small is told, nor what would give it away. Units have the numbers of a year once it is over; the
    organisation's of the running year stand as they were when the month began.
    """
    return told(await statistics.count_disputes(session, actor, query))
