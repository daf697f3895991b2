from collections.abc import AsyncIterator

import pytest

from tests.office import Office, make_office
from tests.world import World


@pytest.fixture
async def office(world: World) -> AsyncIterator[Office]:
    yield await make_office(world)
    await world.api.reset_clock()
