"""What a process remembers of rights is never older than the last change: each race, brought about."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from uuid import UUID

import asyncpg

from app.core import clock
from app.core.actor import Actor
from app.core.ids import new_id
from app.core.notify import APPLICATION, CHANNEL, Listener
from app.core.settings import Settings
from app.services.rights import RightsCache

UNIT = UUID(int=1)


class Work:
    """Works out an actor, each time another, and counts how often; `meanwhile` happens in its midst."""

    def __init__(self) -> None:
        self.times = 0
        self.meanwhile = lambda: None
        self.token_lasts = timedelta(minutes=10)

    async def __call__(self) -> tuple[Actor, datetime]:
        self.times += 1
        self.meanwhile()
        await asyncio.sleep(0)
        actor = Actor(new_id(), None, UNIT, UNIT, UNIT, {})
        return actor, datetime.now(UTC) + self.token_lasts


async def test_what_is_known_is_worked_out_once_for_each_token() -> None:
    cache, work = RightsCache(lambda: True), Work()
    first = await cache.get("token", work)
    assert await cache.get("token", work) is first
    assert await cache.get("another", work) is not first
    assert work.times == 2


async def test_a_change_heard_while_working_out_leaves_nothing_behind() -> None:
    cache, work = RightsCache(lambda: True), Work()
    work.meanwhile = cache.forget
    await cache.get("token", work)
    work.meanwhile = lambda: None
    await cache.get("token", work)
    await cache.get("token", work)
    assert work.times == 2


async def test_while_changes_go_unheard_nothing_is_remembered_or_used() -> None:
    fresh = [True]
    cache, work = RightsCache(lambda: fresh[0]), Work()
    await cache.get("token", work)
    fresh[0] = False
    await cache.get("token", work)
    await cache.get("another", work)
    fresh[0] = True
    await cache.get("another", work)
    assert work.times == 4


async def test_rights_worked_out_across_midnight_are_not_kept_for_the_day_to_come() -> None:
    cache, work = RightsCache(lambda: True), Work()
    before = clock.midnight_after(clock.now()) - datetime.now(UTC)
    clock.set_offset(before - timedelta(seconds=1))
    work.meanwhile = lambda: clock.set_offset(before + timedelta(seconds=1))
    await cache.get("token", work)
    work.meanwhile = lambda: None
    await cache.get("token", work)
    assert work.times == 2


async def test_rights_of_another_day_do_not_serve_when_the_clock_is_set_on_or_back() -> None:
    cache, work = RightsCache(lambda: True), Work()
    await cache.get("token", work)
    for days, times in ((1, 2), (0, 3), (-1, 4), (-1, 4)):
        clock.set_offset(timedelta(days=days))
        await cache.get("token", work)
        assert work.times == times


async def test_a_token_past_its_end_is_asked_about_again() -> None:
    cache, work = RightsCache(lambda: True), Work()
    work.token_lasts = timedelta(seconds=-1)
    await cache.get("token", work)
    await cache.get("token", work)
    assert work.times == 2


class Ear:
    """Counts what a listener calls, and can take its time over it, or fail."""

    def __init__(self) -> None:
        self.forgotten = 0
        self.refreshed = 0
        self.slow = asyncio.Event()
        self.slow.set()
        self.broken = False

    def forget(self) -> None:
        self.forgotten += 1

    async def refresh(self) -> None:
        self.refreshed += 1
        if self.broken:
            raise ValueError("cannot be read")
        await self.slow.wait()


@asynccontextmanager
async def listening(settings: Settings, ear: Ear) -> AsyncIterator[Listener]:
    listener = Listener(settings.app_dsn, forget=ear.forget, refresh=ear.refresh)
    await listener.start()
    try:
        yield listener
    finally:
        await listener.stop()


async def until(condition: Callable[[], bool], *, within: float = 2.0) -> None:
    for _ in range(int(within / 0.01)):
        if condition():
            return
        await asyncio.sleep(0.01)
    assert condition()


async def notify(owner_dsn: str) -> None:
    connection = await asyncpg.connect(owner_dsn)
    await connection.execute(f"notify {CHANNEL}")
    await connection.close()


async def test_a_change_is_forgotten_at_once_and_again_behind_a_slow_refresh(
    settings: Settings, owner_dsn: str
) -> None:
    ear = Ear()
    async with listening(settings, ear) as listener:
        await until(lambda: listener.alive)
        ear.slow.clear()
        await notify(owner_dsn)
        await until(lambda: ear.refreshed == 2)
        during = ear.forgotten
        await notify(owner_dsn)
        await until(lambda: ear.forgotten > during)
        # The refresh still runs: no proof of life is fetched, and trust in the last one runs out.
        await until(lambda: not listener.alive)
        ear.slow.set()
        await until(lambda: listener.alive and ear.refreshed == 3 and ear.forgotten >= during + 3)


async def test_a_change_that_cannot_be_taken_in_is_not_passed_over(settings: Settings, owner_dsn: str) -> None:
    ear = Ear()
    async with listening(settings, ear) as listener:
        await until(lambda: listener.alive)
        ear.broken = True
        await notify(owner_dsn)
        await until(lambda: not listener.alive)
        ear.broken = False
        await until(lambda: listener.alive)


async def test_a_cut_connection_is_noticed_without_a_word_from_it(settings: Settings, owner_dsn: str) -> None:
    ear = Ear()
    async with listening(settings, ear) as listener:
        await until(lambda: listener.alive)
        before = ear.refreshed
        connection = await asyncpg.connect(owner_dsn)
        await connection.execute(
            "select pg_terminate_backend(pid) from pg_stat_activity "
            "where application_name = $1 and datname = current_database()",
            APPLICATION,
        )
        await connection.close()
        await until(lambda: not listener.alive, within=0.2)
        await until(lambda: listener.alive and ear.refreshed > before)
