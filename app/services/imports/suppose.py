"""Columns under headings that nobody knows: what they are by what stands in them, where that is plain."""

from collections.abc import Callable
from functools import partial

from app.core.postcodes import normalise
from app.models.imports import ImportField
from app.services.imports.headings import meaning_of, words
from app.services.imports.sample import FileSample, share
from app.services.imports.values import JUDGES, check_date
from app.services.imports.words import check_gender, read_phone

F = ImportField

#: A column is what nearly all of its cells are; the rest are its mistakes.
_NEARLY_ALL = 0.8
_MOST = 0.5
_EMAIL_WORDS = frozenset({"email", "emails", "mail"})
_PHONE_WORDS = frozenset({"phone", "telephone", "tel", "mobile", "cell", "landline", "contact", "number"})
_BIRTH_WORDS = frozenset({"birth", "born", "birthday", "dob"})
#: Headings with one of these tell of somebody else, or of a sign-in.
_OTHERS = {"by", "credit", "referrer", "referred", "sponsor", "officer", "organiser", "organizer", "owner", "assigned"}


def suppose_columns(reading: FileSample) -> None:
    """Take an e-mail address, a postcode, a telephone, a birthday from a column of another heading; never a name."""
    _suppose(reading, F.email, _is_email, "e-mail addresses")
    if F.foreign_postal_code not in reading.fields:
        _suppose(reading, F.postcode, _is_postcode, "postcodes")
    if reading.fields.keys().isdisjoint((F.phone, F.mobile_phone, F.home_phone)):
        _suppose(reading, F.phone, _is_phone, "telephone numbers")
    _suppose(reading, F.date_of_birth, _is_birth, "dates of birth")


def check_columns(reading: FileSample) -> None:
    """Have what is plainly dates, or genders, checked even where nothing is taken from it."""
    for heading in reading.unused():
        told, values = words(heading), reading.values(heading)
        if "date" in told and share(values, check_date) >= _MOST:
            reading.checked[heading] = "date"
        elif {"gender", "sex"} & set(told) and share(values, check_gender) >= _MOST:
            reading.checked[heading] = "gender"
    if reading.checked:
        message = (
            "Nothing is taken from these columns, but a row in which they are not what they are in the others is "
            "refused; leave them out of `checked` to let it pass."
        )
        reading.note("columns_checked", message, *reading.checked)


def _suppose(reading: FileSample, name: ImportField, fits: Callable[[str, list[str]], float], what: str) -> None:
    if name in reading.fields:
        return
    free = [
        heading for heading in reading.unused() if meaning_of(heading) is None and not _OTHERS & set(words(heading))
    ]
    fitting = {heading: fits(heading, reading.values(heading)) for heading in free}
    best = max(fitting, key=lambda heading: fitting[heading], default=None)
    if best is not None and fitting[best] > 0:
        reading.take(name, [best])
        reading.note("column_supposed", f"By what it holds, this column is taken for {what}.", best)


def _is_email(heading: str, values: list[str]) -> float:
    good = share(values, _judged("email"))
    if good >= _NEARLY_ALL:
        return good
    # The heading says it, and the cells at least try.
    at_all = share(values, _looks_like_email)
    return good + 0.01 if _EMAIL_WORDS & set(words(heading)) and at_all >= _NEARLY_ALL else 0.0


def _is_postcode(_heading: str, values: list[str]) -> float:
    good = share(values, normalise)
    return good if good >= _NEARLY_ALL else 0.0


def _is_phone(heading: str, values: list[str]) -> float:
    good = share(values, partial(read_phone, country="GB")) if _PHONE_WORDS & set(words(heading)) else 0.0
    return good if good >= _NEARLY_ALL else 0.0


def _is_birth(heading: str, values: list[str]) -> float:
    good = share(values, check_date) if _BIRTH_WORDS & set(words(heading)) else 0.0
    return good if good >= _MOST else 0.0


def _judged(column: str) -> Callable[[str], None]:
    def check(value: str) -> None:
        if JUDGES[column](value).fault is not None:
            raise ValueError

    return check


def _looks_like_email(value: str) -> None:
    """Somebody meant an address: one word with a dot in it."""
    if " " in value or "." not in value:
        raise ValueError
