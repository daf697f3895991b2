"""/v1/me/member: your own record."""

from starlette.responses import Response

from app.models.members import OwnRecordRead, OwnRecordUpdate
from app.routers.deps import ActorDep, Router, SessionDep, VersionDep, one, signed_in
from app.services import own_member

router = Router("/v1/me/member", "me")


@router.get("", response_model=OwnRecordRead, **signed_in(own_record=True))
async def get_own_record(session: SessionDep, actor: ActorDep) -> Response:
    """Your own record, whole. 404 when your account belongs to nobody who is a member or supporter."""
    return one(await own_member.get_own_record(session, actor))


@router.patch("", response_model=OwnRecordRead, **signed_in(own_record=True))
async def update_own_record(
    session: SessionDep, actor: ActorDep, data: OwnRecordUpdate, version: VersionDep
) -> Response:
    """Correct your own record, and say by which channels you will not be contacted."""
    return one(await own_member.update_own_record(session, actor, data, version=version))
