"""/v1/courses: what is taught, by which unit, for how long."""

from typing import Annotated
from uuid import UUID

from fastapi import Query, Request
from starlette.responses import Response

from app.core.paging import Page
from app.core.permissions import Permission
from app.models.courses import CourseCreate, CourseItem, CourseRead, CourseUpdate
from app.routers.deps import ActorDep, Router, SessionDep, VersionDep, VersionIfSentDep, one, page, requires
from app.services import courses

router = Router("/v1/courses", "training")
READS, RUNS = requires(Permission.organising_read), requires(Permission.organising_run, once=True)
CHANGES = requires(Permission.organising_run)
Asked = Annotated[courses.CoursesQuery, Query()]


@router.get("", response_model=Page[CourseItem], **READS)
async def list_courses(request: Request, session: SessionDep, actor: ActorDep, query: Asked) -> Response:
    """Every course, whichever unit offers it."""
    return page(request, await courses.list_courses(session, actor, query))


@router.post("", status_code=201, response_model=CourseRead, **RUNS)
async def create_course(session: SessionDep, actor: ActorDep, data: CourseCreate) -> Response:
    """Offer a course."""
    made = await courses.create_course(session, actor, data)
    return one(made, status=201, location=f"/v1/courses/{made.id}")


@router.get("/{course_id}", response_model=CourseRead, **READS)
async def get_course(session: SessionDep, actor: ActorDep, course_id: UUID) -> Response:
    """A course."""
    return one(await courses.get_course(session, actor, course_id))


@router.patch("/{course_id}", response_model=CourseRead, **CHANGES)
async def update_course(
    session: SessionDep, actor: ActorDep, course_id: UUID, data: CourseUpdate, version: VersionDep
) -> Response:
    """Correct a course. Certificates that were issued stay as they are."""
    return one(await courses.change_course(session, actor, course_id, data, version=version))


@router.post("/{course_id}/retire", response_model=CourseRead, **RUNS)
async def retire_course(session: SessionDep, actor: ActorDep, course_id: UUID, version: VersionIfSentDep) -> Response:
    """It is held no more."""
    return one(await courses.move_course(session, actor, course_id, "retire", version=version))


@router.post("/{course_id}/reopen", response_model=CourseRead, **RUNS)
async def reopen_course(session: SessionDep, actor: ActorDep, course_id: UUID, version: VersionIfSentDep) -> Response:
    """It is offered again."""
    return one(await courses.move_course(session, actor, course_id, "reopen", version=version))
