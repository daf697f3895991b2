"""Which row of a table holds the headings, and what its columns are called by."""

import re
from collections import Counter
from collections.abc import Sequence

from app.core.tabular.base import MOST_COLUMNS, FileRefused, Recognise, Record, is_filled

#: Headings are looked for in so many filled rows from the top.
PADDING = 40

Note = tuple[str, str]

_DATUM = re.compile(
    r"[^\s@]+@[^\s@]+\.[^\s@]+"  # an e-mail address
    r"|(?!(?:19|20)\d\d$)[+-]?\d[\d ,.]*%?"  # a number or a telephone number; a year may head a column
    r"|\d{1,4}[-/.]\d{1,2}[-/.]\d{1,4}([T ].*)?"  # a date
)


def find_headings(top: Sequence[Record], recognise: Recognise) -> tuple[int, tuple[str, ...], list[Note]]:
    """The number of the last row of headings, the headings, and what is odd about them.

    The row with most headings that are known; where none is, the first as wide as most rows are, unless data stands
    in it: then there are no headings, and columns are named after their places. Raises `FileRefused`.
    """
    if not top:
        raise FileRefused(reason="it holds no rows.")
    scores = {record.number: recognise([cell.strip() for cell in record.cells]) for record in top[:PADDING]}
    best = max(top[:PADDING], key=lambda record: (scores[record.number], -record.number))
    known = scores[best.number]
    usual = Counter(len(record.cells) for record in top).most_common(1)[0][0]
    # One word that is known may also stand in a line above the table, or in a row of data.
    if known > 1 or (known and len(best.cells) * 2 >= usual and not _holds_data(best.cells)):
        last, notes = _last_heading(top, best, scores)
        return last, _named(best.cells, top), notes
    wide = (record for record in top if len(record.cells) >= usual and _is_mostly_filled(record.cells))
    first = next(wide, top[0])
    if _holds_data(first.cells):
        note = ("headings_missing", "There is no row of headings: the columns are named after their places.")
        return first.number - 1, _named([""] * len(first.cells), top), [note]
    note = ("headings_unknown", f"No heading is known; what stands in row {first.number} is taken for headings.")
    return first.number, _named(first.cells, top), [note]


def _last_heading(top: Sequence[Record], best: Record, scores: dict[int, int]) -> tuple[int, list[Note]]:
    """Rows just below the headings that are headings too, as the names that a system has for its fields."""
    last = best.number
    for record in top:
        score = scores.get(record.number, 0)
        if record.number == last + 1 and score > 1 and score * 2 >= scores[best.number]:
            last = record.number
    if last == best.number:
        return last, []
    return last, [("headings_repeated", f"Rows {best.number} to {last} all hold headings; none of them is data.")]


def _is_mostly_filled(cells: Sequence[str]) -> bool:
    return sum(bool(cell.strip()) for cell in cells) * 2 > len(cells)


def _holds_data(cells: Sequence[str]) -> bool:
    return any(_DATUM.fullmatch(cell.strip()) for cell in cells)


def _named(cells: Sequence[str], top: Sequence[Record]) -> tuple[str, ...]:
    """The columns' names; delimiters to the right of all headings and of all that stands below are no columns."""
    names = [" ".join(cell.split()).replace("\u200b", "") for cell in cells]
    while names and not names[-1] and not any(is_filled(record.cells[len(names) - 1 : len(names)]) for record in top):
        names.pop()
    if len(names) > MOST_COLUMNS:
        raise FileRefused(reason=f"it has more than {MOST_COLUMNS} columns.")
    return _unique(names)


def _unique(names: Sequence[str]) -> tuple[str, ...]:
    """Headings by which a column can be named: an empty one after its place, a repeated one with its turn."""
    seen: Counter[str] = Counter()
    unique: dict[str, None] = {}
    for place, given in enumerate(names, start=1):
        name = given[:200] or f"Column {place}"
        seen[name] += 1
        turn = name if seen[name] == 1 else f"{name} ({seen[name]})"
        while turn in unique:
            seen[name] += 1
            turn = f"{name} ({seen[name]})"
        unique[turn] = None
    return tuple(unique)
