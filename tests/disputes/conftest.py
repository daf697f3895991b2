from collections.abc import AsyncIterator

import pytest

from tests.disputes.desk import Desk, make_desk
from tests.world import World


@pytest.fixture
async def desk(world: World) -> AsyncIterator[Desk]:
    """The Co-operative Party's procedure, with people to go through it."""
    yield await make_desk(world)
    await world.api.reset_clock()
