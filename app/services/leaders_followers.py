"""Followers of leaders: who came because of them."""

from typing import Literal
from uuid import UUID

from pydantic import Field

from app.core.actor import Actor
from app.core.db import Session
from app.core.errors import Conflict, Invalid, NotFound
from app.core.paging import Answer, Body, Listing, PageQuery, Where, fetch_one, list_page
from app.models.leaders import LeaderFollower
from app.models.leaders_shapes import FollowerAdd, FollowerEnd
from app.services.contacts import person_named
from app.services.leaders import NOUN, hold_leader, must_be_since
from app.services.matters import past
from app.services.unit_records import hold_record, must_see, note, read_record

_SHOWN = ("id", "leader_id", "person_id", "action_id", "since", "ended_on", "version")
FOLLOWERS = Listing(
    resource="meetings",
    source="leader_followers f",
    key="f.id",
    columns={
        **{name: f"f.{name}" for name in _SHOWN},
        "person_name": "(select p.given_name || ' ' || p.family_name from people p where p.id = f.person_id)",
        "created_at": "utc(f.created_at)",
        "updated_at": "utc(f.updated_at)",
    },
    sorts={"since": ("f.since", "date")},
    facts={name: f"f.{name}" for name in _SHOWN},
)


class FollowersQuery(PageQuery):
    """Which followers, the latest first."""

    following: bool | None = Field(default=None, description="Whether they follow today, or did so once.")
    sort: Literal["since", "-since"] = Field(default="-since", description="By the day since which they follow.")


class FollowerKnown(Conflict):
    code = "follower_known"
    sentence = "This person follows this leader already."


class FollowerEnded(Conflict):
    code = "follower_ended"
    sentence = "This person follows this leader no more, as is on record."


async def add_follower(session: Session, actor: Actor, leader_id: UUID, data: FollowerAdd) -> Answer:
    """Somebody came because of a leader.

    Raises `FollowerKnown`, `Invalid` for the leader themselves, what is out of sight or a day to come, and as
    `hold_leader`.
    """
    held = await hold_leader(session, actor, leader_id)
    since = past(data.since, "/since")
    await must_see(session, "actions", data.action_id, "/action_id")
    person_id = await person_named(session, actor, held.branch_id, data.person)
    if person_id == held.row["person_id"]:
        raise Invalid.at("/person/person_id", "own_follower", "Nobody follows themselves.")
    known = "select true from leader_followers where leader_id = $1 and person_id = $2 and ended_on is null"
    if await session.fetchval(known, leader_id, person_id):
        raise FollowerKnown
    follower = LeaderFollower(leader_id=leader_id, person_id=person_id, action_id=data.action_id, since=since)
    await session.insert(follower)
    await note(session, actor, NOUN, leader_id, held.branch_id, "leader.follower_added")
    return await _answer(session, actor, leader_id, follower.id)


async def list_followers(session: Session, actor: Actor, leader_id: UUID, query: FollowersQuery) -> Body:
    """A page of the people who came because of a leader. Raises `NotFound`, `CursorInvalid`. The read is logged."""
    await read_record(session, actor, NOUN, leader_id, "followers")
    where = Where()
    where.add("f.leader_id = {}", leader_id)
    if query.following is not None:
        where.add("(f.ended_on is null or f.ended_on > $1) = {}", query.following)
    return await list_page(session, actor, FOLLOWERS, where, query, sort=query.sort)


async def end_follower(session: Session, actor: Actor, leader_id: UUID, follower_id: UUID, data: FollowerEnd) -> Answer:
    """Somebody follows no more. Raises `NotFound`, `FollowerEnded`, `Invalid`, and as `hold_record`."""
    held = await hold_record(session, actor, NOUN, leader_id)
    row = await fetch_one(session, actor, FOLLOWERS, follower_id)
    if row is None or row["leader_id"] != leader_id:
        raise NotFound("follower")
    if row["ended_on"] is not None:
        raise FollowerEnded
    day = past(data.on_day, "/on_day")
    must_be_since(day, row["since"], "/on_day")
    await session.update(LeaderFollower, follower_id, {"ended_on": day})
    await note(session, actor, NOUN, leader_id, held.branch_id, "leader.follower_ended")
    return await _answer(session, actor, leader_id, follower_id)


async def _answer(session: Session, actor: Actor, leader_id: UUID, follower_id: UUID) -> Answer:
    row = await fetch_one(session, actor, FOLLOWERS, follower_id)
    assert row is not None, f"a follower of {leader_id} was just written"
    return Answer(row["id"], row["version"], row["json"].encode())
