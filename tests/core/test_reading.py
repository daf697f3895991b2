"""Queries that stand alone, each in its own scope, and the rows that many requests write together."""

import asyncio
import json
from uuid import UUID

import asyncpg
import pytest

from app.core import clock, pools
from app.core.actor import Actor
from app.core.db import Session
from app.core.errors import Unavailable
from app.core.grouped import GroupedInsert
from app.core.ids import new_id
from app.core.permissions import Role
from app.core.pools import SHARES, close_pool, open_pool, take
from app.core.scope import Scope, standing_alone
from app.core.settings import Settings
from app.models.audit import AccessEntry
from app.services.member_records import MEMBERS
from tests.world import World

#: Whatever the policies guard, and the person that they speak of.
SEEN = (
    "members", "people", "membership_terms", "standings", "transfers", "office_terms", "audit_entries", "events",
    "access_log", "imports", "exports", "possible_duplicates",
)  # fmt: skip
SCOPES = (Role.branch_secretary, Role.national_membership_officer, Role.auditor)


async def _actor(world: World, role: Role) -> Actor:
    return await world.api.actor(role, world.hackney if role is Role.branch_secretary else world.root)


async def _ids(session: Session, table: str) -> set[UUID]:
    return {row[0] for row in await session.fetch(f"select id from {table}")}


@pytest.mark.parametrize("role", SCOPES)
@pytest.mark.parametrize("table", SEEN)
async def test_a_query_alone_sees_what_its_transaction_would(world: World, table: str, role: Role) -> None:
    await world.member(world.dalston)
    await world.member(world.angel)
    actor, database = await _actor(world, role), world.api.app.state.database
    async with database.transaction(actor) as together:
        expected = await _ids(together, table)
    async with database.transaction() as alone:
        alone.act_as(actor, reads=True)
        assert await _ids(alone, table) == expected


async def test_nothing_of_a_scope_outlives_its_query(world: World) -> None:
    await world.member(world.dalston)
    scope = (await _actor(world, Role.branch_secretary)).scope
    pools = world.api.app.state.database.pools
    connection = await pools.acquire(scope.role)
    try:
        count = standing_alone("select count(*) from members", 0)
        assert await connection.fetchval(count, *scope.values) == 1
        assert await connection.fetchval(count, [], []) == 0
        assert await connection.fetchval("select count(*) from members") == 0
        assert not await connection.fetchval("select current_setting('rollbook.members', true)")
    finally:
        await pools.release(connection, scope.role)


@pytest.mark.parametrize("plan", ["force_generic_plan", "force_custom_plan"])
async def test_the_scope_is_set_before_anything_is_read(world: World, plan: str) -> None:
    actor = await _actor(world, Role.branch_secretary)
    sql = f"select {MEMBERS.json(actor)} from {MEMBERS.source} {MEMBERS.join} where m.id = $2 and $1::date is not null"
    async with world.api.app.state.database.transaction(role="rollbook_app") as session:
        await session.execute(f"set local plan_cache_mode = {plan}")
        explained = f"explain (format json) {standing_alone(sql, 2)}"
        told = await session.fetchval(explained, clock.today(), new_id(), *actor.scope.values)
    loop = json.loads(told)[0]["Plan"]
    assert loop["Node Type"] == "Nested Loop"
    first, then = loop["Plans"]
    assert (first["Parent Relationship"], first["Node Type"]) == ("Outer", "Aggregate")
    assert "One-Time Filter" in json.dumps(then)
    assert "members" not in json.dumps(first)


async def test_a_session_that_reads_begins_a_transaction_when_it_writes_after_all(world: World) -> None:
    member = await world.member(world.dalston)
    actor, database = await _actor(world, Role.branch_secretary), world.api.app.state.database
    async with database.transaction() as session:
        session.act_as(actor, reads=True)
        assert await session.fetchval("select type from members where id = $1", member) == "full"
        await session.execute("update members set type = 'youth' where id = $1", member)
        assert await session.fetchval("select type from members where id = $1", member) == "youth"
        await session.rollback()
    assert await world.api.value("select type from members where id = $1", member) == "full"


async def test_a_role_put_on_for_a_query_is_taken_off_again(world: World) -> None:
    actor = await _actor(world, Role.branch_secretary)
    for reads in (True, False):
        async with world.api.app.state.database.transaction() as session:
            session.act_as(actor, reads=reads)
            async with session.as_role("rollbook_auth"):
                assert await session.fetchval("select current_user") == "rollbook_auth"
            assert await session.fetchval("select current_user") == "rollbook_app"


