"""The worker's toy."""

import pytest

from app.jobs import work
from tests.jobs.toys import KIND, Toy
from tests.world import Api


@pytest.fixture
async def toy(api: Api, monkeypatch: pytest.MonkeyPatch) -> Toy:
    """What the worker does for one kind of job, for the length of a test, once others' jobs are done."""
    await api.clear_queue()
    toy = Toy()
    monkeypatch.setitem(work.WORK, KIND, toy.step)
    monkeypatch.setitem(work.ON_END, KIND, toy.hear)
    return toy
