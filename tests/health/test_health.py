"""Liveness, readiness, version and metrics: for whoever runs the service, and silent about everybody."""

import asyncio
from collections.abc import AsyncIterator

import httpx
import pytest
from fastapi import FastAPI

from app.core import schema
from app.core.settings import Settings
from app.main import create_app
from tests.world import Api, World


@pytest.fixture
async def cut_off(settings: Settings) -> AsyncIterator[FastAPI]:
    """A process whose database has gone away since it started."""
    application = create_app(settings)
    async with application.router.lifespan_context(application):
        await application.state.listener.stop()
        await application.state.database.close()
        yield application


def client(app: FastAPI) -> httpx.AsyncClient:
    return httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://testserver")


def failing(answer: httpx.Response) -> set[str]:
    return {error["pointer"] for error in answer.json()["errors"]}


async def test_a_process_that_can_work_says_so(api: Api) -> None:
    assert (await api.client().get("/livez")).json() == {"alive": True}
    # The listener proves itself anew after a pause in which the process did nothing, as between two tests.
    async with asyncio.timeout(5):
        while (ready := await api.client().get("/readyz")).status_code != 200:
            assert failing(ready) == {"#check/listener"}
            await asyncio.sleep(0.05)
    assert ready.json() == {"ready": True, "database": True, "schema_current": True, "listener": True}


async def test_without_its_database_a_process_lives_but_is_not_ready(cut_off: FastAPI) -> None:
    assert (await client(cut_off).get("/livez")).status_code == 200
    ready = await client(cut_off).get("/readyz")
    assert ready.status_code == 503
    assert failing(ready) == {"#check/database", "#check/schema_current", "#check/listener"}


async def test_an_older_schema_is_not_ready(api: Api) -> None:
    await api.row("update alembic_version set version_num = '0000_older'")
    try:
        ready = await api.client().get("/readyz")
    finally:
        await api.row("update alembic_version set version_num = $1", schema.head())
    assert (ready.status_code, ready.json()["code"], failing(ready)) == (503, "not_ready", {"#check/schema_current"})


async def test_the_version_names_the_release_and_the_schema(api: Api, app: FastAPI) -> None:
    answer = await api.client().get("/v1/version")
    assert answer.json() == {"version": app.version, "schema_revision": schema.head()}


async def test_metrics_count_by_route_and_name_nobody(api: Api, world: World) -> None:
    member = await world.member()
    await (await world.officer()).get(f"/v1/members/{member}")
    answer = await api.client().get("/metrics")
    assert answer.headers["Content-Type"].startswith("text/plain")
    assert 'rollbook_requests_total{method="GET",route="/v1/members/{member_id}",status="200"}' in answer.text
    assert 'rollbook_pool_connections{state="used"}' in answer.text
    assert "rollbook_listener_alive 1.0" in answer.text
    assert str(member) not in answer.text
