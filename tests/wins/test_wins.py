"""Wins: claimed, verified by somebody else, withdrawn, counted."""

import asyncio
from datetime import timedelta
from typing import Any
from uuid import UUID

from app.core import clock
from app.core.ids import new_id
from tests.organising import Ground
from tests.wins.placed import place_win

SAID = {"what": "Four hundred homes insulated", "who_benefits": "Tenants of the estate", "level": "borough"}


async def claimed(ground: Ground, **said: Any) -> dict[str, Any]:
    return await ground.do("wins", branch_id=str(ground.unit), **{**SAID, **said})


async def test_somebody_else_verifies_what_is_claimed(ground: Ground) -> None:
    campaign, action = str(await ground.campaign()), str(await ground.action())
    win = await claimed(
        ground,
        campaign_id=campaign,
        action_id=action,
        people_benefiting=1_200,
        evidence="The minutes of the cabinet.",
        evidence_url="https://council.example.org/minutes",
    )
    assert (win["state"], win["claimed_by"], win["won_on"]) == ("claimed", str(ground.organiser_id), str(clock.today()))
    offers = {offer["action"]: offer["reason_code"] for offer in win["allowed_actions"]}
    assert offers == {"verify": "own_claim", "withdraw": None}
    verify = f"wins/{win['id']}/verify"
    await ground.refused(verify, "own_claim")
    assert (await ground.leader.post(f"/v1/{verify}")).status_code == 403
    headers = {"If-Match": f'"{win["id"]}-1"'}
    path = f"/v1/wins/{win['id']}"
    changed = await ground.organiser.patch(path, json={"level": "city", "evidence_url": None}, headers=headers)
    assert (changed.status_code, changed.json()["level"]) == (200, "city")
    assert (await ground.organiser.patch(path, json={"level": "city"}, headers=headers)).status_code == 412
    verified = await ground.do(verify, ground.supervisor)
    assert (verified["state"], verified["verified_on"]) == ("verified", str(clock.today()))
    assert verified["verified_by"] not in (None, win["claimed_by"])
    headers = {"If-Match": f'"{win["id"]}-3"'}
    late = await ground.organiser.patch(path, json={"level": "borough"}, headers=headers)
    assert (late.status_code, late.json()["code"]) == (409, "not_claimed")
    withdrawn = await ground.do(f"wins/{win['id']}/withdraw", reason="The council has gone back on it.")
    assert (withdrawn["state"], withdrawn["withdrawn_reason"]) == ("withdrawn", "The council has gone back on it.")
    await ground.refused(verify, "wrong_state", by=ground.supervisor)


async def test_bad_input_is_refused_with_its_place(ground: Ground) -> None:
    body = {"branch_id": str(ground.unit), **SAID}
    islington = ground.world.islington
    await ground.refused("wins", "unknown_id", 422, campaign_id=str(await ground.campaign(islington)), **body)
    await ground.refused("wins", "unknown_id", 422, action_id=str(await ground.action(islington)), **body)
    await ground.refused("wins", "in_future", 422, won_on=str(clock.today() + timedelta(days=1)), **body)
    for said in (
        {"evidence_url": "javascript:alert(1)"},
        {"people_benefiting": -1},
        {"level": "galaxy"},
        {"what": " "},
    ):
        assert (await ground.organiser.post("/v1/wins", json={**body, **said})).status_code == 422
    await ground.refused("wins", "not_found", 404, **{**body, "branch_id": str(new_id())})
    win = await claimed(ground)
    assert (await ground.other.get(f"/v1/wins/{win['id']}")).status_code == 404
    assert win["id"] not in (await ground.other.get("/v1/wins")).text


async def test_of_two_who_verify_at_once_one_does(ground: Ground) -> None:
    path = f"/v1/wins/{(await claimed(ground))['id']}/verify"
    answers = await asyncio.gather(*(ground.supervisor.post(path) for _ in range(2)))
    assert sorted(answer.status_code for answer in answers) == [200, 409]


async def test_wins_are_counted_by_level_and_by_campaign(ground: Ground) -> None:
    world, today = ground.world, clock.today()
    unit = await world.api.unit(ground.unit)
    campaign = await ground.campaign(unit, name="Fair <Energy>")
    verified = {"state": "verified", "campaign_id": campaign, "level": "city", "people_benefiting": 100_000_000}
    for _ in range(30):
        await place_win(world, unit, **verified)
    await place_win(world, unit, people_benefiting=None, won_on=today - timedelta(days=400))
    await place_win(world, unit, state="withdrawn", people_benefiting=5)
    await place_win(world, world.islington, people_benefiting=7)
    figures = await ground.get(f"wins/figures?branch_id={unit}")
    # More people than a number of four bytes holds.
    assert figures["total"] == {"claimed": 1, "verified": 30, "people_benefiting": 3_000_000_000}
    levels = {row["level"]: (row["claimed"], row["verified"]) for row in figures["by_level"]}
    assert levels == {"neighbourhood": (0, 0), "borough": (1, 0), "city": (0, 30), "national": (0, 0)}
    named = [(row["campaign_id"], row["name"], row["verified"]) for row in figures["by_campaign"]]
    assert named == [(str(campaign), "Fair <Energy>", 30), (None, None, 0)]
    recent = await ground.get(f"wins/figures?branch_id={unit}&won_from={today}")
    assert recent["total"]["claimed"] == 0
    assert (await ground.get(f"wins/figures?branch_id={unit}", ground.other))["total"]["verified"] == 0
    chart = await ground.leader.get(f"/v1/wins/figures/chart?branch_id={unit}")
    assert chart.headers["content-type"].startswith("image/svg+xml")
    assert b"<svg" in chart.content
    assert b"Verified" in chart.content
    listed = await ground.get(f"wins?branch_id={unit}&campaign_id={campaign}&state=verified&count=exact&limit=1")
    assert (listed["count"], listed["has_more"]) == ({"value": 30, "relation": "eq"}, True)
    older = await ground.get(f"wins?branch_id={unit}&won_before={today}")
    assert [UUID(row["id"]) for row in older["data"]]
