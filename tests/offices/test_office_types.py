"""Kinds of office: made nationally, by whoever could grant the role that they carry."""

from app.core.ids import new_id
from app.core.permissions import Role
from tests.world import World


def _body(**over: object) -> dict[str, object]:
    key = "office_" + new_id().hex[-12:]
    return {"key": key, "name": "Welfare officer", "kinds": ["institution"], **over}


async def test_the_national_officer_makes_and_corrects_an_office(world: World) -> None:
    national = await world.officer(Role.national_membership_officer, world.root)
    made = await national.post("/v1/office-types", json=_body(role="branch_treasurer", seats=2))
    assert made.status_code == 201, made.text
    assert (made.json()["role"], made.json()["seats"]) == ("branch_treasurer", 2)
    again = await national.post("/v1/office-types", json=_body(key=made.json()["key"]))
    assert (again.status_code, again.json()["code"]) == (409, "office_type_exists")
    url, match = made.headers["Location"], {"If-Match": made.headers["ETag"]}
    patched = await national.patch(url, json={"name_cy": "Swyddog lles", "seats": 3}, headers=match)
    assert (patched.json()["name_cy"], patched.json()["seats"], patched.json()["version"]) == (
        "Swyddog lles",
        3,
        2,
    )
    assert (await national.patch(url, json={"seats": 4}, headers=match)).status_code == 412
    later = {"If-Match": patched.headers["ETag"]}
    assert (await national.patch(url, json={"role": "regional_officer"}, headers=later)).status_code == 422
    assert (await (await world.officer()).get(url)).json() == patched.json()


async def test_an_office_carries_no_role_beyond_its_maker_s_ceiling(world: World) -> None:
    national = await world.officer(Role.national_membership_officer, world.root)
    for role in (Role.auditor, Role.system_administrator, Role.national_membership_officer):
        body = _body(role=role)
        refused = await national.post("/v1/office-types", json=body)
        assert (refused.status_code, refused.json()["code"]) == (403, "beyond_ceiling")
        assert refused.json()["errors"][0]["pointer"] == "/role"
        assert await world.api.value("select count(*) from office_types where key = $1", body["key"]) == 0


async def test_a_region_makes_no_offices(world: World) -> None:
    region = await world.officer(Role.regional_officer, world.region)
    body = _body()
    assert (await region.post("/v1/office-types", json=body)).status_code == 403
    assert await world.api.value("select count(*) from office_types where key = $1", body["key"]) == 0
    chair = await world.api.value("select id from office_types where key = 'chair'")
    read = await region.get(f"/v1/office-types/{chair}")
    refused = await region.patch(
        f"/v1/office-types/{chair}", json={"seats": 5}, headers={"If-Match": read.headers["ETag"]}
    )
    assert refused.status_code == 403
    assert await world.api.value("select seats from office_types where id = $1", chair) == 1


async def test_the_list_of_offices(world: World) -> None:
    secretary = await world.officer()
    rows = (await secretary.get("/v1/office-types", params={"kind": "local_party"})).json()["data"]
    assert {"chair", "secretary", "treasurer"} <= {row["key"] for row in rows}
    assert all("local_party" in row["kinds"] for row in rows)
    carrying = (await secretary.get("/v1/office-types", params={"role": "organiser"})).json()["data"]
    assert {row["role"] for row in carrying} == {"organiser"}
    assert (await world.api.client().get("/v1/office-types")).status_code == 401
