"""Break-glass: a case is shown for a day to somebody without a part in it, if two others approve.

An ask is answered alike whether or not there is such a case, and whether it names the asker: what nobody can approve is
simply never approved. Nobody who is named in a case or has an interest in it asks with
success, approves, or learns of an ask; that is judged anew at the second approval, and by the wall at every read.
"""

from datetime import datetime, timedelta
from uuid import UUID

import asyncpg

from app.core import clock
from app.core.actor import Actor
from app.core.db import Session
from app.core.errors import Conflict, NotFound
from app.core.permissions import GRANTS, Part, Permission
from app.models.break_glass import (
    BreakGlassAsk,
    BreakGlassCreate,
    BreakGlassDecided,
    BreakGlassRead,
    BreakGlassRefusal,
    BreakGlassState,
)
from app.models.disputes import DisputePart, DisputeStep
from app.services import throttles
from app.services.break_glass_asks import ROLE, TABLE, WAITING, for_approval
from app.services.changes import record_change
from app.services.disputes.case import seal, unseal
from app.services.rights import roles_of

OPEN_FOR, ANSWER_WITHIN = timedelta(hours=24), timedelta(hours=72)
QUOTA, WINDOW = 10, timedelta(days=1)

#: A case that has not been erased.
_ASKED_FOR = """
select d.id, d.branch_id from disputes d left join envelope_keys k on k.subject_id = d.id
where d.reference = $1 and k.destroyed_at is null
"""
#: Whether somebody else, who may approve, is the same human being as another account.
_SAME_PERSON = "select a.person_id = b.person_id from accounts a, accounts b where a.id = $1 and b.id = $2"


class AskerNotEntitled(Conflict):
    code = "asker_not_entitled"
    sentence = "Whoever asked may no longer ask for this."


async def ask(session: Session, actor: Actor, data: BreakGlassCreate) -> BreakGlassRead:
    """Ask to be shown a case. Raises `Forbidden` for those who may not ask for the whole organisation, `Throttled`.

    Whatever else stands against it, the answer is the same.
    """
    actor.must(Permission.disputes_break_glass, [actor.organisation_id])
    who = str(actor.account_id)
    await throttles.count_try(session.database, "break-glass", who, quota=QUOTA, window=WINDOW)
    made = BreakGlassAsk(account_id=actor.account_id, answer_by=clock.now() + ANSWER_WITHIN, sealed=b"")
    async with session.as_role(ROLE):
        found = await session.fetchrow(_ASKED_FOR, data.reference)
        made.dispute_id = found["id"] if found else None
        texts = {"reference": data.reference, "reason": data.reason}
        made.sealed = await seal(session, _subject(made.dispute_id, actor), TABLE, made.id, texts)
        await session.insert(made)
        # Where there is no case, the same is written behind a wall that is nobody's: the trail tells nothing either.
        await _note(
            session, actor, "dispute.break_glass_asked", made.dispute_id or made.id,
            found["branch_id"] if found else actor.organisation_id, made.id,
        )  # fmt: skip
    # The answer is its asker's, who does not see the case: a repeat gets it again.
    session.touched = None
    return BreakGlassRead(
        id=made.id,
        state=BreakGlassState.waiting,
        created_at=made.created_at,
        answer_by=made.answer_by,
        opened_until=None,
        **texts,
    )


async def approve_ask(session: Session, actor: Actor, ask_id: UUID) -> BreakGlassDecided:
    """Approve an ask; the second approval opens the case for a day.

    Raises `NotFound` for whoever may not approve it, for whatever reason, and `AskerNotEntitled`.
    """
    async with session.as_role(ROLE):
        row = await _hold(session, actor, ask_id)
    if not await _may_still(session, row["account_id"], Permission.disputes_break_glass, row["path"]):
        raise AskerNotEntitled
    first = row["approved_by"]
    # An approval that would not be taken today counts for nothing, and this one is the first.
    second = first is not None and await _stands(session, actor, first, row)
    until = clock.now() + OPEN_FOR
    changes = {"opened_by": actor.account_id, "opened_until": until} if second else {"approved_by": actor.account_id}
    async with session.as_role(ROLE):
        await session.update(BreakGlassAsk, ask_id, changes)
        await _note(session, actor, "dispute.break_glass_approved", row["dispute_id"], row["branch_id"], ask_id)
        if second:
            await _open(session, row, until)
    return await _decided(session, row, approvals=2 if second else 1, until=until if second else None)


