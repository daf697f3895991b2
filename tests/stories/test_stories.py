"""Stories: told as far as consent reaches, gone once it is taken back, and known where they stand."""

import asyncio
from datetime import timedelta
from typing import Any

from app.core import clock
from app.core.ids import new_id
from app.services.erasures import erase_person
from tests.organising import Ground
from tests.stories.placed import CONSENT

TOLD = {"title": "Warm at last", "text": "We slept in our coats."}


async def kept(ground: Ground, *, consent: Any = None, **said: Any) -> dict[str, Any]:
    if "organisation_id" not in said:
        said.setdefault("person_id", str(await ground.person()))
    body = {"branch_id": str(ground.unit), "consent": {**CONSENT, **(consent or {})}, **TOLD, **said}
    return await ground.do("stories", **body)


async def test_a_story_is_used_as_far_as_its_consent_reaches(ground: Ground) -> None:
    story = await kept(ground)
    path = f"stories/{story['id']}"
    assert "text" not in story
    whole = await ground.get(path)
    assert (whole["title"], whole["text"], whole["consent"]["uses"]) == (*TOLD.values(), ["internal", "public"])
    listed = (await ground.get(f"stories?person_id={story['person_id']}&use=public"))["data"]
    assert [(row["id"], row["title"]) for row in listed] == [(story["id"], "Warm at last")]
    assert (await ground.get(f"stories?person_id={story['person_id']}&use=press"))["data"] == []
    await ground.refused(f"{path}/use", "no_consent", use="press", where="The local paper")
    await ground.do(f"{path}/use", use="public", where="On the website")
    tomorrow, yesterday = (str(clock.today() + timedelta(days=days)) for days in (1, -1))
    await ground.refused(f"{path}/use", "in_future", 422, use="public", where="x", on_day=tomorrow)
    await ground.refused(f"{path}/use", "no_consent", use="public", where="x", on_day=yesterday)
    renewed = await ground.do(f"{path}/renew-consent", uses=["press"], wording="You may pass this on.")
    assert renewed["consent"]["uses"] == ["press"]
    await ground.do(f"{path}/use", use="press", where="The local paper")
    uses = (await ground.get(path))["uses"]
    assert [(use["use"], use["where"]) for use in uses] == [("press", "The local paper"), ("public", "On the website")]
    sealed = await ground.world.api.value("select sealed from stories where id = $1::text::uuid", story["id"])
    assert b"coats" not in sealed


async def test_what_is_withdrawn_is_gone_and_where_it_stands_is_known(ground: Ground) -> None:
    story = await kept(ground)
    path = f"stories/{story['id']}"
    for where in ("On the website", "In the newsletter"):
        await ground.do(f"{path}/use", use="public", where=where)
    early = str(clock.today() - timedelta(days=1))
    await ground.refused(f"{path}/withdraw-consent", "before_given", 422, withdrawn_on=early)
    gone = await ground.do(f"{path}/withdraw-consent")
    assert (gone["state"], gone["uses_to_take_down"], gone["consent"]["in_force"]) == ("withdrawn", 2, False)
    whole = await ground.get(path, ground.supervisor)
    assert (whole["title"], whole["text"]) == (None, None)
    assert [use["where"] for use in whole["uses"]] == ["In the newsletter", "On the website"]
    await ground.refused(f"{path}/use", "consent_withdrawn", use="public", where="x")
    await ground.refused(f"{path}/withdraw-consent", "wrong_state")
    await ground.refused(f"{path}/renew-consent", "wrong_state", **CONSENT)
    size = await ground.world.api.value("select length(sealed) from stories where id = $1::text::uuid", story["id"])
    assert size == 0
    standing = (await ground.get("stories?to_take_down=true"))["data"]
    assert (story["id"], None) in [(row["id"], row["title"]) for row in standing]
    for use in whole["uses"]:
        down = f"{path}/uses/{use['id']}/take-down"
        await ground.refused(down, "ends_before_start", 422, on_day=early)
        await ground.do(down)
        await ground.refused(down, "taken_down_already")
    assert (await ground.get(path))["uses_to_take_down"] == 0
    await ground.refused(f"{path}/uses/{new_id()}/take-down", "not_found", 404)


