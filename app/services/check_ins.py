"""Check-ins: people who come to an action, sent in batches by whoever has its code, also long after they came.

What is right in a batch is kept, whatever else is in it. A device sends what it is not sure of again: what it calls a
check-in makes it the same.
"""

import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import asyncpg

from app.core import clock
from app.core.actor import Actor
from app.core.db import Database, Session
from app.core.errors import Conflict, NotFound
from app.core.permissions import Permission
from app.models.actions import ActionState
from app.models.check_ins import (
    CODE_LENGTH,
    CODE_SIGNS,
    MOST_PEOPLE,
    ActionCheckIn,
    CheckIn,
    CheckInBatch,
    CheckInCodeMade,
    CheckInOpen,
    CheckInOutcome,
    CheckInSheet,
    CheckInsTold,
    CheckInTold,
    SheetOrganisation,
)
from app.services import throttles
from app.services.actions import ACTION
from app.services.changes import record_change
from app.services.unit_records import begin_step, take_step

#: Nobody need be signed in: the role acts that finds out who is there.
ROLE = "rollbook_auth"
#: Everybody at a venue may be behind one address.
TRIES, TRY_WINDOW = 300, timedelta(minutes=15)
#: A device's clock may run ahead by so much.
AHEAD = timedelta(minutes=10)

_FIND = """
select id, branch_id, name, starts_at, ends_at, venue, state from actions
where code_hash = any ($1::bytea[]) order by id limit 1
"""
_TAKE_PART = """
select o.organisation_id, n.name from action_organisations o join organisations n on n.id = o.organisation_id
where o.action_id = $1 and o.left_on is null order by lower(n.name), n.id
"""
_KNOWN = """
select array(select client_ref from action_check_ins where action_id = $1 and client_ref = any ($2)) as refs,
  array(select person_id from action_check_ins where action_id = $1 and person_id = any ($3)) as people,
  (select coalesce(sum(people), 0) from action_check_ins where action_id = $1) as came
"""

Refusal = tuple[str, str]


class CheckInCodeInvalid(NotFound):
    """Unknown, or replaced by another: which of them is not told."""

    code = "check_in_code_invalid"
    sentence = "This code opens no check-in: ask whoever runs the action."


class CheckInOver(Conflict):
    code = "check_in_over"
    sentence = "This action is closed: nobody is checked in any more."


class CheckInCancelled(Conflict):
    code = "action_cancelled"
    sentence = "This action was cancelled: nobody is checked in."


@dataclass(frozen=True)
class _Door:
    """What a batch is judged by: the action, who takes part in it, and whom the sender may name."""

    action: Mapping[str, Any]
    organisations: frozenset[UUID]
    may_name: bool
    people: frozenset[UUID]

    def refusal(self, row: CheckIn, now: datetime) -> Refusal | None:
        """The code and the field for which a check-in is not kept."""
        if row.at < clock.day_starts(clock.day_of(self.action["starts_at"])):
            return "before_the_day", "at"
        if row.at > now + AHEAD:
            return "in_future", "at"
        if row.at >= clock.midnight_after(self.action["ends_at"]):
            return "after_the_day", "at"
        if row.organisation_id is not None and row.organisation_id not in self.organisations:
            return "not_taking_part", "organisation_id"
        return None if row.person_id is None else self._unnamed(row)

    def _unnamed(self, row: CheckIn) -> Refusal | None:
        if not self.may_name:
            return "sign_in_to_name", "person_id"
        if row.person_id not in self.people:
            return "unknown_person", "person_id"
        return ("one_person_is_one", "people") if row.people != 1 else None


async def make_code(session: Session, actor: Actor, action_id: UUID, *, version: int | None = None) -> CheckInCodeMade:
    """A new code for an action, told this once; the one before it ends. Raises as `begin_step`."""
    held = await begin_step(session, actor, ACTION, action_id, "make_check_in_code", version=version)
    code = "".join(secrets.choice(CODE_SIGNS) for _ in range(CODE_LENGTH))
    await take_step(session, actor, held, "make_check_in_code", columns={"code_hash": code_hashes(session, code)[0]})
    return CheckInCodeMade(code=code)


def code_hashes(session: Session, code: str) -> list[bytes]:
    """What is kept of a code, under every secret in use, the current first."""
    return session.keys.blind_indexes("check-in code", code)


