"""Long answers: at the reader's pace, few at a time, and nothing held for a reader who has gone."""

import asyncio
from collections.abc import Callable
from contextlib import AsyncExitStack
from functools import partial
from typing import Any, Self
from uuid import UUID

import pytest

from app.core.db import Database
from app.core.errors import Unavailable
from app.core.streams import MOST, PLACES, Sink, Stream
from tests.exports.asking import asked, fetch, read
from tests.turns import by_turns
from tests.world import Api, Client, World, make_world

Crowd = tuple[World, Client]

MANY = """
with made as (
  insert into people (id, created_at, updated_at, version, branch_ids, given_name, family_name, sort_name, search_name,
                      preferred_language, address_lines, country, objections)
  select gen_random_uuid(), now(), now(), 1, array[$1::uuid], 'Ann', 'Of ' || repeat('x', 960), 'of ann', 'ann of',
         'en', '{}', 'GB', '{}' from generate_series(1, $2::int)
  returning id
)
insert into members (id, created_at, updated_at, version, person_id, branch_id, relationship, number, type, joined_on,
                     sort_name, search_name)
select gen_random_uuid(), now(), now(), 1, id, $1, 'member', nextval('member_numbers')::text, 'full', '2024-05-01',
       'of ann', 'ann of' from made
"""
#: Enough that a first piece cannot be all of it, whatever the system keeps between two processes.
ROWS = 1_200


class Reader:
    """A caller of the application who takes so many pieces, then waits; and who goes away with the block."""

    def __init__(self, world: World, client: Client, path: str, takes: int) -> None:
        self.gone, self.full = asyncio.Event(), asyncio.Event()
        self.taken: list[bytes] = []
        self.ended = False
        self._takes = takes
        token = client.headers["authorization"].encode()
        scope = {
            "type": "http", "http_version": "1.1", "method": "GET", "path": path, "raw_path": path.encode(),
            "query_string": b"", "headers": [(b"authorization", token)], "scheme": "http", "root_path": "",
            "server": ("testserver", 80), "client": ("10.0.0.1", 1),
        }  # fmt: skip
        self.task = asyncio.create_task(world.api.app(scope, self._receive, self._send))

    async def __aenter__(self) -> Self:
        """When it has taken what it takes."""
        async with asyncio.timeout(20):
            await self.full.wait()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.go()

    async def go(self) -> None:
        self.gone.set()
        async with asyncio.timeout(5):
            await self.task

    async def _receive(self) -> dict[str, Any]:
        await self.gone.wait()
        return {"type": "http.disconnect"}

    async def _send(self, message: Any) -> None:
        if message["type"] != "http.response.body":
            return
        self.ended = not message.get("more_body", False)
        self.taken.append(message["body"])
        if len(self.taken) >= self._takes:
            self.full.set()
            # As a server does: who has gone away blocks nothing, and is told nothing.
            await self.gone.wait()


@pytest.fixture
def database(api: Api) -> Database:
    found: Database = api.app.state.database
    return found


async def until(what: Callable[[], bool]) -> None:
    async with asyncio.timeout(2):
        while not what():
            await asyncio.sleep(0.01)


@pytest.fixture(scope="module")
async def crowd(api: Api) -> Crowd:
    """A unit of many, and somebody who may fetch a file of them all."""
    world = await make_world(api)
    async with world.api.owner.transaction() as session:
        # What they would look up for each row is written here for all.
        await session.execute("alter table members disable trigger user")
        await session.execute(MANY, world.hackney, ROWS)
        await session.execute("alter table members enable trigger user")
    return world, await world.officer()


async def long_file(client: Client) -> dict[str, Any]:
    return await asked(client, columns=["number", "family_name", "branch", "joined_on"])


async def test_a_long_file_comes_in_pieces_and_whole(crowd: Crowd) -> None:
    world, client = crowd
    export = await long_file(client)
    assert export["rows"] == ROWS
    rows = read(await fetch(client, export))
    assert (len(rows), len({row["number"] for row in rows})) == (ROWS, ROWS)
    async with Reader(world, client, f"/v1/exports/{export['id']}/content", takes=1) as reader:
        assert len(reader.taken[0]) < 400_000


