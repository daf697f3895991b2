"""Letters of understanding: what an institution and we give each other for a year, and its dues."""

from datetime import date
from enum import StrEnum
from typing import Annotated
from uuid import UUID

from pydantic import MISSING, model_validator
from pydantic import Field as Bounds
from sqlalchemy import BigInteger, Index

from app.core.lifecycle import AllowedAction
from app.core.privacy import Privacy
from app.core.text import LongText, ShortText
from app.models.base import Input, Instant, Patch, Record, Row, Shape, Version, column, one_of, text
from app.models.members import LegalDate


class LetterState(StrEnum):
    draft = "draft"
    proposed = "proposed"
    in_force = "in_force"
    superseded = "superseded"
    ended = "ended"
    declined = "declined"


class Instalments(StrEnum):
    """How a year's dues are paid."""

    yearly = "yearly"
    half_yearly = "half_yearly"
    termly = "termly"
    quarterly = "quarterly"
    monthly = "monthly"

    @property
    def a_year(self) -> int:
        return {"yearly": 1, "half_yearly": 2, "termly": 3, "quarterly": 4, "monthly": 12}[self.value]


class LetterSide(StrEnum):
    theirs = "theirs"
    ours = "ours"


class LetterOfUnderstanding(Record, table=True):
    """One edition of the letter with an organisation: from `starts_on` until, not including, `ends_on`.

    It is signed by both sides; the one before it is then superseded. `negotiated_by` is whose income its dues are.
    """

    __tablename__ = "letters_of_understanding"
    __table_args__ = (
        one_of("instalments", Instalments),
        one_of("state", LetterState),
        Index(None, "organisation_id", "number", unique=True),
        Index(None, "starts_on", "id"),
    )

    organisation_id: UUID = column(Privacy.none, foreign_key="organisations.id", nullable=False)
    number: int = column(Privacy.none, nullable=False)
    starts_on: date = column(Privacy.none, nullable=False)
    ends_on: date = column(Privacy.none, nullable=False)
    annual_dues_pence: int = column(Privacy.none, BigInteger, nullable=False)
    instalments: str = text(Privacy.none, nullable=False, default=Instalments.yearly)
    turnout: int | None = column(Privacy.none, default=None)
    we_give: str = text(Privacy.none, nullable=False)
    they_give: str = text(Privacy.none, nullable=False)
    negotiated_by: UUID = column(Privacy.none, foreign_key="accounts.id", nullable=False)
    state: str = text(Privacy.none, nullable=False, default=LetterState.draft)
    state_since: date = column(Privacy.none, nullable=False)
    end_reason: str | None = text(Privacy.none, default=None)


class LetterSignatory(Row, table=True):
    """Who signed, for which side and in which capacity: one of theirs by the person, one of ours by the account."""

    __tablename__ = "letter_signatories"
    __table_args__ = (
        one_of("side", LetterSide),
        Index(None, "letter_id"),
        Index(None, "person_id"),
    )

    letter_id: UUID = column(Privacy.none, foreign_key="letters_of_understanding.id", nullable=False)
    side: str = text(Privacy.none, nullable=False)
    person_id: UUID | None = column(Privacy.none, foreign_key="people.id", default=None)
    account_id: UUID | None = column(Privacy.none, foreign_key="accounts.id", default=None)
    capacity: str | None = text(Privacy.sensitive, default=None)
    signed_on: date = column(Privacy.none, nullable=False)


Pence = Annotated[int, Bounds(ge=0, le=100_000_000_000, description="In pence.", examples=[120_000])]
Turnout = Annotated[int, Bounds(ge=0, le=100_000, description="How many they will bring to an assembly.")]


class LetterCreate(Input):
    organisation_id: UUID
    starts_on: LegalDate
    ends_on: LegalDate | None = Bounds(default=None, description="The first day after it; a year later if left out.")
    annual_dues_pence: Pence
    instalments: Instalments = Instalments.yearly
    turnout: Turnout | None = None
    we_give: LongText = Bounds(description="What we give: an organiser's days, training. No private persons by name.")
    they_give: LongText = Bounds(description="What they give: a core team, turnout. No private persons by name.")

    @model_validator(mode="after")
    def _in_order(self) -> "LetterCreate":
        if self.ends_on is not None and self.ends_on <= self.starts_on:
            raise ValueError("it ends after the day on which it begins")
        return self


class LetterUpdate(Patch):
    """Only a draft can be changed: what was proposed is what is signed."""

    starts_on: LegalDate | MISSING = MISSING
    ends_on: LegalDate | MISSING = MISSING
    annual_dues_pence: Pence | MISSING = MISSING
    instalments: Instalments | MISSING = MISSING
    turnout: Turnout | None | MISSING = MISSING
    we_give: LongText | MISSING = MISSING
    they_give: LongText | MISSING = MISSING


class LetterSign(Input):
    """A signature: ours by whoever sends it, theirs by the person named."""

    side: LetterSide
    person_id: UUID | None = Bounds(default=None, description="Who signed for them; left out for our side.")
    capacity: ShortText = Bounds(examples=["Vicar"])
    signed_on: LegalDate | None = Bounds(default=None, description="Today if left out; not a day to come.")

    @model_validator(mode="after")
    def _theirs_by_name(self) -> "LetterSign":
        if (self.side is LetterSide.theirs) != (self.person_id is not None):
            raise ValueError("name who signed for them, and nobody for our side")
        return self


class LetterEnd(Input):
    reason: LongText = Bounds(description="Why it ends before its day. No private persons by name.")


class SignatoryRead(Shape):
    id: UUID
    side: LetterSide
    person_id: UUID | None
    account_id: UUID | None
    capacity: ShortText | None = Bounds(description="None once they have been erased.")
    signed_on: date


class LetterSummary(Shape):
    id: UUID
    branch_id: UUID
    organisation_id: UUID
    number: Annotated[int, Bounds(ge=1, le=10_000, description="Its edition: 1 is the first letter.")]
    starts_on: date
    ends_on: date
    annual_dues_pence: Pence
    instalments: Instalments
    turnout: Turnout | None
    we_give: LongText
    they_give: LongText
    negotiated_by: UUID
    state: LetterState
    state_since: date
    end_reason: LongText | None
    version: Version
    created_at: Instant
    updated_at: Instant


class LetterDecided(LetterSummary):
    allowed_actions: Annotated[list[AllowedAction], Bounds(max_length=10)]


class LetterRead(LetterDecided):
    """The whole of a letter, with who signed it."""

    signatories: Annotated[list[SignatoryRead], Bounds(max_length=20)]
