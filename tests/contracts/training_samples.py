"""Samples of courses, training sessions, places, certificates and nominations."""

from typing import Any
from uuid import UUID

from app.core import clock
from app.core.ids import new_id
from app.models.courses import CourseState, OfficeRequirement
from app.models.offices import OfficeType
from app.models.training import CrewPart, TrainingCrew, TrainingSessionState
from tests.contracts.asks import Ask, Held, Make, Sample, Sight
from tests.leaders.placed import place_leader
from tests.organising import place
from tests.training.placed import (
    place_certificate,
    place_course,
    place_enrolment,
    place_nomination,
    place_session,
)
from tests.world import World

S = TrainingSessionState


def _course(json: Any = None, **columns: Any) -> Make:
    async def make(world: World, unit: UUID) -> Ask:
        row = await place_course(world, unit, **columns)
        return Ask(ids={"course_id": row.id}, json=json, headers={"If-Match": f'"{row.id}-1"'})

    return make


async def _courses_listed(world: World, unit: UUID) -> Ask:
    row = await place_course(world, unit)
    return Ask(params={"branch_id": str(unit)}, shown=row.id)


async def _course_created(_world: World, unit: UUID) -> Ask:
    said = {"key": f"c{new_id().hex}", "name": "Core taster", "kind": "taster", "days": 1.5}
    return Ask(json={"branch_id": str(unit), **said})


def _session(state: S = S.planned, json: Any = None) -> Make:
    async def make(world: World, unit: UUID) -> Ask:
        row = await place_session(world, unit, state=state)
        return Ask(ids={"training_session_id": row.id}, json=json, headers={"If-Match": f'"{row.id}-1"'})

    return make


async def _sessions_listed(world: World, unit: UUID) -> Ask:
    row = await place_session(world, unit)
    return Ask(params={"course_id": str(row.course_id)}, shown=row.id)


async def _session_planned(world: World, unit: UUID) -> Ask:
    course = await place_course(world, unit)
    return Ask(json={"course_id": str(course.id), "branch_id": str(unit), "starts_on": "2026-12-01"})


async def _enrolled(world: World, unit: UUID) -> Ask:
    ask = await _session()(world, unit)
    return Ask(ids=ask.ids, json={"person": {"person_id": str((await world.api.member(unit))[1])}})


async def _attended(world: World, unit: UUID) -> Ask:
    ask = await _session(S.held)(world, unit)
    enrolment = await place_enrolment(world, unit, **ask.ids)
    return Ask(ids=ask.ids, json={"attendance": [{"enrolment_id": str(enrolment.id), "attended": True}]})


async def _crew_added(world: World, unit: UUID) -> Ask:
    ask = await _session()(world, unit)
    return Ask(ids=ask.ids, json={"account_id": str(await world.api.account()), "part": "delivery", "days": 1})


async def _crew(world: World, unit: UUID) -> Ask:
    ask = await _session()(world, unit)
    account = await world.api.account()
    row = TrainingCrew(branch_id=unit, account_id=account, part=CrewPart.delivery, half_days=2, **ask.ids)
    await place(world, row)
    return Ask(ids={**ask.ids, "crew_id": row.id})


async def _enrolment(world: World, unit: UUID) -> Ask:
    return Ask(ids={"enrolment_id": (await place_enrolment(world, unit)).id})


async def _enrolments_listed(world: World, unit: UUID) -> Ask:
    row = await place_enrolment(world, unit)
    return Ask(params={"training_session_id": str(row.training_session_id)}, shown=row.id)


async def _certificate(world: World, unit: UUID) -> Ask:
    return Ask(ids={"certificate_id": (await place_certificate(world, unit)).id})


async def _certificates_listed(world: World, unit: UUID) -> Ask:
    return Ask(shown=(await place_certificate(world, unit)).id)


async def _nominated(world: World, unit: UUID) -> Ask:
    leader, course = await place_leader(world, unit), await place_course(world, unit)
    return Ask(ids={"leader_id": leader.id}, json={"course_id": str(course.id), "reason": "Ready for it."})


def _nomination(json: Any = None) -> Make:
    async def make(world: World, unit: UUID) -> Ask:
        return Ask(ids={"nomination_id": (await place_nomination(world, unit)).id}, json=json)

    return make


async def _nominations_listed(world: World, unit: UUID) -> Ask:
    return Ask(shown=(await place_nomination(world, unit)).id)


async def _nothing(_world: World, _unit: UUID) -> Ask:
    return Ask()


