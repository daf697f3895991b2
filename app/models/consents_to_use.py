"""Consent to use what somebody told: for what, since when, until when, and in which words it was asked."""

from datetime import date
from enum import StrEnum
from typing import Annotated

from pydantic import Field as Bounds
from pydantic import model_validator

from app.core.privacy import Privacy
from app.core.text import Lines
from app.models.base import Input, Record, Shape, column, text, texts
from app.models.members import LegalDate
from app.models.request_verbs import PastDay


class ConsentedUse(StrEnum):
    internal = "internal"
    training = "training"
    public = "public"
    press = "press"


class ConsentedRecord(Record):
    """What every table of things that somebody told has of their consent."""

    consent_uses: list[str] = texts(Privacy.sensitive, nullable=False)
    consent_wording: str = text(Privacy.sensitive, nullable=False)
    consent_explicit: bool = column(Privacy.sensitive, nullable=False, default=False)
    consent_given_on: date = column(Privacy.sensitive, nullable=False)
    consent_until: date | None = column(Privacy.sensitive, default=None)
    consent_withdrawn_on: date | None = column(Privacy.sensitive, default=None)


Uses = Annotated[list[ConsentedUse], Bounds(min_length=1, max_length=len(ConsentedUse))]
ConsentWording = Annotated[str, Lines(1, 2_000)]


class ConsentGiven(Input):
    """What somebody consented to. It can be withdrawn at any time, as easily as it was given (UK GDPR art. 7(3))."""

    uses: Uses = Bounds(description="For what it may be used, and for nothing else.")
    wording: ConsentWording = Bounds(
        description="The words in which consent was asked.",
        examples=["We may tell your story at our assembly, with your first name."],
    )
    explicit: bool = Bounds(
        default=False,
        description="Said in so many words of special details too, such as health (UK GDPR art. 9(2)(a)).",
    )
    given_on: PastDay = None
    until: LegalDate | None = Bounds(default=None, description="The last day on which it may be used.")

    @model_validator(mode="after")
    def _each_use_once(self) -> "ConsentGiven":
        if len(set(self.uses)) < len(self.uses):
            raise ValueError("name each use once")
        return self


class ConsentRead(Shape):
    """A consent as it stands."""

    uses: Annotated[list[ConsentedUse], Bounds(max_length=len(ConsentedUse))]
    wording: ConsentWording
    explicit: bool
    given_on: date
    until: date | None = Bounds(description="The last day on which it may be used.")
    withdrawn_on: date | None
    in_force: bool = Bounds(description="Whether it holds today.")
