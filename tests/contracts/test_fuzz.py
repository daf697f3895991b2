"""A short fuzz by somebody whom no gate stops, of a few operations in the short run; test_schemathesis is long."""

from collections.abc import Iterator

import pytest

from app.core.settings import Settings
from app.main import create_app
from tests.contracts.cast import somebody_with_every_role
from tests.contracts.fuzzing import bearer, fuzz, short_share
from tests.contracts.live import served
from tests.contracts.routes import Operation
from tests.world import Api


@pytest.fixture(scope="module")
def url(settings: Settings, api: Api) -> Iterator[str]:
    with served(create_app(settings)) as address:
        yield address


@pytest.fixture(scope="module")
async def token(api: Api) -> str:
    return bearer(await somebody_with_every_role(api))


@pytest.mark.parametrize("operation", short_share())
def test_nothing_invented_is_answered_but_as_declared(operation: Operation, url: str, token: str) -> None:
    fuzz(operation, url, token, examples=1, sensible=True)
    fuzz(operation, url, token, examples=1, sensible=False)
