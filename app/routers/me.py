"""/v1/me: one's own account."""

from starlette.responses import Response

from app.models.me import Me, PasswordChange
from app.routers.deps import ActorDep, Router, SessionDep, signed_in
from app.services import me

router = Router("/v1/me", "me")


@router.get("", response_model=Me, **signed_in())
async def get_me(session: SessionDep, actor: ActorDep) -> Response:
    """Who you are, the offices you hold today, and what you may do, by the units it reaches down from."""
    return Response(await me.get_me(session, actor), media_type="application/json")


@router.put("/password", status_code=204, **signed_in())
async def change_password(session: SessionDep, actor: ActorDep, data: PasswordChange) -> Response:
    """Set another password. Every other sign-in of yours ends."""
    await me.change_password(session, actor, data)
    return Response(status_code=204)
