"""Units change their standing and their place, by the hand of whoever manages the place above."""

import asyncio

from app.core import clock
from app.core.ids import new_id
from app.core.permissions import Role
from app.models.branches import BranchStatus, UnitKind
from tests.world import World

OFFICER = Role.regional_officer


async def test_the_life_of_a_unit_is_decided_from_above(world: World) -> None:
    api = world.api
    unit = await api.unit(world.region, UnitKind.local_party, status=BranchStatus.forming)
    above, within = await world.officer(OFFICER, world.region), await world.officer(OFFICER, unit)
    url = f"/v1/branches/{unit}"
    for verb, body, status in (
        ("recognise", None, "recognised"),
        ("suspend", {"reason": "No accounts for two years"}, "suspended"),
        ("reinstate", None, "recognised"),
        ("dissolve", None, "dissolved"),
    ):
        before = await api.value("select version from branches where id = $1", unit)
        refused = await within.post(f"{url}/{verb}", json=body)
        assert refused.status_code == 403
        assert await api.value("select version from branches where id = $1", unit) == before
        done = await above.post(f"{url}/{verb}", json=body)
        assert (done.status_code, done.json()["status"]) == (200, status), done.text
        again = await above.post(f"{url}/{verb}", json=body)
        assert (again.status_code, again.json()["code"]) == (409, "action_not_allowed")
    assert (await above.post(f"{url}/suspend", json={})).status_code == 422
    national = await world.officer(Role.national_membership_officer, world.root)
    assert (await national.post(f"/v1/branches/{world.root}/suspend", json={"reason": "x"})).status_code == 403


async def test_the_reason_of_a_suspension_is_for_those_who_manage_units(world: World) -> None:
    officer = await world.officer(OFFICER, world.region)
    await officer.post(f"/v1/branches/{world.hackney}/suspend", json={"reason": "No accounts"})
    url = f"/v1/branches/{world.hackney}"
    assert (await officer.get(url)).json()["status_reason"] == "No accounts"
    assert "status_reason" not in (await (await world.officer()).get(url)).json()


async def test_only_an_empty_unit_is_dissolved(world: World) -> None:
    api = world.api
    officer = await world.officer(OFFICER, world.region)
    url = f"/v1/branches/{world.hackney}"

    async def refusal() -> str:
        shown = next(a for a in (await officer.get(url)).json()["allowed_actions"] if a["action"] == "dissolve")
        refused = await officer.post(f"{url}/dissolve")
        assert refused.status_code == 409
        assert refused.json()["params"]["reason_code"] == shown["reason_code"]
        assert await api.value("select status from branches where id = $1", world.hackney) == "recognised"
        return str(shown["reason_code"])

    assert await refusal() == "has_units"
    assert (await officer.post(f"/v1/branches/{world.dalston}/dissolve")).status_code == 200
    member, person = await api.member(world.hackney)
    assert await refusal() == "has_members"
    await api.row(
        "update members set decided_standing = 'resigned', decided_from = $2 where id = $1 returning id",
        member,
        clock.today(),
    )
    term = await api.office(person, world.hackney, "chair")
    assert await refusal() == "has_officers"
    await api.row("update office_terms set ends_on = $2 where id = $1 returning id", term, clock.today())
    assert (await officer.post(f"{url}/dissolve")).json()["status"] == "dissolved"
    body = {"parent_id": str(world.hackney), "kind": "branch", "name": "Late"}
    assert (await officer.post("/v1/branches", json=body)).json()["code"] == "branch_not_open"


async def test_who_sees_no_members_still_cannot_dissolve_over_their_heads(world: World) -> None:
    """The guard counts rows that the judge cannot see."""
    await world.member(world.dalston)
    account = await world.api.account()
    await world.api.grant(account, OFFICER, world.region)
    client = new_id()
    await world.api.row(
        "insert into clients (id, created_at, updated_at, version, name, kind, scopes, origins) "
        "values ($1, now(), now(), 1, 'Narrow', 'third_party', array['branches:read', 'branches:manage'], "
        "'{}') returning id",
        client,
    )
    narrow = await world.api.sign_in(account, client_id=client)
    refused = await narrow.post(f"/v1/branches/{world.dalston}/dissolve")
    assert refused.json()["params"]["reason_code"] == "has_members"


async def test_a_subtree_moves_and_takes_its_rights_along(world: World) -> None:
    api = world.api
    other = await api.unit(world.root, UnitKind.region)
    member = await world.member(world.dalston)
    here, there = await world.officer(OFFICER, world.region), await world.officer(OFFICER, other)
    secretary = await world.officer()
    url = f"/v1/branches/{world.hackney}/move"
    for one_sided in (here, there):
        refused = await one_sided.post(url, json={"parent_id": str(other)})
        assert refused.status_code == 403
    assert (await here.get(f"/v1/members/{member}")).status_code == 200
    national = await world.officer(Role.national_membership_officer, world.root)
    moved = await national.post(url, json={"parent_id": str(other)})
    assert moved.status_code == 200, moved.text
    path = await api.value("select path from branches where id = $1", world.dalston)
    assert path == [world.root, other, world.hackney, world.dalston]
    assert (await here.get(f"/v1/members/{member}")).status_code == 404
    assert (await there.get(f"/v1/members/{member}")).status_code == 200
    assert (await secretary.get(f"/v1/members/{member}")).status_code == 200


async def test_a_unit_moves_neither_into_itself_nor_where_its_kind_has_no_place(world: World) -> None:
    api = world.api
    inner = await api.unit(world.region, UnitKind.region)
    national = await world.officer(Role.national_membership_officer, world.root)
    for unit, parent, code in (
        (world.region, inner, "move_into_itself"),
        (world.region, world.region, "move_into_itself"),
        (world.dalston, world.region, "kind_not_below"),
        (world.root, world.region, "root_stays"),
    ):
        before = await api.value("select path from branches where id = $1", unit)
        refused = await national.post(f"/v1/branches/{unit}/move", json={"parent_id": str(parent)})
        assert (refused.status_code, refused.json()["code"]) == (409, code)
        assert await api.value("select path from branches where id = $1", unit) == before


async def test_two_moves_at_once_close_no_circle(world: World) -> None:
    api = world.api
    one, two = [await api.unit(world.region, UnitKind.region) for _ in range(2)]
    officer = await world.officer(OFFICER, world.region)
    answers = await asyncio.gather(
        officer.post(f"/v1/branches/{one}/move", json={"parent_id": str(two)}),
        officer.post(f"/v1/branches/{two}/move", json={"parent_id": str(one)}),
    )
    assert sorted(answer.status_code for answer in answers) == [200, 409]
    paths = [await api.value("select path from branches where id = $1", unit) for unit in (one, two)]
    assert sorted(map(len, paths)) == [3, 4]
