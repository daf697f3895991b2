"""Who a row is about and how to reach them: names, birth, address, telephones, and the wish to be left alone."""

from datetime import date
from functools import partial
from types import MappingProxyType

from pydantic_core import PydanticCustomError

from app.core.countries import country_code
from app.core.written_dates import DateOrder
from app.models.imports import ImportField
from app.models.members import Channel
from app.services.imports.cells import LEFT_OUT, Cells
from app.services.imports.values import JUDGES, NEEDED, read_day
from app.services.imports.words import read_channels, read_language, read_phone, read_yes_no

F = ImportField

#: Where addresses have postcodes of Royal Mail's form.
_ROYAL_MAIL = frozenset({"GB", "GG", "IM", "JE"})
_MOST_LINES = 4
_PHONES = ((F.mobile_phone, "mobile_phone"), (F.home_phone, "home_phone"), (F.phone, None))
WISHES = MappingProxyType(
    {
        F.no_email: (Channel.email,),
        F.no_phone: (Channel.phone,),
        F.no_sms: (Channel.sms,),
        F.no_post: (Channel.post,),
        F.no_contact: tuple(Channel),
    }
)


def read_person(cells: Cells, today: date) -> None:
    """Everything of a row that is a person's own."""
    _read_names(cells)
    cells.take(F.date_of_birth, "date_of_birth", read_dated(cells, F.date_of_birth, today))
    country = cells.read(F.country, country_code)
    cells.take(F.country, "country", country)
    _read_address(cells, country or "GB")
    _read_phones(cells, country or "GB")
    cells.take(F.email, "email", cells.first(F.email))
    cells.take(F.electoral_area, "electoral_area", cells.read(F.electoral_area, str.upper))
    cells.take(F.preferred_language, "preferred_language", cells.read(F.preferred_language, read_language))
    _read_objections(cells)


def read_dated(cells: Cells, name: ImportField, latest: date) -> date | None:
    """A day up to `latest`, in one cell or in three: year, month and day."""
    text = cells.first(name)
    if text is None:
        return None
    mapped, source = cells.plan.mapping.fields[name], cells.plan.sources[name]
    if len(source.places) == 3:
        text = "-".join(part.zfill(2) for part in source.parts(cells.cells))
    order = mapped.date_order or cells.plan.mapping.date_order
    return cells.make(name, text, partial(_day, order=order, latest=latest))


def _day(text: str, *, order: DateOrder | None, latest: date) -> date:
    day = read_day(text, order, latest)
    if day > latest:
        raise PydanticCustomError("in_future", "The date lies in the future.")
    return day


def _read_names(cells: Cells) -> None:
    sources = cells.plan.sources
    whole = F.full_name in sources and cells.text(F.full_name)
    if whole:
        last, comma, first = whole.partition(",")
        if not comma:
            first, _, last = whole.rpartition(" ")
        cells.take(F.full_name, "given_name", first.strip() or None)
        cells.take(F.full_name, "family_name", last.strip() or None)
    given = cells.text(F.given_name)
    if "given_name" not in cells.values:
        cells.take(F.given_name, "given_name", given)
    if "family_name" not in cells.values:
        cells.take(F.family_name, "family_name", cells.text(F.family_name))
    preferred = cells.text(F.preferred_name)
    # The first of several given names is a name of its own only where there are several.
    if preferred and (preferred != given or F.given_name not in sources or _apart(cells)):
        cells.take(F.preferred_name, "preferred_name", preferred)
    for column in NEEDED:
        if column in cells.values:
            continue
        told = {error["pointer"] for error in cells.errors if error["code"] != LEFT_OUT}
        if not told & {f"/{column}", "/full_name"}:
            source = sources.get(F(column)) or sources.get(F.full_name)
            unknown = "This is needed, and no column is known to hold it: name one in the mapping."
            cells.fail(column, "missing", "This is needed." if source else unknown, source)


def _apart(cells: Cells) -> bool:
    """Whether the name somebody goes by has a column of its own."""
    sources = cells.plan.sources
    return not set(sources[F.preferred_name].places) <= set(sources[F.given_name].places)


def _read_address(cells: Cells, country: str) -> None:
    address = cells.text(F.address_lines, "\n") or ""
    lines = tuple(line for line in map(str.strip, address.splitlines()) if line)
    if len(lines) > _MOST_LINES:
        lines = (*lines[: _MOST_LINES - 1], ", ".join(lines[_MOST_LINES - 1 :]))
    cells.take(F.address_lines, "address_lines", lines or None)
    cells.take(F.town, "town", cells.text(F.town))
    _read_postcode(cells, country)
    if not cells.given.isdisjoint(("postcode", "foreign_postal_code")):
        # Which country's code it is was said with it, if only by its column.
        cells.given.add("country")


def _read_postcode(cells: Cells, country: str) -> None:
    """Put a postal code where the row's country has it, whichever column it stood in."""
    sources = cells.plan.sources
    british, foreign = cells.text(F.postcode), cells.text(F.foreign_postal_code)
    if F.postcode in sources and F.foreign_postal_code in sources and (foreign or country in _ROYAL_MAIL):
        cells.take(F.postcode, "postcode", british)
        cells.take(F.foreign_postal_code, "foreign_postal_code", foreign)
        return
    code = british or foreign
    name = F.postcode if british else F.foreign_postal_code
    if code is None:
        return
    if F.country not in sources and name is F.foreign_postal_code and not _is_british(code):
        message = "Name the country of this postal code: its column, or one value for every row."
        cells.fail("country", "country_missing", message, sources[name])
    elif country in _ROYAL_MAIL or (cells.plan.own and name is F.postcode):
        cells.take(name, "postcode", code)
    else:
        cells.take(name, "foreign_postal_code", code)


def _is_british(code: str) -> bool:
    return JUDGES["postcode"](code).fault is None


def _read_phones(cells: Cells, country: str) -> None:
    read = partial(read_phone, country=country)
    for name, theirs in _PHONES:
        found = cells.read(name, read)
        if found is None:
            continue
        number, mobile = found
        column = theirs or ("mobile_phone" if mobile else "home_phone")
        if column not in cells.values:
            cells.put(name, column, number)


def _read_objections(cells: Cells) -> None:
    """Every wish that a row states, wherever it states it: none of them is ever taken for the absence of another."""
    named = list(cells.read(F.objections, read_channels) or ())
    for name, channels in WISHES.items():
        if name in cells.plan.sources and read_answer(cells, name):
            named += channels
    if named:
        cells.values["objections"] = [str(channel) for channel in dict.fromkeys(named)]
        cells.given.add("objections")


def read_answer(cells: Cells, name: ImportField) -> bool:
    """Whether any of a field's columns says yes; a cell that says neither yes nor no refuses the row."""
    parts = cells.filled(name)
    try:
        answers = [read_yes_no(part) for part in parts]
    except PydanticCustomError as error:
        cells.fail(name, error.type, error.message())
        return False
    return any(answers)
