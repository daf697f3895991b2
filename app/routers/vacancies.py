"""/v1/vacancies: offices that must be filled and are not."""

from typing import Annotated
from uuid import UUID

from fastapi import Query
from starlette.responses import Response

from app.core.permissions import Permission
from app.models.offices import Vacancies
from app.routers.deps import ActorDep, Router, SessionDep, requires
from app.services import vacancies

router = Router("/v1/vacancies", "vacancies")


@router.get("", response_model=Vacancies, **requires(Permission.offices_read))
async def list_vacancies(
    session: SessionDep,
    actor: ActorDep,
    within: Annotated[UUID | None, Query(description="This unit and everything below it.")] = None,
) -> Response:
    """Every vacancy in your branches, in one answer: required offices of recognised units."""
    return Response(await vacancies.list_vacancies(session, actor, within=within), media_type="application/json")
