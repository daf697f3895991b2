"""What can be recorded, for whom and when; what is listed, and what stands vacant."""

import asyncio
from datetime import date, timedelta
from uuid import UUID

from app.core import clock
from app.core.ids import new_id
from tests.conftest import SetClock
from tests.offices.election import Election, office_type


async def test_the_holder_is_a_member_in_standing_whom_the_recorder_sees(election: Election) -> None:
    world, today = election.world, clock.today()
    _, stranger = await world.api.member(world.islington)
    _, lapsed = await world.api.member(world.hackney, paid_until=today - timedelta(days=9), lapses_on=today)
    _, supporter = await world.api.member(world.hackney, relationship="supporter", type="supporter")
    _, late = await world.api.member(
        world.hackney, paid_until=today - timedelta(days=9), lapses_on=today + timedelta(days=9)
    )
    for person, code in (
        (stranger, "person_unknown"),
        (new_id(), "person_unknown"),
        (lapsed, "holder_not_in_standing"),
        (supporter, "holder_not_in_standing"),
    ):
        refused = await election.recorder.post(
            "/v1/office-terms", json=await election.body("chair", person_id=str(person))
        )
        assert refused.status_code == 422
        error = refused.json()["errors"][0]
        assert (error["pointer"], error["code"]) == ("/person_id", code)
    assert await election.terms() == 0
    assert (await election.record(office="chair", person_id=str(late)))["standing"] == "serving"


async def test_seats_offices_and_dates(election: Election) -> None:
    world, today = election.world, clock.today()
    _, other = await world.api.member(world.hackney)
    await election.record(office="chair", ends_on=str(today + timedelta(days=10)))

    async def refusal(office: str = "chair", **over: object) -> str:
        refused = await election.recorder.post("/v1/office-terms", json=await election.body(office, **over))
        assert refused.status_code in (404, 409, 422)
        body = refused.json()
        return str(body["errors"][0]["code"] if body.get("errors") else body["code"])

    assert await refusal() == "office_held_already"
    assert await refusal(person_id=str(other)) == "no_seat_left"
    assert await refusal(person_id=str(other), starts_on=str(today + timedelta(days=9))) == "no_seat_left"
    assert await refusal("regional_secretary") == "office_not_here"
    assert await refusal(office_type_id=str(new_id())) == "office_type_unknown"
    assert await refusal(ends_on=str(today)) == "ends_before_it_starts"
    assert await refusal(branch_id=str(new_id())) == "not_found"
    elect = await election.record(office="chair", person_id=str(other), starts_on=str(today + timedelta(days=10)))
    assert elect["standing"] == "elect"
    assert await election.terms() == 2


async def test_one_seat_is_filled_once_by_two_at_once(election: Election) -> None:
    people = [(await election.world.api.member(election.world.hackney))[1] for _ in range(2)]
    bodies = [await election.body("chair", person_id=str(person)) for person in people]
    answers = await asyncio.gather(*(election.recorder.post("/v1/office-terms", json=body) for body in bodies))
    assert sorted(answer.status_code for answer in answers) == [201, 409]
    assert await election.terms() == 1


async def test_another_branch_sees_nothing_of_terms(election: Election) -> None:
    world = election.world
    term = await election.record(office="chair")
    islington = await world.officer(branch_id=world.islington)
    assert (await islington.get(f"/v1/office-terms/{term['id']}")).status_code == 404
    params = {"branch_id": str(world.hackney), "count": "exact"}
    listed = (await islington.get("/v1/office-terms", params=params)).json()
    assert (listed["data"], listed["count"]["value"]) == ([], 0)
    assert (await islington.get(f"/v1/branches/{world.hackney}/officers")).status_code == 403
    for verb in ("end", "remove", "confirm", "refuse"):
        refused = await islington.post(f"/v1/office-terms/{term['id']}/{verb}", json={"reason": "x"})
        assert refused.status_code in (403, 404)
    vacant = (await islington.get("/v1/vacancies", params={"within": str(world.hackney)})).json()
    assert vacant["data"] == []
    assert await world.api.value("select state from office_terms where id = $1", UUID(str(term["id"]))) == "confirmed"


async def test_the_filters_of_the_list(election: Election) -> None:
    world, today = election.world, clock.today()
    _, local = await world.api.member(world.dalston)
    chair = str((await election.record(office="chair", ends_on=str(today + timedelta(days=5))))["id"])
    below = str((await election.record(office="chair", branch_id=str(world.dalston), person_id=str(local)))["id"])

    async def found(**params: object) -> set[str]:
        answer = await election.recorder.get("/v1/office-terms", params=params)
        assert answer.status_code == 200, answer.text
        return {row["id"] for row in answer.json()["data"]}

    assert await found(branch_id=world.hackney) == {chair, below}
    assert await found(branch_id=world.hackney, exact_branch=True) == {chair}
    assert await found(person_id=local) == {below}
    assert await found(office_type_id=await office_type(world.api, "treasurer")) == set()
    assert await found(standing="serving") == {chair, below}
    assert await found(standing="serving", as_of=today + timedelta(days=5)) == {below}
    assert await found(standing="ended", as_of=today + timedelta(days=5)) == {chair}
    assert await found(standing="elect", as_of=today - timedelta(days=1)) == {chair, below}


async def test_vacancies_in_one_call(election: Election, set_clock: SetClock) -> None:
    world, today = election.world, clock.today()

    async def vacant(branch: UUID, day: date) -> dict[str, str | None]:
        rows = (await election.region.get("/v1/vacancies", params={"within": str(world.region)})).json()
        assert rows["as_of"] == str(day)
        return {row["office"]: row["vacant_since"] for row in rows["data"] if row["branch_id"] == str(branch)}

    assert await vacant(world.hackney, today) == {"Chair": None, "Secretary": None, "Treasurer": None}
    await election.record(office="chair", ends_on=str(today + timedelta(days=2)))
    await election.record(office="secretary")
    assert await vacant(world.hackney, today) == {"Secretary": None, "Treasurer": None}
    await set_clock(clock.now() + timedelta(days=2))
    ended = today + timedelta(days=2)
    assert await vacant(world.hackney, ended) == {"Chair": str(ended), "Secretary": None, "Treasurer": None}
    assert await vacant(world.region, ended) == {"Regional secretary": None}
