"""/v1/branches/{branch_id}/officers: who serves in a unit, and all of them anew after an annual meeting."""

from typing import Annotated
from uuid import UUID

from fastapi import Query
from starlette.responses import Response

from app.core.permissions import Permission
from app.models.members import LegalDate
from app.models.offices import Officers, OfficersReplace
from app.routers.deps import ActorDep, Router, SessionDep, requires
from app.services import officers

router = Router("/v1/branches/{branch_id}/officers", "officers")


@router.get("", response_model=Officers, **requires(Permission.offices_read))
async def list_officers(
    session: SessionDep, actor: ActorDep, branch_id: UUID, as_of: Annotated[LegalDate | None, Query()] = None
) -> Response:
    """Who serves in the unit, today or on a day."""
    return Response(await officers.list_officers(session, actor, branch_id, as_of), media_type="application/json")


@router.post("/replace", status_code=201, response_model=Officers, **requires(Permission.offices_record, once=True))
async def replace_officers(session: SessionDep, actor: ActorDep, branch_id: UUID, data: OfficersReplace) -> Response:
    """All officers after an annual meeting: running terms of the offices named end, the new ones begin.

    One bad line, and nothing changes. The answer holds the new terms; those of offices that carry a role are
    proposed until they are confirmed from above.
    """
    body = await officers.replace_officers(session, actor, branch_id, data)
    where = {"Location": f"/v1/branches/{branch_id}/officers?as_of={data.starts_on}"}
    return Response(body, 201, where, media_type="application/json")
