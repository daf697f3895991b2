"""What is due, for every role: each domain says in one query what waits, and who may act on it."""

from app.core import clock
from app.core.actor import Actor
from app.core.db import Session
from app.core.permissions import BY_PART, PARTS, Permission
from app.models.tasks import Task, TaskKind
from app.services import tasks_organising
from app.services.tasks_waiting import IN_CASES, WAITING, Waiting, statement_of

#: What waits in cases for whoever has a part in them that carries the permission: $2 the parts by permission, as JSON.
_IN_CASES = """
with me as materialized (select $1::uuid as account_id, $3::date as today),
waiting (kind, dispute_id, due_on, permission) as (
  {waiting}
)
select w.kind, count(*) as count, min(w.due_on) as due_on from waiting w, me
where exists (
  select from dispute_parts t where t.dispute_id = w.dispute_id and t.account_id = me.account_id and t.ended_at is null
  and $2::jsonb -> w.permission ? t.part)
group by w.kind
"""


#: What somebody is asked to look for outside the system, which takes no right.
_OWN_SEARCHES = """
select count(*) as count, min(t.due_on) as due_on from search_tasks t
where t.account_id = $1 and t.answered_on is null and t.waived_on is null having count(*) > 0
"""
_STATEMENT = _IN_CASES.format(waiting="\n  union all ".join(one.statement for one in IN_CASES))
_CARRY = {permission: [part for part, held in PARTS.items() if permission in held] for permission in BY_PART}


async def list_tasks(session: Session, actor: Actor) -> list[Task]:
    """What waits for the actor, the earliest due first; what has no day comes last."""
    held = [kind for kind in (*WAITING, *tasks_organising.WAITING) if actor.holds(kind.permission)]
    found = await _tasks_of(session, actor, [kind for kind in held if kind.role is None])
    for role in {kind.role for kind in held if kind.role is not None}:
        async with session.as_role(role):
            found += await _tasks_of(session, actor, [kind for kind in held if kind.role == role])
    found += await _tasks_in_cases(session, actor)
    found += await _searches_to_answer(session, actor)
    return sorted(
        found, key=lambda task: (task.due_on is None, task.due_on or clock.today(), task.kind, task.branch_id)
    )


async def _tasks_of(session: Session, actor: Actor, kinds: list[Waiting]) -> list[Task]:
    if not kinds:
        return []
    units = [sorted(actor.reach[kind.permission]) for kind in kinds]
    values = (actor.account_id, actor.person_id, clock.today(), *units)
    hrefs = {kind.kind: kind.href for kind in kinds}
    return [
        Task(
            kind=row["kind"],
            branch_id=row["held"],
            count=row["count"],
            due_on=row["due_on"],
            href=hrefs[row["kind"]].format(branch_id=row["held"]),
        )
        for row in await session.fetch(statement_of(tuple(kinds)), *values)
    ]


async def _tasks_in_cases(session: Session, actor: Actor) -> list[Task]:
    if Permission.disputes_read not in actor.scopes:
        return []
    rows = await session.fetch(_STATEMENT, actor.account_id, _CARRY, clock.today())
    found = {row["kind"]: row for row in rows}
    return [
        Task(
            kind=one.kind,
            branch_id=actor.organisation_id,
            count=found[one.kind]["count"],
            due_on=found[one.kind]["due_on"],
            href=one.href,
        )
        for one in IN_CASES
        if one.kind in found
    ]


async def _searches_to_answer(session: Session, actor: Actor) -> list[Task]:
    return [
        Task(
            kind=TaskKind.search_tasks_to_answer,
            branch_id=actor.organisation_id,
            count=row["count"],
            due_on=row["due_on"],
            href="/v1/search-tasks?open=true",
        )
        for row in await session.fetch(_OWN_SEARCHES, actor.account_id)
    ]
