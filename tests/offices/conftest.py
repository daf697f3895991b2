"""An election, and what it stands on."""

import pytest

from tests.offices.election import Election, hold_election
from tests.world import World


@pytest.fixture
async def election(world: World) -> Election:
    return await hold_election(world)
