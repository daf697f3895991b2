"""Power analyses: editions of a campaign's map, one of them a draft, and what is agreed stays as it was."""

import asyncio
from typing import Any
from uuid import UUID

import pytest

from app.services.erasures import erase_person
from tests.contracts.power_samples import place_decision_maker
from tests.organising import Ground
from tests.world import fake


@pytest.fixture
async def draft(ground: Ground) -> dict[str, Any]:
    campaign = await ground.campaign(name="Warm homes")
    return await ground.do(f"campaigns/{campaign}/power-analyses")


async def _actor(ground: Ground, draft: dict[str, Any], **said: Any) -> dict[str, Any]:
    told = {"kind": "body", "influence": 3, "position": 0, **said}
    if told["kind"] == "body" and "name" not in told:
        told["name"] = fake.company()
    return await ground.do(f"power-analyses/{draft['id']}/actors", **told)


async def _tie(ground: Ground, draft: dict[str, Any], one: Any, other: Any, **said: Any) -> dict[str, Any]:
    told = {"from_actor_id": one["id"], "to_actor_id": other["id"], "kind": "influences", "strength": 3, **said}
    return await ground.do(f"power-analyses/{draft['id']}/ties", **told)


async def _erase(ground: Ground, person: UUID) -> None:
    async with ground.world.api.transaction() as session:
        assert await erase_person(session, None, person) is not None


async def test_a_new_edition_begins_with_the_last_and_leaves_it_as_it_was(
    ground: Ground, draft: dict[str, Any]
) -> None:
    campaign, first = draft["campaign_id"], f"power-analyses/{draft['id']}"
    assert (draft["edition"], draft["title"], draft["state"]) == (1, "Warm homes", "draft")
    await ground.refused(f"campaigns/{campaign}/power-analyses", "draft_under_way")
    await ground.refused(f"{first}/agree", "no_actors")
    person = await ground.person()
    ours = await _actor(ground, draft, kind="person", person_id=str(person), interests="Her children's school.")
    council = await _actor(ground, draft, name="Example Borough Council", interests="Votes.", influence=5, position=-1)
    await _tie(ground, draft, ours, council, evidence="She was its clerk.")
    agreed = await ground.do(f"{first}/agree")
    assert (agreed["state"], agreed["actors"], agreed["ties"]) == ("agreed", 2, 1)
    await ground.refused(f"{first}/actors", "not_a_draft", kind="body", name="B", influence=1, position=1)
    await ground.refused(f"{first}/actors/{council['id']}/remove", "not_a_draft")
    second = await ground.do(f"campaigns/{campaign}/power-analyses", review_on="2027-01-01")
    assert (second["edition"], second["title"], second["actors"], second["ties"]) == (2, "Warm homes", 2, 1)
    actors = (await ground.get(f"power-analyses/{second['id']}/actors"))["data"]
    ties = (await ground.get(f"power-analyses/{second['id']}/ties"))["data"]
    assert {a["interests"] for a in actors} == {"Votes.", "Her children's school."}
    assert {a["id"] for a in actors} & {ours["id"], council["id"]} == set()
    assert [t["evidence"] for t in ties] == ["She was its clerk."]
    assert {ties[0]["from_actor_id"], ties[0]["to_actor_id"]} == {a["id"] for a in actors}
    await ground.do(f"power-analyses/{second['id']}/actors/{ties[0]['to_actor_id']}/remove")
    await ground.do(f"power-analyses/{second['id']}/agree")
    before = await ground.get(first)
    assert (before["state"], before["actors"], before["ties"]) == ("superseded", 2, 1)
    third = await ground.do(f"campaigns/{campaign}/power-analyses", empty=True, title="Anew")
    assert (third["edition"], third["title"], third["actors"]) == (3, "Anew", 0)
    listed = await ground.get(f"campaigns/{campaign}/power-analyses")
    assert [(e["edition"], e["state"]) for e in listed["data"]] == [(3, "draft"), (2, "agreed"), (1, "superseded")]


async def test_ties_bind_two_actors_of_one_map_once(ground: Ground, draft: dict[str, Any]) -> None:
    one, other = await _actor(ground, draft), await _actor(ground, draft)
    path = f"power-analyses/{draft['id']}/ties"
    said = {"from_actor_id": one["id"], "to_actor_id": other["id"], "kind": "funds", "strength": 5}
    tie = await ground.do(path, **said)
    await ground.refused(path, "tie_known", **said)
    await ground.refused(path, "tie_to_oneself", 422, **{**said, "to_actor_id": one["id"]})
    back = await ground.do(path, **{**said, "from_actor_id": other["id"], "to_actor_id": one["id"]})
    elsewhere = await ground.do(f"campaigns/{await ground.campaign()}/power-analyses")
    stranger = await _actor(ground, elsewhere)
    await ground.refused(path, "unknown_id", 422, **{**said, "to_actor_id": stranger["id"]})
    await ground.refused(path, "less_than_equal", 422, **{**said, "strength": 6})
    await ground.refused(f"{path}/{stranger['id']}/remove", "not_found", 404)
    left = await ground.do(f"{path}/{back['id']}/remove")
    assert left["ties"] == 1
    etag = {"If-Match": f'"{tie["id"]}-{tie["version"]}"'}
    changed = await ground.organiser.patch(f"/v1/{path}/{tie['id']}", json={"strength": 1}, headers=etag)
    assert changed.json()["strength"] == 1
    stale = await ground.organiser.patch(f"/v1/{path}/{tie['id']}", json={"strength": 2}, headers=etag)
    assert (stale.status_code, stale.json()["current"]["strength"]) == (412, 1)
    only = await ground.get(f"{path}?actor_id={one['id']}&kind=funds")
    assert [t["id"] for t in only["data"]] == [tie["id"]]


