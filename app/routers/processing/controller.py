"""/v1/controller: who answers for the data."""

from starlette.responses import Response

from app.core.permissions import Permission
from app.models.processing_shapes import ControllerRead, ControllerUpdate
from app.routers.deps import ActorDep, Router, SessionDep, VersionDep, one, requires, signed_in
from app.services.processing import controller

router = Router("/v1/controller", "data protection")


@router.get("", response_model=ControllerRead, **signed_in())
async def get_controller(session: SessionDep, actor: ActorDep) -> Response:
    """Who answers for the data, and whom to write to about it, for whoever is signed in."""
    return one(await controller.get_controller(session, actor))


@router.patch("", response_model=ControllerRead, **requires(Permission.privacy_handle))
async def update_controller(
    session: SessionDep, actor: ActorDep, data: ControllerUpdate, version: VersionDep
) -> Response:
    """Say whom to write to: functions and their addresses, never a person's own."""
    return one(await controller.update_controller(session, actor, data, version=version))
