"""Transfers: a member crosses from one branch to another, asked on one side and accepted on the other.

The branch that has the member asks; the branch that will have the member accepts or refuses, seeing until then no more
than the name in the request; the asking side may withdraw. Whoever may transfer in both asks and accepts in one call.
"""

from collections.abc import Iterable, Mapping
from functools import partial
from typing import Any, Literal
from uuid import UUID

import asyncpg
from pydantic import Field

from app.core import clock
from app.core.actor import Actor
from app.core.db import Session
from app.core.errors import Conflict, Invalid, NotFound, PreconditionFailed
from app.core.lifecycle import Lifecycle, Transition
from app.core.paging import (
    Answer,
    Body,
    Listing,
    PageQuery,
    Where,
    fetch_one,
    list_page,
    with_fields,
)
from app.core.permissions import Permission
from app.models.members import Standing
from app.models.transfers import Transfer, TransferCreate, TransferRefuse, TransferState
from app.services import branches
from app.services.access import record_read
from app.services.changes import record_change
from app.services.member_records import find_member
from app.services.members_ends import tell_of_ended_terms

TRANSFERS = Listing(
    resource="members",
    source="transfers t",
    key="t.id",
    columns={
        "id": "t.id",
        "member_id": "t.member_id",
        "member_name": "t.member_name",
        "from_branch_id": "t.from_branch_id",
        "to_branch_id": "t.to_branch_id",
        "state": "t.state",
        "reason": "t.reason",
        "decision_reason": "t.decision_reason",
        "version": "t.version",
        "created_at": "utc(t.created_at)",
        "updated_at": "utc(t.updated_at)",
    },
    sorts={"created_at": ("t.created_at", "timestamptz")},
    facts={
        "id": "t.id",
        "version": "t.version",
        "member_id": "t.member_id",
        "from_branch_id": "t.from_branch_id",
        "to_branch_id": "t.to_branch_id",
        "state": "t.state",
        "from_path": "(select path from branches where id = t.from_branch_id)",
        "to_path": "(select path from branches where id = t.to_branch_id)",
    },
)

_ASKED = frozenset({TransferState.asked})


def _transition(action: str, to: TransferState, required: tuple[str, ...] = ()) -> Transition:
    return Transition(
        action=action,
        from_states=_ASKED,
        to=to,
        permission=Permission.members_transfer,
        event=f"transfer.{to}",
        path=f"/v1/transfers/{{id}}/{action}",
        required_fields=required,
    )


TRANSFER = Lifecycle(
    noun="transfer",
    state_field="state",
    transitions=(
        _transition("accept", TransferState.accepted),
        _transition("refuse", TransferState.refused, ("reason",)),
        _transition("withdraw", TransferState.withdrawn),
    ),
)
#: On whose side the right must be held: the branch that would lose the member, or the one that would gain them.
SIDE = {"accept": "to", "refuse": "to", "withdraw": "from"}


class TransferOpen(Conflict):
    code = "transfer_open"
    sentence = "A transfer of this member is waiting for an answer already."


class MemberCannotMove(Conflict):
    code = "member_cannot_move"
    sentence = "A member who is {standing} cannot move."


class TransfersQuery(PageQuery):
    """Which transfers of one's branches, the newest first."""

    state: TransferState | None = None
    direction: Literal["in", "out"] | None = Field(
        default=None, description="Into a branch of yours, or out of one; one between two of yours is both."
    )


async def list_transfers(session: Session, actor: Actor, query: TransfersQuery) -> Body:
    """A page of the transfers into or out of the actor's branches. Raises `CursorInvalid`."""
    where = Where()
    if query.state is not None:
        where.add("t.state = {}", query.state)
    if query.direction is not None:
        side = "to_branch_id" if query.direction == "in" else "from_branch_id"
        where.add(f"t.{side} = any ((select reach('members'))::uuid[])")
    await record_read(session, actor, "members", purpose="list:transfers")
    return await list_page(session, actor, TRANSFERS, where, query, sort="-created_at")


async def get_transfer(session: Session, actor: Actor, transfer_id: UUID) -> Answer:
    """A transfer with what the actor may do to it. Raises `NotFound`. The read is logged."""
    row = await _find(session, actor, transfer_id)
    side = row["to_branch_id"] if actor.can(Permission.members_read, row["to_path"]) else row["from_branch_id"]
    await record_read(session, actor, "members", purpose="read:transfer", subject_id=row["member_id"], branch_id=side)
    return _answer(actor, row)


