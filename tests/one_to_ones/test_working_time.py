"""Working time is whole numbers: never negative, the sum of its parts, and a holiday is not taken away twice."""

from datetime import date, timedelta

from hypothesis import given, settings
from hypothesis import strategies as st

from app.core.calendars import Nation, is_working_day
from app.models.cadence import CadenceStanding
from app.services.cadence_time import Leave, Target, WorkingTime, target_on, time_of_day, week_of, working_time

DAYS = st.dates(date(2024, 1, 1), date(2028, 12, 31))
SPANS = st.integers(0, 60).map(lambda days: timedelta(days=days))
NATIONS = st.sampled_from(Nation)
TARGETS = st.lists(st.builds(Target, DAYS, st.integers(0, 200), st.integers(1, 100)), max_size=4)
LEAVE = st.lists(
    st.builds(lambda first, span, halves: Leave(first, first + span, halves), DAYS, SPANS, st.sampled_from((1, 2))),
    max_size=4,
)
FEW = settings(max_examples=40, deadline=None)


@FEW
@given(DAYS, SPANS, SPANS, NATIONS, TARGETS, LEAVE)
def test_adjacent_periods_add_up(
    first: date, span: timedelta, more: timedelta, nation: Nation, targets: list[Target], leave: list[Leave]
) -> None:
    middle = first + span
    last = middle + timedelta(days=1) + more
    parts = working_time(first, middle, nation, targets, leave) + working_time(
        middle + timedelta(days=1), last, nation, targets, leave
    )
    assert parts == working_time(first, last, nation, targets, leave)


@FEW
@given(DAYS, NATIONS, TARGETS, LEAVE)
def test_a_day_is_never_less_than_none_nor_more_than_one(
    day: date, nation: Nation, targets: list[Target], leave: list[Leave]
) -> None:
    time = time_of_day(day, nation, targets, leave)
    assert 0 <= time.units <= 200
    assert time.units == 0 or is_working_day(day, nation)
    assert 0 <= time.asked == time.units * target_on(day, targets).per_day_tenths


@FEW
@given(DAYS, NATIONS, LEAVE)
def test_leave_on_a_day_off_takes_nothing_away(day: date, nation: Nation, leave: list[Leave]) -> None:
    monday = week_of(day)
    sunday = monday + timedelta(days=6)
    off = [one for n in range(7) if not is_working_day(one := monday + timedelta(days=n), nation)]
    more = [*leave, *(Leave(one, one, 2) for one in off)]
    assert working_time(monday, sunday, nation, (), more) == working_time(monday, sunday, nation, (), leave)


@FEW
@given(st.integers(0, 500), st.integers(1, 300))
def test_what_is_shown_never_says_more_than_it_is(held: int, days: int) -> None:
    time = WorkingTime(days * 200, days * 200 * 30)
    assert (time.standing(held) is CadenceStanding.meets) is (held >= 3 * days)
    average = time.average(held)
    assert average is not None
    assert abs(average - held / days) <= 0.005 + 1e-9


def test_the_vectors() -> None:
    time = working_time(date(2026, 6, 1), date(2026, 6, 30), Nation.england)
    assert (time.days, time.expected) == (22, 66)
    assert (time.average(62), time.standing(62)) == (2.82, CadenceStanding.below)
    assert (time.average(66), time.standing(66)) == (3.0, CadenceStanding.meets)
    # So near that it is shown as three, and yet it is less.
    long = WorkingTime(300 * 200, 300 * 200 * 30)
    assert (long.average(899), long.standing(899)) == (3.0, CadenceStanding.below)
    assert working_time(date(2026, 6, 2), date(2026, 6, 1), Nation.england) == WorkingTime()


def test_of_targets_of_one_day_the_last_given_holds() -> None:
    targets = [Target(date(2026, 1, 1), 30, 100), Target(date(2026, 3, 1), 25, 60), Target(date(2026, 3, 1), 20, 80)]
    assert target_on(date(2025, 12, 31), targets).per_day_tenths == 30
    assert target_on(date(2026, 2, 28), targets).fte_percent == 100
    assert target_on(date(2026, 3, 1), targets).fte_percent == 80
