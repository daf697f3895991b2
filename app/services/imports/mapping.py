"""Proposing how a file's columns become fields, from their headings and from what stands in them."""

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from app.core.postcodes import normalise
from app.core.tabular import Table, plain
from app.core.written_dates import DateOrder, order_of
from app.models.imports import FieldMapping, ImportField, ImportMapping, ImportNote, ImportPreset
from app.services.imports.headings import consent_of, meaning_of, word
from app.services.imports.person import WISHES
from app.services.imports.presets import detect, meanings, own_mapping
from app.services.imports.rows import ENDINGS
from app.services.imports.sample import FileSample, share
from app.services.imports.suppose import check_columns, suppose_columns
from app.services.imports.words import read_standing, read_type, read_yes_no

F = ImportField

#: What only a holder of `members:decide` at the root brings in: numbers, the dates from which a standing follows, and
#: what was decided or declared of somebody.
WHOLE_ONLY = (
    F.number,
    F.joined_on,
    F.paid_until,
    F.standing,
    F.standing_from,
    F.standing_until,
    F.deceased,
    F.deceased_on,
)
DATES = (F.date_of_birth, F.joined_on, F.paid_until, F.standing_from, F.standing_until, F.deceased_on)

_US_ZIP = re.compile(r"\d{5}(-\d{4})?")
_US_STATE_CODES = (
    "AL AK AZ AR CA CO CT DE DC FL GA HI ID IL IN IA KS KY LA ME MD MA MI MN MS MO MT NE NV NH NJ NM NY NC ND OH OK OR "
    "PA RI SC SD TN TX UT VT VA WA WV WI WY PR"
)
_US_STATES = frozenset(_US_STATE_CODES.split())
#: Longer cells are no dates, and are not kept while the order of dates is looked for.
_LONGEST_DATE = 40
#: Different dates of a column that are counted: more would only say the same.
_MOST_DATES = 50_000
#: Where a heading asks for consent, an answer of no is the wish not to be contacted.
_TURNED = {"yes": "no", "y": "no", "true": "no", "t": "no", "1": "no", "x": "no", "on": "no"}
_TURNED |= {"no": "yes", "n": "yes", "false": "yes", "f": "yes", "0": "yes", "off": "yes"}


@dataclass(frozen=True)
class Proposal:
    """A mapping, the headings that it leaves unused, and what there is to know about the file."""

    mapping: ImportMapping
    unused: tuple[str, ...] = ()
    notes: tuple[ImportNote, ...] = ()


def recognise(cells: Sequence[str]) -> int:
    """How many headings of a row are known."""
    return len({meaning for cell in cells if (meaning := meaning_of(cell)) is not None})


def propose(table: Table, *, whole: bool, preset: ImportPreset | None = None) -> Proposal:
    """A mapping for a file. `whole`: the actor decides for the whole organisation and may set numbers and past dates.

    Of what the file is an export is found out unless it is said. Raises `FileRefused`.
    """
    preset = preset or detect(table.headings)
    reading = FileSample(table, meanings(table.headings, preset))
    if preset is ImportPreset.rollbook:
        reading.fields = own_mapping(table.headings).fields
    else:
        _propose_fields(reading, preset)
    if not (F.full_name in reading.fields or {F.given_name, F.family_name} <= reading.fields.keys()):
        message = "No column is known to hold given and family names: without them every row is refused."
        reading.note("names_missing", message)
    if not whole:
        _withhold(reading, recognises=preset is ImportPreset.rollbook)
    if preset is not ImportPreset.rollbook:
        check_columns(reading)
    order = _settle_dates(reading)
    unused = reading.unused()
    if unused:
        reading.note("columns_not_used", "Nothing is taken from these columns.", *unused)
    mapping = ImportMapping(fields=reading.fields, preset=preset, date_order=order, checked=reading.checked)
    return Proposal(mapping, tuple(unused), tuple(reading.notes))


