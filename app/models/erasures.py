"""Erasures: proposed by one of the data-protection team, decided by another, and certified.

The ledger of what was erased, by which a restore erases again, is in `operations`.
"""

from datetime import date, datetime
from enum import StrEnum
from typing import Annotated, Any
from uuid import UUID

from pydantic import Field as Bounds
from sqlalchemy import CheckConstraint, Index, LargeBinary
from sqlalchemy.dialects.postgresql import JSONB

from app.core.lifecycle import AllowedAction, Code
from app.core.privacy import Privacy
from app.core.text import LongText, Name
from app.models.base import Count, Input, Instant, Record, Shape, Version, column, instant, one_of, text
from app.models.matters import MatterStepRead


class ErasureGround(StrEnum):
    """Why it must go (UK GDPR art. 17(1)(a) to (f))."""

    no_longer_necessary = "no_longer_necessary"
    consent_withdrawn = "consent_withdrawn"
    objection = "objection"
    unlawful = "unlawful"
    legal_obligation = "legal_obligation"
    child = "child"


class ErasureState(StrEnum):
    proposed = "proposed"
    erased = "erased"
    refused = "refused"
    withdrawn = "withdrawn"


class ErasureObstacle(StrEnum):
    """What forbids an erasure for as long as it stands."""

    legal_hold = "legal_hold"
    open_dispute = "open_dispute"
    open_request = "open_request"
    serving_officer = "serving_officer"
    live_membership = "live_membership"


class KeptBasis(StrEnum):
    """Why something stays although the person is erased (UK GDPR arts. 5(2), 17(3) and 89)."""

    legal_obligation = "legal_obligation"
    suppression = "suppression"
    ban = "ban"
    legal_claims = "legal_claims"
    accountability = "accountability"
    statistics = "statistics"
    security = "security"


class ErasureCase(Record, table=True):
    """An erasure of a person, from its proposal. `certificate` is what was done then, by table and column."""

    __tablename__ = "erasure_cases"
    __table_args__ = (
        one_of("ground", ErasureGround),
        one_of("state", ErasureState),
        CheckConstraint("state <> 'erased' or decided_by <> proposed_by", name="second_person"),
        Index("ix_erasure_cases_proposed", "person_id", unique=True, postgresql_where="state = 'proposed'"),
        Index(None, "request_id"),
    )

    reference: str = text(Privacy.none, nullable=False, unique=True)
    person_id: UUID = column(Privacy.none, foreign_key="people.id", nullable=False)
    request_id: UUID | None = column(Privacy.none, foreign_key="rights_requests.id", default=None)
    ground: str = text(Privacy.sensitive, nullable=False)
    state: str = text(Privacy.sensitive, nullable=False, default=ErasureState.proposed)
    state_since: date = column(Privacy.sensitive, nullable=False)
    proposed_by: UUID = column(Privacy.none, nullable=False)
    decided_by: UUID | None = column(Privacy.none, default=None)
    erased_at: datetime | None = instant(Privacy.sensitive, default=None)
    certificate: dict[str, Any] | None = column(Privacy.sensitive, JSONB(none_as_null=True), default=None)
    sealed: bytes = column(Privacy.special, LargeBinary, nullable=False)


class ErasurePropose(Input):
    """Whom to erase, and why."""

    person_id: UUID
    ground: ErasureGround
    request_id: UUID | None = Bounds(default=None, description="Their request for erasure, where they made one.")
    text: LongText = Bounds(description="What was weighed, for the second person.")


class ErasureRefusal(Input):
    text: LongText


class ErasureWithdrawal(Input):
    text: LongText | None = None


Reference = Annotated[str, Bounds(max_length=20, examples=["E-7KQ2M9XF"])]
Columns = Annotated[list[Code], Bounds(max_length=200)]
Bases = Annotated[list[KeptBasis], Bounds(max_length=10)]


class ErasedTable(Shape):
    """What goes and what stays of somebody in one table."""

    table: Code
    rows: Count | None = Bounds(description="How many are about them; null where a wall forbids to tell.")
    erased: Columns = Bounds(description="Columns that are emptied; all of them where the rows go whole.")
    rows_go: bool = Bounds(description="The rows go whole.")
    kept: Columns = Bounds(description="Columns that stay.")
    basis: Bases = Bounds(description="Why they stay.")


class KeptElsewhere(Shape):
    """What stays beside the rows about the person, and says of nobody who they are."""

    what: Code
    basis: KeptBasis


class ErasureCertificate(Shape):
    """What was erased, what stays and why."""

    erased_at: Instant
    tables: Annotated[list[ErasedTable], Bounds(max_length=500)]
    kept_elsewhere: Annotated[list[KeptElsewhere], Bounds(max_length=20)]
    keys_destroyed: Count = Bounds(description="With each all that was sealed under it, in every back-up too.")
    files: Count
    letters: Count = Bounds(description="Waiting or kept, which were to them or named them.")
    answers: Count = Bounds(description="Kept for a repeat of the request that they answered.")
    exports: Count = Bounds(description="Workbooks that could hold them, and were ended.")


class ErasureSummary(Shape):
    """An erasure that was proposed, and what became of it."""

    id: UUID
    reference: Reference
    person_id: UUID
    request_id: UUID | None
    ground: ErasureGround
    state: ErasureState
    state_since: date
    proposed_by: UUID
    decided_by: UUID | None = Bounds(description="Who approved or refused it: somebody else than who proposed it.")
    erased_at: Instant | None
    version: Version
    created_at: Instant
    updated_at: Instant


class ErasureDecided(ErasureSummary):
    certificate: ErasureCertificate | None
    allowed_actions: Annotated[list[AllowedAction], Bounds(max_length=10)]


class ErasureRead(ErasureDecided):
    """The whole of an erasure, with what it would do, or has done."""

    name: Name = Bounds(description="Whom it erases, as they are on record now.")
    text: LongText | None
    obstacles: Annotated[list[ErasureObstacle], Bounds(max_length=10)] = Bounds(
        description="What forbids it as things stand."
    )
    tables: Annotated[list[ErasedTable], Bounds(max_length=500)]
    steps: Annotated[list[MatterStepRead], Bounds(max_length=100)]
