"""Leaders: people with followers, their tier by date, who came because of them, and what they mean to learn."""

from datetime import date
from enum import StrEnum
from uuid import UUID

from sqlalchemy import Index, LargeBinary

from app.core.privacy import Privacy
from app.models.base import Record, Row, column, one_of, text


class LeaderTier(StrEnum):
    """How far a leader's following reaches, the least first."""

    tertiary = "tertiary"
    secondary = "secondary"
    primary = "primary"


class LeaderState(StrEnum):
    active = "active"
    resting = "resting"
    left = "left"


class LeaderStepState(StrEnum):
    open = "open"
    done = "done"
    dropped = "dropped"


class Leader(Record, table=True):
    """That somebody leads in a unit. Which tier they are of follows from the changes of it, by date.

    `sealed` holds their talents and what moves them, under the key of the person.
    """

    __tablename__ = "leaders"
    __table_args__ = (
        one_of("state", LeaderState),
        Index("ix_leaders_one_each", "branch_id", "person_id", unique=True, postgresql_where="state <> 'left'"),
        Index(None, "branch_id", "created_at", "id"),
        Index(None, "created_at", "id"),
        Index(None, "person_id"),
        Index(None, "organisation_id"),
    )

    branch_id: UUID = column(Privacy.none, foreign_key="branches.id", nullable=False)
    person_id: UUID = column(Privacy.none, foreign_key="people.id", nullable=False)
    organisation_id: UUID | None = column(Privacy.sensitive, foreign_key="organisations.id", default=None)
    followers_estimate: int | None = column(Privacy.sensitive, default=None)
    state: str = text(Privacy.sensitive, nullable=False, default=LeaderState.active)
    state_since: date = column(Privacy.sensitive, nullable=False)
    sealed: bytes = column(Privacy.special, LargeBinary, nullable=False)


class LeaderTierChange(Row, table=True):
    """From which day a leader was of which tier, until the next, and what shows it: a text under the person's key.

    `one_to_one_id` refers to what may be erased before this is, and is no foreign key.
    """

    __tablename__ = "leader_tiers"
    __table_args__ = (one_of("reached", LeaderTier), Index(None, "leader_id", "from_day"), Index(None, "person_id"))

    leader_id: UUID = column(Privacy.none, foreign_key="leaders.id", nullable=False)
    person_id: UUID = column(Privacy.none, foreign_key="people.id", nullable=False)
    reached: str = text(Privacy.sensitive, nullable=False)
    from_day: date = column(Privacy.sensitive, nullable=False)
    action_id: UUID | None = column(Privacy.sensitive, foreign_key="actions.id", default=None)
    campaign_id: UUID | None = column(Privacy.sensitive, foreign_key="campaigns.id", default=None)
    one_to_one_id: UUID | None = column(Privacy.sensitive, default=None)
    recorded_by: UUID = column(Privacy.none, foreign_key="accounts.id", nullable=False)
    sealed: bytes = column(Privacy.special, LargeBinary, nullable=False)


class LeaderFollower(Record, table=True):
    """Somebody who came because of a leader: since when, to which action first, and until when."""

    __tablename__ = "leader_followers"
    __table_args__ = (Index(None, "leader_id", "since", "id"), Index(None, "person_id"))

    leader_id: UUID = column(Privacy.none, foreign_key="leaders.id", nullable=False)
    person_id: UUID = column(Privacy.none, foreign_key="people.id", nullable=False)
    action_id: UUID | None = column(Privacy.sensitive, foreign_key="actions.id", default=None)
    since: date = column(Privacy.sensitive, nullable=False)
    ended_on: date | None = column(Privacy.sensitive, default=None)


class LeaderStep(Record, table=True):
    """A step in the development of a leader: what, under the person's key, by when, and whether it was taken."""

    __tablename__ = "leader_steps"
    __table_args__ = (
        one_of("state", LeaderStepState),
        Index(None, "leader_id", "due_on", "id"),
        Index(None, "person_id"),
    )

    leader_id: UUID = column(Privacy.none, foreign_key="leaders.id", nullable=False)
    person_id: UUID = column(Privacy.none, foreign_key="people.id", nullable=False)
    due_on: date = column(Privacy.sensitive, nullable=False)
    done_on: date | None = column(Privacy.sensitive, default=None)
    state: str = text(Privacy.sensitive, nullable=False, default=LeaderStepState.open)
    state_since: date = column(Privacy.none, nullable=False)
    sealed: bytes = column(Privacy.special, LargeBinary, nullable=False)