async def _office(world: World) -> UUID:
    row = OfficeType(key=f"k{new_id().hex}", name="Steward", kinds=["branch"])
    await place(world, row)
    return row.id


async def _requirement_made(world: World, unit: UUID) -> Ask:
    course = await place_course(world, unit)
    return Ask(json={"office_type_id": str(await _office(world)), "course_id": str(course.id)})


async def _requirement(world: World, unit: UUID) -> Ask:
    course, office = await place_course(world, unit), await _office(world)
    day = {"starts_on": clock.today()}
    row = OfficeRequirement(branch_id=world.root, office_type_id=office, course_id=course.id, **day)
    await place(world, row)
    return Ask(ids={"requirement_id": row.id}, json={}, shown=row.id)


async def _requirements_listed(world: World, unit: UUID) -> Ask:
    return Ask(shown=(await _requirement(world, unit)).shown)


_COURSES, _SESSIONS, _PLACES = "/v1/courses", "/v1/training-sessions", "/v1/enrolments"
_CERTIFICATES, _NOMINATIONS, _OFFICES = "/v1/certificates", "/v1/nominations", "/v1/office-requirements"
_COURSE, _SESSION = f"{_COURSES}/{{course_id}}", f"{_SESSIONS}/{{training_session_id}}"
_NOMINATION, _CERTIFICATE = f"{_NOMINATIONS}/{{nomination_id}}", f"{_CERTIFICATES}/{{certificate_id}}"


def _plain(make: Make) -> Sample:
    """What is taught everybody sees; who may not change it is told so."""
    return Sample(make, sight=Sight.plain)


TRAINING: dict[str, Sample] = {
    f"GET {_COURSES}": Sample(_courses_listed, Held.anywhere),
    f"POST {_COURSES}": _plain(_course_created),
    f"GET {_COURSE}": Sample(_course(), Held.anywhere),
    f"PATCH {_COURSE}": _plain(_course({"days": 2})),
    f"POST {_COURSE}/retire": _plain(_course()),
    f"POST {_COURSE}/reopen": _plain(_course(state=CourseState.retired)),
    f"GET {_SESSIONS}": Sample(_sessions_listed, Held.anywhere),
    f"POST {_SESSIONS}": _plain(_session_planned),
    f"GET {_SESSION}": Sample(_session(), Held.anywhere),
    f"PATCH {_SESSION}": _plain(_session(json={"capacity": 20})),
    f"POST {_SESSION}/confirm": _plain(_session()),
    f"POST {_SESSION}/hold": _plain(_session(S.confirmed)),
    f"POST {_SESSION}/close": _plain(_session(S.held)),
    f"POST {_SESSION}/cancel": _plain(_session()),
    f"POST {_SESSION}/enrol": _plain(_enrolled),
    f"POST {_SESSION}/attendance": _plain(_attended),
    f"POST {_SESSION}/crew": _plain(_crew_added),
    f"POST {_SESSION}/crew/{{crew_id}}/remove": _plain(_crew),
    f"GET {_PLACES}": Sample(_enrolments_listed, Held.anywhere, Sight.listed),
    f"GET {_PLACES}/{{enrolment_id}}": Sample(_enrolment),
    f"POST {_PLACES}/{{enrolment_id}}/withdraw": Sample(_enrolment),
    f"GET {_CERTIFICATES}": Sample(_certificates_listed, Held.anywhere, Sight.listed),
    f"GET {_CERTIFICATE}": Sample(_certificate),
    f"GET {_CERTIFICATE}/document": Sample(_certificate),
    "POST /v1/leaders/{leader_id}/nominate": Sample(_nominated),
    f"GET {_NOMINATIONS}": Sample(_nominations_listed, Held.anywhere, Sight.listed),
    f"GET {_NOMINATION}": Sample(_nomination()),
    f"POST {_NOMINATION}/accept": Sample(_nomination({})),
    f"POST {_NOMINATION}/decline": Sample(_nomination()),
    f"POST {_NOMINATION}/withdraw": Sample(_nomination()),
    "GET /v1/me/training-days": Sample(_nothing),
    "GET /v1/training-days": Sample(_nothing, Held.anywhere),
    f"GET {_OFFICES}": Sample(_requirements_listed, Held.anywhere),
    f"POST {_OFFICES}": Sample(_requirement_made, Held.root),
    f"POST {_OFFICES}/{{requirement_id}}/end": Sample(_requirement, Held.root),
    "GET /v1/training/gaps": Sample(_nothing, Held.anywhere),
}
