"""Accounts over HTTP: kept by administrators, who see no credential and no member."""

import asyncio
from uuid import UUID

from app.core.ids import new_id
from app.core.permissions import Role
from tests.contracts.routes import unwired
from tests.world import Client, World


async def administrator(world: World) -> Client:
    return await world.officer(Role.system_administrator, world.root)


def address() -> str:
    return f"Ann.{new_id().hex}@example.org"


async def state(world: World, account_id: str | UUID) -> str:
    found: str = await world.api.value("select state from accounts where id = $1", account_id)
    return found


async def test_an_invitation_makes_an_account_without_a_password_and_sends_a_letter(world: World) -> None:
    client, email = await administrator(world), address()
    letters = await world.api.value("select count(*) from mail_outbox")
    made = await client.post("/v1/accounts", json={"email": email, "name": "Ann Example"})
    assert made.status_code == 201, made.text
    body = made.json()
    assert (body["state"], body["email"]) == ("invited", email)
    row = await world.api.row("select * from accounts where id = $1", body["id"])
    assert row["password_hash"] is None
    tokens = await world.api.value("select count(*) from password_resets where account_id = $1", row["id"])
    assert (tokens, await world.api.value("select count(*) from mail_outbox") - letters) == (1, 1)
    assert "password" not in made.text
    assert (await client.get(made.headers["Location"])).json() == body
    trail = await world.api.row(
        "select fields from audit_entries where subject_id = $1 and action = 'account.invited'", row["id"]
    )
    assert trail["fields"]["email"] is True


async def test_an_address_has_one_account_and_only_its_keepers_are_told(world: World) -> None:
    client, email = await administrator(world), address()
    await client.post("/v1/accounts", json={"email": email, "name": "Ann Example"})
    again = await client.post("/v1/accounts", json={"email": email.upper(), "name": "Another"})
    assert (again.status_code, again.json()["code"]) == (409, "account_exists")
    assert email.lower() not in again.text.lower()
    assert await world.api.value("select count(*) from accounts where email_key = $1", email.lower()) == 1
    for role in (Role.auditor, Role.national_membership_officer):
        stranger = await world.officer(role, world.root)
        refused = await stranger.post("/v1/accounts", json={"email": email, "name": "Ann"})
        assert (refused.status_code, refused.json()["code"]) == (403, "permission_missing")


async def test_no_credential_is_set_or_seen(world: World) -> None:
    client = await administrator(world)
    for field in ("password", "password_hash", "state"):
        refused = await client.post("/v1/accounts", json={"email": address(), "name": "Ann", field: "x" * 20})
        assert refused.status_code == 422
    account = await world.api.account(password_hash="$argon2id$not-to-be-seen")
    read = await client.get(f"/v1/accounts/{account}")
    assert "argon2id" not in read.text
    listed = await client.get("/v1/accounts", params={"state": "active", "sort": "-created_at"})
    assert "argon2id" not in listed.text
    changed = await client.patch(
        f"/v1/accounts/{account}", json={"email": address()}, headers={"If-Match": read.headers["ETag"]}
    )
    assert changed.status_code == 422


async def test_disabling_ends_every_sign_in_and_token_and_enabling_revives_none(world: World) -> None:
    client, account = await administrator(world), await world.api.account()
    theirs = await world.api.sign_in(account)
    assert (await theirs.get("/v1/roles")).status_code == 200
    disabled = await client.post(f"/v1/accounts/{account}/disable")
    assert (disabled.status_code, disabled.json()["state"]) == (200, "disabled")
    world.api.app.state.rights.forget()
    assert (await theirs.get("/v1/roles")).status_code == 401
    again = await client.post(f"/v1/accounts/{account}/disable")
    assert (again.status_code, again.json()["params"]["reason_code"]) == (409, "wrong_state")
    assert (await client.post(f"/v1/accounts/{account}/enable")).json()["state"] == "active"
    world.api.app.state.rights.forget()
    assert (await theirs.get("/v1/roles")).status_code == 401
    assert (await (await world.api.sign_in(account)).get("/v1/roles")).status_code == 200


async def test_nobody_disables_themselves(world: World) -> None:
    account = await world.api.account()
    await world.api.grant(account, Role.system_administrator, world.root)
    client = await world.api.sign_in(account)
    refused = await client.post(f"/v1/accounts/{account}/disable")
    assert (refused.status_code, refused.json()["params"]["reason_code"]) == (409, "own_account")
    assert await state(world, account) == "active"


async def test_of_two_who_disable_each_other_at_once_one_remains(world: World) -> None:
    accounts = [await world.api.account() for _ in range(2)]
    for account in accounts:
        await world.api.grant(account, Role.system_administrator, world.root)
    first, second = [await world.api.sign_in(account) for account in accounts]
    answers = await asyncio.gather(
        first.post(f"/v1/accounts/{accounts[1]}/disable"), second.post(f"/v1/accounts/{accounts[0]}/disable")
    )
    assert min(answer.status_code for answer in answers) == 200
    assert sorted([await state(world, account) for account in accounts]) == ["active", "disabled"]


