"""What the hot statements touch: by an index and few rows, under the policies, whatever plan the database keeps.

PostgreSQL's own counters of the transaction are asked, so that what runs inside a function is counted too.
"""

import asyncio
import json
import os
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest

from app.core.actor import Actor
from app.core.db import Database, Session
from app.core.ids import new_id
from app.core.settings import Settings
from app.core.tokens import Claims
from app.models.member_verbs import MemberSearch, MemberSuggest
from app.services import rights
from app.services.members import MembersQuery, get_member, list_members
from app.services.members_search import MembersSearchQuery, search_members, suggest_members
from app.services.sign_ins import HOUSE_CLIENT
from benchmarks.fill import fill
from tests.conftest import database_dsn, run_as_owner
from tests.statements import heard

ROWS = 20_000
PLANS = ("force_generic_plan", "force_custom_plan")
COUNTERS = """
select relname, seq_scan, coalesce(idx_tup_fetch, 0) as fetched
from pg_stat_xact_user_tables where relname in ('members', 'people')
"""


@dataclass(frozen=True)
class Filled:
    """A database with many members, and for each scope who acts in it and whom they see."""

    database: Database
    actors: dict[str, Actor]
    somebody: dict[str, UUID]
    seen: dict[str, int]


@pytest.fixture(scope="module")
async def filled(anyio_backend: str) -> AsyncIterator[Filled]:
    name = f"rollbook_plans_{os.environ.get('PYTEST_XDIST_WORKER', 'one')}"
    clone = (f"drop database if exists {name} with (force)", f"create database {name} template rollbook_template")
    await run_as_owner("postgres", *clone)
    settings = Settings(rollbook_env="test", database_url=database_dsn(name))
    actors, somebody, seen = {}, {}, {}
    async with Database.opened(database_dsn(name), settings.master_key) as owner:
        scopes = await fill(owner, ROWS)
        async with owner.transaction() as session:
            for scope in scopes:
                actors[scope.name] = await _actor(owner, scope.token_subject, scope.sign_in_id)
                below = "from members where branch_id in (select id from branches where path @> array[$1::uuid])"
                somebody[scope.name] = await session.fetchval(f"select id {below} limit 1", scope.unit)
                seen[scope.name] = await session.fetchval(f"select count(*) {below}", scope.unit)
    async with Database.opened(settings.app_dsn, settings.master_key) as database:
        yield Filled(database, actors, somebody, seen)
    await run_as_owner("postgres", clone[0])


async def _actor(owner: Database, account_id: UUID, sign_in_id: UUID) -> Actor:
    now = datetime.now(UTC)
    claims = Claims(
        sub=account_id,
        sid=sign_in_id,
        client_id=str(HOUSE_CLIENT),
        iat=now,
        exp=now + timedelta(minutes=5),
        jti=new_id(),
    )
    actor = await rights.actor_of(owner, claims)
    assert actor is not None
    return actor


async def _read(session: Session, actor: Actor, member_id: UUID) -> object:
    return await get_member(session, actor, member_id)


async def _list(session: Session, actor: Actor, _member_id: UUID) -> object:
    return await list_members(session, actor, MembersQuery())


async def _search(session: Session, actor: Actor, _member_id: UUID) -> object:
    return await search_members(session, actor, MemberSearch(name="okaf"), MembersSearchQuery())


async def _suggest(session: Session, actor: Actor, _member_id: UUID) -> object:
    return await suggest_members(session, actor, MemberSuggest(text="sm"))


async def _note(session: Session, _actor: Actor, member_id: UUID) -> object:
    people = await session.fetchval("select array_agg(person_id) from members where id = $1", member_id)
    return await session.execute("select note_duplicates($1, null)", people)


async def _counters(session: Session) -> dict[str, tuple[int, int]]:
    """Scans of a whole table and rows fetched by an index; what earlier transactions counted may be in it."""
    return {row["relname"]: (row["seq_scan"], row["fetched"]) for row in await session.fetch(COUNTERS)}


Work = Callable[[Session, Actor, UUID], Awaitable[object]]


@pytest.mark.parametrize("scope", ["leaf", "region", "national"])
@pytest.mark.parametrize("plan", PLANS)
@pytest.mark.parametrize(("work", "most"), [(_read, 10), (_list, 600), (_search, 2500), (_suggest, 300), (_note, 300)])
async def test_hot_statements_walk_an_index_and_fetch_few_rows(
    filled: Filled, work: Work, most: int, plan: str, scope: str
) -> None:
    actor = filled.actors[scope]
    async with filled.database.transaction(actor) as session:
        await session.execute(f"set local plan_cache_mode = {plan}")
        before = await _counters(session)
        await work(session, actor, filled.somebody[scope])
        for table, counted in (await _counters(session)).items():
            scans, fetched = (now - then for now, then in zip(counted, before.get(table, (0, 0)), strict=True))
            assert scans == 0, table
            assert fetched <= most, table


def _indexes(plan: dict[str, Any]) -> set[str]:
    """The indexes of a plan, with `!` and the table's name for each table that it scans from end to end."""
    here = {plan["Index Name"]} if "Index Name" in plan else set()
    if plan["Node Type"] == "Seq Scan":
        here.add(f"!{plan['Relation Name']}")
    return here.union(*(_indexes(part) for part in plan.get("Plans", ())))


async def _page_after(session: Session, actor: Actor, _member_id: UUID) -> object:
    first = await list_members(session, actor, MembersQuery(limit=2))
    return await list_members(session, actor, MembersQuery(limit=2, cursor=first.next_cursor))


#: A leaf's own index is walked in the order of its names; a wider scope walks the order of all names.
WALKED = {"leaf": "ix_members_branch_sort_name", "region": "ix_members_sort_name", "national": "ix_members_sort_name"}


@pytest.mark.parametrize("scope", ["leaf", "region", "national"])
@pytest.mark.parametrize("work", [_read, _list, _page_after, _search, _suggest])
async def test_each_hot_statement_has_its_index_in_the_plan(filled: Filled, work: Work, scope: str) -> None:
    actor, asked = filled.actors[scope], []
    async with heard(filled.database, lambda: asked.append), filled.database.transaction() as session:
        session.act_as(actor, reads=True)
        await work(session, actor, filled.somebody[scope])
        await asyncio.sleep(0.01)  # the driver tells its listeners a little later
    asked = [logged for logged in asked if logged.args]
    assert asked
    expected = WALKED[scope] if work in (_list, _page_after, _suggest) else "pk_members"
    async with filled.database.transaction(role=actor.scope.role) as session:
        for number, logged in enumerate(asked):
            plan = json.loads(await session.fetchval(f"explain (format json) {logged.query}", *logged.args))[0]["Plan"]
            used = _indexes(plan)
            assert not used & {"!members", "!people"}, used
            # What is typed is looked for as the beginning of a family name first, then by other means.
            assert (work is _suggest and number) or expected in used, used
