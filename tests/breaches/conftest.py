from collections.abc import AsyncIterator

import pytest

from tests.office import Office, make_office
from tests.world import World


@pytest.fixture
async def office(world: World) -> AsyncIterator[Office]:
    yield await make_office(world)
    async with world.api.owner.transaction() as session:
        await session.execute("delete from demo_clock")
