"""/v1/events: the feed of changes."""

from typing import Annotated

from fastapi import Query, Request
from starlette.responses import Response

from app.core.permissions import Permission
from app.models.events import EventFeed
from app.routers.deps import ActorDep, Router, SessionDep, page, requires
from app.services import events

router = Router("/v1/events", "events")


@router.get("", response_model=EventFeed, **requires(Permission.events_read))
async def list_events(
    request: Request, session: SessionDep, actor: ActorDep, query: Annotated[events.EventsQuery, Query()]
) -> Response:
    """Every change in your branches, in order, none skipped or told twice; poll on with `next_cursor`."""
    return page(request, await events.read_events(session, actor, query), cursor="after")
