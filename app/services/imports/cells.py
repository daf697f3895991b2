"""A mapping made ready: where each field of a row stands, what its own words mean, and what is wrong with it."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, TypeVar

from pydantic_core import PydanticCustomError

from app.core.tabular import UNREADABLE, plain
from app.core.text import fold
from app.models.imports import ImportField, ImportMapping, ImportPreset
from app.services.imports.values import JUDGES, check_date, fold_again, trim
from app.services.imports.words import check_gender

F = ImportField
T = TypeVar("T")

#: What a mapping cannot let pass: a wish, a death or a decision that cannot be read is never lost with the cell.
NEVER_LEFT = frozenset(
    {F.given_name, F.family_name, F.full_name, F.branch, F.objections, F.deceased, F.deceased_on, F.standing}
    | {F.no_email, F.no_phone, F.no_sms, F.no_post, F.no_contact}
)
#: No field has room for more; a cell of which nothing is taken may be longer.
LONGEST_CELL = 2_000
#: The code of what is only worth knowing: an unreadable sign at a cell's end.
LEFT_OUT = "character_left_out"
_CHECKS: Mapping[str, Callable[[str], None]] = {"date": check_date, "gender": check_gender}


@dataclass(frozen=True, slots=True)
class Source:
    """Where one field comes from."""

    name: ImportField
    places: tuple[int, ...]
    words: Mapping[str, str]
    value: str | None
    refuses: bool
    columns: str | None
    #: Where it is one cell, taken as it stands.
    place: int | None

    def parts(self, cells: Sequence[str]) -> list[str]:
        """The cells of the field in the order of its columns, empty ones too, in the words that they stand for."""
        found = [cells[place] for place in self.places]
        return [self.words.get(fold_again(part), part) for part in found] if self.words else found


@dataclass
class Plan:
    """A file's mapping, compiled once. Columns that the file has not are passed over: whoever checks it names them."""

    mapping: ImportMapping
    headings: Sequence[str]
    sources: dict[ImportField, Source] = field(default_factory=dict)
    own: bool = False

    def __post_init__(self) -> None:
        self.own = self.mapping.preset is ImportPreset.rollbook
        places = {heading: place for place, heading in enumerate(self.headings)}
        for name, mapped in self.mapping.fields.items():
            theirs = tuple(places[column] for column in mapped.columns if column in places)
            self.sources[name] = Source(
                name,
                theirs,
                {fold(word): meant for word, meant in mapped.values.items()},
                mapped.value,
                mapped.on_error == "refuse" or name in NEVER_LEFT,
                ", ".join(mapped.columns) or None,
                theirs[0] if len(theirs) == 1 and not mapped.values else None,
            )
        checked = self.mapping.checked.items()
        self.used = {place: source for source in self.sources.values() for place in source.places}
        self.checks = [(places[column], column, _CHECKS[kind]) for column, kind in checked if column in places]


