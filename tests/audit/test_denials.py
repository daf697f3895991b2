"""A refused write leaves nothing but the fact that it was tried."""

from app.core.permissions import Role
from tests.world import World


async def test_a_refused_write_is_on_the_record_and_did_nothing(world: World) -> None:
    treasurer = await world.officer(Role.branch_treasurer)
    body = {"branch_id": str(world.hackney), "given_name": "Ann", "family_name": "Smith"}
    before = await world.api.value("select count(*) from members where branch_id = $1", world.hackney)
    refused = await treasurer.post("/v1/members", json=body)
    assert (refused.status_code, refused.json()["code"]) == (403, "permission_missing")
    assert await world.api.value("select count(*) from members where branch_id = $1", world.hackney) == before
    account = await account_of(world, treasurer)
    entry = await world.api.row("select * from audit_entries where account_id = $1", account)
    assert (entry["action"], entry["subject_id"], entry["branch_id"]) == ("denied", account, None)
    assert entry["fields"] == {"permission": "members:create", "route": "POST /v1/members"}


async def test_a_refusal_found_by_the_service_is_on_the_record_too(world: World) -> None:
    secretary = await world.officer(Role.branch_secretary, world.hackney)
    account = await account_of(world, secretary)
    await world.api.grant(account, Role.branch_treasurer, world.islington)
    refused = await secretary.post(
        "/v1/members", json={"branch_id": str(world.islington), "given_name": "Ann", "family_name": "Smith"}
    )
    assert refused.status_code == 403
    fields = await world.api.value("select fields from audit_entries where account_id = $1", account)
    assert fields == {"permission": "members:create", "route": "POST /v1/members"}


async def test_a_refused_read_leaves_no_trace(world: World) -> None:
    admin = await world.officer(Role.system_administrator)
    assert (await admin.get("/v1/members")).status_code == 403
    account = await account_of(world, admin)
    assert await world.api.row("select * from audit_entries where account_id = $1", account) is None


async def account_of(world: World, client: object) -> object:
    token = client.headers["Authorization"].removeprefix("Bearer ")  # type: ignore[attr-defined]
    return world.api.app.state.key_ring.verify(token).sub
