"""Reading one row of a file as somebody to be added: pure, by the same types as a member added by hand."""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any
from uuid import UUID

from pydantic_core import PydanticCustomError

from app.core.postcodes import district
from app.core.text import fold
from app.models.imports import ImportField, ImportMapping, RowOutcome
from app.models.members import Channel, DecidedStanding, MemberType, Relationship
from app.services.imports.cells import Cells, Plan
from app.services.imports.person import read_answer, read_dated, read_person
from app.services.imports.values import DEFAULTS, fold_again
from app.services.imports.words import read_number, read_relationship, read_standing, read_type
from app.services.members import person_columns

F = ImportField

_MOST_KEY = 200
_UNSAID = {**DEFAULTS, "address_lines": [], "objections": []}
#: How far ahead a membership can be paid, or a suspension last.
_AHEAD = timedelta(days=20 * 366)
#: What says that somebody died, left or was suspended.
ENDINGS = (F.standing, F.deceased, F.deceased_on)
#: What somebody is decided to be who never was a member.
_OF_SUPPORTERS = (DecidedStanding.resigned, DecidedStanding.deceased)


@dataclass(frozen=True, slots=True)
class Unit:
    """A unit into which rows can be brought; `fault` is the code of the reason why not."""

    id: UUID
    fault: str | None = None


@dataclass(frozen=True)
class Ground:
    """What a file's rows are read against: its mapping and headings, the day, and the units.

    `units` are by folded name and by folded id, `covering` by the postcode district that they cover. `whole`: numbers,
    past dates of membership and standings may be set.
    """

    mapping: ImportMapping
    headings: Sequence[str]
    today: date
    units: Mapping[str, Unit]
    home: Unit
    whole: bool
    covering: Mapping[str, Unit] = field(default_factory=dict)


@dataclass
class RowRead:
    """What came of a row: whom it proposes, or why it is refused; of a proposed one, `errors` are what was left out.

    `given` are the columns of person and member that the row itself fills, without what follows from them.
    """

    outcome: RowOutcome
    proposed: dict[str, Any] | None
    errors: list[dict[str, str]] = field(default_factory=list)
    given: frozenset[str] = frozenset()


class RowReader:
    """Reads the rows of one file."""

    def __init__(self, ground: Ground) -> None:
        self.ground = ground
        self.plan = Plan(ground.mapping, ground.headings)
        fields = ground.mapping.fields
        naming = (fields.get(name) for name in (F.given_name, F.family_name, F.full_name))
        names = {column for mapped in naming if mapped for column in mapped.columns}
        keyed = fields[F.source_key].columns if F.source_key in fields else []
        self._telling = [column not in names for column in keyed]
        self._key_start = f"{'+'.join(map(fold, keyed))}="

    def read(self, raw: Sequence[str]) -> RowRead:
        """What a row proposes, or why it is refused. Never raises, whatever stands in the cells."""
        cells = Cells(self.plan, raw)
        read_person(cells, self.ground.today)
        member = _Membership(cells, self.ground)
        member.read()
        key = self._source_key(cells)
        if cells.refused:
            return RowRead(RowOutcome.refused, None, cells.errors + member.unless_known)
        if key:
            cells.given.add("source_key")
        proposed: dict[str, Any] = {
            "person": person_columns({**_UNSAID, **cells.values}),
            "member": {**member.columns(), "source_key": key},
            "standing": member.standing,
            "given": sorted(cells.given),
        }
        if member.unless_known:
            proposed["unless_known"] = member.unless_known
        return RowRead(RowOutcome.create, proposed, cells.errors, frozenset(cells.given))

    def _source_key(self, cells: Cells) -> str | None:
        """What the row is known by when it comes again, with the headings that make it; None where only names do.

        In Rollbook's own export it is the key itself that stands in the column.
        """
        source = self.plan.sources.get(F.source_key)
        if source is None:
            return None
        found = source.parts(cells.cells)
        if self.plan.own:
            key = cells.text(F.source_key)
            if key and len(key) > _MOST_KEY:
                cells.refuse(
                    "/source_key", "key_too_long", f"A key has at most {_MOST_KEY} characters.", source.columns
                )
            return key
        parts = [fold(part) for part in found]
        if not any(part for part, telling in zip(parts, self._telling, strict=False) if telling):
            return None
        key = f"{self._key_start}{'|'.join(parts)}"
        return key if len(key) <= _MOST_KEY else hashlib.sha256(key.encode()).hexdigest()


