"""Tables in text files as people send them: any delimiter, any line ends, quotation marks not always in pairs.

A text is read line by line and never held. Unreadable bytes and NULs arrive as U+FFFD, so that the cell can be named.
"""

import csv
import io
import re
from collections import Counter
from collections.abc import Iterator, Sequence
from itertools import islice
from pathlib import Path

from app.core.tabular.base import UNREADABLE, FileRefused, Record

DELIMITERS = ",;\t|"
#: Characters of a record, and lines of it: beyond them a quotation mark was left open, or it is no table.
LONGEST_LINE = 1_000_000
MOST_LINES = 200
SAMPLE = 200

_TOLD = re.compile(r"\"?sep=(.)\"?\s*", re.IGNORECASE)


def find_delimiter(path: Path, encoding: str) -> tuple[str, bool]:
    """The delimiter, and whether the first line does nothing but name it, which no spreadsheet shows as a row."""
    filled = (line for line in _lines(path, encoding) if not line.isspace())
    sample = list(_until(islice(filled, SAMPLE), LONGEST_LINE))
    if sample and (told := _TOLD.fullmatch(sample[0])):
        return told[1], True
    return max(DELIMITERS, key=lambda delimiter: (*_fits(sample, delimiter), -DELIMITERS.index(delimiter))), False


def records(path: Path, encoding: str, delimiter: str, *, told: bool = False) -> Iterator[Record]:
    """The rows of a text that are not empty, where `told` without its first line. Raises `FileRefused`."""
    lines = _lines(path, encoding)
    if told:
        next(lines, None)
    watch = _Watch(first=2 if told else 1)
    reader = csv.reader(watch.over(lines), delimiter=delimiter)
    number = 0
    while True:
        watch.first, watch.size = watch.line + 1, 0
        try:
            cells = next(reader, None)
        except csv.Error:
            raise FileRefused(
                reason=f"line {watch.line} holds too large a cell; is a quotation mark open since line {watch.first}?"
            ) from None
        if cells is None:
            return
        if watch.ended:
            raise FileRefused(reason=f"a quotation mark in line {watch.first} is never closed.")
        number += 1
        if cells:
            yield Record(number, cells)


class _Watch:
    """Lines on their way into the parser, counted: what one record takes of them must have an end."""

    def __init__(self, first: int) -> None:
        self.line, self.first, self.size, self.ended = first - 1, first, 0, False

    def over(self, lines: Iterator[str]) -> Iterator[str]:
        for line in lines:
            self.line += 1
            self.size += len(line)
            if self.line - self.first >= MOST_LINES:
                raise FileRefused(reason=f"a quotation mark in line {self.first} is never closed.")
            if self.size > LONGEST_LINE:
                raise FileRefused(reason=f"the row of line {self.first} is longer than {LONGEST_LINE} characters.")
            yield line
        self.ended = True


def _lines(path: Path, encoding: str) -> Iterator[str]:
    with io.TextIOWrapper(path.open("rb"), encoding=encoding, errors="replace", newline="") as file:
        # A mark of the byte order has no meaning but at the top; it is left where files were put together.
        for line in iter(lambda: file.readline(LONGEST_LINE + 1), ""):
            yield line if line.isascii() and "\0" not in line else line.replace("\0", UNREADABLE).replace("\ufeff", "")


def _until(lines: Iterator[str], most: int) -> Iterator[str]:
    size = 0
    for line in lines:
        yield line
        size += len(line)
        if size > most:
            return


def _fits(sample: Sequence[str], delimiter: str) -> tuple[float, int]:
    """The share of rows that a delimiter cuts into equally many cells, and how many.

    It counts for less where quotation marks do not stand around whole cells: then it may be a sign inside of them.
    """
    widths: Counter[int] = Counter()
    weight = 1.0
    try:
        for cells in csv.reader(sample, delimiter=delimiter):
            widths[len(cells)] += 1
    except csv.Error:
        return 0.0, 0
    try:
        for _ in csv.reader(sample, delimiter=delimiter, strict=True):
            pass
    except csv.Error as error:
        weight = 1.0 if "end of data" in str(error) else 0.7
    total = widths.total()
    del widths[1]
    if not widths:
        return 0.0, 0
    width, rows = max(widths.items(), key=lambda entry: (entry[1], entry[0]))
    return weight * rows / total, width
