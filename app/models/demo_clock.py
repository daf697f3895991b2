"""The demo's clock, which can be set so that a frontend can show next year's lapses."""

from datetime import date
from typing import Annotated, Self

from pydantic import Field as Bounds
from pydantic import model_validator

from app.models.base import Input, Instant, Shape
from app.models.members import LegalDate


class ClockSet(Input):
    """An instant, or a day at whose noon the clock will stand: one of the two. It runs on from there."""

    now: Instant | None = None
    today: LegalDate | None = None

    @model_validator(mode="after")
    def _one_of_the_two(self) -> Self:
        if (self.now is None) == (self.today is None):
            raise ValueError("give either now or today")
        return self


class ClockRead(Shape):
    now: Instant
    today: date = Bounds(description="The day in London.")
    offset_seconds: Annotated[int, Bounds(ge=-10_000_000_000, le=10_000_000_000)] = Bounds(
        description="By how much the clock runs ahead of the real time."
    )
