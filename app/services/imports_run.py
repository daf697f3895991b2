"""All steps of an import in a row, each in its own transaction: what the command line and the demo call."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import UUID

from app.core.actor import Actor
from app.core.db import Database
from app.core.errors import Unauthenticated
from app.core.ids import new_id
from app.core.tabular import Table, open_table
from app.core.tokens import Claims
from app.models.imports import ImportCounts, ImportMapping
from app.services.imports import check_mapping, decides_for_all, open_import, stage_import
from app.services.imports_apply import applied_counts, apply_batch, start_applying
from app.services.imports_mapping import Proposal, propose, recognise
from app.services.imports_preview import preview_import, validate_rows
from app.services.rights import actor_of

Say = Callable[[str], None]


@dataclass(frozen=True)
class Preview:
    """A staged file, what it would come to, and how it was read."""

    import_id: UUID
    table: Table
    proposal: Proposal
    counts: ImportCounts


def read_file(actor: Actor, path: Path, *, mapping: ImportMapping | None = None) -> tuple[Table, Proposal]:
    """A file and the mapping proposed for it, or the one given. Raises `FileRefused`."""
    table = open_table(path, recognise)
    if mapping is not None:
        return table, Proposal(mapping)
    return table, propose(table, whole=decides_for_all(actor))


async def preview_file(
    database: Database, actor: Actor, table: Table, proposal: Proposal, branch_id: UUID, *, say: Say
) -> Preview:
    """Stage a file, read every row and count; nobody is added.

    Raises `NotFound`, `Forbidden`, `ImportBranchClosed`, `MappingIncomplete`, `FileRefused`.
    """
    async with database.transaction(actor) as session:
        await open_import(session, actor, branch_id)
    check_mapping(table, proposal)
    async with database.transaction(actor) as session:
        import_id = await stage_import(session, actor, branch_id, table, proposal.mapping)
    row: int | None = 0
    while row is not None:
        async with database.transaction(actor) as session:
            row = await validate_rows(session, actor, import_id, after=row)
        if row is not None:
            say(f"  read up to row {row} …")
    async with database.transaction(actor) as session:
        counts = await preview_import(session, actor, import_id)
    return Preview(import_id, table, proposal, counts)


async def apply_import(database: Database, actor: Actor, import_id: UUID, *, say: Say) -> ImportCounts:
    """Write what was previewed; again, it goes on where it stopped, and once done does nothing.

    The actor's rights are looked up afresh for every batch. Raises `Unauthenticated`
    once the sign-in is no longer good.
    """
    async with database.transaction(actor) as session:
        await start_applying(session, actor, import_id)
    row: int | None = 0
    while row is not None:
        actor = await _as_of_now(database, actor)
        async with database.transaction(actor) as session:
            row = await apply_batch(session, actor, import_id, after=row)
        if row is not None:
            say(f"  brought in up to row {row} …")
    async with database.transaction(actor) as session:
        return await applied_counts(session, actor, import_id)


async def import_people(
    database: Database,
    actor: Actor,
    path: Path,
    branch_id: UUID,
    mapping: ImportMapping | None = None,
    *,
    say: Say,
) -> ImportCounts:
    """Bring a file of people into a branch's subtree, from reading to applying. Raises as the steps do."""
    table, proposal = read_file(actor, path, mapping=mapping)
    preview = await preview_file(database, actor, table, proposal, branch_id, say=say)
    return await apply_import(database, actor, preview.import_id, say=say)


async def _as_of_now(database: Database, actor: Actor) -> Actor:
    now = datetime.now(UTC)
    claims = Claims(actor.account_id, actor.sign_in_id, str(actor.client_id), now, now + timedelta(minutes=1), new_id())
    current = await actor_of(database, claims)
    if current is None:
        raise Unauthenticated
    return current
