"""What was done in a matter of data protection: a request, a complaint, a breach, an erasure, a retention run."""

from datetime import date
from typing import Annotated
from uuid import UUID

from pydantic import Field as Bounds
from sqlalchemy import Index, LargeBinary

from app.core.lifecycle import Code
from app.core.privacy import Privacy
from app.core.text import LongText
from app.models.base import Instant, Row, Shape, column, text


class MatterStep(Row, table=True):
    """What was done in a matter, on which day, and whether it was in time. Never changed.

    `subject_id` is the matter, `due_on` the last day that was in force when it was done.
    """

    __tablename__ = "matter_steps"
    __table_args__ = (Index(None, "subject_id", "id"),)

    subject_id: UUID = column(Privacy.none, nullable=False)
    action: str = text(Privacy.sensitive, nullable=False)
    from_state: str | None = text(Privacy.sensitive, default=None)
    to_state: str = text(Privacy.sensitive, nullable=False)
    on_day: date = column(Privacy.sensitive, nullable=False)
    due_on: date | None = column(Privacy.sensitive, default=None)
    late: bool = column(Privacy.sensitive, nullable=False, default=False)
    account_id: UUID | None = column(Privacy.none, default=None)
    sealed: bytes = column(Privacy.special, LargeBinary, nullable=False)


class MatterStepRead(Shape):
    """One thing that was done in a matter."""

    id: UUID
    created_at: Instant
    action: Code
    from_state: Code | None
    to_state: Code
    on_day: date
    due_on: date | None = Bounds(description="The last day in time, as it stood then.")
    late: bool
    account_id: UUID | None
    texts: Annotated[dict[Code, LongText], Bounds(max_length=20, description="What was said, by the field's name.")]
