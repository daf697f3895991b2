"""The feed of events: every change once, whenever it was committed, and nobody else's."""

import json
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from datetime import UTC, datetime, timedelta
from uuid import UUID

import asyncpg
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from app.core import clock
from app.core.db import Session
from app.core.ids import new_id
from app.core.permissions import Role
from app.services.changes import record_change
from tests.disputes.placed import give_part, place_case
from tests.turns import some_of
from tests.world import Api, Client, World


async def write_event(
    session: Session, branch_id: UUID, *, wall_key: UUID | None = None, action: str = "member.updated"
) -> UUID:
    subject_id = new_id()
    await record_change(
        session,
        None,
        action,
        resource="members",
        subject_id=subject_id,
        branch_id=branch_id,
        wall_key=wall_key,
    )
    return subject_id


async def event(world: World, branch_id: UUID | None = None, **over: object) -> UUID:
    async with world.api.owner.transaction() as session:
        return await write_event(session, branch_id or world.hackney, **over)  # type: ignore[arg-type]


async def read(world: World, client: Client, after: str | None = None, **query: object) -> tuple[list[UUID], str, bool]:
    await world.api.others_finished()
    asked = {**query, **({"after": after} if after else {})}
    answer = await client.get("/v1/events", params=asked)
    assert answer.status_code == 200, answer.text
    body = answer.json()
    return [UUID(row["subject_id"]) for row in body["data"]], body["next_cursor"], body["has_more"]


async def read_up(world: World, client: Client) -> str:
    """Where the feed stands, behind what all may read of earlier changes: to the rules and the procedures."""
    _, cursor, has_more = await read(world, client, limit=200)
    while has_more:
        _, cursor, has_more = await read(world, client, cursor, limit=200)
    return cursor


@asynccontextmanager
async def open_transaction(api: Api) -> AsyncIterator[Session]:
    session = Session(api.owner)
    try:
        yield session
    finally:
        await session.rollback()


async def test_a_transaction_begun_early_and_committed_late_is_neither_skipped_nor_doubled(
    world: World,
) -> None:
    reader = await world.officer()
    start = await read_up(world, reader)
    async with open_transaction(world.api) as early:
        first = await write_event(early, world.hackney)
        second = await event(world)
        held_back, cursor, _ = await read(world, reader, start)
        assert held_back == []
        await early.commit()
    told, cursor, has_more = await read(world, reader, cursor)
    assert (told, has_more) == ([first, second], False)
    assert (await read(world, reader, cursor))[0] == []


@settings(max_examples=some_of(12), deadline=None, suppress_health_check=list(HealthCheck))
@given(moves=st.lists(st.tuples(st.integers(0, 2), st.sampled_from(["write", "end", "undo", "read"])), max_size=14))
async def test_whatever_the_interleaving_each_committed_event_comes_once_and_in_order(
    world: World, moves: list[tuple[int, str]]
) -> None:
    reader = await world.officer()
    cursor = await read_up(world, reader)
    async with AsyncExitStack() as opened:
        sessions = [await opened.enter_async_context(open_transaction(world.api)) for _ in range(3)]
        committed, told = await _move(world, reader, cursor, sessions, moves)
    assert sorted(told) == sorted(committed)
    place = "select subject_id from events where subject_id = any ($1) order by transaction, id"
    async with world.api.owner.transaction() as session:
        assert told == [row["subject_id"] for row in await session.fetch(place, committed)]


async def _move(
    world: World, reader: Client, cursor: str, sessions: list[Session], moves: list[tuple[int, str]]
) -> tuple[list[UUID], list[UUID]]:
    """What was committed, and what the feed told, by the end of all moves."""
    waiting: dict[int, list[UUID]] = {n: [] for n in range(3)}
    committed: list[UUID] = []
    told: list[UUID] = []
    for number, move in [*moves, *[(n, "end") for n in range(3)], (0, "read")]:
        if move == "write":
            waiting[number].append(await write_event(sessions[number], world.hackney))
        elif move == "read":
            has_more = True
            while has_more:
                rows, cursor, has_more = await read(world, reader, cursor, limit=2)
                told += rows
        else:
            await (sessions[number].commit() if move == "end" else sessions[number].rollback())
            committed += waiting[number] if move == "end" else []
            waiting[number] = []
    return committed, told


