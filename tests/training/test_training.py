"""Training: courses that everybody sees, places and queues, attendance, certificates, nominations."""

import asyncio
from typing import Any
from uuid import UUID

import pytest

from tests.leaders.placed import place_leader
from tests.organising import Ground
from tests.training.placed import place_course, place_session
from tests.world import fake


async def taught(ground: Ground, **more: Any) -> dict[str, Any]:
    """A course that the region offers."""
    said = {"key": f"core_{fake.pystr(8, 8).lower()}", "name": "Core taster", "kind": "taster", "days": 1.5, **more}
    return await ground.do("courses", by=ground.supervisor, branch_id=str(ground.world.region), **said)


async def planned(ground: Ground, course: dict[str, Any], **more: Any) -> dict[str, Any]:
    said = {"branch_id": str(ground.world.region), "starts_on": "2026-03-02", "ends_on": "2026-03-03", **more}
    return await ground.do("training-sessions", by=ground.supervisor, course_id=course["id"], **said)


async def enrolled(ground: Ground, session: dict[str, Any], *, other: bool = False, **more: Any) -> dict[str, Any]:
    """Somebody of Hackney by its organiser, or of Islington by theirs."""
    unit, by = (ground.world.islington, ground.other) if other else (ground.unit, ground.organiser)
    person = {"person_id": str(await ground.person(unit))}
    said = {"branch_id": str(unit), "person": person, **more}
    return await ground.do(f"training-sessions/{session['id']}/enrol", by=by, **said)


async def step(ground: Ground, session: dict[str, Any], *actions: str) -> dict[str, Any]:
    done = {}
    for action in actions:
        done = await ground.do(f"training-sessions/{session['id']}/{action}", by=ground.supervisor)
    return done


async def test_everybody_who_organises_sees_every_course(ground: Ground) -> None:
    course = await taught(ground, valid_months=24, capacity=30)
    assert (course["days"], course["valid_months"], course["state"]) == (1.5, 24, "offered")
    for client in (ground.organiser, ground.other, ground.leader):
        assert (await ground.get(f"courses/{course['id']}", by=client))["key"] == course["key"]
        listed = await ground.get(f"courses?branch_id={ground.world.region}&kind=taster&limit=200", by=client)
        assert course["id"] in [one["id"] for one in listed["data"]]
    await ground.refused(f"courses/{course['id']}/retire", "permission_missing", 403)
    said = {"branch_id": str(ground.world.region), "key": course["key"], "name": "A", "kind": "other", "days": 1}
    await ground.refused("courses", "course_exists", by=ground.supervisor, **said)
    await ground.do("courses", **{**said, "branch_id": str(ground.unit)})
    await ground.refused("courses", "multiple_of", 422, by=ground.supervisor, **{**said, "days": 1.3})
    url, headers = f"/v1/courses/{course['id']}", {"If-Match": f'"{course["id"]}-1"'}
    changed = await ground.supervisor.patch(url, json={"days": 6}, headers=headers)
    assert changed.json()["days"] == 6
    await ground.do(f"courses/{course['id']}/retire", by=ground.supervisor)
    plan = {"course_id": course["id"], "branch_id": str(ground.unit), "starts_on": "2026-05-01"}
    await ground.refused("training-sessions", "course_retired", **plan)


async def test_places_are_of_every_unit_and_the_queue_moves_up(ground: Ground) -> None:
    session = await planned(ground, await taught(ground, capacity=2))
    first = await enrolled(ground, session)
    second = await enrolled(ground, session, other=True)
    third = await enrolled(ground, session)
    fourth = await enrolled(ground, session, other=True)
    assert [one["state"] for one in (first, second, third, fourth)] == ["enrolled", "enrolled", "waiting", "waiting"]
    # Whoever sees the session sees how full it is; whose people they are, only where they are one's own.
    found = await ground.get(f"training-sessions/{session['id']}", by=ground.leader)
    assert found["places"] == {"taken": 2, "left": 0, "waiting": 2}
    page = await ground.get(f"enrolments?training_session_id={session['id']}")
    assert {one["id"] for one in page["data"]} == {first["id"], third["id"]}
    page = await ground.get(f"enrolments?training_session_id={session['id']}", by=ground.supervisor)
    assert len(page["data"]) == 4
    again = {"branch_id": str(ground.unit), "person": {"person_id": first["person_id"]}}
    await ground.refused(f"training-sessions/{session['id']}/enrol", "enrolled_already", **again)
    await ground.refused(f"enrolments/{first['id']}/withdraw", "not_found", 404, by=ground.other)
    # A place given up in Islington goes to whoever waits first, who is of Hackney.
    await ground.do(f"enrolments/{second['id']}/withdraw", by=ground.other)
    assert (await ground.get(f"enrolments/{third['id']}"))["state"] == "enrolled"
    assert (await ground.get(f"enrolments/{fourth['id']}", by=ground.other))["state"] == "waiting"
    url, headers = f"/v1/training-sessions/{session['id']}", {"If-Match": f'"{session["id"]}-1"'}
    wider = await ground.supervisor.patch(url, json={"capacity": 3}, headers=headers)
    assert wider.status_code == 200, wider.text
    assert (await ground.get(f"enrolments/{fourth['id']}", by=ground.other))["state"] == "enrolled"
    moved = "select count(*) from events where type = 'enrolment.moved_up' and subject_id = any ($1)"
    assert await ground.world.api.value(moved, [UUID(third["id"]), UUID(fourth["id"])]) == 2