async def refuse_ask(session: Session, actor: Actor, ask_id: UUID, data: BreakGlassRefusal) -> BreakGlassDecided:
    """Refuse an ask, for good: who asked is told no more than that nobody opened it. Raises `NotFound`."""
    async with session.as_role(ROLE):
        row = await _hold(session, actor, ask_id)
        texts = await unseal(session, row["dispute_id"], TABLE, ask_id, row["sealed"])
        sealed = await seal(session, row["dispute_id"], TABLE, ask_id, {**texts, "refusal": data.reason})
        await session.update(BreakGlassAsk, ask_id, {"refused_by": actor.account_id, "sealed": sealed})
        await _note(session, actor, "dispute.break_glass_refused", row["dispute_id"], row["branch_id"], ask_id)
    approvals = 0 if row["approved_by"] is None else 1
    return await _decided(session, row, approvals=approvals, until=None, refused=True)


async def _hold(session: Session, actor: Actor, ask_id: UUID) -> asyncpg.Record:
    where = for_approval(actor)
    where.add("a.id = {}", ask_id)
    sql = f"select true{WAITING.facts_sql} from {WAITING.source} where {where.sql} for update of a"
    row = await session.fetchrow(sql, *where.values)
    if row is None:
        raise NotFound("ask")
    return row


async def _may_still(session: Session, account_id: UUID, permission: Permission, path: list[UUID]) -> bool:
    async with session.as_role("rollbook_auth"):
        held = await roles_of(session, account_id)
    return any(permission in GRANTS[role] and unit in path for role, unit in held)


async def _stands(session: Session, actor: Actor, first: UUID, row: asyncpg.Record) -> bool:
    """Whether the first approver is somebody else than the second, and would be let approve today."""
    if not await _may_still(session, first, Permission.disputes_approve, row["path"]):
        return False
    async with session.as_role(ROLE):
        closed = await session.fetchval("select walled_off($1, $2, $3)", row["dispute_id"], first, clock.today())
        return not closed and not await session.fetchval(_SAME_PERSON, first, actor.account_id)


async def _open(session: Session, row: asyncpg.Record, until: datetime) -> None:
    """The door, and in the case's own course that it was opened, to whom and why. Needs the role `rollbook_case`."""
    dispute_id, name = row["dispute_id"], row["account_name"]
    said = await unseal(session, dispute_id, TABLE, row["id"], row["sealed"])
    part = DisputePart(
        dispute_id=dispute_id,
        part=Part.observer,
        account_id=row["account_id"],
        person_id=row["person_id"],
        expires_at=until,
        sealed=b"",
    )
    part.sealed = await seal(session, dispute_id, "dispute_parts", part.id, {"name": name})
    await session.insert(part)
    step = DisputeStep(
        dispute_id=dispute_id,
        action="break_glass",
        from_state=row["state"],
        to_state=row["state"],
        on_day=clock.today(),
        account_id=row["account_id"],
        sealed=b"",
    )
    step.sealed = await seal(session, dispute_id, "dispute_steps", step.id, {"name": name, "reason": said["reason"]})
    await session.insert(step)


async def _note(session: Session, actor: Actor, what: str, wall: UUID, branch_id: UUID, ask_id: UUID) -> None:
    await record_change(
        session,
        actor,
        what,
        resource="disputes",
        subject_id=wall,
        branch_id=branch_id,
        wall_key=wall,
        fields={"ask_id": str(ask_id)},
    )
    session.touched = None


async def _decided(
    session: Session,
    row: asyncpg.Record,
    *,
    approvals: int,
    until: datetime | None,
    refused: bool = False,
) -> BreakGlassDecided:
    async with session.as_role(ROLE):
        said = await unseal(session, row["dispute_id"], TABLE, row["id"], row["sealed"])
    return BreakGlassDecided(
        id=row["id"],
        reference=said["reference"],
        reason=said["reason"],
        account_id=row["account_id"],
        account_name=row["account_name"],
        created_at=row["created_at"],
        answer_by=row["answer_by"],
        approvals=approvals,
        opened_until=until,
        refused=refused,
    )


def _subject(dispute_id: UUID | None, actor: Actor) -> UUID:
    """Under whose key an ask lies: the case's, or where there is none the organisation's."""
    return dispute_id or actor.organisation_id
