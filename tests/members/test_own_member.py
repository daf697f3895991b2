"""One's own record: read whole, corrected, and nobody else's."""

import asyncio
from typing import Any

from app.core.permissions import Role
from tests.world import Client, World


async def myself(world: World, **over: Any) -> tuple[Client, str]:
    member, person = await world.api.member(world.hackney, **over)
    return await world.api.sign_in(await world.api.account(person_id=person)), str(member)


async def test_members_read_their_own_record_and_no_other(world: World) -> None:
    me, member = await myself(world, email="me@example.org")
    await world.member()
    own = await me.get("/v1/me/member")
    assert (own.json()["id"], own.json()["email"], own.headers["ETag"]) == (member, "me@example.org", f'"{member}-1"')
    assert "allowed_actions" not in own.json()
    assert (await me.get(f"/v1/members/{member}")).status_code == 403
    assert (await world.api.client().get("/v1/me/member")).status_code == 401


async def test_an_account_of_nobody_has_no_record(world: World) -> None:
    account = await world.api.sign_in(await world.api.account())
    assert (await account.get("/v1/me/member")).status_code == 404
    patched = await account.patch("/v1/me/member", json={"town": "X"}, headers={"If-Match": f'"{world.root}-1"'})
    assert patched.status_code == 404
    national = await world.officer(Role.national_membership_officer, world.root)
    assert (await national.get("/v1/me/member")).status_code == 404


async def test_members_correct_their_record_and_object_by_channel(world: World) -> None:
    me, member = await myself(world, preferred_name="Old")
    body = {"preferred_name": None, "family_name": "Neu", "objections": ["email"], "postcode": "n12ud"}
    done = await me.patch("/v1/me/member", json=body, headers={"If-Match": f'"{member}-1"'})
    assert done.status_code == 200, done.text
    shown = done.json()
    assert (shown["preferred_name"], shown["objections"], shown["postcode"]) == (None, ["email"], "N1 2UD")
    assert "email" not in shown["reachable_by"]
    secretary = await world.officer()
    changes = (await secretary.get(f"/v1/members/{member}/history")).json()["data"]
    assert changes[0]["fields"]["objections"] == {"old": [], "new": ["email"]}
    assert changes[0]["fields"]["postcode"] is True
    found = await secretary.post("/v1/members/search", json={"name": "neu"})
    assert [row["id"] for row in found.json()["data"]] == [member]


async def test_what_is_not_for_members_to_change_is_refused(world: World) -> None:
    me, member = await myself(world)
    match = {"If-Match": f'"{member}-1"'}
    for body in (
        {"type": "youth"},
        {"electoral_area": "E05000001"},
        {"branch_id": str(world.angel)},
        {"joined_on": "2020-01-01"},
    ):
        refused = await me.patch("/v1/me/member", json=body, headers=match)
        assert (refused.status_code, refused.json()["errors"][0]["code"]) == (422, "unknown")
    assert (await me.patch("/v1/me/member", json={"town": "X"})).status_code == 428
    assert await world.api.value("select version from members where id::text = $1", member) == 1


async def test_of_two_corrections_of_oneself_one_is_told(world: World) -> None:
    me, member = await myself(world)
    match = {"If-Match": f'"{member}-1"'}
    answers = await asyncio.gather(*(me.patch("/v1/me/member", json={"town": t}, headers=match) for t in "AB"))
    assert sorted(answer.status_code for answer in answers) == [200, 412]
    lost = next(answer for answer in answers if answer.status_code == 412)
    assert lost.json()["current"]["version"] == 2
