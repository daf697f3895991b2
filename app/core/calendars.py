"""Working days: neither a weekend nor a bank holiday of the nation that is asked about.

England and Wales share their holidays. Scotland has no Easter Monday but 2 January, the first Monday of August and
St Andrew's Day; Northern Ireland has 17 March and 12 July besides (Banking and Financial Dealings Act 1971 and the
proclamations of each year, as the library knows them).

GOV.UK publishes bank holidays some two years ahead. Those of later years are worked out by the rules that stand today,
until 2100; of later years still, and of those before 1872, only weekends are known.
"""

from __future__ import annotations

from datetime import date, timedelta
from enum import StrEnum
from functools import cache

import holidays

from app.core.clock import months_after as add_months

__all__ = ["Division", "Nation", "add_months", "add_working_days", "is_working_day", "next_working_day"]

DAY = timedelta(days=1)
SATURDAY = 5


class Nation(StrEnum):
    """Whose bank holidays count."""

    england = "england"
    wales = "wales"
    scotland = "scotland"
    northern_ireland = "northern_ireland"


_SUBDIVISIONS = {
    Nation.england: "ENG",
    Nation.wales: "WLS",
    Nation.scotland: "SCT",
    Nation.northern_ireland: "NIR",
}


class Division(StrEnum):
    """The divisions by which GOV.UK publishes bank holidays: England and Wales share theirs."""

    england_and_wales = "england-and-wales"
    scotland = "scotland"
    northern_ireland = "northern-ireland"

    @property
    def nation(self) -> Nation:
        """A nation with these holidays."""
        return _NATIONS[self]


_NATIONS = {
    Division.england_and_wales: Nation.england,
    Division.scotland: Nation.scotland,
    Division.northern_ireland: Nation.northern_ireland,
}


@cache
def _bank_holidays(year: int, nation: Nation) -> frozenset[date]:
    return frozenset(holidays.country_holidays("GB", subdiv=_SUBDIVISIONS[nation], years=year))


def is_working_day(day: date, nation: Nation) -> bool:
    return day.weekday() < SATURDAY and day not in _bank_holidays(day.year, nation)


def next_working_day(day: date, nation: Nation) -> date:
    """The first working day from a day on: the day itself where it is one."""
    while not is_working_day(day, nation):
        day += DAY
    return day


def add_working_days(day: date, number: int, nation: Nation) -> date:
    """The last of so many working days after a day, itself not counted. Raises ValueError for fewer than one."""
    if number < 1:
        raise ValueError("working days are counted from one")
    for _ in range(number):
        day = next_working_day(day + DAY, nation)
    return day
