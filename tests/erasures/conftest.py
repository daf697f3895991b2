from collections.abc import AsyncIterator
from datetime import date
from typing import Any

import pytest

from app.models.members import Standing
from tests.office import Office, Someone, make_office
from tests.world import World

#: Somebody who has left: nothing but what is put in the way forbids erasing them.
LEFT: dict[str, Any] = {"decided_standing": Standing.resigned, "decided_from": date(2025, 1, 1)}


@pytest.fixture
async def office(world: World) -> AsyncIterator[Office]:
    yield await make_office(world)
    await world.api.reset_clock()


@pytest.fixture
async def leaver(office: Office) -> Someone:
    return await office.member(given_name="Gwenllian", family_name="Quillfeather", **LEFT)
