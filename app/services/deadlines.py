"""Statutory deadlines of data protection, from nothing but dates. Each regime has a clock of its own.

A request for access has a calendar month, which can stop and be extended; the acknowledgement of a complaint has thirty
days, which begin the day after; the notification of a breach has 72 hours, whatever the day. None is made of another.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

from pydantic import BaseModel, ConfigDict, Field

from app.core.calendars import Division, add_months, next_working_day
from app.core.errors import Invalid
from app.models.deadlines import DeadlineReason, SubjectAccessDeadline
from app.models.deadlines import DeadlineReasonCode as Code
from app.models.members import LegalDate
from app.services.deadline_reasons import reason

_UNANSWERED = date.max

#: The first and the last day of a stop of the clock: those of a question and its answer.
Stop = tuple[date, date]


@dataclass(frozen=True, slots=True)
class Pause:
    """A question without whose answer the search cannot go on. Raises ValueError for an answer before it."""

    asked_on: date
    answered_on: date | None = None

    def __post_init__(self) -> None:
        if self.answered_on is not None and self.answered_on < self.asked_on:
            raise ValueError("an answer comes after its question")


class SubjectAccessQuery(BaseModel):
    """The facts of a request for access, as far as they are there."""

    model_config = ConfigDict(extra="forbid")

    received_on: LegalDate = Field(description="The day on which the request came in, by any way, to anybody.")
    nation: Division = Field(description="Whose bank holidays count: those where the controller is established.")
    identity_received_on: LegalDate | None = Field(
        default=None, description="The day on which proof of identity came in, where it was in doubt and asked for."
    )
    fee_received_on: LegalDate | None = Field(default=None, description="The day of payment, where a fee was due.")
    clarification_asked_on: LegalDate | None = Field(
        default=None, description="The day on which it was asked what exactly is sought: the clock stops."
    )
    clarification_received_on: LegalDate | None = Field(
        default=None, description="The day of the answer: the clock runs again from the day after."
    )
    extended: bool = Field(default=False, description="Whether two further months were taken.")


def subject_access_asked(query: SubjectAccessQuery) -> SubjectAccessDeadline:
    """The clock of a request of which somebody gives the facts.

    Raises `Invalid` for an answer before its question or without one, and for a question before the request.
    """
    asked, answered = query.clarification_asked_on, query.clarification_received_on
    if asked is None and answered is not None:
        raise Invalid.at("#query/clarification_asked_on", "question_missing", "Give the day of the question too.")
    if asked is not None and asked < query.received_on:
        raise Invalid.at(
            "#query/clarification_asked_on", "asked_before_received", "A question follows the request that it is about."
        )
    if asked is not None and answered is not None and answered < asked:
        raise Invalid.at(
            "#query/clarification_received_on",
            "answered_before_asked",
            "An answer comes on or after its question's day.",
        )
    return subject_access(
        query.received_on,
        query.nation,
        identity_received_on=query.identity_received_on,
        fee_received_on=query.fee_received_on,
        pauses=() if asked is None else (Pause(asked, answered),),
        extended=query.extended,
    )


def subject_access(
    received_on: date,
    division: Division,
    *,
    identity_received_on: date | None = None,
    fee_received_on: date | None = None,
    pauses: Sequence[Pause] = (),
    extended: bool = False,
) -> SubjectAccessDeadline:
    """When a request for access must have been answered (UK GDPR art. 12A; ICO's guidance on counting).

    The clock starts on the latest of receipt, proof of identity and fee. It runs to the same date of the next month, or
    of the third one if extended, or to that month's last day; what was left out is added, and the whole is rolled once,
    at the end, to a working day.

    The days from a question to its answer, both included, do "not count towards" the period, and a day within several
    pauses is one day. Before the clock starts no day counts anyhow: of a question asked earlier only the days since the
    start are left out. When a period is over there is none that a day could count towards: a question asked then leaves
    nothing out, and what is overdue stays so. That is judged for the answer and for the notice of an extension each by
    its own period. The notice's is not rolled, which is the safe reading.

    The internal date takes of a pause the plain difference of its days, as was the practice before the statute: it is
    never later than the legal one. While a question that was asked in time is open, what depends on its answer is None.
    """
    starts = (
        (Code.received, received_on),
        (Code.identity_received, identity_received_on or received_on),
        (Code.fee_received, fee_received_on or received_on),
    )
    begun, start = max(starts, key=lambda step: step[1])
    stops = list(_stops(start, pauses))
    month, end = add_months(start, 1), add_months(start, 3 if extended else 1)

    def rolled(day: date) -> date:
        return next_working_day(day, division.nation)

    in_time = _in_time(end, stops, over=rolled)
    left_out, difference = _total(in_time, both_ends=1), _total(in_time, both_ends=0)
    raw = None if left_out is None else end + timedelta(left_out)
    due_on = None if raw is None else rolled(raw)
    internal_due_on = None if difference is None else rolled(end + timedelta(difference))
    for_notice = _total(_in_time(month, stops, over=lambda day: day), both_ends=1)
    return SubjectAccessDeadline(
        clock_started_on=start,
        paused_days=left_out,
        due_on=due_on,
        internal_due_on=internal_due_on,
        extension_notice_by=None if for_notice is None else month + timedelta(for_notice),
        why=[
            reason(begun, start),
            reason(Code.three_months if extended else Code.one_month, end),
            *_stops_told(start, pauses, stops, in_time),
            *_days_told(end, raw, due_on, internal_due_on, division),
        ],
    )


def complaint_acknowledgement(received_on: date, division: Division) -> date:
    """The last day to acknowledge a complaint about data (DPA 2018 s.164A): thirty days, rolled to a working day.

    The first of them is the day after receipt, whatever day that is.
    """
    return next_working_day(received_on + timedelta(days=30), division.nation)


def breach_notification(aware_at: datetime) -> datetime:
    """When the Commissioner must have been told of a breach (UK GDPR art. 33(1)), in UTC: 72 hours after it was known.

    Hours run through nights, weekends, holidays and changes of the clocks. Raises ValueError for a naive instant.
    """
    if aware_at.tzinfo is None:
        raise ValueError("an instant needs a time zone")
    return aware_at.astimezone(UTC) + timedelta(hours=72)


def _stops(start: date, pauses: Sequence[Pause]) -> Iterator[Stop]:
    """The stops of a clock that started, in order and no two with a day in common; an open one is the last."""
    spans = sorted((max(pause.asked_on, start), pause.answered_on or _UNANSWERED) for pause in pauses)
    current: Stop | None = None
    for first, last in spans:
        if last < start:
            continue
        if current is None:
            current = first, last
        elif first <= current[1]:
            current = current[0], max(current[1], last)
        else:
            yield current
            current = first, last
    if current is not None:
        yield current


def _in_time(end: date, stops: Sequence[Stop], *, over: Callable[[date], date]) -> list[Stop]:
    """The stops that began before a period was over, which each of them makes longer; `over` is its last day."""
    found: list[Stop] = []
    for first, last in stops:
        if first > over(end):
            break
        found.append((first, last))
        if last == _UNANSWERED:
            break
        end += last - first + timedelta(1)
    return found


def _total(stops: Sequence[Stop], *, both_ends: int) -> int | None:
    """How many days stops take, with both ends or (0) with one of them; None while one lasts."""
    if any(last == _UNANSWERED for _, last in stops):
        return None
    return sum((last - first).days + both_ends for first, last in stops)


def _stops_told(
    start: date, pauses: Sequence[Pause], stops: Sequence[Stop], in_time: Sequence[Stop]
) -> Iterator[DeadlineReason]:
    """What is to be said of questions that are not simply answered in time."""
    if any(pause.asked_on < start <= (pause.answered_on or _UNANSWERED) for pause in pauses):
        yield reason(Code.asked_before_start, start)
    if in_time and in_time[-1][1] == _UNANSWERED:
        yield reason(Code.clock_paused, in_time[-1][0])
    if len(in_time) < len(stops):
        yield reason(Code.asked_too_late, stops[len(in_time)][0])


def _days_told(
    end: date, raw: date | None, due_on: date | None, internal_due_on: date | None, division: Division
) -> Iterator[DeadlineReason]:
    """The days from the end of the months to those that are due."""
    if raw is None or due_on is None or internal_due_on is None:
        return
    if raw != end:
        yield reason(Code.paused, raw, days=(raw - end).days)
    if due_on != raw:
        yield reason(Code.rolled, due_on, division=division)
    if internal_due_on != due_on:
        yield reason(Code.internal_earlier, internal_due_on)
