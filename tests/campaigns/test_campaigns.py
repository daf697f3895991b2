"""Campaigns: along their course, who takes part and what they see, what is measured, and the timeline."""

import asyncio
from datetime import timedelta
from typing import Any
from uuid import UUID

from hypothesis import given
from hypothesis import strategies as st

from app.core import clock
from app.core.ids import new_id
from app.core.permissions import Role
from app.models.actions import ActionState
from app.models.campaigns import CampaignState
from app.services.campaigns import COURSE, ENDED
from tests.organising import Ground

SAID = {"name": "Fair Energy", "issue": "Cold homes", "aims": "The council insulates its homes."}


async def drafted(ground: Ground, *, lead: bool = True, **said: Any) -> dict[str, Any]:
    if lead:
        said["lead_person_id"] = str(await ground.person())
    return await ground.do("campaigns", branch_id=str(ground.unit), **SAID, **said)


async def active(ground: Ground) -> str:
    made = await drafted(ground)
    await ground.do(f"campaigns/{made['id']}/activate")
    return str(made["id"])


async def claim(ground: Ground, campaign_id: str, **said: Any) -> dict[str, Any]:
    won = {"what": "Four hundred homes insulated", "who_benefits": "Tenants", "level": "borough", **said}
    return await ground.do("wins", branch_id=str(ground.unit), campaign_id=campaign_id, **won)


async def test_a_campaign_is_led_won_and_taken_up_again(ground: Ground) -> None:
    made = await drafted(ground, lead=False)
    path = f"campaigns/{made['id']}"
    assert (made["state"], made["stage"], made["lead_person_id"]) == ("draft", "organise", None)
    await ground.refused(f"{path}/activate", "no_lead")
    lead = str(await ground.person())
    led = await ground.organiser.patch(
        f"/v1/{path}", json={"lead_person_id": lead, "stage": "act"}, headers={"If-Match": f'"{made["id"]}-1"'}
    )
    assert (led.status_code, led.json()["stage"]) == (200, "act")
    assert (await ground.do(f"{path}/activate"))["state"] == "active"
    await ground.refused(f"{path}/activate", "wrong_state")
    await ground.refused(f"{path}/win", "no_win", outcome="Won.")
    await ground.refused(f"{path}/close", "outcome_needed", 422)
    win = await claim(ground, made["id"])
    won = await ground.do(f"{path}/part-win", outcome="Half of what was asked.")
    assert (won["state"], won["outcome"]) == ("part_won", "Half of what was asked.")
    again = await ground.do(f"{path}/reopen", reason="The rest is still to be won.")
    assert (again["state"], again["outcome"]) == ("active", None)
    await ground.do(f"wins/{win['id']}/withdraw", reason="It was not done.")
    await ground.refused(f"{path}/win", "no_win", outcome="Won.")
    assert (await ground.do(f"{path}/lose", outcome="The council has decided otherwise."))["state"] == "lost"
    closed = await ground.do(f"{path}/close")
    assert (closed["state"], closed["outcome"]) == ("closed", "The council has decided otherwise.")
    await ground.refused(f"{path}/milestones", "campaign_closed", name="Next", due_on=str(clock.today()))
    told = "select array_agg(type order by id) from events where subject_id = $1"
    types = await ground.world.api.value(told, UUID(made["id"]))
    assert types[-4:] == ["campaign.part_won", "campaign.reopened", "campaign.lost", "campaign.closed"]


async def test_what_was_closed_as_a_draft_is_not_taken_up_without_a_lead(ground: Ground) -> None:
    path = f"campaigns/{(await drafted(ground, lead=False))['id']}"
    closed = await ground.do(f"{path}/close")
    offers = {offer["action"]: offer["reason_code"] for offer in closed["allowed_actions"]}
    assert (offers["reopen"], offers["close"]) == ("no_lead", "wrong_state")
    await ground.refused(f"{path}/reopen", "no_lead", reason="Again.")


