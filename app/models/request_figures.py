"""How the team keeps up with requests, as data for a page of figures."""

from typing import Annotated

from pydantic import Field as Bounds

from app.models.base import Count, Shape

Days = Annotated[float, Bounds(ge=0, le=100_000)]


class RequestMonth(Shape):
    month: Annotated[str, Bounds(max_length=7, pattern="^[0-9]{4}-[0-9]{2}$", examples=["2026-11"])]
    received: Count
    answered: Count
    late: Count = Bounds(description="Of those answered in the month.")


class RequestFigures(Shape):
    """What is open today, and how a year went. Requests taken back count as received, and not as answered."""

    year: Annotated[int, Bounds(ge=2000, le=2200)]
    open: Count
    due_this_week: Count = Bounds(description="From today to Sunday.")
    overdue: Count
    paused: Count
    received: Count
    answered: Count
    answered_late: Count
    average_days: Days | None = Bounds(description="From receipt to answer, of those answered in the year.")
    median_days: Days | None
    months: Annotated[list[RequestMonth], Bounds(min_length=12, max_length=12)]