async def create_transfer(session: Session, actor: Actor, data: TransferCreate) -> Answer:
    """Ask that a member move; with `accept`, move them at once.

    Raises `NotFound` for a member or branch out of sight, `Forbidden` where the right is not held at the member's
    branch (or, with `accept`, at the other), `MemberCannotMove`, `BranchClosed`, `TransferOpen`, and `Invalid` for
    the same branch.
    """
    row = await find_member(session, actor, data.member_id)
    actor.must(Permission.members_transfer, row["path"])
    to = await branches.find_branch(session, actor, data.to_branch_id)
    if to["id"] == row["branch_id"]:
        raise Invalid.at("/to_branch_id", "same_branch", "The member is in this branch already.")
    if data.accept:
        actor.must(Permission.members_transfer, to["path"])
    branches.must_take_members(to["status"])
    # Held against other writers: of two who ask at once the second finds the first one's request.
    person = await session.fetchrow("select * from people where id = $1 for update", row["person_id"])
    row = await find_member(session, actor, data.member_id)
    if row["standing"] in (Standing.suspended, Standing.resigned, Standing.expelled, Standing.deceased):
        raise MemberCannotMove(standing=row["standing"])
    if person is None or await session.fetchval(
        "select true from transfers where member_id = $1 and state = 'asked'", row["id"]
    ):
        raise TransferOpen
    transfer = Transfer(
        member_id=row["id"],
        member_name=f"{person['given_name']} {person['family_name']}",
        from_branch_id=row["branch_id"],
        to_branch_id=to["id"],
        reason=data.reason,
        asked_by=actor.account_id,
    )
    await session.insert(transfer)
    asked = await _find(session, actor, transfer.id)
    await _tell_both(session, actor, "transfer.asked", asked, last="from")
    if data.accept:
        await _move(session, actor, asked)
    return _answer(actor, await _find(session, actor, transfer.id))


async def accept_transfer(session: Session, actor: Actor, transfer_id: UUID, *, version: int | None = None) -> Answer:
    """Take the member in. The old branch stops seeing them at once, and their offices in its units end.

    Raises `NotFound`, `Forbidden`, `ActionNotAllowed`, `PreconditionFailed`, `BranchClosed`.
    """
    row = await _open(session, actor, transfer_id, "accept", version)
    to = await branches.find_branch(session, actor, row["to_branch_id"])
    branches.must_take_members(to["status"])
    await _move(session, actor, row)
    return _answer(actor, await _find(session, actor, transfer_id))


async def refuse_transfer(
    session: Session, actor: Actor, transfer_id: UUID, data: TransferRefuse, *, version: int | None = None
) -> Answer:
    """Leave the member where they are. Raises `NotFound`, `Forbidden`, `ActionNotAllowed`, `PreconditionFailed`."""
    row = await _open(session, actor, transfer_id, "refuse", version)
    return await _close(session, actor, row, TransferState.refused, last="to", reason=data.reason)


async def withdraw_transfer(session: Session, actor: Actor, transfer_id: UUID, *, version: int | None = None) -> Answer:
    """Take the request back. Raises `NotFound`, `Forbidden`, `ActionNotAllowed`, `PreconditionFailed`."""
    row = await _open(session, actor, transfer_id, "withdraw", version)
    return await _close(session, actor, row, TransferState.withdrawn, last="from")


async def _find(session: Session, actor: Actor, transfer_id: UUID) -> asyncpg.Record:
    row = await fetch_one(session, actor, TRANSFERS, transfer_id)
    if row is None:
        raise NotFound("transfer")
    return row


async def _open(session: Session, actor: Actor, transfer_id: UUID, action: str, version: int | None) -> asyncpg.Record:
    """The transfer, judged and held against other writers: of two answers at once the second finds it answered."""
    row = await _find(session, actor, transfer_id)
    actor.must(Permission.members_transfer, row[f"{SIDE[action]}_path"])
    await session.execute("select 1 from transfers where id = $1 for update", transfer_id)
    row = await _find(session, actor, transfer_id)
    if version is not None and row["version"] != version:
        raise PreconditionFailed(_answer(actor, row).body)
    TRANSFER.check(row, action, clock.today())
    return row


async def _close(
    session: Session,
    actor: Actor,
    row: asyncpg.Record,
    state: TransferState,
    *,
    last: str,
    reason: str | None = None,
) -> Answer:
    columns = {
        "state": state,
        "decision_reason": reason,
        "decided_by": actor.account_id,
        "decided_at": clock.now(),
    }
    await session.update(Transfer, row["id"], columns, version=row["version"])
    await _tell_both(session, actor, f"transfer.{state}", row, last=last)
    return _answer(actor, await _find(session, actor, row["id"]))


async def _move(session: Session, actor: Actor, row: asyncpg.Record) -> None:
    ended = await session.fetch("select * from accept_transfer($1, $2, $3)", row["id"], clock.today(), clock.now())
    await tell_of_ended_terms(session, actor, ended)
    await _tell_both(session, actor, "transfer.accepted", row, last="to")


async def _tell_both(session: Session, actor: Actor, action: str, row: Mapping[str, Any], *, last: str) -> None:
    """Each branch has it in its own trail and feed; the side that acted comes last: a repeat is judged by it."""
    sides = ("from", "to") if last == "to" else ("to", "from")
    moved = {"branch_id": {"old": str(row["from_branch_id"]), "new": str(row["to_branch_id"])}}
    for side in sides:
        await record_change(
            session,
            actor,
            action,
            resource="members",
            subject_id=row["member_id"],
            branch_id=row[f"{side}_branch_id"],
            fields=moved,
        )


def _allowed(actor: Actor, row: Mapping[str, Any]) -> list[dict[str, Any]]:
    today = clock.today()
    offered = {
        side: TRANSFER.allowed_actions(row, partial(_may, actor, row[f"{side}_path"]), today) for side in ("from", "to")
    }
    return [offer for side, offers in offered.items() for offer in offers if SIDE[offer["action"]] == side]


def _may(actor: Actor, path: Iterable[UUID], permission: str) -> bool:
    return actor.can(Permission(permission), path)


def _answer(actor: Actor, row: asyncpg.Record) -> Answer:
    return Answer(row["id"], row["version"], with_fields(row["json"], {"allowed_actions": _allowed(actor, row)}))
