"""All officers after an annual meeting: one call, all of it or nothing, and once."""

from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest

from app.core import clock
from app.core.ids import new_id
from app.core.permissions import Role
from tests.world import World

OFFICES = ("chair", "secretary", "treasurer")


@pytest.fixture
async def people(world: World) -> list[UUID]:
    return [(await world.api.member(world.hackney))[1] for _ in range(3)]


async def _body(world: World, people: list[UUID], **over: Any) -> dict[str, Any]:
    officers = []
    for key, person in zip(OFFICES, people, strict=True):
        office = await world.api.value("select id from office_types where key = $1", key)
        officers.append({"office_type_id": str(office), "person_id": str(person)})
    return {"starts_on": str(clock.today()), "officers": officers, **over}


async def _terms(world: World) -> list[tuple[Any, ...]]:
    async with world.api.owner.transaction() as session:
        rows = await session.fetch(
            "select person_id, state, starts_on, ends_on from office_terms where branch_id = $1 order by id",
            world.hackney,
        )
    return [tuple(row) for row in rows]


async def test_old_terms_end_as_the_new_ones_begin(world: World, people: list[UUID]) -> None:
    today = clock.today()
    _, old = await world.api.member(world.hackney)
    for key in OFFICES[:2]:
        await world.api.office(old, world.hackney, key, starts_on=today - timedelta(days=300))
    region = await world.officer(Role.regional_officer, world.region)
    replaced = await region.post(f"/v1/branches/{world.hackney}/officers/replace", json=await _body(world, people))
    assert replaced.status_code == 201, replaced.text
    assert {row["office"]: row["standing"] for row in replaced.json()["data"]} == {
        "Chair": "serving",
        "Secretary": "proposed",
        "Treasurer": "proposed",
    }
    assert [row[1:] for row in await _terms(world)] == [
        ("confirmed", today - timedelta(days=300), today),
        ("confirmed", today - timedelta(days=300), today),
        ("confirmed", today, None),
        ("proposed", today, None),
        ("proposed", today, None),
    ]
    now = (await region.get(replaced.headers["Location"])).json()["data"]
    assert [row["person_id"] for row in now] == [str(people[0])]
    yesterday = {"as_of": str(today - timedelta(days=1))}
    then = (await region.get(f"/v1/branches/{world.hackney}/officers", params=yesterday)).json()["data"]
    assert [row["person_id"] for row in then] == [str(old), str(old)]


async def test_one_bad_line_refuses_all_and_says_which(world: World, people: list[UUID]) -> None:
    _, old = await world.api.member(world.hackney)
    await world.api.office(old, world.hackney, "chair", starts_on=clock.today() - timedelta(days=300))
    before = await _terms(world)
    _, stranger = await world.api.member(world.islington)
    _, mine = await world.api.member(world.hackney)
    secretary = await world.api.as_role(Role.branch_secretary, world.hackney, person_id=mine)
    url = f"/v1/branches/{world.hackney}/officers/replace"
    for body, status, pointer, code in (
        (await _body(world, [*people[:2], stranger]), 422, "/officers/2/person_id", "person_unknown"),
        (await _body(world, [people[0], mine, people[2]]), 403, "/officers/1/person_id", "not_for_oneself"),
        (await _doubled(world, people), 409, "/officers/3/office_type_id", "no_seat_left"),
    ):
        refused = await secretary.post(url, json=body)
        assert refused.status_code == status, refused.text
        error = refused.json()["errors"][0]
        assert (error["pointer"], error["code"]) == (pointer, code)
        assert await _terms(world) == before
    treasurer = await world.officer(Role.branch_treasurer)
    assert (await treasurer.post(url, json=await _body(world, people))).status_code == 403
    elsewhere = await world.officer(branch_id=world.islington)
    assert (await elsewhere.post(url, json=await _body(world, people))).status_code == 403
    assert await _terms(world) == before


async def _doubled(world: World, people: list[UUID]) -> dict[str, Any]:
    body = await _body(world, people)
    body["officers"].append({**body["officers"][0], "person_id": str(people[1])})
    return body


async def test_the_same_key_replaces_once_and_a_second_meeting_corrects_the_first(
    world: World, people: list[UUID]
) -> None:
    secretary = await world.officer()
    url, body = f"/v1/branches/{world.hackney}/officers/replace", await _body(world, people)
    key = {"Idempotency-Key": new_id().hex}
    first, second = [await secretary.post(url, json=body, headers=key) for _ in range(2)]
    assert first.json() == second.json()
    assert len(await _terms(world)) == 3
    turned = await secretary.post(url, json=await _body(world, people[::-1]))
    assert turned.status_code == 201, turned.text
    assert [row[1] for row in await _terms(world)] == ["removed"] * 3 + ["confirmed", "proposed", "proposed"]
    standing = (await secretary.get("/v1/office-terms", params={"branch_id": str(world.hackney)})).json()["data"]
    assert sorted(row["standing"] for row in standing) == [
        "proposed",
        "proposed",
        "removed",
        "removed",
        "removed",
        "serving",
    ]
