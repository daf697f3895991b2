"""An import from the server's command line: who does it, into which unit, and what is said on the way."""

import json
import sys
from collections.abc import Callable
from pathlib import Path
from uuid import UUID

from pydantic import ValidationError

from app.core.actor import Actor
from app.core.db import Database
from app.core.errors import AppError, FieldError, NotFound
from app.core.settings import Settings
from app.core.tabular import FileRefused
from app.core.text import fold
from app.models.imports import ImportMapping
from app.services.console import act_as
from app.services.imports import MappingIncomplete, withheld_fields
from app.services.imports_mapping import Proposal
from app.services.imports_run import apply_import, preview_file, read_file

Say = Callable[[str], None]


async def import_from(
    settings: Settings, email: str, path: Path, *, branch: str, mapping_file: Path | None, apply: bool, say: Say
) -> None:
    """`bring_in` on this deployment's database; a refusal ends the process, in lines for people."""
    async with Database.opened(settings.app_dsn, settings.master_key) as database:
        try:
            await bring_in(database, email, path, branch=branch, mapping_file=mapping_file, apply=apply, say=say)
        except AppError as error:
            faults = [f"  {fault.pointer}: {fault.message}" for fault in error.errors]
            sys.exit("\n".join([f"rollbook: {error.detail}", *faults]))


class BranchNotNamed(NotFound):
    code = "branch_unknown"
    sentence = "Exactly one unit must bear this {noun}: give its name in full, or its id."


async def bring_in(
    database: Database,
    email: str,
    path: Path,
    *,
    branch: str,
    mapping_file: Path | None,
    apply: bool,
    say: Say,
) -> None:
    """Read a file, say what it would come to and, with `apply`, bring the people in. Raises as the steps do."""
    actor = await act_as(database, email)
    branch_id = await _find_branch(database, actor, branch)
    mapping = read_mapping(mapping_file) if mapping_file else None
    table, proposal = read_file(actor, path, mapping=mapping)
    say(f"{table.encoding}, cut by {table.delimiter!r}, headings in row {table.header}.")
    _say_mapping(actor, proposal, say)
    preview = await preview_file(database, actor, table, proposal, branch_id, say=say)
    say(json.dumps(preview.counts.model_dump(exclude={"applied"})))
    if not apply:
        say("Nothing is written yet; repeat with --yes to bring them in.")
        return
    counts = await apply_import(database, actor, preview.import_id, say=say)
    say(f"{counts.applied} people brought in.")


def read_mapping(path: Path) -> ImportMapping:
    """A mapping from a file of JSON, as it was printed. Raises `FileRefused` and `MappingIncomplete`."""
    try:
        return ImportMapping.model_validate_json(path.read_text("utf-8"))
    except (OSError, UnicodeDecodeError):
        raise FileRefused(reason="the mapping is no text that can be read.") from None
    except ValidationError as error:
        found = error.errors(include_input=False, include_url=False)
    errors = [
        FieldError("/mapping" + "".join(f"/{step}" for step in item["loc"]), item["type"], item["msg"])
        for item in found
    ]
    raise MappingIncomplete(errors=tuple(errors))


def _say_mapping(actor: Actor, proposal: Proposal, say: Say) -> None:
    say(json.dumps(proposal.mapping.model_dump(mode="json", exclude_defaults=True), indent=2, ensure_ascii=False))
    for note in proposal.notes:
        say(f"{', '.join(note.columns)}: {note.message}")
    for name in withheld_fields(actor, proposal.mapping):
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
