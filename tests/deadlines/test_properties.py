"""What holds of the clocks whatever the days."""

from datetime import date, datetime, timedelta, timezone

from hypothesis import assume, given
from hypothesis import strategies as st

from app.core.calendars import Division, add_months, is_working_day, next_working_day
from app.services.deadlines import Pause, breach_notification, complaint_acknowledgement, subject_access

DAYS = st.dates(date(2015, 1, 1), date(2060, 12, 31))
DIVISIONS = st.sampled_from(Division)
#: Days from a request to a question, and from there to the answer.
GAPS = st.lists(st.tuples(st.integers(0, 120), st.integers(0, 90)), max_size=4)
Gaps = list[tuple[int, int]]


def _pauses(since: date, gaps: Gaps) -> list[Pause]:
    asked = [(since + timedelta(before), taken) for before, taken in gaps]
    return [Pause(day, day + timedelta(taken)) for day, taken in asked]


@given(DAYS, DIVISIONS, GAPS, st.booleans())
def test_a_due_day_is_a_working_one_and_never_before_the_months_are_over(
    received: date, division: Division, gaps: Gaps, extended: bool
) -> None:
    told = subject_access(received, division, pauses=_pauses(received, gaps), extended=extended)
    assert told.due_on is not None
    assert told.internal_due_on is not None
    assert told.extension_notice_by is not None
    assert is_working_day(told.due_on, division.nation)
    assert is_working_day(told.internal_due_on, division.nation)
    assert add_months(received, 3 if extended else 1) <= told.internal_due_on <= told.due_on
    assert add_months(received, 1) <= told.extension_notice_by <= told.due_on


@given(DAYS, st.integers(0, 400), DIVISIONS, GAPS, st.booleans())
def test_a_later_request_is_never_due_earlier(
    received: date, later: int, division: Division, gaps: Gaps, extended: bool
) -> None:
    """The questions follow both: of one that is open when a clock starts, the fewer days are left out the later."""
    second = received + timedelta(later)
    pauses = _pauses(second, gaps)
    one = subject_access(received, division, pauses=pauses, extended=extended)
    other = subject_access(second, division, pauses=pauses, extended=extended)
    assert one.due_on is not None
    assert other.due_on is not None
    assert one.internal_due_on is not None
    assert other.internal_due_on is not None
    assert one.due_on <= other.due_on
    assert one.internal_due_on <= other.internal_due_on
    assert complaint_acknowledgement(received, division) <= complaint_acknowledgement(second, division)


@given(DAYS, DIVISIONS, GAPS)
def test_an_extension_never_makes_it_earlier_nor_moves_its_own_notice(
    received: date, division: Division, gaps: Gaps
) -> None:
    pauses = _pauses(received, gaps)
    plain = subject_access(received, division, pauses=pauses)
    extended = subject_access(received, division, pauses=pauses, extended=True)
    assert plain.due_on is not None
    assert extended.due_on is not None
    assert plain.due_on <= extended.due_on
    assert plain.extension_notice_by == extended.extension_notice_by


@given(DAYS, DIVISIONS, GAPS, st.tuples(st.integers(0, 120), st.integers(0, 90)), st.integers(0, 60), st.booleans())
def test_another_question_or_a_later_answer_never_makes_it_earlier(
    received: date, division: Division, gaps: Gaps, more: tuple[int, int], longer: int, extended: bool
) -> None:
    found = [
        subject_access(received, division, pauses=_pauses(received, those), extended=extended).due_on
        for those in (gaps, [*gaps, more], [*gaps, (more[0], more[1] + longer)])
    ]
    days = [day for day in found if day is not None]
    assert len(days) == 3
    assert days == sorted(days)


@given(DAYS, DIVISIONS, st.integers(0, 27), st.integers(0, 90), st.booleans())
def test_a_pause_within_the_month_is_added_before_it_is_rolled_once(
    received: date, division: Division, before: int, taken: int, extended: bool
) -> None:
    told = subject_access(received, division, pauses=_pauses(received, [(before, taken)]), extended=extended)
    end = add_months(received, 3 if extended else 1)
    assert told.paused_days == taken + 1
    assert told.due_on == next_working_day(end + timedelta(taken + 1), division.nation)
    assert told.internal_due_on == next_working_day(end + timedelta(taken), division.nation)
    assert told.extension_notice_by == add_months(received, 1) + timedelta(taken + 1)


@given(DAYS, DIVISIONS, st.permutations([(0, 3), (2, 8), (10, 0), (11, 4), (20, 1)]))
def test_the_order_in_which_questions_are_given_is_nothing(received: date, division: Division, gaps: Gaps) -> None:
    told = subject_access(received, division, pauses=_pauses(received, gaps))
    left_out = {received + timedelta(before + n) for before, taken in gaps for n in range(taken + 1)}
    assert told.paused_days == len(left_out)
    assert told == subject_access(received, division, pauses=_pauses(received, sorted(gaps)))


@given(DAYS, DIVISIONS, GAPS, st.booleans())
def test_every_day_that_is_told_is_accounted_for(
    received: date, division: Division, gaps: Gaps, extended: bool
) -> None:
    told = subject_access(received, division, pauses=_pauses(received, gaps), extended=extended)
    steps = {step.code.value: step for step in told.why}
    assert len(steps) == len(told.why)
    assert told.why[0].day == told.clock_started_on
    led = [step.day for step in told.why if step.code.value in ("one_month", "three_months", "paused", "rolled")]
    assert led[-1] == told.due_on
    assert (steps["paused"].days if "paused" in steps else 0) == told.paused_days
    assert ("internal_earlier" in steps) == (told.internal_due_on != told.due_on)


@given(DAYS, DIVISIONS)
def test_an_acknowledgement_has_thirty_days_and_ends_on_a_working_one(received: date, division: Division) -> None:
    due = complaint_acknowledgement(received, division)
    assert is_working_day(due, division.nation)
    assert due >= received + timedelta(days=30)
    assume(is_working_day(received + timedelta(days=30), division.nation))
    assert due == received + timedelta(days=30)


@given(st.integers(0, 4_000_000_000), st.integers(-14 * 60, 14 * 60))
def test_72_hours_are_72_hours_in_every_zone(seconds: int, offset: int) -> None:
    instant = datetime.fromtimestamp(seconds, timezone(timedelta(minutes=offset)))
    assert breach_notification(instant) - instant == timedelta(hours=72)
    assert breach_notification(instant).utcoffset() == timedelta()
