"""Workbooks: built by a job, sealed, given to the asker while every right still holds, gone with their key."""

import asyncio
from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from httpx import Response
from python_calamine import CalamineWorkbook

from app.core.ids import new_id
from app.core.permissions import Role
from app.core.tabular import harmless
from app.services.exports_build import build_export, forget_old_exports
from app.services.rights import actor_at_work
from app.services.sign_ins import HOUSE_CLIENT
from tests.conftest import SetClock
from tests.exports.asking import as_role, asked, fetch, state
from tests.world import Client, World

KIND = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


async def built(world: World, client: Client, **over: Any) -> dict[str, Any]:
    export = await asked(client, format="xlsx", **over)
    assert (export["state"], export["content_href"]) == ("preparing", None)
    await world.api.work()
    made: dict[str, Any] = (await client.get(f"/v1/exports/{export['id']}")).json()
    return made


def sheet(answer: Response, path: Path) -> list[list[Any]]:
    assert (answer.status_code, answer.headers["content-type"]) == (200, KIND), answer.text
    book = path / "book.xlsx"
    book.write_bytes(answer.content)
    return CalamineWorkbook.from_path(str(book)).get_sheet_by_index(0).to_python()


async def key_state(world: World, export: dict[str, Any]) -> str:
    """Whether the key of an export's file is there, was never made, or has been destroyed."""
    sql = "select destroyed_at is null as whole from envelope_keys where subject_id = $1"
    row = await world.api.row(sql, UUID(export["id"]))
    return "none" if row is None else "whole" if row["whole"] else "destroyed"


async def test_a_workbook_is_built_and_fetched(world: World, tmp_path: Path) -> None:
    await world.member(
        given_name="=1+1", family_name="Ağa", mobile_phone="+447400123456", address_lines=["1", "2 Road"]
    )
    client = await world.officer()
    export = await asked(client, format="xlsx", columns=["given_name", "family_name", "mobile_phone", "address_lines"])
    early = await fetch(client, export)
    assert (early.status_code, early.json()["params"]["state"]) == (409, "preparing")
    job = (await client.get(f"/v1/jobs/{export['job_id']}")).json()
    assert (job["kind"], job["subject_id"]) == ("build_export", export["id"])
    await world.api.work()
    made = (await client.get(f"/v1/exports/{export['id']}")).json()
    assert (made["state"], made["rows"]) == ("ready", 1)
    answer = await fetch(client, export)
    assert answer.headers["content-disposition"].endswith('.xlsx"')
    heads, row = sheet(answer, tmp_path)
    assert heads == ["given_name", "family_name", "mobile_phone", "address_lines", "objections"]
    assert row[:4] == [harmless("=1+1"), "Ağa", "+447400123456", "1\n2 Road"]
    log = await world.api.value(
        "select count(*) from access_log where subject_id = $1 and purpose = 'export'", UUID(export["id"])
    )
    assert log == 1


async def test_a_workbook_lies_sealed(world: World) -> None:
    await world.member(family_name="Findable")
    client = await world.officer()
    export = await built(world, client)
    sealed = await world.api.value(
        "select p.sealed from file_pieces p join exports e on e.file_id = p.file_id where e.id = $1", UUID(export["id"])
    )
    assert not sealed.startswith(b"PK")
    assert await key_state(world, export) == "whole"


async def test_a_narrower_scope_gets_no_workbook(world: World) -> None:
    client, account = await as_role(world, Role.regional_officer, world.region)
    export = await built(world, client)
    assert (await fetch(client, export)).status_code == 200
    await world.api.row("update grants set state = 'ended' where account_id = $1 returning id", account)
    await world.api.grant(account, Role.branch_secretary, world.hackney)
    refused = await fetch(client, export)
    assert (refused.status_code, refused.json()["params"]["permission"]) == (403, "members:export")


