"""A short fuzz by somebody whom no gate stops, of every tenth operation in the short run; test_schemathesis is long."""

from collections.abc import Iterator
from typing import Any

import pytest
from schemathesis import GenerationMode

from app.core.settings import Settings
from app.main import create_app
from tests.contracts.cast import somebody_with_every_role
from tests.contracts.fuzzing import bearer, fuzz, operations, short_share
from tests.contracts.live import served
from tests.contracts.routes import unwired
from tests.world import Api

OPERATIONS = operations(unwired())


@pytest.fixture(scope="module")
def url(settings: Settings, api: Api) -> Iterator[str]:
    with served(create_app(settings)) as address:
        yield address


@pytest.fixture(scope="module")
async def token(api: Api) -> str:
    return bearer(await somebody_with_every_role(api))


@pytest.mark.parametrize("operation", short_share(OPERATIONS))
def test_nothing_invented_is_answered_but_as_declared(operation: Any, url: str, token: str) -> None:
    fuzz(operation, url, token, examples=1, mode=GenerationMode.POSITIVE)
    fuzz(operation, url, token, examples=1, mode=GenerationMode.NEGATIVE)