async def test_bad_input_is_refused_with_its_place(ground: Ground) -> None:
    stranger = str(await ground.person(ground.world.islington))
    said = {"branch_id": str(ground.unit), **SAID}
    await ground.refused("campaigns", "unknown_person", 422, lead_person_id=stranger, **said)
    await ground.refused("campaigns", "not_found", 404, **{**said, "branch_id": str(new_id())})
    made = await drafted(ground, starts_on=str(clock.today()))
    path, headers = f"/v1/campaigns/{made['id']}", {"If-Match": f'"{made["id"]}-1"'}
    early = {"ends_on": str(clock.today() - timedelta(days=1))}
    wrong = await ground.organiser.patch(path, json=early, headers=headers)
    assert (wrong.status_code, wrong.json()["errors"][0]["pointer"]) == (422, "/ends_on")
    assert (await ground.organiser.patch(path, json={"stage": "act"})).status_code == 428
    await ground.do(f"campaigns/{made['id']}/activate")
    assert (await ground.organiser.patch(path, json={"stage": "act"}, headers=headers)).status_code == 412
    headers = {"If-Match": f'"{made["id"]}-2"'}
    alone = await ground.organiser.patch(path, json={"lead_person_id": None}, headers=headers)
    assert (alone.status_code, alone.json()["errors"][0]["code"]) == (422, "no_lead")
    assert (await ground.leader.post("/v1/campaigns", json=said)).status_code == 403
    assert (await ground.leader.get(path)).status_code == 200
    assert (await ground.other.get(path)).status_code == 404


async def test_campaigns_are_found(ground: Ground) -> None:
    word, organisation = new_id().hex, str(await ground.organisation())
    first = await ground.campaign(name=f"{word} %_ homes", starts_on=clock.today())
    second = await ground.campaign(name=f"Cartrefi {word}", stage="listen")
    await ground.do(f"campaigns/{second}/organisations", organisation_id=organisation, role="supporter")

    async def found(asked: str) -> list[str]:
        return [row["id"] for row in (await ground.get(f"campaigns?q={word}&{asked}"))["data"]]

    assert await found("sort=-starts_on") == [str(second), str(first)]
    assert await found("sort=starts_on&limit=1") == [str(first)]
    page = await ground.get(f"campaigns?q={word}&sort=starts_on&limit=1")
    rest = await ground.get(f"campaigns?q={word}&sort=starts_on&limit=1&cursor={page['next_cursor']}")
    assert [row["id"] for row in rest["data"]] == [str(second)]
    assert await found("stage=listen") == [str(second)]
    assert await found(f"organisation_id={organisation}") == [str(second)]
    assert await found(f"branch_id={ground.world.dalston}") == []
    assert [row["id"] for row in (await ground.get(f"campaigns?q=%25_+homes&branch_id={ground.unit}"))["data"]]
    assert (await ground.get("campaigns?q=%25%25"))["data"] == []


async def test_who_takes_part_sees_the_campaign_and_changes_nothing(ground: Ground) -> None:
    world, campaign_id = ground.world, await active(ground)
    path = f"campaigns/{campaign_id}"
    objective = await ground.do(f"{path}/objectives", name="Homes", unit="homes", target_value=400)
    milestone = await ground.do(f"{path}/milestones", name="Cabinet", due_on=str(clock.today()))
    assert (await ground.other.get(f"/v1/{path}")).status_code == 404
    part = await ground.do(f"{path}/branches", branch_id=str(world.islington))
    assert (part["branch_id"], part["until_day"]) == (str(world.islington), None)
    # Whoever is in the unit, and below it, sees it; whoever is beside it does not.
    below = await world.officer(Role.leader, world.angel)
    beside = await world.officer(Role.organiser, await world.api.unit(world.region))
    for client in (ground.other, below):
        seen = await ground.get(path, client)
        assert seen["branches"] == 1
        assert {offer["reason_code"] for offer in seen["allowed_actions"]} == {"permission_missing"}
        assert campaign_id in [row["id"] for row in (await ground.get("campaigns?q=fair", client))["data"]]
        assert (await ground.get(f"{path}/timeline", client))["data"]
        for child in ("objectives", "milestones", "branches", "organisations"):
            await ground.get(f"{path}/{child}", client)
        await ground.get(f"objectives/{objective['id']}", client)
        await ground.get(f"milestones/{milestone['id']}", client)
    assert (await beside.get(f"/v1/{path}")).status_code == 404
    before = await world.api.row("select version, updated_at from campaigns where id = $1", UUID(campaign_id))
    for verb, said in (
        (f"{path}/close", {"outcome": "Ours now."}),
        (f"{path}/branches", {"branch_id": str(world.islington)}),
        (f"{path}/branches/{world.islington}/withdraw", {}),
        (f"{path}/organisations", {"organisation_id": str(await ground.organisation(world.islington))}),
        (f"{path}/objectives", {"name": "Ours", "unit": "homes", "target_value": 1}),
        (f"objectives/{objective['id']}/measure", {"value": 1}),
        (f"milestones/{milestone['id']}/reach", {}),
    ):
        await ground.refused(verb, "permission_missing", 403, ground.other, **said)
    headers = {"If-Match": f'"{campaign_id}-2"'}
    assert (await ground.other.patch(f"/v1/{path}", json={"stage": "act"}, headers=headers)).status_code == 403
    assert before == await world.api.row("select version, updated_at from campaigns where id = $1", UUID(campaign_id))
    withdrawn = await ground.do(f"{path}/branches/{world.islington}/withdraw")
    assert withdrawn["until_day"] == str(clock.today())
    for client in (ground.other, below):
        assert (await client.get(f"/v1/{path}")).status_code == 404
        assert (await client.get(f"/v1/objectives/{objective['id']}")).status_code == 404


