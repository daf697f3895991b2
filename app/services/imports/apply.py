"""The job that applies an import: its rows batch by batch, each once, as its actor may and as the record stands now."""

from uuid import UUID

import asyncpg

from app.core import clock
from app.core.actor import Actor
from app.core.db import Database, Session
from app.core.permissions import Permission
from app.models.branches import TAKES_NOBODY
from app.models.imports import Import, ImportState
from app.services.changes import record_change
from app.services.imports.barred import refuse_barred
from app.services.imports.file import erase_file
from app.services.imports.preview import count_rows
from app.services.imports.records import find_import, open_branch
from app.services.imports.write import IN_BATCH, add_people, add_terms, correct_people
from app.services.jobs import Progress

#: Rows written in one transaction.
BATCH = 4_000

#: Two appliers at once would each not see the other's people: one at a time, in the whole organisation.
_ONE_AT_A_TIME = "select pg_advisory_xact_lock(hashtext('rollbook.imports.apply'))"
_NEXT = """
select max(number) as last, count(*) as rows from (
  select number from import_rows
  where import_id = $1 and number > $2 and outcome in ('create', 'update') order by number limit $3) batch
"""
_COUNT = f"""
select count(*) filter (where r.outcome = 'create') as create,
  coalesce(array_agg(r.number order by r.number) filter (where r.outcome = 'update'), '{{}}') as update
from import_rows r where {IN_BATCH} and r.outcome in ('create', 'update')
"""


def _refuse(condition: str, pointer: str, code: str, message: str) -> str:
    return f"""
    update import_rows r set outcome = 'refused', person_id = null, member_id = null, changes = null,
      errors = coalesce(r.errors, '[]') || jsonb_build_array(jsonb_build_object(
        'pointer', '{pointer}', 'code', '{code}', 'message', '{message}'))
    where {IN_BATCH} and {condition}
    """


#: Held still until their members are in them, so that none is dissolved meanwhile as an empty one.
_UNITS = f"""
select array_agg(id) from (
  select id from branches
  where id = any (array(select distinct (r.proposed -> 'member' ->> 'branch_id')::uuid from import_rows r
                        where {IN_BATCH} and r.outcome = 'create'))
    and path @> array[$4::uuid] and status <> all ($5::text[])
  for key share) units
"""
_CLOSED = _refuse(
    "r.outcome = 'create' and ((r.proposed -> 'member' ->> 'branch_id')::uuid = any ($4::uuid[])) is not true",
    "/branch",
    "branch_closed",
    "Since the preview this unit has been closed, or moved elsewhere.",
)
#: Somebody else may have brought in the same people since the preview.
_KNOWN = f"""
update import_rows r set outcome = 'known', person_id = m.person_id, member_id = m.id
from members m
where {IN_BATCH} and r.outcome = 'create' and m.source_key = r.proposed -> 'member' ->> 'source_key'
"""
_TAKEN = _refuse(
    "r.outcome = 'create' and exists (select from members m where m.number = r.proposed -> 'member' ->> 'number')",
    "/number",
    "number_taken",
    "Somebody else on record has this number.",
)
#: As every writer of a record does, begin with the person's row.
_HOLD = f"""
select from people p where p.id = any (
  array(select r.person_id from import_rows r where {IN_BATCH} and r.outcome = 'update')) order by p.id for update
"""
_CHANGED = _refuse(
    "r.outcome = 'update' and not exists (select from members m join people p on p.id = m.person_id "
    "where m.id = r.member_id and m.version = r.member_version and p.id = r.person_id and p.version = r.person_version "
    "and p.erased_at is null and m.branch_id = any (array(select b.id from branches b where b.path @> array[$4::uuid]))"
    ")",
    "",
    "changed_since_preview",
    "The record has been changed since the preview; bring the file in again.",
)


async def apply_import(database: Database, actor: Actor, import_id: UUID) -> Progress:
    """The next batch of an import.

    Raises `NotFound`, `Forbidden` and `BranchClosed` as the actor and the branch stand now.
    """
    async with database.transaction(actor) as session:
        row = await find_import(session, actor, import_id, hold=True)
        if row["state"] != ImportState.applying:
            return Progress(row["done"], row["total"], finished=True)
        await open_branch(session, actor, row["branch_id"])
        if row["sets_past"]:
            actor.must(Permission.members_decide, [actor.organisation_id])
        await session.execute(_ONE_AT_A_TIME)
        # Staged rows have no statistics: whatever belongs to a row is looked up by its index.
        await session.execute("set local enable_hashjoin = off; set local enable_mergejoin = off")
        return await _apply_batch(session, actor, row)


async def _apply_batch(session: Session, actor: Actor, row: asyncpg.Record) -> Progress:
    import_id, after = row["id"], row["applied_through"]
    found = await session.fetchrow(_NEXT, import_id, after, BATCH)
    if found is None or not found["rows"]:
        await _finish(session, actor, row)
        return Progress(row["total"] or row["done"], row["total"], finished=True)
    through = found["last"]
    await _look_again(session, actor, row, after, through)
    left = await session.fetchrow(_COUNT, import_id, after, through)
    assert left is not None
    if left["create"]:
        await add_people(session, actor, import_id, after, through, most=left["create"])
    await correct_people(session, actor, import_id, left["update"])
    await add_terms(session, actor, import_id, after, through)
    done = row["done"] + found["rows"]
    await session.update(Import, import_id, {"applied_through": through, "done": done})
    return Progress(done, row["total"], finished=False)


async def _look_again(session: Session, actor: Actor, row: asyncpg.Record, after: int, through: int) -> None:
    """Set aside what has become known, taken, closed, barred or changed since the preview."""
    batch = (row["id"], after, through)
    units = await session.fetchval(_UNITS, *batch, row["branch_id"], list(TAKES_NOBODY))
    await session.execute(_CLOSED, *batch, units or [])
    await session.execute(_KNOWN, *batch)
    await session.execute(_TAKEN, *batch)
    await refuse_barred(session, actor, *batch)
    await session.execute(_HOLD, *batch)
    await session.execute(_CHANGED, *batch, row["branch_id"])


async def _finish(session: Session, actor: Actor, row: asyncpg.Record) -> None:
    counts = (await count_rows(session, actor, row["id"])).model_dump()
    await session.update(
        Import,
        row["id"],
        {
            "state": ImportState.applied,
            "applied_at": clock.now(),
            "counts": counts,
            "done": row["total"],
            "file_id": None,
        },
    )
    await erase_file(session, actor, row["id"])
    await record_change(
        session,
        actor,
        "import.applied",
        resource="imports",
        subject_id=row["id"],
        branch_id=row["branch_id"],
        fields={"counts": counts},
    )
