"""Signing in: who is let in, who is not, and what it tells whoever tries."""

import asyncio
import json
import statistics
import time
from collections.abc import Iterator
from typing import Any
from uuid import UUID

import pytest
import structlog
from argon2 import PasswordHasher

from app.core.permissions import Permission
from app.core.settings import Settings
from app.main import create_app
from app.models.accounts import Client as ClientApp
from app.models.accounts import ClientKind
from app.services.sign_ins import TRIES_PER_ACCOUNT, TRIES_PER_ADDRESS
from tests.sessions.people import OTHER, PASSWORD, Holder, holder
from tests.world import Api


async def refusal(who: Holder, **more: Any) -> tuple[int, str]:
    answer = await who.signs_in(**more)
    return answer.status_code, answer.json()["code"]


async def test_a_password_brings_a_pair_of_tokens(api: Api) -> None:
    ann = await holder(api)
    answer = await ann.signs_in()
    assert answer.status_code == 201
    body = answer.json()
    assert body.keys() == {"access_token", "refresh_token", "token_type", "expires_in"}
    assert (body["token_type"], body["expires_in"]) == ("Bearer", 600)
    assert answer.headers["Cache-Control"] == "no-store"
    assert "set-cookie" not in answer.headers
    me = await api.client(body["access_token"]).get("/v1/me")
    assert me.json()["account_id"] == str(ann.id)
    assert await ann.trail() == ["sign_in.begun"]


async def test_capitals_in_the_address_do_not_matter(api: Api) -> None:
    ann = await holder(api)
    ann.email = ann.email.upper()
    assert (await ann.signs_in()).status_code == 201


async def test_unknown_wrong_and_disabled_are_one_answer(api: Api) -> None:
    ann, disabled, invited = await holder(api), await holder(api), await holder(api, password=None)
    await disabled.becomes("disabled")
    unknown = Holder(api, ann.id, "nobody@example.org")
    answers = [
        await ann.signs_in(password=OTHER),
        await unknown.signs_in(),
        await disabled.signs_in(),
        await invited.signs_in(),
    ]
    seen = [{**answer.json(), "request_id": ""} for answer in answers]
    assert seen.count(seen[0]) == 4
    assert seen[0]["code"] == "credentials_wrong"
    assert {answer.status_code for answer in answers} == {401}
    assert await api.value("select count(*) from sign_ins where account_id = any ($1)", [ann.id, disabled.id]) == 0
    assert await disabled.trail() == ["sign_in.failed"]


async def test_an_unknown_address_costs_as_much_as_a_known_one(api: Api) -> None:
    async def seconds(who: Holder) -> float:
        began = time.perf_counter()
        assert (await who.signs_in(password=OTHER)).status_code == 401
        return time.perf_counter() - began

    known = await holder(api)
    unknown = Holder(api, known.id, "nobody.at.all@example.org")
    # In turn, so that a busy machine weighs on both.
    pairs = [(await seconds(known), await seconds(unknown)) for _ in range(7)]
    ratio = statistics.median(a for a, _ in pairs) / statistics.median(b for _, b in pairs)
    assert 0.5 < ratio < 2


@pytest.mark.parametrize(
    ("password", "status"),
    [
        ("\x00" * 12, 401),
        ("a\x00" + PASSWORD, 401),
        ("p" * 200, 401),
        ("p" * 201, 422),
        ("p" * 500_000, 422),
        ("", 422),
    ],
)
async def test_a_strange_password_is_refused_and_not_repeated(api: Api, password: str, status: int) -> None:
    answer = await (await holder(api)).signs_in(password=password)
    assert answer.status_code == status
    assert "ppp" not in answer.text


async def test_a_lone_surrogate_is_refused_and_not_a_fault(api: Api) -> None:
    body = b'{"email": "ann@example.org", "password": "\\ud800 and so on"}'
    answer = await api.client().post("/v1/sessions", content=body, headers={"Content-Type": "application/json"})
    assert answer.status_code in (400, 401, 422)


async def test_a_body_that_is_not_called_json_is_not_read(api: Api) -> None:
    """A form on another site can post text, but not JSON: so it cannot sign a browser in as somebody else."""
    ann = await holder(api)
    body = json.dumps({"email": ann.email, "password": PASSWORD, "cookie": True})
    for kind in ("text/plain", "application/x-www-form-urlencoded"):
        answer = await api.client().post("/v1/sessions", content=body, headers={"Content-Type": kind})
        assert answer.status_code in (400, 415, 422)
        assert "set-cookie" not in answer.headers


@pytest.mark.parametrize("kind", [ClientKind.third_party, ClientKind.service])
async def test_only_first_party_clients_may_ask_for_a_password(api: Api, kind: ClientKind) -> None:
    ann = await holder(api)
    client = ClientApp(name="A tool", kind=kind, scopes=[Permission.members_read.value])
    async with api.owner.transaction() as session:
        await session.insert(client)
    for password in (PASSWORD, OTHER):
        assert await refusal(ann, password=password, client_id=str(client.id)) == (
            403,
            "client_not_first_party",
        )
    assert await refusal(ann, client_id=str(UUID(int=9))) == (403, "client_not_first_party")
    assert await ann.trail() == []


