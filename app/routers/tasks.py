"""/v1/me/tasks: what waits for you."""

from app.core.paging import Page
from app.models.tasks import Task
from app.routers.deps import ActorDep, Router, SessionDep, signed_in
from app.services import tasks

router = Router("/v1/me/tasks", "tasks")


@router.get("", response_model=Page[Task], response_model_exclude_unset=True, **signed_in())
async def list_tasks(session: SessionDep, actor: ActorDep) -> Page[Task]:
    """What is due, the earliest first: a line for each kind and each unit where you hold the right."""
    return Page(data=await tasks.list_tasks(session, actor), next_cursor=None, has_more=False)
