"""Pledges: what a decision maker was asked for in public, what they answered, and whether they kept it."""

from datetime import date
from enum import StrEnum
from uuid import UUID

from sqlalchemy import Index, LargeBinary

from app.core.privacy import Privacy
from app.models.base import Record, Row, column, one_of, text


class PledgeState(StrEnum):
    """Where a pledge stands. Whether it is overdue follows from the day on which it is due."""

    sought = "sought"
    undecided = "undecided"
    refused = "refused"
    made = "made"
    confirmed = "confirmed"
    kept = "kept"
    part_kept = "part_kept"
    broken = "broken"
    withdrawn = "withdrawn"


class PledgeAnswer(StrEnum):
    made = "made"
    refused = "refused"
    undecided = "undecided"


class Pledge(Record, table=True):
    """A pledge that is sought of a decision maker. `wording` is the question as it is to be asked, and then was."""

    __tablename__ = "pledges"
    __table_args__ = (
        one_of("state", PledgeState),
        Index(None, "branch_id", "due_on", "id"),
        Index(None, "created_at", "id"),
        Index(None, "decision_maker_id"),
        Index(None, "campaign_id"),
    )

    branch_id: UUID = column(Privacy.none, foreign_key="branches.id", nullable=False)
    decision_maker_id: UUID = column(Privacy.none, foreign_key="decision_makers.id", nullable=False)
    campaign_id: UUID | None = column(Privacy.none, foreign_key="campaigns.id", default=None)
    wording: str = text(Privacy.none, nullable=False)
    asked_on: date | None = column(Privacy.none, default=None)
    asked_action_id: UUID | None = column(Privacy.none, foreign_key="actions.id", default=None)
    due_on: date | None = column(Privacy.none, default=None)
    state: str = text(Privacy.none, nullable=False, default=PledgeState.sought)
    state_since: date = column(Privacy.none, nullable=False)


class PledgeStep(Row, table=True):
    """A step in the course of a pledge: its day, and the state and the day due that it left behind.

    `sealed` holds what was said and what proves it, under the pledge's own key.
    """

    __tablename__ = "pledge_steps"
    __table_args__ = (one_of("to_state", PledgeState), Index(None, "pledge_id", "on_day", "id"))

    pledge_id: UUID = column(Privacy.none, foreign_key="pledges.id", nullable=False)
    action: str = text(Privacy.none, nullable=False)
    to_state: str = text(Privacy.none, nullable=False)
    on_day: date = column(Privacy.none, nullable=False)
    due_on: date | None = column(Privacy.none, default=None)
    action_id: UUID | None = column(Privacy.none, foreign_key="actions.id", default=None)
    account_id: UUID = column(Privacy.none, foreign_key="accounts.id", nullable=False)
    sealed: bytes = column(Privacy.special, LargeBinary, nullable=False)
