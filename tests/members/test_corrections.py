"""Corrections and additions: two writers at once, keys repeated, absent and null, and input that is none."""

import asyncio
from typing import Any
from uuid import UUID

import pytest

from app.core.permissions import Role
from tests.world import Client, World


async def patch(client: Client, member: UUID, body: Any, version: int = 1) -> Any:
    return await client.patch(f"/v1/members/{member}", json=body, headers={"If-Match": f'"{member}-{version}"'})


async def test_of_two_corrections_at_once_the_second_is_told_how_it_stands(world: World) -> None:
    member = await world.member()
    one, two = await world.officer(), await world.officer()
    answers = await asyncio.gather(patch(one, member, {"town": "Alpha"}), patch(two, member, {"town": "Beta"}))
    assert sorted(answer.status_code for answer in answers) == [200, 412]
    won, lost = sorted(answers, key=lambda answer: answer.status_code)
    assert lost.json()["current"]["town"] == won.json()["town"]
    assert (lost.json()["current"]["version"], lost.json()["code"]) == (2, "version_conflict")
    trail = "select count(*) from audit_entries where subject_id = $1"
    assert await world.api.value(trail, member) == 1


async def test_absent_stays_and_null_empties(world: World) -> None:
    member = await world.member(preferred_name="Bob", town="Town", mobile_phone="+447400123456")
    secretary = await world.officer()
    body = (await patch(secretary, member, {"preferred_name": None, "objections": ["sms", "post"]})).json()
    assert (body["preferred_name"], body["town"], body["mobile_phone"]) == (None, "Town", "+447400123456")
    assert (sorted(body["objections"]), sorted(body["reachable_by"])) == (["post", "sms"], ["email", "phone"])
    refused = await patch(secretary, member, {"given_name": None}, 2)
    assert (refused.status_code, refused.json()["errors"][0]["pointer"].split("/")[1]) == (422, "given_name")
    renamed = await patch(secretary, member, {"family_name": "Änders"}, 2)
    assert renamed.json()["family_name"] == "Änders"
    found = await secretary.post("/v1/members/search", json={"name": "anders"})
    assert [row["id"] for row in found.json()["data"]] == [str(member)]


async def test_a_correction_needs_if_match(world: World) -> None:
    member = await world.member()
    secretary = await world.officer()
    refused = await secretary.patch(f"/v1/members/{member}", json={"town": "X"})
    assert (refused.status_code, refused.json()["code"]) == (428, "if_match_required")


async def test_who_may_not_correct_changes_nothing(world: World) -> None:
    member = await world.member()
    for client, status in (
        (await world.officer(Role.branch_treasurer), 403),
        (await world.officer(Role.data_protection_officer), 403),
        (await world.officer(branch_id=world.islington), 404),
    ):
        assert (await patch(client, member, {"town": "X"})).status_code == status
    assert await world.api.value("select version from members where id = $1", member) == 1


@pytest.mark.parametrize(
    ("body", "pointer"),
    [
        ('{"branch_id": "B", "given_name": "A", "family_name": "B", "nickname": "x"}', "/nickname"),
        ('{"branch_id": "B", "given_name": "A", "family_name": "\\ud800"}', "/family_name"),
        ('{"branch_id": "B", "given_name": "A\\u0000", "family_name": "B"}', "/given_name"),
        ('{"branch_id": "B", "given_name": "A\\u202e", "family_name": "B"}', "/given_name"),
        ('{"branch_id": "B", "given_name": 7, "family_name": "B"}', "/given_name"),
        ('{"branch_id": "B", "given_name": "A", "family_name": "B", "date_of_birth": "1800-01-01"}', "/date_of_birth"),
        ('{"branch_id": "B", "given_name": "A", "family_name": "B", "date_of_birth": "2090-01-01"}', "/date_of_birth"),
        ('{"branch_id": "B", "given_name": "A", "family_name": "B", "joined_on": "2200-01-01"}', "/joined_on"),
        ('{"branch_id": "B", "given_name": "A", "family_name": "B", "joined_on": "2100-01-01"}', "/joined_on"),
        ('{"branch_id": "B", "given_name": "A", "family_name": "B", "type": "supporter"}', "/type"),
        ('{"branch_id": "B", "given_name": "A", "family_name": "B", "postcode": "P01 3AX"}', "/postcode"),
        ('{"given_name": "A", "family_name": "B"}', "/branch_id"),
    ],
)
async def test_what_is_no_member_is_refused_with_its_place(world: World, body: str, pointer: str) -> None:
    secretary = await world.officer()
    text = body.replace('"B"', f'"{world.hackney}"', 1) if "branch_id" in body else body
    refused = await secretary.post("/v1/members", content=text, headers={"Content-Type": "application/json"})
    assert (refused.status_code, refused.headers["content-type"]) == (422, "application/problem+json")
    assert refused.json()["errors"][0]["pointer"] == pointer
    assert await world.api.value("select count(*) from members where branch_id = $1", world.hackney) == 0


