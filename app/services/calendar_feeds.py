"""Calendar feeds: a secret link for calendar programs, which cannot sign in.

The token is random, and only its hash is kept. Each time it is followed its maker's rights of that moment are judged:
what they may no longer see is in no feed of theirs. Whoever else holds the link sees no more than that. What is told is
RFC 5545: an event keeps its UID for good, and its sequence rises whenever what is shown changes.
"""

import hashlib
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

from icalendar import Calendar, Event

from app.core import clock
from app.core.actor import Actor
from app.core.db import Database, Session
from app.core.errors import NotFound
from app.core.paging import Body, Listing, PageQuery, Where, list_page
from app.core.permissions import Permission
from app.models.actions import ActionState
from app.models.calendar_feeds import CalendarFeed, CalendarFeedMade, CalendarFeedMake, CalendarFeedRead
from app.services.access import record_read
from app.services.changes import record_change
from app.services.rights import actor_at_work
from app.services.sign_ins import hash_token
from app.services.unit_records import judge_unit, must_see

#: Where an event is from. No host, since a deployment may move.
DOMAIN = "rollbook"
#: What lies further back is left out, and so is what goes beyond so many.
BACK, MOST_EVENTS = timedelta(days=366), 1_000
STATUS = {ActionState.planned: "TENTATIVE", ActionState.cancelled: "CANCELLED"}

_SHOWN = {
    **{name: f"f.{name}" for name in ("id", "branch_id", "campaign_id")},
    "mine": "f.branch_id is null and f.campaign_id is null",
    "revoked_at": "utc(f.revoked_at)",
    "created_at": "utc(f.created_at)",
}
_FEEDS = Listing(
    resource="organising",
    source="calendar_feeds f",
    key="f.id",
    columns=_SHOWN,
    sorts={"created_at": ("f.created_at", "timestamptz")},
)

_FIND = "select * from calendar_feeds where token_hash = $1 and revoked_at is null"
_ACTIONS = """
select a.id, a.name, a.starts_at, a.ends_at, a.venue, a.postcode, a.online_url, a.access_notes, a.sequence, a.state,
  a.created_at, a.updated_at
from actions a where a.ends_at > $1 and {} order by a.starts_at desc, a.id limit $3
"""
#: The actions of a feed, by what it is of, which is `$2`.
_OF = {
    "branch_id": "a.branch_id = any ((select array_agg(b.id) from branches b where b.path @> array[$2::uuid])::uuid[])",
    "campaign_id": "a.campaign_id = $2",
    "mine": "exists (select from action_roles r where r.action_id = a.id and r.person_id = $2 and r.until_day is null)",
}
_ONE_TO_ONES = """
select m.id, m.on_day, m.starts_at, m.minutes, m.version, m.created_at, m.updated_at from one_to_ones m
where m.organiser_id = $1 and m.state = 'planned' and m.on_day > $2 order by m.on_day, m.id limit $3
"""


class CalendarFeedInvalid(NotFound):
    """Unknown, revoked, or of somebody who may no longer see what it shows: which of them is not told."""

    code = "calendar_feed_invalid"
    sentence = "This link is not valid any more: make a new one."


class CalendarFeedsQuery(PageQuery):
    """One's own links, the latest first."""


@dataclass(frozen=True)
class CalendarFile:
    """A calendar and its tag; without content where the program has it already."""

    tag: str
    content: bytes | None


async def make_feed(session: Session, actor: Actor, data: CalendarFeedMake) -> CalendarFeedMade:
    """A link, told this once. Raises `NotFound`, `Forbidden`, and `Invalid` for a campaign out of sight."""
    if data.branch_id is not None:
        await judge_unit(session, actor, data.branch_id, Permission.organising_read)
    elif data.mine:
        actor.must_hold(Permission.organising_read)
    await must_see(session, "campaigns", data.campaign_id, "/campaign_id")
    token = secrets.token_urlsafe(32)
    feed = CalendarFeed(
        account_id=actor.account_id,
        client_id=actor.client_id,
        sign_in_id=actor.sign_in_id,
        branch_id=data.branch_id,
        campaign_id=data.campaign_id,
        token_hash=hash_token(token),
    )
    await session.insert(feed)
    await _note(session, actor, feed.id, feed.branch_id, "calendar_feed.made")
    row = await session.fetchrow(f"select {_columns()} from calendar_feeds f where f.id = $1", feed.id)
    assert row is not None, "it was written in this transaction"
    return CalendarFeedMade(**dict(row), url=f"/v1/calendar-feeds/{token}/calendar")


async def list_feeds(session: Session, actor: Actor, query: CalendarFeedsQuery) -> Body:
    """A page of one's own links. Raises `CursorInvalid`."""
    return await list_page(session, actor, _FEEDS, Where(), query, sort="-created_at")


