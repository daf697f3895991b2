"""Units over HTTP: seen by whoever is signed in, changed from above by those who manage them."""

from app.core.ids import new_id
from app.core.permissions import Role
from app.models.branches import BranchStatus, UnitKind
from tests.world import World

OFFICER = Role.regional_officer


async def test_a_regional_officer_makes_a_unit_and_corrects_it(world: World) -> None:
    officer = await world.officer(OFFICER, world.region)
    body = {
        "parent_id": str(world.hackney),
        "kind": "branch",
        "name": "Clapton",
        "postcode_districts": ["E5", "E5", "E4"],
    }
    made = await officer.post("/v1/branches", json=body)
    assert made.status_code == 201, made.text
    assert made.json()["status"] == "forming"
    assert made.json()["postcode_districts"] == ["E4", "E5"]
    assert made.json()["path"][-2:] == [str(world.hackney), made.json()["id"]]
    patched = await officer.patch(
        made.headers["Location"],
        json={"name_cy": "Clapton Gymraeg"},
        headers={"If-Match": made.headers["ETag"]},
    )
    assert patched.status_code == 200, patched.text
    assert patched.json()["name_cy"] == "Clapton Gymraeg"
    stale = await officer.patch(
        made.headers["Location"], json={"name": "Other"}, headers={"If-Match": made.headers["ETag"]}
    )
    assert (stale.status_code, stale.json()["current"]["name"]) == (412, "Clapton")
    assert await world.api.value("select name from branches where id = $1", made.json()["id"]) == "Clapton"


async def test_who_does_not_manage_the_place_makes_nothing(world: World) -> None:
    body = {"parent_id": str(world.islington), "kind": "branch", "name": "Highbury"}
    for officer in (
        await world.officer(OFFICER, world.hackney),
        await world.officer(branch_id=world.islington),
    ):
        refused = await officer.post("/v1/branches", json=body)
        assert (refused.status_code, refused.json()["params"]) == (403, {"permission": "branches:manage"})
    assert await world.api.value("select count(*) from branches where parent_id = $1", world.islington) == 1


async def test_what_may_stand_below_what(world: World) -> None:
    officer = await world.officer(OFFICER, world.region)
    for parent, kind in ((world.dalston, "branch"), (world.hackney, "region"), (world.region, "institution")):
        refused = await officer.post("/v1/branches", json={"parent_id": str(parent), "kind": kind, "name": "X"})
        assert (refused.status_code, refused.json()["code"]) == (409, "kind_not_below")
    nation = await world.api.unit(world.root, UnitKind.nation)
    national = await world.officer(Role.national_membership_officer, world.root)
    made = await national.post("/v1/branches", json={"parent_id": str(nation), "kind": "local_party", "name": "Fife"})
    assert made.status_code == 201


async def test_the_tree_has_a_bottom(world: World) -> None:
    unit = world.region
    for _ in range(10):
        unit = await world.api.unit(unit, UnitKind.region)
    officer = await world.officer(OFFICER, world.region)
    refused = await officer.post("/v1/branches", json={"parent_id": str(unit), "kind": "region", "name": "Deep"})
    assert refused.json()["code"] == "tree_too_deep"


async def test_an_ordinary_member_sees_the_tree_and_changes_nothing(world: World) -> None:
    _, person = await world.api.member(world.hackney)
    member = await world.api.sign_in(await world.api.account(person_id=person))
    for path in ("", "/tree", f"/{world.islington}", f"/{world.region}/children"):
        assert (await member.get(f"/v1/branches{path}")).status_code == 200
    unit = (await member.get(f"/v1/branches/{world.islington}")).json()
    assert "status_reason" not in unit
    assert {action["reason_code"] for action in unit["allowed_actions"]} == {"permission_missing"}
    assert (await member.get(f"/v1/branches/{world.hackney}/counts")).status_code == 403
    assert (await member.post(f"/v1/branches/{world.hackney}/suspend", json={"reason": "x"})).status_code == 403
    nobody = world.api.client()
    assert (await nobody.get("/v1/branches/tree")).status_code == 401


