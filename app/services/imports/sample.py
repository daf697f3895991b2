"""A file on its way to a mapping: its columns by what their headings mean, and a sample of what stands in them."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from itertools import islice
from typing import Literal

from app.core.tabular import Table, plain
from app.models.imports import FieldMapping, ImportField, ImportNote
from app.services.imports.cells import LONGEST_CELL
from app.services.imports.values import trim

#: Rows of a file that are looked at for a proposal; the order of dates is looked for in all of them.
SAMPLE = 2_000


@dataclass
class FileSample:
    """What is known of a file, and what has been made of it so far."""

    table: Table
    by_meaning: dict[str, list[str]]
    fields: dict[ImportField, FieldMapping] = field(default_factory=dict)
    checked: dict[str, Literal["date", "gender"]] = field(default_factory=dict)
    notes: list[ImportNote] = field(default_factory=list)

    @cached_property
    def rows(self) -> list[list[str]]:
        sample = islice(self.table.rows(), SAMPLE)
        return [[trim(plain(cell[:LONGEST_CELL]))[0] for cell in record.cells] for record in sample]

    def columns(self, *meanings: str) -> list[str]:
        return [heading for meaning in meanings for heading in self.by_meaning.get(meaning, [])]

    def values(self, heading: str) -> list[str]:
        """What stands in a column, without its empty cells."""
        place = self.table.headings.index(heading)
        return [cells[place] for cells in self.rows if len(cells) > place and cells[place]]

    def take(self, name: ImportField, columns: Sequence[str]) -> None:
        """Propose columns for a field, if there are any."""
        if columns:
            self.fields[name] = FieldMapping(columns=list(columns[:8]))

    def taken(self, name: ImportField) -> list[str]:
        mapped = self.fields.get(name)
        return mapped.columns if mapped else []

    def unused(self) -> list[str]:
        used = {heading for mapped in self.fields.values() for heading in mapped.columns}
        return [heading for heading in self.table.headings if heading not in used]

    def note(self, code: str, message: str, *columns: str, blocking: bool = False) -> None:
        self.notes.append(ImportNote(code=code, message=message, columns=list(columns), blocking=blocking))


def share(values: Sequence[str], read: Callable[[str], object]) -> float:
    """How many of the values can be read, of one; of none, none."""
    good = 0
    for value in values:
        try:
            read(value)
        except ValueError:
            continue
        good += 1
    return good / len(values) if values else 0.0
