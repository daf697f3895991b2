"""/v1/rights-requests: rectification, erasure, restriction, portability and objection, under the same clock."""

from typing import Annotated
from uuid import UUID

from fastapi import Query, Request
from starlette.responses import Response

from app.core.paging import Page
from app.core.permissions import Permission
from app.models.granting import Granting, RecipientsRead, RequestGranted
from app.models.request_figures import RequestFigures
from app.models.request_reads import RequestRead, RequestReceipt, RequestStepped, RequestSummary
from app.models.request_verbs import Asking, Ending, RightsRequestLog
from app.routers.deps import ActorDep, Router, SessionDep, VersionIfSentDep, one, page, requires, told
from app.routers.request_verbs import add_verbs
from app.services.rights_requests import figures, intake, other_rights, reading
from app.services.rights_requests.facts import RIGHTS_REQUEST

router = Router("/v1/rights-requests", "data protection")
READS = requires(Permission.privacy_read)
HANDLES = requires(Permission.privacy_handle, once=True)
Asked = Annotated[reading.RightsRequestsQuery, Query()]


@router.post("", status_code=201, response_model=RequestReceipt, **requires(Permission.privacy_log, once=True))
async def log_rights_request(session: SessionDep, actor: ActorDep, data: RightsRequestLog) -> Response:
    """Log a request that reached you. An objection to marketing by somebody on record is in force at once."""
    return told(await intake.log_request(session, actor, data), 201)


@router.get("", response_model=Page[RequestSummary], response_model_exclude_unset=True, **READS)
async def list_rights_requests(request: Request, session: SessionDep, actor: ActorDep, query: Asked) -> Response:
    """Requests of other rights than access, the one received first before the others."""
    return page(request, await reading.list_requests(session, actor, RIGHTS_REQUEST, query))


@router.get("/figures", response_model=RequestFigures, **READS)
async def get_rights_request_figures(
    session: SessionDep, actor: ActorDep, query: Annotated[figures.RightsFiguresQuery, Query()]
) -> Response:
    """What is open, due this week, late and paused today, and how the requests of a year were answered."""
    return told(await figures.count_requests(session, actor, RIGHTS_REQUEST, query))


@router.get("/{request_id}", response_model=RequestRead, **READS)
async def get_rights_request(session: SessionDep, actor: ActorDep, request_id: UUID) -> Response:
    """A request with its clock, its course, and what may be done next. The read is logged."""
    return one(await reading.get_request(session, actor, RIGHTS_REQUEST, request_id))


@router.get("/{request_id}/recipients", response_model=RecipientsRead, **READS)
async def list_rights_request_recipients(session: SessionDep, actor: ActorDep, request_id: UUID) -> Response:
    """Exports that may have held the person: whoever took them is to be told of a correction or an erasure."""
    return told(await other_rights.list_recipients(session, actor, request_id))


@router.post("/{request_id}/assess", response_model=RequestStepped, **HANDLES)
async def assess_rights_request(
    session: SessionDep, actor: ActorDep, request_id: UUID, data: Ending, version: VersionIfSentDep
) -> Response:
    """Take the request up: what it asks for is weighed."""
    return one(await other_rights.assess(session, actor, request_id, data, version=version))


@router.post("/{request_id}/lift-restriction", response_model=RequestStepped, **HANDLES)
async def lift_restriction_of_rights_request(
    session: SessionDep, actor: ActorDep, request_id: UUID, data: Asking, version: VersionIfSentDep
) -> Response:
    """End a restriction that was granted. The person is written to, as the law asks before it ends."""
    return one(await other_rights.lift_restriction(session, actor, request_id, data, version=version))


def _add_grant(action: str, says: str) -> None:
    async def endpoint(
        request: Request,
        session: SessionDep,
        actor: ActorDep,
        request_id: UUID,
        data: Granting,
        version: VersionIfSentDep,
    ) -> Response:
        links_url: str = request.app.state.settings.links_url
        granted = other_rights.grant(
            session, actor, request_id, data, action=action, links_url=links_url, version=version
        )
        return one(await granted)

    endpoint.__name__, endpoint.__doc__ = f"{action}_rights_request", says
    path = f"/{{request_id}}/{action.replace('_', '-')}"
    router.post(path, response_model=RequestGranted, **HANDLES)(endpoint)


_add_grant("grant", "Grant the request. A restriction begins, a marketing objection holds, ported data is packed.")
_add_grant("grant_in_part", "Grant a part of the request, and say why not the rest.")
add_verbs(router, RIGHTS_REQUEST, "of_rights_request")