async def test_the_filters_of_the_list(world: World) -> None:
    mark = "Q" + new_id().hex[-10:]
    unit = await world.api.unit(
        world.hackney,
        name=f"Llŷn {mark}",
        name_cy="O’Brien's",
        local_authorities=["E09000012"],
        postcode_districts=["ZE9"],
        status=BranchStatus.forming,
    )
    member = await world.officer()

    async def found(**params: object) -> list[str]:
        answer = await member.get("/v1/branches", params={"within": str(world.region), **params})
        assert answer.status_code == 200, answer.text
        return [row["id"] for row in answer.json()["data"]]

    assert await found(q=f"LLYN {mark}") == [str(unit)]
    assert await found(q="obriens") == [str(unit)]
    assert await found(q="%") == []
    assert await found(local_authority="E09000012") == [str(unit)]
    assert await found(postcode_district="ZE9") == [str(unit)]
    assert await found(status="forming") == [str(unit)]
    assert set(await found(parent_id=str(world.hackney))) == {str(unit), str(world.dalston)}
    assert set(await found(kind="local_party")) == {str(world.hackney), str(world.islington)}
    assert await found(within=str(world.angel)) == [str(world.angel)]
    children = await member.get(f"/v1/branches/{world.hackney}/children", params={"limit": 1})
    assert children.json()["has_more"]
    following = await member.get(children.headers["Link"].partition(">")[0][1:])
    assert {row["id"] for body in (children, following) for row in body.json()["data"]} == {
        str(unit),
        str(world.dalston),
    }
    assert (await member.get(f"/v1/branches/{new_id()}/children")).status_code == 404


async def test_the_tree_in_order_and_its_tag(world: World) -> None:
    secretary = await world.officer()
    answer = await secretary.get("/v1/branches/tree")
    rows = answer.json()["data"]
    place = {row["id"]: n for n, row in enumerate(rows)}
    depth = {row["id"]: row["depth"] for row in rows}
    assert (rows[0]["id"], rows[0]["depth"]) == (str(world.root), 0)
    for row in rows[1:]:
        assert place[row["parent_id"]] < place[row["id"]]
        assert row["depth"] == depth[row["parent_id"]] + 1
        between = rows[place[row["parent_id"]] + 1 : place[row["id"]]]
        assert all(other["depth"] > depth[row["parent_id"]] for other in between)
    tag = {"If-None-Match": answer.headers["ETag"]}
    other = await world.officer(Role.auditor, world.root)
    same = await other.get("/v1/branches/tree", headers=tag)
    assert (same.status_code, same.content, same.headers["ETag"]) == (304, b"", answer.headers["ETag"])
    await world.member()
    assert (await secretary.get("/v1/branches/tree", headers=tag)).status_code == 304
    await world.api.unit(world.hackney)
    assert (await secretary.get("/v1/branches/tree", headers=tag)).status_code == 200


async def test_a_place_proposes_the_deepest_unit_that_covers_it(world: World) -> None:
    code, area = "BX1", f"K{new_id().int % 10**8:08}"
    api = world.api
    wide = await api.unit(world.region, UnitKind.local_party, local_authorities=[area])
    near = await api.unit(world.hackney, name="B", postcode_districts=[code], local_authorities=[area])
    twin = await api.unit(world.islington, name="A", postcode_districts=[code], local_authorities=[area])
    closed = await api.unit(world.hackney, name="0", local_authorities=[area], status=BranchStatus.suspended)
    member = await world.officer()
    body = {"postcode": "bx1 1lt", "local_authority": area}
    answer = (await member.post("/v1/branches/propose", json=body)).json()
    offered = [answer["branch"]["id"], *(unit["id"] for unit in answer["alternatives"])]
    mine = [unit for unit in offered if unit in map(str, (wide, near, twin, closed))]
    assert mine == [str(twin), str(near), str(wide)]
    nowhere = await member.post("/v1/branches/propose", json={"postcode": "ZE3 9JW"})
    assert nowhere.json() == {"branch": None, "alternatives": []}


async def test_the_same_key_makes_one_unit(world: World) -> None:
    officer = await world.officer(OFFICER, world.region)
    body = {"parent_id": str(world.hackney), "kind": "branch", "name": "Once"}
    key = {"Idempotency-Key": new_id().hex}
    first, second = [await officer.post("/v1/branches", json=body, headers=key) for _ in range(2)]
    assert first.json() == second.json()
    assert await world.api.value("select count(*) from branches where parent_id = $1", world.hackney) == 2
