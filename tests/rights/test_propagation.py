"""A change of rights is felt in every process within a second: two real servers on one database."""

import asyncio
import os
import socket
import subprocess
import sys
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from time import monotonic
from uuid import UUID

import httpx
import pytest

from app.core import clock
from app.core.notify import APPLICATION
from app.core.permissions import Role
from tests.world import Api, World

pytestmark = pytest.mark.slow

A_SECOND = 1.0
LISTENERS = "from pg_stat_activity where application_name = $1 and datname = current_database()"


@dataclass
class Servers:
    """Two processes of the application, and the same caller at both."""

    first: httpx.AsyncClient
    second: httpx.AsyncClient

    async def ask(self, token: str) -> set[int]:
        """What both answer to somebody who asks for members."""
        headers = {"Authorization": token}
        answers = [await server.get("/v1/members", headers=headers) for server in (self.first, self.second)]
        return {answer.status_code for answer in answers}

    async def settle(self, token: str, status: int) -> None:
        """Both answer so to what is asked a second from now at the latest, and go on doing so."""
        began = asked = monotonic()
        while await self.ask(token) != {status}:
            assert asked - began < A_SECOND, f"not {status} in both processes after a second"
            await asyncio.sleep(0.02)
            asked = monotonic()
        assert await self.ask(token) == {status}


