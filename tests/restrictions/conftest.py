"""The bench of each test of restrictions, and afterwards the present."""

from collections.abc import AsyncIterator

import pytest

from tests.restrictions.bench import Bench, make_bench
from tests.world import Api, World


@pytest.fixture(autouse=True)
async def present(api: Api) -> AsyncIterator[None]:
    yield
    await api.reset_clock()


@pytest.fixture
async def bench(world: World) -> Bench:
    return await make_bench(world)
