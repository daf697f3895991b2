"""Transfers: asked by the branch that has the member, accepted by the one that will, and no glimpse before."""

import asyncio
from datetime import date
from typing import Any
from uuid import UUID

import asyncpg
import pytest

from app.core import clock
from app.core.permissions import Role
from tests.world import Client, World


async def ask(client: Client, member: UUID, to: UUID, **over: Any) -> Any:
    body = {"member_id": str(member), "to_branch_id": str(to), **over}
    return await client.post("/v1/transfers", json=body)


async def asked(world: World, **over: Any) -> tuple[Client, Client, UUID, str]:
    """The secretary who asks, the one who is asked, the member, and the transfer's address."""
    member = await world.member(world.dalston, given_name="Ada", family_name="Mover", **over)
    hackney, islington = await world.officer(), await world.officer(branch_id=world.islington)
    made = await ask(hackney, member, world.angel)
    assert made.status_code == 201, made.text
    return hackney, islington, member, made.headers["Location"]


def allowed(answer: Any) -> set[str]:
    return {action["action"] for action in answer.json()["allowed_actions"] if action["allowed"]}


async def test_a_transfer_is_asked_on_one_side_and_accepted_on_the_other(world: World) -> None:
    hackney, islington, member, url = await asked(world)
    seen = await islington.get(url)
    assert (seen.json()["member_name"], seen.json()["state"]) == ("Ada Mover", "asked")
    assert (await islington.get(f"/v1/members/{member}")).status_code == 404
    assert (allowed(await hackney.get(url)), allowed(seen)) == ({"withdraw"}, {"accept", "refuse"})
    refused = await hackney.post(f"{url}/accept")
    assert (refused.status_code, refused.json()["params"]) == (403, {"permission": "members:transfer"})
    done = await islington.post(f"{url}/accept")
    assert (done.status_code, done.json()["state"], allowed(done)) == (200, "accepted", set())
    moved = await islington.get(f"/v1/members/{member}")
    assert (moved.json()["branch_id"], moved.json()["version"]) == (str(world.angel), 2)
    assert moved.json()["email"]
    assert (await hackney.get(f"/v1/members/{member}")).status_code == 404
    assert (await hackney.get("/v1/members")).json()["data"] == []
    assert (await hackney.post("/v1/members/search", json={"name": "mover"})).json()["data"] == []
    assert (await hackney.get(url)).json()["state"] == "accepted"
    types = "select array_agg(type order by id) from events where subject_id = $1 and branch_id = $2"
    for branch in (world.dalston, world.angel):
        assert await world.api.value(types, member, branch) == ["transfer.asked", "transfer.accepted"]


async def test_offices_end_in_the_units_that_are_left_and_only_there(world: World) -> None:
    member, person = await world.api.member(world.dalston)
    places = (world.dalston, world.hackney, world.region, world.angel)
    terms = [await world.api.office(person, place, "chair", starts_on=date(2025, 1, 1)) for place in places]
    region = await world.officer(Role.regional_officer, world.region)
    done = await ask(region, member, world.angel, accept=True)
    assert (done.status_code, done.json()["state"]) == (201, "accepted")
    ends = [await world.api.row("select ends_on, end_reason from office_terms where id = $1", term) for term in terms]
    left = (clock.today(), "transferred")
    assert [tuple(end.values()) for end in ends] == [left, left, (None, None), (None, None)]


async def test_a_transfer_can_be_refused_with_its_reason_or_withdrawn(world: World) -> None:
    hackney, islington, member, url = await asked(world)
    assert (await hackney.post(f"{url}/refuse", json={"reason": "no"})).status_code == 403
    assert (await islington.post(f"{url}/withdraw")).status_code == 403
    assert (await islington.post(f"{url}/refuse", json={})).status_code == 422
    refused = await islington.post(f"{url}/refuse", json={"reason": "Lives elsewhere."})
    assert (refused.json()["state"], refused.json()["decision_reason"]) == ("refused", "Lives elsewhere.")
    again = (await ask(hackney, member, world.angel)).headers["Location"]
    assert (await hackney.post(f"{again}/withdraw")).json()["state"] == "withdrawn"
    for verb in ("accept", "refuse"):
        late = await islington.post(f"{again}/{verb}", json={"reason": "x"} if verb == "refuse" else None)
        assert (late.status_code, late.json()["code"]) == (409, "action_not_allowed")
    assert await world.api.value("select branch_id from members where id = $1", member) == world.dalston


async def test_of_two_acceptances_at_once_one_wins(world: World) -> None:
    _, islington, member, url = await asked(world)
    other = await world.officer(branch_id=world.islington)
    answers = await asyncio.gather(islington.post(f"{url}/accept"), other.post(f"{url}/accept"))
    assert sorted(answer.status_code for answer in answers) == [200, 409]
    assert await world.api.value("select version from members where id = $1", member) == 2