def _line(account_id: UUID) -> dict[str, object]:
    return {
        "id": new_id(),
        "created_at": clock.now(),
        "resource": "members",
        "subject_id": None,
        "branch_id": None,
        "wall_key": None,
        "account_id": account_id,
        "client_id": new_id(),
        "purpose": "read",
    }


async def test_rows_of_many_are_committed_before_any_of_them_goes_on(world: World) -> None:
    database, account = world.api.app.state.database, new_id()

    async def write() -> None:
        line = _line(account)
        await database.insert_grouped(AccessEntry, [line])
        assert await world.api.value("select count(*) from access_log where id = $1", line["id"]) == 1

    await asyncio.gather(*(write() for _ in range(20)))
    assert await world.api.value("select count(*) from access_log where account_id = $1", account) == 20
    written_in = await world.api.value(
        "select count(distinct xmin::text) from access_log where account_id = $1", account
    )
    assert written_in < 20


async def test_who_goes_away_takes_no_row_of_others_along(world: World) -> None:
    database, account = world.api.app.state.database, new_id()
    impatient = [asyncio.create_task(database.insert_grouped(AccessEntry, [_line(account)])) for _ in range(3)]
    patient = [asyncio.create_task(database.insert_grouped(AccessEntry, [_line(account)])) for _ in range(3)]
    await asyncio.sleep(0)
    for task in impatient:
        task.cancel()
    await asyncio.gather(*patient)
    assert await world.api.value("select count(*) from access_log where account_id = $1", account) >= 3


async def test_a_group_that_cannot_be_written_is_told_to_each_and_the_next_is_tried_anew(world: World) -> None:
    dsn = world.api.app.state.settings.app_dsn
    async with await open_pool(dsn, most=1) as pool:
        group = GroupedInsert(pool, "select 1 / ($1::text::jsonb -> 0 ->> 'divisor')::int", lambda: 2)
        failed = await asyncio.gather(group.write([{"divisor": 0}]), group.write([]), return_exceptions=True)
        assert [type(error) for error in failed] == [asyncpg.DivisionByZeroError] * 2
        await group.write([{"divisor": 1}])


async def test_a_group_that_is_cut_off_leaves_nobody_waiting(settings: Settings) -> None:
    async with await open_pool(settings.app_dsn, most=1) as pool:
        group = GroupedInsert(pool, "select pg_sleep(30), $1::text", lambda: 1)
        writing = [asyncio.create_task(group.write([])) for _ in range(2)]
        await asyncio.sleep(0.05)
        assert group._work is not None
        group._work.cancel()
        async with asyncio.timeout(5):
            told = await asyncio.gather(*writing, return_exceptions=True)
    assert [type(one) for one in told] == [asyncio.CancelledError] * 2


async def test_a_connection_that_is_never_given_back_does_not_hold_up_the_end(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pools, "CLOSING", 0.05)
    pool = await open_pool(settings.app_dsn, most=2)
    lost, other = await take(pool), await take(pool)
    await pool.release(other)
    async with asyncio.timeout(5):
        await close_pool(pool)
    assert pool.get_size() == 0
    with pytest.raises(asyncpg.InterfaceError):
        await lost.execute("select")


async def test_no_answer_leaves_without_its_line_in_the_log(world: World) -> None:
    officer = await world.officer(Role.branch_secretary, world.hackney)
    member = await world.member(world.dalston)
    async with world.api.owner.transaction() as session:
        await session.execute("alter table access_log rename to access_log_away")
    try:
        refused = await officer.get(f"/v1/members/{member}")
    finally:
        async with world.api.owner.transaction() as session:
            await session.execute("alter table access_log_away rename to access_log")
    assert refused.status_code == 500
    assert (await officer.get(f"/v1/members/{member}")).status_code == 200


async def test_a_pool_that_stays_empty_is_said(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("app.core.pools.PATIENCE", 0.05)
    pools, role = world.api.app.state.database.pools, "rollbook_self"
    taken = [await pools.acquire(role) for _ in range(round(world.api.app.state.settings.pool_size * SHARES[role]))]
    with pytest.raises(Unavailable):
        await pools.acquire(role)
    for connection in taken:
        await pools.release(connection, role)
    assert Scope(role).values == ([], [])


async def test_whoever_reads_is_counted_once_and_no_longer_than_it_reads(world: World) -> None:
    officer, database = await world.officer(), world.api.app.state.database
    for path in ("/v1/members", "/v1/me/tasks", "/v1/me", "/v1/members?sort=none", f"/v1/members/{new_id()}"):
        await officer.get(path)
        assert database.reading == 0, path
