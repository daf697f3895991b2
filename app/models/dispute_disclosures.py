"""What a party to a case was formally told and shown, piece by piece: all they see of it."""

from enum import StrEnum
from uuid import UUID

from sqlalchemy import Index

from app.core.privacy import Privacy
from app.models.base import Row, column, one_of, text


class DisclosureKind(StrEnum):
    """`letter` is a generated letter's; each of the others what its subject is."""

    notice = "notice"
    evidence = "evidence"
    report = "report"
    measure = "measure"
    hearing = "hearing"
    decision = "decision"
    appeal = "appeal"
    letter = "letter"


class DisputeDisclosure(Row, table=True):
    """One thing disclosed to one party. `subject_id` is the step's, the evidence's, the measure's, the meeting's."""

    __tablename__ = "dispute_disclosures"
    __table_args__ = (
        one_of("kind", DisclosureKind),
        Index(None, "dispute_id"),
        Index(None, "party_id", "subject_id"),
    )

    dispute_id: UUID = column(Privacy.none, foreign_key="disputes.id", nullable=False)
    party_id: UUID = column(Privacy.none, foreign_key="dispute_parties.id", nullable=False)
    kind: str = text(Privacy.special, nullable=False)
    subject_id: UUID = column(Privacy.none, nullable=False)
    account_id: UUID | None = column(Privacy.none, default=None)
