"""The dated facts of a membership: what was paid for, and what was decided."""

from datetime import date
from uuid import UUID

from sqlalchemy import Index, desc

from app.core.privacy import Privacy
from app.models.base import Row, column, one_of, text
from app.models.members import DecidedStanding


class MembershipTerm(Row, table=True):
    """One paid period of a membership; a renewal adds a row, it never moves a date."""

    __tablename__ = "membership_terms"

    member_id: UUID = column(Privacy.none, foreign_key="members.id", nullable=False, index=True)
    branch_id: UUID = column(Privacy.sensitive, foreign_key="branches.id", nullable=False)
    starts_on: date = column(Privacy.sensitive, nullable=False)
    ends_on: date = column(Privacy.sensitive, nullable=False)


class StandingDecision(Row, table=True):
    """A dated decision about a member's standing; `until` is the first day on which it no longer holds.

    Rows are never changed: a reinstatement repeats the decision that it ends, with `until`; of rows with one member,
    standing and `starts_on` the latest counts.
    """

    __tablename__ = "standings"
    __table_args__ = (one_of("standing", DecidedStanding), Index(None, "member_id", desc("starts_on")))

    member_id: UUID = column(Privacy.none, foreign_key="members.id", nullable=False)
    branch_id: UUID = column(Privacy.sensitive, foreign_key="branches.id", nullable=False)
    standing: str = text(Privacy.sensitive, nullable=False)
    starts_on: date = column(Privacy.sensitive, nullable=False)
    until: date | None = column(Privacy.sensitive, default=None)
    reason: str | None = text(Privacy.sensitive, default=None)
    decided_by: UUID | None = column(Privacy.none, default=None)