async def revoke_feed(session: Session, actor: Actor, feed_id: UUID) -> CalendarFeedRead:
    """End a link of one's own. Raises `NotFound`."""
    found = f"select {_columns()} from calendar_feeds f where f.id = $1"
    row = await session.fetchrow(f"{found} for update", feed_id)
    if row is None:
        raise NotFound("calendar feed")
    if row["revoked_at"] is None:
        await session.execute("update calendar_feeds set revoked_at = $2 where id = $1", feed_id, clock.now())
        await _note(session, actor, feed_id, row["branch_id"], "calendar_feed.revoked")
        row = await session.fetchrow(found, feed_id)
    return CalendarFeedRead(**dict(row or {}))


async def open_feed(database: Database, token: str, known: frozenset[str]) -> CalendarFile:
    """The calendar behind a link, unless its tag is `known`. Raises `CalendarFeedInvalid`."""
    async with database.transaction(role="rollbook_auth") as session:
        feed = await session.fetchrow(_FIND, hash_token(token))
    actor = await actor_at_work(database, feed["account_id"], feed["client_id"], feed["sign_in_id"]) if feed else None
    if feed is None or actor is None:
        raise CalendarFeedInvalid("calendar")
    async with database.transaction(actor) as session:
        calendar = await _draw(session, actor, feed)
        await record_read(session, actor, "organising", purpose="feed:calendar", branch_id=feed["branch_id"])
    content = calendar.to_ical()
    tag = hashlib.sha256(content).hexdigest()[:32]
    return CalendarFile(tag, None if tag in known else content)


async def _draw(session: Session, actor: Actor, feed: Mapping[str, Any]) -> Calendar:
    kind, of, name = await _judge(session, actor, feed)
    since = clock.now() - BACK
    calendar = Calendar()
    calendar.add("prodid", "-//Rollbook//EN")
    calendar.add("version", "2.0")
    calendar.add("x-wr-calname", name)
    rows = await session.fetch(_ACTIONS.format(_OF[kind]), since, of, MOST_EVENTS)
    for row in rows:
        calendar.add_component(_action(row))
    if kind == "mine":
        meetings = await session.fetch(_ONE_TO_ONES, actor.account_id, clock.day_of(since), MOST_EVENTS)
        for row in meetings:
            calendar.add_component(_one_to_one(row))
    return calendar


async def _judge(session: Session, actor: Actor, feed: Mapping[str, Any]) -> tuple[str, UUID | None, str]:
    """What a feed is of, as its maker may see it today, and what it is called. Raises `CalendarFeedInvalid`."""
    row: Mapping[str, Any] | None
    if feed["branch_id"] is not None:
        kind, of = "branch_id", feed["branch_id"]
        row = await session.fetchrow("select name, path from branches where id = $1", of)
        may = row is not None and actor.can(Permission.organising_read, row["path"])
    elif feed["campaign_id"] is not None:
        kind, of = "campaign_id", feed["campaign_id"]
        row = await session.fetchrow("select name from campaigns where id = $1", of)
        may = row is not None
    else:
        kind, of, row, may = "mine", actor.person_id, {"name": "Rollbook"}, actor.holds(Permission.organising_read)
    if row is None or not may:
        raise CalendarFeedInvalid("calendar")
    return kind, of, row["name"]


def _action(row: Mapping[str, Any]) -> Event:
    event = _event(row, row["name"], row["sequence"], STATUS.get(row["state"], "CONFIRMED"))
    event.add("dtstart", row["starts_at"].astimezone(UTC))
    event.add("dtend", row["ends_at"].astimezone(UTC))
    place = ", ".join(part for part in (row["venue"], row["postcode"]) if part)
    for name, said in (("location", place), ("url", row["online_url"]), ("description", row["access_notes"])):
        if said:
            event.add(name, said)
    return event


def _one_to_one(row: Mapping[str, Any]) -> Event:
    """Without a word of whom it is with."""
    event = _event(row, "One-to-one", row["version"] - 1, "CONFIRMED")
    starts: datetime | None = row["starts_at"]
    if starts is None:
        event.add("dtstart", row["on_day"])
        return event
    event.add("dtstart", starts.astimezone(UTC))
    event.add("dtend", (starts + timedelta(minutes=row["minutes"] or 60)).astimezone(UTC))
    return event


def _event(row: Mapping[str, Any], summary: str, sequence: int, status: str) -> Event:
    event = Event()
    event.add("uid", f"{row['id']}@{DOMAIN}")
    # Without a METHOD this is when it last changed (RFC 5545, 3.8.7.2): what did not change reads the same.
    for name, at in (("dtstamp", "updated_at"), ("last-modified", "updated_at"), ("created", "created_at")):
        event.add(name, row[at].astimezone(UTC))
    event.add("summary", summary)
    event.add("sequence", sequence)
    event.add("status", status)
    return event


def _columns() -> str:
    plain = {**_SHOWN, "revoked_at": "f.revoked_at", "created_at": "f.created_at"}
    return ", ".join(f"{sql} as {name}" for name, sql in plain.items())


async def _note(session: Session, actor: Actor, feed_id: UUID, branch_id: UUID | None, action: str) -> None:
    await record_change(
        session, actor, action, resource="organising", subject_id=feed_id, branch_id=branch_id, event=False
    )
