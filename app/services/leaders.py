"""Leaders: people with followers, in a unit; what they do well and what moves them; active, resting, left."""

from collections.abc import Mapping
from typing import Any, Literal
from uuid import UUID

from pydantic import Field

from app.core import clock
from app.core.actor import Actor
from app.core.db import Session
from app.core.errors import Conflict, Invalid
from app.core.ids import new_id
from app.core.lifecycle import Lifecycle, Transition
from app.core.paging import Answer, Body, Listing, Where
from app.core.permissions import Permission
from app.models.leaders import Leader, LeaderState, LeaderTier, LeaderTierChange
from app.models.leaders_shapes import LeaderCreate, LeaderUpdate, TierEvidence
from app.models.members import LegalDate
from app.services.contacts import person_named
from app.services.envelopes import seal_texts, texts_of_rows, unseal_texts
from app.services.guardians import must_have_guardian
from app.services.matters import past
from app.services.unit_records import (
    Held,
    Noun,
    UnitQuery,
    add_record,
    answer,
    answer_anew,
    begin_step,
    change_record,
    columns_of,
    facts_of,
    hold_record,
    judge_unit,
    list_records,
    must_see,
    read_record,
    take_step,
)

S = LeaderState
HERE = frozenset({S.active, S.resting})
#: What is sealed of a leader.
TEXTS = ("talents", "moves")


def _step(action: str, sources: frozenset[LeaderState], to: LeaderState | None, event: str, **more: Any) -> Transition:
    return Transition(
        action=action,
        from_states=sources,
        to=to,
        permission=Permission.meetings_record,
        event=f"leader.{event}",
        path=f"/v1/leaders/{{id}}/{action.replace('_', '-')}",
        **more,
    )


LEADER = Lifecycle(
    "leader",
    (
        _step("change_tier", HERE, None, "tier_changed", required_fields=("tier", "evidence")),
        _step("nominate", HERE, None, "nominated", required_fields=("reason",)),
        _step("rest", frozenset({S.active}), S.resting, "resting"),
        _step("resume", frozenset({S.resting}), S.active, "resumed"),
        _step("leave", HERE, S.left, "left"),
    ),
    state_field="state",
)

#: The tier of `l` on the day `$1`, and since when.
_ON_DAY = "from leader_tiers t where t.leader_id = l.id and t.from_day <= $1::date order by t.from_day desc limit 1"
TIER = f"(select t.reached {_ON_DAY})"
_FOLLOWERS = (
    "from leader_followers f where f.leader_id = l.id and f.since <= $1::date "
    "and (f.ended_on is null or f.ended_on > $1::date)"
)
_SHOWN = ("person_id", "organisation_id", "followers_estimate", "state", "state_since")
NOUN = Noun(
    "leader",
    Leader,
    Listing(
        resource="meetings",
        source="leaders l",
        key="l.id",
        branch="l.branch_id",
        columns=columns_of(
            "l",
            *_SHOWN,
            person_name="(select p.given_name || ' ' || p.family_name from people p where p.id = l.person_id)",
            followers=f"(select count(*) {_FOLLOWERS})",
            has_followers=f"exists (select {_FOLLOWERS})",
            tier=TIER,
            tier_since=f"(select t.from_day {_ON_DAY})",
        ),
        sorts={"created_at": ("l.created_at", "timestamptz")},
        facts=facts_of("l", *_SHOWN, "sealed"),
    ),
    LEADER,
    Permission.meetings_record,
)
_TIERS = """
select id, reached as tier, from_day, lead(from_day) over (order by from_day) as until, action_id, one_to_one_id,
  campaign_id, recorded_by, sealed
from leader_tiers where leader_id = $1 order by from_day desc
"""


class LeaderKnown(Conflict):
    code = "leader_known"
    sentence = "This person has a profile as a leader in this unit already."


class LeadersQuery(UnitQuery):
    """Which leaders, the newest on record first."""

    tier: LeaderTier | None = Field(default=None, description="Of this tier, on the day for which is asked.")
    as_of: LegalDate | None = Field(default=None, description="The day on which tiers are told; today if left out.")
    organisation_id: UUID | None = Field(default=None, description="Only those of this institution.")
    person_id: UUID | None = Field(default=None, description="Only this person's profiles.")
    state: LeaderState | None = Field(default=None, description="Active, resting or left, as it is now.")
    has_followers: bool | None = Field(default=None, description="Whether anybody came because of them.")
    sort: Literal["created_at", "-created_at"] = Field(default="-created_at", description="By when it was recorded.")


async def add_leader(session: Session, actor: Actor, data: LeaderCreate) -> Answer:
    """Put a leader on record, tertiary from a day on, with what shows it.

    Raises `NotFound`, `Forbidden`, `LeaderKnown`, and `Invalid` for what is out of sight or a day to come.
    """
    await judge_unit(session, actor, data.branch_id, Permission.meetings_record)
    day = past(data.on_day, "/on_day")
    await must_see(session, "organisations", data.organisation_id, "/organisation_id")
    person_id = await person_named(session, actor, data.branch_id, data.person)
    await must_have_guardian(session, person_id, "/person")
    known = "select true from leaders where branch_id = $1 and person_id = $2 and state <> 'left'"
    if await session.fetchval(known, data.branch_id, person_id):
        raise LeaderKnown
    leader_id = new_id()
    sealed = await seal_texts(session, person_id, "leaders", leader_id, data.model_dump(include=set(TEXTS)))
    leader = Leader(
        id=leader_id,
        person_id=person_id,
        state_since=clock.today(),
        sealed=sealed,
        **data.model_dump(include={"branch_id", "organisation_id", "followers_estimate"}),
    )
    await add_record(session, actor, NOUN, leader)
    change = LeaderTierChange(leader_id=leader_id, person_id=person_id, reached=LeaderTier.tertiary, from_day=day)
    await keep_tier(session, actor, change, data)
    return await answer_anew(session, actor, NOUN, leader_id)


