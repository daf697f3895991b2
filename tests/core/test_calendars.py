"""Working days of the four nations, as GOV.UK publishes them, and counting in them."""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.core.calendars import Nation, add_months, add_working_days, is_working_day, next_working_day

DAY = timedelta(days=1)
DAYS = st.dates(date(2015, 1, 1), date(2040, 12, 31))
NATIONS = st.sampled_from(Nation)
E, W, S, NI = Nation.england, Nation.wales, Nation.scotland, Nation.northern_ireland


@pytest.mark.parametrize(
    ("day", "closed_in"),
    [
        (date(2026, 1, 1), {E, W, S, NI}),
        (date(2026, 1, 2), {S}),
        (date(2026, 3, 17), {NI}),
        (date(2026, 4, 3), {E, W, S, NI}),
        (date(2026, 4, 6), {E, W, NI}),
        (date(2026, 5, 4), {E, W, S, NI}),
        (date(2026, 7, 13), {NI}),
        (date(2026, 8, 3), {S}),
        (date(2026, 8, 31), {E, W, NI}),
        (date(2026, 11, 30), {S}),
        (date(2026, 12, 28), {E, W, S, NI}),
        (date(2027, 1, 4), {S}),
        (date(2022, 12, 27), {E, W, S, NI}),
        (date(2023, 5, 8), {E, W, S, NI}),
        (date(2026, 11, 20), set()),
    ],
)
def test_each_nation_has_its_own_holidays(day: date, closed_in: set[Nation]) -> None:
    assert {nation for nation in Nation if not is_working_day(day, nation)} == closed_in


@pytest.mark.parametrize(
    ("day", "nation", "rolled"),
    [
        (date(2027, 1, 1), E, date(2027, 1, 4)),
        (date(2027, 1, 1), S, date(2027, 1, 5)),
        (date(2026, 4, 3), E, date(2026, 4, 7)),
        (date(2026, 4, 3), S, date(2026, 4, 6)),
        (date(2026, 11, 23), E, date(2026, 11, 23)),
    ],
)
def test_a_day_rolls_to_the_next_working_one(day: date, nation: Nation, rolled: date) -> None:
    assert next_working_day(day, nation) == rolled


@pytest.mark.parametrize(
    ("day", "number", "nation", "last"),
    [
        (date(2026, 11, 20), 1, E, date(2026, 11, 23)),
        (date(2026, 12, 24), 1, E, date(2026, 12, 29)),
        (date(2026, 12, 18), 10, E, date(2027, 1, 6)),
        (date(2026, 12, 18), 10, S, date(2027, 1, 7)),
    ],
)
def test_working_days_are_counted_from_the_day_after(day: date, number: int, nation: Nation, last: date) -> None:
    assert add_working_days(day, number, nation) == last


def test_no_working_days_are_not_counted() -> None:
    with pytest.raises(ValueError, match="counted from one"):
        add_working_days(date(2026, 11, 20), 0, E)


@pytest.mark.parametrize(
    ("day", "months", "then"),
    [
        (date(2026, 2, 28), 12, date(2027, 2, 28)),
        (date(2024, 2, 29), 24, date(2026, 2, 28)),
        (date(2026, 1, 31), 3, date(2026, 4, 30)),
        (date(2026, 11, 30), 3, date(2027, 2, 28)),
    ],
)
def test_months_end_where_the_month_does(day: date, months: int, then: date) -> None:
    assert add_months(day, months) == then


@given(DAYS, NATIONS)
def test_rolling_stops_at_once_and_passes_no_working_day(day: date, nation: Nation) -> None:
    rolled = next_working_day(day, nation)
    assert is_working_day(rolled, nation)
    assert next_working_day(rolled, nation) == rolled
    assert not any(is_working_day(day + DAY * n, nation) for n in range((rolled - day).days))


@given(DAYS, st.integers(1, 60), NATIONS)
def test_between_two_days_lie_as_many_working_days_as_were_added(day: date, number: int, nation: Nation) -> None:
    last = add_working_days(day, number, nation)
    passed = [day + DAY * n for n in range(1, (last - day).days + 1)]
    assert sum(is_working_day(one, nation) for one in passed) == number
    assert is_working_day(last, nation)


@given(DAYS, st.integers(1, 30), st.integers(1, 30), NATIONS)
def test_working_days_add_up(day: date, some: int, more: int, nation: Nation) -> None:
    assert add_working_days(add_working_days(day, some, nation), more, nation) == add_working_days(
        day, some + more, nation
    )
