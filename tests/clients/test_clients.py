"""Clients over HTTP: registered with scopes, which cap what anybody may do through them, and revoked."""

from uuid import UUID

from app.core.permissions import Permission, Role
from app.services.sign_ins import HOUSE_CLIENT
from tests.world import Client, World


async def administrator(world: World) -> Client:
    return await world.officer(Role.system_administrator, world.root)


async def register(client: Client, scopes: list[str], kind: str = "third_party") -> UUID:
    made = await client.post("/v1/clients", json={"name": "Canvass", "kind": kind, "scopes": scopes})
    assert made.status_code == 201, made.text
    return UUID(made.json()["id"])


async def through(world: World, client_id: UUID, role: Role = Role.branch_secretary) -> Client:
    account = await world.api.account()
    await world.api.grant(account, role, world.hackney)
    return await world.api.sign_in(account, client_id=client_id)


async def test_a_client_is_registered_and_read(world: World) -> None:
    client = await administrator(world)
    made = await client.post(
        "/v1/clients",
        json={
            "name": "Canvass",
            "kind": "third_party",
            "scopes": ["members:read", "branches:read", "members:read"],
            "origins": ["https://canvass.example.org", "https://canvass.example.org:8443/"],
        },
    )
    body = made.json()
    assert (made.status_code, body["state"], body["revoked_at"]) == (201, "active", None)
    assert body["scopes"] == ["members:read", "branches:read"]
    assert body["origins"] == ["https://canvass.example.org", "https://canvass.example.org:8443"]
    assert (await client.get(made.headers["Location"])).json() == body
    listed = (await client.get("/v1/clients", params={"kind": "third_party", "state": "active"})).json()
    assert body["id"] in [row["id"] for row in listed["data"]]


async def test_a_client_lets_through_what_its_scopes_name_and_no_more(world: World) -> None:
    client_id = await register(await administrator(world), ["members:read"])
    secretary = await through(world, client_id)
    member = await world.member(world.hackney, email="ann@example.org")
    read = await secretary.get(f"/v1/members/{member}")
    assert read.status_code == 200
    assert "email" not in read.json()
    before = await world.api.value("select count(*) from members where branch_id = $1", world.hackney)
    refused = await secretary.post(
        "/v1/members", json={"branch_id": str(world.hackney), "given_name": "Bo", "family_name": "Lee"}
    )
    assert (refused.status_code, refused.json()["params"]["permission"]) == (403, "members:create")
    assert await world.api.value("select count(*) from members where branch_id = $1", world.hackney) == before


async def test_scopes_give_nobody_what_they_do_not_hold(world: World) -> None:
    client_id = await register(await administrator(world), [permission.value for permission in Permission])
    treasurer = await through(world, client_id, Role.branch_treasurer)
    assert (await treasurer.get("/v1/members")).status_code == 200
    assert (await treasurer.get("/v1/accounts")).status_code == 403
    elsewhere = await world.member(world.islington)
    assert (await treasurer.get(f"/v1/members/{elsewhere}")).status_code == 404


async def test_narrower_scopes_bind_whoever_is_signed_in(world: World) -> None:
    client = await administrator(world)
    client_id = await register(client, ["members:read", "offices:read"])
    secretary = await through(world, client_id)
    assert (await secretary.get("/v1/members")).status_code == 200
    tag = (await client.get(f"/v1/clients/{client_id}")).headers["ETag"]
    narrowed = await client.patch(
        f"/v1/clients/{client_id}", json={"scopes": ["offices:read"]}, headers={"If-Match": tag}
    )
    assert (narrowed.status_code, narrowed.json()["scopes"]) == (200, ["offices:read"])
    world.api.app.state.rights.forget()
    assert (await secretary.get("/v1/members")).status_code == 403


async def test_a_revoked_client_is_shut_out_for_good(world: World) -> None:
    client = await administrator(world)
    client_id = await register(client, ["members:read"])
    secretary = await through(world, client_id)
    assert (await secretary.get("/v1/members")).status_code == 200
    revoked = await client.post(f"/v1/clients/{client_id}/revoke")
    assert (revoked.status_code, revoked.json()["state"]) == (200, "revoked")
    world.api.app.state.rights.forget()
    assert (await secretary.get("/v1/members")).status_code == 401
    running = await world.api.value(
        "select count(*) from sign_ins where client_id = $1 and ended_at is null", client_id
    )
    assert running == 0
    again = await client.post(f"/v1/clients/{client_id}/revoke")
    assert again.json()["params"]["reason_code"] == "wrong_state"
    late = await client.patch(
        f"/v1/clients/{client_id}", json={"name": "New"}, headers={"If-Match": revoked.headers["ETag"]}
    )
    assert (late.status_code, late.json()["code"]) == (409, "client_revoked")


async def test_the_house_does_not_shut_itself_out(world: World) -> None:
    client = await administrator(world)
    refused = await client.post(f"/v1/clients/{HOUSE_CLIENT}/revoke")
    assert (refused.status_code, refused.json()["params"]["reason_code"]) == (409, "house_client")
    assert await world.api.value("select revoked_at from clients where id = $1", HOUSE_CLIENT) is None


async def test_what_makes_no_client(world: World) -> None:
    client = await administrator(world)
    before = await world.api.value("select count(*) from clients")
    for body, pointer in (
        ({"kind": "third_party", "scopes": ["members:everything"]}, "/scopes/0"),
        ({"kind": "first_party", "scopes": ["members:read"]}, "/scopes"),
        ({"kind": "robot", "scopes": []}, "/kind"),
        ({"kind": "third_party", "scopes": [], "origins": ["https://example.org/path"]}, "/origins/0"),
        ({"kind": "third_party", "scopes": [], "origins": ["https://ann:secret@example.org"]}, "/origins/0"),
    ):
        refused = await client.post("/v1/clients", json={"name": "Canvass", **body})
        assert (refused.status_code, refused.json()["errors"][0]["pointer"]) == (422, pointer), refused.text
    assert await world.api.value("select count(*) from clients") == before


async def test_clients_are_administrators_work_at_the_root(world: World) -> None:
    for role, branch in (
        (Role.national_membership_officer, world.root),
        (Role.auditor, world.root),
        (Role.system_administrator, world.region),
    ):
        stranger = await world.officer(role, branch)
        refused = await stranger.post("/v1/clients", json={"name": "X", "kind": "service", "scopes": []})
        assert (refused.status_code, refused.json()["params"]["permission"]) == (403, "clients:manage")
    auditor = await world.officer(Role.auditor, world.root)
    assert (await auditor.get(f"/v1/clients/{HOUSE_CLIENT}")).status_code == 200