def _propose_fields(reading: FileSample, preset: ImportPreset | None) -> None:
    _propose_names(reading)
    _propose_birth(reading)
    _propose_contact(reading)
    _propose_address(reading)
    _propose_membership(reading, known=preset is not None)
    _propose_wishes(reading)
    suppose_columns(reading)
    _propose_source_key(reading)


def _propose_names(reading: FileSample) -> None:
    given, middle = reading.columns("given_name")[:1], reading.columns("middle")[:1]
    reading.take(F.given_name, [*given, *middle] if given else [])
    reading.take(F.family_name, reading.columns("family_name")[:1])
    if not given and F.family_name not in reading.fields:
        reading.take(F.full_name, reading.columns("full_name")[:1])
    # Whose middle names are part of the given name is still called by the first.
    reading.take(F.preferred_name, reading.columns("preferred_name")[:1] or (given if middle else []))


def _propose_birth(reading: FileSample) -> None:
    year, month = reading.columns("birth_year")[:1], reading.columns("birth_month")[:1]
    day = reading.columns("birth_day", "date_of_birth")[:1]
    if year and month and day and all(value.isdigit() for value in reading.values(day[0])):
        reading.take(F.date_of_birth, [*year, *month, *day])
        reading.note("date_from_parts", "Year, month and day are put together into one date.", *year, *month, *day)
    else:
        reading.take(F.date_of_birth, reading.columns("date_of_birth")[:1])


def _propose_contact(reading: FileSample) -> None:
    for name in (F.email, F.phone, F.mobile_phone, F.home_phone):
        reading.take(name, reading.columns(name)[:1])
    for name in (F.preferred_language, F.electoral_area):
        if columns := reading.columns(name)[:1]:
            # Not worth a member: the language of a letter, the ward that follows from the address.
            reading.fields[name] = FieldMapping(columns=columns, on_error="leave_empty")


def _propose_address(reading: FileSample) -> None:
    reading.take(F.address_lines, reading.columns("address_lines", "state")[:4])
    reading.take(F.town, reading.columns("town")[:1])
    reading.take(F.country, reading.columns("country")[:1])
    reading.take(F.foreign_postal_code, reading.columns("foreign_postal_code")[:1])
    column = reading.columns("postcode")[:1]
    values = reading.values(column[0]) if column else []
    if not values or F.foreign_postal_code in reading.fields or share(values, normalise) >= 0.5:
        reading.take(F.postcode, column)
        return
    reading.take(F.foreign_postal_code, column)
    reading.note("postcodes_not_uk", "These are not UK postcodes: the addresses are kept as foreign ones.", *column)
    if F.country in reading.fields:
        return
    states = [value.upper() for heading in reading.columns("state") for value in reading.values(heading)]
    american = all(_US_ZIP.fullmatch(value) for value in values) and states and _US_STATES.issuperset(states)
    if american or word(column[0]) in ("zip", "zipcode"):
        reading.fields[F.country] = FieldMapping(value="US")
        reading.note("country_supposed", "No column names a country; the postal codes are read as American.", *column)
    else:
        reading.note("country_missing", "Name the country of these postal codes: rows with them are refused.", *column)


def _propose_membership(reading: FileSample, *, known: bool) -> None:
    for name in (F.branch, F.relationship, F.number, F.paid_until, F.standing_from, F.standing_until):
        reading.take(name, reading.columns(name)[:1])
    reading.take(F.joined_on, reading.columns("joined_on", "started_on")[:1])
    for name in (F.deceased, F.deceased_on):
        reading.take(name, reading.columns(name)[:1])
    for name, read in ((F.type, read_type), (F.standing, read_standing)):
        for heading in reading.columns(name)[:1]:
            values = reading.values(heading)
            if (known and name is F.standing) or share(values, read) >= 0.5:
                reading.take(name, [heading])
            elif values:
                message = f"Its words are not known: map it as {name}, and say in values what each stands for."
                reading.note("words_not_known", message, heading)


