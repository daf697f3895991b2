"""What waits for whom: each kind of thing, where the right to act is held, and for nobody else."""

from datetime import timedelta
from typing import Any

from app.core import clock
from app.core.ids import new_id
from app.core.permissions import Role
from app.models.accounts import GrantState
from app.models.offices import TermState
from app.models.transfers import Transfer
from tests.world import Client, World


async def tasks(client: Client) -> dict[str, dict[str, Any]]:
    answer = await client.get("/v1/me/tasks")
    assert answer.status_code == 200, answer.text
    return {task["kind"]: task for task in answer.json()["data"]}


async def test_a_transfer_waits_for_the_branch_to_which_the_member_would_move(world: World) -> None:
    member, _ = await world.api.member(world.hackney)
    hackney, islington = await world.officer(), await world.officer(branch_id=world.islington)
    async with world.api.owner.transaction() as session:
        await session.insert(
            Transfer(
                member_id=member,
                member_name="Ann Smith",
                from_branch_id=world.hackney,
                to_branch_id=world.angel,
                asked_by=new_id(),
            )
        )
    task = (await tasks(islington))["transfers_to_decide"]
    assert (task["branch_id"], task["count"], task["due_on"]) == (str(world.islington), 1, None)
    assert "transfers_to_decide" not in await tasks(hackney)


async def test_a_term_waits_for_the_unit_above_and_not_for_who_recorded_it(world: World) -> None:
    _, person = await world.api.member(world.hackney)
    day = clock.today() + timedelta(days=3)
    region = await world.officer(Role.regional_officer, world.region)
    same_unit = await world.officer(Role.regional_officer, world.hackney)
    await world.api.office(person, world.hackney, "treasurer", state=TermState.proposed, starts_on=day)
    task = (await tasks(region))["terms_to_confirm"]
    assert (task["branch_id"], task["count"], task["due_on"]) == (str(world.region), 1, day.isoformat())
    assert "terms_to_confirm" not in await tasks(same_unit)


async def test_a_grant_waits_for_a_second_person(world: World) -> None:
    proposer = await world.api.account()
    await world.api.grant(proposer, Role.national_membership_officer, world.hackney)
    second, stranger = await world.officer(Role.data_protection_officer), await world.officer()
    holder = await world.api.account()
    async with world.api.owner.transaction() as session:
        grant = await world.api.grant(holder, Role.branch_secretary, world.dalston, state=GrantState.proposed)
        await session.execute("update grants set proposed_by = $2 where id = $1", grant, proposer)
    assert (await tasks(second))["grants_to_confirm"]["branch_id"] == str(world.hackney)
    assert "grants_to_confirm" not in await tasks(await world.api.sign_in(proposer))
    assert "grants_to_confirm" not in await tasks(stranger)


async def test_vacant_offices_wait_for_those_who_record_officers(world: World) -> None:
    secretary, treasurer = await world.officer(), await world.officer(Role.branch_treasurer)
    before = (await tasks(secretary))["offices_to_fill"]["count"]
    each = "select sum(seats) from office_types where required and $1 = any (kinds)"
    assert before == await world.api.value(each, "local_party") + await world.api.value(each, "branch")
    _, person = await world.api.member(world.dalston)
    await world.api.office(person, world.dalston, "chair")
    after = (await tasks(secretary))["offices_to_fill"]
    assert (after["branch_id"], after["count"]) == (str(world.hackney), before - 1)
    assert "offices_to_fill" not in await tasks(treasurer)


async def test_who_may_do_nothing_has_nothing_to_do_and_strangers_sign_in_first(world: World) -> None:
    nobody = await world.api.sign_in(await world.api.account())
    assert (await nobody.get("/v1/me/tasks")).json() == {"data": [], "next_cursor": None, "has_more": False}
    assert (await world.api.client().get("/v1/me/tasks")).status_code == 401


async def test_what_is_due_first_comes_first(world: World) -> None:
    _, person = await world.api.member(world.hackney)
    region = await world.officer(Role.regional_officer, world.region)
    await world.api.office(person, world.hackney, "treasurer", state=TermState.proposed)
    kinds = list(await tasks(region))
    assert kinds.index("terms_to_confirm") < kinds.index("offices_to_fill")
