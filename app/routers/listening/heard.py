"""/v1/listening-sessions, /v1/listening-issues: what was heard, in people's own words, and the themes it is put to."""

from typing import Annotated
from uuid import UUID

from fastapi import Query, Request
from starlette.responses import Response

from app.core.paging import Page
from app.core.permissions import Permission
from app.models.listening_heard import (
    ListeningGroup,
    ListeningGroupingRead,
    ListeningIssueCreate,
    ListeningIssueRead,
    ListeningSessionCreate,
    ListeningSessionRead,
    ListeningSessionSummary,
    ListeningSessionUpdate,
    ListeningThemeCreate,
    ListeningThemeRead,
    ListeningThemeUpdate,
)
from app.routers.deps import ActorDep, Router, SessionDep, VersionDep, one, page, requires
from app.services.listening import grouping, hearing

router = Router("/v1", "organising")
CAMPAIGN = "/listening-campaigns/{listening_campaign_id}"
SESSION = "/listening-sessions/{listening_session_id}"
ISSUE = "/listening-issues/{issue_id}"
READS = requires(Permission.organising_read)
RUNS = requires(Permission.organising_run, once=True)


@router.post(f"{CAMPAIGN}/sessions", status_code=201, response_model=ListeningSessionSummary, **RUNS)
async def create_listening_session(
    session: SessionDep, actor: ActorDep, listening_campaign_id: UUID, data: ListeningSessionCreate
) -> Response:
    """Record a session: how many were heard, and, with the right to record meetings, who."""
    made = await hearing.create_session(session, actor, listening_campaign_id, data)
    return one(made, status=201, location=f"/v1/listening-sessions/{made.id}")


@router.get(f"{CAMPAIGN}/sessions", response_model=Page[ListeningSessionSummary], **READS)
async def list_listening_sessions(
    request: Request,
    session: SessionDep,
    actor: ActorDep,
    listening_campaign_id: UUID,
    query: Annotated[hearing.ListeningSessionsQuery, Query()],
) -> Response:
    """Sessions of a campaign, the latest first."""
    return page(request, await hearing.list_sessions(session, actor, listening_campaign_id, query))


@router.get(SESSION, response_model=ListeningSessionRead, **READS)
async def get_listening_session(session: SessionDep, actor: ActorDep, listening_session_id: UUID) -> Response:
    """A session, and who was named, for those who may read of meetings. The read is logged."""
    return one(await hearing.get_session(session, actor, listening_session_id))


@router.patch(SESSION, response_model=ListeningSessionSummary, **requires(Permission.organising_run))
async def update_listening_session(
    session: SessionDep,
    actor: ActorDep,
    listening_session_id: UUID,
    data: ListeningSessionUpdate,
    version: VersionDep,
) -> Response:
    """Correct a session while the campaign listens."""
    return one(await hearing.change_session(session, actor, listening_session_id, data, version=version))


@router.post(f"{SESSION}/issues", status_code=201, response_model=ListeningIssueRead, **RUNS)
async def create_listening_issue(
    session: SessionDep, actor: ActorDep, listening_session_id: UUID, data: ListeningIssueCreate
) -> Response:
    """Record what was said, in people's own words. Whoever records it has heard it."""
    made = await hearing.create_issue(session, actor, listening_session_id, data)
    return one(made, status=201, location=f"/v1/listening-issues/{made.id}")


@router.get(f"{CAMPAIGN}/issues", response_model=Page[ListeningIssueRead], **READS)
async def list_listening_issues(
    request: Request,
    session: SessionDep,
    actor: ActorDep,
    listening_campaign_id: UUID,
    query: Annotated[hearing.ListeningIssuesQuery, Query()],
) -> Response:
    """What was said in a campaign, the latest first; by theme, or what is put to none yet."""
    return page(request, await hearing.list_issues(session, actor, listening_campaign_id, query))


@router.get(ISSUE, response_model=ListeningIssueRead, **READS)
async def get_listening_issue(session: SessionDep, actor: ActorDep, issue_id: UUID) -> Response:
    """One issue, and the theme that it is put to."""
    return one(await hearing.get_issue(session, actor, issue_id))


@router.post(f"{ISSUE}/group", response_model=ListeningIssueRead, **RUNS)
async def group_listening_issue(session: SessionDep, actor: ActorDep, issue_id: UUID, data: ListeningGroup) -> Response:
    """Put an issue to a theme, by whoever heard people in this campaign. The theme before is kept as its history."""
    return one(await grouping.group_issue(session, actor, issue_id, data))


@router.get(f"{ISSUE}/groupings", response_model=Page[ListeningGroupingRead], **READS)
async def list_listening_groupings(
    request: Request,
    session: SessionDep,
    actor: ActorDep,
    issue_id: UUID,
    query: Annotated[grouping.ListeningGroupingsQuery, Query()],
) -> Response:
    """To which themes an issue was put, by whom and when, the latest first."""
    return page(request, await grouping.list_groupings(session, actor, issue_id, query))


@router.post(f"{CAMPAIGN}/themes", status_code=201, response_model=ListeningThemeRead, **RUNS)
async def create_listening_theme(
    session: SessionDep, actor: ActorDep, listening_campaign_id: UUID, data: ListeningThemeCreate
) -> Response:
    """Name a theme, by whoever heard people in this campaign."""
    return one(await grouping.create_theme(session, actor, listening_campaign_id, data), status=201)


@router.patch(
    f"{CAMPAIGN}/themes/{{theme_id}}", response_model=ListeningThemeRead, **requires(Permission.organising_run)
)
async def update_listening_theme(
    session: SessionDep,
    actor: ActorDep,
    listening_campaign_id: UUID,
    theme_id: UUID,
    data: ListeningThemeUpdate,
    version: VersionDep,
) -> Response:
    """Correct a theme, by whoever heard people in this campaign, until the first institution has voted."""
    return one(await grouping.change_theme(session, actor, listening_campaign_id, theme_id, data, version=version))


@router.get(f"{CAMPAIGN}/themes", response_model=Page[ListeningThemeRead], **READS)
async def list_listening_themes(
    request: Request,
    session: SessionDep,
    actor: ActorDep,
    listening_campaign_id: UUID,
    query: Annotated[grouping.ListeningThemesQuery, Query()],
) -> Response:
    """Themes by name, with how many issues, sessions, institutions and people each comes from."""
    return page(request, await grouping.list_themes(session, actor, listening_campaign_id, query))
