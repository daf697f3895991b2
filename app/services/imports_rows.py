"""Reading one row of a file as somebody to be added: pure, by the same types as a member added by hand."""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from functools import partial
from typing import Any
from uuid import UUID

from pydantic import ValidationError
from pydantic_core import PydanticCustomError

from app.core.countries import country_code
from app.core.tabular import UNREADABLE
from app.core.text import fold
from app.core.written_dates import read_date
from app.models.imports import FieldMapping, ImportField, ImportMapping, RowOutcome
from app.models.members import Language, MemberCreate, MemberType, Relationship
from app.services.imports_words import read_language, read_number, read_phone, read_relationship, read_type
from app.services.members import person_columns

F = ImportField

#: Where addresses have postcodes of Royal Mail's form.
_ROYAL_MAIL = frozenset({"GB", "GG", "IM", "JE"})
_NEEDED = frozenset({F.given_name, F.family_name, F.full_name, F.branch})
_MOST_LINES = 4
_MOST_KEY = 200
#: How far ahead a membership can be paid.
_AHEAD = timedelta(days=20 * 366)


@dataclass(frozen=True, slots=True)
class Unit:
    """A unit into which rows can be brought; `fault` is the code of the reason why not."""

    id: UUID
    fault: str | None = None


@dataclass(frozen=True)
class Ground:
    """What a file's rows are read against: its mapping and headings, the day, and the units by folded name.

    `whole`: numbers and past dates of membership may be set.
    """

    mapping: ImportMapping
    headings: Sequence[str]
    today: date
    units: Mapping[str, Unit]
    home: Unit
    whole: bool


@dataclass
class RowRead:
    """What came of a row: whom it proposes, or why it is refused; of a proposed one, `errors` are what was left out."""

    outcome: RowOutcome
    proposed: dict[str, Any] | None
    errors: list[dict[str, str]] = field(default_factory=list)


class RowReader:
    """Reads the rows of one file."""

    def __init__(self, ground: Ground) -> None:
        self.ground = ground
        self._places = {heading: place for place, heading in enumerate(ground.headings)}
        self._fields = ground.mapping.fields
        self._words = {
            name: {fold(word): meant for word, meant in mapped.values.items()} for name, mapped in self._fields.items()
        }
        naming = (self._fields.get(name) for name in (F.given_name, F.family_name, F.full_name))
        self._name_columns = {column for mapped in naming if mapped for column in mapped.columns}

    def read(self, cells: Sequence[str]) -> RowRead:
        row = _Row(self, cells)
        if any(cell.strip() for cell in cells[len(self.ground.headings) :]):
            row.fail("", "too_many_cells", "The row has more cells than there are headings.")
            return RowRead(RowOutcome.refused, None, row.errors)
        data = row.data()
        if row.refused or data is None:
            return RowRead(RowOutcome.refused, None, row.errors)
        return RowRead(RowOutcome.create, _proposal(data, row), row.errors)

    def parts(self, name: ImportField, cells: Sequence[str]) -> list[str]:
        """The cells of a field, in the order of its columns; short rows lack their last ones."""
        mapped = self._fields.get(name)
        if mapped is None:
            return []
        places = [self._places[column] for column in mapped.columns]
        found = [cells[place].strip() if place < len(cells) else "" for place in places]
        words = self._words[name]
        found = [words.get(fold(part), part) for part in found] if words else found
        return found if any(found) or mapped.value is None else [mapped.value]

    def source_key(self, cells: Sequence[str]) -> str | None:
        """What the row is known by when it comes again, with the headings that make it; None where only names do."""
        mapped = self._fields.get(F.source_key)
        if mapped is None:
            return None
        parts = [fold(part) for part in self.parts(F.source_key, cells)]
        telling = [
            part for part, column in zip(parts, mapped.columns, strict=False) if column not in self._name_columns
        ]
        if not any(telling):
            return None
        key = f"{'+'.join(map(fold, mapped.columns))}={'|'.join(parts)}"
        return key if len(key) <= _MOST_KEY else hashlib.sha256(key.encode()).hexdigest()

    def mapped(self, name: ImportField) -> FieldMapping | None:
        return self._fields.get(name)


