"""/v1/subject-access-requests: requests to see one's data, and their clock."""

from typing import Annotated
from uuid import UUID

from fastapi import Query, Request
from starlette.responses import Response

from app.core.paging import Page
from app.core.permissions import Permission
from app.models.request_figures import RequestFigures
from app.models.request_reads import RequestRead, RequestReceipt, RequestStepped, RequestSummary
from app.models.request_verbs import AccessRequestLog, Information
from app.routers.deps import ActorDep, Router, SessionDep, VersionIfSentDep, one, page, requires, told
from app.routers.request_verbs import add_verbs
from app.services.rights_requests import acts, figures, intake, reading
from app.services.rights_requests.facts import ACCESS_REQUEST

router = Router("/v1/subject-access-requests", "data protection")
READS = requires(Permission.privacy_read)
HANDLES = requires(Permission.privacy_handle, once=True)
Asked = Annotated[reading.AccessRequestsQuery, Query()]


@router.post("", status_code=201, response_model=RequestReceipt, **requires(Permission.privacy_log, once=True))
async def log_access_request(session: SessionDep, actor: ActorDep, data: AccessRequestLog) -> Response:
    """Log a request for access that reached you. The data-protection team takes it from there."""
    return told(await intake.log_request(session, actor, data), 201)


@router.get("", response_model=Page[RequestSummary], response_model_exclude_unset=True, **READS)
async def list_access_requests(request: Request, session: SessionDep, actor: ActorDep, query: Asked) -> Response:
    """Requests for access, the one received first before the others. Those that concern yourself are not shown."""
    return page(request, await reading.list_requests(session, actor, ACCESS_REQUEST, query))


@router.get("/figures", response_model=RequestFigures, **READS)
async def get_access_request_figures(
    session: SessionDep, actor: ActorDep, query: Annotated[figures.FiguresQuery, Query()]
) -> Response:
    """What is open, due this week, late and paused today, and how the requests of a year were answered."""
    return told(await figures.count_requests(session, actor, ACCESS_REQUEST, query))


@router.get("/{request_id}", response_model=RequestRead, **READS)
async def get_access_request(session: SessionDep, actor: ActorDep, request_id: UUID) -> Response:
    """A request with its clock, its course, and what may be done next. The read is logged."""
    return one(await reading.get_request(session, actor, ACCESS_REQUEST, request_id))


@router.patch("/{request_id}/information", response_model=RequestStepped, **requires(Permission.privacy_handle))
async def set_access_information(
    session: SessionDep, actor: ActorDep, request_id: UUID, data: Information, version: VersionIfSentDep
) -> Response:
    """Answer the nine questions of article 15, one or more at a time. All are needed before a release."""
    return one(await acts.set_information(session, actor, ACCESS_REQUEST, request_id, data, version=version))


add_verbs(router, ACCESS_REQUEST, "of_access_request")
