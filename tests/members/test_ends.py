"""Resignation, death, suspension and the way back: one call each, at once, and never in the future."""

import asyncio
from datetime import date, timedelta
from uuid import UUID

import pytest

from app.core import clock
from app.core.permissions import Role
from app.models.members import Channel
from tests.conftest import SetClock
from tests.world import Client, World

EVERY_CHANNEL = sorted(channel.value for channel in Channel)


async def national(world: World) -> Client:
    return await world.officer(Role.national_membership_officer, world.root)


async def standings(world: World, member: UUID) -> int:
    return int(await world.api.value("select count(*) from standings where member_id = $1", member))


async def test_a_resignation_is_one_call_that_stops_mail_and_offices(world: World) -> None:
    member, person = await world.api.member(world.dalston)
    here = await world.api.office(person, world.dalston, "secretary", starts_on=date(2025, 1, 1))
    above = await world.api.office(person, world.region, "regional_secretary", starts_on=date(2025, 1, 1))
    coming = await world.api.office(person, world.hackney, "chair", starts_on=clock.today() + timedelta(days=9))
    past = await world.api.office(person, world.hackney, "chair", starts_on=date(2024, 6, 1), ends_on=date(2024, 12, 1))
    officer = await world.api.sign_in(await world.api.account(person_id=person))
    assert (await officer.get(f"/v1/members/{member}")).status_code == 200
    secretary = await world.officer()
    before = (await secretary.get(f"/v1/members/{member}")).json()
    assert before["reachable_by"] == EVERY_CHANNEL or sorted(before["reachable_by"]) == EVERY_CHANNEL
    done = await secretary.post(f"/v1/members/{member}/resign", json={"reason": "Moved on."})
    assert done.status_code == 200, done.text
    body = done.json()
    assert (body["standing"], body["reachable_by"], body["objections"]) == ("resigned", [], [])
    for term, state, reason in ((here, "confirmed", "resigned"), (above, "confirmed", "resigned"),
                                (coming, "removed", "resigned"), (past, "confirmed", None)):  # fmt: skip
        row = await world.api.row("select state, ends_on, end_reason from office_terms where id = $1", term)
        assert (row["state"], row["end_reason"]) == (state, reason)
        assert row["ends_on"] == (date(2024, 12, 1) if term == past else max(clock.today(), row["ends_on"]))
    world.api.app.state.rights.forget()
    assert (await officer.get(f"/v1/members/{member}")).status_code == 403
    fact = await world.api.row("select * from standings where member_id = $1", member)
    assert (fact["standing"], fact["starts_on"], fact["reason"]) == ("resigned", clock.today(), "Moved on.")
    trail = await world.api.value(
        "select array_agg(action order by id) from audit_entries where subject_id = any ($1)", [member, here]
    )
    assert trail == ["member.resigned", "office_term.ended"]
    again = await secretary.post(f"/v1/members/{member}/resign", json={})
    assert (again.status_code, again.json()["code"]) == (409, "action_not_allowed")
    assert await standings(world, member) == 1


async def test_a_death_closes_every_channel_and_the_account(world: World) -> None:
    member, person = await world.api.member(world.hackney, objections=["post"])
    account = await world.api.account(person_id=person)
    own = await world.api.sign_in(account)
    assert (await own.get("/v1/me/member")).status_code == 200
    secretary = await world.officer()
    day = (clock.today() - timedelta(days=3)).isoformat()
    done = await secretary.post(f"/v1/members/{member}/record-death", json={"died_on": day})
    assert done.status_code == 200, done.text
    assert (done.json()["standing"], done.json()["reachable_by"]) == ("deceased", [])
    assert sorted(done.json()["objections"]) == EVERY_CHANNEL
    assert await world.api.value("select state from accounts where id = $1", account) == "disabled"
    world.api.app.state.rights.forget()
    assert (await own.get("/v1/me/member")).status_code == 401
    assert [a["allowed"] for a in done.json()["allowed_actions"]] == [False] * 4
    for verb in ("resign", "record-death"):
        assert (await secretary.post(f"/v1/members/{member}/{verb}", json={})).status_code == 409
    chief = await national(world)
    for verb in ("suspend", "reinstate"):
        assert (await chief.post(f"/v1/members/{member}/{verb}", json={"reason": "no"})).status_code == 409


