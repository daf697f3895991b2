"""Days as people write them: 17/05/1984, 1984-05-17, 19840517, 17 May 84; and which way round a column has them.

03/04/2019 is two different days. Which one is a property of the whole column: it follows from any value that reads
one way only, or has to be asked for; it is never guessed value by value.
"""

import re
from collections.abc import Mapping
from datetime import date
from enum import StrEnum

from pydantic_core import PydanticCustomError

_NUMERIC = re.compile(r"(\d{1,4})\s?[-/.]\s?(\d{1,2})\s?[-/.]\s?(\d{1,4})")
_COMPACT = re.compile(r"(\d{4})(\d{2})(\d{2})")
_DAY_FIRST = re.compile(r"(\d{1,2})(?:st|nd|rd|th)?[-/., ]+([a-z]{3,9})[-/., ]+(\d{2,4})", re.IGNORECASE)
_MONTH_FIRST = re.compile(r"([a-z]{3,9})[-/., ]+(\d{1,2})(?:st|nd|rd|th)?[-/., ]+(\d{2,4})", re.IGNORECASE)
_TIME = re.compile(r"[T ]\s*\d{1,2}:\d{2}.*$")
_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")


class DateOrder(StrEnum):
    day_first = "day_first"
    month_first = "month_first"


def order_of(values: Mapping[str, int]) -> tuple[bool, DateOrder | None]:
    """Whether the order matters to a column, and what it is if its values, each with how often it stands there, tell.

    Where values contradict each other the more frequent way wins: the others are then not dates, and each is refused.
    """
    matters, day_first, month_first = False, 0, 0
    for value, times in values.items():
        match = _NUMERIC.fullmatch(_TIME.sub("", value.strip()))
        if match is None or len(match[1]) > 2:
            continue
        matters = True
        day_first += times * (int(match[1]) > 12 >= int(match[2]))
        month_first += times * (int(match[2]) > 12 >= int(match[1]))
    if day_first == month_first:
        return matters, None
    return matters, DateOrder.day_first if day_first > month_first else DateOrder.month_first


def read_date(text: str, order: DateOrder | None, *, latest: date) -> date:
    """The day that a text names. A year of two digits is the last such year up to `latest`'s.

    Raises ValueError (a `PydanticCustomError`): `date_not_valid`, or `date_order_unknown` where `order` is needed.
    """
    text = _TIME.sub("", text.strip())
    year, month, day = _parts(text, order)
    if len(year) == 2:
        century = latest.year // 100 * 100
        year = str(century + int(year) if century + int(year) <= latest.year else century - 100 + int(year))
    try:
        return date(int(year), int(month), int(day))
    except ValueError:
        raise PydanticCustomError("date_not_valid", "There is no such day.") from None


def _parts(text: str, order: DateOrder | None) -> tuple[str, str, str]:
    if match := _COMPACT.fullmatch(text):
        return match[1], match[2], match[3]
    if match := _DAY_FIRST.fullmatch(text):
        return match[3], _month(match[2]), match[1]
    if match := _MONTH_FIRST.fullmatch(text):
        return match[3], _month(match[1]), match[2]
    match = _NUMERIC.fullmatch(text)
    if match is not None and len(match[1]) == 4 and len(match[3]) <= 2:
        return match[1], match[2], match[3]
    if match is None or len(match[1]) > 2 or len(match[3]) not in (2, 4):
        raise PydanticCustomError("date_not_valid", "This is not a date.")
    if order is None:
        raise PydanticCustomError(
            "date_order_unknown", "State whether the day or the month comes first in this column."
        )
    return (match[3], match[2], match[1]) if order is DateOrder.day_first else (match[3], match[1], match[2])


def _month(name: str) -> str:
    short = name[:3].lower()
    if short not in _MONTHS:
        raise PydanticCustomError("date_not_valid", "This is not a date.")
    return str(_MONTHS.index(short) + 1)
