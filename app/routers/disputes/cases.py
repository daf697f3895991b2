"""Reading the cases in which one has a part."""

from typing import Annotated
from uuid import UUID

from fastapi import Query, Request
from starlette.responses import Response

from app.core.paging import Page
from app.core.permissions import Permission
from app.models.dispute_reads import DisputeFile, DisputeSummary
from app.routers.deps import ActorDep, Router, SessionDep, one, page, takes_part
from app.services.disputes import reading

router = Router("/v1/disputes", "disputes")
READS = takes_part(Permission.disputes_read)


@router.get("", response_model=Page[DisputeSummary], **READS)
async def list_disputes(
    request: Request, session: SessionDep, actor: ActorDep, query: Annotated[reading.DisputesQuery, Query()]
) -> Response:
    """The cases in which you have a part; `overdue=true` for those that are late."""
    return page(request, await reading.list_disputes(session, actor, query))


@router.get("/{dispute_id}", response_model=DisputeFile, **READS)
async def get_dispute(session: SessionDep, actor: ActorDep, dispute_id: UUID) -> Response:
    """The whole case, as far as your part goes, with what you may do now and why not otherwise. The read is logged."""
    return one(await reading.get_dispute(session, actor, dispute_id))
