"""Statutory deadlines as they are told: the days, and how each was come to."""

from datetime import date
from enum import StrEnum
from typing import Annotated

from pydantic import AwareDatetime
from pydantic import Field as Bounds

from app.models.base import Count, Shape


class DeadlineReasonCode(StrEnum):
    """A step on the way to a deadline."""

    received = "received"
    identity_received = "identity_received"
    fee_received = "fee_received"
    one_month = "one_month"
    three_months = "three_months"
    asked_before_start = "asked_before_start"
    paused = "paused"
    clock_paused = "clock_paused"
    asked_too_late = "asked_too_late"
    rolled = "rolled"
    internal_earlier = "internal_earlier"


class DeadlineReason(Shape):
    """One step, in words to show as they are; `code`, `day` and `days` are for words of one's own."""

    code: DeadlineReasonCode
    day: date = Bounds(description="The day to which the step leads, or of which it speaks.")
    days: Annotated[Count | None, Bounds(description="How many days it adds; null where it adds none.")]
    sentence: Annotated[str, Bounds(max_length=300)]
    source: Annotated[str, Bounds(max_length=100, description="Where the rule stands.")]


class SubjectAccessDeadline(Shape):
    """The clock of a request for access, by the statute; while it is stopped, what depends on the answer is null."""

    clock_started_on: date
    paused_days: Annotated[
        Count | None,
        Bounds(description="Days that do not count, the question's and the answer's included; null while it is asked."),
    ]
    due_on: Annotated[
        date | None, Bounds(description="The law's last day, always a working one; null while the clock is stopped.")
    ]
    internal_due_on: Annotated[
        date | None,
        Bounds(description="The safer day to work to, never later: of each pause the answer's day counts."),
    ]
    extension_notice_by: Annotated[
        date | None,
        Bounds(description="The last day to tell of an extension, and why; null while the clock is stopped before it."),
    ]
    why: Annotated[list[DeadlineReason], Bounds(max_length=10, description="The steps, in their order.")]


class ComplaintAcknowledgement(Shape):
    due_on: date = Bounds(description="The last day, always a working one.")


class BreachNotification(Shape):
    due_at: AwareDatetime = Bounds(description="In UTC.")
