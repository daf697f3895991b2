"""How the deadline of a request for access was come to: each step in plain words, with where its rule stands."""

from collections.abc import Mapping
from datetime import date

from app.core.calendars import Division
from app.models.deadlines import DeadlineReason
from app.models.deadlines import DeadlineReasonCode as Code
from app.models.members import Language
from app.models.reference_data import words_of

_STATUTE = "UK GDPR, article 12A"
_GUIDANCE = "ICO, guidance on the right of access"
_FORMER_PRACTICE = "Practice before the Data (Use and Access) Act 2025"

#: What is said of each step, and where its rule stands.
_SAID: Mapping[Code, tuple[str, str]] = {
    Code.received: ("The clock started on {day}, when the request was received, a working day or not.", _STATUTE),
    Code.identity_received: ("The clock started on {day}, when the proof of identity was received.", _STATUTE),
    Code.fee_received: ("The clock started on {day}, when the fee was received.", _STATUTE),
    Code.one_month: (
        "A month later is {day}: the same date, or the last day of a month that has no such date.",
        _GUIDANCE,
    ),
    Code.three_months: (
        "Three months later is {day}: an extension counts from the start, by the same date or the month's last day.",
        _STATUTE,
    ),
    Code.asked_before_start: (
        "A question was asked before the clock started; of its days only those from {day} on are left out.",
        _STATUTE,
    ),
    Code.paused: (
        "Days left out: {days}, from each question to its answer, both days included. That leads to {day}.",
        _STATUTE,
    ),
    Code.clock_paused: (
        "The clock has been stopped since {day} by a question that is not answered; what is due cannot be said yet.",
        _STATUTE,
    ),
    Code.asked_too_late: ("A question was asked on {day}, when the time was over; it leaves nothing out.", _STATUTE),
    Code.rolled: (
        "The last day fell on a weekend or a bank holiday ({division}); the next working day is {day}.",
        _GUIDANCE,
    ),
    Code.internal_earlier: (
        "Work to {day}: with the day of each answer counted again, that is the safer day.",
        _FORMER_PRACTICE,
    ),
}


def reason(code: Code, day: date, *, days: int | None = None, division: Division | None = None) -> DeadlineReason:
    """A step that leads to a day, or speaks of it."""
    sentence, source = _SAID[code]
    words = sentence.format(
        day=f"{day.day} {day:%B %Y}", days=days, division=division and words_of(division, Language.english)
    )
    return DeadlineReason(code=code, day=day, days=days, sentence=words, source=source)
