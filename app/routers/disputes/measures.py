"""Interim measures of a case: what holds a respondent back while it is open, and its reviews."""

from uuid import UUID

from fastapi import Request
from starlette.responses import Response

from app.core.paging import Page
from app.core.permissions import Permission
from app.models.dispute_measures import MeasureImpose, MeasureRead, ReviewMeasure
from app.routers.deps import ActorDep, Router, SessionDep, one, page, takes_part
from app.services.disputes import measures

router = Router("/v1/disputes/{dispute_id}/measures", "disputes")
HANDLES = takes_part(Permission.disputes_handle, once=True)


@router.get(
    "", response_model=Page[MeasureRead], response_model_exclude_unset=True, **takes_part(Permission.disputes_examine)
)
async def list_measures(request: Request, session: SessionDep, actor: ActorDep, dispute_id: UUID) -> Response:
    """The measures of a case with their reviews, those that have ended too, the oldest first. The read is logged."""
    return page(request, await measures.list_measures(session, actor, dispute_id))


@router.post("", status_code=201, response_model=MeasureRead, **HANDLES)
async def impose_measure(session: SessionDep, actor: ActorDep, dispute_id: UUID, data: MeasureImpose) -> Response:
    """Hold a respondent back from today. They are told so, in the neutral words that you give."""
    return one(await measures.impose_measure(session, actor, dispute_id, data), status=201)


@router.post("/{measure_id}/review", response_model=MeasureRead, **HANDLES)
async def review_measure(
    session: SessionDep, actor: ActorDep, dispute_id: UUID, measure_id: UUID, data: ReviewMeasure
) -> Response:
    """Keep, vary or lift a measure, with reasons. The next review falls due from today."""
    return one(await measures.review_measure(session, actor, dispute_id, measure_id, data))
