"""The bench of each test of restrictions, and afterwards the present."""

from collections.abc import AsyncIterator

import pytest

from app.services import demo_clock
from tests.restrictions.bench import Bench, make_bench
from tests.world import Api, World


@pytest.fixture(autouse=True)
async def present(api: Api) -> AsyncIterator[None]:
    yield
    async with api.app.state.database.transaction() as session:
        await demo_clock.reset_clock(session)


@pytest.fixture
async def bench(world: World) -> Bench:
    return await make_bench(world)
