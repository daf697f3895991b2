"""What every change leaves behind, in its own transaction: a line in the audit trail, and an event."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from pydantic_core import to_json
from sqlmodel import SQLModel

from app.core import clock
from app.core.actor import Actor
from app.core.db import Database, Session
from app.core.ids import new_id
from app.core.privacy import AUDITABLE, Privacy

_AUDIT = """
insert into audit_entries
  (id, created_at, transaction, action, resource, subject_id, branch_id, wall_key, account_id, client_id, fields)
values ($1, $2, pg_current_xact_id()::text::bigint, $3, $4, $5, $6, $7, $8, $9, $10)
"""
_AUDIT_AND_EVENT = f"""
with trail as ({_AUDIT})
insert into events (id, created_at, transaction, type, resource, subject_id, branch_id, wall_key, data)
values ($11, $2, pg_current_xact_id()::text::bigint, $3, $4, $5, $6, $7, '{{}}')
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
    event: bool = True,
) -> None:
    """Write the audit entry and, unless it concerns the house alone, the event of a change that was just made.

    `action` is `noun.verb` in the past tense and names both. `fields` comes from `changed_fields`.
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
        await session.execute(_AUDIT_AND_EVENT, *values, new_id())
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


_AUDIT_MANY = """
insert into audit_entries
  (id, created_at, transaction, action, resource, subject_id, branch_id, account_id, client_id, fields)
select id, $2, pg_current_xact_id()::text::bigint, $3, $4, subject_id, branch_id, $5, $6, fields
from jsonb_to_recordset($1::text::jsonb) as made(id uuid, subject_id uuid, branch_id uuid, fields jsonb)
"""
_EVENTS_MANY = """
insert into events (id, created_at, transaction, type, resource, subject_id, branch_id, data)
select event_id, $2, pg_current_xact_id()::text::bigint, $3, $4, subject_id, branch_id, '{}'
from jsonb_to_recordset($1::text::jsonb) as made(event_id uuid, subject_id uuid, branch_id uuid)
"""


@dataclass(frozen=True, slots=True)
class Change:
    """One of many like changes; `fields` comes from `changed_fields`."""

    subject_id: UUID
    branch_id: UUID
    fields: Mapping[str, Any]


async def record_changes(session: Session, actor: Actor, action: str, *, resource: str, made: Sequence[Change]) -> None:
    """What `record_change` writes, for many records changed alike in one transaction."""
    rows = [
        {
            "id": new_id(),
            "event_id": new_id(),
            "subject_id": change.subject_id,
            "branch_id": change.branch_id,
            "fields": change.fields,
        }
        for change in made
    ]
    text, now = to_json(rows).decode(), clock.now()
    await session.execute(_AUDIT_MANY, text, now, action, resource, actor.account_id, actor.client_id)
    await session.execute(_EVENTS_MANY, text, now, action, resource)


def changed_fields(
    model: type[SQLModel], after: Mapping[str, Any], before: Mapping[str, Any] | None = None
) -> dict[str, Any]:
    """The names of fields that changed; old and new value only where the column's privacy class allows it."""
    columns = model.__table__.columns  # type: ignore[attr-defined]
    fields: dict[str, Any] = {}
    for name, new in after.items():
        old = before[name] if before is not None else None
        if before is not None and old == new:
            continue
        speaks = name in columns and columns[name].info.get("privacy", Privacy.secret) in AUDITABLE
        fields[name] = {"old": _plain(old), "new": _plain(new)} if speaks else True
    return fields


def _plain(value: Any) -> Any:
    if isinstance(value, date | datetime):
        return value.isoformat()
    return str(value) if isinstance(value, UUID) else value