async def test_an_old_hash_is_made_anew(api: Api) -> None:
    weak = PasswordHasher(time_cost=1, memory_cost=8192, parallelism=1).hash(PASSWORD)
    account_id = await api.account(password_hash=weak)
    ann = Holder(api, account_id, await api.value("select email from accounts where id = $1", account_id))
    assert (await ann.signs_in()).status_code == 201
    now = await api.value("select password_hash from accounts where id = $1", account_id)
    assert now != weak
    assert "m=19456,t=2" in now
    assert (await ann.signs_in()).status_code == 201


async def test_a_password_reset_while_it_is_checked_lets_nobody_in(api: Api) -> None:
    ann = await holder(api)
    async with api.owner.transaction() as session:
        await session.execute("update accounts set password_hash = 'another' where id = $1", ann.id)
        signing_in = asyncio.create_task(ann.signs_in())
        waits = "wait_event_type = 'Lock' and datname = current_database()"
        while not await api.value(f"select count(*) from pg_stat_activity where {waits}"):
            assert not signing_in.done()
            await asyncio.sleep(0.01)
    assert (await signing_in).json()["code"] == "credentials_wrong"
    assert await api.value("select count(*) from sign_ins where account_id = $1", ann.id) == 0


async def test_tries_on_an_account_are_counted_over_every_process(api: Api, settings: Settings) -> None:
    ann = await holder(api)
    second = create_app(settings)
    async with second.router.lifespan_context(second):
        doors = [api, Api(second, api.owner, api.engine)]
        for turn in range(TRIES_PER_ACCOUNT):
            assert (await ann.signs_in(doors[turn % 2].client(), OTHER)).status_code == 401
        for door in doors:
            # The right password is no way past it: else the throttle would tell which one is right.
            answer = await ann.signs_in(door.client())
            assert (answer.status_code, answer.json()["code"]) == (429, "throttled")
            wait = int(answer.headers["Retry-After"])
            assert 0 < wait <= 901
            assert answer.headers["RateLimit"] == f'"sign-in";r=0;t={wait}'
            assert answer.headers["RateLimit-Policy"] == f'"sign-in";q={TRIES_PER_ACCOUNT};w=900'
    assert await api.value("select count(*) from sign_ins where account_id = $1", ann.id) == 0
    await api.row("update throttles set window_ends_at = now() where true returning id")
    assert (await ann.signs_in()).status_code == 201


async def test_an_unknown_address_is_throttled_alike(api: Api) -> None:
    nobody = Holder(api, UUID(int=1), "no.such.account@example.org")
    answers = [(await nobody.signs_in(password=OTHER)).status_code for _ in range(TRIES_PER_ACCOUNT + 1)]
    assert answers == [401] * TRIES_PER_ACCOUNT + [429]


async def test_signing_in_forgives_the_tries_before(api: Api) -> None:
    ann = await holder(api)
    for _ in range(2):
        for _ in range(TRIES_PER_ACCOUNT - 1):
            assert (await ann.signs_in(password=OTHER)).status_code == 401
        assert (await ann.signs_in()).status_code == 201


async def test_tries_from_one_network_are_counted_together(api: Api) -> None:
    ann = await holder(api)
    near, far = api.client(), api.client()
    near._transport.client = ("2001:db8:1:2::1", 1)  # type: ignore[attr-defined]
    far._transport.client = ("2001:db8:1:3::1", 1)  # type: ignore[attr-defined]
    assert (await ann.signs_in(near)).status_code == 201
    key = api.owner.keys.blind_index("throttle:address", "2001:db8:1:2::/64")
    await api.row("update throttles set count = $2 where key_hash = $1 returning id", key, TRIES_PER_ADDRESS)
    near._transport.client = ("2001:db8:1:2:aaaa::7", 1)  # type: ignore[attr-defined]
    assert (await ann.signs_in(near)).status_code == 429
    assert (await ann.signs_in(far)).status_code == 201


@pytest.fixture
def lines() -> Iterator[list[dict[str, Any]]]:
    with structlog.testing.capture_logs() as caught:
        yield caught


async def test_neither_address_nor_password_is_logged_or_kept_in_the_trail(
    api: Api, lines: list[dict[str, Any]]
) -> None:
    ann = await holder(api)
    await ann.signs_in(password=OTHER)
    browser, _ = await ann.signed_in()
    await browser.put("/v1/me/password", json={"current_password": OTHER, "new_password": OTHER})
    await api.client().post("/v1/password-resets", json={"email": ann.email})
    token = await ann.reset_token()
    await api.client().post("/v1/password-resets/complete", json={"token": token, "new_password": OTHER})
    rows = await api.row("select json_agg(a)::text as all from audit_entries a where subject_id = $1", ann.id)
    written = json.dumps(lines, default=str) + rows["all"]
    assert written.count("/v1/password-resets") == 2
    assert str(ann.id) in written
    for secret in (ann.email, ann.email.partition("@")[0], PASSWORD, OTHER, token):
        assert secret not in written
