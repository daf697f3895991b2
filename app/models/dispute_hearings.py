"""Panels, meetings, sanctions and appeals: the tables of how a case is heard, decided and decided again."""

from datetime import date, datetime
from enum import StrEnum
from uuid import UUID

from sqlalchemy import Index, LargeBinary

from app.core.privacy import Privacy
from app.models.base import Record, column, instant, one_of, text, uuids
from app.models.procedures import SanctionKind


class PanelKind(StrEnum):
    first = "first"
    appeal = "appeal"


class MeetingKind(StrEnum):
    """A hearing is before the parties, a panel's meeting is the panel's own."""

    hearing = "hearing"
    panel = "panel"
    mediation = "mediation"
    interview = "interview"


class MeetingState(StrEnum):
    planned = "planned"
    held = "held"
    cancelled = "cancelled"


class SanctionState(StrEnum):
    """What was made of a sanction; whether it is spent follows from its days."""

    pending = "pending"
    in_force = "in_force"
    quashed = "quashed"


class AppealAgainst(StrEnum):
    decision = "decision"
    dismissal = "dismissal"


class AppealState(StrEnum):
    lodged = "lodged"
    refused = "refused"
    upheld = "upheld"
    varied = "varied"
    dismissed = "dismissed"


class DisputePanel(Record, table=True):
    """The people of a body who hear one case. Its seats are parts of the case; a later panel dissolves it."""

    __tablename__ = "dispute_panels"
    __table_args__ = (one_of("kind", PanelKind), Index(None, "dispute_id"))

    dispute_id: UUID = column(Privacy.none, foreign_key="disputes.id", nullable=False)
    kind: str = text(Privacy.special, nullable=False)
    body_key: str = text(Privacy.special, nullable=False)
    listed_on: date = column(Privacy.special, nullable=False)
    dissolved_at: datetime | None = instant(default=None)


class DisputeMeeting(Record, table=True):
    """A meeting in a case. Who was there stands as parts of the case and as parties to it.

    `agreed_shorter`: the respondents agreed in writing to less than the procedure's time between papers and hearing.
    `recorded_at` is when attendance was entered.
    """

    __tablename__ = "dispute_meetings"
    __table_args__ = (one_of("kind", MeetingKind), one_of("state", MeetingState), Index(None, "dispute_id"))

    dispute_id: UUID = column(Privacy.none, foreign_key="disputes.id", nullable=False)
    panel_id: UUID | None = column(Privacy.none, foreign_key="dispute_panels.id", default=None)
    kind: str = text(Privacy.special, nullable=False)
    state: str = text(Privacy.special, nullable=False, default=MeetingState.planned)
    starts_at: datetime = instant(Privacy.special, nullable=False)
    held_on: date | None = column(Privacy.special, default=None)
    recorded_at: datetime | None = instant(default=None)
    agreed_shorter: bool = column(Privacy.special, nullable=False, default=False)
    present_part_ids: list[UUID] = uuids(Privacy.special, nullable=False, default_factory=list)
    present_party_ids: list[UUID] = uuids(Privacy.special, nullable=False, default_factory=list)
    sealed: bytes = column(Privacy.special, LargeBinary, nullable=False)


class Sanction(Record, table=True):
    """What a party was sanctioned with, from `starts_on` until, not including, `ends_on`.

    It has no days while it is pending. One against a unit stands in the case alone.
    """

    __tablename__ = "sanctions"
    __table_args__ = (
        one_of("kind", SanctionKind),
        one_of("state", SanctionState),
        Index(None, "dispute_id"),
        Index(None, "party_id"),
    )

    dispute_id: UUID = column(Privacy.none, foreign_key="disputes.id", nullable=False)
    party_id: UUID = column(Privacy.none, foreign_key="dispute_parties.id", nullable=False)
    kind: str = text(Privacy.special, nullable=False)
    months: int | None = column(Privacy.special, default=None)
    starts_on: date | None = column(Privacy.special, default=None)
    ends_on: date | None = column(Privacy.special, default=None)
    state: str = text(Privacy.special, nullable=False, default=SanctionState.pending)


class DisputeAppeal(Record, table=True):
    """A party's appeal. A late one is kept, and decided only once it has been admitted with reasons."""

    __tablename__ = "dispute_appeals"
    __table_args__ = (
        one_of("against", AppealAgainst),
        one_of("state", AppealState),
        Index(None, "dispute_id"),
        Index(None, "party_id"),
    )

    dispute_id: UUID = column(Privacy.none, foreign_key="disputes.id", nullable=False)
    party_id: UUID = column(Privacy.none, foreign_key="dispute_parties.id", nullable=False)
    against: str = text(Privacy.special, nullable=False)
    state: str = text(Privacy.special, nullable=False, default=AppealState.lodged)
    lodged_on: date = column(Privacy.special, nullable=False)
    due_on: date = column(Privacy.special, nullable=False)
    late: bool = column(Privacy.special, nullable=False)
    admitted: bool = column(Privacy.special, nullable=False)
    decided_on: date | None = column(Privacy.special, default=None)
    sealed: bytes = column(Privacy.special, LargeBinary, nullable=False)
