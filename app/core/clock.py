"""What time it is, and on which day: instants are aware UTC, days are London's.

A day is the half-open interval from its midnight in London to the next one, 23 or 25 hours long where the
clocks change.
"""

from calendar import monthrange
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

LONDON = ZoneInfo("Europe/London")

_offset = timedelta()


def now() -> datetime:
    return datetime.now(UTC) + _offset


def today() -> date:
    return day_of(now())


def offset() -> timedelta:
    """How far this clock runs ahead of the machine's."""
    return _offset


def set_offset(ahead: timedelta) -> None:
    """Moves the clock of this process; for the demo and the tests only."""
    global _offset  # noqa: PLW0603  (a process has one clock)
    _offset = ahead


def day_of(instant: datetime) -> date:
    """London's date at an instant. Raises ValueError for a naive one, lest it be read as local."""
    if instant.tzinfo is None:
        raise ValueError("an instant needs a time zone")
    return instant.astimezone(LONDON).date()


def day_starts(day: date) -> datetime:
    """The instant, in UTC, at which a London day begins."""
    return datetime.combine(day, time.min, LONDON).astimezone(UTC)


def midnight_after(instant: datetime) -> datetime:
    """The first London midnight strictly after an instant, in UTC. Raises ValueError for a naive one."""
    return day_starts(day_of(instant) + timedelta(days=1))


def months_after(day: date, months: int) -> date:
    """The same day so many calendar months on (or back), or the month's last where it has no such day."""
    years, month = divmod(day.month - 1 + months, 12)
    year = day.year + years
    return date(year, month + 1, min(day.day, monthrange(year, month + 1)[1]))
