"""Affiliations: how people belong to organisations, and since when."""

from datetime import date
from enum import StrEnum
from typing import Annotated
from uuid import UUID

from pydantic import Field as Bounds
from pydantic import model_validator
from sqlalchemy import Index

from app.core.privacy import Privacy
from app.core.text import ShortText
from app.models.base import Input, Instant, Record, Shape, Version, column, one_of, text
from app.models.contacts import PersonNamed
from app.models.members import LegalDate


class AffiliationKind(StrEnum):
    member = "member"
    staff = "staff"
    clergy = "clergy"
    student = "student"
    parent = "parent"
    trustee = "trustee"
    governor = "governor"
    officer = "officer"
    volunteer = "volunteer"
    other = "other"


class Affiliation(Record, table=True):
    """That somebody belongs to an organisation. Of a congregation it reveals religion, of a union membership of it."""

    __tablename__ = "affiliations"
    __table_args__ = (
        one_of("kind", AffiliationKind),
        Index(None, "organisation_id", "id"),
        Index(None, "person_id"),
    )

    organisation_id: UUID = column(Privacy.special, foreign_key="organisations.id", nullable=False)
    person_id: UUID = column(Privacy.none, foreign_key="people.id", nullable=False)
    kind: str = text(Privacy.special, nullable=False)
    title: str | None = text(Privacy.special, default=None)
    starts_on: date = column(Privacy.special, nullable=False)
    ends_on: date | None = column(Privacy.special, default=None)


class AffiliationCreate(Input):
    person: PersonNamed
    kind: AffiliationKind
    title: ShortText | None = Bounds(default=None, examples=["Head of sixth form"])
    starts_on: LegalDate | None = Bounds(default=None, description="Today if left out.")
    ends_on: LegalDate | None = Bounds(default=None, description="The first day on which it is over.")

    @model_validator(mode="after")
    def _in_order(self) -> "AffiliationCreate":
        if self.starts_on is not None and self.ends_on is not None and self.ends_on <= self.starts_on:
            raise ValueError("it ends after the day on which it begins")
        return self


class BelongingEnd(Input):
    """The end of an affiliation, or of speaking for an organisation."""

    ends_on: LegalDate | None = Bounds(default=None, description="The first day without it; today if left out.")


class AffiliationRead(Shape):
    id: UUID
    organisation_id: UUID
    person_id: UUID
    kind: AffiliationKind
    title: Annotated[str, Bounds(max_length=200)] | None
    starts_on: date
    ends_on: date | None
    version: Version
    created_at: Instant
    updated_at: Instant
