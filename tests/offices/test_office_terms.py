"""Access follows office: a term with a role is a grant, confirmed from above, and gone when it ends."""

from datetime import timedelta
from uuid import UUID

import pytest

from app.core import clock
from app.core.permissions import Role
from tests.conftest import SetClock
from tests.offices.election import Election, becomes
from tests.world import Client


async def test_the_region_confirms_and_the_new_secretary_sees_the_members(election: Election) -> None:
    member = await election.world.member()
    term = await election.record()
    assert (term["standing"], term["role"]) == ("proposed", "branch_secretary")
    assert (await election.winner.get("/v1/members")).status_code == 403
    done = await election.region.post(f"/v1/office-terms/{term['id']}/confirm")
    assert (done.status_code, done.json()["standing"]) == (200, "serving")
    await becomes(lambda: election.winner.get(f"/v1/members/{member}"), 200)
    again = await election.region.post(f"/v1/office-terms/{term['id']}/confirm")
    assert (again.status_code, again.json()["code"]) == (409, "action_not_allowed")


async def test_an_office_without_a_role_takes_effect_at_once(election: Election) -> None:
    assert (await election.record(office="chair"))["standing"] == "serving"
    assert (await election.winner.get("/v1/members")).status_code == 403


async def test_nobody_records_a_role_for_themselves(election: Election) -> None:
    world = election.world
    _, person = await world.api.member(world.hackney)
    secretary = await world.api.as_role(Role.branch_secretary, world.hackney, person_id=person)
    refused = await secretary.post("/v1/office-terms", json=await election.body(person_id=str(person)))
    assert (refused.status_code, refused.json()["code"]) == (403, "not_for_oneself")
    assert refused.json()["errors"][0]["pointer"] == "/person_id"
    assert await election.terms() == 0


async def test_nobody_records_a_role_beyond_their_ceiling(election: Election) -> None:
    world = election.world
    _, person = await world.api.member(world.dalston)
    body = await election.body("regional_secretary", branch_id=str(world.region), person_id=str(person))
    refused = await election.region.post("/v1/office-terms", json=body)
    assert (refused.status_code, refused.json()["code"]) == (403, "beyond_ceiling")
    treasurer = await world.officer(Role.branch_treasurer)
    assert (await treasurer.post("/v1/office-terms", json=await election.body())).status_code == 403
    assert await world.api.value("select count(*) from office_terms where branch_id = $1", world.region) == 0
    assert await election.terms() == 0


@pytest.mark.parametrize(
    ("who", "status", "code"),
    [
        ("recorder", 403, "permission_missing"),
        ("peer", 403, "permission_missing"),
        ("regional officer of the same unit", 403, "permission_missing"),
        ("another region", 404, "not_found"),
        ("holder, risen to the region", 403, "another_must_confirm"),
        ("recorder, from the region", 403, "another_must_confirm"),
    ],
)
async def test_who_may_not_confirm(election: Election, who: str, status: int, code: str) -> None:
    world = election.world
    elsewhere = await world.api.unit(world.root, "region")
    clients = {
        "recorder": election.recorder,
        "peer": await world.officer(),
        "regional officer of the same unit": await world.officer(Role.regional_officer),
        "another region": await world.officer(Role.regional_officer, elsewhere),
        "holder, risen to the region": await world.api.as_role(
            Role.regional_officer, world.region, person_id=election.person
        ),
        "recorder, from the region": election.region,
    }
    term = await election.record(election.region if who == "recorder, from the region" else None)
    refused = await clients[who].post(f"/v1/office-terms/{term['id']}/confirm")
    assert (refused.status_code, refused.json()["code"]) == (status, code)
    state = await world.api.value("select state from office_terms where id = $1", UUID(str(term["id"])))
    assert state == "proposed"
    becoming = (await election.winner.get("/v1/members")).json()
    assert "data" not in becoming or who.startswith("holder")


async def test_what_can_be_done_is_told_as_it_is_judged(election: Election) -> None:
    term = await election.record(election.region)

    async def confirm_for(client: Client) -> tuple[bool, str | None]:
        shown = (await client.get(f"/v1/office-terms/{term['id']}")).json()["allowed_actions"]
        action = next(a for a in shown if a["action"] == "confirm")
        return action["allowed"], action["reason_code"]

    other = await election.world.officer(Role.regional_officer, election.world.region)
    assert await confirm_for(other) == (True, None)
    assert await confirm_for(election.region) == (False, "recorded_by_you")
    assert await confirm_for(election.recorder) == (False, "permission_missing")


