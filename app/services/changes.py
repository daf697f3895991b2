"""What every change leaves behind, in its own transaction: a line in the audit trail, and an event."""

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlmodel import SQLModel

from app.core import clock
from app.core.actor import Actor
from app.core.db import Database, Session
from app.core.ids import new_id, new_ids
from app.core.privacy import AUDITABLE, Privacy

_AUDIT = """
insert into audit_entries
  (id, created_at, transaction, action, resource, subject_id, branch_id, wall_key, account_id, client_id, fields)
values ($1, $2, order_now(), $3, $4, $5, $6, $7, $8, $9, $10)
"""
AUDIT_AND_EVENT = f"""
with trail as ({_AUDIT})
insert into events (id, created_at, transaction, type, resource, subject_id, branch_id, wall_key, data)
values ($11, $2, order_now(), $3, $4, $5, $6, $7, $12)
"""


async def record_change(
    session: Session,
    actor: Actor | None,
    action: str,
    *,
    resource: str,
    subject_id: UUID | None,
    branch_id: UUID | None,
    wall_key: UUID | None = None,
    fields: Mapping[str, Any] | None = None,
    data: Mapping[str, int] | None = None,
    event: bool = True,
) -> None:
    """Write the audit entry and, unless it concerns the house alone, the event of a change that was just made.

    `action` is `noun.verb` in the past tense and names both. `fields` comes from `changed_fields`; `data` goes with the
    event and holds numbers that say nothing of anybody.
    """
    session.touched = (resource, branch_id, subject_id)
    values = [
        new_id(),
        clock.now(),
        action,
        resource,
        subject_id,
        branch_id,
        wall_key,
        actor.account_id if actor else None,
        actor.client_id if actor else None,
        dict(fields or {}),
    ]
    if event:
        await session.execute(AUDIT_AND_EVENT, *values, new_id(), dict(data or {}))
    else:
        await session.execute(_AUDIT, *values)


async def record_denial(database: Database, actor: Actor, permission: str, route: str) -> None:
    """Note, whatever becomes of the refused request, that somebody tried to write without the permission.

    `route` is the method and the template of the path: which kind of record, never which one or with what.
    """
    async with database.fact() as fact:
        await record_change(
            fact,
            actor,
            "denied",
            resource="accounts",
            subject_id=actor.account_id,
            branch_id=None,
            fields={"permission": permission, "route": route},
            event=False,
        )


#: Trail and feed of many records changed alike, in the order in which `rows` gives them.
_MANY = """
with made as materialized (
  select row_number() over () as place, subject_id, branch_id, fields from ({rows}) changed
), trail as (
  insert into audit_entries
    (id, created_at, transaction, action, resource, subject_id, branch_id, account_id, client_id, fields)
  select ($1::uuid[])[place], $3, (select order_now()), $4, $5, subject_id, branch_id, $6, $7, fields from made
)
insert into events (id, created_at, transaction, type, resource, subject_id, branch_id, data)
select ($2::uuid[])[place], $3, (select order_now()), $4, $5, subject_id, branch_id, '{{}}' from made
"""


async def record_rows(
    session: Session, actor: Actor, action: str, most: int, rows: str, *values: object, resource: str
) -> None:
    """What `record_change` writes, for many records changed alike in one transaction, which a query of ours finds.

    It gives `subject_id`, `branch_id` and `fields`, its values begin at `$8`, and it finds no more than `most`.
    """
    ids = new_ids(2 * most)
    await session.execute(
        _MANY.format(rows=rows),
        ids[:most],
        ids[most:],
        clock.now(),
        action,
        resource,
        actor.account_id,
        actor.client_id,
        *values,
    )


def speaks(model: type[SQLModel], name: str) -> bool:
    """Whether the trail may hold the values of a column, by its privacy class."""
    columns = model.__table__.columns  # type: ignore[attr-defined]
    return name in columns and columns[name].info.get("privacy", Privacy.secret) in AUDITABLE


def changed_fields(
    model: type[SQLModel], after: Mapping[str, Any], before: Mapping[str, Any] | None = None
) -> dict[str, Any]:
    """The names of fields that changed; old and new value only where the column's privacy class allows it."""
    fields: dict[str, Any] = {}
    for name, new in after.items():
        old = before[name] if before is not None else None
        if before is not None and old == new:
            continue
        fields[name] = {"old": _plain(old), "new": _plain(new)} if speaks(model, name) else True
    return fields


def _plain(value: Any) -> Any:
    if isinstance(value, date | datetime):
        return value.isoformat()
    return str(value) if isinstance(value, UUID) else value
