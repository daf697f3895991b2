"""The organisation's clock, set as the demo sets it: in the database, from which every process takes it."""

from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import datetime

import pytest

from app.models.demo_clock import ClockSet
from app.services import demo_clock
from tests.offices.election import Election, hold_election
from tests.world import Api, World

SetClock = Callable[[datetime], Awaitable[None]]


@pytest.fixture
async def election(world: World) -> Election:
    return await hold_election(world)


@pytest.fixture
async def set_clock(api: Api) -> AsyncIterator[SetClock]:
    """Set the clock to an instant, for this test."""

    async def to(instant: datetime) -> None:
        async with api.app.state.database.transaction() as session:
            await demo_clock.set_clock(session, ClockSet(now=instant))

    yield to
    async with api.app.state.database.transaction() as session:
        await demo_clock.reset_clock(session)
