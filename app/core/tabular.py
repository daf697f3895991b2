"""Tables in text files as people send them: any common encoding and delimiter, headings not always in the first row.

A file is read twice and never held: once to learn its encoding, delimiter and headings, then row by row. What cannot be
read as one table is refused whole with `FileRefused`, which says where; an odd row is handed on for the caller to
judge. Unreadable bytes and NULs arrive as U+FFFD, so that the cell can be named.
"""

import codecs
import csv
import hashlib
import io
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

from app.core.errors import Invalid

UNREADABLE = "\ufffd"
DELIMITERS = ",;\t|"
MOST_BYTES = 512 * 1024 * 1024
MOST_COLUMNS = 500
#: Characters of a line, and lines of a record: beyond them a quotation mark was left open, or it is no table.
LONGEST_LINE = 1_000_000
MOST_LINES = 200
SAMPLE = 200
#: Headings are looked for in so many records from the top.
PADDING = 40

_CHUNK = 1 << 20
#: Other kinds of file by their first bytes, with what would be right.
_SIGNATURES = {
    b"PK\x03\x04": "a workbook or an archive",
    b"\xd0\xcf\x11\xe0": "a workbook of an old kind",
    b"%PDF": "a PDF",
    b"\x1f\x8b": "compressed",
}
_MARKS = (
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)

Recognise = Callable[[Sequence[str]], int]


class FileRefused(Invalid):
    """The file cannot be read as a table of text."""

    code = "file_refused"
    sentence = "The file cannot be read: {reason}"


@dataclass(frozen=True, slots=True)
class Record:
    """A row of the file; `number` counts from 1 at the top, as a spreadsheet shows it."""

    number: int
    cells: list[str]


@dataclass(frozen=True, slots=True)
class Table:
    """A file that can be read as a table. `headings` are unique; `header` is the number of their row."""

    path: Path
    sha256: str
    encoding: str
    delimiter: str
    header: int
    headings: tuple[str, ...]

    def rows(self) -> Iterator[Record]:
        """Every row below the headings that holds anything. Raises `FileRefused` where the file stops being a table."""
        for record in _records(self.path, self.encoding, self.delimiter):
            if record.number > self.header and any(cell and not cell.isspace() for cell in record.cells):
                yield record


def open_table(path: Path, recognise: Recognise) -> Table:
    """Learn how a file is written. `recognise` counts the headings it knows in a row. Raises `FileRefused`."""
    sha256, encoding = _survey(path)
    delimiter = _find_delimiter(path, encoding)
    top = list(islice(_records(path, encoding, delimiter), SAMPLE))
    header = _find_header(top, recognise)
    headings = _unique(_trimmed(header.cells))
    if len(headings) > MOST_COLUMNS:
        raise FileRefused(reason=f"it has more than {MOST_COLUMNS} columns.")
    return Table(path, sha256, encoding, delimiter, header.number, headings)


