"""A listening campaign from its plan to what was decided: heard, grouped by those who heard, voted on, kept."""

import asyncio
from datetime import timedelta
from typing import Any

from app.core import clock
from app.core.ids import new_id
from app.core.permissions import Role
from tests.listening.placed import Walk, begin
from tests.organising import Ground


async def version_of(ground: Ground, path: str) -> dict[str, str]:
    found = await ground.organiser.get(f"/v1/{path}")
    return {"If-Match": found.headers["ETag"]}


async def test_a_campaign_from_its_plan_to_its_priorities(ground: Ground) -> None:
    walk = await begin(ground, organisations=[{"name": "St Example's Church", "kind": "congregation"}])
    whole = await ground.get(f"listening-campaigns/{walk.id}")
    assert (whole["state"], whole["votes_each"], whole["organisations"]) == ("listening", 3, 1)
    church, school = await walk.institution(), await walk.institution()
    first = await walk.session(organisation_id=str(church), participants=10)
    second = await walk.session(organisation_id=str(school), participants=6, kind="online")
    buses, homes = await walk.theme("Buses"), await walk.theme("Homes")
    for heard_in, theme, count in ((first, homes, 9), (first, homes, 4), (second, homes, 2), (second, buses, 1)):
        await walk.group(await walk.issue(heard_in, count=count), theme)
    await walk.issue(second)
    themes = (await ground.get(f"listening-campaigns/{walk.id}/themes"))["data"]
    counts = [[theme[name] for name in ("name", "issues", "sessions", "institutions", "people")] for theme in themes]
    # Of the first session no more can have spoken of homes than were there.
    assert counts == [["Buses", 1, 1, 1, 1], ["Homes", 3, 2, 2, 12]]
    await walk.act("begin-discernment")
    await walk.vote(church, homes, buses)
    await walk.vote(school, homes)
    await walk.refused("close", "reason_needed", 422, priorities=[buses])
    closed = await walk.act("close", priorities=[homes])
    # The church of the plan is a prospect: it takes part, and has no vote.
    assert (closed["state"], closed["entitled"], closed["close_reason"]) == ("closed", 2, None)
    result = await walk.result()
    assert result["turnout"] == {"entitled": 2, "voted": 2, "percent": 100.0}
    assert (result["issues"], result["ungrouped"]) == (5, 1)
    told = [(t["name"], t["place"], t["tied"], t["votes"], t["first_choices"]) for t in result["themes"]]
    assert told == [("Homes", 1, False, 2, 2), ("Buses", 2, False, 1, 0)]
    assert [voter["organisation_id"] for voter in result["themes"][1]["voters"]] == [str(church)]
    assert result["priorities"] == [{"theme_id": homes, "place": 1, "name": "Homes", "votes": 2}]


async def test_what_was_decided_stays_as_it_was(ground: Ground) -> None:
    walk, institution, theme = await _discerning(ground)
    await walk.vote(institution, theme)
    await walk.act("close", priorities=[theme])
    before = await walk.result()
    api = ground.world.api
    await api.execute("update organisations set state = 'left' where id = $1", institution)
    await api.execute("update listening_themes set name = 'Otherwise' where id = $1", theme)
    after = await walk.result()
    assert after["priorities"] == before["priorities"]
    assert after["turnout"] == before["turnout"] == {"entitled": 1, "voted": 1, "percent": 100.0}


async def test_the_assembly_may_decide_otherwise_and_says_why(ground: Ground) -> None:
    walk, institution, theme = await _discerning(ground, "Wages")
    other = await walk.theme("Parks")
    await walk.vote(institution, theme)
    await walk.refused("close", "unknown_theme", 422, priorities=[str(new_id())])
    await walk.refused("close", "reason_needed", 422, priorities=[other, theme])
    closed = await walk.act("close", priorities=[other, theme], reason="The council decides on parks this month.")
    assert closed["close_reason"] == "The council decides on parks this month."
    assert [p["name"] for p in (await walk.result())["priorities"]] == ["Parks", "Wages"]