@contextmanager
def server(owner_dsn: str) -> Iterator[str]:
    """A process of its own on a free port of the loopback; gives its address."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    command = [sys.executable, "-m", "uvicorn", "--factory", "app.main:create_app", "--port", str(port)]
    environment = {**os.environ, "ROLLBOOK_ENV": "test", "DATABASE_URL": owner_dsn}
    process = subprocess.Popen(
        [*command, "--log-level", "warning"],
        env=environment,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        yield f"http://127.0.0.1:{port}"
    finally:
        process.terminate()
        process.wait(10)


@pytest.fixture(scope="module")
async def servers(api: Api, owner_dsn: str) -> AsyncIterator[Servers]:
    with server(owner_dsn) as first, server(owner_dsn) as second:
        async with httpx.AsyncClient(base_url=first) as one, httpx.AsyncClient(base_url=second) as two:
            for client in (one, two):
                await wait_until_up(client)
            await wait_until_listening(api)
            yield Servers(one, two)


async def wait_until_up(client: httpx.AsyncClient) -> None:
    for _ in range(1200):
        try:
            await client.get("/v1/roles")
        except httpx.TransportError:
            await asyncio.sleep(0.05)
        else:
            return
    pytest.fail("the server did not come up")


async def wait_until_listening(api: Api) -> None:
    """Wait until both servers and this process hear of changes, and so remember what they know."""
    for _ in range(100):
        if await api.value(f"select count(*) {LISTENERS}", APPLICATION) >= 3:
            break
        await asyncio.sleep(0.05)
    await asyncio.sleep(0.2)


async def until(condition: Callable[[], bool]) -> None:
    for _ in range(100):
        if condition():
            return
        await asyncio.sleep(0.02)
    assert condition()


async def signed_in(api: Api, account_id: UUID, **through: UUID) -> str:
    client = await api.sign_in(account_id, **through)
    return client.headers["Authorization"]


async def treasurer(world: World, **over: object) -> tuple[str, UUID]:
    """Somebody who may read members in Hackney by a grant: how they sign, and the grant."""
    account = await world.api.account()
    grant = await world.api.grant(account, Role.branch_treasurer, world.hackney, **over)
    return await signed_in(world.api, account), grant


async def test_an_ended_grant_and_a_new_one(world: World, servers: Servers) -> None:
    token, grant = await treasurer(world)
    await servers.settle(token, 200)
    giver = await world.api.account()
    await world.api.grant(giver, Role.national_membership_officer, world.region)
    headers = {"Authorization": await signed_in(world.api, giver)}
    ended = await servers.first.post(f"/v1/grants/{grant}/end", json={"reason": "Left"}, headers=headers)
    assert ended.status_code == 200, ended.text
    await servers.settle(token, 403)
    holder = await world.api.value("select account_id from grants where id = $1", grant)
    await world.api.grant(holder, Role.branch_treasurer, world.hackney)
    await servers.settle(token, 200)


@pytest.mark.parametrize(
    "change",
    [
        "update office_terms set ends_on = $2 where person_id = $1",
        "update office_terms set state = 'removed' where person_id = $1 and $2::date is not null",
        "update members set paid_until = $2::date - 200, lapses_on = $2 where person_id = $1",
        "update members set decided_standing = 'suspended', decided_from = $2 where person_id = $1",
        "update members set decided_standing = 'deceased', decided_from = $2 where person_id = $1",
        "update members set decided_standing = 'resigned', decided_from = $2 where person_id = $1",
    ],
    ids=["term-ended", "removed", "lapsed", "suspended", "died", "resigned"],
)
async def test_access_follows_office(world: World, servers: Servers, change: str) -> None:
    _, person = await world.api.member(world.hackney)
    await world.api.office(person, world.hackney, "secretary")
    token = await signed_in(world.api, await world.api.account(person_id=person))
    await servers.settle(token, 200)
    await world.api.row(f"{change} returning id", person, clock.today())
    await servers.settle(token, 403)


async def test_a_disabled_account_a_revoked_client_and_a_sign_out(world: World, servers: Servers) -> None:
    api = world.api
    administrator = await api.account()
    await api.grant(administrator, Role.system_administrator, world.root)
    headers = {"Authorization": await signed_in(api, administrator)}
    made = await servers.first.post(
        "/v1/clients",
        json={"name": "Canvass", "kind": "third_party", "scopes": ["members:read"]},
        headers=headers,
    )
    client = UUID(made.json()["id"])
    account = await api.account()
    await api.grant(account, Role.branch_treasurer, world.hackney)
    leaving, through_client, other = [
        await signed_in(api, account),
        await signed_in(api, account, client_id=client),
        await signed_in(api, account),
    ]
    for token in (leaving, through_client, other):
        await servers.settle(token, 200)
    assert (await servers.first.delete("/v1/sessions/current", headers={"Authorization": leaving})).status_code == 204
    await servers.settle(leaving, 401)
    assert (await servers.second.post(f"/v1/clients/{client}/revoke", headers=headers)).status_code == 200
    await servers.settle(through_client, 401)
    await servers.settle(other, 200)
    assert (await servers.first.post(f"/v1/accounts/{account}/disable", headers=headers)).status_code == 200
    await servers.settle(other, 401)


async def test_a_term_ends_at_midnight_without_any_job(world: World, servers: Servers) -> None:
    token, _ = await treasurer(world, ends_on=clock.today() + timedelta(days=1))
    midnight = clock.midnight_after(clock.now())
    try:
        moved = await servers.first.put("/v1/demo/clock", json={"now": (midnight - timedelta(seconds=2)).isoformat()})
        strikes = midnight - timedelta(seconds=moved.json()["offset_seconds"])
        await servers.settle(token, 200)
        await asyncio.sleep((strikes - datetime.now(UTC)).total_seconds())
        await servers.settle(token, 403)
    finally:
        await servers.first.delete("/v1/demo/clock")
    await servers.settle(token, 200)
    await until(lambda: not clock.offset())


async def test_a_lost_listener_hides_no_change(world: World, servers: Servers) -> None:
    token, grant = await treasurer(world)
    await servers.settle(token, 200)
    lost = await world.api.value(
        f"select count(*) from (select pg_terminate_backend(pid) as done {LISTENERS}) as ended where done",
        APPLICATION,
    )
    assert lost >= 3
    await world.api.row("update grants set state = 'ended' where id = $1 returning id", grant)
    await servers.settle(token, 403)


async def test_while_nobody_can_listen_nothing_is_remembered(world: World, servers: Servers) -> None:
    token, grant = await treasurer(world)
    await servers.settle(token, 200)
    over = asyncio.Event()

    async def cut() -> None:
        while not over.is_set():
            await world.api.row(f"select count(pg_terminate_backend(pid)) {LISTENERS}", APPLICATION)
            await asyncio.sleep(0.03)

    cutting = asyncio.create_task(cut())
    try:
        for state, status in (("ended", 403), ("confirmed", 200), ("ended", 403)):
            await world.api.row("update grants set state = $2 where id = $1 returning id", grant, state)
            await servers.settle(token, status)
    finally:
        over.set()
        await cutting
        await wait_until_listening(world.api)
