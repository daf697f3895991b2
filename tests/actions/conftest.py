from collections.abc import AsyncIterator

import pytest

from tests.organising import Ground, make_ground
from tests.world import World


@pytest.fixture
async def ground(world: World) -> AsyncIterator[Ground]:
    yield await make_ground(world)
    async with world.api.owner.transaction() as session:
        await session.execute("delete from demo_clock")