async def test_a_part_is_taken_once_at_a_time(ground: Ground) -> None:
    path, world = f"campaigns/{await active(ground)}", ground.world
    await ground.refused(f"{path}/branches", "own_campaign", 422, branch_id=str(ground.unit))
    await ground.refused(f"{path}/branches", "unknown_id", 422, branch_id=str(new_id()))
    far = str(await ground.organisation(world.islington))
    await ground.refused(f"{path}/organisations", "unknown_id", 422, organisation_id=far)
    tomorrow = str(clock.today() + timedelta(days=1))
    organisation = str(await ground.organisation())
    await ground.refused(f"{path}/organisations", "in_future", 422, organisation_id=organisation, from_day=tomorrow)
    answers = await asyncio.gather(
        *(ground.organiser.post(f"/v1/{path}/organisations", json={"organisation_id": organisation}) for _ in range(2))
    )
    assert sorted(answer.status_code for answer in answers) == [201, 409]
    early = str(clock.today() - timedelta(days=1))
    away = f"{path}/organisations/{organisation}/withdraw"
    await ground.refused(away, "ends_before_start", 422, until_day=early)
    await ground.do(away)
    await ground.refused(away, "not_found", 404)
    again = await ground.do(f"{path}/organisations", organisation_id=organisation, role="strategic_partner")
    assert again["role"] == "strategic_partner"
    assert len((await ground.get(f"{path}/organisations"))["data"]) == 2
    assert [p["role"] for p in (await ground.get(f"{path}/organisations?current=true"))["data"]] == [
        "strategic_partner"
    ]
    assert (await ground.get(path))["organisations"] == 1


async def test_objectives_are_measured_and_what_is_less_can_be_better(ground: Ground) -> None:
    path = f"campaigns/{await active(ground)}"
    today = clock.today()
    more = await ground.do(f"{path}/objectives", name="Homes", unit="homes", target_value=400)
    less = await ground.do(f"{path}/objectives", name="Bills", unit="£ a year", baseline=2_000, target_value=1_500)
    assert (more["reached"], more["latest_value"], more["baseline"]) == (False, None, 0)
    measure = f"objectives/{more['id']}/measure"
    await ground.do(measure, value=400, note="The council's report.")
    # What is told later of an earlier day does not take the place of a later day's.
    earlier = await ground.do(measure, value=120.5, on_day=str(today - timedelta(days=30)))
    assert (earlier["reached"], earlier["latest_value"], earlier["latest_on"]) == (True, 400, str(today))
    corrected = await ground.do(measure, value=399)
    assert (corrected["reached"], corrected["latest_value"], corrected["version"]) == (False, 399, 4)
    assert (await ground.do(f"objectives/{less['id']}/measure", value=1_499.5))["reached"]
    values = [m["value"] for m in (await ground.get(f"objectives/{more['id']}/measurements"))["data"]]
    assert values == [399, 400, 120.5]
    whole = await ground.get(path)
    assert (whole["objectives"], whole["objectives_reached"]) == (2, 1)
    await ground.refused(measure, "in_future", 422, value=1, on_day=str(today + timedelta(days=1)))
    assert (await ground.organiser.post(f"/v1/{measure}", json={"value": 1e13})).status_code == 422
    await ground.do(f"objectives/{less['id']}/drop")
    await ground.refused(f"objectives/{less['id']}/measure", "wrong_state", value=1)
    assert (await ground.get(path))["objectives"] == 1
    headers = {"If-Match": f'"{less["id"]}-3"'}
    patched = await ground.organiser.patch(
        f"/v1/objectives/{less['id']}", json={"target_value": 1_000}, headers=headers
    )
    assert (patched.status_code, patched.json()["reached"]) == (200, False)
    stale = await ground.organiser.patch(f"/v1/objectives/{less['id']}", json={"unit": "pounds"}, headers=headers)
    assert stale.status_code == 412
    assert (await ground.do(f"objectives/{less['id']}/restore"))["state"] == "pursued"