class _Membership:
    """What a row says of the relationship with the organisation: where, since when, paid until, how it stands."""

    def __init__(self, cells: Cells, ground: Ground) -> None:
        self.cells, self.ground = cells, ground
        self.standing: dict[str, str | None] | None = None
        self.branch_id = ground.home.id
        self.joined_on: date | None = None
        self.paid_until: date | None = None
        self.number: str | None = None
        self.type: MemberType | None = None
        self.relationship: Relationship | None = None
        #: What is wrong with the row unless it is of somebody on record, whom it then only recognises.
        self.unless_known: list[dict[str, str]] = []

    def columns(self) -> dict[str, Any]:
        joined_on = self.joined_on or self.ground.today
        if self.standing and self.joined_on is None and self.standing["starts_on"]:
            # Nobody leaves before joining: of a day that is not told this is known.
            joined_on = min(joined_on, date.fromisoformat(self.standing["starts_on"]))
        return {
            "branch_id": str(self.branch_id),
            "relationship": str(self.relationship or Relationship.member),
            "type": str(self.type or MemberType.full),
            "number": self.number,
            "joined_on": joined_on.isoformat(),
            "paid_until": self.paid_until.isoformat() if self.paid_until else None,
        }

    def read(self) -> None:
        cells, today = self.cells, self.ground.today
        self._place()
        self._read_kind()
        self.joined_on = read_dated(cells, F.joined_on, today)
        cells.take(F.joined_on, "joined_on", self.joined_on)
        self.paid_until = read_dated(cells, F.paid_until, today + _AHEAD)
        cells.take(F.paid_until, "paid_until", self.paid_until)
        self.number = cells.read(F.number, read_number, "number")
        if not self._may_recognise(F.number, self.number):
            self.number = None
        self._withhold(F.joined_on, self.joined_on if self.joined_on != today else None)
        self._withhold(F.paid_until, self.paid_until)
        if self.paid_until and self.joined_on and self.paid_until < self.joined_on:
            cells.fail(F.paid_until, "before_joining", "Paid until a day before the day of joining.")
        self._read_standing()

    def _withhold(self, name: ImportField, value: object) -> None:
        if value is not None and not self.ground.whole:
            self.cells.fail(name, "needs_decide", "Only a holder of members:decide at the root sets this.")

    def _may_recognise(self, name: ImportField, value: object) -> bool:
        """Whether a value stands that only the whole organisation sets: by others, only of who is on record with it."""
        source = self.cells.plan.sources.get(name)
        if value is None or source is None or self.ground.whole:
            return True
        message = "This is nobody on record here; only a holder of members:decide at the root sets this anew."
        if not source.refuses:
            self.cells.fail(name, "needs_decide", message)
            return False
        self.unless_known.append(
            {"pointer": f"/{name}", "code": "needs_decide", "message": message}
            | ({"column": source.columns} if source.columns else {})
        )
        return True

    def _place(self) -> None:
        """The unit that the row names, or that covers its postcode where that is asked for; else the import's own."""
        unit = self.cells.read(F.branch, self._named, "branch_id")
        if unit is None and self.ground.mapping.place_by_postcode and (code := self.cells.values.get("postcode")):
            unit = self.ground.covering.get(district(code))
            if unit is not None and unit.fault is not None:
                self.cells.refuse("/postcode", unit.fault, "The unit that covers this postcode takes no members.")
        self.branch_id = (unit or self.ground.home).id

    def _named(self, text: str) -> Unit:
        unit = self.ground.units.get(fold_again(text))
        if unit is None and _is_id(text):
            # An id from elsewhere says nothing here; the name that stands beside it may.
            beside = self.cells.filled(F.branch)
            unit = next((found for part in beside if (found := self.ground.units.get(fold(part)))), None)
        if unit is None:
            raise PydanticCustomError("branch_unknown", "No unit below the import's branch bears this name.")
        if unit.fault is not None:
            raise PydanticCustomError(unit.fault, "Several units bear this name, or this one takes no members.")
        return unit

    def _read_kind(self) -> None:
        cells = self.cells
        self.type = cells.read(F.type, read_type, "type")
        self.relationship = cells.read(F.relationship, read_relationship, "relationship")
        if self.relationship is None and self.type is MemberType.supporter:
            self.relationship = Relationship.supporter
        if self.relationship is Relationship.supporter:
            self.type = MemberType.supporter
        if self.type is MemberType.supporter and self.relationship is Relationship.member:
            cells.fail(F.type, "type_mismatch", "The type supporter is a supporter's.")

    def _read_standing(self) -> None:
        """What was decided, and from when; the dead are reached by no channel."""
        cells, today = self.cells, self.ground.today
        if cells.plan.sources.keys().isdisjoint(ENDINGS):
            return
        decided = cells.read(F.standing, read_standing)
        since = read_dated(cells, F.standing_from, today)
        until = read_dated(cells, F.standing_until, today + _AHEAD)
        died_on = read_dated(cells, F.deceased_on, today)
        name = F.standing
        if died_on is not None or read_answer(cells, F.deceased):
            name = F.deceased_on if died_on else F.deceased
            decided, since = DecidedStanding.deceased, died_on or since
        if decided is None:
            return
        self._may_recognise(name, decided)
        if self.relationship is Relationship.supporter and decided not in _OF_SUPPORTERS:
            cells.fail(name, "standing_mismatch", "A supporter is neither suspended nor expelled.")
        if since and self.joined_on and since < self.joined_on and decided is not DecidedStanding.deceased:
            cells.fail(F.standing_from, "before_joining", "Nobody leaves before the day of joining.")
        if decided is DecidedStanding.deceased:
            cells.values["objections"] = [channel.value for channel in Channel]
            cells.given.add("objections")
        self.standing = {
            "standing": decided.value,
            "starts_on": (since or today).isoformat(),
            "until": until.isoformat() if until and decided is DecidedStanding.suspended else None,
        }


def _is_id(text: str) -> bool:
    try:
        UUID(text)
    except ValueError:
        return False
    return True
