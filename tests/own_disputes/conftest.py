import pytest

from tests.disputes.desk import Desk, make_desk
from tests.world import World


@pytest.fixture
async def desk(world: World) -> Desk:
    return await make_desk(world)
