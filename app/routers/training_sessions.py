"""/v1/training-sessions: when a course is held, who has a place, who was there, and who gave days to it."""

from typing import Annotated
from uuid import UUID

from fastapi import Query, Request
from starlette.responses import Response

from app.core.paging import Page
from app.core.permissions import Permission
from app.models.training_shapes import (
    AttendanceRead,
    AttendanceSay,
    CrewAdd,
    EnrolmentAdd,
    EnrolmentRead,
    TrainingSessionDetail,
    TrainingSessionItem,
    TrainingSessionPlan,
    TrainingSessionRead,
    TrainingSessionUpdate,
)
from app.routers.deps import ActorDep, Router, SessionDep, VersionDep, VersionIfSentDep, one, page, requires, told
from app.services import enrolments, training_sessions

router = Router("/v1/training-sessions", "training")
READS, RUNS = requires(Permission.organising_read), requires(Permission.organising_run, once=True)
CHANGES = requires(Permission.organising_run)
Asked = Annotated[training_sessions.TrainingSessionsQuery, Query()]


@router.get("", response_model=Page[TrainingSessionItem], **READS)
async def list_training_sessions(request: Request, session: SessionDep, actor: ActorDep, query: Asked) -> Response:
    """Every session, whichever unit holds it, with its places."""
    return page(request, await training_sessions.list_sessions(session, actor, query))


@router.post("", status_code=201, response_model=TrainingSessionRead, **RUNS)
async def plan_training_session(session: SessionDep, actor: ActorDep, data: TrainingSessionPlan) -> Response:
    """Plan a session of a course, your own or another unit's."""
    made = await training_sessions.plan_session(session, actor, data)
    return one(made, status=201, location=f"/v1/training-sessions/{made.id}")


@router.get("/{training_session_id}", response_model=TrainingSessionDetail, **READS)
async def get_training_session(session: SessionDep, actor: ActorDep, training_session_id: UUID) -> Response:
    """A session with its places, and who gave days to it."""
    return one(await training_sessions.get_session(session, actor, training_session_id))


@router.patch("/{training_session_id}", response_model=TrainingSessionRead, **CHANGES)
async def update_training_session(
    session: SessionDep, actor: ActorDep, training_session_id: UUID, data: TrainingSessionUpdate, version: VersionDep
) -> Response:
    """Change what is planned. Where there is more room, whoever waits moves up."""
    return one(await training_sessions.change_session(session, actor, training_session_id, data, version=version))


@router.post("/{training_session_id}/confirm", response_model=TrainingSessionRead, **RUNS)
async def confirm_training_session(
    session: SessionDep, actor: ActorDep, training_session_id: UUID, version: VersionIfSentDep
) -> Response:
    """It will take place."""
    return one(await training_sessions.move_session(session, actor, training_session_id, "confirm", version=version))


@router.post("/{training_session_id}/hold", response_model=TrainingSessionRead, **RUNS)
async def hold_training_session(
    session: SessionDep, actor: ActorDep, training_session_id: UUID, version: VersionIfSentDep
) -> Response:
    """It takes place."""
    return one(await training_sessions.move_session(session, actor, training_session_id, "hold", version=version))


@router.post("/{training_session_id}/close", response_model=TrainingSessionRead, **RUNS)
async def close_training_session(
    session: SessionDep, actor: ActorDep, training_session_id: UUID, version: VersionIfSentDep
) -> Response:
    """It is over and attendance is settled: whoever completed the course gets a certificate."""
    return one(await training_sessions.move_session(session, actor, training_session_id, "close", version=version))


@router.post("/{training_session_id}/cancel", response_model=TrainingSessionRead, **RUNS)
async def cancel_training_session(
    session: SessionDep, actor: ActorDep, training_session_id: UUID, version: VersionIfSentDep
) -> Response:
    """It is called off."""
    return one(await training_sessions.move_session(session, actor, training_session_id, "cancel", version=version))


@router.post("/{training_session_id}/enrol", status_code=201, response_model=EnrolmentRead, **RUNS)
async def enrol(session: SessionDep, actor: ActorDep, training_session_id: UUID, data: EnrolmentAdd) -> Response:
    """Enrol somebody of your unit: they have a place, or wait for one where it is full."""
    made = await enrolments.enrol(session, actor, training_session_id, data)
    return one(made, status=201, location=f"/v1/enrolments/{made.id}")


@router.post("/{training_session_id}/attendance", response_model=AttendanceRead, **RUNS)
async def note_attendance(
    session: SessionDep, actor: ActorDep, training_session_id: UUID, data: AttendanceSay, version: VersionIfSentDep
) -> Response:
    """Say of many at once who was there and completed the course."""
    return told(await enrolments.note_attendance(session, actor, training_session_id, data, version=version))


@router.post("/{training_session_id}/crew", status_code=201, response_model=TrainingSessionDetail, **RUNS)
async def add_training_crew(session: SessionDep, actor: ActorDep, training_session_id: UUID, data: CrewAdd) -> Response:
    """Note the days that somebody gives to a session as trainer or organiser."""
    return one(await training_sessions.add_crew(session, actor, training_session_id, data), status=201)


@router.post("/{training_session_id}/crew/{crew_id}/remove", response_model=TrainingSessionDetail, **RUNS)
async def remove_training_crew(
    session: SessionDep, actor: ActorDep, training_session_id: UUID, crew_id: UUID
) -> Response:
    """They did not give them."""
    return one(await training_sessions.remove_crew(session, actor, training_session_id, crew_id))