async def test_ties_are_shown_as_ties_and_may_be_decided_either_way(ground: Ground) -> None:
    walk, institution, first = await _discerning(ground, "Air")
    second, third = await walk.theme("Buses"), await walk.theme("Clinics")
    other = await walk.institution()
    await walk.vote(institution, first, second)
    await walk.vote(other, second, first)
    themes = (await walk.result())["themes"]
    assert [(t["name"], t["place"], t["tied"]) for t in themes] == [
        ("Air", 1, True), ("Buses", 1, True), ("Clinics", 3, False),
    ]  # fmt: skip
    await walk.refused("close", "reason_needed", 422, priorities=[third])
    await walk.act("close", priorities=[second])


async def test_each_step_waits_for_what_it_needs(ground: Ground) -> None:
    walk = await begin(ground, listening=False, assembly_on=None)
    campaign = f"listening-campaigns/{walk.id}"
    await walk.refused("sessions", "not_listening", kind="street", participants=3)
    await walk.refused("begin-discernment", "wrong_state")
    await walk.act("start")
    await walk.refused("start", "wrong_state")
    heard_in = await walk.session()
    await walk.refused("begin-discernment", "no_themes")
    theme = await walk.theme("Homes")
    await walk.refused("begin-discernment", "no_assembly")
    gathering = await ground.action(kind="training")
    ahead = await ground.action()
    match = await version_of(ground, campaign)
    wrong = await ground.organiser.patch(f"/v1/{campaign}", json={"assembly_action_id": str(gathering)}, headers=match)
    assert wrong.json()["errors"][0]["code"] == "not_an_assembly"
    right = await ground.organiser.patch(f"/v1/{campaign}", json={"assembly_action_id": str(ahead)}, headers=match)
    assert right.status_code == 200, right.text
    stale = await ground.organiser.patch(f"/v1/{campaign}", json={"name": "Other"}, headers=match)
    assert stale.status_code == 412
    institution = await walk.institution()
    await walk.refused("votes", "not_discerning", organisation_id=str(institution), theme_ids=[theme])
    await walk.act("begin-discernment")
    await ground.refused(f"listening-sessions/{heard_in}/issues", "not_listening", words="Too late.")
    await walk.refused("cancel", "wrong_state")
    late = await ground.organiser.patch(
        f"/v1/{campaign}", json={"question": "Another?"}, headers=await version_of(ground, campaign)
    )
    assert (late.status_code, late.json()["code"]) == (409, "listening_over")
    await walk.refused("close", "assembly_to_come", priorities=[theme])
    await ground.world.api.execute(
        "update actions set starts_at = now() - interval '2 days', ends_at = now() - interval '2 days' where id = $1",
        ahead,
    )
    await walk.refused("close", "no_votes", priorities=[theme])


async def test_one_that_is_given_up_hears_nobody(ground: Ground) -> None:
    walk = await begin(ground)
    heard_in = await walk.session()
    await walk.act("cancel")
    await walk.refused("sessions", "not_listening", kind="street", participants=3)
    await walk.refused("themes", "listening_over", name="Homes")
    await walk.refused("organisations", "listening_over", organisation={"name": "A School", "kind": "school"})
    match = await version_of(ground, f"listening-sessions/{heard_in}")
    late = await ground.organiser.patch(f"/v1/listening-sessions/{heard_in}", json={"participants": 9}, headers=match)
    assert late.json()["code"] == "not_listening"


