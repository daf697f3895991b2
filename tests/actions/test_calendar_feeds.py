"""Calendar feeds: stable events behind a secret link, as far as its maker may see them."""

from datetime import timedelta
from typing import Any
from uuid import UUID

import icalendar
import pytest

from app.core import clock
from app.core.permissions import Role
from app.models.actions import ActionRoleHolder
from app.models.one_to_ones import OneToOne
from tests.organising import Ground, place
from tests.world import Client

Events = dict[str, icalendar.cal.Component]


async def feed_of(ground: Ground, by: Client | None = None, **of: Any) -> str:
    told = await ground.do(
        "calendar-feeds", by, **{name: str(v) if isinstance(v, UUID) else v for name, v in of.items()}
    )
    url: str = told["url"]
    return url


async def events_at(ground: Ground, url: str) -> Events:
    answer = await ground.world.api.client().get(url)
    assert (answer.status_code, answer.headers["content-type"]) == (200, "text/calendar; charset=utf-8"), answer.text
    calendar = icalendar.Calendar.from_ical(answer.content)
    return {str(event["uid"]).removesuffix("@rollbook"): event for event in calendar.walk("VEVENT")}


async def test_a_campaigns_calendar_follows_its_actions(ground: Ground) -> None:
    campaign = await ground.campaign()
    begins = (clock.now() + timedelta(days=4)).replace(microsecond=0)
    action = await ground.action(
        campaign_id=campaign, name="Assembly; with, signs", starts_at=begins, ends_at=begins + timedelta(hours=2),
        venue="Example Hall", postcode="E8 1EA",
    )  # fmt: skip
    gone = await ground.action(campaign_id=campaign)
    url = await feed_of(ground, campaign_id=campaign)
    await ground.do(f"actions/{gone}/cancel", reason="The hall was flooded.")
    events = await events_at(ground, url)
    assert events.keys() == {str(action), str(gone)}
    event = events[str(action)]
    assert str(event["summary"]) == "Assembly; with, signs"
    assert (event["dtstart"].dt, event["dtend"].dt) == (begins, begins + timedelta(hours=2))
    assert (str(event["status"]), event["sequence"], str(event["location"])) == ("TENTATIVE", 0, "Example Hall, E8 1EA")
    assert (str(events[str(gone)]["status"]), events[str(gone)]["sequence"]) == ("CANCELLED", 1)
    await ground.do(f"actions/{action}/confirm")
    event = (await events_at(ground, url))[str(action)]
    assert (str(event["status"]), event["sequence"]) == ("CONFIRMED", 1)


async def test_a_calendar_that_did_not_change_is_not_sent_again(ground: Ground) -> None:
    campaign = await ground.campaign()
    action = await ground.action(campaign_id=campaign)
    url, program = await feed_of(ground, campaign_id=campaign), ground.world.api.client()
    first = await program.get(url)
    again = await program.get(url, headers={"If-None-Match": first.headers["etag"]})
    assert (again.status_code, again.content) == (304, b"")
    await ground.do(f"actions/{action}/confirm")
    changed = await program.get(url, headers={"If-None-Match": first.headers["etag"]})
    assert changed.status_code == 200


async def test_a_units_calendar_has_what_is_below_it_and_nothing_beside(ground: Ground) -> None:
    world = ground.world
    own, below, beside = [await ground.action(unit) for unit in (world.hackney, world.dalston, world.islington)]
    events = await events_at(ground, await feed_of(ground, branch_id=world.hackney))
    assert {str(own), str(below)} <= events.keys()
    assert str(beside) not in events
    await ground.refused("calendar-feeds", "permission_missing", 403, branch_id=str(world.islington))
    theirs = await ground.campaign(world.islington)
    await ground.refused("calendar-feeds", "unknown_id", 422, campaign_id=str(theirs))
    await ground.refused("calendar-feeds", "invalid", 422)
    await ground.refused("calendar-feeds", "invalid", 422, branch_id=str(world.hackney), mine=True)


async def test_ones_own_calendar_names_nobody(ground: Ground) -> None:
    api, unit = ground.world.api, ground.unit
    person = await ground.person()
    account = await api.account(person_id=person)
    await api.grant(account, Role.organiser, unit)
    me = await api.sign_in(account)
    action, other = await ground.action(), await ground.action()
    today = clock.today()
    whom = await ground.person(given_name="Peregrine")
    shared = {"branch_id": unit, "person_id": whom, "purpose": "get_to_know", "tier": "organiser", "state_since": today}
    starts = (clock.now() + timedelta(days=1)).replace(microsecond=0)
    planned = OneToOne(organiser_id=account, on_day=clock.day_of(starts), starts_at=starts, minutes=45, **shared)
    whole_day = OneToOne(organiser_id=account, on_day=today, **shared)
    others = OneToOne(organiser_id=ground.organiser_id, on_day=today, **shared)
    role = ActionRoleHolder(action_id=action, person_id=person, role="chair", from_day=today)
    await place(ground.world, role, planned, whole_day, others)
    url = await feed_of(ground, me, mine=True)
    events = await events_at(ground, url)
    assert events.keys() == {str(action), str(planned.id), str(whole_day.id)}
    assert str(other) not in events
    assert str(events[str(planned.id)]["summary"]) == "One-to-one"
    assert events[str(planned.id)]["dtend"].dt == starts + timedelta(minutes=45)
    assert events[str(whole_day.id)]["dtstart"].dt == today
    assert "Peregrine" not in (await api.client().get(url)).text


async def test_a_link_ends_with_its_revocation(ground: Ground) -> None:
    url = await feed_of(ground, branch_id=ground.unit)
    [latest, *_] = (await ground.get("calendar-feeds"))["data"]
    assert (latest["branch_id"], latest["mine"], latest["revoked_at"]) == (str(ground.unit), False, None)
    assert url.removeprefix("/v1/calendar-feeds/").removesuffix("/calendar") not in str(latest)
    path = f"calendar-feeds/{latest['id']}/revoke"
    await ground.refused(path, "not_found", 404, ground.supervisor)
    revoked = await ground.do(path)
    assert revoked["revoked_at"] is not None
    assert await ground.do(path) == revoked
    await _assert_gone(ground, url)
    assert (await ground.get("calendar-feeds", ground.other))["data"] == []


@pytest.mark.parametrize("of", ["branch", "campaign", "mine"])
async def test_a_link_ends_with_the_right_of_its_maker(ground: Ground, of: str) -> None:
    api = ground.world.api
    account = await api.account()
    grant = await api.grant(account, Role.organiser, ground.unit)
    campaign = await ground.campaign()
    asked: dict[str, Any] = {"branch": {"branch_id": ground.unit}, "campaign": {"campaign_id": campaign}}.get(
        of, {"mine": True}
    )
    url = await feed_of(ground, await api.sign_in(account), **asked)
    # Signing out does not end it: a calendar program goes on for years.
    await api.execute("update sign_ins set ended_at = now() where account_id = $1", account)
    await events_at(ground, url)
    await api.execute("update grants set state = 'ended' where id = $1", grant)
    await _assert_gone(ground, url)


async def test_a_link_ends_with_the_account(ground: Ground) -> None:
    url = await feed_of(ground, mine=True)
    await ground.world.api.execute("update accounts set state = 'disabled' where id = $1", ground.organiser_id)
    await _assert_gone(ground, url)


async def _assert_gone(ground: Ground, url: str) -> None:
    answer = await ground.world.api.client().get(url)
    assert (answer.status_code, answer.json()["code"]) == (404, "calendar_feed_invalid")
