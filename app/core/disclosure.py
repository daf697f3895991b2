"""Disclosure control: counts of people that tell of no person, not by themselves and not by subtraction.

A count of 1 to `threshold` - 1 is small and is not told. Where what is told would give it away, through a total or the
table above, the next smallest goes too (secondary suppression). A true nought may be told. None stands for what is not
told. Source: the usual practice for official statistics of small populations in the United Kingdom (threshold 5 with
true noughts shown, as Ofqual's; 10 where a group is small itself, as the ONS's).
"""

from collections.abc import Hashable, Iterator, Mapping
from dataclasses import dataclass
from typing import TypeVar

K = TypeVar("K", bound=Hashable)
Cell = tuple[int, str]
Bounds = dict[Cell, tuple[int, int]]

#: The row of what lies apart from the rows that are told.
APART = -1


@dataclass(frozen=True, slots=True)
class Breakdown:
    """A total and its parts, as far as they are told."""

    total: int | None
    parts: Mapping[str, int | None]


def is_small(count: int, threshold: int) -> bool:
    return 0 < count < threshold


def suppress(parts: Mapping[str, int], threshold: int) -> Breakdown:
    """A table that stands by itself: nothing of it when its total is small."""
    total = sum(parts.values())
    if is_small(total, threshold):
        return _untold(parts)
    table = _Table({0: parts}, {}, threshold)
    table.cover()
    return table.told(0)


def suppress_within(
    whole: Breakdown, rows: Mapping[K, Mapping[str, int]], rest: Mapping[str, int], threshold: int
) -> dict[K, Breakdown]:
    """The rows of a table whose sums are told as `whole`; `rest` is what belongs to the whole and to none of the rows.

    A row whose total is under the threshold, nought included, is not told at all, so that nobody sees one begin; what
    the whole does not tell is not told of any row; and nothing small can be had by taking other rows from the whole.
    """
    keys = sorted(rows, key=lambda key: sum(rows[key].values()))
    closed = 0 if whole.total is not None else len(keys)
    while closed < len(keys):
        apart = {name: rest[name] + sum(rows[key][name] for key in keys[:closed]) for name in rest}
        total, next_total = sum(apart.values()), sum(rows[keys[closed]].values())
        if next_total >= threshold and not is_small(total, threshold):
            shown = {number: rows[keys[number]] for number in range(closed, len(keys))}
            table = _Table({APART: apart, **shown}, whole.parts, threshold)
            if table.cover():
                return {key: _untold(rows[key]) if n < closed else table.told(n) for n, key in enumerate(keys)}
        # The smallest that is still told goes wholly, and what is left is looked at again.
        closed += 1
    return {key: _untold(row) for key, row in rows.items()}


class _Table:
    """Rows whose totals are told, and whose columns add up to `sums` where those are told."""

    def __init__(self, rows: Mapping[int, Mapping[str, int]], sums: Mapping[str, int | None], threshold: int) -> None:
        self.threshold = threshold
        self.counts: dict[Cell, int] = {(row, name): rows[row][name] for row in rows for name in rows[row]}
        self.rows = {row: [(row, name) for name in parts] for row, parts in rows.items()}
        self.columns = {name: [(row, name) for row in rows] for name, total in sums.items() if total is not None}
        self.caps = {name: total for name, total in sums.items() if total is not None}
        self.hidden = {
            cell
            for cell, count in self.counts.items()
            if cell[0] == APART or is_small(count, threshold) or (sums and sums[cell[1]] is None)
        }

    def cover(self) -> bool:
        """Hide more until no small count can be worked out; False where that cannot be had."""
        while True:
            bounds = self._bounds()
            exposed = [cell for cell in sorted(self.hidden) if self._is_exposed(cell, *bounds[cell])]
            if not exposed:
                return True
            hidden = [self._hide_beside(cell, bounds) for cell in exposed]
            if not any(hidden):
                return False

    def told(self, row: int) -> Breakdown:
        cells = self.rows[row]
        shown = {cell[1]: None if cell in self.hidden else self.counts[cell] for cell in cells}
        return Breakdown(sum(self.counts[cell] for cell in cells), shown)

    def _is_exposed(self, cell: Cell, least: int, most: int) -> bool:
        if not is_small(self.counts[cell], self.threshold):
            return False
        return least == most or most < min(self.threshold, self.caps.get(cell[1], self.threshold))

    def _hide_beside(self, cell: Cell, bounds: Bounds) -> bool:
        """Hide the next smallest in a line that gives the cell away, noughts last; False where none is left."""
        for line in self._lines(cell):
            if any(one in self.hidden and one not in bounds for one in line):
                return True  # hidden for another's sake a moment ago, and perhaps enough
            if not self._is_exposed(cell, *self._within(line, cell, bounds)):
                continue
            shown = [one for one in line if one not in self.hidden]
            if shown:
                self.hidden.add(min(shown, key=lambda one: (self.counts[one] == 0, self.counts[one], one)))
                return True
        return False

    def _lines(self, cell: Cell) -> Iterator[list[Cell]]:
        yield self.rows[cell[0]]
        if cell[1] in self.columns:
            yield self.columns[cell[1]]

    def _bounds(self) -> Bounds:
        """Between what anybody can know each hidden count to lie, who takes what is told from the totals."""
        bounds: Bounds = {}
        for cells in self.rows.values():
            total = sum(self.counts[cell] for cell in cells)
            # Whoever knows that noughts are told, as a rule, knows what is hidden beside them to be none.
            least = 0 if all(cell in self.hidden for cell in cells) else 1
            bounds |= {cell: (min(least, self.counts[cell]), total) for cell in cells if cell in self.hidden}
        before: Bounds = {}
        while before != bounds:
            before = dict(bounds)
            for cell in bounds:
                for line in self._lines(cell):
                    bounds[cell] = self._within(line, cell, bounds)
        return bounds

    def _within(self, line: list[Cell], cell: Cell, bounds: Bounds) -> tuple[int, int]:
        """What one line, whose sum is told, leaves open for one of its cells."""
        others = [one for one in line if one in self.hidden and one != cell]
        left = sum(self.counts[one] for one in others) + self.counts[cell]
        least, most = bounds[cell]
        return (
            max(least, left - sum(bounds[one][1] for one in others)),
            min(most, left - sum(bounds[one][0] for one in others)),
        )


def _untold(parts: Mapping[str, int]) -> Breakdown:
    return Breakdown(None, dict.fromkeys(parts))