async def test_past_its_day_a_story_is_not_shown(ground: Ground) -> None:
    today = clock.today()
    story = await kept(ground, consent={"until": str(today)})
    path = f"stories/{story['id']}"
    assert (await ground.get(path))["text"] == TOLD["text"]
    await ground.do(f"{path}/use", use="public", where="On the website")
    await ground.on(today + timedelta(days=1))
    past = await ground.get(path)
    assert (past["text"], past["title"], past["uses_to_take_down"]) == (None, None, 1)
    await ground.refused(f"{path}/use", "no_consent", use="public", where="x")
    titles = [row["title"] for row in (await ground.get(f"stories?person_id={story['person_id']}"))["data"]]
    assert titles == [None]
    await ground.do(f"{path}/renew-consent", **CONSENT)
    assert (await ground.get(path))["text"] == TOLD["text"]


async def test_an_organisations_story_and_what_is_refused(ground: Ground) -> None:
    organisation = str(await ground.organisation())
    story = await kept(ground, organisation_id=organisation, campaign_id=str(await ground.campaign()))
    assert (await ground.get(f"stories/{story['id']}"))["text"] == TOLD["text"]
    found = (await ground.get(f"stories?organisation_id={organisation}"))["data"]
    assert [row["title"] for row in found] == ["Warm at last"]
    body = {"branch_id": str(ground.unit), "consent": CONSENT, **TOLD}
    islington, person = ground.world.islington, str(await ground.person())
    await ground.refused("stories", "unknown_person", 422, person_id=str(await ground.person(islington)), **body)
    far = str(await ground.organisation(islington))
    await ground.refused("stories", "unknown_id", 422, organisation_id=far, **body)
    for said in ({}, {"person_id": person, "organisation_id": organisation}):
        assert (await ground.organiser.post("/v1/stories", json={**body, **said})).status_code == 422
    child = str(await ground.person(date_of_birth=clock.today() - timedelta(days=365 * 15)))
    await ground.refused("stories", "guardian_consent_needed", 422, person_id=child, **body)
    ended = {**body, "consent": {**CONSENT, "until": str(clock.today() - timedelta(days=1))}}
    await ground.refused("stories", "ends_before_start", 422, person_id=person, **ended)
    path = f"/v1/stories/{story['id']}"
    assert (await ground.other.get(path)).status_code == 404
    for client_asks in (ground.leader.get(path), ground.leader.get("/v1/stories")):
        assert (await client_asks).status_code == 403
    assert (await ground.leader.post(f"{path}/use", json={"use": "public", "where": "x"})).status_code == 403


async def test_of_two_who_take_it_down_one_does_and_a_stale_version_stops(ground: Ground) -> None:
    story = await kept(ground)
    path = f"stories/{story['id']}"
    await ground.do(f"{path}/use", use="public", where="On the website")
    stale = await ground.organiser.post(
        f"/v1/{path}/use", json={"use": "public", "where": "x"}, headers={"If-Match": f'"{story["id"]}-1"'}
    )
    assert stale.status_code == 412
    use = (await ground.get(path))["uses"][0]
    down = f"/v1/{path}/uses/{use['id']}/take-down"
    answers = await asyncio.gather(*(ground.organiser.post(down, json={}) for _ in range(2)))
    assert sorted(answer.status_code for answer in answers) == [200, 409]


async def test_erasing_whoever_told_it_erases_the_story(ground: Ground) -> None:
    story = await kept(ground)
    path = f"stories/{story['id']}"
    await ground.do(f"{path}/use", use="public", where="On the website")
    person = await ground.world.api.value("select person_id from stories where id = $1::text::uuid", story["id"])
    async with ground.world.api.transaction() as session:
        await erase_person(session, None, person)
    whole = await ground.get(path)
    assert (whole["title"], whole["text"], whole["consent"]["uses"]) == (None, None, ["internal", "public"])
    assert [(use["use"], use["where"]) for use in whole["uses"]] == [("public", None)]
    await ground.refused(f"{path}/use", "key_destroyed", use="public", where="Again")
