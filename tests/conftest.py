"""One PostgreSQL for the whole run, a migrated template in it, and a clone of the template for each worker."""

import asyncio
import gc
import os
import sys
import tempfile
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

import asyncpg
import pytest
from fastapi import FastAPI
from hypothesis import settings as examples
from pydantic._internal import _fields

from app.core import clock, schema
from app.core.db import Database
from app.core.postgres import Cluster
from app.core.settings import DEMO_SECRET, Settings
from app.jobs.engine import connector
from app.jobs.queues import jobs_app
from app.main import create_app
from app.models.branches import UnitKind
from app.services.founding import found_organisation
from tests.shared import ROOM
from tests.turns import LONG, is_long, some_of
from tests.watch import Watch
from tests.world import Api, World, make_world

# What is made while modules load stays to the end: it is not looked through again and again for what is gone.
gc.disable()
# The test client looks for this package at every request, along the whole path, and would find none.
sys.modules.setdefault("sniffio", None)  # type: ignore[arg-type]
# Whatever makes a default is looked at anew for each entity, which takes three quarters of the making of one.
_fields.takes_validated_data_argument = cache(_fields.takes_validated_data_argument)

OWNER = "ROLLBOOK_TEST_OWNER_DSN"
SetClock = Callable[[datetime | timedelta], Awaitable[None]]
_cluster: Cluster | None = None
_room: tempfile.TemporaryDirectory[str] | None = None
_watch: Watch
#: No statement waits for ever, nor does what another left open: whoever connects says nothing else, as some tests do.
PATIENT = {"statement_timeout": "60s", "lock_timeout": "30s", "idle_in_transaction_session_timeout": "60s"}


def database_dsn(name: str) -> str:
    """The owner's address of a database of the test server."""
    parts = urlsplit(os.environ[OWNER])
    return urlunsplit(parts._replace(path=f"/{name}"))


def pytest_configure(config: pytest.Config) -> None:
    """The first process starts the server and migrates the template; workers find its address in the environment."""
    global _cluster, _room, _watch  # noqa: PLW0603
    if config.option.markexpr != "not slow":
        os.environ[LONG] = "yes"
    examples.register_profile("house", max_examples=some_of(100))
    examples.load_profile("house")
    _watch = Watch()
    config.pluginmanager.register(_watch)
    if hasattr(config, "workerinput"):
        return
    _room = tempfile.TemporaryDirectory(prefix="rollbook-test-shared-")
    os.environ[ROOM] = _room.name
    if OWNER in os.environ:
        return
    if "DATABASE_URL" in os.environ:
        os.environ[OWNER] = os.environ["DATABASE_URL"]
    else:
        _cluster = Cluster(Path(tempfile.mkdtemp(prefix="rollbook-test-")), durable=False, settings=PATIENT)
        _cluster.start()
        os.environ[OWNER] = _cluster.owner_dsn("postgres")
    try:
        asyncio.run(_make_template())
    except schema.SchemaError as error:
        pytest.exit(str(error), 2)


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """What the short run does with a few examples or in part is done once more by the long run, whole."""
    for item in items if is_long() else ():
        invents = getattr(getattr(item, "obj", None), "is_hypothesis_test", False)
        if invents or item.get_closest_marker("in_part"):
            item.add_marker(pytest.mark.slow)


def pytest_collection_finish() -> None:
    gc.collect()
    gc.freeze()
    gc.enable()
    gc.set_threshold(20_000, 20, 50)


def pytest_unconfigure() -> None:
    if _room is not None:
        _room.cleanup()
    if _cluster is not None:
        _cluster.stop()
        _cluster.remove()


async def _make_template() -> None:
    await run_as_owner(
        "postgres", "drop database if exists rollbook_template with (force)", "create database rollbook_template"
    )
    await schema.migrate(database_dsn("rollbook_template"), DEMO_SECRET)


async def run_as_owner(database: str, *statements: str) -> None:
    connection = await asyncpg.connect(database_dsn(database))
    try:
        for statement in statements:
            await connection.execute(statement)
    finally:
        await connection.close()


@pytest.fixture(scope="session")
def anyio_backend() -> tuple[str, dict[str, bool]]:
    """The loop that the server runs on."""
    return "asyncio", {"use_uvloop": True}


@pytest.fixture(scope="session")
def owner_dsn() -> str:
    worker = os.environ.get("PYTEST_XDIST_WORKER", "one")
    name = f"rollbook_test_{worker}"
    asyncio.run(
        run_as_owner(
            "postgres",
            f"drop database if exists {name} with (force)",
            f"create database {name} template rollbook_template",
        )
    )
    return database_dsn(name)


@pytest.fixture(scope="session")
def settings(owner_dsn: str) -> Settings:
    return Settings(rollbook_env="test", database_url=owner_dsn)


@pytest.fixture(scope="session")
async def owner(anyio_backend: str, settings: Settings, owner_dsn: str) -> AsyncIterator[Database]:
    """The database as its owner sees it: for making a test's world and for looking behind the scenes."""
    database = await Database.open(owner_dsn, settings.master_key, size=8)
    async with database.transaction() as session:
        await found_organisation(
            session,
            name="The Test Party",
            name_cy=None,
            kind=UnitKind.party,
            administrator_email="administrator@rollbook.example",
            officer_email="officer@rollbook.example",
        )
    _watch.look_at(database)
    yield database
    left = await _watch.still_out(database)
    await database.close()
    assert not left, left


@pytest.fixture(scope="session")
async def app(owner: Database, settings: Settings) -> AsyncIterator[FastAPI]:
    application = create_app(settings)
    async with application.router.lifespan_context(application):
        _watch.look_at(application.state.database)
        yield application
        left = await _watch.still_out(application.state.database)
    assert not left, left


@pytest.fixture(scope="session")
async def api(app: FastAPI, owner: Database, settings: Settings) -> AsyncIterator[Api]:
    engine = jobs_app(connector(settings.app_dsn), app.state.database, stopping=lambda: False)
    async with engine.open_async():
        yield Api(app, owner, engine)


@pytest.fixture
async def world(api: Api) -> World:
    """A region with two local parties of its own, each with a branch, made for this test alone."""
    return await make_world(api)


@pytest.fixture
async def set_clock(api: Api) -> AsyncIterator[SetClock]:
    """Set the clock to an instant, or so far ahead, for this test.

    In the database, from which every process takes it at any moment: what is set past it may be gone before it is used.
    """

    async def to(when: datetime | timedelta) -> None:
        await api.set_clock(when if isinstance(when, datetime) else datetime.now(UTC) + when)

    yield to
    await api.reset_clock()


@pytest.fixture(autouse=True)
def real_clock() -> Iterator[None]:
    yield
    clock.set_offset(timedelta())