async def test_of_two_who_want_the_last_place_one_waits(ground: Ground) -> None:
    session = await planned(ground, await taught(ground), capacity=1)
    both = await asyncio.gather(enrolled(ground, session), enrolled(ground, session, other=True))
    assert sorted(one["state"] for one in both) == ["enrolled", "waiting"]


async def test_attendance_in_a_batch_then_certificates(ground: Ground) -> None:
    session = await planned(ground, await taught(ground, valid_months=12, name_cy="Blas craidd"))
    came = await enrolled(ground, session)
    left = await enrolled(ground, session, other=True)
    absent = await enrolled(ground, session)
    path = f"training-sessions/{session['id']}"
    said = [
        {"enrolment_id": came["id"], "attended": True},
        {"enrolment_id": left["id"], "attended": True, "completed": False},
    ]
    await ground.refused(f"{path}/attendance", "wrong_state", by=ground.supervisor, attendance=said)
    await step(ground, session, "confirm", "hold")
    await ground.refused(f"{path}/attendance", "permission_missing", 403, attendance=said)
    person = {"person_id": str(await ground.person())}
    await ground.refused(f"{path}/enrol", "enrolment_closed", branch_id=str(ground.unit), person=person)
    noted = await ground.do(f"{path}/attendance", by=ground.supervisor, attendance=said)
    assert noted == {"changed": 2, "attended": 2, "absent": 0, "not_said": 1}
    again = await ground.do(f"{path}/attendance", by=ground.supervisor, attendance=said)
    assert again == {**noted, "changed": 0}
    elsewhere = [{"enrolment_id": str(ground.unit), "attended": True}]
    await ground.refused(f"{path}/attendance", "no_place", 422, by=ground.supervisor, attendance=elsewhere)
    await ground.refused(f"{path}/attendance", "value_error", 422, by=ground.supervisor, attendance=[*said, said[0]])
    await ground.refused(f"{path}/close", "attendance_missing", by=ground.supervisor)
    last = [{"enrolment_id": absent["id"], "attended": False}]
    await ground.do(f"{path}/attendance", by=ground.supervisor, attendance=last)
    await step(ground, session, "close")
    issued = await ground.get(f"certificates?course_id={session['course_id']}", by=ground.supervisor)
    assert [one["enrolment_id"] for one in issued["data"]] == [came["id"]]
    certificate = issued["data"][0]
    assert (certificate["completed_on"], certificate["expires_on"]) == ("2026-03-03", "2027-03-03")
    assert certificate["valid"]
    told = "select count(*) from events where type = 'certificate.issued' and subject_id = $1 and branch_id = $2"
    assert await ground.world.api.value(told, UUID(certificate["id"]), ground.unit) == 1
    await ground.refused(f"{path}/close", "wrong_state", by=ground.supervisor)
    # Whence they come it is seen as well; elsewhere it is not there.
    await ground.get(f"certificates/{certificate['id']}")
    assert (await ground.other.get(f"/v1/certificates/{certificate['id']}")).status_code == 404
    assert (await ground.other.get(f"/v1/certificates/{certificate['id']}/document")).status_code == 404
    for language in ("en", "cy"):
        person = UUID(certificate["person_id"])
        await ground.world.api.execute("update people set preferred_language = $2 where id = $1", person, language)
        document = await ground.organiser.get(f"/v1/certificates/{certificate['id']}/document")
        assert document.headers["content-type"] == "application/pdf"
        assert document.content.startswith(b"%PDF")
        assert f"<dc:language><rdf:Bag><rdf:li>{language}".encode() in document.content