async def test_names_in_any_script_are_names(world: World) -> None:
    secretary = await world.officer()
    for family in ("שלום", "محمد", "Ōkubo", "Σίσυφος"):
        made = await secretary.post(
            "/v1/members", json={"branch_id": str(world.hackney), "given_name": "A", "family_name": family}
        )
        assert (made.status_code, made.json()["family_name"]) == (201, family)
        found = await secretary.post("/v1/members/search", json={"name": family})
        assert [row["id"] for row in found.json()["data"]] == [made.json()["id"]]


@pytest.mark.parametrize("content", ["", "{", "[]", '"x"', "null", "NaN"])
async def test_junk_is_refused(world: World, content: str) -> None:
    secretary = await world.officer()
    refused = await secretary.post("/v1/members", content=content, headers={"Content-Type": "application/json"})
    assert refused.status_code in (400, 422)
    assert refused.json()["code"]


def a_member(world: World, **over: str) -> dict[str, str]:
    return {"branch_id": str(world.hackney), "given_name": "Ida", "family_name": "Once", **over}


async def made(world: World) -> int:
    return int(await world.api.value("select count(*) from members where branch_id = $1", world.hackney))


async def test_one_key_makes_one_record(world: World) -> None:
    secretary = await world.officer()
    headers = {"Idempotency-Key": "one"}
    answers = await asyncio.gather(
        *(secretary.post("/v1/members", json=a_member(world), headers=headers) for _ in range(4))
    )
    assert {answer.status_code for answer in answers} <= {201, 409}
    assert await made(world) == 1
    again = await secretary.post("/v1/members", json=a_member(world), headers=headers)
    assert (again.status_code, again.headers["Idempotency-Replayed"]) == (201, "true")
    first = next(answer for answer in answers if answer.status_code == 201)
    assert again.json() == first.json()
    other = await secretary.post("/v1/members", json=a_member(world, given_name="Eve"), headers=headers)
    assert (other.status_code, other.json()["code"]) == (422, "idempotency_key_reused")
    assert await made(world) == 1


async def test_a_repeat_is_authorised_anew(world: World) -> None:
    account = await world.api.account()
    grant = await world.api.grant(account, Role.branch_secretary, world.hackney)
    secretary = await world.api.sign_in(account)
    headers = {"Idempotency-Key": "anew"}
    first = await secretary.post("/v1/members", json=a_member(world), headers=headers)
    assert first.status_code == 201
    async with world.api.owner.transaction() as session:
        await session.execute("update grants set state = 'ended' where id = $1", grant)
    world.api.app.state.rights.forget()
    assert (await secretary.post("/v1/members", json=a_member(world), headers=headers)).status_code == 403
    await world.api.grant(account, Role.branch_secretary, world.islington)
    gone = await secretary.post("/v1/members", json=a_member(world), headers=headers)
    assert gone.status_code == 404
    assert await made(world) == 1


async def test_a_repeat_after_the_member_has_moved_away_shows_nothing(world: World) -> None:
    secretary, region = await world.officer(), await world.officer(Role.regional_officer, world.region)
    headers = {"Idempotency-Key": "moved"}
    first = await secretary.post("/v1/members", json=a_member(world), headers=headers)
    moved = await region.post(
        "/v1/transfers", json={"member_id": first.json()["id"], "to_branch_id": str(world.angel), "accept": True}
    )
    assert moved.status_code == 201, moved.text
    assert (await secretary.post("/v1/members", json=a_member(world), headers=headers)).status_code == 404
