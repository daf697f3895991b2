"""Decision makers: public people who can give what a campaign asks for, and the offices that they hold and held."""

from datetime import date
from typing import Annotated
from uuid import UUID

from pydantic import MISSING, model_validator
from pydantic import Field as Bounds
from sqlalchemy import Index

from app.core.privacy import Privacy
from app.core.text import Email, Name, Phone
from app.models.base import Input, Instant, Patch, Record, Shape, Version, column, text
from app.models.members import LegalDate


class DecisionMaker(Record, table=True):
    """A public person, known by name. `person_id` is who they are where they are on record as well.

    `body` is that on behalf of which they decide; equal names are one body. Ways to reach them are the public ones.
    """

    __tablename__ = "decision_makers"
    __table_args__ = (
        Index(None, "branch_id", "name", "id"),
        Index(None, "name", "id"),
        Index(None, "person_id"),
    )

    branch_id: UUID = column(Privacy.none, foreign_key="branches.id", nullable=False)
    name: str = text(Privacy.identity, nullable=False)
    person_id: UUID | None = column(Privacy.sensitive, foreign_key="people.id", default=None)
    body: str = text(Privacy.none, nullable=False)
    public_email: str | None = text(Privacy.contact, default=None)
    public_phone: str | None = text(Privacy.contact, default=None)
    website: str | None = text(Privacy.contact, default=None)


class DecisionMakerOffice(Record, table=True):
    """An office that a decision maker holds or held: from `starts_on` until, not including, `ends_on`."""

    __tablename__ = "decision_maker_offices"
    __table_args__ = (Index(None, "decision_maker_id", "starts_on"),)

    decision_maker_id: UUID = column(Privacy.none, foreign_key="decision_makers.id", nullable=False)
    office: str = text(Privacy.sensitive, nullable=False)
    body: str = text(Privacy.none, nullable=False)
    starts_on: date = column(Privacy.none, nullable=False)
    ends_on: date | None = column(Privacy.none, default=None)


BodyName = Annotated[
    Name,
    Bounds(
        description="The council, company or other body on behalf of which they decide. Equal names are one body.",
        examples=["Example Borough Council"],
    ),
]
WebAddress = Annotated[
    str,
    Bounds(pattern="^https?://[!-~]+$", min_length=10, max_length=500, examples=["https://www.example.org/minutes"]),
]


class DecisionMakerCreate(Input):
    """A public person. Only what is public of them: the contact of their office, not of their home."""

    branch_id: UUID
    name: Name
    person_id: UUID | None = Bounds(default=None, description="Who they are, where they are on record as well.")
    body: BodyName
    public_email: Email | None = None
    public_phone: Phone | None = None
    website: WebAddress | None = None


class DecisionMakerUpdate(Patch):
    name: Name | MISSING = MISSING
    person_id: UUID | None | MISSING = MISSING
    body: BodyName | MISSING = MISSING
    public_email: Email | None | MISSING = MISSING
    public_phone: Phone | None | MISSING = MISSING
    website: WebAddress | None | MISSING = MISSING


class OfficeHeldCreate(Input):
    office: Name = Bounds(examples=["Leader of the council"])
    body: BodyName | None = Bounds(default=None, description="That of the decision maker if left out.")
    starts_on: LegalDate
    ends_on: LegalDate | None = Bounds(default=None, description="The first day on which it is held no more.")

    @model_validator(mode="after")
    def _in_order(self) -> "OfficeHeldCreate":
        if self.ends_on is not None and self.ends_on <= self.starts_on:
            raise ValueError("an office ends after the day on which it begins")
        return self


class OfficeHeldEnd(Input):
    ends_on: LegalDate = Bounds(description="The first day on which it is held no more.")


class OfficeHeld(Shape):
    id: UUID
    decision_maker_id: UUID
    office: Name
    body: BodyName
    starts_on: date
    ends_on: date | None
    version: Version
    created_at: Instant
    updated_at: Instant


class DecisionMakerSummary(Shape):
    id: UUID
    branch_id: UUID
    name: Name
    person_id: UUID | None
    body: BodyName
    public_email: Email | None
    public_phone: Phone | None
    website: WebAddress | None
    offices: Annotated[list[Name], Bounds(max_length=50, description="The offices that they hold today.")]
    version: Version
    created_at: Instant
    updated_at: Instant


class DecisionMakerMade(DecisionMakerSummary):
    """What was put on record. Others of the same name in the unit are named: it may be the same person."""

    same_name_ids: Annotated[list[UUID], Bounds(max_length=20)]


class DecisionMakerRead(DecisionMakerSummary):
    offices_held: Annotated[list[OfficeHeld], Bounds(max_length=50, description="All of them, the newest first.")]
