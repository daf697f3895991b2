"""An import from the server's command line: who does it, into which unit, and what is said on the way."""

import json
import sys
from collections.abc import Callable
from pathlib import Path
from uuid import UUID

from app.core.actor import Actor
from app.core.db import Database
from app.core.errors import AppError, NotFound
from app.core.settings import Settings
from app.core.tabular import FileRefused
from app.core.text import fold
from app.models.imports import ImportMapping, ImportPreset
from app.services.console import act_as
from app.services.imports.check import read_mapping
from app.services.imports.mapping import WHOLE_ONLY
from app.services.imports.records import decides_for_all
from app.services.imports.run import Preview, apply_import, preview_file

Say = Callable[[str], None]


class BranchNotNamed(NotFound):
    code = "branch_unknown"
    sentence = "Exactly one unit must bear this {noun}: give its name in full, or its id."


async def import_from(
    settings: Settings,
    email: str,
    path: Path,
    *,
    branch: str,
    mapping_file: Path | None,
    preset: ImportPreset | None,
    apply: bool,
    say: Say,
) -> None:
    """`bring_in` on this deployment's database; a refusal ends the process, in lines for people."""
    async with Database.opened(settings.app_dsn, settings.master_key) as database:
        try:
            await bring_in(
                database, email, path, branch=branch, mapping_file=mapping_file, preset=preset, apply=apply, say=say
            )
        except AppError as error:
            faults = [f"  {fault.pointer}: {fault.message}" for fault in error.errors]
            sys.exit("\n".join([f"rollbook: {error.detail}", *faults]))


async def bring_in(
    database: Database,
    email: str,
    path: Path,
    *,
    branch: str,
    mapping_file: Path | None,
    preset: ImportPreset | None = None,
    apply: bool,
    say: Say,
) -> None:
    """Read a file, say what it would come to and, with `apply`, bring the people in. Raises as the steps do."""
    actor = await act_as(database, email)
    branch_id = await _find_branch(database, actor, branch)
    mapping = _mapping_of(mapping_file) if mapping_file else None
    preview = await preview_file(database, actor, path, branch_id, mapping=mapping, preset=preset, say=say)
    _say_mapping(actor, preview, say)
    say(json.dumps(preview.counts.model_dump(exclude={"applied", "undone", "changed", "erased"})))
    if not apply:
        say("Nothing is written yet; repeat with --yes to bring them in.")
        return
    counts = await apply_import(database, actor, preview.import_id, say=say)
    say(f"{counts.applied} people brought in.")


def _mapping_of(path: Path) -> ImportMapping:
    """A mapping from a file of JSON, as it was printed. Raises `FileRefused` and `MappingIncomplete`."""
    try:
        return read_mapping(path.read_text("utf-8"))
    except (OSError, UnicodeDecodeError):
        raise FileRefused(reason="the mapping is no text that can be read.") from None


def _say_mapping(actor: Actor, preview: Preview, say: Say) -> None:
    say(json.dumps(preview.mapping.model_dump(mode="json", exclude_defaults=True), indent=2, ensure_ascii=False))
    for note in preview.notes:
        say(f"{', '.join(note.columns)}: {note.message}".removeprefix(": "))
    for name in WHOLE_ONLY if not decides_for_all(actor) else ():
        if name in preview.mapping.fields:
            say(f"{name}: rows that set it are refused, for it needs members:decide at the root.")


async def _find_branch(database: Database, actor: Actor, text: str) -> UUID:
    """A unit by its id, or by its name where only one bears it. Raises `BranchNotNamed`."""
    try:
        return UUID(text)
    except ValueError:
        pass
    async with database.transaction(actor) as session:
        units = await session.fetch("select id, name, name_cy from branches")
    found = {unit["id"] for unit in units if fold(text) in {fold(unit["name"]), fold(unit["name_cy"] or "")}}
    if len(found) != 1:
        raise BranchNotNamed("name")
    return UUID(str(found.pop()))