async def test_a_reader_who_goes_away_gives_the_connection_back_at_once(crowd: Crowd, database: Database) -> None:
    world, client = crowd
    export = await long_file(client)
    path = f"/v1/exports/{export['id']}/content"
    await until(lambda: database.pools.used == 0)
    for _ in range(2 * MOST):
        async with Reader(world, client, path, takes=2) as reader:
            assert PLACES.taken == 1
            await until(lambda: database.pools.used == 1)
        assert (PLACES.taken, reader.ended) == (0, False)
        await until(lambda: database.pools.used == 0)
    # Each has been logged, and what comes back to the pool is clean.
    logged = "select count(*) from access_log where subject_id = $1 and purpose = 'export'"
    assert await world.api.value(logged, UUID(export["id"])) == 2 * MOST
    busy = "select count(*) from pg_stat_activity where datname = current_database() and query like 'COPY%'"
    async with asyncio.timeout(2):
        while await world.api.value(f"{busy} and state = 'active'"):
            await asyncio.sleep(0.01)
    assert len(read(await fetch(client, export))) == ROWS


async def test_there_are_few_at_a_time(crowd: Crowd) -> None:
    world, client = crowd
    export = await long_file(client)
    path = f"/v1/exports/{export['id']}/content"
    async with AsyncExitStack() as readers:
        first, *_ = [await readers.enter_async_context(Reader(world, client, path, takes=1)) for _ in range(MOST)]
        late = await fetch(client, export)
        assert (late.status_code, late.headers["retry-after"]) == (503, "5")
        logged = "select count(*) from access_log where subject_id = $1 and purpose = 'export'"
        assert await world.api.value(logged, UUID(export["id"])) == MOST
        await first.go()
        assert (await fetch(client, export)).status_code == 200
    assert PLACES.taken == 0


async def numbers(database: Database, sink: Sink) -> None:
    async with database.transaction() as session:
        # As a column the series is made as it is taken: as a table, whole and first.
        rows = "select n, repeat('x', 100) from (select generate_series(1, $1::int)) series (n)"
        await session.copy_out(rows, [200_000], sink)


async def never() -> dict[str, Any]:
    await asyncio.Event().wait()
    return {}


async def test_a_reader_who_takes_nothing_is_cut_off(database: Database) -> None:
    said: list[Any] = []

    async def send(message: Any) -> None:
        said.append(message)
        if len(said) > 2:
            await asyncio.Event().wait()

    stream = Stream(partial(numbers, database), media_type="text/csv", headers={}, patience=0.1)
    async with asyncio.timeout(5):
        await stream({"type": "http"}, never, send)
    assert PLACES.taken == 0
    await until(lambda: database.pools.used == 0)
    assert all(message.get("more_body", True) for message in said)
    assert b"content-length" not in dict(said[0]["headers"])


@pytest.mark.parametrize("takes", by_turns(range(2, 8), 3))
async def test_who_leaves_at_an_awkward_moment_leaves_nothing_behind(database: Database, takes: int) -> None:
    """As a piece is taken, while the next one is there already, while it is waited for."""

    async def read_and_leave(steps: int) -> None:
        full, gone, said = asyncio.Event(), asyncio.Event(), 0

        async def send(_message: Any) -> None:
            nonlocal said
            said += 1
            if said >= takes:
                full.set()
                await gone.wait()

        async def receive() -> dict[str, Any]:
            await gone.wait()
            for _ in range(steps):
                await asyncio.sleep(0)
            return {"type": "http.disconnect"}

        stream = Stream(partial(numbers, database), media_type="text/csv", headers={})
        async with asyncio.TaskGroup() as under_way:
            under_way.create_task(stream({}, receive, send))
            await full.wait()
            gone.set()

    async with asyncio.timeout(20):
        for steps in range(9):
            async with asyncio.TaskGroup() as readers:
                for _ in range(MOST):
                    readers.create_task(read_and_leave(steps))
    assert PLACES.taken == 0
    await until(lambda: database.pools.used == 0)
    async with database.transaction() as session:
        assert await session.fetchval("select 1") == 1


async def test_a_slow_reader_is_waited_for(database: Database) -> None:
    size = 0

    async def send(message: Any) -> None:
        nonlocal size
        size += len(message.get("body", b""))
        await asyncio.sleep(0.005)

    async with asyncio.timeout(60):
        await Stream(partial(numbers, database), media_type="text/csv", headers={}, patience=0.5)({}, never, send)
    assert size == len("n,repeat\n") + sum(len(str(n)) + 102 for n in range(1, 200_001))


async def test_what_goes_wrong_before_a_word_is_said_is_answered(database: Database) -> None:
    async def fail(_sink: Sink) -> None:
        raise Unavailable

    async def send(_message: Any) -> None:
        raise AssertionError("nothing was to be said")

    with pytest.raises(Unavailable):
        await Stream(fail, media_type="text/csv", headers={})({}, never, send)
    assert PLACES.taken == 0
