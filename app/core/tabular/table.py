"""A file that can be read as a table, and how it is found to be one.

A file is read twice and never held (a workbook's sheet is, within limits): once to learn how it is written and where
its headings are, then row by row. What cannot be read as one table is refused whole with `FileRefused`, which says
why; an odd row is handed on for the caller to judge.
"""

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

from app.core.tabular import text, workbook
from app.core.tabular.archive import MOST_PACKED
from app.core.tabular.base import FileRefused, Layout, Recognise, Record, is_filled
from app.core.tabular.headings import Note, find_headings
from app.core.tabular.kinds import digest, is_archive, read_start, survey

_SUPPOSED = ("encoding_supposed", "The file is not in UTF-8; it is read as Windows-1252. Look at names with accents.")


@dataclass(frozen=True, slots=True)
class Table:
    """A file that can be read as a table. `headings` are unique; `notes` are codes with a sentence each."""

    path: Path
    sha256: str
    layout: Layout
    headings: tuple[str, ...]
    notes: tuple[Note, ...] = ()
    #: Whether the first line of a text only names the delimiter.
    told: bool = False

    @property
    def encoding(self) -> str | None:
        return self.layout.encoding

    @property
    def delimiter(self) -> str | None:
        return self.layout.delimiter

    @property
    def header(self) -> int:
        return self.layout.header

    def rows(self) -> Iterator[Record]:
        """Every row below the headings that holds anything, without blank cells to the right of all headings.

        Raises `FileRefused` where the file stops being a table, or is not the one that was opened.
        """
        width = len(self.headings)
        for record in _filled(self._records()):
            cells = record.cells
            if record.number <= self.header:
                continue
            if len(cells) > width and not is_filled(cells[width:]):
                del cells[width:]
            yield record

    def _records(self) -> Iterator[Record]:
        if self.layout.sheet is not None:
            data = _data(self.path)
            if hashlib.sha256(data).hexdigest() != self.sha256:
                raise FileRefused(reason="it changed while it was read.")
            yield from workbook.records(data, self.layout.sheet)
            return
        yield from text.records(self.path, self.encoding or "utf-8", self.delimiter or ",", told=self.told)
        if digest(self.path) != self.sha256:
            raise FileRefused(reason="it changed while it was read.")


def open_table(path: Path, recognise: Recognise) -> Table:
    """Learn how a file is written. `recognise` counts the headings it knows in a row. Raises `FileRefused`."""
    start = read_start(path)
    if is_archive(start):
        return _open_workbook(path, recognise)
    sha256, encoding = survey(path, start)
    delimiter, told = text.find_delimiter(path, encoding)
    top = list(islice(_filled(text.records(path, encoding, delimiter, told=told)), text.SAMPLE))
    header, headings, notes = find_headings(top, recognise)
    if encoding == "cp1252":
        notes.append(_SUPPOSED)
    layout = Layout("csv", header, encoding=encoding, delimiter=delimiter)
    return Table(path, sha256, layout, headings, tuple(notes), told)


def _open_workbook(path: Path, recognise: Recognise) -> Table:
    data = _data(path)
    sheet, top, notes = workbook.find_sheet(data, text.SAMPLE)
    header, headings, more = find_headings(top, recognise)
    layout = Layout("xlsx", header, sheet=sheet)
    return Table(path, hashlib.sha256(data).hexdigest(), layout, headings, (*more, *notes))


def _data(path: Path) -> bytes:
    """A workbook, whole: what was looked into is what is loaded."""
    try:
        with path.open("rb") as file:
            return file.read(MOST_PACKED + 1)
    except OSError:
        raise FileRefused(reason="it cannot be opened.") from None


def _filled(records: Iterator[Record]) -> Iterator[Record]:
    return (record for record in records if is_filled(record.cells))
