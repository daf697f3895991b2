"""/v1/actions/{action_id}/evaluation and /v1/lessons: what was learned, and found again."""

from typing import Annotated
from uuid import UUID

from fastapi import Query, Request
from starlette.responses import Response

from app.core.paging import Page
from app.core.permissions import Permission
from app.models.evaluations import EvaluationRead, EvaluationRecord, EvaluationUpdate, LessonRead
from app.routers.deps import ActorDep, Router, SessionDep, VersionDep, VersionIfSentDep, one, page, requires
from app.services import evaluations

router = Router("/v1/actions/{action_id}/evaluation", "organising")
lessons_router = Router("/v1/lessons", "organising")
READS, RUNS = requires(Permission.organising_read), requires(Permission.organising_run, once=True)
CHANGES = requires(Permission.organising_run)


@router.post("", status_code=201, response_model=EvaluationRead, **RUNS)
async def record_evaluation(
    session: SessionDep, actor: ActorDep, action_id: UUID, data: EvaluationRecord, version: VersionIfSentDep
) -> Response:
    """Evaluate an action that was held: feelings, turnout, the target's reaction, lessons."""
    made = await evaluations.record_evaluation(session, actor, action_id, data, version=version)
    return one(made, status=201, location=f"/v1/actions/{action_id}/evaluation")


@router.get("", response_model=EvaluationRead, **READS)
async def get_evaluation(session: SessionDep, actor: ActorDep, action_id: UUID) -> Response:
    """The evaluation of an action, with its lessons."""
    return one(await evaluations.get_evaluation(session, actor, action_id))


@router.patch("", response_model=EvaluationRead, **CHANGES)
async def update_evaluation(
    session: SessionDep, actor: ActorDep, action_id: UUID, data: EvaluationUpdate, version: VersionDep
) -> Response:
    """Replace rounds of an evaluation, or its lessons, until the action is closed."""
    return one(await evaluations.update_evaluation(session, actor, action_id, data, version=version))


@lessons_router.get("", response_model=Page[LessonRead], **READS)
async def list_lessons(
    request: Request, session: SessionDep, actor: ActorDep, query: Annotated[evaluations.LessonsQuery, Query()]
) -> Response:
    """What was learned of actions, the latest first: of a kind, of a campaign, on a topic, by a part of the text."""
    return page(request, await evaluations.list_lessons(session, actor, query))


routers = (router, lessons_router)
