"""Organisations: the institutions of an alliance, the societies and unions that a party works with."""

from datetime import date
from enum import StrEnum
from uuid import UUID

from sqlalchemy import BigInteger, Index

from app.core.privacy import Privacy
from app.models.base import Record, column, one_of, text, texts


class OrganisationKind(StrEnum):
    congregation = "congregation"
    school = "school"
    college = "college"
    university = "university"
    union = "union"
    charity = "charity"
    community_group = "community_group"
    cooperative_society = "cooperative_society"
    health = "health"
    business = "business"
    public_body = "public_body"
    other = "other"


class OrganisationState(StrEnum):
    """Where an organisation stands on its way into membership, and out of it."""

    prospect = "prospect"
    negotiating = "negotiating"
    agreed = "agreed"
    active = "active"
    at_risk = "at_risk"
    lapsed = "lapsed"
    left = "left"


class Organisation(Record, table=True):
    """An organisation, in the care of a unit. `unit_id` is the unit of the tree in which its own people are.

    `annual_dues_pence` and `renewal_on` repeat what the letter of understanding in force says.
    """

    __tablename__ = "organisations"
    __table_args__ = (
        one_of("kind", OrganisationKind),
        one_of("state", OrganisationState),
        Index(None, "branch_id", "name", "id"),
        Index(None, "name", "id"),
        Index(None, "unit_id"),
    )

    branch_id: UUID = column(Privacy.none, foreign_key="branches.id", nullable=False)
    unit_id: UUID | None = column(Privacy.none, foreign_key="branches.id", default=None)
    name: str = text(Privacy.none, nullable=False)
    name_cy: str | None = text(Privacy.none, default=None)
    kind: str = text(Privacy.none, nullable=False)
    traditions: list[str] = texts(Privacy.none, nullable=False, default_factory=list)
    interests: str | None = text(Privacy.none, default=None)
    website: str | None = text(Privacy.none, default=None)
    charity_number: str | None = text(Privacy.none, default=None)
    postcode: str | None = text(Privacy.none, default=None)
    state: str = text(Privacy.none, nullable=False, default=OrganisationState.prospect)
    state_since: date = column(Privacy.none, nullable=False)
    joined_on: date | None = column(Privacy.none, default=None)
    annual_dues_pence: int | None = column(Privacy.none, BigInteger, default=None)
    renewal_on: date | None = column(Privacy.none, default=None)