async def open_sheet(database: Database, data: CheckInOpen, *, address: str) -> CheckInSheet:
    """What a device needs to check people in. Raises `Throttled`, `CheckInCodeInvalid`, and for one that is over."""
    await _count_try(database, None, address)
    async with database.transaction(role=ROLE) as session:
        action = await _find(session, data.code)
        rows = await session.fetch(_TAKE_PART, action["id"])
    organisations = [SheetOrganisation(**dict(row)) for row in rows]
    shown = {name: action[name] for name in ("name", "starts_at", "ends_at", "venue")}
    return CheckInSheet(**shown, organisations=organisations)


async def check_in(database: Database, actor: Actor | None, data: CheckInBatch, *, address: str) -> CheckInsTold:
    """Keep what is right in a batch, each once. Raises `Throttled`, `CheckInCodeInvalid`, and for one that is over."""
    await _count_try(database, actor, address)
    async with database.transaction(role=ROLE) as session:
        branch_id = (await _find(session, data.code))["branch_id"]
    may_name, people = await _may_name(database, actor, branch_id, data)
    async with database.transaction(role=ROLE) as session:
        # Of two batches at once the second finds what the first made of it.
        action = await _find(session, data.code, hold=True)
        organisations = frozenset(row["organisation_id"] for row in await session.fetch(_TAKE_PART, action["id"]))
        told, kept = await _judge(session, _Door(action, organisations, may_name, people), data)
        if kept:
            await _keep(session, actor, action, kept)
    counts = {outcome.value: sum(one.outcome is outcome for one in told) for outcome in CheckInOutcome}
    return CheckInsTold(**counts, check_ins=told)


async def _count_try(database: Database, actor: Actor | None, address: str) -> None:
    who = throttles.neighbourhood(address) if actor is None else str(actor.account_id)
    await throttles.count_try(database, "check-in", who, quota=TRIES, window=TRY_WINDOW)


async def _find(session: Session, code: str, *, hold: bool = False) -> asyncpg.Record:
    action = await session.fetchrow(_FIND + (" for update" if hold else ""), code_hashes(session, code))
    if action is None:
        raise CheckInCodeInvalid("check-in")
    if action["state"] == ActionState.cancelled:
        raise CheckInCancelled
    if action["state"] == ActionState.closed:
        raise CheckInOver
    return action


async def _may_name(
    database: Database, actor: Actor | None, branch_id: UUID, data: CheckInBatch
) -> tuple[bool, frozenset[UUID]]:
    """Whether the sender may check in people by name, and which of those that they name they see."""
    named = [row.person_id for row in data.check_ins if row.person_id is not None]
    if actor is None or not named:
        return False, frozenset()
    async with database.transaction(actor) as session:
        path = await session.fetchval("select path from branches where id = $1", branch_id)
        rows = await session.fetch("select id from people where id = any ($1) and erased_at is null", named)
    return actor.can(Permission.organising_run, path or ()), frozenset(row["id"] for row in rows)


async def _judge(session: Session, door: _Door, data: CheckInBatch) -> tuple[list[CheckInTold], list[CheckIn]]:
    """What becomes of each, and which are to be kept."""
    refs = [row.client_ref for row in data.check_ins]
    people = [row.person_id for row in data.check_ins if row.person_id is not None]
    known: Any = await session.fetchrow(_KNOWN, door.action["id"], refs, people)
    seen, came, now, number = set(known["refs"]), set(known["people"]), clock.now(), known["came"]
    told, kept = [], []
    for place, row in enumerate(data.check_ins):
        is_known = row.client_ref in seen
        refusal = None if is_known else door.refusal(row, now)
        if refusal is None and not is_known and number + row.people > MOST_PEOPLE:
            refusal = "too_many", "people"
        outcome = CheckInOutcome.accepted
        if refusal is not None:
            outcome = CheckInOutcome.refused
        elif is_known or row.person_id in came:
            outcome = CheckInOutcome.already
        else:
            kept.append(row)
            seen.add(row.client_ref)
            came |= {row.person_id} - {None}
            number += row.people
        code, name = refusal or (None, None)
        pointer = f"/check_ins/{place}/{name}" if name else None
        told.append(CheckInTold(client_ref=row.client_ref, outcome=outcome, code=code, pointer=pointer))
    return told, kept


async def _keep(session: Session, actor: Actor | None, action: Mapping[str, Any], kept: list[CheckIn]) -> None:
    shared = {"action_id": action["id"], "recorded_by": actor.account_id if actor else None}
    await session.insert_many(ActionCheckIn, [{**row.model_dump(), **shared} for row in kept])
    await record_change(
        session,
        actor,
        "action.checked_in",
        resource=ACTION.resource,
        subject_id=action["id"],
        branch_id=action["branch_id"],
        data={"check_ins": len(kept), "people": sum(row.people for row in kept)},
    )
