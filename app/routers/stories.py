"""/v1/stories: what may be told of somebody, for what, and where it was."""

from typing import Annotated
from uuid import UUID

from fastapi import Query, Request
from starlette.responses import Response

from app.core.paging import Page
from app.core.permissions import Permission
from app.models.consents_to_use import ConsentGiven
from app.models.stories import StoryCreate, StoryRead, StoryStepped, StorySummary, StoryTakeDown, StoryUseCreate
from app.models.testimonies import ConsentWithdrawal
from app.routers.deps import ActorDep, Router, SessionDep, VersionIfSentDep, one, page, requires
from app.services import stories

router = Router("/v1/stories", "organising")
ONE = "/{story_id}"
READS = requires(Permission.meetings_read)
RECORDS = requires(Permission.meetings_record, once=True)


@router.post("", status_code=201, response_model=StoryStepped, **RECORDS)
async def create_story(session: SessionDep, actor: ActorDep, data: StoryCreate) -> Response:
    """Keep a story of a person or of an organisation, with the consent to tell it."""
    made = await stories.create_story(session, actor, data)
    return one(made, status=201, location=f"/v1/stories/{made.id}")


@router.get("", response_model=Page[StorySummary], **READS)
async def list_stories(
    request: Request, session: SessionDep, actor: ActorDep, query: Annotated[stories.StoriesQuery, Query()]
) -> Response:
    """Stories by their titles, the latest first."""
    return page(request, await stories.list_stories(session, actor, query))


@router.get(ONE, response_model=StoryRead, **READS)
async def get_story(session: SessionDep, actor: ActorDep, story_id: UUID) -> Response:
    """A story as it was told, while its consent holds, and where it was used. The read is logged."""
    return one(await stories.get_story(session, actor, story_id))


@router.post(f"{ONE}/use", response_model=StoryStepped, **RECORDS)
async def use_story(
    session: SessionDep, actor: ActorDep, story_id: UUID, data: StoryUseCreate, version: VersionIfSentDep
) -> Response:
    """Record a use. Refused where consent does not reach so far."""
    return one(await stories.use_story(session, actor, story_id, data, version=version))


@router.post(f"{ONE}/uses/{{use_id}}/take-down", response_model=StoryStepped, **RECORDS)
async def take_down_story(
    session: SessionDep, actor: ActorDep, story_id: UUID, use_id: UUID, data: StoryTakeDown
) -> Response:
    """Record that the story is shown no longer where it was used."""
    return one(await stories.take_down_story(session, actor, story_id, use_id, data))


@router.post(f"{ONE}/renew-consent", response_model=StoryStepped, **RECORDS)
async def renew_story_consent(
    session: SessionDep, actor: ActorDep, story_id: UUID, data: ConsentGiven, version: VersionIfSentDep
) -> Response:
    """Record another consent in the place of the one before: for other uses, or for longer."""
    return one(await stories.renew_consent(session, actor, story_id, data, version=version))


@router.post(f"{ONE}/withdraw-consent", response_model=StoryStepped, **RECORDS)
async def withdraw_story_consent(
    session: SessionDep, actor: ActorDep, story_id: UUID, data: ConsentWithdrawal, version: VersionIfSentDep
) -> Response:
    """Record that the consent is taken back. The story is gone; where it still stands is on record."""
    return one(await stories.withdraw_consent(session, actor, story_id, data, version=version))