async def test_the_timeline_has_everything_in_order_of_day(ground: Ground) -> None:
    made = await drafted(ground)
    path, today = f"campaigns/{made['id']}", clock.today()

    def day(days: int) -> str:
        return str(today + timedelta(days=days))

    later = await ground.do(f"{path}/milestones", name="Cabinet", due_on=day(40))
    sooner = await ground.do(f"{path}/milestones", name="Survey", due_on=day(20))
    assert (await ground.get(path))["next_milestone"] == {"id": sooner["id"], "name": "Survey", "due_on": day(20)}
    reached = await ground.do(f"milestones/{sooner['id']}/reach", on_day=day(-3))
    assert (reached["state"], reached["reached_on"]) == ("reached", day(-3))
    await ground.refused(f"milestones/{sooner['id']}/reach", "wrong_state")
    await ground.refused(f"milestones/{later['id']}/reach", "in_future", 422, on_day=day(1))
    await ground.do(f"{path}/activate")
    await claim(ground, made["id"], won_on=day(-10))
    action = await ground.action(campaign_id=UUID(made["id"]), state=ActionState.planned)
    await ground.action(ground.world.islington, campaign_id=UUID(made["id"]))
    entries = (await ground.get(f"{path}/timeline"))["data"]
    assert [(entry["kind"], entry["on_day"]) for entry in entries] == [
        ("win", day(-10)), ("milestone", day(-3)), ("step", day(0)), ("action", day(7)), ("milestone", day(40)),
    ]  # fmt: skip
    assert entries[3]["id"] == str(action)
    assert (entries[2]["title"], entries[2]["state"]) == ("activate", "active")
    first = await ground.get(f"{path}/timeline?limit=2&sort=-on_day")
    rest = await ground.get(f"{path}/timeline?limit=3&sort=-on_day&cursor={first['next_cursor']}")
    assert [*first["data"], *rest["data"]] == entries[::-1]
    only = await ground.get(f"{path}/timeline?kind=milestone")
    assert {entry["id"] for entry in only["data"]} == {later["id"], sooner["id"]}
    restored = await ground.do(f"milestones/{sooner['id']}/restore")
    assert (restored["state"], restored["reached_on"]) == ("planned", None)
    assert (await ground.do(f"milestones/{sooner['id']}/drop"))["state"] == "dropped"
    assert (await ground.get(path))["next_milestone"]["id"] == later["id"]
    headers = {"If-Match": f'"{later["id"]}-1"'}
    moved = await ground.organiser.patch(f"/v1/milestones/{later['id']}", json={"due_on": day(50)}, headers=headers)
    assert (moved.status_code, moved.json()["due_on"]) == (200, day(50))


async def test_of_two_who_end_a_campaign_one_does(ground: Ground) -> None:
    path = f"/v1/campaigns/{await active(ground)}"
    answers = await asyncio.gather(
        *(ground.organiser.post(f"{path}/{verb}", json={"outcome": "So."}) for verb in ("lose", "lose"))
    )
    assert sorted(answer.status_code for answer in answers) == [200, 409]


@given(steps=st.lists(st.sampled_from(COURSE.transitions), max_size=6), led=st.booleans(), won=st.booleans())
def test_no_course_leads_past_its_guards(steps: list[Any], led: bool, won: bool) -> None:
    """Whatever is tried: without a lead a campaign is never active, without a win never won."""
    record = {"state": CampaignState.draft, "lead_person_id": new_id() if led else None, "has_win": won}
    for step in steps:
        if step.refusal(record, str(record["state"]), clock.today()) is None:
            record["state"] = step.to
    assert led or record["state"] in (CampaignState.draft, CampaignState.closed)
    assert won or record["state"] not in (CampaignState.won, CampaignState.part_won)
    assert record["state"] in {CampaignState.draft, CampaignState.active, *ENDED}