async def test_an_actor_is_known_in_one_way_and_once(ground: Ground, draft: dict[str, Any]) -> None:
    path = f"power-analyses/{draft['id']}/actors"
    maker = await place_decision_maker(ground.world, ground.unit)
    organisation = await ground.organisation()
    said = {"influence": 4, "position": -2}
    decides = await ground.do(path, kind="person", decision_maker_id=str(maker.id), **said)
    joined = await ground.do(path, kind="organisation", organisation_id=str(organisation), **said)
    us = await ground.do(path, kind="us", **said)
    assert decides["name"] == maker.name
    assert joined["name"]
    assert us["name"] == await ground.world.api.value("select name from branches where id = $1", ground.unit)
    await ground.refused(path, "actor_known", kind="person", decision_maker_id=str(maker.id), **said)
    await ground.refused(path, "value_error", 422, kind="body", decision_maker_id=str(maker.id), **said)
    await ground.refused(path, "value_error", 422, kind="person", name="A", decision_maker_id=str(maker.id), **said)
    await ground.refused(path, "value_error", 422, kind="organisation", **said)
    elsewhere = await ground.person(ground.world.islington)
    await ground.refused(path, "unknown_person", 422, kind="person", person_id=str(elsewhere), **said)
    etag = {"If-Match": f'"{decides["id"]}-1"'}
    renamed = await ground.organiser.patch(f"/v1/{path}/{decides['id']}", json={"name": "Ann"}, headers=etag)
    assert renamed.json()["errors"][0]["code"] == "named_by_record"
    moved = await ground.organiser.patch(f"/v1/{path}/{decides['id']}", json={"position": 2}, headers=etag)
    assert (moved.json()["position"], moved.json()["version"]) == (2, 2)


async def test_what_is_said_of_people_of_ours_is_not_for_leaders(ground: Ground, draft: dict[str, Any]) -> None:
    path = f"power-analyses/{draft['id']}"
    person = await _actor(ground, draft, kind="person", person_id=str(await ground.person()), interests="Her rent.")
    body = await _actor(ground, draft, interests="Votes.")
    await _tie(ground, draft, person, body, evidence="She works there.")
    shown = {a["id"]: a["interests"] for a in (await ground.get(f"{path}/actors", by=ground.leader))["data"]}
    assert shown == {person["id"]: None, body["id"]: "Votes."}
    assert (await ground.get(f"{path}/ties", by=ground.leader))["data"][0]["evidence"] is None
    assert (await ground.get(f"{path}/ties"))["data"][0]["evidence"] == "She works there."
    assert (await ground.other.get(f"/v1/{path}/map")).status_code == 404
    await ground.refused(f"{path}/agree", "permission_missing", 403, by=ground.leader)
    assert (await ground.get(path, by=ground.supervisor))["actors"] == 2


async def test_who_is_erased_is_on_no_map(ground: Ground, draft: dict[str, Any]) -> None:
    path, person = f"power-analyses/{draft['id']}", await ground.person()
    erased = await _actor(ground, draft, kind="person", person_id=str(person), interests="His rent.")
    council, other = await _actor(ground, draft), await _actor(ground, draft)
    await _tie(ground, draft, erased, council)
    await _tie(ground, draft, other, council)
    maker = await place_decision_maker(ground.world, ground.unit, person_id=person)
    await ground.do(f"{path}/agree")
    await _erase(ground, person)
    left = await ground.get(path)
    assert (left["actors"], left["ties"]) == (2, 1)
    told = await ground.get(f"decision-makers/{maker.id}")
    assert (told["name"], told["public_email"]) == ("Erased", None)


async def test_of_two_who_begin_an_edition_at_once_one_is_refused(ground: Ground) -> None:
    path = f"/v1/campaigns/{await ground.campaign()}/power-analyses"
    answers = await asyncio.gather(*(ground.organiser.post(path, json={}) for _ in range(2)))
    assert sorted(answer.status_code for answer in answers) == [201, 409]
    assert (await ground.other.post(path, json={})).status_code == 404
    assert (await ground.leader.post(path, json={})).status_code == 403
