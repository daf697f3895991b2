"""The job that takes an import back: a new write, judged now, row by row. What has changed since is left and named."""

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

import asyncpg
from pydantic_core import to_json

from app.core import clock
from app.core.actor import Actor
from app.core.db import Database, Session
from app.models.imports import Import, ImportState, RowOutcome, RowUndo
from app.services.changes import record_change, record_rows
from app.services.imports.preview import count_rows
from app.services.imports.records import find_import, judge
from app.services.imports.write import correct_people
from app.services.jobs import Progress

#: Rows taken back in one transaction.
BATCH = 1_000

_NEXT = """
select number, outcome from import_rows
where import_id = $1 and number <= $2 and outcome in ('create', 'update') and undo is null order by number limit $3
"""
_REMOVED = """
select r.member_id as subject_id, (r.proposed -> 'member' ->> 'branch_id')::uuid as branch_id, '{}'::jsonb as fields
from import_rows r where r.import_id = $8 and r.number = any ($9::bigint[]) order by r.number
"""
_HOLD = """
select from people p where p.id = any (
  array(select r.person_id from import_rows r where r.import_id = $1 and r.number = any ($2::bigint[])))
order by p.id for update
"""
#: Of rows that corrected somebody: whether the record is there, and which fields no longer hold what was written.
_STANDING = """
select r.number, p.erased_at is not null as erased, m.id is not null as seen, array(
    select f.key from jsonb_each(r.changes) f
    where (to_jsonb(p) || to_jsonb(m)) -> f.key is distinct from f.value -> 'new' order by f.key) as differing
from import_rows r
left join members m on m.id = r.member_id and m.branch_id = any ((select reach('members_write'))::uuid[])
left join people p on p.id = m.person_id
where r.import_id = $1 and r.number = any ($2::bigint[]) order by r.number
"""
#: What has been done to the records of rows since they came in, as far as the trail shows it to the actor.
_SINCE = """
select r.number, a.action, array(select jsonb_object_keys(a.fields) order by 1) as fields,
  a.fields ?| $3::text[] as about
from import_rows r join audit_entries a on a.resource = 'members' and a.subject_id = r.member_id
where r.import_id = $1 and r.number = any ($2::bigint[]) and a.created_at >= $4 and a.action <> 'member.created'
order by r.number, a.id
"""
_MARK = """
update import_rows r set undo = x.undo, undo_reasons = x.reasons
from jsonb_to_recordset($2::text::jsonb) as x(number bigint, undo text, reasons jsonb)
where r.import_id = $1 and r.number = x.number
"""


async def undo_import(database: Database, actor: Actor, import_id: UUID) -> Progress:
    """The next batch of an undoing. Raises `NotFound` and `Forbidden` as the actor stands now."""
    async with database.transaction(actor) as session:
        row = await find_import(session, actor, import_id, hold=True)
        if row["state"] != ImportState.undoing:
            return Progress(row["done"], row["total"], finished=True)
        judge(actor, row["path"])
        await session.execute("set local enable_hashjoin = off; set local enable_mergejoin = off")
        rows = await session.fetch(_NEXT, import_id, row["applied_through"], BATCH)
        if not rows:
            await _finish(session, actor, row)
            return Progress(row["done"], row["total"], finished=True)
        verdicts = [
            *await _remove(session, actor, row, [r["number"] for r in rows if r["outcome"] == RowOutcome.create]),
            *await _restore(session, actor, row, [r["number"] for r in rows if r["outcome"] == RowOutcome.update]),
        ]
        await session.execute(_MARK, import_id, to_json(verdicts).decode())
        done = row["done"] + len(rows)
        await session.update(Import, import_id, {"done": done})
        return Progress(done, row["total"], finished=False)


async def _remove(session: Session, actor: Actor, row: asyncpg.Record, numbers: Sequence[int]) -> list[dict[str, Any]]:
    """Take back those who came in, if nobody has touched them since."""
    if not numbers:
        return []
    found = await session.fetch("select * from remove_imported($1, $2::bigint[])", row["id"], list(numbers))
    gone = [one["row_number"] for one in found if one["result"] == RowUndo.undone]
    await record_rows(session, actor, "member.removed", len(gone), _REMOVED, row["id"], gone, resource="members")
    left = [one["row_number"] for one in found if one["result"] == RowUndo.changed]
    reasons = await _since(session, row, left)
    for one in found:
        if one["referring"] is not None:
            reasons.setdefault(one["row_number"], []).append(_reason("referred_to", table=one["referring"]))
    return [_verdict(one["row_number"], one["result"], reasons) for one in found]


async def _restore(session: Session, actor: Actor, row: asyncpg.Record, numbers: Sequence[int]) -> list[dict[str, Any]]:
    """Give back what fields held before, where they still hold what the import wrote; else leave the record whole."""
    if not numbers:
        return []
    await session.execute(_HOLD, row["id"], list(numbers))
    found = await session.fetch(_STANDING, row["id"], list(numbers))
    results = {one["number"]: _result(one) for one in found}
    back = [number for number, result in results.items() if result is RowUndo.undone]
    await correct_people(session, actor, row["id"], back, "old")
    if back:
        await session.execute("select remove_imported_terms($1, $2::bigint[])", row["id"], back)
    reasons: dict[int, list[dict[str, Any]]] = {}
    for one in found:
        if results[one["number"]] is RowUndo.changed:
            since = await _since(session, row, [one["number"]], one["differing"]) if one["seen"] else {}
            fallback = [_reason("changed_since", fields=one["differing"]) if one["seen"] else _reason("out_of_reach")]
            reasons[one["number"]] = since.get(one["number"]) or fallback
    return [_verdict(number, result, reasons) for number, result in results.items()]


def _result(one: asyncpg.Record) -> RowUndo:
    if one["erased"]:
        return RowUndo.erased
    return RowUndo.undone if one["seen"] and not one["differing"] else RowUndo.changed


async def _since(
    session: Session, row: asyncpg.Record, numbers: Sequence[int], differing: Sequence[str] | None = None
) -> dict[int, list[dict[str, Any]]]:
    """What the trail says was done to the records of rows; with `differing` only the last that touched one of these."""
    reasons: dict[int, list[dict[str, Any]]] = {}
    if not numbers:
        return reasons
    for one in await session.fetch(_SINCE, row["id"], list(numbers), list(differing or ()), row["created_at"]):
        said = _reason("changed_since", one["action"], fields=differing or one["fields"])
        if differing is None:
            reasons.setdefault(one["number"], []).append(said)
        elif one["about"]:
            reasons[one["number"]] = [said]
    return reasons


def _reason(
    code: str, action: str | None = None, *, fields: Sequence[str] = (), table: str | None = None
) -> dict[str, Any]:
    return {"code": code, "action": action, "fields": list(fields), "table": table}


def _verdict(number: int, result: str, reasons: Mapping[int, list[dict[str, Any]]]) -> dict[str, Any]:
    why = reasons.get(number, [_reason("out_of_reach")]) if result == RowUndo.changed else []
    return {"number": number, "undo": result, "reasons": why[:50] or None}


async def _finish(session: Session, actor: Actor, row: asyncpg.Record) -> None:
    counts = (await count_rows(session, actor, row["id"])).model_dump()
    await session.update(Import, row["id"], {"state": ImportState.undone, "undone_at": clock.now(), "counts": counts})
    await record_change(
        session,
        actor,
        "import.undone",
        resource="imports",
        subject_id=row["id"],
        branch_id=row["branch_id"],
        fields={"counts": counts},
    )