async def keep_tier(session: Session, actor: Actor, change: LeaderTierChange, said: TierEvidence) -> None:
    """Write a change of tier with what shows it. Raises `Invalid` for what is named and out of sight."""
    await must_see(session, "actions", said.action_id, "/action_id")
    await must_see(session, "one_to_ones", said.one_to_one_id, "/one_to_one_id")
    await must_see(session, "campaigns", said.campaign_id, "/campaign_id")
    change.action_id, change.one_to_one_id, change.campaign_id = said.action_id, said.one_to_one_id, said.campaign_id
    change.recorded_by = actor.account_id
    texts = {"evidence": said.evidence}
    change.sealed = await seal_texts(session, change.person_id, "leader_tiers", change.id, texts)
    await session.insert(change)


async def list_leaders(session: Session, actor: Actor, query: LeadersQuery) -> Body:
    """A page of the leaders in reach; with `as_of`, of those who were leaders by that day. Raises `CursorInvalid`."""
    where = Where(query.as_of)
    query.narrow(where, "l")
    for name in ("organisation_id", "person_id", "state"):
        if (value := getattr(query, name)) is not None:
            where.add(f"l.{name} = {{}}", value)
    if query.as_of is not None:
        where.add(f"{TIER} is not null and not (l.state = 'left' and l.state_since <= $1)")
    if query.tier is not None:
        where.add(f"{TIER} = {{}}", query.tier)
    if query.has_followers is not None:
        where.add(f"exists (select {_FOLLOWERS}) = {{}}", query.has_followers)
    return await list_records(session, actor, NOUN, where, query, sort=query.sort)


async def get_leader(session: Session, actor: Actor, leader_id: UUID, as_of: LegalDate | None = None) -> Answer:
    """A leader, as of a day, with their texts and every tier they were of. Raises `NotFound`. The read is logged."""
    held = await read_record(session, actor, NOUN, leader_id, day=as_of)
    person_id: UUID = held.row["person_id"]
    texts = await texts_of_rows(session, person_id, "leaders", {held.id: held.row["sealed"]})
    rows = await session.fetch(_TIERS, held.id)
    said = await texts_of_rows(session, person_id, "leader_tiers", {row["id"]: row["sealed"] for row in rows})
    return answer(
        actor,
        held,
        {
            "talents": texts[held.id].get("talents", []),
            "moves": texts[held.id].get("moves"),
            "tiers": [_tier(row, said[row["id"]]) for row in rows],
        },
    )


def _tier(row: Mapping[str, Any], texts: Mapping[str, Any]) -> dict[str, Any]:
    plain = {name: value for name, value in row.items() if name != "sealed"}
    return {**plain, "evidence": texts.get("evidence")}


async def change_leader(session: Session, actor: Actor, leader_id: UUID, data: LeaderUpdate, *, version: int) -> Answer:
    """Correct a profile. Raises `Invalid` for an institution out of sight, and as `hold_record`."""
    held = await hold_record(session, actor, NOUN, leader_id, version=version)
    changes = data.changes()
    await must_see(session, "organisations", changes.get("organisation_id"), "/organisation_id")
    columns = {name: value for name, value in changes.items() if name not in TEXTS}
    if said := {name: value for name, value in changes.items() if name in TEXTS}:
        person_id = held.row["person_id"]
        kept = await unseal_texts(session, person_id, "leaders", held.id, held.row["sealed"])
        columns["sealed"] = await seal_texts(session, person_id, "leaders", held.id, {**kept, **said})
    await change_record(session, actor, held, columns)
    return await answer_anew(session, actor, NOUN, leader_id)


async def move_leader(
    session: Session, actor: Actor, leader_id: UUID, action: str, *, version: int | None = None
) -> Answer:
    """Rest, resume or leave. Raises as `begin_step`."""
    held = await begin_step(session, actor, NOUN, leader_id, action, version=version)
    await take_step(session, actor, held, action)
    return await answer_anew(session, actor, NOUN, leader_id)


async def hold_leader(session: Session, actor: Actor, leader_id: UUID) -> Held:
    """One who leads still, held for what hangs from their profile. Raises `LeaderHasLeft`, and as `hold_record`."""
    held = await hold_record(session, actor, NOUN, leader_id)
    if held.state == S.left:
        raise LeaderHasLeft
    return held


class LeaderHasLeft(Conflict):
    code = "leader_left"
    sentence = "They lead no more: put them on record anew if they lead again."


def must_be_since(day: LegalDate, earliest: LegalDate, pointer: str) -> None:
    """Raises `Invalid` for a day before another."""
    if day < earliest:
        raise Invalid.at(pointer, "before_beginning", "It does not come before what it follows.")
