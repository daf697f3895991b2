"""A house that a test may stop, restore and start again."""

from collections.abc import AsyncIterator

import pytest

from tests.operations.house import House, new_house


@pytest.fixture
async def house(anyio_backend: str) -> AsyncIterator[House]:
    async with new_house("restored") as made:
        await made.found()
        yield made
