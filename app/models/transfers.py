"""Transfers: a member moves from one branch to another, asked by one and accepted by the other."""

from datetime import datetime
from enum import StrEnum
from typing import Annotated
from uuid import UUID

from pydantic import Field as Bounds
from sqlalchemy import Index

from app.core.lifecycle import AllowedAction
from app.core.privacy import Privacy
from app.core.text import LongText, Name
from app.models.base import Input, Instant, Record, Shape, Version, column, instant, one_of, text


class TransferState(StrEnum):
    asked = "asked"
    accepted = "accepted"
    refused = "refused"
    withdrawn = "withdrawn"


class Transfer(Record, table=True):
    """A request that a member move. Both branches see it; the member's name is kept as it was when asked."""

    __tablename__ = "transfers"
    __table_args__ = (
        one_of("state", TransferState),
        Index("ix_transfers_open_member", "member_id", unique=True, postgresql_where="state = 'asked'"),
        Index("ix_transfers_member_id", "member_id"),
        Index("ix_transfers_to_branch", "to_branch_id", "state"),
        Index("ix_transfers_from_branch", "from_branch_id", "state"),
    )

    member_id: UUID = column(Privacy.none, foreign_key="members.id", nullable=False)
    member_name: str = text(Privacy.identity, nullable=False)
    from_branch_id: UUID = column(Privacy.sensitive, foreign_key="branches.id", nullable=False)
    to_branch_id: UUID = column(Privacy.sensitive, foreign_key="branches.id", nullable=False)
    state: str = text(Privacy.sensitive, nullable=False, default=TransferState.asked)
    reason: str | None = text(Privacy.sensitive, default=None)
    asked_by: UUID = column(Privacy.none, nullable=False)
    decision_reason: str | None = text(Privacy.sensitive, default=None)
    decided_by: UUID | None = column(Privacy.none, default=None)
    decided_at: datetime | None = instant(default=None)


class TransferCreate(Input):
    member_id: UUID
    to_branch_id: UUID
    reason: LongText | None = None
    accept: bool = Bounds(
        default=False,
        description="Accept it in the same call: for those who may transfer members of both branches.",
    )


class TransferRefuse(Input):
    reason: LongText


class TransferRead(Shape):
    id: UUID
    member_id: UUID
    member_name: Name
    from_branch_id: UUID
    to_branch_id: UUID
    state: TransferState
    reason: LongText | None
    decision_reason: LongText | None = Bounds(description="Why it was refused.")
    version: Version
    created_at: Instant
    updated_at: Instant


class TransferDetail(TransferRead):
    allowed_actions: Annotated[list[AllowedAction], Bounds(max_length=20)]
