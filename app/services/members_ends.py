"""What is declared or decided of a member: resignation, death, suspension, and the way back."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

import asyncpg

from app.core import clock
from app.core.actor import Actor
from app.core.db import Session
from app.core.errors import Invalid, PreconditionFailed
from app.core.paging import Answer
from app.core.permissions import Permission
from app.models.accounts import Account, AccountState
from app.models.member_verbs import Death, Reinstatement, Resignation, Suspension
from app.models.members import Channel, DecidedStanding, Member, Person
from app.models.standings import StandingDecision
from app.models.transfers import TransferState
from app.services import sign_ins
from app.services.changes import changed_fields, record_change
from app.services.member_lifecycle import MEMBERSHIP
from app.services.member_records import answer, find_member

_WITHDRAW = f"""
update transfers set state = '{TransferState.withdrawn}', decided_by = $2, decided_at = $3, updated_at = $3,
  version = version + 1
where member_id = $1 and state = '{TransferState.asked}'
returning from_branch_id, to_branch_id
"""


@dataclass(frozen=True, slots=True)
class Decision:
    """A standing that somebody decided, from a day until, not including, another; over when that day has come."""

    standing: DecidedStanding
    starts_on: date
    until: date | None = None
    reason: str | None = None


async def resign_member(
    session: Session, actor: Actor, member_id: UUID, data: Resignation, *, version: int | None = None
) -> Answer:
    """Record a resignation: offices end at once, wherever held, and nothing is sent to the person any more.

    Raises `NotFound`, `Forbidden`, `ActionNotAllowed`, `PreconditionFailed`, and `Invalid` for a day to come or before
    joining.
    """
    row = await _open(session, actor, member_id, "resign", version)
    day = _past_day(row, data.resigned_on, "resigned_on")
    await _decide(session, actor, row, "resign", Decision(DecidedStanding.resigned, day, reason=data.reason))
    await _leave(session, actor, row)
    return answer(actor, await find_member(session, actor, member_id))


async def record_death(
    session: Session, actor: Actor, member_id: UUID, data: Death, *, version: int | None = None
) -> Answer:
    """Record a death: offices end, every channel of contact is closed, and the person's account with its sign-ins.

    Raises as `resign_member` does.
    """
    row = await _open(session, actor, member_id, "record_death", version)
    day = _past_day(row, data.died_on, "died_on", since_joining=False)
    await _decide(session, actor, row, "record_death", Decision(DecidedStanding.deceased, day))
    await session.update(Person, row["person_id"], {"objections": [channel.value for channel in Channel]})
    await _close_accounts(session, actor, row["person_id"])
    await _leave(session, actor, row)
    return answer(actor, await find_member(session, actor, member_id))


async def suspend_member(
    session: Session, actor: Actor, member_id: UUID, data: Suspension, *, version: int | None = None
) -> Answer:
    """Suspend from today. Offices stay, but carry no power while it lasts.

    Raises `NotFound`, `Forbidden`, `ActionNotAllowed`, `PreconditionFailed`, `Invalid` for an end that is not to come.
    """
    row = await _open(session, actor, member_id, "suspend", version)
    if data.until is not None and data.until <= clock.today():
        raise Invalid.at("/until", "not_in_future", "A suspension ends on a day to come, or stays open.")
    decision = Decision(DecidedStanding.suspended, clock.today(), data.until, data.reason)
    await _decide(session, actor, row, "suspend", decision)
    return answer(actor, await find_member(session, actor, member_id))


async def reinstate_member(
    session: Session, actor: Actor, member_id: UUID, data: Reinstatement, *, version: int | None = None
) -> Answer:
    """End a suspension, or take back a resignation, from today; what is paid then says where the member stands.

    Raises `NotFound`, `Forbidden`, `ActionNotAllowed`, `PreconditionFailed`.
    """
    row = await _open(session, actor, member_id, "reinstate", version)
    decision = Decision(DecidedStanding(row["standing"]), row["decided_from"], clock.today(), data.reason)
    await _decide(session, actor, row, "reinstate", decision)
    return answer(actor, await find_member(session, actor, member_id))


async def _open(session: Session, actor: Actor, member_id: UUID, action: str, version: int | None) -> asyncpg.Record:
    """The member, held against other writers and judged: the right first, then the version, then the state."""
    row = await find_member(session, actor, member_id)
    permission = next(t.permission for t in MEMBERSHIP.transitions if t.action == action)
    actor.must(Permission(permission), row["path"])
    # Every writer of a record begins with the person's row, so two of them queue here and never lock crosswise.
    await session.execute("select 1 from people where id = $1 for update", row["person_id"])
    row = await find_member(session, actor, member_id)
    if version is not None and row["version"] != version:
        raise PreconditionFailed(answer(actor, row).body)
    MEMBERSHIP.check(row, action, clock.today())
    return row


def _past_day(row: Mapping[str, Any], day: date | None, field: str, *, since_joining: bool = True) -> date:
    if day is None:
        return clock.today()
    if day > clock.today():
        raise Invalid.at(f"/{field}", "in_future", "Only what has happened can be recorded.")
    if since_joining and day < row["joined_on"]:
        raise Invalid.at(f"/{field}", "before_joining", "Nobody leaves before the day of joining.")
    return day


async def _decide(session: Session, actor: Actor, row: Mapping[str, Any], action: str, decision: Decision) -> None:
    """Add the dated decision, put it in force, and tell of it."""
    event = next(t.event for t in MEMBERSHIP.transitions if t.action == action)
    over = decision.until is not None and decision.until <= clock.today()
    await session.insert(
        StandingDecision(
            member_id=row["id"],
            branch_id=row["branch_id"],
            standing=decision.standing,
            starts_on=decision.starts_on,
            until=decision.until,
            reason=decision.reason,
            decided_by=actor.account_id,
        )
    )
    columns = {
        "decided_standing": None if over else decision.standing,
        "decided_from": None if over else decision.starts_on,
        "decided_until": None if over else decision.until,
    }
    await session.update(Member, row["id"], columns, version=row["version"])
    await record_change(
        session,
        actor,
        event,
        resource="members",
        subject_id=row["id"],
        branch_id=row["branch_id"],
        fields=changed_fields(Member, columns, row),
    )


async def _leave(session: Session, actor: Actor, row: Mapping[str, Any]) -> None:
    """End what a member cannot keep: offices, wherever held, and a transfer that is still open."""
    ended = await session.fetch("select * from vacate_offices($1, $2, $3)", row["id"], clock.today(), clock.now())
    await tell_of_ended_terms(session, actor, ended)
    await withdraw_transfer(session, actor, row["id"])
    # A repeat of the request is judged by the member, not by what fell with it.
    session.touched = ("members", row["branch_id"], row["id"])


async def withdraw_transfer(session: Session, actor: Actor | None, member_id: UUID) -> None:
    """Take back the transfer of a member that is still open, and tell of it on both sides."""
    account_id = actor.account_id if actor else None
    withdrawn = await session.fetchrow(_WITHDRAW, member_id, account_id, clock.now())
    for branch_id in set(withdrawn.values()) if withdrawn else ():
        await record_change(
            session,
            actor,
            "transfer.withdrawn",
            resource="members",
            subject_id=member_id,
            branch_id=branch_id,
        )


async def tell_of_ended_terms(session: Session, actor: Actor | None, ended: list[asyncpg.Record]) -> None:
    """What the end of each office term leaves behind."""
    for term in ended:
        await record_change(
            session,
            actor,
            "office_term.ended",
            resource="offices",
            subject_id=term["term_id"],
            branch_id=term["unit_id"],
            fields={"ends_on": True, "state": True, "end_reason": True},
        )


async def _close_accounts(session: Session, actor: Actor, person_id: UUID) -> None:
    async with session.as_role("rollbook_auth"):
        accounts = await session.fetch(
            "select id from accounts where person_id = $1 and state <> $2", person_id, AccountState.disabled
        )
        for account in accounts:
            await session.update(Account, account["id"], {"state": AccountState.disabled})
            await sign_ins.end_all(session, account["id"])
    for account in accounts:
        await record_change(
            session,
            actor,
            "account.disabled",
            resource="accounts",
            subject_id=account["id"],
            branch_id=None,
            fields=changed_fields(Account, {"state": AccountState.disabled}),
            event=False,
        )