async def test_another_branch_and_the_walled_off_do_not_appear(world: World) -> None:
    _, person = await world.api.member(world.hackney)
    placed = await place_case(world, world.hackney)
    accounts = [await world.api.account(person_id=person), await world.api.account()]
    for account in accounts:
        await world.api.grant(account, Role.branch_secretary, world.hackney)
        await give_part(world.api, placed.id, account)
    secretary, colleague = [await world.api.sign_in(account) for account in accounts]
    islington = await world.officer(branch_id=world.islington)
    starts = {c: await read_up(world, c) for c in (secretary, colleague, islington)}
    wall_key = placed.id
    async with world.api.owner.transaction() as session:
        await session.execute(
            "insert into walls (id, created_at, wall_key, person_id, reason) "
            "values ($1, $2, $3, $4, 'named in it')",
            new_id(), clock.now(), wall_key, person,
        )  # fmt: skip
    open_to_all, walled = await event(world), await event(world, wall_key=wall_key)
    assert (await read(world, secretary, starts[secretary]))[0] == [open_to_all]
    assert (await read(world, colleague, starts[colleague]))[0] == [open_to_all, walled]
    assert (await read(world, islington, starts[islington]))[0] == []


async def test_the_feed_needs_its_right(world: World) -> None:
    treasurer = await world.officer(Role.branch_treasurer)
    refused = await treasurer.get("/v1/events")
    assert (refused.status_code, refused.json()["params"]) == (403, {"permission": "events:read"})


async def test_a_cursor_is_its_accounts_own(world: World) -> None:
    mine, other = await world.officer(), await world.officer()
    _, cursor, _ = await read(world, mine)
    forged = ("B" if cursor.startswith("A") else "A") + cursor[1:]
    for client, sent in ((other, cursor), (mine, forged), (mine, "junk")):
        refused = await client.get("/v1/events", params={"after": sent})
        assert (refused.status_code, refused.json()["code"]) == (400, "cursor_invalid")


async def test_a_reader_away_for_longer_than_events_are_kept_is_told_so(world: World) -> None:
    account = await world.api.account()
    await world.api.grant(account, Role.branch_secretary, world.hackney)
    reader = await world.api.sign_in(account)
    for days, status in ((89, 200), (91, 400)):
        made_at = int((datetime.now(UTC) - timedelta(days=days)).timestamp())
        cursor = world.api.owner.keys.seal_token(f"events:{account}", json.dumps([1, str(account), made_at]).encode())
        answer = await reader.get("/v1/events", params={"after": cursor})
        assert answer.status_code == status
    assert answer.json()["code"] == "cursor_expired"


async def test_a_type_and_the_age_narrow_the_feed(world: World) -> None:
    reader = await world.officer()
    start = await read_up(world, reader)
    updated = await event(world)
    created = await event(world, action="member.created")
    async with world.api.owner.transaction() as session:
        await session.execute(
            "insert into events (id, created_at, transaction, type, resource, subject_id, branch_id, data) "
            "values ($1, $2, pg_current_xact_id()::text::bigint, 'member.updated', 'members', $1, $3, '{}')",
            new_id(), datetime.now(UTC) - timedelta(days=91), world.hackney,
        )  # fmt: skip
    assert (await read(world, reader, start))[0] == [updated, created]
    assert (await read(world, reader, start, type="member.created"))[0] == [created]
    told, _, has_more = await read(world, reader, start, limit=1)
    assert (told, has_more) == ([updated], True)


async def test_nobody_rewrites_the_feed(world: World) -> None:
    subject = await event(world)
    for statement in (
        "delete from events where subject_id = $1",
        "update events set type = 'x' where subject_id = $1",
    ):
        try:
            await world.api.value(statement, subject)
        except asyncpg.RaiseError:
            continue
        raise AssertionError(statement)
    assert await world.api.value("select type from events where subject_id = $1", subject) == "member.updated"
