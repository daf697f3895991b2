"""What was said of a matter before its last day, and to whom of the team it was said today."""

from datetime import date, datetime
from uuid import UUID

from sqlalchemy import Index

from app.core.privacy import Privacy
from app.models.base import Row, column, instant


class MatterReminder(Row, table=True):
    """That a matter came so near to its end: once for each mark, and anew where the end was moved.

    `mark` is in the days or hours that the kind of matter counts; -1 once the end is past.
    """

    __tablename__ = "matter_reminders"
    __table_args__ = (Index("uq_matter_reminders_mark", "subject_id", "due_at", "mark", unique=True),)

    subject_id: UUID = column(Privacy.none, nullable=False)
    due_at: datetime = instant(Privacy.sensitive, nullable=False)
    mark: int = column(Privacy.none, nullable=False)


class PrivacyDigest(Row, table=True):
    """The last day on which somebody of the team was written to about what falls due."""

    __tablename__ = "privacy_digests"

    account_id: UUID = column(Privacy.none, foreign_key="accounts.id", nullable=False, unique=True)
    on_day: date = column(Privacy.none, nullable=False)
