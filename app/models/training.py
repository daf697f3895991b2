"""Training: sessions of courses, who is enrolled and who teaches, certificates, and who was nominated."""

from datetime import date
from enum import StrEnum
from uuid import UUID

from sqlalchemy import Index, LargeBinary

from app.core.privacy import Privacy
from app.models.base import Record, column, one_of, text


class TrainingSessionState(StrEnum):
    planned = "planned"
    confirmed = "confirmed"
    held = "held"
    closed = "closed"
    cancelled = "cancelled"


class EnrolmentState(StrEnum):
    """`waiting` is for whoever came when it was full: the first moves up when somebody withdraws."""

    waiting = "waiting"
    enrolled = "enrolled"
    attended = "attended"
    absent = "absent"
    withdrawn = "withdrawn"


class CrewPart(StrEnum):
    """What somebody gives their days to."""

    preparation = "preparation"
    delivery = "delivery"
    evaluation = "evaluation"


class NominationState(StrEnum):
    nominated = "nominated"
    accepted = "accepted"
    declined = "declined"
    withdrawn = "withdrawn"


class TrainingSession(Record, table=True):
    """A course, held by a unit on certain days, both ends included."""

    __tablename__ = "training_sessions"
    __table_args__ = (
        one_of("state", TrainingSessionState),
        Index(None, "branch_id", "starts_on", "id"),
        Index(None, "starts_on", "id"),
        Index(None, "course_id"),
    )

    branch_id: UUID = column(Privacy.none, foreign_key="branches.id", nullable=False)
    course_id: UUID = column(Privacy.none, foreign_key="courses.id", nullable=False)
    starts_on: date = column(Privacy.none, nullable=False)
    ends_on: date = column(Privacy.none, nullable=False)
    venue: str | None = text(Privacy.none, default=None)
    capacity: int | None = column(Privacy.none, default=None)
    state: str = text(Privacy.none, nullable=False, default=TrainingSessionState.planned)
    state_since: date = column(Privacy.none, nullable=False)


class Enrolment(Record, table=True):
    """Somebody's place in a session. `branch_id` is the unit from which they come, `offered_in` that of the session."""

    __tablename__ = "enrolments"
    __table_args__ = (
        one_of("state", EnrolmentState),
        Index(None, "training_session_id", "created_at", "id"),
        Index(None, "branch_id", "created_at", "id"),
        Index(None, "created_at", "id"),
        Index(None, "offered_in"),
        Index(None, "person_id"),
    )

    branch_id: UUID = column(Privacy.none, foreign_key="branches.id", nullable=False)
    offered_in: UUID = column(Privacy.none, foreign_key="branches.id", nullable=False)
    training_session_id: UUID = column(Privacy.none, foreign_key="training_sessions.id", nullable=False)
    person_id: UUID = column(Privacy.none, foreign_key="people.id", nullable=False)
    completed: bool = column(Privacy.sensitive, nullable=False, default=False)
    state: str = text(Privacy.sensitive, nullable=False, default=EnrolmentState.enrolled)
    state_since: date = column(Privacy.none, nullable=False)


class TrainingCrew(Record, table=True):
    """Days that somebody gave to a session as trainer or organiser, in halves."""

    __tablename__ = "training_crew"
    __table_args__ = (
        one_of("part", CrewPart),
        Index(None, "training_session_id"),
        Index(None, "account_id"),
    )

    branch_id: UUID = column(Privacy.none, foreign_key="branches.id", nullable=False)
    training_session_id: UUID = column(Privacy.none, foreign_key="training_sessions.id", nullable=False)
    account_id: UUID = column(Privacy.none, foreign_key="accounts.id", nullable=False)
    part: str = text(Privacy.sensitive, nullable=False)
    half_days: int = column(Privacy.sensitive, nullable=False)


class Certificate(Record, table=True):
    """That somebody completed a course: it holds from `completed_on` until, not including, `expires_on`."""

    __tablename__ = "certificates"
    __table_args__ = (
        Index(None, "enrolment_id", unique=True),
        Index(None, "branch_id", "issued_on", "id"),
        Index(None, "issued_on", "id"),
        Index(None, "offered_in"),
        Index(None, "person_id"),
    )

    branch_id: UUID = column(Privacy.none, foreign_key="branches.id", nullable=False)
    offered_in: UUID = column(Privacy.none, foreign_key="branches.id", nullable=False)
    enrolment_id: UUID = column(Privacy.none, foreign_key="enrolments.id", nullable=False)
    course_id: UUID = column(Privacy.none, foreign_key="courses.id", nullable=False)
    person_id: UUID = column(Privacy.none, foreign_key="people.id", nullable=False)
    number: str = text(Privacy.identity, nullable=False)
    completed_on: date = column(Privacy.sensitive, nullable=False)
    issued_on: date = column(Privacy.sensitive, nullable=False)
    expires_on: date | None = column(Privacy.sensitive, default=None)


class Nomination(Record, table=True):
    """That a leader ought to be trained, in a course or one session of it; why, lies under the key of the person."""

    __tablename__ = "nominations"
    __table_args__ = (
        one_of("state", NominationState),
        Index(None, "branch_id", "created_at", "id"),
        Index(None, "created_at", "id"),
        Index(None, "leader_id"),
        Index(None, "person_id"),
        Index(None, "course_id"),
    )

    branch_id: UUID = column(Privacy.none, foreign_key="branches.id", nullable=False)
    leader_id: UUID = column(Privacy.none, foreign_key="leaders.id", nullable=False)
    person_id: UUID = column(Privacy.none, foreign_key="people.id", nullable=False)
    course_id: UUID = column(Privacy.sensitive, foreign_key="courses.id", nullable=False)
    training_session_id: UUID | None = column(Privacy.sensitive, foreign_key="training_sessions.id", default=None)
    enrolment_id: UUID | None = column(Privacy.none, foreign_key="enrolments.id", default=None)
    nominated_by: UUID = column(Privacy.none, foreign_key="accounts.id", nullable=False)
    state: str = text(Privacy.sensitive, nullable=False, default=NominationState.nominated)
    state_since: date = column(Privacy.none, nullable=False)
    sealed: bytes = column(Privacy.special, LargeBinary, nullable=False)