async def test_only_one_transfer_of_a_member_is_open(world: World) -> None:
    hackney, _, member, _ = await asked(world)
    second = await ask(hackney, member, world.islington)
    assert (second.status_code, second.json()["code"]) == (409, "transfer_open")


async def test_what_cannot_be_asked(world: World) -> None:
    member = await world.member(world.dalston)
    hackney, islington = await world.officer(), await world.officer(branch_id=world.islington)
    treasurer = await world.officer(Role.branch_treasurer)
    assert (await ask(islington, member, world.angel)).status_code == 404
    assert (await ask(treasurer, member, world.angel)).status_code == 403
    assert (await ask(hackney, member, world.dalston)).json()["errors"][0]["code"] == "same_branch"
    assert (await ask(hackney, member, member)).status_code == 404
    greedy = await ask(hackney, member, world.angel, accept=True)
    assert (greedy.status_code, greedy.json()["params"]) == (403, {"permission": "members:transfer"})
    closed = await world.api.unit(world.islington, status="dissolved")
    assert (await ask(hackney, member, closed)).json()["code"] == "branch_closed"
    for standing in ("suspended", "resigned", "expelled", "deceased"):
        gone = await world.member(world.dalston, decided_standing=standing, decided_from=date(2025, 1, 1))
        assert (await ask(hackney, gone, world.angel)).json()["code"] == "member_cannot_move"
    assert await world.api.value("select count(*) from transfers where from_branch_id = $1", world.dalston) == 0


async def test_a_resignation_takes_the_request_back(world: World) -> None:
    hackney, islington, member, url = await asked(world)
    await hackney.post(f"/v1/members/{member}/resign", json={})
    assert (await islington.get(url)).json()["state"] == "withdrawn"
    assert (await islington.post(f"{url}/accept")).status_code == 409


async def test_transfers_are_listed_by_state_and_direction_to_both_sides_alone(world: World) -> None:
    hackney, islington, _, url = await asked(world)
    for client, direction, expected in (
        (hackney, "out", 1),
        (hackney, "in", 0),
        (islington, "in", 1),
        (islington, "out", 0),
    ):
        listed = await client.get("/v1/transfers", params={"direction": direction, "state": "asked"})
        assert len(listed.json()["data"]) == expected
    assert (await islington.get("/v1/transfers", params={"state": "refused"})).json()["data"] == []
    stranger = await world.officer(branch_id=await world.api.unit(world.region))
    assert (await stranger.get("/v1/transfers")).json()["data"] == []
    assert (await stranger.get(url)).status_code == 404
    assert (await stranger.post(f"{url}/accept")).status_code == 404


async def test_a_stale_version_is_refused(world: World) -> None:
    _, islington, member, url = await asked(world)
    stale = await islington.post(f"{url}/accept", headers={"If-Match": f'"{url.rpartition("/")[2]}-9"'})
    assert (stale.status_code, stale.json()["current"]["state"]) == (412, "asked")
    another = await islington.post(f"{url}/accept", headers={"If-Match": f'"{member}-1"'})
    assert (another.status_code, another.json()["errors"][0]["code"]) == (422, "etag_invalid")


async def test_the_function_that_moves_members_checks_everything_itself(world: World) -> None:
    """Past the judge: straight to the database in the actor's own transaction."""
    _, _, member, url = await asked(world)
    transfer = UUID(url.rpartition("/")[2])
    move = "select * from accept_transfer($1, current_date, now())"
    for branch in (world.hackney, await world.api.unit(world.region)):
        actor = await world.api.actor(Role.branch_secretary, branch)
        with pytest.raises(asyncpg.RaiseError):
            async with world.api.app.state.database.transaction(actor) as session:
                await session.execute(move, transfer)
    there = await world.api.actor(Role.branch_secretary, world.islington)
    async with world.api.app.state.database.transaction(there) as session:
        await session.execute(move, transfer)
    with pytest.raises(asyncpg.RaiseError):
        async with world.api.app.state.database.transaction(there) as session:
            await session.execute(move, transfer)
    assert await world.api.value("select branch_id from members where id = $1", member) == world.angel


async def test_a_request_for_a_member_of_another_branch_is_refused_by_the_lock(world: World) -> None:
    member = await world.member(world.angel)
    hackney = await world.api.actor(Role.branch_secretary, world.hackney)
    columns = (
        "id, created_at, updated_at, version, member_id, member_name, from_branch_id, to_branch_id, state, asked_by"
    )
    insert = f"insert into transfers ({columns}) values (gen_random_uuid(), now(), now(), 1, $1, 'x', $2, $3, $4, $1)"
    tries = ((world.angel, world.hackney, "asked"), (world.hackney, world.dalston, "asked"))
    for from_branch, to_branch, state in (*tries, (world.hackney, world.dalston, "accepted")):
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            async with world.api.app.state.database.transaction(hackney) as session:
                await session.execute(insert, member, from_branch, to_branch, state)
