"""The same steps without a worker: what the command line and the demo call."""

import json
from pathlib import Path
from uuid import UUID

import pytest

from app.core.actor import Actor
from app.core.db import Database
from app.core.errors import Forbidden
from app.core.permissions import Role
from app.core.tabular import FileRefused
from app.models.branches import BranchStatus
from app.services import console
from app.services.imports import console as imports_console
from app.services.imports.check import MappingIncomplete
from app.services.imports.run import import_people, preview_file, undo_import
from tests.imports.desk import desk, people_in
from tests.world import Api, World

PEOPLE = Path(__file__).parents[1] / "fixtures" / "people_us.csv"


@pytest.fixture
def database(api: Api) -> Database:
    return api.app.state.database


async def officer(
    world: World, database: Database, role: Role = Role.branch_secretary, unit: UUID | None = None
) -> Actor:
    """Somebody with a role, at the console; in Hackney unless told otherwise."""
    account_id = await world.api.account()
    await world.api.grant(account_id, role, unit or world.hackney)
    return await console.act_as(database, await email_of(world, account_id))


async def email_of(world: World, account_id: UUID) -> str:
    return str(await world.api.value("select email from accounts where id = $1", account_id))


def quiet(_line: str) -> None:
    """Say nothing."""


async def test_everybody_comes_in_once(world: World, database: Database) -> None:
    actor = await officer(world, database)
    for known in (0, 60):
        counts = await import_people(database, actor, PEOPLE, world.hackney, say=quiet)
        assert (counts.applied, counts.known) == (60 - known, known)
        assert await people_in(world, world.hackney) == 60
    import_id = await world.api.value(
        "select id from imports where account_id = $1 order by created_at limit 1", actor.account_id
    )
    assert (await undo_import(database, actor, import_id, say=quiet)).undone == 60
    assert await people_in(world, world.hackney) == 0


@pytest.mark.parametrize("role", [Role.branch_treasurer, Role.data_protection_officer, Role.system_administrator])
async def test_who_may_not_import_is_refused(world: World, database: Database, role: Role) -> None:
    actor = await officer(world, database, role)
    with pytest.raises(Forbidden):
        await import_people(database, actor, PEOPLE, world.hackney, say=quiet)
    assert await world.api.value("select count(*) from imports where account_id = $1", actor.account_id) == 0


async def test_nobody_imports_outside_their_subtree(world: World, database: Database) -> None:
    actor = await officer(world, database)
    for unit in (world.islington, world.region, world.root):
        with pytest.raises(Forbidden):
            await import_people(database, actor, PEOPLE, unit, say=quiet)
        assert await people_in(world, unit) == 0


async def test_a_closed_branch_takes_nobody(world: World) -> None:
    shut = await world.api.unit(world.hackney, status=BranchStatus.dissolved)
    answer = await (await desk(world)).send(PEOPLE.read_bytes(), shut)
    assert (answer.status_code, answer.json()["code"]) == (409, "branch_closed")


async def test_what_has_to_be_settled_first_is_said(world: World, database: Database, tmp_path: Path) -> None:
    file = tmp_path / "people.csv"
    file.write_text("First,Last,Birth date\nBob,Birch,03/04/2019\nAnn,Ash,05/06/1980\n")
    with pytest.raises(MappingIncomplete) as asked:
        await preview_file(database, await officer(world, database), file, world.hackney, say=quiet)
    assert [error.code for error in asked.value.errors] == ["date_order_unknown"]
    actor = await officer(world, database)
    with pytest.raises(FileRefused):
        await preview_file(database, actor, tmp_path / "absent.csv", world.hackney, say=quiet)


async def test_the_command_line_stops_after_the_preview(world: World, database: Database, tmp_path: Path) -> None:
    account_id = await world.api.account()
    await world.api.grant(account_id, Role.branch_secretary, world.hackney)
    said: list[str] = []

    async def run(mapping_file: Path | None, *, apply: bool) -> None:
        await imports_console.bring_in(
            database,
            await email_of(world, account_id),
            PEOPLE,
            branch=str(world.hackney),
            mapping_file=mapping_file,
            apply=apply,
            say=said.append,
        )

    await run(None, apply=False)
    assert await people_in(world, world.hackney) == 0
    mapping = tmp_path / "mapping.json"
    mapping.write_text(next(line for line in said if line.startswith("{")))
    await run(mapping, apply=True)
    assert await people_in(world, world.hackney) == 60
    assert json.loads(next(line for line in reversed(said) if line.startswith('{"rows"')))["create"] == 60
    mapping.write_text('{"fields": {"shoe_size": {}}}')
    with pytest.raises(MappingIncomplete):
        await run(mapping, apply=False)
    with pytest.raises(FileRefused):
        await run(tmp_path / "absent.json", apply=False)
