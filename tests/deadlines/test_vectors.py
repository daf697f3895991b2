"""The deadlines that guidance and statute give for days that are known, each regime by its own clock."""

from datetime import UTC, date, datetime, timedelta, timezone

import pytest

from app.core.calendars import Division
from app.services.deadlines import Pause, breach_notification, complaint_acknowledgement, subject_access

E, S, NI = Division.england_and_wales, Division.scotland, Division.northern_ireland
D = date.fromisoformat


@pytest.mark.parametrize(
    ("received", "division", "due"),
    [
        ("2018-09-03", E, "2018-10-03"),
        ("2025-01-01", E, "2025-02-03"),
        ("2025-01-31", E, "2025-02-28"),
        ("2024-01-29", E, "2024-02-29"),
        ("2026-01-31", E, "2026-03-02"),
        ("2028-01-31", E, "2028-02-29"),
        ("2024-02-29", E, "2024-04-02"),
        ("2024-02-29", S, "2024-04-01"),
        ("2026-02-28", E, "2026-03-30"),
        ("2026-03-31", E, "2026-04-30"),
        ("2026-07-31", E, "2026-09-01"),
        ("2026-07-31", S, "2026-08-31"),
        ("2026-07-03", S, "2026-08-04"),
        ("2026-08-30", E, "2026-09-30"),
        ("2026-10-31", E, "2026-11-30"),
        ("2026-10-31", S, "2026-12-01"),
        ("2026-11-25", E, "2026-12-29"),
        ("2026-12-01", E, "2027-01-04"),
        ("2026-12-01", S, "2027-01-05"),
        ("2026-12-31", E, "2027-02-01"),
        ("2026-03-03", E, "2026-04-07"),
        ("2026-03-03", S, "2026-04-06"),
        ("2026-04-25", E, "2026-05-26"),
        ("2026-02-17", NI, "2026-03-18"),
        ("2026-05-15", E, "2026-06-15"),
        ("2026-05-15", S, "2026-06-16"),
        ("2026-06-12", NI, "2026-07-14"),
    ],
)
def test_a_month_ends_on_the_same_date_or_the_months_last_day_and_then_rolls(
    received: str, division: Division, due: str
) -> None:
    told = subject_access(D(received), division)
    assert told.clock_started_on == D(received)
    assert told.paused_days == 0
    assert told.due_on == told.internal_due_on == D(due)


@pytest.mark.parametrize(
    ("received", "due"),
    [
        ("2026-11-30", "2027-03-01"),
        ("2026-08-31", "2026-11-30"),
        ("2026-01-31", "2026-04-30"),
    ],
)
def test_an_extension_is_three_months_from_the_start(received: str, due: str) -> None:
    assert subject_access(D(received), E, extended=True).due_on == D(due)


@pytest.mark.parametrize(
    ("identity", "fee", "start", "due"),
    [
        ("2026-03-20", None, "2026-03-20", "2026-04-20"),
        (None, "2026-03-20", "2026-03-20", "2026-04-20"),
        ("2026-03-20", "2026-03-24", "2026-03-24", "2026-04-24"),
        ("2026-03-24", "2026-03-20", "2026-03-24", "2026-04-24"),
        ("2026-02-20", None, "2026-03-02", "2026-04-02"),
    ],
)
def test_the_clock_starts_on_the_latest_of_receipt_identity_and_fee(
    identity: str | None, fee: str | None, start: str, due: str
) -> None:
    told = subject_access(
        D("2026-03-02"),
        E,
        identity_received_on=D(identity) if identity else None,
        fee_received_on=D(fee) if fee else None,
    )
    assert (told.clock_started_on, told.due_on) == (D(start), D(due))


@pytest.mark.parametrize(
    ("received", "asked", "answered", "days", "due", "internal", "notice"),
    [
        ("2026-06-01", "2026-06-08", "2026-06-15", 8, "2026-07-09", "2026-07-08", "2026-07-09"),
        ("2026-11-02", "2026-11-06", "2026-11-30", 25, "2026-12-29", "2026-12-29", "2026-12-27"),
        ("2026-06-01", "2026-06-08", "2026-06-08", 1, "2026-07-02", "2026-07-01", "2026-07-02"),
        ("2026-06-01", "2026-06-01", "2026-06-08", 8, "2026-07-09", "2026-07-08", "2026-07-09"),
    ],
)
def test_the_days_from_question_to_answer_do_not_count(
    received: str, asked: str, answered: str, days: int, due: str, internal: str, notice: str
) -> None:
    told = subject_access(D(received), E, pauses=[Pause(D(asked), D(answered))])
    assert told.paused_days == days
    assert (told.due_on, told.internal_due_on) == (D(due), D(internal))
    assert told.extension_notice_by == D(notice)


