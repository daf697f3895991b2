"""Our import, as a worker does it: step after step, with the actor's rights looked up anew before each."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from pathlib import Path
from uuid import UUID

from app.core.actor import Actor
from app.core.db import Database
from app.jobs.work import Step
from app.models.imports import ImportCounts, ImportState
from app.services.imports import Upload, apply_import, create_import
from app.services.imports.apply import apply_import as apply_step
from app.services.imports.read import read_import as read_step
from app.services.rights import actor_at_work
from app.services.sign_ins import HOUSE_CLIENT
from benchmarks.bulk.timing import Phases
from benchmarks.fill import Scope

_PIECE = 1 << 16


async def import_by_ours(database: Database, scope: Scope, path: Path, phases: Phases) -> ImportCounts:
    """Bring a file into the unit of a scope; returns what came of it."""
    actor = await _actor(database, scope)
    with phases("take in"):
        async with database.transaction(actor) as session:
            made = await create_import(session, actor, scope.unit, Upload("people.csv", _pieces(path)), queue=False)
    await _work(
        database, scope, made.id, read_step, phases, {ImportState.uploaded: "read", ImportState.validated: "preview"}
    )
    with phases("apply"):
        async with database.transaction(actor) as session:
            await apply_import(session, actor, made.id, queue=False)
        while not (await apply_step(database, await _actor(database, scope), made.id)).finished:
            pass
    return ImportCounts(**json.loads(await _column(database, actor, made.id, "counts::text")))


async def _work(
    database: Database, scope: Scope, import_id: UUID, step: Step, phases: Phases, names: dict[ImportState, str]
) -> None:
    """Take every step of a job; the state before a step says which phase it belongs to."""
    finished, spent = False, dict.fromkeys(names.values(), 0)
    while not finished:
        actor = await _actor(database, scope)
        name = names[ImportState(await _column(database, actor, import_id, "state"))]
        with phases(name, more=spent[name] > 0):
            finished = (await step(database, actor, import_id)).finished
        spent[name] += 1


async def _actor(database: Database, scope: Scope) -> Actor:
    actor = await actor_at_work(database, scope.token_subject, HOUSE_CLIENT, scope.sign_in_id)
    assert actor is not None
    return actor


async def _column(database: Database, actor: Actor, import_id: UUID, column: str) -> str:
    async with database.transaction(actor) as session:
        return str(await session.fetchval(f"select {column} from imports where id = $1", import_id))


async def _pieces(path: Path) -> AsyncIterator[bytes]:
    content = path.read_bytes()
    for start in range(0, len(content), _PIECE):
        yield content[start : start + _PIECE]
