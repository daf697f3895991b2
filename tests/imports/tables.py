"""Small tables for tests of reading: a file's content, what is proposed for it, and its rows as they are read."""

from collections.abc import Sequence
from datetime import date
from pathlib import Path
from typing import Any
from uuid import UUID

from app.core.tabular import Table, open_table
from app.core.text import fold
from app.models.imports import FieldMapping, ImportField, ImportMapping, ImportPreset
from app.services.imports.mapping import Proposal, propose, recognise
from app.services.imports.rows import Ground, RowRead, RowReader, Unit

TODAY = date(2026, 7, 1)
HOME = Unit(UUID(int=1))
DALSTON = Unit(UUID(int=2))
CLOSED = Unit(UUID(int=3), "branch_closed")
UNITS = {fold(name): unit for name, unit in {"Dalston": DALSTON, str(DALSTON.id): DALSTON, "Closed": CLOSED}.items()}


def table(path: Path, content: str | bytes) -> Table:
    file = path / "people.csv"
    file.write_bytes(content.encode() if isinstance(content, str) else content)
    return open_table(file, recognise)


def proposed(
    path: Path, content: str | bytes, *, whole: bool = True, preset: ImportPreset | None = None
) -> tuple[Proposal, list[RowRead]]:
    """What is proposed for a file, and its rows as the proposal reads them."""
    found = table(path, content)
    proposal = propose(found, whole=whole, preset=preset)
    reader = reader_of(proposal.mapping, found.headings, whole=whole)
    return proposal, [reader.read(record.cells) for record in found.rows()]


def reader_of(mapping: ImportMapping, headings: Sequence[str], *, whole: bool = True, **ground: Any) -> RowReader:
    return RowReader(
        Ground(mapping=mapping, headings=headings, today=TODAY, units=UNITS, home=HOME, whole=whole, **ground)
    )


def mapping(**columns: str | list[str] | FieldMapping) -> ImportMapping:
    """A mapping of fields to one column, to several, or to more than that."""
    return ImportMapping(
        fields={
            ImportField(name): given
            if isinstance(given, FieldMapping)
            else FieldMapping(columns=[given] if isinstance(given, str) else given)
            for name, given in columns.items()
        }
    )


def read(fields: ImportMapping, *, whole: bool = True, **cells: str) -> RowRead:
    """One row with these cells under these headings, and the name that everybody needs."""
    named = {"First": "Ann", "Last": "Ash", **cells}
    given = {ImportField.given_name: "First", ImportField.family_name: "Last"}
    names = {name: FieldMapping(columns=[column]) for name, column in given.items()}
    full = fields.model_copy(update={"fields": {**names, **fields.fields}})
    return reader_of(full, list(named), whole=whole).read(list(named.values()))


def faults(row: RowRead) -> list[tuple[str, str]]:
    """What is wrong with a row of somebody who is not on record."""
    unless_known = row.proposed.get("unless_known", []) if row.proposed else []
    return [(error["pointer"], error["code"]) for error in row.errors + unless_known]


def columns(proposal: Proposal) -> dict[str, list[str]]:
    return {name.value: mapped.columns for name, mapped in proposal.mapping.fields.items()}


def codes(proposal: Proposal) -> list[str]:
    return [note.code for note in proposal.notes]
