"""Consents of guardians: without one nothing is recorded with somebody under 18."""

from datetime import date
from enum import StrEnum
from typing import Annotated
from uuid import UUID

from pydantic import Field as Bounds
from sqlalchemy import Index, LargeBinary

from app.core.lifecycle import AllowedAction
from app.core.privacy import Privacy
from app.core.text import Name, ShortText
from app.models.base import Input, Instant, Record, Shape, Version, column, one_of, text
from app.models.members import LegalDate


class GuardianRelationship(StrEnum):
    """What somebody is to a child for whom they answer."""

    parent = "parent"
    legal_guardian = "legal_guardian"
    carer = "carer"
    local_authority = "local_authority"


class GuardianConsentState(StrEnum):
    given = "given"
    withdrawn = "withdrawn"


class GuardianConsent(Record, table=True):
    """That a guardian consented, and to what.

    `sealed` holds the guardian's name and what the consent covers, under the key of the person.
    """

    __tablename__ = "guardian_consents"
    __table_args__ = (
        one_of("relationship", GuardianRelationship),
        one_of("state", GuardianConsentState),
        Index(None, "branch_id", "id"),
        Index(None, "person_id"),
    )

    branch_id: UUID = column(Privacy.none, foreign_key="branches.id", nullable=False)
    person_id: UUID = column(Privacy.none, foreign_key="people.id", nullable=False)
    relationship: str = text(Privacy.sensitive, nullable=False)
    given_on: date = column(Privacy.sensitive, nullable=False)
    withdrawn_on: date | None = column(Privacy.sensitive, default=None)
    state: str = text(Privacy.none, nullable=False, default=GuardianConsentState.given)
    state_since: date = column(Privacy.none, nullable=False)
    sealed: bytes = column(Privacy.special, LargeBinary, nullable=False)


class GuardianGives(Input):
    """That a guardian has consented."""

    guardian_name: Name
    relationship: GuardianRelationship
    given_on: Annotated[LegalDate | None, Bounds(description="Today, unless another day is said.")] = None
    scope: Annotated[ShortText, Bounds(description="What the guardian consented to, in their words.")]


class GuardianConsentCreate(GuardianGives):
    """The consent of somebody's guardian, as a unit has it before it."""

    branch_id: UUID
    person_id: UUID


class GuardianConsentWithdraw(Input):
    """That the guardian no longer consents."""

    withdrawn_on: Annotated[LegalDate | None, Bounds(description="Today, unless another day is said.")] = None


class GuardianConsentItem(Shape):
    """A guardian's consent in a list, without the guardian's name."""

    id: UUID
    branch_id: UUID
    person_id: UUID
    relationship: GuardianRelationship
    given_on: date
    withdrawn_on: date | None
    state: GuardianConsentState
    state_since: date
    version: Version
    created_at: Instant
    updated_at: Instant


class GuardianConsentRead(GuardianConsentItem):
    """A guardian's consent, with what may be done."""

    allowed_actions: Annotated[list[AllowedAction], Bounds(max_length=5)]


class GuardianConsentDetail(GuardianConsentRead):
    """A guardian's consent, with who gave it and to what."""

    guardian_name: Annotated[Name | None, Bounds(description="Null once the person was erased.")]
    scope: ShortText | None
