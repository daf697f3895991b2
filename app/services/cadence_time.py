"""Working time, and how many one-to-ones it asks for: arithmetic in whole numbers, which no rounding blurs.

A working day is Monday to Friday, no bank holiday. Part time counts for its part of each; leave takes away the whole or
the half of a day, and nothing of a day on which nobody works.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from app.core.calendars import Nation, is_working_day
from app.models.cadence import CadenceStanding

DAY = timedelta(days=1)
#: A day is counted in halves, part time in per cent, a target in tenths.
HALVES, PER_CENT, TENTHS = 2, 100, 10
DAY_UNITS = HALVES * PER_CENT


@dataclass(frozen=True, slots=True)
class Target:
    """So many one-to-ones a working day, in tenths, at so many per cent of full time, from a day on."""

    from_day: date
    per_day_tenths: int
    fte_percent: int


#: Until a target is set: three a day, full time.
USUAL = Target(date.min, 30, 100)


@dataclass(frozen=True, slots=True)
class Leave:
    """Days away, both ends included; of each, one half or both."""

    starts_on: date
    ends_on: date
    halves: int


@dataclass(frozen=True, slots=True)
class WorkingTime:
    """`units` are two-hundredths of a working day, `asked` two-thousandths of a one-to-one."""

    units: int = 0
    asked: int = 0

    def __add__(self, other: "WorkingTime") -> "WorkingTime":
        return WorkingTime(self.units + other.units, self.asked + other.asked)

    @property
    def days(self) -> float:
        return self.units / DAY_UNITS

    @property
    def expected(self) -> float:
        return self.asked / (DAY_UNITS * TENTHS)

    def average(self, held: int) -> float | None:
        """One-to-ones a working day to two places, half up; None without working time."""
        if self.units == 0:
            return None
        return (2 * held * DAY_UNITS * 100 + self.units) // (2 * self.units) / 100

    def standing(self, held: int) -> CadenceStanding:
        """Whether so many are enough: 2.996 a day are fewer than three, however they are shown."""
        if self.units == 0:
            return CadenceStanding.no_working_time
        enough = held * DAY_UNITS * TENTHS >= self.asked
        return CadenceStanding.meets if enough else CadenceStanding.below


def target_on(day: date, targets: Iterable[Target]) -> Target:
    """The one in force on a day: that of the latest day, and of one day the last given."""
    found = USUAL
    for target in targets:
        if found.from_day <= target.from_day <= day:
            found = target
    return found


def time_of_day(day: date, nation: Nation, targets: Iterable[Target], leave: Iterable[Leave]) -> WorkingTime:
    if not is_working_day(day, nation):
        return WorkingTime()
    away = min(HALVES, sum(one.halves for one in leave if one.starts_on <= day <= one.ends_on))
    target = target_on(day, targets)
    units = (HALVES - away) * target.fte_percent
    return WorkingTime(units, units * target.per_day_tenths)


def working_time(
    first: date, last: date, nation: Nation, targets: Sequence[Target] = (), leave: Sequence[Leave] = ()
) -> WorkingTime:
    """The working time of a period, both ends included; none where it ends before it begins."""
    return sum((time_of_day(day, nation, targets, leave) for day in days_of(first, last)), WorkingTime())


def days_of(first: date, last: date) -> list[date]:
    return [first + n * DAY for n in range((last - first).days + 1)]


def week_of(day: date) -> date:
    """The Monday of a day's week."""
    return day - day.weekday() * DAY
