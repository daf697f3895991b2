"""The locks themselves: raw SQL in the actor's own transaction, past every judge."""

from datetime import date
from typing import Any
from uuid import UUID

import asyncpg
import pytest

from app.core.db import Session
from app.core.permissions import Role
from tests.world import World


async def ids(session: Session, sql: str) -> set[UUID]:
    return {row[0] for row in await session.fetch(sql)}


async def _with_scope(session: Session, scope: str, call: str, asked: dict[str, Any]) -> list[Any]:
    await session.execute(f"set local rollbook.members = '{scope}'")
    return await session.fetch(call, asked)


async def secretary(world: World) -> Any:
    return await world.api.actor(Role.branch_secretary, world.hackney)


async def test_a_transaction_shows_the_branch_of_its_actor_and_nothing_else(world: World) -> None:
    (mine, me), (_, _) = await world.api.member(world.dalston), await world.api.member(world.angel)
    database = world.api.app.state.database
    async with database.transaction(await secretary(world)) as session:
        assert await ids(session, "select id from members") == {mine}
        assert await ids(session, "select id from people") == {me}
        assert await session.fetchval("select count(*) from members") == 1
    async with database.transaction(role="rollbook_app") as session:
        for table in ("members", "people", "membership_terms", "standings", "transfers", "office_terms"):
            assert await session.fetchval(f"select count(*) from {table}") == 0


async def test_a_row_cannot_be_written_into_another_branch(world: World) -> None:
    member, person = await world.api.member(world.dalston)
    theirs, _ = await world.api.member(world.angel)
    actor = await secretary(world)
    database = world.api.app.state.database
    for statement in (
        f"update members set branch_id = '{world.angel}' where id = '{member}'",
        f"update people set branch_ids = array['{world.angel}']::uuid[] where id = '{person}'",
        (
            "insert into people (id, created_at, updated_at, version, branch_ids, given_name, family_name, sort_name, "
            "search_name, preferred_language, address_lines, country, objections) "
            "values (gen_random_uuid(), now(), now(), 1, "
            f"array['{world.angel}']::uuid[], 'a', 'b', 'b a', 'a b', 'en', '{{}}', 'GB', '{{}}')"
        ),
    ):
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            async with database.transaction(actor) as session:
                await session.execute(statement)
    async with database.transaction(actor) as session:
        assert await session.execute(f"update members set type = 'youth' where id = '{theirs}'") == "UPDATE 0"


async def test_the_search_keeps_to_the_scope_of_its_transaction(world: World) -> None:
    mine = await world.member(world.dalston, family_name="Lockley")
    await world.member(world.angel, family_name="Lockley")
    asked = {"words": ["lockley"], "sort": "name", "descending": False, "most": 50, "below": []}
    elsewhere = {**asked, "below": [[str(world.angel)]]}
    call = "select search_members($1)"
    database = world.api.app.state.database
    async with database.transaction(await secretary(world)) as session:
        assert [tuple(row) for row in await session.fetch(call, asked)] == [(mine,)]
        assert await session.fetchval("select count_members($1)", asked) == 1
        assert await session.fetch(call, elsewhere) == []
    async with database.transaction(role="rollbook_app") as session:
        assert await session.fetch(call, asked) == []
    async with database.transaction(role="rollbook_app") as session:
        assert await _with_scope(session, "", call, asked) == []
    with pytest.raises(asyncpg.DataError):
        async with database.transaction(role="rollbook_app") as session:
            await _with_scope(session, "everything", call, asked)


async def test_the_functions_behind_the_search_are_not_for_the_app(world: World) -> None:
    asked = {"words": ["a"], "sort": "name", "most": 1, "below": []}
    behind = ("matching", "page_of_found", "number_found")
    for call in ("search_every_member($1)", "count_every_member($1)", *(f"{name}($1, null)" for name in behind)):
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            async with world.api.app.state.database.transaction(await secretary(world)) as session:
                await session.fetch(f"select * from {call}", asked)


async def test_a_search_without_a_criterion_finds_nobody(world: World) -> None:
    with pytest.raises(asyncpg.RaiseError):
        async with world.api.app.state.database.transaction(await secretary(world)) as session:
            await session.fetch("select * from search_members($1)", {"sort": "name", "most": 9, "below": []})


async def test_offices_are_not_vacated_for_whoever_has_not_left(world: World) -> None:
    member, person = await world.api.member(world.dalston)
    gone, _ = await world.api.member(world.angel, decided_standing="deceased", decided_from=date(2025, 1, 1))
    await world.api.office(person, world.dalston, "chair")
    for target in (member, gone):
        with pytest.raises(asyncpg.RaiseError):
            async with world.api.app.state.database.transaction(await secretary(world)) as session:
                await session.fetch("select * from vacate_offices($1, current_date, now())", target)
    assert await world.api.value("select ends_on from office_terms where person_id = $1", person) is None