def digest(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _survey(path: Path) -> tuple[str, str]:
    """The file's digest and encoding. What is not UTF-8 by its own marks is read as Windows-1252."""
    if not path.is_file():
        raise FileRefused(reason="there is no such file.")
    if path.stat().st_size > MOST_BYTES:
        raise FileRefused(reason=f"it is larger than {MOST_BYTES >> 20} MiB.")
    with path.open("rb") as file:
        start = file.read(4096)
    if not start.strip(b"\0\r\n\t "):
        raise FileRefused(reason="it is empty.")
    for signature, kind in _SIGNATURES.items():
        if start.startswith(signature):
            raise FileRefused(reason=f"it is {kind}; save the table as CSV.")
    marked = next((encoding for mark, encoding in _MARKS if start.startswith(mark)), None) or _wide(start)
    return digest(path), marked or _narrow(path)


def _wide(start: bytes) -> str | None:
    """UTF-16 without a mark shows by its NULs: Latin text has one in every second place."""
    half = len(start) // 2 or 1
    if start[1::2].count(0) > half * 0.4 > start[0::2].count(0):
        return "utf-16-le"
    if start[0::2].count(0) > half * 0.4 > start[1::2].count(0):
        return "utf-16-be"
    return None


def _narrow(path: Path) -> str:
    """UTF-8 unless more of it is unreadable so than is written in letters beyond ASCII."""
    decoder = codecs.getincrementaldecoder("utf-8")(errors="replace")
    bad = good = nul = 0
    with path.open("rb") as file:
        while chunk := file.read(_CHUNK):
            nul += chunk.count(0)
            text = decoder.decode(chunk)
            if text.isascii():
                continue
            unreadable = text.count(UNREADABLE)
            bad += unreadable
            good += sum(1 for char in text if char > "\x7f") - unreadable
    if nul > path.stat().st_size // 10:
        raise FileRefused(reason="it is not text.")
    return "cp1252" if bad > good else "utf-8"


def _lines(path: Path, encoding: str) -> Iterator[str]:
    with io.TextIOWrapper(path.open("rb"), encoding=encoding, errors="replace", newline="") as file:
        for number, line in enumerate(iter(lambda: file.readline(LONGEST_LINE + 1), ""), start=1):
            if len(line) > LONGEST_LINE:
                raise FileRefused(reason=f"line {number} is longer than {LONGEST_LINE} characters.")
            yield line.replace("\0", UNREADABLE)


def _records(path: Path, encoding: str, delimiter: str) -> Iterator[Record]:
    reader = csv.reader(_lines(path, encoding), delimiter=delimiter)
    line, number = 0, 0
    while True:
        try:
            cells = next(reader, None)
        except csv.Error:
            raise FileRefused(
                reason=f"line {reader.line_num} holds too large a cell; is a quotation mark open since line {line + 1}?"
            ) from None
        if cells is None:
            return
        if reader.line_num - line > MOST_LINES:
            raise FileRefused(reason=f"a quotation mark in line {line + 1} is never closed.")
        line, number = reader.line_num, number + 1
        yield Record(number, cells)


def _find_delimiter(path: Path, encoding: str) -> str:
    """The delimiter that cuts most rows into equally many cells."""
    best, found = (0, 0), ","
    for delimiter in DELIMITERS:
        widths: Counter[int] = Counter()
        try:
            for record in islice(_records(path, encoding, delimiter), SAMPLE):
                widths[len(record.cells)] += len(record.cells) > 1
        except FileRefused:
            continue
        if widths:
            width, rows = widths.most_common(1)[0]
            if (rows, width) > best and rows:
                best, found = (rows, width), delimiter
    return found


def _find_header(top: Sequence[Record], recognise: Recognise) -> Record:
    """The row with most headings that are known; where none is, the first as wide as most rows are."""
    filled = [record for record in top if any(cell and not cell.isspace() for cell in record.cells)]
    if not filled:
        raise FileRefused(reason="it holds no rows.")
    known = [
        (recognise([cell.strip() for cell in record.cells]), -record.number, record) for record in filled[:PADDING]
    ]
    most = max(known, key=lambda entry: entry[:2])
    if most[0]:
        return most[2]
    usual = Counter(len(record.cells) for record in filled).most_common(1)[0][0]
    wide = (record for record in filled if len(record.cells) >= usual and all(record.cells[:1]))
    return next(wide, filled[0])


def _trimmed(cells: Sequence[str]) -> list[str]:
    names = [" ".join(cell.split()).replace("\u200b", "") for cell in cells]
    while names and not names[-1]:
        names.pop()
    return names


def _unique(names: Sequence[str]) -> tuple[str, ...]:
    """Headings by which a column can be named: an empty one after its place, a repeated one with its turn."""
    seen: Counter[str] = Counter()
    unique = []
    for place, given in enumerate(names, start=1):
        name = given[:200] or f"Column {place}"
        seen[name] += 1
        unique.append(name if seen[name] == 1 else f"{name} ({seen[name]})")
    return tuple(unique)
