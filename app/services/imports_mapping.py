"""Proposing how a file's columns become fields, from their headings and from what stands in them."""

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import islice

from app.core.postcodes import normalise
from app.core.tabular import Table
from app.core.text import fold
from app.core.written_dates import order_of
from app.models.imports import FieldMapping, ImportField, ImportMapping, ImportNote
from app.services.imports_words import read_type

F = ImportField

#: Rows of a file that are looked at for a proposal; the order of dates is looked for in all of them.
SAMPLE = 2_000

#: Headings, without case, spaces and signs, by the field that they mean; `middle`, `state` … are parts of one.
HEADINGS: Mapping[str, str] = {
    "given_name": "first firstname firstnames given givenname givennames forename forenames christianname",
    "middle": "middle middlename middlenames middleinitial middleinitials",
    "family_name": "last lastname surname familyname family secondname",
    "full_name": "name fullname displayname membername contactname",
    "preferred_name": "preferred preferredname knownas nickname",
    "date_of_birth": "dob dateofbirth birthdate birthday birthdate born",
    "birth_year": "yob yearofbirth birthyear",
    "birth_month": "mob monthofbirth birthmonth",
    "birth_day": "dayofbirth birthday",
    "email": "email emailaddress mail primaryemail emailhome",
    "phone": "phone phonenumber telephone tel telephonenumber phonehome primaryphone",
    "mobile_phone": "mobile mobilephone mobilenumber mobileno cell cellphone phonemobile",
    "home_phone": "homephone landline hometelephone homephonenumber",
    "address_lines": "address address1 address2 address3 addressline1 addressline2 addressline3 streetaddress street "
    "supplementaladdress1 supplementaladdress2 housenameornumber postaladdress",
    "state": "state stateprovince county province region",
    "town": "town city posttown towncity",
    "postcode": "postcode postalcode zip zipcode zippostalcode postcodezip",
    "country": "country countryname nationofresidence",
    "preferred_language": "language preferredlanguage",
    "electoral_area": "wardcode electoralarea wardgsscode",
    "branch": "branch localparty localbranch branchname group chapter unit institution",
    "type": "type membershiptype membertype category membershipcategory",
    "number": "membershipno membershipnumber memberno membernumber membershipid memberid",
    "joined_on": "joined joinedon joindate datejoined membersince joineddate startdate membershipstartdate",
    "paid_until": "paiduntil paidto paidupto expirydate expires expiry enddate membershipenddate renewaldue",
    "contact_key": "contactid externalidentifier externalid constituentid personid uniqueid recordid civicrmid",
    "household_key": "householdid household familyid hhid",
}  # fmt: skip
MEANINGS = {word: meaning for meaning, words in HEADINGS.items() for word in words.split()}

#: What only a holder of `members:decide` at the root brings in: numbers, and the dates from which a standing follows.
WHOLE_ONLY = (F.number, F.joined_on, F.paid_until)
DATES = (F.date_of_birth, F.joined_on, F.paid_until)

_US_ZIP = re.compile(r"\d{5}(-\d{4})?")
_US_STATE_CODES = (
    "AL AK AZ AR CA CO CT DE DC FL GA HI ID IL IN IA KS KY LA ME MD MA MI MN MS MO MT NE NV NH NJ NM NY NC ND OH OK OR "
    "PA RI SC SD TN TX UT VT VA WA WV WI WY PR"
)
_US_STATES = frozenset(_US_STATE_CODES.split())


@dataclass(frozen=True)
class Proposal:
    """A mapping, the headings that it leaves unused, and what there is to know about the file."""

    mapping: ImportMapping
    unused: tuple[str, ...] = ()
    notes: tuple[ImportNote, ...] = ()


@dataclass
class _Reading:
    """A file's columns by meaning, and a sample of what stands in them."""

    table: Table
    sample: list[list[str]]
    by_meaning: dict[str, list[str]]
    fields: dict[ImportField, FieldMapping] = field(default_factory=dict)
    notes: list[ImportNote] = field(default_factory=list)

    def columns(self, *meanings: str) -> list[str]:
        return [heading for meaning in meanings for heading in self.by_meaning.get(meaning, [])]

    def values(self, heading: str) -> list[str]:
        return _filled(self.sample, self.table.headings.index(heading))

    def note(self, code: str, message: str, *columns: str, blocking: bool = False) -> None:
        self.notes.append(ImportNote(code=code, message=message, columns=list(columns), blocking=blocking))


def recognise(cells: Sequence[str]) -> int:
    """How many headings of a row are known."""
    return len({meaning for cell in cells if (meaning := MEANINGS.get(_word(cell))) is not None})


def propose(table: Table, *, whole: bool) -> Proposal:
    """A mapping for a file. `whole`: the actor decides for the whole organisation and may set numbers and past dates.

    Raises `FileRefused`.
    """
    by_meaning: dict[str, list[str]] = {}
    for heading in table.headings:
        if (meaning := MEANINGS.get(_word(heading))) is not None:
            by_meaning.setdefault(meaning, []).append(heading)
    sample = [record.cells for record in islice(table.rows(), SAMPLE)]
    reading = _Reading(table, sample, by_meaning)
    _propose_names(reading)
    _propose_birth(reading)
    _propose_contact(reading)
    _propose_address(reading)
    _propose_membership(reading, whole=whole)
    _propose_source_key(reading)
    _settle_dates(reading)
    used = {heading for mapped in reading.fields.values() for heading in mapped.columns}
    unused = tuple(heading for heading in table.headings if heading not in used)
    if unused:
        reading.note("columns_not_used", "Nothing is taken from these columns.", *unused)
    return Proposal(ImportMapping(fields=reading.fields), unused, tuple(reading.notes))