async def test_a_plan_is_refused_that_cannot_be(ground: Ground) -> None:
    today = clock.today()
    plan: dict[str, Any] = {
        "branch_id": str(ground.unit),
        "name": "Autumn",
        "question": "What worries you?",
        "starts_on": str(today),
        "ends_on": str(today),
    }
    elsewhere = await ground.organisation(ground.world.islington)
    above = await ground.organisation(ground.world.region)
    named = {"organisation": {"organisation_id": str(above)}}
    for said, code in (
        ({"ends_on": str(today - timedelta(days=1))}, "ends_before_start"),
        ({"campaign_id": str(await ground.campaign(ground.world.islington))}, "unknown_id"),
        ({"assembly_action_id": str(await ground.action(ground.world.islington))}, "unknown_id"),
        ({"organisations": [{"organisation_id": str(elsewhere)}]}, "unknown_id"),
    ):
        await ground.refused("listening-campaigns", code, 422, **{**plan, **said})
    await ground.refused("listening-campaigns", "permission_missing", 403, by=ground.other, **plan)
    walk = await begin(ground)
    await walk.refused("organisations", "organisation_elsewhere", 422, by=ground.supervisor, **named)


async def test_institutions_join_once_and_leave_before_they_vote(ground: Ground) -> None:
    walk, institution, theme = await _discerning(ground)
    other = await walk.institution()
    await walk.refused("organisations", "takes_part_already", organisation={"organisation_id": str(other)})
    await walk.act(f"organisations/{other}/leave")
    await walk.refused(f"organisations/{other}/leave", "not_taking_part")
    await walk.refused("votes", "not_taking_part", organisation_id=str(other), theme_ids=[theme])
    await walk.vote(institution, theme)
    await walk.refused(f"organisations/{institution}/leave", "has_voted")
    rows = (await ground.get(f"listening-campaigns/{walk.id}/organisations"))["data"]
    assert {row["organisation_id"]: (row["left_on"] is None, row["voted"]) for row in rows} == {
        str(institution): (True, True),
        str(other): (False, False),
    }
    named = (await ground.organiser.get("/v1/listening-campaigns", params={"organisation_id": str(other)})).json()
    assert named["data"] == []


async def test_units_do_not_see_each_others(ground: Ground) -> None:
    walk = await begin(ground)
    heard_in = await walk.session()
    said = await walk.issue(heard_in)
    for path in (
        f"listening-campaigns/{walk.id}",
        f"listening-campaigns/{walk.id}/result",
        f"listening-campaigns/{walk.id}/issues",
        f"listening-sessions/{heard_in}",
        f"listening-issues/{said}/groupings",
    ):
        assert (await ground.other.get(f"/v1/{path}")).status_code == 404, path
        assert (await ground.supervisor.get(f"/v1/{path}")).status_code == 200, path
    await ground.refused(f"listening-campaigns/{walk.id}/start", "not_found", 404, by=ground.other)
    await ground.refused(f"listening-campaigns/{walk.id}/cancel", "permission_missing", 403, by=ground.leader)
    assert (await ground.leader.get(f"/v1/listening-campaigns/{walk.id}/issues")).json()["data"][0]["words"]


async def test_two_who_close_at_once(ground: Ground) -> None:
    walk, institution, theme = await _discerning(ground)
    await walk.vote(institution, theme)
    second = await ground.world.officer(Role.organiser)
    path, said = f"/v1/listening-campaigns/{walk.id}/close", {"priorities": [theme]}
    answers = await asyncio.gather(*(client.post(path, json=said) for client in (ground.organiser, second)))
    assert sorted(answer.status_code for answer in answers) == [200, 409]
    assert len((await walk.result())["priorities"]) == 1


async def test_the_result_is_drawn(ground: Ground) -> None:
    walk, institution, theme = await _discerning(ground, "Homes & <gardens>")
    await walk.vote(institution, theme)
    drawn = await ground.organiser.get(f"/v1/listening-campaigns/{walk.id}/result/chart")
    assert (drawn.status_code, drawn.headers["content-type"]) == (200, "image/svg+xml")
    assert "Homes &amp; &lt;gardens&gt;" in drawn.text
    assert "<script" not in drawn.text


async def _discerning(ground: Ground, theme: str = "Homes") -> tuple[Walk, Any, str]:
    """A campaign that discerns, an institution that can vote in it, and a theme."""
    walk = await begin(ground)
    await walk.session()
    institution, named = await walk.institution(), await walk.theme(theme)
    await walk.act("begin-discernment")
    return walk, institution, named
