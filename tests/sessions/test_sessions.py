"""One's sign-ins: seen, and ended one by one or all at once."""

from app.models.sign_ins import SignInRead
from tests.sessions.people import holder, refreshed
from tests.sessions.test_refresh import stops
from tests.world import Api


async def test_one_sees_ones_own_sign_ins_and_which_is_this(api: Api) -> None:
    ann, ben = await holder(api), await holder(api)
    await ben.signed_in()
    await ann.signed_in()
    here, _ = await ann.signed_in()
    answer = await here.get("/v1/sessions")
    assert answer.json()["has_more"] is False
    rows = [SignInRead.model_validate(row) for row in answer.json()["data"]]
    assert answer.json()["data"][0].keys() == SignInRead.model_fields.keys()
    assert [row.current for row in rows] == [True, False]
    assert {row.client_name for row in rows} == {"Rollbook"}
    first = await here.get("/v1/sessions", params={"limit": 1})
    second = await here.get("/v1/sessions", params={"limit": 1, "cursor": first.json()["next_cursor"]})
    assert [page.json()["data"][0]["id"] for page in (first, second)] == [str(row.id) for row in rows]


async def test_signing_out_here_ends_this_one_alone(api: Api) -> None:
    ann = await holder(api)
    other, _ = await ann.signed_in()
    here, tokens = await ann.signed_in()
    assert (await here.delete("/v1/sessions/current")).status_code == 204
    assert await stops(api, tokens["access_token"])
    assert (await refreshed(api.client(), tokens["refresh_token"])).status_code == 401
    assert (await other.get("/v1/me")).status_code == 200
    assert (await ann.trail())[-1] == "sign_in.ended"


async def test_another_device_is_signed_out_from_here(api: Api) -> None:
    ann, ben = await holder(api), await holder(api)
    _, tokens = await ann.signed_in()
    here, _ = await ann.signed_in()
    listed = (await here.get("/v1/sessions")).json()["data"]
    lost = next(row["id"] for row in listed if not row["current"])
    stranger, _ = await ben.signed_in()
    denied = await stranger.delete(f"/v1/sessions/{lost}")
    assert (denied.status_code, denied.json()["code"]) == (404, "not_found")
    assert len((await here.get("/v1/sessions")).json()["data"]) == 2
    assert (await here.delete(f"/v1/sessions/{lost}")).status_code == 204
    assert await stops(api, tokens["access_token"])
    assert (await here.delete(f"/v1/sessions/{lost}")).status_code == 404


async def test_signing_out_everywhere_ends_all(api: Api) -> None:
    ann, ben = await holder(api), await holder(api)
    bens, _ = await ben.signed_in()
    _, elsewhere = await ann.signed_in()
    here, tokens = await ann.signed_in()
    assert (await here.delete("/v1/sessions")).status_code == 204
    for pair in (elsewhere, tokens):
        assert await stops(api, pair["access_token"])
        assert (await refreshed(api.client(), pair["refresh_token"])).status_code == 401
    assert (await ann.trail()).count("sign_in.ended") == 2
    assert (await bens.get("/v1/me")).status_code == 200


async def test_nobody_is_signed_in_without_a_token(api: Api) -> None:
    for method, path in (("GET", "/v1/sessions"), ("DELETE", "/v1/sessions"), ("GET", "/v1/me")):
        answer = await api.client().request(method, path)
        assert (answer.status_code, answer.json()["code"]) == (401, "not_signed_in")
        assert answer.headers["WWW-Authenticate"].startswith("Bearer")
