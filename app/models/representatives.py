"""Representatives: who speaks for an organisation, in what, and since when."""

from datetime import date
from enum import StrEnum
from uuid import UUID

from pydantic import Field as Bounds
from pydantic import model_validator
from sqlalchemy import Index

from app.core.privacy import Privacy
from app.models.base import Input, Instant, Record, Shape, Version, column, one_of, text
from app.models.contacts import PersonNamed
from app.models.members import LegalDate


class RepresentativeRole(StrEnum):
    """In what somebody speaks for an organisation. There is one lead and one voice at a time."""

    lead = "lead"
    voting = "voting"
    dues = "dues"
    deputy = "deputy"


class Representative(Record, table=True):
    """That somebody speaks for an organisation: from `starts_on` until, not including, `ends_on`."""

    __tablename__ = "representatives"
    __table_args__ = (
        one_of("role", RepresentativeRole),
        Index(None, "organisation_id", "id"),
        Index(None, "person_id"),
    )

    organisation_id: UUID = column(Privacy.special, foreign_key="organisations.id", nullable=False)
    person_id: UUID = column(Privacy.none, foreign_key="people.id", nullable=False)
    role: str = text(Privacy.sensitive, nullable=False)
    starts_on: date = column(Privacy.sensitive, nullable=False)
    ends_on: date | None = column(Privacy.sensitive, default=None)


class RepresentativeCreate(Input):
    person: PersonNamed
    role: RepresentativeRole
    starts_on: LegalDate | None = Bounds(default=None, description="Today if left out.")
    ends_on: LegalDate | None = Bounds(default=None, description="The first day on which it is over.")

    @model_validator(mode="after")
    def _in_order(self) -> "RepresentativeCreate":
        if self.starts_on is not None and self.ends_on is not None and self.ends_on <= self.starts_on:
            raise ValueError("it ends after the day on which it begins")
        return self


class RepresentativeRead(Shape):
    id: UUID
    organisation_id: UUID
    person_id: UUID
    role: RepresentativeRole
    starts_on: date
    ends_on: date | None
    version: Version
    created_at: Instant
    updated_at: Instant