@pytest.mark.parametrize("verb", ["resign", "record-death"])
async def test_a_day_to_come_and_a_day_before_joining_are_refused(world: World, verb: str) -> None:
    member = await world.member()
    secretary = await world.officer()
    field = "resigned_on" if verb == "resign" else "died_on"
    tomorrow = (clock.today() + timedelta(days=1)).isoformat()
    days = [tomorrow, "2200-01-01", "1800-01-01"] + (["2024-04-30"] if verb == "resign" else [])
    for day in days:
        refused = await secretary.post(f"/v1/members/{member}/{verb}", json={field: day})
        assert (refused.status_code, refused.json()["errors"][0]["pointer"]) == (422, f"/{field}")
    assert await standings(world, member) == 0


async def test_a_suspension_ends_by_itself_or_by_reinstatement(world: World, set_clock: SetClock) -> None:
    member = await world.member()
    chief = await national(world)
    url = f"/v1/members/{member}"
    today = clock.today()
    assert (await chief.post(f"{url}/suspend", json={"reason": "x", "until": today.isoformat()})).status_code == 422
    until = (today + timedelta(days=10)).isoformat()
    assert (await chief.post(f"{url}/suspend", json={"reason": "x", "until": until})).json()["standing"] == "suspended"
    await set_clock(timedelta(days=10))
    assert (await chief.get(url)).json()["standing"] == "current"
    await world.api.reset_clock()
    back = await chief.post(f"{url}/reinstate", json={"reason": "heard"})
    assert back.json()["standing"] == "current"
    facts = await world.api.value(
        "select array_agg(until order by created_at) from standings where member_id = $1", member
    )
    assert facts == [today + timedelta(days=10), today]
    assert (await chief.post(f"{url}/reinstate", json={"reason": "heard"})).status_code == 409


async def test_a_resignation_can_be_taken_back_and_an_expulsion_cannot(world: World) -> None:
    chief = await national(world)
    member = await world.member()
    await chief.post(f"/v1/members/{member}/resign", json={})
    assert (await chief.post(f"/v1/members/{member}/reinstate", json={"reason": "back"})).json()[
        "standing"
    ] == "current"
    expelled = await world.member(decided_standing="expelled", decided_from=date(2025, 1, 1))
    for verb in ("resign", "reinstate", "suspend"):
        body = {} if verb == "resign" else {"reason": "x"}
        refused = await chief.post(f"/v1/members/{expelled}/{verb}", json=body)
        assert (refused.status_code, refused.json()["params"]["state"]) == (409, "expelled")


async def test_a_supporter_leaves_too(world: World) -> None:
    supporter = await world.member(relationship="supporter", type="supporter")
    secretary = await world.officer()
    url = f"/v1/members/{supporter}"
    assert (await secretary.get(url)).json()["standing"] is None
    assert (await secretary.post(f"{url}/resign", json={})).json()["standing"] == "resigned"
    assert (await secretary.post(f"{url}/resign", json={})).status_code == 409


async def test_if_match_is_honoured_where_it_is_sent(world: World) -> None:
    member = await world.member()
    secretary = await world.officer()
    stale = await secretary.post(f"/v1/members/{member}/resign", json={}, headers={"If-Match": f'"{member}-7"'})
    assert (stale.status_code, stale.json()["current"]["version"]) == (412, 1)
    assert await standings(world, member) == 0
    good = await secretary.post(f"/v1/members/{member}/resign", json={}, headers={"If-Match": f'"{member}-1"'})
    assert good.headers["ETag"] == f'"{member}-2"'


async def test_who_may_not_end_a_membership_changes_nothing(world: World) -> None:
    member = await world.member()
    for client, status in (
        (await world.officer(Role.branch_treasurer), 403),
        (await world.officer(branch_id=world.islington), 404),
        (world.api.client(), 401),
    ):
        for verb in ("resign", "record-death"):
            assert (await client.post(f"/v1/members/{member}/{verb}", json={})).status_code == status
    secretary = await world.officer()
    for verb in ("suspend", "reinstate"):
        refused = await secretary.post(f"/v1/members/{member}/{verb}", json={"reason": "x"})
        assert (refused.status_code, refused.json()["params"]) == (403, {"permission": "members:decide"})
    assert await standings(world, member) == 0
    assert await world.api.value("select version from members where id = $1", member) == 1


async def test_two_resignations_at_once_are_one(world: World) -> None:
    member = await world.member()
    one, two = await world.officer(), await world.officer()
    answers = await asyncio.gather(*(c.post(f"/v1/members/{member}/resign", json={}) for c in (one, two)))
    assert sorted(a.status_code for a in answers) == [200, 409]
    assert await standings(world, member) == 1
