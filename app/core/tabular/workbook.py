"""Tables in workbooks (.xlsx): the first visible sheet that holds rows, its cells as text.

A formula is what it last came to, a day is in ISO 8601, a number has no needless decimals. A cell that shows an error
(#N/A) is empty: what could not be worked out is not known. A merged cell stands in its first place only.
"""

import io
from collections.abc import Callable, Iterator
from datetime import date, datetime, time, timedelta
from itertools import islice
from math import isfinite
from typing import Any, TypeVar

from python_calamine import CalamineError, CalamineWorkbook, SheetTypeEnum, SheetVisibleEnum

from app.core.tabular.archive import inspect
from app.core.tabular.base import UNREADABLE, FileRefused, Record, is_filled
from app.core.tabular.headings import Note

T = TypeVar("T")

_DAMAGED = "it is a damaged workbook; open it, and save it as .xlsx once more."


def find_sheet(data: bytes, sample: int) -> tuple[str, list[Record], list[Note]]:
    """The sheet to be read, its first rows that hold anything, and what else there is to know. Raises `FileRefused`."""
    faulty = inspect(data)
    book = _load(data)
    if any(sheet.typ in (SheetTypeEnum.MacroSheet, SheetTypeEnum.Vba) for sheet in book.sheets_metadata):
        raise FileRefused(reason="it carries macros; save it as .xlsx, without them.")
    sheets = [sheet for sheet in book.sheets_metadata if sheet.typ is SheetTypeEnum.WorkSheet]
    shown = [sheet.name for sheet in sheets if sheet.visible is SheetVisibleEnum.Visible]
    tops = {name: list(islice((row for row in _rows(book, name) if is_filled(row.cells)), sample)) for name in shown}
    filled = [name for name in shown if tops[name]]
    if not filled:
        raise FileRefused(reason="it holds no rows.")
    notes = []
    if len(filled) > 1:
        notes.append(("sheets_not_read", f"Only one sheet is read; rows in others, not read: {len(filled) - 1}."))
    if len(sheets) > len(shown):
        notes.append(("sheets_hidden", f"Hidden sheets are not read: {len(sheets) - len(shown)}."))
    if faulty:
        notes.append(("cells_with_errors", f"Cells that show an error, such as #N/A, are read as empty: {faulty}."))
    return filled[0], tops[filled[0]], notes


def records(data: bytes, sheet: str) -> Iterator[Record]:
    """The rows of a sheet of a workbook that was found fit by `find_sheet`. Raises `FileRefused`."""
    return _rows(_load(data), sheet)


def _load(data: bytes) -> CalamineWorkbook:
    return _guarded(lambda: CalamineWorkbook.from_filelike(io.BytesIO(data)))


def _rows(book: CalamineWorkbook, name: str) -> Iterator[Record]:
    sheet = _guarded(lambda: book.get_sheet_by_name(name))
    for number, row in enumerate(sheet.iter_rows(), start=1):
        yield Record(number, [_text(cell) for cell in row])


def _guarded(load: Callable[[], T]) -> T:
    """What a parser returns that may fail in as many ways as there are broken files, or even panic."""
    try:
        return load()
    except (CalamineError, OSError, ValueError, OverflowError):
        raise FileRefused(reason=_DAMAGED) from None
    except BaseException as error:
        if type(error).__name__ == "PanicException":
            raise FileRefused(reason=_DAMAGED) from None
        raise


def _text(value: Any) -> str:
    if isinstance(value, str):
        return value.replace("\0", UNREADABLE).replace("\ufeff", "")
    if isinstance(value, bool):
        return "TRUE" if value else "FALSE"
    return _number(value) if isinstance(value, int | float) else _moment(value)


def _moment(value: date | time | timedelta) -> str:
    if isinstance(value, datetime):
        # A spreadsheet counts in days, and comes a little short of whole seconds.
        near = (value + timedelta(milliseconds=500)).replace(microsecond=0)
        return near.date().isoformat() if near.time() == time() else near.isoformat(" ")
    if isinstance(value, timedelta):
        minutes, seconds = divmod(round(value.total_seconds()), 60)
        return f"{minutes // 60}:{minutes % 60:02}:{seconds:02}"
    return value.isoformat("seconds") if isinstance(value, time) else value.isoformat()


def _number(value: float) -> str:
    """As a spreadsheet shows it: 15 digits, and no decimals where there are none."""
    if not isfinite(value):
        return UNREADABLE
    return f"{value:.0f}" if value == int(value) else f"{value:.15g}"