class Cells:
    """The cells of one row, trimmed, with what is wrong with them. `given`: what the row itself says, by column."""

    def __init__(self, plan: Plan, raw: Sequence[str]) -> None:
        self.plan = plan
        self.errors: list[dict[str, str]] = []
        self.refused = False
        self.given: set[str] = set()
        self.said: set[ImportField] = set()
        self.values: dict[str, Any] = {}
        width = len(plan.headings)
        self.cells = [(plain(cell) if cell[:1] == "'" else cell).strip() for cell in raw[:width]]
        whole = "".join(self.cells)
        if not plan.own and not whole.isascii():
            self.cells = [self._trimmed(place, cell) for place, cell in enumerate(self.cells)]
        self.cells += [""] * (width - len(self.cells))
        if len(whole) > LONGEST_CELL:
            self._shorten()
        self._odd = UNREADABLE in whole
        if any(cell.strip() for cell in raw[width:]):
            self.refuse(f"/cells/{width}", "too_many_cells", "The row has more cells than there are headings.")
        for place, column, check in plan.checks:
            self._check(place, column, check)

    def _trimmed(self, place: int, cell: str) -> str:
        text, lost = trim(cell)
        if lost and place in self.plan.used:
            source = self.plan.used[place]
            message = "A character at the end could not be read and is left out."
            self._note(f"/{source.name}", LEFT_OUT, message, source.columns)
        return text

    def _shorten(self) -> None:
        for place, source in self.plan.used.items():
            if len(self.cells[place]) > LONGEST_CELL:
                self.cells[place] = ""
                message = f"A cell of this column has at most {LONGEST_CELL} characters."
                self.refuse(f"/{source.name}", "cell_too_long", message, source.columns)

    def _check(self, place: int, column: str, check: Callable[[str], None]) -> None:
        try:
            if self.cells[place]:
                check(self.cells[place])
        except PydanticCustomError as error:
            self.refuse(f"/cells/{place}", error.type, error.message(), column)

    def _note(self, pointer: str, code: str, message: str, column: str | None) -> None:
        error = {"pointer": pointer, "code": code, "message": message}
        self.errors.append(error | {"column": column} if column else error)

    def refuse(self, pointer: str, code: str, message: str, column: str | None = None) -> None:
        self.refused = True
        self._note(pointer, code, message, column)

    def fail(self, name: str, code: str, message: str, source: Source | None = None) -> None:
        """Note what is wrong with a field; refuse the row unless the mapping lets that field be left empty."""
        source = source or self.plan.sources.get(F(name))
        self.refused |= source is None or source.refuses
        self._note(f"/{name}", code, message, source.columns if source else None)

    def filled(self, name: ImportField) -> list[str]:
        """What stands in a field's columns, without empty ones, else its one value.

        Nothing where a cell cannot be read, which is noted.
        """
        source = self.plan.sources.get(name)
        if source is None:
            return []
        found = (self.cells[source.place],) if source.place is not None else source.parts(self.cells)
        parts = [part for part in found if part]
        if not parts:
            return [] if source.value is None else [source.value]
        if self._odd and any(UNREADABLE in part for part in parts):
            self.fail(name, "character_not_readable", "The cell holds bytes that are not text.")
            return []
        self.said.add(name)
        return parts

    def text(self, name: ImportField, separator: str = " ") -> str | None:
        """The cells of a field put together."""
        source = self.plan.sources.get(name)
        if source is None:
            return None
        if (found := self._alone(source)) is not None:
            return found
        parts = self.filled(name)
        return separator.join(parts) if parts else None

    def first(self, name: ImportField) -> str | None:
        """The first cell of a field in which anything stands."""
        source = self.plan.sources.get(name)
        if source is None:
            return None
        found = self._alone(source)
        return found if found is not None else next(iter(self.filled(name)), None)

    def _alone(self, source: Source) -> str | None:
        """The one cell of a field that has no other, where there is nothing to be said against it; as most are."""
        if source.place is None or self._odd or not (found := self.cells[source.place]):
            return None
        self.said.add(source.name)
        return found

    def read(self, name: ImportField, read: Callable[[str], T], column: str | None = None) -> T | None:
        """One field's value, or None; what is wrong with it is noted. `column`: what the row gives with it."""
        found = self.first(name)
        return None if found is None else self.make(name, found, read, column)

    def make(self, name: ImportField, text: str, read: Callable[[str], T], column: str | None = None) -> T | None:
        """A value of a text that was found for a field; None where there is something wrong with it."""
        try:
            value = read(text)
        except PydanticCustomError as error:
            self.fail(name, error.type, error.message())
            return None
        if column is not None and name in self.said:
            self.given.add(column)
        return value

    def take(self, name: ImportField, column: str, value: Any) -> None:
        """Judge a field's value for a column, as that of a member added by hand; None is nothing."""
        if value is None:
            return
        spoken, fault = JUDGES[column](value)
        if fault is not None:
            self.fail(column, fault.code, fault.message, self.plan.sources.get(name))
        else:
            self.put(name, column, spoken)

    def put(self, name: ImportField, column: str, spoken: Any) -> None:
        """Keep a value that is judged already."""
        self.values[column] = spoken
        if name in self.said:
            self.given.add(column)
