"""One's own account: what it shows of its rights, and stays small."""

from datetime import timedelta
from uuid import UUID

from app.core import clock
from app.core.permissions import GRANTS, Role
from app.models.me import Me
from tests.world import Client, World

UNITS = """
insert into branches (id, created_at, updated_at, version, parent_id, path, kind, status, name,
  local_authorities, postcode_districts)
select id, now(), now(), 1, $1, up || id, 'branch', 'recognised', 'Unit', '{}', '{}'
from (select gen_random_uuid() as id, path as up from branches, generate_series(1, 500) where id = $1) made
"""
GRANTED = """
insert into grants (id, created_at, updated_at, version, account_id, role, branch_id, starts_on, state,
  reason, proposed_by)
select gen_random_uuid(), now(), now(), 1, $2, 'branch_secretary', id, $3, 'confirmed', 'test', $2
from branches where parent_id = $1 and name = 'Unit'
"""


async def me(client: Client) -> Me:
    answer = await client.get("/v1/me")
    assert answer.status_code == 200, answer.text
    assert answer.json().keys() == Me.model_fields.keys()
    return Me.model_validate(answer.json())


def reach(shown: Me) -> dict[str, set[UUID]]:
    """Where each permission is held."""
    flat = [(p.value, set(group.branch_ids)) for group in shown.permissions for p in group.permissions]
    assert len(dict(flat)) == len(flat), "a permission stands once"
    return dict(flat)


async def test_an_ordinary_member_holds_nothing(world: World) -> None:
    _, person_id = await world.api.member(world.hackney, preferred_language="cy")
    shown = await me(await world.api.sign_in(await world.api.account(person_id=person_id)))
    assert (shown.offices, shown.permissions) == ([], [])
    assert (shown.person_id, shown.preferred_language) == (person_id, "cy")


async def test_staff_without_a_person_are_shown_what_was_granted(world: World) -> None:
    account_id = await world.api.account()
    await world.api.grant(account_id, Role.regional_officer, world.region)
    shown = await me(await world.api.sign_in(account_id))
    assert (shown.account_id, shown.person_id, shown.preferred_language) == (account_id, None, None)
    assert reach(shown) == {p.value: {world.region} for p in GRANTS[Role.regional_officer]}
    row = await world.api.row("select email, name from accounts where id = $1", account_id)
    assert (shown.email, shown.name) == (row["email"], row["name"])


async def test_only_offices_held_today_are_shown(world: World) -> None:
    api, today = world.api, clock.today()
    _, person_id = await api.member(world.hackney)
    serving = await api.office(person_id, world.hackney, "secretary")
    await api.office(person_id, world.hackney, "chair", starts_on=today - timedelta(9), ends_on=today)
    await api.office(person_id, world.hackney, "chair", starts_on=today + timedelta(1))
    await api.office(person_id, world.islington, "secretary", state="proposed")
    shown = await me(await api.sign_in(await api.account(person_id=person_id)))
    [office] = shown.offices
    assert (office.term_id, office.office_key, office.branch_id) == (serving, "secretary", world.hackney)
    assert (office.office, office.office_cy, office.ends_on) == ("Secretary", "Ysgrifennydd", None)
    assert reach(shown) == {p.value: {world.hackney} for p in GRANTS[Role.branch_secretary]}


async def test_a_unit_below_another_that_is_held_adds_nothing(world: World) -> None:
    account_id = await world.api.account()
    for unit in (world.dalston, world.hackney, world.angel):
        await world.api.grant(account_id, Role.branch_secretary, unit)
    await world.api.grant(account_id, Role.auditor, world.region)
    shown = reach(await me(await world.api.sign_in(account_id)))
    assert shown["members:read"] == {world.hackney, world.angel}
    assert shown["branches:read"] == {world.region}


async def test_it_stays_small_with_many_units(world: World) -> None:
    account_id = await world.api.account()
    async with world.api.owner.transaction() as session:
        # Five hundred units in one statement: made one by one they would take longer than the test.
        await session.execute(UNITS, world.hackney)
        await session.execute(GRANTED, world.hackney, account_id, clock.today())
    world.api.app.state.rights.forget()
    client = await world.api.sign_in(account_id)
    answer = await client.get("/v1/me")
    assert len(answer.content) < 25_000
    assert {len(units) for units in reach(await me(client)).values()} == {500}
