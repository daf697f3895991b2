"""Exports: asking for members as a file, confirming one of the whole organisation, withdrawing one's own.

What is asked for is judged now; whoever gets it is judged again at each download (`exports_content`). Nobody but the
asker ever gets the file.
"""

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from datetime import timedelta
from typing import Any, Literal
from uuid import UUID

import asyncpg

from app.core import clock
from app.core.actor import Actor
from app.core.db import Session
from app.core.paging import Answer, Body, Decorate, PageQuery, Where, list_page
from app.core.permissions import Permission
from app.models.exports import Export, ExportCreate, ExportFormat, ExportRefuse, ExportState
from app.models.jobs import JobKind
from app.models.member_verbs import MemberFilter
from app.services.access import record_read
from app.services.changes import changed_fields, record_change
from app.services.envelopes import destroy_key
from app.services.exports_asked import check_size, choose_columns, find_reach
from app.services.exports_lifecycle import EXPORT
from app.services.exports_records import EXPORTS, answer, find_askers, find_export, seen_by, told
from app.services.exports_rows import Selection, count_rows
from app.services.jobs import enqueue_job

#: For how long a file can be fetched once it is ready.
LIVES = {ExportFormat.csv: timedelta(hours=24), ExportFormat.xlsx: timedelta(days=7)}


class ExportsQuery(PageQuery):
    """Which of one's own exports, and of those that one may confirm."""

    state: ExportState | None = None
    sort: Literal["created_at", "-created_at"] = "-created_at"


async def list_exports(session: Session, actor: Actor, query: ExportsQuery) -> Body:
    """A page of one's own exports and of those that one may confirm. Raises `CursorInvalid`."""
    where = Where()
    if query.state in (ExportState.ready, ExportState.expired):
        over = "e.expires_at <= {}" if query.state is ExportState.expired else "e.expires_at > {}"
        where.add(f"e.state = 'ready' and {over}", clock.now())
    elif query.state is not None:
        where.add("e.state = {}", query.state)

    async def prepare(rows: list[asyncpg.Record]) -> Decorate:
        names = await find_askers(session, {row["account_id"] for row in rows})
        return lambda row: told(actor, row, names[row["account_id"]]["name"])

    await record_read(session, actor, "exports", purpose="list")
    return await list_page(session, actor, EXPORTS, where, query, sort=query.sort, prepare=prepare)


async def get_export(session: Session, actor: Actor, export_id: UUID) -> Answer:
    """An export with what the actor may do to it. Raises `NotFound`. The read is logged."""
    row = await find_export(session, actor, export_id)
    await record_read(session, actor, "exports", purpose="read", subject_id=export_id, branch_id=row["branch_id"])
    return await answer(session, actor, row)


async def create_export(session: Session, actor: Actor, data: ExportCreate) -> Answer:
    """Ask for members as a file. One that spans the whole organisation waits for a second person.

    Raises `NotFound` for a unit that is not there, `Forbidden` naming the right that is missing where the export
    reaches, `TooManyRows`, and `Invalid` for columns that do not belong to the use.
    """
    reach = await find_reach(session, actor, data)
    columns = choose_columns(actor, data, reach)
    filters = {name: value for name, value in data.model_dump(mode="json").items() if name in MemberFilter.model_fields}
    selection = Selection(reach.unit_ids, data, data.contact_by, columns)
    counted = await count_rows(session, actor, selection)
    check_size(data.format, counted.rows)
    export = Export(
        account_id=actor.account_id,
        client_id=actor.client_id,
        sign_in_id=actor.sign_in_id,
        branch_id=reach.branch_id,
        unit_ids=list(reach.unit_ids),
        format=data.format,
        use=data.use,
        contact_by=data.contact_by,
        columns=list(columns),
        filters=filters,
        purpose=data.purpose,
        rows=counted.rows,
        omitted=counted.omitted,
        without_address=counted.without_address,
        **({"state": ExportState.asked} if reach.is_national else _begin(data.format)),
    )
    await session.insert(export)
    if export.state == ExportState.preparing:
        await _enqueue(session, actor, export.id, reach.branch_id)
    row = await find_export(session, actor, export.id)
    said = {name: row[name] for name in ("format", "use", "contact_by", "columns", "filters", "rows", "state")}
    await _record(session, actor, "export.created", row, changed_fields(Export, said))
    return await answer(session, actor, row)


