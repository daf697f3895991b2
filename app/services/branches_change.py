"""Units change their place and their standing: moving, recognising, suspending, reinstating, dissolving."""

from uuid import UUID

from app.core import clock
from app.core.actor import Actor
from app.core.db import Session
from app.core.errors import Conflict
from app.core.paging import Answer
from app.core.permissions import Permission
from app.models.branches import Branch, BranchMove
from app.services.branch_lifecycle import UNIT
from app.services.branches import check_place, find_branch, find_with_ties, get_branch, lock_tree
from app.services.changes import changed_fields, record_change

#: The whole subtree goes at once: what stood above the unit ($3 units) gives way to the new unit's path ($4).
_MOVE = """
update branches set
  path = $4::uuid[] || path[$3::integer + 1:],
  parent_id = case when id = $1 then $2 else parent_id end,
  version = version + 1,
  updated_at = $5
where path @> array[$1::uuid]
"""


class MoveIntoItself(Conflict):
    code = "move_into_itself"
    sentence = "A unit cannot stand below itself."


class RootStays(Conflict):
    code = "root_stays"
    sentence = "The organisation itself has no place to move to."


async def move_branch(session: Session, actor: Actor, branch_id: UUID, data: BranchMove) -> Answer:
    """Put a unit, with everything below it, under another unit. Rights go along: they reach down the path.

    Needs branches:manage at the unit that it leaves and at the unit that it comes to. Raises `NotFound`,
    `Forbidden`, `RootStays`, `MoveIntoItself`, and as `check_place`.
    """
    await lock_tree(session)
    unit = await find_branch(session, actor, branch_id)
    parent = await find_branch(session, actor, data.parent_id)
    if unit["parent_id"] is None:
        raise RootStays
    actor.must(Permission.branches_manage, unit["path"][:-1])
    actor.must(Permission.branches_manage, parent["path"])
    if branch_id in parent["path"]:
        raise MoveIntoItself
    above = len(unit["path"]) - 1
    height = await session.fetchval(
        "select max(cardinality(path)) - $2 from branches where path @> array[$1::uuid]", branch_id, above
    )
    check_place(parent, unit["kind"], height=height)
    await session.execute(_MOVE, branch_id, parent["id"], above, parent["path"], clock.now())
    await record_change(
        session,
        actor,
        "branch.moved",
        resource="branches",
        subject_id=branch_id,
        branch_id=branch_id,
        fields=changed_fields(Branch, {"parent_id": parent["id"]}, unit),
    )
    return await get_branch(session, actor, branch_id)


async def change_status(
    session: Session, actor: Actor, branch_id: UUID, action: str, *, reason: str | None = None
) -> Answer:
    """Recognise, suspend, reinstate or dissolve a unit, from the unit above it.

    Raises `NotFound`, `Forbidden`, `ActionNotAllowed`.
    """
    await lock_tree(session)
    # Nobody joins or takes office while this is decided: both lock the unit's row, if only by a foreign key.
    await session.execute("select from branches where id = $1 for update", branch_id)
    unit = await find_with_ties(session, actor, branch_id)
    actor.must(Permission.branches_manage, unit["path"][:-1])
    transition = UNIT.check(unit, action, clock.today())
    changes = {"status": transition.to, "status_reason": reason}
    await session.update(Branch, branch_id, changes)
    await record_change(
        session,
        actor,
        transition.event,
        resource="branches",
        subject_id=branch_id,
        branch_id=branch_id,
        fields=changed_fields(Branch, {"status": transition.to}, unit),
    )
    return await get_branch(session, actor, branch_id)