async def test_one_of_the_whole_organisation_is_built_for_the_asker(world: World, tmp_path: Path) -> None:
    await world.member()
    asker, account = await as_role(world, Role.national_membership_officer, world.root)
    export = await asked(asker, format="xlsx", columns=["number"])
    assert (export["state"], export["job_id"]) == ("asked", None)
    await world.api.work()
    assert await state(world, export) == "asked"
    second = await world.officer(Role.supervisor, world.root)
    confirmed = (await second.post(f"/v1/exports/{export['id']}/confirm")).json()
    assert confirmed["state"] == "preparing"
    owner = await world.api.value("select account_id from jobs where id = $1", UUID(confirmed["job_id"]))
    assert owner == account
    await world.api.work()
    assert await state(world, export) == "ready"
    assert (await fetch(second, export)).status_code == 403
    assert len(sheet(await fetch(asker, export), tmp_path)) > 1


async def test_a_withdrawn_workbook_is_gone(world: World) -> None:
    client = await world.officer()
    export = await built(world, client)
    assert (await client.post(f"/v1/exports/{export['id']}/withdraw")).json()["state"] == "cancelled"
    assert await key_state(world, export) == "destroyed"
    assert (await fetch(client, export)).status_code == 409
    waiting = await asked(client, format="xlsx")
    await client.post(f"/v1/exports/{waiting['id']}/withdraw")
    await world.api.work()
    assert await state(world, waiting) == "cancelled"
    assert await world.api.value("select file_id from exports where id = $1", UUID(waiting["id"])) is None


async def test_a_workbook_expires_and_its_key_with_it(world: World, set_clock: SetClock) -> None:
    client = await world.officer()
    export = await built(world, client)
    database = world.api.app.state.database

    async def sweep() -> None:
        async with database.transaction(role="rollbook_system") as session:
            await forget_old_exports(session)

    await sweep()
    assert await key_state(world, export) == "whole"
    await set_clock(timedelta(days=7, seconds=2))
    await sweep()
    assert await key_state(world, export) == "destroyed"
    assert (await fetch(client, export)).json()["params"]["state"] == "expired"
    await world.api.reset_clock()
    opened = await fetch(client, export)
    assert (opened.status_code, opened.json()["code"]) == (409, "key_destroyed")


async def test_who_loses_the_right_while_it_is_built_gets_none(world: World) -> None:
    client, account = await as_role(world, Role.branch_secretary, world.hackney)
    export = await asked(client, format="xlsx")
    await world.api.row("update grants set state = 'ended' where account_id = $1 returning id", account)
    await world.api.work()
    assert await state(world, export) == "failed"
    job = (await client.get(f"/v1/jobs/{export['job_id']}")).json()
    assert (job["state"], job["error_code"]) == ("failed", "permission_missing")
    action = await world.api.value(
        "select action from audit_entries where subject_id = $1 order by id desc limit 1", UUID(export["id"])
    )
    assert action == "export.failed"


async def test_a_cancelled_job_cancels_its_export(world: World) -> None:
    client = await world.officer()
    export = await asked(client, format="xlsx")
    cancelled = await client.post(f"/v1/jobs/{export['job_id']}/cancel")
    assert cancelled.status_code == 200, cancelled.text
    await world.api.work()
    assert await state(world, export) == "cancelled"


@pytest.mark.parametrize("times", [2])
async def test_a_build_done_twice_at_once_keeps_one_file(world: World, times: int) -> None:
    client, account = await as_role(world, Role.branch_secretary, world.hackney)
    export = await asked(client, format="xlsx")
    database = world.api.app.state.database
    actor = await actor_at_work(database, account, HOUSE_CLIENT, new_id())
    assert actor is not None
    made = await asyncio.gather(*(build_export(database, actor, UUID(export["id"])) for _ in range(times)))
    assert all(progress.finished for progress in made)
    files = await world.api.value("select count(*) from files where subject_id = $1", UUID(export["id"]))
    assert files == 1
    assert (await fetch(client, export)).status_code == 200