def _propose_wishes(reading: FileSample) -> None:
    """Every column that says by what channel somebody is not to be contacted, and where none does, consent refused."""
    reading.take(F.objections, reading.columns(F.objections)[:1])
    for name in WISHES:
        reading.take(name, reading.columns(name))
        asked = [
            heading
            for heading in reading.table.headings
            if consent_of(heading) == name and share(reading.values(heading), read_yes_no) >= 0.5
        ]
        if asked and name not in reading.fields:
            reading.fields[name] = FieldMapping(columns=asked[:8], values=_TURNED)
            reading.note("consent_turned", "An answer of no is taken as the wish not to be contacted.", *asked)


def _propose_source_key(reading: FileSample) -> None:
    """What a row is known by when the same file comes again: the old system's number, or what sets people apart."""
    names = reading.columns("family_name", "given_name", "middle", "full_name")
    apart = [column for name in (F.date_of_birth, F.email, F.phone, F.mobile_phone) for column in reading.taken(name)]
    own = reading.columns("number", "contact_key", "external_key")
    household = reading.columns("household_key")[:1]
    telling = next((key for key in own if len(set(reading.values(key))) * 2 >= len(reading.rows)), None)
    if telling:
        reading.take(F.source_key, [telling])
    elif household:
        reading.take(F.source_key, [*household, *names])
    elif apart and names:
        reading.take(F.source_key, [*names, *apart])


def _withhold(reading: FileSample, *, recognises: bool) -> None:
    """Leave what is the whole's alone; but nobody brings in the dead as living, or as a member who left.

    `recognises`: the file's numbers are our own, by which a branch's own members are known again.
    """
    kept = (*ENDINGS, F.number) if recognises else ENDINGS
    withheld = [
        column
        for name in WHOLE_ONLY
        if name in reading.fields and name not in kept
        for column in reading.fields.pop(name).columns
    ]
    if withheld:
        message = "Numbers and past dates of membership need members:decide at the root."
        reading.note("needs_decide", message, *withheld)
    endings = [column for name in ENDINGS for column in reading.taken(name)]
    if endings:
        message = (
            "Rows that say that somebody died, left or is suspended are refused, unless it is on record: that needs "
            "members:decide at the root."
        )
        reading.note("needs_decide", message, *endings)


def _settle_dates(reading: FileSample) -> DateOrder | None:
    """Which way round the file's dates are: told by any column that reads one way only, or asked for once.

    A column that reads another way round than the file's others keeps its own order.
    """
    dated = {name: mapped for name in DATES if (mapped := reading.fields.get(name)) and len(mapped.columns) == 1}
    told = {name: order_of(values) for name, values in _written(reading, dated).items()}
    told = {name: found for name, found in told.items() if found[0]}
    orders = {order for _, order in told.values() if order is not None}
    unsettled = [dated[name].columns[0] for name, (_, order) in told.items() if order is None]
    if len(orders) == 1:
        told_order = orders.pop()
        columns = [dated[name].columns[0] for name in told]
        reading.note(f"dates_{told_order}", "The dates of these columns can be read only this way round.", *columns)
        return told_order
    for name, (_, order) in told.items():
        reading.fields[name] = dated[name].model_copy(update={"date_order": order})
    if unsettled:
        message = "Every date here can be read both ways: set date_order to day_first or month_first."
        reading.note("date_order_unknown", message, *dict.fromkeys(unsettled), blocking=True)
    return None


def _written(reading: FileSample, dated: dict[ImportField, FieldMapping]) -> dict[ImportField, Counter[str]]:
    """How often each text stands in each column of dates, in one pass over the file."""
    cells_of = {name: Counter[str]() for name in dated}
    columns = [(reading.table.headings.index(dated[name].columns[0]), counted) for name, counted in cells_of.items()]
    for record in reading.table.rows() if columns else ():
        for place, counted in columns:
            cell = record.cells[place] if place < len(record.cells) else ""
            if cell in counted or (0 < len(cell) <= _LONGEST_DATE and len(counted) < _MOST_DATES):
                counted[cell] += 1
    written = {name: Counter[str]() for name in dated}
    for name, counted in cells_of.items():
        for cell, times in counted.items():
            written[name][plain(cell).strip()] += times
    return written
