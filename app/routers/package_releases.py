"""/v1/package-releases: a package for whoever has its link and code; and, for the team, how packages were given."""

from typing import Annotated, Any
from uuid import UUID

from fastapi import Query, Request
from starlette.responses import Response

from app.core.paging import Page
from app.core.permissions import Permission
from app.models.package_reads import PackageReleaseRead, Released, ReleaseMade
from app.models.package_verbs import HandingOver, ReleaseAsk, ReleaseOpen
from app.routers.deps import (
    ActorDep,
    DatabaseDep,
    Router,
    SessionDep,
    VersionIfSentDep,
    address_of,
    one,
    page,
    public,
    requires,
)
from app.routers.file_links import send_file
from app.services import package_releases
from app.services.matters import Matter
from app.services.rights_requests import release, releases
from app.services.rights_requests.facts import ACCESS_REQUEST, RIGHTS_REQUEST

router = Router("/v1/package-releases", "data protection")
access_router = Router("/v1/subject-access-requests/{request_id}", "data protection")
rights_router = Router("/v1/rights-requests/{request_id}", "data protection")
READS = requires(Permission.privacy_read)
#: Without a key for repeats: its answer holds a code that is told once, and what is lost is given anew.
HANDLES = requires(Permission.privacy_handle)
ZIP: dict[int | str, dict[str, Any]] = {200: {"description": "The package.", "content": {"application/zip": {}}}}
#: Public, and yet a credential is judged.
REFUSED: dict[int | str, dict[str, Any]] = {404: {}, 409: {}}


@router.post("/open", response_class=Response, responses=ZIP | REFUSED, **public())
async def open_package(request: Request, database: DatabaseDep, data: ReleaseOpen) -> Response:
    """The package, once, for whoever has both the token from the link and the code that was told another way.

    Five wrong codes end it. Looking at the link spends nothing.
    """
    return await send_file(await package_releases.open_release(database, data, address=address_of(request)))


@access_router.post("/release", response_model=Released, **HANDLES)
async def release_access_request(
    request: Request,
    session: SessionDep,
    actor: ActorDep,
    request_id: UUID,
    data: ReleaseAsk,
    version: VersionIfSentDep,
) -> Response:
    """Answer a request with everything that is held. The code that opens a link is told in this answer alone."""
    return await _release(request, session, actor, request_id, data, version, "release")


@access_router.post("/release-in-part", response_model=Released, **HANDLES)
async def release_access_request_in_part(
    request: Request,
    session: SessionDep,
    actor: ActorDep,
    request_id: UUID,
    data: ReleaseAsk,
    version: VersionIfSentDep,
) -> Response:
    """Answer a request with what may be given, where something is held back. As `release` otherwise."""
    return await _release(request, session, actor, request_id, data, version, "release_in_part")


async def _release(
    request: Request,
    session: SessionDep,
    actor: ActorDep,
    request_id: UUID,
    data: ReleaseAsk,
    version: int | None,
    action: str,
) -> Response:
    links_url: str = request.app.state.settings.links_url
    return one(
        await release.release_request(
            session, actor, request_id, data, action=action, links_url=links_url, version=version
        )
    )


def _add_releases(rooms: Router, matter: Matter, noun: str) -> None:
    """What was given for requests of a kind: the same under both collections; `noun` ends the operations' names."""

    async def list_releases(
        request: Request,
        session: SessionDep,
        actor: ActorDep,
        request_id: UUID,
        query: Annotated[releases.ReleasesQuery, Query()],
    ) -> Response:
        """The packages that were given for a request, the latest first."""
        return page(request, await releases.list_releases(session, actor, matter, request_id, query))

    async def get_release(session: SessionDep, actor: ActorDep, request_id: UUID, release_id: UUID) -> Response:
        """How a package was given, and what became of it."""
        return one(await releases.get_release(session, actor, matter, request_id, release_id))

    async def get_package(session: SessionDep, actor: ActorDep, request_id: UUID, release_id: UUID) -> Response:
        """The package itself, where it is given on paper or in person. The read is logged."""
        return await send_file(await releases.open_content(session, actor, matter, request_id, release_id))

    async def reissue_release(
        request: Request, session: SessionDep, actor: ActorDep, request_id: UUID, release_id: UUID, data: ReleaseAsk
    ) -> Response:
        """Give the same package anew, where a link was lost, locked or too old. The earlier link ends."""
        links_url: str = request.app.state.settings.links_url
        made = await release.reissue_release(session, actor, matter, request_id, release_id, data, links_url=links_url)
        return one(made, status=201)

    async def hand_over_package(
        session: SessionDep, actor: ActorDep, request_id: UUID, release_id: UUID, data: HandingOver
    ) -> Response:
        """Say that a package was posted or handed over."""
        return one(await releases.hand_over(session, actor, matter, request_id, release_id, data))

    for endpoint in (list_releases, get_release, get_package, reissue_release, hand_over_package):
        endpoint.__name__ = f"{endpoint.__name__}_{noun}"
    own = "/releases/{release_id}"
    rooms.get("/releases", response_model=Page[PackageReleaseRead], **READS)(list_releases)
    rooms.get(own, response_model=PackageReleaseRead, **READS)(get_release)
    rooms.get(f"{own}/content", response_class=Response, responses=ZIP, **HANDLES)(get_package)
    rooms.post(f"{own}/reissue", status_code=201, response_model=ReleaseMade, **HANDLES)(reissue_release)
    handled = requires(Permission.privacy_handle, once=True)
    rooms.post(f"{own}/hand-over", response_model=PackageReleaseRead, **handled)(hand_over_package)


_add_releases(access_router, ACCESS_REQUEST, "of_access_request")
_add_releases(rights_router, RIGHTS_REQUEST, "of_rights_request")
