"""An export of the whole organisation: a second person at the root, never the asker by whichever account."""

from typing import Any
from uuid import UUID

import asyncpg
import pytest

from app.core.permissions import GRANTS, Permission, Role
from tests.exports.asking import as_role, asked, fetch, read, state
from tests.world import Client, World

N = Role.national_membership_officer


async def actions(client: Client, export: dict[str, Any]) -> dict[str, str | None]:
    body = (await client.get(f"/v1/exports/{export['id']}")).json()
    return {item["action"]: item["reason_code"] for item in body["allowed_actions"]}


async def decide(client: Client, export: dict[str, Any], verb: str = "confirm") -> Any:
    body = {"reason": "Not needed"} if verb == "refuse" else None
    return await client.post(f"/v1/exports/{export['id']}/{verb}", json=body)


async def test_it_waits_for_a_second_person_and_then_opens_for_the_asker_alone(world: World) -> None:
    number = await world.api.value("select number from members where id = $1", await world.member())
    asker = await world.officer(N, world.root)
    export = await asked(asker, columns=["number"])
    assert (export["state"], export["content_href"], export["expires_at"]) == ("asked", None, None)
    waiting = await fetch(asker, export)
    assert (waiting.status_code, waiting.json()["code"]) == (409, "export_not_ready")
    second = await world.officer(Role.supervisor, world.root)
    listed = (await second.get("/v1/exports", params={"state": "asked"})).json()["data"]
    assert export["id"] in [row["id"] for row in listed]
    assert await actions(second, export) == {"confirm": None, "refuse": None, "withdraw": "not_yours"}
    confirmed = await decide(second, export)
    assert (confirmed.status_code, confirmed.json()["state"]) == (200, "ready"), confirmed.text
    assert confirmed.json()["decided_by"] is not None
    assert (await fetch(second, export)).status_code == 403
    assert {"number": number} in read(await fetch(asker, export))
    again = await decide(second, export)
    assert again.json()["params"]["reason_code"] == "wrong_state"


async def test_the_asker_does_not_confirm_with_either_of_their_accounts(world: World) -> None:
    _, person = await world.api.member(world.hackney)
    asker = await world.api.as_role(N, world.root, person_id=person)
    other_account = await world.api.as_role(Role.supervisor, world.root, person_id=person)
    export = await asked(asker, columns=["number"])
    for client in (asker, other_account):
        for verb in ("confirm", "refuse"):
            refused = await decide(client, export, verb)
            assert (refused.status_code, refused.json()["params"]["reason_code"]) == (409, "own_export")
    assert await state(world, export) == "asked"


@pytest.mark.parametrize("role", Role)
async def test_who_may_confirm_it(world: World, role: Role) -> None:
    export = await asked(await world.officer(N, world.root), columns=["number"])
    local = await decide(await world.officer(role), export)
    assert (local.status_code, local.json()["params"]["permission"]) == (403, "exports:confirm")
    national = await decide(await world.officer(role, world.root), export)
    may = Permission.exports_confirm in GRANTS[role]
    assert national.status_code == (200 if may else 403)
    assert await state(world, export) == ("ready" if may else "asked")


async def test_a_right_that_is_gone_confirms_nothing(world: World) -> None:
    asker, account = await as_role(world, N, world.root)
    export = await asked(asker, columns=["number"])
    confirmer, other = await as_role(world, Role.supervisor, world.root)
    await world.api.row("update grants set state = 'ended' where account_id = $1 returning id", other)
    world.api.app.state.rights.forget()
    assert (await decide(confirmer, export)).status_code == 403
    # Nor is anything confirmed for an asker who may ask for it no longer.
    second = await world.officer(Role.supervisor, world.root)
    await world.api.row("update grants set state = 'ended' where account_id = $1 returning id", account)
    world.api.app.state.rights.forget()
    refused = await decide(second, export)
    assert (refused.status_code, refused.json()["params"]["reason_code"]) == (409, "asker_may_not_export")
    assert await state(world, export) == "asked"


async def test_a_confirmation_outlives_the_confirmers_right(world: World) -> None:
    asker = await world.officer(N, world.root)
    export = await asked(asker, columns=["number"])
    confirmer, other = await as_role(world, Role.supervisor, world.root)
    assert (await decide(confirmer, export)).status_code == 200
    await world.api.row("update accounts set state = 'disabled' where id = $1 returning id", other)
    assert (await fetch(asker, export)).status_code == 200


async def test_it_is_refused_with_a_reason(world: World) -> None:
    asker = await world.officer(N, world.root)
    export = await asked(asker, columns=["number"])
    second = await world.officer(Role.data_protection_officer, world.root)
    bare = await second.post(f"/v1/exports/{export['id']}/refuse", json={})
    assert bare.status_code == 422
    refused = await decide(second, export, "refuse")
    assert (refused.json()["state"], refused.json()["decision_reason"]) == ("refused", "Not needed")
    assert (await fetch(asker, export)).status_code == 409
    assert (await decide(second, export)).json()["params"]["reason_code"] == "wrong_state"


async def test_it_is_withdrawn_by_its_asker(world: World) -> None:
    asker = await world.officer(N, world.root)
    export = await asked(asker, columns=["number"])
    second = await world.officer(Role.supervisor, world.root)
    assert (await decide(second, export, "withdraw")).json()["params"]["reason_code"] == "not_yours"
    assert (await decide(asker, export, "withdraw")).json()["state"] == "cancelled"
    assert (await decide(second, export)).json()["params"]["reason_code"] == "wrong_state"


async def test_a_part_of_the_organisation_needs_nobody_else(world: World) -> None:
    asker = await world.officer(N, world.root)
    assert (await asked(asker, branch_id=str(world.region)))["state"] == "ready"
    assert (await asked(asker, branch_id=str(world.root)))["state"] == "asked"
    only_the_root = await asked(asker, branch_id=str(world.root), exact_branch=True)
    assert (only_the_root["state"], only_the_root["rows"]) == ("ready", 0)
    regional = await world.officer(Role.regional_officer, world.region)
    assert (await asked(regional))["state"] == "ready"


async def test_rising_afterwards_makes_nothing_of_an_export_national(world: World) -> None:
    await world.member(world.islington)
    here = await world.api.value("select number from members where id = $1", await world.member())
    client, account = await as_role(world, Role.branch_secretary, world.hackney)
    export = await asked(client, columns=["number"])
    await world.api.grant(account, N, world.root)
    assert read(await fetch(client, export)) == [{"number": here}]
    assert UUID(export["branch_id"]) == world.hackney


async def test_the_database_itself_takes_no_askers_word_for_the_second_persons(world: World) -> None:
    asker, account = await as_role(world, N, world.root)
    export = await asked(asker, columns=["number"])
    with pytest.raises(asyncpg.CheckViolationError):
        await world.api.row(
            "update exports set decided_by = account_id where id = $1 and account_id = $2 returning id",
            UUID(export["id"]),
            account,
        )