class _Row:
    """One row on its way to being somebody."""

    def __init__(self, reader: RowReader, cells: Sequence[str]) -> None:
        self.reader, self.cells, self.ground = reader, cells, reader.ground
        self.errors: list[dict[str, str]] = []
        self.refused = False
        self.paid_until: date | None = None
        self.number: str | None = None

    def fail(self, name: str, code: str, message: str) -> None:
        """Note what is wrong with a field; refuse the row unless the mapping lets that field be left empty."""
        origin = self._origin(name)
        mapped = self.reader.mapped(origin) if origin else None
        self.refused |= mapped is None or mapped.on_error == "refuse" or origin in _NEEDED
        error = {"pointer": f"/{name}" if name else "", "code": code, "message": message}
        if mapped and mapped.columns:
            error["column"] = ", ".join(mapped.columns)
        self.errors.append(error)

    def _origin(self, name: str) -> ImportField | None:
        if name in ("given_name", "family_name") and self.reader.mapped(F.full_name):
            return F.full_name
        if name in ("mobile_phone", "home_phone") and self.reader.mapped(F(name)) is None:
            return F.phone
        return F(name) if name in F.__members__ else None

    def data(self) -> MemberCreate | None:
        """The row as a member added by hand would be sent; None when it cannot be."""
        given: dict[str, Any] = self._names()
        given["branch_id"] = self._read(F.branch, self._branch) or self.ground.home.id
        given["date_of_birth"] = self._read(F.date_of_birth, self._date)
        given["country"] = self._read(F.country, country_code) or "GB"
        given |= self._address(given["country"])
        given |= self._phones(given["country"])
        given["email"] = self._read(F.email, str)
        given["preferred_language"] = self._read(F.preferred_language, read_language) or Language.english
        given["electoral_area"] = self._read(F.electoral_area, str.upper)
        given |= self._membership()
        return self._validated({name: value for name, value in given.items() if value is not None})

    def _read(self, name: ImportField, read: Any) -> Any:
        """One field's value, or None; what is wrong with it is noted."""
        parts = self.reader.parts(name, self.cells)
        if any(UNREADABLE in part for part in parts):
            self.fail(name, "character_not_readable", "The cell holds bytes that are not text.")
            return None
        try:
            if name is F.date_of_birth and len(parts) == 3:
                return self._birth_from_parts(parts)
            text = next((part for part in parts if part), None)
            return None if text is None else read(text, name) if read == self._date else read(text)
        except PydanticCustomError as error:
            self.fail(name, error.type, error.message())
        return None

    def _text(self, name: ImportField, separator: str = " ") -> str | None:
        parts = [part for part in self.reader.parts(name, self.cells) if part]
        if any(UNREADABLE in part for part in parts):
            self.fail(name, "character_not_readable", "The cell holds bytes that are not text.")
            return None
        return separator.join(parts) or None

    def _names(self) -> dict[str, Any]:
        if self.reader.mapped(F.full_name):
            whole = self._text(F.full_name) or ""
            last, comma, first = whole.partition(",")
            if not comma:
                first, _, last = whole.rpartition(" ")
            given, family = first.strip() or None, last.strip() or None
        else:
            given, family = self._text(F.given_name), self._text(F.family_name)
        preferred = self._text(F.preferred_name)
        return {
            "given_name": given,
            "family_name": family,
            "preferred_name": preferred if preferred != given else None,
        }

    def _date(self, text: str, name: ImportField) -> date:
        mapped = self.reader.mapped(name)
        latest = self.ground.today + _AHEAD if name is F.paid_until else self.ground.today
        day = read_date(text, mapped.date_order if mapped else None, latest=latest)
        if day > latest:
            raise PydanticCustomError("in_future", "The date lies in the future.")
        return day

    def _birth_from_parts(self, parts: Sequence[str]) -> date | None:
        if not any(parts):
            return None
        return self._date("-".join(part.zfill(2) for part in parts), F.date_of_birth)

    def _branch(self, text: str) -> UUID:
        unit = self.ground.units.get(fold(text))
        if unit is None:
            raise PydanticCustomError("branch_unknown", "No unit below the import's branch bears this name.")
        if unit.fault is not None:
            raise PydanticCustomError(unit.fault, "Several units bear this name, or this one takes no members.")
        return unit.id

    def _address(self, country: str) -> dict[str, Any]:
        lines = [
            line.strip()
            for part in (self._text(F.address_lines, "\n") or "").splitlines()
            for line in [part]
            if line.strip()
        ]
        if len(lines) > _MOST_LINES:
            lines = [*lines[: _MOST_LINES - 1], ", ".join(lines[_MOST_LINES - 1 :])]
        given: dict[str, Any] = {"address_lines": lines, "town": self._text(F.town)}
        given["foreign_postal_code"] = self._text(F.foreign_postal_code)
        postcode = self._text(F.postcode)
        given["postcode" if country in _ROYAL_MAIL else "foreign_postal_code"] = postcode or (
            None if country in _ROYAL_MAIL else given["foreign_postal_code"]
        )
        return given

    def _phones(self, country: str) -> dict[str, Any]:
        given: dict[str, Any] = {}
        for name in (F.mobile_phone, F.home_phone, F.phone):
            found = self._read(name, partial(read_phone, country=country))
            if found is None:
                continue
            fitting = "mobile_phone" if found[1] else "home_phone"
            given.setdefault(fitting if name is F.phone else name.value, found[0])
        return given

    def _membership(self) -> dict[str, Any]:
        kind = self._read(F.type, read_type)
        relationship = self._read(F.relationship, read_relationship)
        if relationship is None and kind is MemberType.supporter:
            relationship = Relationship.supporter
        if relationship is Relationship.supporter:
            kind = MemberType.supporter
        if kind is MemberType.supporter and relationship is Relationship.member:
            self.fail(F.type, "type_mismatch", "The type supporter is a supporter's.")
        joined_on = self._read(F.joined_on, self._date)
        self.paid_until = self._read(F.paid_until, self._date)
        self.number = self._read(F.number, read_number)
        for name, value in (
            (F.joined_on, joined_on),
            (F.paid_until, self.paid_until),
            (F.number, self.number),
        ):
            if value is not None and value != self.ground.today and not self.ground.whole:
                self.fail(name, "needs_decide", "Only a holder of members:decide at the root sets this.")
        if self.paid_until is not None and joined_on is not None and self.paid_until < joined_on:
            self.fail(F.paid_until, "before_joining", "Paid until a day before the day of joining.")
        return {"type": kind, "relationship": relationship, "joined_on": joined_on}

    def _validated(self, given: dict[str, Any]) -> MemberCreate | None:
        try:
            return MemberCreate.model_validate(given)
        except ValidationError as error:
            found = error.errors(include_input=False, include_url=False)
        for item in found:
            name = str(item["loc"][0])
            missing = item["type"] == "missing"
            message = "This is needed." if missing else str(item["msg"]).removeprefix("Value error, ")
            self.fail(name, str(item["type"]), message)
            given.pop(name, None)
        return None if self.refused else self._validated(given)


def _proposal(data: MemberCreate, row: _Row) -> dict[str, Any]:
    spoken = data.model_dump(mode="json")
    person = person_columns(spoken)
    supporter = data.relationship is Relationship.supporter
    member = {
        "branch_id": str(data.branch_id),
        "relationship": data.relationship,
        "type": MemberType.supporter if supporter else data.type or MemberType.full,
        "number": row.number,
        "joined_on": (data.joined_on or row.ground.today).isoformat(),
        "paid_until": row.paid_until.isoformat() if row.paid_until else None,
        "source_key": row.reader.source_key(row.cells),
    }
    return {"person": person, "member": member}
