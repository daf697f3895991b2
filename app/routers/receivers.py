"""/v1/procedures/{key}/receivers: who receives complaints."""

from typing import Annotated

from fastapi import Path
from starlette.responses import Response

from app.core.permissions import Permission
from app.models.procedures import Key, Receivers, ReceiversReplace
from app.routers.deps import ActorDep, Router, SessionDep, requires
from app.services import receivers

router = Router("/v1/procedures/{key}/receivers", "procedures")

ProcedureKey = Annotated[Key, Path(description="The procedure's key.")]


@router.get("", response_model=Receivers, **requires(Permission.procedures_manage))
async def get_receivers(session: SessionDep, actor: ActorDep, key: ProcedureKey) -> Response:
    """Who receives complaints under a procedure, in the order in which they are asked."""
    return Response(await receivers.get_receivers(session, actor, key), media_type="application/json")


@router.put("", response_model=Receivers, **requires(Permission.procedures_manage))
async def replace_receivers(
    session: SessionDep, actor: ActorDep, key: ProcedureKey, data: ReceiversReplace
) -> Response:
    """Set the whole list, at least two. The last is external, so that naming everybody paralyses nobody."""
    return Response(await receivers.replace_receivers(session, actor, key, data), media_type="application/json")
