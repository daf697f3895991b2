"""The demo's clock: set over HTTP, followed by every process within a second, absent in production."""

import asyncio
import os
import socket
import sys
import time
from collections.abc import AsyncIterator
from datetime import UTC, date, datetime, timedelta

import httpx
import pytest
from pydantic import SecretStr

from app.core import clock
from app.core.settings import Environment, Settings
from app.main import create_app
from tests.world import Api, World

CLOCK = "/v1/demo/clock"


@pytest.fixture(autouse=True)
async def back_to_now(api: Api) -> AsyncIterator[None]:
    yield
    assert (await api.client().delete(CLOCK)).json()["offset_seconds"] == 0


@pytest.fixture
async def other_process(owner_dsn: str) -> AsyncIterator[httpx.AsyncClient]:
    """A second server on the same database."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "uvicorn", "--factory", "app.main:create_app", "--port", str(port),
        "--log-level", "error",
        env={**os.environ, "ROLLBOOK_ENV": "test", "DATABASE_URL": owner_dsn},
        stdout=asyncio.subprocess.DEVNULL,
    )  # fmt: skip
    try:
        async with httpx.AsyncClient(base_url=f"http://127.0.0.1:{port}") as client:
            async with asyncio.timeout(60):
                while process.returncode is None:
                    try:
                        await client.get("/livez")
                        break
                    except httpx.TransportError:
                        await asyncio.sleep(0.1)
            yield client
        process.terminate()
        await asyncio.wait_for(process.wait(), 20)
    finally:
        if process.returncode is None:
            process.kill()


async def test_a_day_is_set_and_members_lapse_by_it(api: Api, world: World) -> None:
    member = await world.member(paid_until=date(2026, 12, 31), lapses_on=date(2027, 4, 1))
    secretary = await world.officer()
    standings = {}
    for day in ("2026-12-31", "2027-01-01", "2027-04-01"):
        told = (await api.client().put(CLOCK, json={"today": day})).json()
        assert told["today"] == day
        standings[day] = (await secretary.get(f"/v1/members/{member}")).json()["standing"]
    assert standings == {"2026-12-31": "current", "2027-01-01": "arrears", "2027-04-01": "lapsed"}


async def test_an_instant_is_set_and_runs_on(api: Api) -> None:
    told = (await api.client().put(CLOCK, json={"now": "2031-06-30T23:30:00Z"})).json()
    assert told["today"] == "2031-07-01"
    read = (await api.client().get(CLOCK)).json()
    gone = datetime.fromisoformat(read["now"]) - datetime(2031, 6, 30, 23, 30, tzinfo=UTC)
    assert timedelta(seconds=-1) <= gone < timedelta(seconds=30)


@pytest.mark.parametrize("body", [{}, {"now": "2031-01-01T00:00:00Z", "today": "2031-01-01"}, {"today": "1800-01-01"}])
async def test_neither_both_nor_the_absurd_is_taken(api: Api, body: dict[str, str]) -> None:
    refused = await api.client().put(CLOCK, json=body)
    assert (refused.status_code, refused.json()["code"]) == (422, "invalid")
    assert clock.offset() == timedelta()


@pytest.mark.slow
async def test_every_process_follows_within_a_second(api: Api, other_process: httpx.AsyncClient) -> None:
    for _ in range(2):
        await api.client().put(CLOCK, json={"today": "2030-05-17"})
        await seen_within_a_second(other_process, "2030-05-17")
        await api.client().delete(CLOCK)
        await seen_within_a_second(other_process, clock.today().isoformat())


async def seen_within_a_second(process: httpx.AsyncClient, day: str) -> None:
    deadline = time.monotonic() + 1
    while (await process.get(CLOCK)).json()["today"] != day:
        assert time.monotonic() < deadline


async def test_in_production_there_is_no_such_route(settings: Settings) -> None:
    production = Settings(
        rollbook_env=Environment.production,
        database_url=settings.database_url,
        secret_key=SecretStr("s" * 40),
    )
    client = httpx.AsyncClient(transport=httpx.ASGITransport(create_app(production)), base_url="http://testserver")
    for method in ("GET", "PUT", "DELETE"):
        assert (await client.request(method, CLOCK)).status_code == 404
