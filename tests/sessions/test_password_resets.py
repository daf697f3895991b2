"""A forgotten password: a token by mail, once, and what it ends."""

import asyncio
import time
from typing import Any

import pytest
from httpx import Response

from app.services.password_resets import ASKS_PER_ACCOUNT, SAME_TIME
from tests.sessions.people import OTHER, PASSWORD, holder, refreshed
from tests.sessions.test_refresh import stops
from tests.world import Api, World


async def asked(api: Api, email: str) -> Response:
    return await api.client().post("/v1/password-resets", json={"email": email})


async def completed(api: Api, token: str, password: str = OTHER) -> Response:
    body = {"token": token, "new_password": password}
    return await api.client().post("/v1/password-resets/complete", json=body)


async def test_a_reset_sets_the_password_and_ends_every_sign_in(api: Api) -> None:
    ann = await holder(api)
    families = [(await ann.signed_in())[1] for _ in range(2)]
    assert (await asked(api, ann.email.upper())).status_code == 202
    token = await ann.reset_token()
    assert (await completed(api, token)).status_code == 204
    for tokens in families:
        assert await stops(api, tokens["access_token"])
        assert (await refreshed(api.client(), tokens["refresh_token"])).status_code == 401
    assert (await ann.signs_in()).status_code == 401
    assert (await ann.signs_in(password=OTHER)).status_code == 201
    trail = await ann.trail()
    assert trail.count("password_reset.sent") == trail.count("password_reset.completed") == 1
    assert trail.count("sign_in.ended") == 2
    newest, *_ = await ann.letters()
    assert newest["subject"] == "Your password was changed"
    assert token not in newest["text"]


async def test_a_token_works_once_even_for_two_at_once(api: Api) -> None:
    ann = await holder(api)
    await asked(api, ann.email)
    token = await ann.reset_token()
    both = await asyncio.gather(completed(api, token), completed(api, token, "other-" + OTHER))
    assert sorted(answer.status_code for answer in both) == [204, 422]
    again = await completed(api, token)
    assert (again.status_code, again.json()["errors"][0]["code"]) == (422, "reset_token_invalid")
    assert token not in again.text


async def test_an_older_token_ends_with_the_newer(api: Api) -> None:
    ann = await holder(api)
    await asked(api, ann.email)
    first = await ann.reset_token()
    await asked(api, ann.email)
    assert (await completed(api, await ann.reset_token())).status_code == 204
    assert (await completed(api, first, PASSWORD)).json()["code"] == "reset_token_invalid"


async def test_a_token_lasts_an_hour_and_ends_with_the_account(api: Api) -> None:
    ann, ben = await holder(api), await holder(api)
    await asked(api, ann.email)
    await asked(api, ben.email)
    left = await api.value(
        "select extract(epoch from expires_at - now()) from password_resets where account_id = $1", ann.id
    )
    assert 3500 < left <= 3600
    late, disabled = await ann.reset_token(), await ben.reset_token()
    await api.row("update password_resets set expires_at = now() where account_id = $1 returning id", ann.id)
    await ben.becomes("disabled")
    for token in (late, disabled, "x" * 43):
        assert (await completed(api, token)).json()["code"] == "reset_token_invalid"
    versions = await api.row("select array_agg(version) as all from accounts where id = any ($1)", [ann.id, ben.id])
    assert versions["all"] == [1, 1]


async def test_an_unknown_address_has_the_same_answer_in_the_same_time(api: Api) -> None:
    ann, disabled = await holder(api), await holder(api)
    await disabled.becomes("disabled")
    answers, seconds = [], []
    for email in (ann.email, "nobody.here@example.org", disabled.email):
        began = time.perf_counter()
        answers.append(await asked(api, email))
        seconds.append(time.perf_counter() - began)
    assert {(answer.status_code, answer.content) for answer in answers} == {(202, b'{"expires_in":3600}')}
    assert min(seconds) >= SAME_TIME
    assert await disabled.letters() == []
    assert len(await ann.letters()) == 1


async def test_asking_is_throttled_alike_for_known_and_unknown(api: Api) -> None:
    ann = await holder(api)
    for email in (ann.email, "nobody.there@example.org"):
        answers = [(await asked(api, email)).status_code for _ in range(ASKS_PER_ACCOUNT + 1)]
        assert answers == [202] * ASKS_PER_ACCOUNT + [429]
    assert len(await ann.letters()) == ASKS_PER_ACCOUNT


async def test_a_weak_password_is_refused_and_the_token_kept(api: Api) -> None:
    ann = await holder(api)
    await asked(api, ann.email)
    token = await ann.reset_token()
    for weak in ("password1234", ann.email, "too-short"):
        answer = await completed(api, token, weak)
        assert answer.status_code == 422
        assert answer.json()["errors"][0]["pointer"] == "/new_password"
        assert weak not in answer.text
    assert (await ann.signs_in()).status_code == 201
    assert (await completed(api, token)).status_code == 204


async def test_an_invited_account_sets_its_first_password_and_is_active(api: Api) -> None:
    ann = await holder(api, password=None)
    await ann.becomes("invited")
    assert (await asked(api, ann.email)).status_code == 202
    [letter] = await ann.letters()
    assert letter["subject"] == "Your Rollbook account"
    assert "72 hours" in letter["text"]
    assert (await completed(api, await ann.reset_token())).status_code == 204
    assert await api.value("select state from accounts where id = $1", ann.id) == "active"
    assert (await ann.signs_in(password=OTHER)).status_code == 201
    fields = await api.value(
        "select fields from audit_entries where subject_id = $1 and action = 'password_reset.completed'",
        ann.id,
    )
    assert fields == {"password_hash": True, "state": {"old": "invited", "new": "active"}}


@pytest.mark.parametrize(("language", "subject"), [("cy", "Gosod cyfrinair newydd"), ("en", "Set a new password")])
async def test_the_letter_is_in_the_readers_language(world: World, language: str, subject: str) -> None:
    _, person_id = await world.api.member(world.hackney, preferred_language=language)
    ann = await holder(world.api, person_id=person_id)
    await asked(world.api, ann.email)
    [letter] = await ann.letters()
    assert letter["subject"] == subject
    assert "{" not in letter["text"]


async def test_forgetting_the_password_ends_a_throttle_on_it(api: Api) -> None:
    ann = await holder(api)
    async with asyncio.timeout(20):
        while (await ann.signs_in(password=OTHER)).status_code != 429:
            pass
    await asked(api, ann.email)
    await completed(api, await ann.reset_token())
    assert (await ann.signs_in(password=OTHER)).status_code == 201


@pytest.mark.parametrize("body", [{}, {"email": "nobody"}, {"email": "a\x00b@example.org"}, {"email": 1}])
async def test_what_is_no_address_is_refused(api: Api, body: dict[str, Any]) -> None:
    assert (await api.client().post("/v1/password-resets", json=body)).status_code == 422
