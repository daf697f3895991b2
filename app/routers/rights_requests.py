"""/v1/rights-requests: rectification, erasure, restriction, portability and objection, under the same clock."""

from typing import Annotated
from uuid import UUID

from fastapi import Query, Request
from starlette.responses import Response

from app.core.paging import Page
from app.core.permissions import Permission
from app.models.request_reads import RequestRead, RequestReceipt, RequestSummary
from app.models.request_verbs import RightsRequestLog
from app.routers.deps import ActorDep, Router, SessionDep, one, page, requires, told
from app.routers.request_verbs import add_verbs
from app.services.rights_requests import intake, reading
from app.services.rights_requests.facts import RIGHTS_REQUEST

router = Router("/v1/rights-requests", "data protection")
READS = requires(Permission.privacy_read)
Asked = Annotated[reading.RightsRequestsQuery, Query()]


@router.post("", status_code=201, response_model=RequestReceipt, **requires(Permission.privacy_log, once=True))
async def log_rights_request(session: SessionDep, actor: ActorDep, data: RightsRequestLog) -> Response:
    """Log a request that reached you. An objection to marketing by somebody on record is in force at once."""
    return told(await intake.log_request(session, actor, data), 201)


@router.get("", response_model=Page[RequestSummary], response_model_exclude_unset=True, **READS)
async def list_rights_requests(request: Request, session: SessionDep, actor: ActorDep, query: Asked) -> Response:
    """Requests of other rights than access, the one received first before the others."""
    return page(request, await reading.list_requests(session, actor, RIGHTS_REQUEST, query))


@router.get("/{request_id}", response_model=RequestRead, **READS)
async def get_rights_request(session: SessionDep, actor: ActorDep, request_id: UUID) -> Response:
    """A request with its clock, its course, and what may be done next. The read is logged."""
    return one(await reading.get_request(session, actor, RIGHTS_REQUEST, request_id))


add_verbs(router, RIGHTS_REQUEST, "of_rights_request")
