"""Tokens that were not made here, or too long ago; keys that come and go."""

import asyncio
from base64 import urlsafe_b64encode
from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest

from app.core.settings import Settings
from app.core.tokens import LIFETIME, KeyRing, new_signing_key_pem
from app.main import create_app
from app.services.signing_keys import AUDIENCE, rotate_key
from tests.sessions.people import holder
from tests.world import Api


async def status(api: Api, token: str) -> int:
    return (await api.client(token).get("/v1/me")).status_code


async def minted(api: Api, settings: Settings, **other: object) -> tuple[KeyRing, dict[str, object]]:
    """A ring that differs from the house's in one thing, and whom its tokens name: somebody signed in."""
    ann = await holder(api)
    await ann.signed_in()
    row = await api.row("select id, client_id from sign_ins where account_id = $1", ann.id)
    who = {"sub": ann.id, "sid": row["id"], "client_id": str(row["client_id"])}
    stored = await api.row("select id, sealed_pem from signing_keys where retired_at is null")
    pem = api.owner.keys.open_bytes(f"signing key {stored['id']}", stored["sealed_pem"])
    parts = {
        "keys": [pem],
        "issuer": settings.public_url,
        "audience": AUDIENCE,
        "now": lambda: datetime.now(UTC),
    }
    parts |= other
    return KeyRing(parts.pop("keys"), **parts), who  # type: ignore[arg-type]


async def test_a_token_of_the_house_is_good(api: Api, settings: Settings) -> None:
    ring, who = await minted(api, settings)
    assert await status(api, ring.mint(**who)) == 200  # type: ignore[arg-type]


@pytest.mark.parametrize(
    "other",
    [
        {"keys": [new_signing_key_pem()]},
        {"issuer": "https://elsewhere.example"},
        {"audience": "elsewhere"},
        {"now": lambda: datetime.now(UTC) - LIFETIME - timedelta(seconds=1)},
        {"now": lambda: datetime.now(UTC) + timedelta(minutes=1)},
    ],
    ids=["key", "issuer", "audience", "expired", "early"],
)
async def test_a_token_of_elsewhere_or_of_another_time_is_refused(
    api: Api, settings: Settings, other: dict[str, object]
) -> None:
    ring, who = await minted(api, settings, **other)
    assert await status(api, ring.mint(**who)) == 401  # type: ignore[arg-type]


async def test_a_token_without_a_signature_is_refused(api: Api, settings: Settings) -> None:
    ring, who = await minted(api, settings)
    _, payload, signature = ring.mint(**who).split(".")  # type: ignore[arg-type]
    header = urlsafe_b64encode(b'{"alg": "none", "typ": "at+jwt"}').rstrip(b"=").decode()
    for end in ("", signature):
        assert await status(api, f"{header}.{payload}.{end}") == 401


async def test_a_token_of_a_sign_in_that_never_was_is_refused(api: Api, settings: Settings) -> None:
    ring, who = await minted(api, settings)
    assert await status(api, ring.mint(**{**who, "sid": UUID(int=4)})) == 401  # type: ignore[arg-type]
    other = await holder(api)
    assert await status(api, ring.mint(**{**who, "sub": other.id})) == 401  # type: ignore[arg-type]


async def test_the_public_keys_are_published(api: Api) -> None:
    answer = await api.client().get("/.well-known/jwks.json")
    assert answer.status_code == 200
    assert answer.headers["Cache-Control"] == "public, max-age=300"
    for key in answer.json()["keys"]:
        assert key.keys() == {"kty", "crv", "x", "y", "alg", "use", "kid"}


async def test_a_new_key_signs_everywhere_and_the_old_tokens_stay_good(api: Api, settings: Settings) -> None:
    ann = await holder(api)
    second = create_app(settings)
    async with second.router.lifespan_context(second):
        processes = [api, Api(second, api.owner, api.engine)]
        before = await signing(api)
        old = [(await ann.signs_in(process.client())).json()["access_token"] for process in processes]
        announced = False
        rotation = asyncio.create_task(rotate_key(api.app.state.database))
        async with asyncio.timeout(20):
            while not rotation.done() or before in [await signing(process) for process in processes]:
                # Whatever is signed while the keys change is good in both processes.
                for process in processes:
                    token = (await ann.signs_in(process.client())).json()["access_token"]
                    assert [await status(each, token) for each in processes] == [200, 200]
                announced |= all([await known_but_not_in_use(process, before) for process in processes])
        new = await rotation
        assert announced, "a key is known everywhere before it signs anywhere"
        assert await api.value("select retired_at is null from signing_keys where id = $1", new)
        for process in processes:
            assert before in [key["kid"] for key in await published(process)]
            assert [await status(process, token) for token in old] == [200, 200]


async def published(process: Api) -> list[dict[str, str]]:
    keys: list[dict[str, str]] = (await process.client().get("/.well-known/jwks.json")).json()["keys"]
    return keys


async def known_but_not_in_use(process: Api, old: str) -> bool:
    """Whether a process verifies with another key than the one by which it still signs."""
    first, second, *_ = [*[key["kid"] for key in await published(process)], None, None]
    return first == old and second is not None


async def signing(process: Api) -> str:
    return (await published(process))[0]["kid"]


async def test_a_key_retired_long_ago_is_dropped(api: Api, settings: Settings) -> None:
    ring, who = await minted(api, settings)
    token = ring.mint(**who)  # type: ignore[arg-type]
    retired = await signing(api)
    await rotate_key(api.app.state.database)
    long_ago = datetime.now(UTC) - LIFETIME
    await api.row("update signing_keys set retired_at = $1 where retired_at is not null returning id", long_ago)
    for _ in range(20):
        if retired not in [key["kid"] for key in await published(api)]:
            break
        await asyncio.sleep(0.05)
    assert await status(api, token) == 401
