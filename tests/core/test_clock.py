from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime, timedelta, timezone

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from app.core import clock
from app.core.clock import LONDON, day_of, day_starts, midnight_after

days = st.dates(min_value=date(1972, 1, 1), max_value=date(2099, 12, 30))
EARLIEST, LATEST = (datetime(year, 1, 1) for year in (1972, 2099))  # noqa: DTZ001  (hypothesis adds the zone)
instants = st.datetimes(EARLIEST, LATEST, timezones=st.just(UTC))
SPRING, AUTUMN = date(2026, 3, 29), date(2026, 10, 25)


@pytest.fixture(autouse=True)
def the_real_time() -> Iterator[None]:
    yield
    clock.set_offset(timedelta())


def test_now_is_aware_utc_and_moves_with_the_offset() -> None:
    assert clock.now().tzinfo is UTC
    clock.set_offset(timedelta(days=40))
    assert clock.offset() == timedelta(days=40)
    assert timedelta() <= clock.now() - (datetime.now(UTC) + timedelta(days=40)) + timedelta(seconds=5)
    assert clock.today() == day_of(clock.now())


@pytest.mark.parametrize(
    ("instant", "day"),
    [
        (datetime(2026, 7, 1, 22, 59, 59, tzinfo=UTC), date(2026, 7, 1)),
        (datetime(2026, 7, 1, 23, 0, tzinfo=UTC), date(2026, 7, 2)),
        (datetime(2026, 1, 1, 23, 30, tzinfo=UTC), date(2026, 1, 1)),
        (datetime(2026, 1, 1, 23, 30, tzinfo=timezone(timedelta(hours=-5))), date(2026, 1, 2)),
    ],
)
def test_the_day_is_londons(instant: datetime, day: date) -> None:
    assert day_of(instant) == day


@pytest.mark.parametrize(
    ("day", "starts"),
    [
        (SPRING, datetime(2026, 3, 29, 0, tzinfo=UTC)),
        (SPRING + timedelta(days=1), datetime(2026, 3, 29, 23, tzinfo=UTC)),
        (AUTUMN, datetime(2026, 10, 24, 23, tzinfo=UTC)),
        (AUTUMN + timedelta(days=1), datetime(2026, 10, 26, 0, tzinfo=UTC)),
    ],
)
def test_days_start_at_londons_midnight(day: date, starts: datetime) -> None:
    assert day_starts(day) == starts
    assert day_starts(day).utcoffset() == timedelta()


def test_midnight_itself_belongs_to_the_new_day() -> None:
    midnight = day_starts(SPRING)
    assert midnight_after(midnight) == midnight + timedelta(hours=23)
    assert midnight_after(midnight - timedelta(microseconds=1)) == midnight


@pytest.mark.parametrize("ask", [day_of, midnight_after])
def test_a_naive_instant_is_refused(ask: Callable[[datetime], object]) -> None:
    with pytest.raises(ValueError, match="time zone"):
        ask(datetime(2026, 1, 1))  # noqa: DTZ001  (the point)


@given(days)
@example(SPRING)
@example(AUTUMN)
def test_a_day_is_23_24_or_25_hours_and_holds_its_instants(day: date) -> None:
    start, end = day_starts(day), day_starts(day + timedelta(days=1))
    assert end - start in {timedelta(hours=h) for h in (23, 24, 25)}
    assert day_of(start) == day_of(end - timedelta(microseconds=1)) == day
    assert start.astimezone(LONDON).time().isoformat() == "00:00:00"


@given(instants)
@example(datetime(2026, 3, 29, 0, 59, 59, tzinfo=UTC))
@example(datetime(2026, 10, 25, 0, 30, tzinfo=UTC))
@example(datetime(2026, 10, 25, 1, 30, tzinfo=UTC))
def test_midnight_after_is_the_next_change_of_day(instant: datetime) -> None:
    midnight = midnight_after(instant)
    assert instant < midnight <= instant + timedelta(hours=25)
    assert day_of(midnight) == day_of(instant) + timedelta(days=1)
    assert day_of(midnight - timedelta(microseconds=1)) == day_of(instant)