async def test_an_account_is_tied_only_to_the_person_whose_address_it_has(world: World) -> None:
    client, email = await administrator(world), address()
    _, theirs = await world.api.member(world.hackney, email=email)
    _, secretary = await world.api.member(world.hackney)
    taken_over = await client.post(
        "/v1/accounts", json={"email": address(), "name": "Eve", "person_id": str(secretary)}
    )
    unknown = await client.post("/v1/accounts", json={"email": address(), "name": "Eve", "person_id": str(new_id())})
    assert taken_over.status_code == unknown.status_code == 404
    assert taken_over.json()["code"] == unknown.json()["code"]
    assert await world.api.value("select count(*) from accounts where person_id = $1", secretary) == 0
    made = await client.post("/v1/accounts", json={"email": email.upper(), "name": "Ann", "person_id": str(theirs)})
    assert (made.status_code, made.json()["person_id"]) == (201, str(theirs))
    moved = await client.patch(
        made.headers["Location"],
        json={"person_id": str(secretary)},
        headers={"If-Match": made.headers["ETag"]},
    )
    assert moved.status_code == 404
    untied = await client.patch(
        made.headers["Location"], json={"person_id": None}, headers={"If-Match": made.headers["ETag"]}
    )
    assert (untied.status_code, untied.json()["person_id"], untied.json()["name"]) == (200, None, "Ann")


async def test_nobody_ties_their_own_account(world: World) -> None:
    account = await world.api.account()
    await world.api.grant(account, Role.system_administrator, world.root)
    email = await world.api.value("select email from accounts where id = $1", account)
    _, person = await world.api.member(world.hackney, email=email)
    client = await world.api.sign_in(account)
    tag = (await client.get(f"/v1/accounts/{account}")).headers["ETag"]
    refused = await client.patch(f"/v1/accounts/{account}", json={"person_id": str(person)}, headers={"If-Match": tag})
    assert (refused.status_code, refused.json()["code"]) == (403, "own_account")
    assert await world.api.value("select person_id from accounts where id = $1", account) is None


async def test_of_two_corrections_the_second_is_shown_the_first(world: World) -> None:
    client, account = await administrator(world), await world.api.account()
    tag = (await client.get(f"/v1/accounts/{account}")).headers["ETag"]
    renamed = await client.patch(f"/v1/accounts/{account}", json={"name": "New Name"}, headers={"If-Match": tag})
    assert (renamed.status_code, renamed.json()["name"]) == (200, "New Name")
    late = await client.patch(f"/v1/accounts/{account}", json={"name": "Late"}, headers={"If-Match": tag})
    assert late.status_code == 412
    assert (await client.patch(f"/v1/accounts/{account}", json={"name": "Late"})).status_code == 428


async def test_accounts_are_found_by_state_and_by_a_piece_of_the_address(world: World) -> None:
    client, email = await administrator(world), address()
    made = (await client.post("/v1/accounts", json={"email": email, "name": "Ann"})).json()
    piece = email.split("@")[0][4:].upper()
    found = (await client.post("/v1/accounts/search", json={"email": piece}, params={"count": "exact"})).json()
    assert [row["id"] for row in found["data"]] == [made["id"]]
    assert found["count"] == {"value": 1, "relation": "eq"}
    none = (await client.post("/v1/accounts/search", json={"email": piece}, params={"state": "active"})).json()
    assert none["data"] == []
    assert (await client.post("/v1/accounts/search", json={"email": "%%%" + piece})).json()["data"] == []
    assert (await client.get("/v1/accounts", params={"email": piece})).status_code == 422


async def test_the_right_to_accounts_counts_at_the_root_only(world: World) -> None:
    account = await world.api.account()
    regional = await world.officer(Role.system_administrator, world.region)
    for method, path, body in (
        ("GET", "/v1/accounts", None),
        ("GET", f"/v1/accounts/{account}", None),
        ("POST", "/v1/accounts/search", {"email": "ann"}),
        ("POST", "/v1/accounts", {"email": address(), "name": "Ann"}),
        ("POST", f"/v1/accounts/{account}/disable", None),
    ):
        refused = await regional.request(method, path, json=body)
        assert (refused.status_code, refused.json()["code"]) == (403, "permission_missing"), path
    auditor = await world.officer(Role.auditor, world.root)
    read = await auditor.get(f"/v1/accounts/{account}")
    assert {item["reason_code"] for item in read.json()["allowed_actions"]} == {"permission_missing"}
    assert (await auditor.post(f"/v1/accounts/{account}/disable")).status_code == 403
    assert await state(world, account) == "active"


async def test_an_administrator_sees_no_members_data_by_any_route(world: World) -> None:
    member = await world.member(world.hackney)
    client = await administrator(world)
    paths = unwired().openapi()["paths"]
    asked = 0
    for path, item in paths.items():
        for method, operation in item.items():
            if str(operation.get("x-permission", "")).startswith("members:"):
                url = path
                for name in [part[1:-1] for part in path.split("/") if part.startswith("{")]:
                    url = url.replace(f"{{{name}}}", str(member))
                refused = await client.request(method.upper(), url)
                assert (refused.status_code, refused.json()["code"]) == (403, "permission_missing"), (
                    method,
                    path,
                )
                asked += 1
    assert asked >= 4