def test_a_day_within_several_pauses_is_left_out_once() -> None:
    apart = [Pause(D("2026-06-03"), D("2026-06-05")), Pause(D("2026-06-10"), D("2026-06-12"))]
    assert subject_access(D("2026-06-01"), E, pauses=apart).paused_days == 6
    crossing = [Pause(D("2026-06-08"), D("2026-06-15")), Pause(D("2026-06-03"), D("2026-06-08"))]
    told = subject_access(D("2026-06-01"), E, pauses=crossing)
    assert (told.paused_days, told.due_on, told.internal_due_on) == (13, D("2026-07-14"), D("2026-07-13"))


def test_a_question_before_the_start_leaves_out_the_days_since() -> None:
    pause = Pause(D("2026-03-10"), D("2026-03-24"))
    told = subject_access(D("2026-03-02"), E, identity_received_on=D("2026-03-20"), pauses=[pause])
    assert (told.paused_days, told.due_on, told.internal_due_on) == (5, D("2026-04-27"), D("2026-04-24"))
    over = Pause(D("2026-03-10"), D("2026-03-19"))
    assert subject_access(D("2026-03-02"), E, identity_received_on=D("2026-03-20"), pauses=[over]).paused_days == 0


def test_while_a_question_is_open_what_is_due_is_not_known() -> None:
    told = subject_access(D("2026-06-01"), E, pauses=[Pause(D("2026-06-08"))])
    assert told.clock_started_on == D("2026-06-01")
    assert told.paused_days is told.due_on is told.internal_due_on is told.extension_notice_by is None


@pytest.mark.parametrize("answered", [None, D("2026-07-20")])
def test_a_question_once_the_time_is_over_mends_nothing(answered: date | None) -> None:
    told = subject_access(D("2026-06-01"), E, pauses=[Pause(D("2026-07-02"), answered)])
    assert (told.paused_days, told.due_on, told.internal_due_on) == (0, D("2026-07-01"), D("2026-07-01"))


def test_a_question_on_the_last_day_is_in_time_also_where_that_day_was_rolled() -> None:
    told = subject_access(D("2026-01-31"), E, pauses=[Pause(D("2026-03-02"), D("2026-03-03"))])
    assert (told.paused_days, told.due_on) == (2, D("2026-03-02"))
    assert subject_access(D("2026-01-31"), E, pauses=[Pause(D("2026-03-03"), D("2026-03-09"))]).paused_days == 0


def test_the_notice_of_an_extension_is_due_within_the_first_month_and_not_rolled() -> None:
    assert subject_access(D("2026-03-02"), E).extension_notice_by == D("2026-04-02")
    assert subject_access(D("2026-01-31"), E, extended=True).extension_notice_by == D("2026-02-28")
    # A question in the second month moves the answer, not a notice that was due before it.
    later = subject_access(D("2026-03-02"), E, pauses=[Pause(D("2026-04-07"), D("2026-04-10"))], extended=True)
    assert (later.extension_notice_by, later.due_on) == (D("2026-04-02"), D("2026-06-08"))
    still = subject_access(D("2026-03-02"), E, pauses=[Pause(D("2026-04-07"))], extended=True)
    assert (still.extension_notice_by, still.due_on) == (D("2026-04-02"), None)


def test_an_answer_does_not_come_before_its_question() -> None:
    with pytest.raises(ValueError, match="after its question"):
        Pause(D("2026-06-08"), D("2026-06-07"))


@pytest.mark.parametrize(
    ("received", "division", "due"),
    [
        ("2026-06-19", E, "2026-07-20"),
        ("2026-07-01", E, "2026-07-31"),
        ("2026-11-25", E, "2026-12-29"),
        ("2026-03-07", E, "2026-04-07"),
        ("2026-03-07", S, "2026-04-06"),
        ("2026-02-15", NI, "2026-03-18"),
    ],
)
def test_a_complaint_is_acknowledged_within_thirty_days_from_the_day_after(
    received: str, division: Division, due: str
) -> None:
    assert complaint_acknowledgement(D(received), division) == D(due)


@pytest.mark.parametrize(
    ("aware", "due"),
    [
        ("2026-11-20T16:45:00+00:00", "2026-11-23T16:45:00+00:00"),
        ("2026-03-28T10:00:00+00:00", "2026-03-31T10:00:00+00:00"),
        ("2026-12-24T17:30:00+00:00", "2026-12-27T17:30:00+00:00"),
        ("2026-10-24T10:00:00+01:00", "2026-10-27T09:00:00+00:00"),
    ],
)
def test_a_breach_is_notified_within_72_hours_whatever_the_day(aware: str, due: str) -> None:
    told = breach_notification(datetime.fromisoformat(aware))
    assert told == datetime.fromisoformat(due)
    assert told.tzinfo is UTC


def test_an_instant_needs_a_time_zone() -> None:
    with pytest.raises(ValueError, match="time zone"):
        breach_notification(datetime.fromisoformat("2026-11-20T16:45:00"))
    elsewhere = datetime(2026, 11, 20, 16, 45, tzinfo=timezone(timedelta(hours=-5)))
    assert breach_notification(elsewhere) == datetime(2026, 11, 23, 21, 45, tzinfo=UTC)
