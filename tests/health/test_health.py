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


@pytest.fixture
async def idle(api: Api) -> Api:
    """With nothing in the queue, whatever other tests have asked for and left."""
    await api.clear_queue()
    return api


async def test_a_process_that_can_work_says_so(idle: Api) -> None:
    api = idle
    assert (await api.client().get("/livez")).json() == {"alive": True}
    # The listener proves itself anew after a pause in which the process did nothing, as between two tests.
    async with asyncio.timeout(5):
        while (ready := await api.client().get("/readyz")).status_code != 200:
            assert failing(ready) == {"#check/listener"}
            await asyncio.sleep(0.05)
    assert ready.json() == {
        "ready": True,
        "database": True,
        "schema_current": True,
        "listener": True,
        "queue_moving": False,
        "queue_age_seconds": 0,
    }


async def test_a_queue_that_stands_still_is_said_and_stops_nothing(idle: Api) -> None:
    api = idle
    worker = await api.value(
        "insert into jobs_engine.procrastinate_workers (last_heartbeat) values (now()) returning id"
    )
    assert await queue(api) == (True, 0)
    job = await api.value(
        "select (jobs_engine.procrastinate_defer_jobs_v1(array["
        "row('jobs', 'run_job', 0, null, null, '{}', null)::jobs_engine.procrastinate_job_to_defer_v1]))[1]"
    )
    events = "update jobs_engine.procrastinate_events set at = now() - interval '{}' where job_id = $1"
    await api.row(events.format("90 seconds"), job)
    assert await queue(api) == (True, 90)
    await api.row(events.format("301 seconds"), job)
    assert await queue(api) == (False, 301)
    assert "rollbook_queue_age_seconds 301" in (await api.client().get("/metrics")).text
    await api.row(
        "update jobs_engine.procrastinate_jobs set scheduled_at = now() + interval '1 hour' where id = $1", job
    )
    assert await queue(api) == (True, 0)
    await api.row("delete from jobs_engine.procrastinate_jobs where id = $1", job)
    await api.row("delete from jobs_engine.procrastinate_workers where id = $1", worker)
    assert await queue(api) == (False, 0)


async def queue(api: Api) -> tuple[bool, int]:
    """Whether it moves, and its age in whole seconds, as a process says that can work."""
    ready = await api.client().get("/readyz")
    assert ready.status_code == 200, ready.text
    return ready.json()["queue_moving"], int(ready.json()["queue_age_seconds"])


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
