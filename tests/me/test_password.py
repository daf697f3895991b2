"""Changing one's own password."""

from app.core.permissions import Permission
from app.models.accounts import Client as ClientApp
from app.models.accounts import ClientKind
from app.services.sign_ins import TRIES_PER_ACCOUNT
from tests.sessions.people import OTHER, PASSWORD, holder, refreshed
from tests.sessions.test_refresh import stops
from tests.world import Api, Client


async def change(client: Client, current: str = PASSWORD, new: str = OTHER) -> tuple[int, str | None]:
    answer = await client.put("/v1/me/password", json={"current_password": current, "new_password": new})
    assert current not in answer.text
    assert new not in answer.text
    return answer.status_code, answer.json()["code"] if answer.content else None


async def hash_of(api: Api, account_id: object) -> str:
    value: str = await api.value("select password_hash from accounts where id = $1", account_id)
    return value


async def test_a_change_ends_every_other_sign_in(api: Api) -> None:
    ann = await holder(api)
    _, elsewhere = await ann.signed_in()
    here, tokens = await ann.signed_in()
    assert await change(here) == (204, None)
    assert await stops(api, elsewhere["access_token"])
    assert (await refreshed(api.client(), elsewhere["refresh_token"])).status_code == 401
    assert (await here.get("/v1/me")).status_code == 200
    assert (await refreshed(api.client(), tokens["refresh_token"])).status_code == 200
    assert (await ann.signs_in()).status_code == 401
    assert (await ann.signs_in(password=OTHER)).status_code == 201
    trail = await ann.trail()
    assert trail.count("account.password_changed") == trail.count("sign_in.ended") == 1
    [letter] = await ann.letters()
    assert letter["subject"] == "Your password was changed"


async def test_a_wrong_current_password_is_refused_and_counted_with_failed_sign_ins(api: Api) -> None:
    ann = await holder(api)
    here, _ = await ann.signed_in()
    before = await hash_of(api, ann.id)
    for _ in range(TRIES_PER_ACCOUNT - 1):
        assert await change(here, "not-the-password") == (422, "current_password_wrong")
    assert (await ann.signs_in(password=OTHER)).status_code == 401
    assert await change(here) == (429, "throttled")
    assert (await ann.signs_in()).status_code == 429
    assert await hash_of(api, ann.id) == before
    assert (await ann.trail()).count("sign_in.failed") == TRIES_PER_ACCOUNT
    assert (await here.get("/v1/me")).status_code == 200


async def test_a_weak_new_password_is_refused(api: Api) -> None:
    ann = await holder(api)
    here, _ = await ann.signed_in()
    before = await hash_of(api, ann.id)
    for weak in ("password1234", "tiny-words", "p" * 201, ann.email, "aaaaaaaaaaaaaa"):
        assert (await change(here, new=weak))[0] == 422
    assert await hash_of(api, ann.id) == before


async def test_a_third_party_client_may_not_ask_for_it(api: Api) -> None:
    ann = await holder(api)
    client = ClientApp(name="A tool", kind=ClientKind.third_party, scopes=[Permission.members_read.value])
    async with api.owner.transaction() as session:
        await session.insert(client)
    tool = await api.sign_in(ann.id, client_id=client.id)
    assert await change(tool) == (403, "client_not_first_party")
    assert (await ann.signs_in()).status_code == 201


async def test_a_reset_asked_for_before_is_void_after_a_change(api: Api) -> None:
    ann = await holder(api)
    here, _ = await ann.signed_in()
    await api.client().post("/v1/password-resets", json={"email": ann.email})
    token = await ann.reset_token()
    assert await change(here) == (204, None)
    body = {"token": token, "new_password": "somebody-elses-choice"}
    late = await api.client().post("/v1/password-resets/complete", json=body)
    assert late.json()["code"] == "reset_token_invalid"
    assert (await ann.signs_in(password=OTHER)).status_code == 201