async def confirm_export(session: Session, actor: Actor, export_id: UUID) -> Answer:
    """Let an export of the whole organisation be made, as a second person. Who asked is judged again, now.

    Raises `Forbidden`, `NotFound`, `ActionNotAllowed`.
    """
    before, record = await _decide(session, actor, export_id, "confirm")
    changes: dict[str, Any] = {"decided_by": actor.account_id, **_begin(ExportFormat(before["format"]))}
    await session.update(Export, export_id, changes)
    if changes["state"] == ExportState.preparing:
        async with _in_the_name_of(session, actor, record["asker"]) as asker:
            await _enqueue(session, asker, export_id, before["branch_id"])
    return await _changed(session, actor, "export.confirmed", before, changes)


async def refuse_export(session: Session, actor: Actor, export_id: UUID, data: ExportRefuse) -> Answer:
    """Turn an export of the whole organisation down. Raises `Forbidden`, `NotFound`, `ActionNotAllowed`."""
    before, _ = await _decide(session, actor, export_id, "refuse")
    changes = {"state": ExportState.refused, "decided_by": actor.account_id, "decision_reason": data.reason}
    await session.update(Export, export_id, changes)
    return await _changed(session, actor, "export.refused", before, changes)


async def withdraw_export(session: Session, actor: Actor, export_id: UUID) -> Answer:
    """Take one's own export back; a workbook that was built is gone at once.

    Raises `NotFound`, `ActionNotAllowed`.
    """
    before, _ = await _take(session, actor, export_id, "withdraw")
    changes = {"state": ExportState.cancelled}
    await session.update(Export, export_id, changes)
    if before["format"] == ExportFormat.xlsx:
        # One that is still being built finds no key to be sealed under.
        await destroy_key(session, export_id)
    return await _changed(session, actor, "export.withdrawn", before, changes)


def ready(format: ExportFormat) -> dict[str, Any]:
    """The columns of an export whose file can be fetched from now on."""
    return {"state": ExportState.ready, "expires_at": clock.now() + LIVES[format]}


def _begin(format: ExportFormat) -> dict[str, Any]:
    """Those of one that may be made: a CSV is made as it is sent, a workbook has to be built first."""
    return {"state": ExportState.preparing} if format is ExportFormat.xlsx else ready(format)


async def _enqueue(session: Session, actor: Actor, export_id: UUID, branch_id: UUID) -> None:
    job_id = await enqueue_job(
        session, actor, JobKind.build_export, resource="exports", subject_id=export_id, branch_id=branch_id
    )
    await session.update(Export, export_id, {"job_id": job_id})


@asynccontextmanager
async def _in_the_name_of(session: Session, actor: Actor, asker: Actor) -> AsyncIterator[Actor]:
    """A piece of a decision that is the asker's doing: a job is whose work it is, with that one's rights."""
    name = "select set_config('rollbook.account', $1, true)"
    await session.execute(name, str(asker.account_id))
    yield asker
    await session.execute(name, str(actor.account_id))


async def _decide(
    session: Session, actor: Actor, export_id: UUID, action: str
) -> tuple[asyncpg.Record, Mapping[str, Any]]:
    """An export that waits for a second person, judged; such a one spans the whole, and so must the right."""
    actor.must(Permission(EXPORT.permission(action)), (actor.organisation_id,))
    return await _take(session, actor, export_id, action)


async def _take(
    session: Session, actor: Actor, export_id: UUID, action: str
) -> tuple[asyncpg.Record, Mapping[str, Any]]:
    """The export, held against other writers, and as seen by the actor, who may take the action."""
    await session.execute("select from exports where id = $1 for no key update", export_id)
    row = await find_export(session, actor, export_id)
    record = await seen_by(session, actor, row)
    EXPORT.check(record, action, clock.today())
    return row, record


async def _changed(
    session: Session, actor: Actor, event: str, before: asyncpg.Record, changes: Mapping[str, Any]
) -> Answer:
    after = await find_export(session, actor, before["id"])
    known = {name: value for name, value in changes.items() if name == "state"}
    await _record(session, actor, event, after, changed_fields(Export, known, before))
    return await answer(session, actor, after)


async def _record(session: Session, actor: Actor, action: str, row: asyncpg.Record, fields: Mapping[str, Any]) -> None:
    await record_change(
        session,
        actor,
        action,
        resource="exports",
        subject_id=row["id"],
        branch_id=row["branch_id"],
        fields=fields,
    )