async def test_a_term_ends_at_midnight_in_london_by_itself(election: Election, set_clock: SetClock) -> None:
    ends_on = clock.today() + timedelta(days=3)
    await election.installed(ends_on=str(ends_on))
    await set_clock(clock.day_starts(ends_on) - timedelta(seconds=30))
    assert (await election.winner.get("/v1/members")).status_code == 200
    await set_clock(clock.day_starts(ends_on) + timedelta(seconds=1))
    assert (await election.winner.get("/v1/members")).status_code == 403
    term = (await election.region.get("/v1/office-terms", params={"person_id": str(election.person)})).json()["data"][0]
    assert term["standing"] == "ended"


@pytest.mark.parametrize(
    "change",
    [
        "paid_until = $2::date - 2, lapses_on = $2::date",
        "decided_standing = 'suspended', decided_from = $2::date",
        "decided_standing = 'deceased', decided_from = $2::date",
        "decided_standing = 'resigned', decided_from = $2::date",
    ],
)
async def test_whose_membership_falls_loses_the_office_s_access(election: Election, change: str) -> None:
    await election.installed()
    sql = f"update members set {change} where person_id = $1 returning id"
    await election.world.api.row(sql, election.person, clock.today())
    await becomes(lambda: election.winner.get("/v1/members"), 403)


async def test_removal_takes_effect_at_once_and_leaves_the_past_as_it_was(election: Election) -> None:
    started = clock.today() - timedelta(days=30)
    term = await election.installed(starts_on=str(started))
    url = f"/v1/office-terms/{term}"
    assert (await election.recorder.post(f"{url}/remove", json={})).status_code == 422
    removed = await election.recorder.post(f"{url}/remove", json={"reason": "By vote of the members"})
    assert (removed.status_code, removed.json()["standing"]) == (200, "removed")
    await becomes(lambda: election.winner.get("/v1/members"), 403)
    officers = f"/v1/branches/{election.world.hackney}/officers"
    assert (await election.recorder.get(officers)).json()["data"] == []
    then = (await election.recorder.get(officers, params={"as_of": str(started)})).json()["data"]
    assert [row["id"] for row in then] == [term]


async def test_an_end_lies_within_the_term_and_never_extends_it(election: Election) -> None:
    today = clock.today()
    ends_on = today + timedelta(days=9)
    term = await election.installed(ends_on=str(ends_on))
    url = f"/v1/office-terms/{term}/end"
    for day in (today - timedelta(days=1), ends_on + timedelta(days=1)):
        refused = await election.recorder.post(url, json={"ends_on": str(day), "reason": "x"})
        assert refused.json()["errors"][0]["code"] == "outside_the_term"
    assert await election.world.api.value("select ends_on from office_terms where id = $1", UUID(term)) == ends_on
    later = await election.recorder.post(url, json={"ends_on": str(today + timedelta(days=2)), "reason": "Moves away"})
    assert later.json()["standing"] == "serving"
    now = await election.recorder.post(url, json={"reason": "Moved away"})
    assert (now.json()["standing"], now.json()["ends_on"]) == ("ended", str(today))
    await becomes(lambda: election.winner.get("/v1/members"), 403)


async def test_a_proposal_refused_or_withdrawn_gives_nothing(election: Election) -> None:
    term = await election.record()
    url = f"/v1/office-terms/{term['id']}"
    peer = await election.recorder.post(f"{url}/refuse", json={"reason": "x"})
    assert peer.status_code == 403
    refused = await election.region.post(f"{url}/refuse", json={"reason": "No quorum"})
    assert (refused.json()["standing"], refused.json()["end_reason"]) == ("refused", "No quorum")
    second = await election.record(starts_on=str(clock.today() - timedelta(days=5)))
    withdrawn = await election.recorder.post(f"/v1/office-terms/{second['id']}/remove", json={"reason": "A mistake"})
    assert withdrawn.json()["standing"] == "removed"
    officers = f"/v1/branches/{election.world.hackney}/officers"
    before = {"as_of": str(clock.today() - timedelta(days=2))}
    assert (await election.recorder.get(officers, params=before)).json()["data"] == []
    assert (await election.region.post(f"/v1/office-terms/{second['id']}/confirm")).status_code == 409
    assert (await election.winner.get("/v1/members")).status_code == 403
