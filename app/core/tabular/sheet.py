"""The XML of a sheet and of the texts that sheets share, read in pieces for nothing but their extent.

Only the form in which spreadsheet programs write is taken; anything else is refused, for what loads the cells
afterwards might see more in it than was seen here.
"""

import re
from array import array
from collections.abc import Collection

from app.core.tabular.base import FileRefused

MOST_ROWS = 1_048_576
WIDEST = 16_384
#: Bytes of one tag or one text: a cell holds 32,767 characters, and marks of its fonts.
LONGEST_PART = 1 << 20
#: Cells of a sheet, those with a style only among them: to count more takes a processor too long.
MOST_TAGS = 12_000_000

#: How nearly every cell is written: its place first.
_CELL = re.compile(rb'<(?:\w+:)?c r="([A-Z]{1,3})([1-9]\d{0,6})"(?: [\w:]+="[^"<>]*")* ?(/?)>')
_ANY_CELL = re.compile(rb"<(?:[^<>\s/:]*:)?c(?=[\s/>])")
_PLACE = re.compile(rb"""<(?:\w+:)?(row|c)((?:\s+[\w:.-]+=(?:"[^"'<>]*"|'[^"'<>]*'))*)\s*(/?)>""")
_ANY_PLACE = re.compile(rb"<(?:[^<>\s/:]*:)?(?:row|c)(?=[\s/>])")
_NAMED = re.compile(rb"""\sr=["'](?:([A-Z]{0,3})([1-9]\d{0,6})["'])?""")
_REFERENCE = re.compile(rb"""\st=["']s["'][^<>]*>\s*<(?:\w+:)?v>(\d+)</""")
_TEXT_END = re.compile(rb"</(?:[^<>:/]*:)?si\s*>")
_TEXT_BEGIN = re.compile(rb"<(?:[^<>\s/:]*:)?si(?=[\s/>])")


def unusual() -> FileRefused:
    return FileRefused(reason="a sheet is written in an unusual way; open it, and save it as .xlsx once more.")


class SheetScan:
    """The extent of a sheet: of the cells that hold anything, for those with a style only are never loaded.

    With `walk`, the places of cells that do not name theirs are counted, which takes longer; `lost` tells that it
    is needed.
    """

    def __init__(self, *, walk: bool = False) -> None:
        self.walk, self.lost = walk, False
        self.top, self.bottom, self.left, self.right = MOST_ROWS, 0, WIDEST, 0
        self.shared = self.faulty = 0
        self._rest = b""
        self._row = self._column = self._tags = 0

    @property
    def box(self) -> int:
        """The cells between the outermost filled ones; all of them are held, filled or not."""
        return max(0, self.bottom - self.top + 1) * max(0, self.right - self.left + 1)

    def feed(self, piece: bytes) -> None:
        block, self._rest = cut(self._rest + piece)
        self._scan(block)

    def close(self) -> None:
        self._scan(self._rest)

    def _scan(self, block: bytes) -> None:
        # Comments and sections of plain text could hide cells, and UTF-16 hides all of them.
        if b"<!" in block or b"\0" in block:
            raise unusual()
        tags = block.count(b"<c") + block.count(b":c")
        self._tags += tags
        if self._tags > MOST_TAGS:
            raise FileRefused(reason=f"a sheet has more than {MOST_TAGS} cells, most of them empty; save it as CSV.")
        self.shared += block.count(b't="s"') + block.count(b"t='s'")
        self.faulty += block.count(b't="e"') + block.count(b"t='e'")
        if self.walk:
            self._count(block)
            return
        cells = _CELL.findall(block)
        if len(cells) != tags:
            self.lost |= len(cells) != len(_ANY_CELL.findall(block))
        filled = [cell for cell in cells if not cell[2]]
        self._extend({cell[0] for cell in filled}, {cell[1] for cell in filled})

    def _count(self, block: bytes) -> None:
        places = _PLACE.findall(block)
        if len(places) != len(_ANY_PLACE.findall(block)):
            raise unusual()
        for kind, attributes, empty in places:
            named = _NAMED.search(attributes)
            if named and not named[2]:
                raise unusual()
            if kind == b"row":
                self._row, self._column = int(named[2]) if named else self._row + 1, 0
                continue
            row = int(named[2]) if named else self._row
            self._column = _column(named[1]) if named else self._column + 1
            if not empty:
                self._stretch(row, self._column)

    def _extend(self, columns: Collection[bytes], rows: Collection[bytes]) -> None:
        if rows:
            numbers, places = [int(row) for row in rows], [_column(column) for column in columns]
            self._stretch(min(numbers), min(places))
            self._stretch(max(numbers), max(places))

    def _stretch(self, row: int, column: int) -> None:
        if not (1 <= row <= MOST_ROWS and 1 <= column <= WIDEST):
            raise unusual()
        self.top, self.bottom = min(self.top, row), max(self.bottom, row)
        self.left, self.right = min(self.left, column), max(self.right, column)


class StringScan:
    """The lengths of the texts that cells share: one long text in a million cells is a million long texts."""

    def __init__(self) -> None:
        self.lengths = array("L")
        self.longest = 0
        self._rest = b""

    def feed(self, piece: bytes) -> None:
        *texts, self._rest = _TEXT_END.split(self._rest + piece)
        if len(self._rest) > 2 * LONGEST_PART:
            raise unusual()
        for text in texts:
            empty = len(_TEXT_BEGIN.findall(text)) - 1
            if empty > 0:
                self.lengths.extend([0] * empty)
            self.lengths.append(len(text))
        self.longest = max(self.longest, *map(len, texts)) if texts else self.longest

    def used(self, block: bytes) -> tuple[int, int]:
        """How many cells of a block refer to a text that is known, and how long those are together."""
        found = [int(number) for number in _REFERENCE.findall(block)]
        known = [self.lengths[number] for number in found if number < len(self.lengths)]
        return len(known), sum(known)


def cut(data: bytes) -> tuple[bytes, bytes]:
    """What ends with a whole tag, and the rest. Raises `FileRefused` where a tag or a text has no end."""
    end = max(data.rfind(b"<"), 0)
    if len(data) - end > 2 * LONGEST_PART:
        raise unusual()
    return data[:end], data[end:]


def _column(letters: bytes) -> int:
    """A column's number from its letters; 0 without any."""
    number = 0
    for letter in letters:
        number = number * 26 + letter - 64
    return number
