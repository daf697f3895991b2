"""/v1/subject-access-requests/{request_id}/information/fill: the nine answers, made of the record of processing."""

from uuid import UUID

from starlette.responses import Response

from app.core.permissions import Permission
from app.models.processing_shapes import InformationFill
from app.models.request_reads import RequestStepped
from app.routers.deps import ActorDep, Router, SessionDep, VersionIfSentDep, one, requires
from app.services.processing import article_15
from app.services.rights_requests.facts import ACCESS_REQUEST

router = Router("/v1/subject-access-requests", "data protection")


@router.post(
    "/{request_id}/information/fill",
    response_model=RequestStepped,
    **requires(Permission.privacy_handle, once=True),
)
async def fill_access_information(
    session: SessionDep, actor: ActorDep, request_id: UUID, data: InformationFill, version: VersionIfSentDep
) -> Response:
    """Answer what is still unanswered of the nine questions of article 15, from the record of processing activities.

    Answers that were given stay. Read what is filled in before you release it.
    """
    filled = await article_15.fill_information(
        session, actor, ACCESS_REQUEST, request_id, data.language, version=version
    )
    return one(filled)
