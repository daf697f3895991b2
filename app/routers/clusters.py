"""/v1/clusters: the few institutions in the care of one organiser."""

from starlette.responses import Response

from app.core.permissions import Permission
from app.models.clusters import Clusters
from app.routers.deps import ActorDep, Router, SessionDep, requires, told
from app.services import clusters

router = Router("/v1/clusters", "organising")


@router.get("", response_model=Clusters, **requires(Permission.organising_read))
async def list_clusters(session: SessionDep, actor: ActorDep) -> Response:
    """Every cluster in your reach, with its organisers, and a warning beyond five institutions."""
    return told(await clusters.list_clusters(session, actor))
