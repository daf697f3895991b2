"""Writing a table so that a spreadsheet opens it, runs nothing in it, and `open_table` reads it back."""

import csv
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path

import xlsxwriter

from app.core.tabular.base import FileRefused, Layout
from app.core.tabular.formulas import harmless
from app.core.tabular.kinds import survey
from app.core.tabular.sheet import MOST_ROWS, WIDEST

#: The media type of a workbook.
WORKBOOK = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
LONGEST_CELL = 32_767

_PIECE = 1 << 16
#: Wide encodings are written with their mark, for not every program knows them by their NULs.
_MARKED = {"utf-16-le": "utf-16", "utf-16-be": "utf-16", "utf-32-le": "utf-32", "utf-32-be": "utf-32"}
#: Nothing in a cell is taken for more than text.
_AS_TEXT = {"strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False}


def write_table(path: Path, layout: Layout, headings: Sequence[str], rows: Iterable[Sequence[str]]) -> Layout:
    """Write rows below headings in a file's own format, every cell harmless. Returns how it was written.

    A text that its encoding has no signs for is written in UTF-8 with a mark, which every spreadsheet knows. Raises
    `FileRefused` where a workbook cannot hold it.
    """
    if layout.format == "xlsx":
        return _write_workbook(path, layout, headings, rows)
    encoding = _MARKED.get(layout.encoding or "utf-8", layout.encoding or "utf-8")
    written = replace(layout, header=1, encoding="utf-8-sig" if encoding == "cp1252" else encoding)
    with path.open("w", encoding=written.encoding, errors="replace", newline="") as file:
        # With marks around every cell, nothing within one can be taken for the delimiter.
        writer = csv.writer(file, delimiter=layout.delimiter or ",", quoting=csv.QUOTE_ALL)
        writer.writerows([harmless(cell) for cell in row] for row in _all(headings, rows))
    return replace(written, encoding=encoding) if encoding == "cp1252" and _narrowed(path) else written


def _all(headings: Sequence[str], rows: Iterable[Sequence[str]]) -> Iterator[Sequence[str]]:
    yield headings
    yield from rows


def _narrowed(path: Path) -> bool:
    """Put a text in UTF-8 into Windows-1252, if that has all its signs and would not be taken for UTF-8 again."""
    narrow = path.with_name(f"{path.name}.cp1252")
    try:
        with path.open(encoding="utf-8-sig", newline="") as wide, narrow.open("w", encoding="cp1252", newline="") as to:
            while piece := wide.read(_PIECE):
                to.write(piece)
        kept = survey(narrow, b"")[1] == "cp1252"
    except UnicodeEncodeError:
        kept = False
    if kept:
        narrow.replace(path)
    else:
        narrow.unlink()
    return kept


def _write_workbook(path: Path, layout: Layout, headings: Sequence[str], rows: Iterable[Sequence[str]]) -> Layout:
    # Rows leave memory for a file beside this one, where the same people can look as at this one.
    options = {"constant_memory": True, "tmpdir": str(path.parent), **_AS_TEXT}
    with xlsxwriter.Workbook(str(path), options) as book:
        sheet = book.add_worksheet()
        for number, row in enumerate(_all(headings, rows)):
            if number >= MOST_ROWS or len(row) > WIDEST:
                raise FileRefused(reason="it has more rows or columns than a workbook holds; CSV holds them.")
            for place, cell in enumerate(map(harmless, row)):
                if len(cell) > LONGEST_CELL:
                    raise FileRefused(reason=f"row {number + 1} has a cell longer than a workbook holds; CSV holds it.")
                sheet.write_string(number, place, cell)
        return replace(layout, header=1, encoding=None, delimiter=None, sheet=sheet.get_name())
