"""Strategic partnerships: an institution that works with us on more than its membership, for a time."""

from datetime import date
from enum import StrEnum
from typing import Annotated
from uuid import UUID

from pydantic import Field as Bounds
from pydantic import model_validator
from sqlalchemy import BigInteger, Index

from app.core.lifecycle import AllowedAction
from app.core.privacy import Privacy
from app.core.text import LongText
from app.models.base import Input, Instant, Record, Shape, Version, column, one_of, text
from app.models.letters_of_understanding import Pence
from app.models.members import LegalDate


class PartnershipState(StrEnum):
    proposed = "proposed"
    agreed = "agreed"
    ended = "ended"


class StrategicPartnership(Record, table=True):
    """A partnership with an organisation, perhaps for one campaign. `ends_on` is the first day after it."""

    __tablename__ = "strategic_partnerships"
    __table_args__ = (
        one_of("state", PartnershipState),
        Index(None, "organisation_id"),
        Index(None, "starts_on", "id"),
    )

    branch_id: UUID = column(Privacy.none, foreign_key="branches.id", nullable=False)
    organisation_id: UUID = column(Privacy.none, foreign_key="organisations.id", nullable=False)
    campaign_id: UUID | None = column(Privacy.none, foreign_key="campaigns.id", default=None)
    purpose: str = text(Privacy.none, nullable=False)
    starts_on: date = column(Privacy.none, nullable=False)
    ends_on: date | None = column(Privacy.none, default=None)
    annual_income_pence: int | None = column(Privacy.none, BigInteger, default=None)
    state: str = text(Privacy.none, nullable=False, default=PartnershipState.proposed)
    state_since: date = column(Privacy.none, nullable=False)


class PartnershipPropose(Input):
    branch_id: UUID
    organisation_id: UUID
    campaign_id: UUID | None = None
    purpose: LongText = Bounds(description="What it is for. No private persons by name.")
    starts_on: LegalDate
    ends_on: LegalDate | None = Bounds(default=None, description="The first day after it, where one is agreed.")
    annual_income_pence: Pence | None = None

    @model_validator(mode="after")
    def _in_order(self) -> "PartnershipPropose":
        if self.ends_on is not None and self.ends_on <= self.starts_on:
            raise ValueError("it ends after the day on which it begins")
        return self


class PartnershipEnd(Input):
    ends_on: LegalDate | None = Bounds(default=None, description="Today if left out; not a day to come.")


class PartnershipSummary(Shape):
    id: UUID
    branch_id: UUID
    organisation_id: UUID
    campaign_id: UUID | None
    purpose: LongText
    starts_on: date
    ends_on: date | None
    annual_income_pence: Pence | None
    state: PartnershipState
    state_since: date
    version: Version
    created_at: Instant
    updated_at: Instant


class PartnershipRead(PartnershipSummary):
    allowed_actions: Annotated[list[AllowedAction], Bounds(max_length=10)]