async def test_a_session_is_held_when_its_day_has_come_and_closed_when_it_is_over(ground: Ground) -> None:
    session = await planned(ground, await taught(ground), starts_on="2099-01-01", ends_on="2099-01-02")
    await ground.refused(f"training-sessions/{session['id']}/hold", "wrong_state", by=ground.supervisor)
    await step(ground, session, "confirm")
    await ground.refused(f"training-sessions/{session['id']}/hold", "not_yet", by=ground.supervisor)
    assert (await step(ground, session, "cancel"))["state"] == "cancelled"
    person = {"person_id": str(await ground.person())}
    enrol = f"training-sessions/{session['id']}/enrol"
    await ground.refused(enrol, "enrolment_closed", branch_id=str(ground.unit), person=person)
    began = await planned(ground, await taught(ground), ends_on="2099-01-02")
    await step(ground, began, "confirm", "hold")
    await ground.refused(f"training-sessions/{began['id']}/close", "not_over", by=ground.supervisor)
    backwards = {"course_id": began["course_id"], "branch_id": str(ground.unit), "starts_on": "2026-05-02"}
    await ground.refused("training-sessions", "value_error", 422, ends_on="2026-05-01", **backwards)


async def test_a_leader_is_nominated_and_takes_a_place(ground: Ground) -> None:
    leader = await place_leader(ground.world, ground.unit)
    course = await taught(ground)
    session = await planned(ground, course, starts_on="2099-01-01", ends_on="2099-01-02")
    path = f"leaders/{leader.id}/nominate"
    await ground.refused(
        path, "value_error", 422, reason="Ready", course_id=course["id"], training_session_id=session["id"]
    )
    await ground.refused(path, "missing", 422, course_id=course["id"])
    made = await ground.do(path, course_id=course["id"], reason="Leads already.")
    assert (made["state"], made["course"], made["training_session_id"]) == ("nominated", "Core taster", None)
    assert (await ground.get(f"nominations/{made['id']}"))["reason"] == "Leads already."
    await ground.refused(path, "nominated_already", training_session_id=session["id"], reason="Again")
    await ground.refused(f"nominations/{made['id']}/accept", "session_needed", 422)
    other = str((await place_session(ground.world, ground.unit)).id)
    await ground.refused(f"nominations/{made['id']}/accept", "other_course", 422, training_session_id=other)
    accepted = await ground.do(f"nominations/{made['id']}/accept", training_session_id=session["id"])
    assert accepted["state"] == "accepted"
    place = await ground.get(f"enrolments/{accepted['enrolment_id']}")
    assert (place["person_id"], place["state"], place["branch_id"]) == (
        str(leader.person_id), "enrolled", str(ground.unit),
    )  # fmt: skip
    await ground.refused(f"nominations/{made['id']}/decline", "wrong_state")
    second = await ground.do(path, course_id=str((await place_course(ground.world, ground.unit)).id), reason="More")
    assert (await ground.do(f"nominations/{second['id']}/decline"))["state"] == "declined"
    assert (await ground.leader.get(f"/v1/nominations/{made['id']}")).status_code == 403
    assert (await ground.other.get(f"/v1/nominations/{made['id']}")).status_code == 404
    listed = await ground.get(f"nominations?leader_id={leader.id}&state=accepted")
    assert [one["id"] for one in listed["data"]] == [made["id"]]


@pytest.mark.parametrize("path", ["courses", "training-sessions", "enrolments", "certificates"])
async def test_lists_turn_pages(ground: Ground, path: str) -> None:
    course = await taught(ground)
    session = await planned(ground, course)
    await planned(ground, course)
    await taught(ground)
    rows = [await enrolled(ground, session) for _ in range(2)]
    said = [{"enrolment_id": one["id"], "attended": True} for one in rows]
    await step(ground, session, "confirm", "hold")
    await ground.do(f"training-sessions/{session['id']}/attendance", by=ground.supervisor, attendance=said)
    await step(ground, session, "close")
    seen: list[str] = []
    cursor = ""
    while True:
        found = await ground.get(f"{path}?limit=1{cursor}")
        seen += [one["id"] for one in found["data"]]
        if not found["has_more"] or len(seen) > 500:
            break
        cursor = f"&cursor={found['next_cursor']}"
    assert len(seen) == len(set(seen)) >= 2
