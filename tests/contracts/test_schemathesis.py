"""The long fuzz: every operation, by every role, with sense and with nonsense."""

from collections.abc import Iterator

import pytest

from app.core.permissions import Role
from app.core.settings import Settings
from app.main import create_app
from tests.contracts.fuzzing import OPERATIONS, bearer, fuzz
from tests.contracts.live import served
from tests.contracts.routes import Operation
from tests.world import Api

pytestmark = pytest.mark.slow

EXAMPLES = 4


@pytest.fixture(scope="module")
async def honest(api: Api) -> None:
    """Of one procedure no more receive than can be named: tests before gave it one for each of their cases."""
    await api.execute("update receivers set ended_at = now() where position > 20")


@pytest.fixture(scope="module")
def url(settings: Settings, honest: None) -> Iterator[str]:
    with served(create_app(settings)) as address:
        yield address


@pytest.fixture(scope="module")
async def tokens(api: Api) -> dict[str, str | None]:
    """Nobody, and every role at the root."""
    root = await api.root()
    held = {role.value: bearer(await api.as_role(role, root)) for role in Role}
    return {"nobody": None, **held}


@pytest.mark.parametrize("operation", OPERATIONS, ids=lambda operation: operation.key)
def test_every_answer_is_one_that_the_document_declares(
    operation: Operation, url: str, tokens: dict[str, str | None]
) -> None:
    for role, token in tokens.items():
        for sensible in (True, False):
            try:
                fuzz(operation, url, token, examples=EXAMPLES, sensible=sensible)
            except BaseException as error:
                error.add_note(f"asked by {role}")
                raise
