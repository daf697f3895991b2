"""/v1/calendar-feeds: secret links to calendars of actions, for programs that cannot sign in."""

from typing import Annotated, Any
from uuid import UUID

from fastapi import Header, Path, Query, Request
from starlette.responses import Response

from app.core.paging import Page
from app.models.calendar_feeds import CalendarFeedMade, CalendarFeedMake, CalendarFeedRead
from app.routers.deps import ActorDep, DatabaseDep, Router, SessionDep, page, public, signed_in, told
from app.services import calendar_feeds

router = Router("/v1/calendar-feeds", "organising")
CALENDAR: dict[int | str, dict[str, Any]] = {200: {"description": "The calendar.", "content": {"text/calendar": {}}}}
Token = Annotated[str, Path(min_length=20, max_length=100, description="What the link holds.")]


#: Without a key for repeats: its answer holds a link that is told once, and what is lost is made anew.
@router.post("", status_code=201, response_model=CalendarFeedMade, **signed_in())
async def make_calendar_feed(session: SessionDep, actor: ActorDep, data: CalendarFeedMake) -> Response:
    """A secret link to the calendar of a unit, of a campaign, or your own. It is told in this answer alone.

    Whoever makes it may see actions there: it ends when they no longer may.
    """
    return told(await calendar_feeds.make_feed(session, actor, data), 201)


@router.get("", response_model=Page[CalendarFeedRead], **signed_in())
async def list_calendar_feeds(
    request: Request,
    session: SessionDep,
    actor: ActorDep,
    query: Annotated[calendar_feeds.CalendarFeedsQuery, Query()],
) -> Response:
    """The links that you made, the latest first."""
    return page(request, await calendar_feeds.list_feeds(session, actor, query))


@router.post("/{feed_id}/revoke", response_model=CalendarFeedRead, **signed_in(once=True))
async def revoke_calendar_feed(session: SessionDep, actor: ActorDep, feed_id: UUID) -> Response:
    """End a link of yours: whoever follows it finds nothing."""
    return told(await calendar_feeds.revoke_feed(session, actor, feed_id))


@router.get("/{link}/calendar", response_class=Response, responses=CALENDAR, **public())
async def get_calendar_feed(
    database: DatabaseDep,
    link: Token,
    if_none_match: Annotated[
        str | None,
        Header(alias="If-None-Match", max_length=500, description="The ETag of the calendar that you have."),
    ] = None,
) -> Response:
    """The calendar (RFC 5545), as whoever made the link may see it now. Follow it as often as you like."""
    known = frozenset(tag.strip().removeprefix("W/").strip('"') for tag in (if_none_match or "").split(","))
    file = await calendar_feeds.open_feed(database, link, known)
    headers = {"ETag": f'"{file.tag}"', "Cache-Control": "private, no-cache"}
    if file.content is None:
        return Response(None, 304, headers)
    return Response(file.content, 200, headers, media_type="text/calendar; charset=utf-8")
