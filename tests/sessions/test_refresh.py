"""Refreshing: each token works once, and one used twice ends the family, whoever used it first."""

import asyncio

import pytest

from tests.sessions.people import Holder, holder, refreshed
from tests.world import Api, Client


async def works(api: Api, token: str) -> bool:
    return (await api.client(token).get("/v1/me")).status_code == 200


async def stops(api: Api, token: str) -> bool:
    """Whether an access token stops within the second that a change of rights may take."""
    for _ in range(20):
        if not await works(api, token):
            return True
        await asyncio.sleep(0.05)
    return False


async def test_a_refresh_token_is_traded_for_the_next(api: Api) -> None:
    ann = await holder(api)
    _, first = await ann.signed_in()
    answer = await refreshed(api.client(), first["refresh_token"])
    assert answer.status_code == 200
    second = answer.json()
    assert second["refresh_token"] != first["refresh_token"]
    assert await works(api, second["access_token"])
    assert (await refreshed(api.client(), second["refresh_token"])).status_code == 200


async def test_a_token_used_twice_ends_the_family_and_is_noted(api: Api) -> None:
    ann = await holder(api)
    browser, elsewhere = await ann.signed_in()
    _, first = await ann.signed_in()
    second = (await refreshed(api.client(), first["refresh_token"])).json()
    again = await refreshed(api.client(), first["refresh_token"])
    assert (again.status_code, again.json()["code"]) == (401, "refresh_token_invalid")
    assert (await refreshed(api.client(), second["refresh_token"])).status_code == 401
    assert await stops(api, second["access_token"])
    assert (await ann.trail())[-1] == "sign_in.stolen"
    # Another family of the same account stands.
    assert (await browser.get("/v1/me")).status_code == 200
    assert (await refreshed(api.client(), elsewhere["refresh_token"])).status_code == 200


async def test_of_two_at_once_one_wins_and_the_family_ends(api: Api) -> None:
    ann = await holder(api)
    _, first = await ann.signed_in()
    both = await asyncio.gather(*(refreshed(api.client(), first["refresh_token"]) for _ in range(2)))
    assert sorted(answer.status_code for answer in both) == [200, 401]
    won = next(answer.json() for answer in both if answer.status_code == 200)
    assert await stops(api, won["access_token"])
    assert (await refreshed(api.client(), won["refresh_token"])).status_code == 401
    assert (await ann.trail()).count("sign_in.stolen") == 1


@pytest.mark.parametrize("token", ["x" * 43, "é" * 43])
async def test_an_unknown_token_is_refused(api: Api, token: str) -> None:
    answer = await refreshed(api.client(), token)
    assert (answer.status_code, answer.json()["code"]) == (401, "refresh_token_invalid")


async def test_no_token_at_all_is_refused(api: Api) -> None:
    answer = await api.client().post("/v1/sessions/refresh", json={})
    assert (answer.status_code, answer.json()["code"]) == (401, "refresh_token_invalid")


async def test_a_sign_in_does_not_outlive_its_time_or_its_account(api: Api) -> None:
    ann, ben = await holder(api), await holder(api)
    _, hers = await ann.signed_in()
    _, his = await ben.signed_in()
    await api.row("update sign_ins set expires_at = now() where account_id = $1 returning id", ann.id)
    await ben.becomes("disabled")
    for tokens in (hers, his):
        assert (await refreshed(api.client(), tokens["refresh_token"])).status_code == 401
    assert await api.value(
        "select count(*) from refresh_tokens r join sign_ins s on s.id = r.sign_in_id "
        "where s.account_id = any ($1) and used_at is not null",
        [ann.id, ben.id],
    ) == 0  # fmt: skip


async def test_a_disabled_account_is_refused_at_once(api: Api) -> None:
    ann = await holder(api)
    browser, tokens = await ann.signed_in()
    assert (await browser.get("/v1/me")).status_code == 200
    await ann.becomes("disabled")
    assert await stops(api, tokens["access_token"])


async def with_cookies(ann: Holder) -> tuple[Client, str]:
    """A browser with the cookies of a sign-in, and its CSRF token."""
    browser = ann.api.client()
    answer = await ann.signs_in(browser, cookie=True)
    assert answer.status_code == 201
    return browser, answer.json()["csrf_token"]


async def test_a_browser_gets_cookies_that_no_script_reads_and_no_other_site_sends(api: Api) -> None:
    ann = await holder(api)
    answer = await ann.signs_in(cookie=True)
    assert answer.json().keys() == {"csrf_token", "expires_in"}
    access, refresh = answer.headers.get_list("set-cookie")
    for cookie, path in ((access, "/"), (refresh, "/v1/sessions/refresh")):
        attributes = {part.strip().lower() for part in cookie.split(";")[1:]}
        assert attributes == {"httponly", f"path={path}", "samesite=strict"}


async def test_reads_need_the_cookie_alone_and_writes_the_csrf_token_too(api: Api) -> None:
    ann, ben = await holder(api), await holder(api)
    browser, csrf = await with_cookies(ann)
    _, others = await with_cookies(ben)
    assert (await browser.get("/v1/me")).status_code == 200
    for wrong in ({}, {"X-CSRF-Token": "x" * 64}, {"X-CSRF-Token": others}, {"X-CSRF-Token": b"\xe9"}):
        answer = await browser.delete("/v1/sessions/current", headers=wrong)
        assert (answer.status_code, answer.json()["code"]) == (403, "csrf_token_wrong")
    assert (await browser.get("/v1/me")).status_code == 200
    gone = await browser.delete("/v1/sessions/current", headers={"X-CSRF-Token": csrf})
    assert gone.status_code == 204
    assert dict(browser.cookies) == {}


async def test_a_refresh_by_cookie_needs_the_csrf_token_too(api: Api) -> None:
    ann = await holder(api)
    browser, csrf = await with_cookies(ann)
    before = dict(browser.cookies)
    for wrong in ({}, {"X-CSRF-Token": "x" * 64}):
        answer = await browser.post("/v1/sessions/refresh", json={}, headers=wrong)
        assert (answer.status_code, answer.json()["code"]) == (403, "csrf_token_wrong")
    answer = await browser.post("/v1/sessions/refresh", json={}, headers={"X-CSRF-Token": csrf})
    assert answer.status_code == 200
    assert answer.json() == {"csrf_token": csrf, "expires_in": 600}
    assert dict(browser.cookies).keys() == before.keys()
    assert browser.cookies["rollbook_refresh"] != before["rollbook_refresh"]
    assert (await browser.get("/v1/me")).status_code == 200


async def test_a_token_stays_where_it_was_put(api: Api) -> None:
    """A cookie's token in a body was read by somebody; a body's token in a cookie was planted there."""
    ann = await holder(api)
    browser, csrf = await with_cookies(ann)
    stolen = browser.cookies["rollbook_refresh"]
    for headers in ({}, {"X-CSRF-Token": csrf}):
        answer = await refreshed(api.client(), stolen, **headers)
        assert (answer.status_code, answer.json()["code"]) == (401, "refresh_token_invalid")
    _, tokens = await ann.signed_in()
    planted = api.client()
    planted.cookies.set("rollbook_refresh", tokens["refresh_token"])
    answer = await planted.post("/v1/sessions/refresh", json={}, headers={"X-CSRF-Token": csrf})
    assert answer.status_code == 401
    # Neither was used up by it.
    assert (await refreshed(api.client(), tokens["refresh_token"])).status_code == 200
    assert (await browser.post("/v1/sessions/refresh", json={}, headers={"X-CSRF-Token": csrf})).status_code == 200
