"""Organisations: the institutions of an alliance, the societies and unions that a party works with."""

from datetime import date
from enum import StrEnum
from uuid import UUID

from sqlalchemy import BigInteger, Index

from app.core.privacy import Privacy
from app.models.base import Record, Row, column, one_of, text, texts


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
    housing_association = "housing_association"
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

    `annual_dues_pence` repeats what the letter of understanding in force says, `renewal_on` when that letter or the
    last year of membership ends, whichever was entered later.
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


class TermBegun(StrEnum):
    """How a year of membership began."""

    joined = "joined"
    renewed = "renewed"


class OrganisationStep(Row, table=True):
    """A step of an organisation into membership or out of it: from `on_day` it is in `to_state`.

    Of two that speak of a day the one that was entered later holds.
    """

    __tablename__ = "organisation_steps"
    __table_args__ = (Index(None, "organisation_id", "on_day", "id"),)

    organisation_id: UUID = column(Privacy.none, foreign_key="organisations.id", nullable=False)
    from_state: str = text(Privacy.none, nullable=False)
    to_state: str = text(Privacy.none, nullable=False)
    on_day: date = column(Privacy.none, nullable=False)
    account_id: UUID = column(Privacy.none, nullable=False)
    note: str | None = text(Privacy.none, default=None)


class OrganisationTerm(Record, table=True):
    """A year of membership and its dues: from `starts_on` until, not including, `ends_on`."""

    __tablename__ = "organisation_terms"
    __table_args__ = (one_of("begun", TermBegun), Index(None, "organisation_id", "starts_on"))

    organisation_id: UUID = column(Privacy.none, foreign_key="organisations.id", nullable=False)
    begun: str = text(Privacy.none, nullable=False)
    starts_on: date = column(Privacy.none, nullable=False)
    ends_on: date = column(Privacy.none, nullable=False)
    dues_pence: int = column(Privacy.none, BigInteger, nullable=False)