def _propose_names(reading: _Reading) -> None:
    given, middle = reading.columns("given_name")[:1], reading.columns("middle")[:1]
    _take(reading, F.given_name, [*given, *middle] if given else [])
    _take(reading, F.family_name, reading.columns("family_name")[:1])
    if not given and F.family_name not in reading.fields:
        _take(reading, F.full_name, reading.columns("full_name")[:1])
    # Whose middle names are part of the given name is still called by the first.
    _take(reading, F.preferred_name, reading.columns("preferred_name")[:1] or (given if middle else []))


def _propose_birth(reading: _Reading) -> None:
    year, month = reading.columns("birth_year")[:1], reading.columns("birth_month")[:1]
    day = reading.columns("birth_day", "date_of_birth")[:1]
    if year and month and day and all(value.strip().isdigit() for value in reading.values(day[0])):
        _take(reading, F.date_of_birth, [*year, *month, *day])
        reading.note("date_from_parts", "Year, month and day are put together into one date.", *year, *month, *day)
    else:
        _take(reading, F.date_of_birth, reading.columns("date_of_birth")[:1])


def _propose_contact(reading: _Reading) -> None:
    for name in (F.email, F.phone, F.mobile_phone, F.home_phone, F.preferred_language, F.electoral_area):
        _take(reading, name, reading.columns(name)[:1])


def _propose_address(reading: _Reading) -> None:
    _take(reading, F.address_lines, reading.columns("address_lines", "state")[:4])
    _take(reading, F.town, reading.columns("town")[:1])
    _take(reading, F.country, reading.columns("country")[:1])
    column = reading.columns("postcode")[:1]
    if not column:
        return
    values = reading.values(column[0])
    if not values or _share(values, normalise) >= 0.5:
        _take(reading, F.postcode, column)
        return
    _take(reading, F.foreign_postal_code, column)
    reading.note("postcodes_not_uk", "These are not UK postcodes: the addresses are kept as foreign ones.", *column)
    if F.country in reading.fields:
        return
    states = [value.upper() for heading in reading.columns("state") for value in reading.values(heading)]
    american = all(_US_ZIP.fullmatch(value.strip()) for value in values) and states and _US_STATES.issuperset(states)
    if american or _word(column[0]) in ("zip", "zipcode"):
        reading.fields[F.country] = FieldMapping(value="US")
        reading.note("country_supposed", "No column names a country; the postal codes are read as American.", *column)
    else:
        reading.note("country_missing", "Name the country of these postal codes.", *column, blocking=True)


def _propose_membership(reading: _Reading, *, whole: bool) -> None:
    for name in (F.branch, F.number, F.joined_on, F.paid_until):
        _take(reading, name, reading.columns(name)[:1])
    for heading in reading.columns("type")[:1]:
        if _share(reading.values(heading), read_type) >= 0.5:
            _take(reading, F.type, [heading])
    if not whole:
        withheld = [
            column for name in WHOLE_ONLY if name in reading.fields for column in reading.fields.pop(name).columns
        ]
        if withheld:
            reading.note(
                "needs_decide",
                "Numbers and past dates of membership need members:decide at the root.",
                *withheld,
            )


def _propose_source_key(reading: _Reading) -> None:
    """What a row is known by when the same file comes again: the old system's number, or what sets people apart."""
    names = reading.columns("family_name", "given_name", "middle", "full_name")
    apart = [
        column for name in (F.date_of_birth, F.email, F.phone, F.mobile_phone) for column in _columns(reading, name)
    ]
    own, household = reading.columns("number", "contact_key")[:1], reading.columns("household_key")[:1]
    if own and len(set(reading.values(own[0]))) * 2 >= len(reading.sample):
        _take(reading, F.source_key, own)
    elif household:
        _take(reading, F.source_key, [*household, *names][:8])
    elif apart and names:
        _take(reading, F.source_key, [*names, *apart][:8])


def _settle_dates(reading: _Reading) -> None:
    for name in DATES:
        mapped = reading.fields.get(name)
        if mapped is None or len(mapped.columns) != 1:
            continue
        heading = mapped.columns[0]
        place = reading.table.headings.index(heading)
        matters, order = order_of(_filled((record.cells for record in reading.table.rows()), place))
        if not matters:
            continue
        reading.fields[name] = mapped.model_copy(update={"date_order": order})
        if order is None:
            message = "Every date here can be read both ways: set date_order to day_first or month_first."
            reading.note("date_order_unknown", message, heading, blocking=True)
        else:
            reading.note(f"dates_{order.value}", "The dates of this column can be read only this way round.", heading)


def _take(reading: _Reading, name: ImportField, columns: Sequence[str]) -> None:
    if columns:
        reading.fields[name] = FieldMapping(columns=list(columns))


def _columns(reading: _Reading, name: ImportField) -> list[str]:
    mapped = reading.fields.get(name)
    return mapped.columns if mapped else []


def _word(heading: str) -> str:
    return fold(heading.replace("_", " ")).replace(" ", "")


def _filled(rows: Iterable[Sequence[str]], place: int) -> list[str]:
    return [cells[place] for cells in rows if len(cells) > place and cells[place].strip()]


def _share(values: Sequence[str], read: Callable[[str], object]) -> float:
    good = 0
    for value in values:
        try:
            read(value)
        except ValueError:
            continue
        good += 1
    return good / len(values) if values else 0.0
