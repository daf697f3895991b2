"""What is said of training, and what is told of it."""

from datetime import date
from typing import Annotated
from uuid import UUID

from pydantic import MISSING, model_validator
from pydantic import Field as Bounds

from app.core.lifecycle import AllowedAction
from app.core.text import LongText, Name, ShortText
from app.models.base import Count, Input, Instant, Patch, Shape, Version
from app.models.contacts import PersonNamed
from app.models.courses import Capacity, Days
from app.models.leaders_shapes import PersonName
from app.models.members import LegalDate
from app.models.training import CrewPart, EnrolmentState, NominationState, TrainingSessionState

Year = Annotated[int, Bounds(ge=2000, le=2150)]
#: Days that are sums: nothing, or many.
SumOfDays = Annotated[float, Bounds(ge=-1_000, le=1_000)]


class TrainingSessionPlan(Input):
    """A course, on certain days, both ends included."""

    course_id: UUID
    branch_id: UUID = Bounds(description="The unit that holds it.")
    starts_on: LegalDate
    ends_on: LegalDate | None = Bounds(default=None, description="The last day; the first if left out.")
    venue: ShortText | None = None
    capacity: Capacity | None = Bounds(default=None, description="That of the course if left out; without one, no end.")

    @model_validator(mode="after")
    def _in_order(self) -> "TrainingSessionPlan":
        if self.ends_on is not None and self.ends_on < self.starts_on:
            raise ValueError("it ends on the day on which it begins, or later")
        return self


class TrainingSessionUpdate(Patch):
    starts_on: LegalDate | MISSING = MISSING
    ends_on: LegalDate | MISSING = MISSING
    venue: ShortText | None | MISSING = MISSING
    capacity: Capacity | None | MISSING = MISSING


class Places(Shape):
    """How many places are taken, how many are left, and how many people wait for one."""

    taken: Count
    left: Count | None = Bounds(description="Null where there is no end of them.")
    waiting: Count


class TrainingSessionFacts(Shape):
    id: UUID
    branch_id: UUID
    course_id: UUID
    course: Name
    starts_on: date
    ends_on: date
    venue: ShortText | None
    capacity: Capacity | None
    state: TrainingSessionState
    state_since: date
    version: Version
    created_at: Instant
    updated_at: Instant


class TrainingSessionItem(TrainingSessionFacts):
    places: Places


class TrainingSessionRead(TrainingSessionFacts):
    allowed_actions: Annotated[list[AllowedAction], Bounds(max_length=10)]


class CrewRead(Shape):
    id: UUID
    account_id: UUID
    part: CrewPart
    days: Days


class TrainingSessionDetail(TrainingSessionRead):
    """A session with its places, and, to whoever sees the unit's organising, who gave days to it."""

    places: Places
    crew: Annotated[list[CrewRead], Bounds(max_length=500)]


class CrewAdd(Input):
    """Days that somebody gave to a session, or will: they count against what they owe in its year."""

    account_id: UUID
    part: CrewPart
    days: Days


class EnrolmentAdd(Input):
    person: PersonNamed
    branch_id: UUID | None = Bounds(
        default=None, description="The unit from which they come, which enrols them; that of the session if left out."
    )


class Attended(Input):
    enrolment_id: UUID
    attended: bool
    completed: bool = Bounds(default=True, description="Whether whoever attended completed the course.")


class AttendanceSay(Input):
    """Who was there. Said again, it changes nothing; said otherwise, it corrects what was said."""

    attendance: Annotated[list[Attended], Bounds(min_length=1, max_length=1_000)]

    @model_validator(mode="after")
    def _each_once(self) -> "AttendanceSay":
        if len({one.enrolment_id for one in self.attendance}) < len(self.attendance):
            raise ValueError("of each place it is said once")
        return self


class AttendanceRead(Shape):
    """What is on record now, and how many places the call changed."""

    changed: Count
    attended: Count
    absent: Count
    not_said: Count = Bounds(description="Places of which it is still to be said.")


class EnrolmentItem(Shape):
    id: UUID
    branch_id: UUID
    offered_in: UUID
    training_session_id: UUID
    course_id: UUID
    course: Name
    starts_on: date
    person_id: UUID
    person_name: PersonName
    completed: bool
    state: EnrolmentState
    state_since: date
    version: Version
    created_at: Instant
    updated_at: Instant


class EnrolmentRead(EnrolmentItem):
    allowed_actions: Annotated[list[AllowedAction], Bounds(max_length=5)]


class CertificateRead(Shape):
    id: UUID
    number: Annotated[str, Bounds(max_length=20, examples=["T-7KQ2M9XF"])]
    branch_id: UUID
    offered_in: UUID
    enrolment_id: UUID
    course_id: UUID
    course: Name
    person_id: UUID
    person_name: PersonName
    completed_on: date
    issued_on: date
    expires_on: date | None = Bounds(description="The first day on which it holds no longer; null if it always does.")
    valid: bool = Bounds(description="Whether it holds today.")
    version: Version
    created_at: Instant
    updated_at: Instant


class NominationSay(Input):
    """In a course, or in one session of it."""

    course_id: UUID | None = None
    training_session_id: UUID | None = None
    reason: LongText = Bounds(description="Why they ought to be trained. The person may ask to read it.")

    @model_validator(mode="after")
    def _one_of_them(self) -> "NominationSay":
        if (self.course_id is None) == (self.training_session_id is None):
            raise ValueError("name a course, or a session of one")
        return self


class NominationAccept(Input):
    training_session_id: UUID | None = Bounds(
        default=None, description="The session in which they take their place, where the nomination names none."
    )


class NominationItem(Shape):
    id: UUID
    branch_id: UUID
    leader_id: UUID
    person_id: UUID
    person_name: PersonName
    course_id: UUID
    course: Name | None = Bounds(description="Null to whoever does not see organising.")
    training_session_id: UUID | None
    enrolment_id: UUID | None
    nominated_by: UUID
    state: NominationState
    state_since: date
    version: Version
    created_at: Instant
    updated_at: Instant


class NominationRead(NominationItem):
    allowed_actions: Annotated[list[AllowedAction], Bounds(max_length=5)]


class NominationDetail(NominationRead):
    reason: LongText | None = Bounds(description="Null once the person was erased.")


class DaysGiven(Shape):
    """Days given to one session, in one part."""

    training_session_id: UUID
    course: Name
    starts_on: date
    part: CrewPart
    days: Days


class DaysOfYear(Shape):
    """What somebody owes to training in a year, ten working days pro rata their hours, and what they gave."""

    allowance_days: SumOfDays
    given_days: SumOfDays
    left_days: SumOfDays = Bounds(description="Less than nothing where more was given than is owed.")


class OwnTrainingDays(DaysOfYear):
    year: Year
    given: Annotated[list[DaysGiven], Bounds(max_length=1_000)]


class OrganiserTrainingDays(DaysOfYear):
    account_id: UUID
    account_name: Name


class TrainingDays(Shape):
    """Of each organiser in reach, by name."""

    year: Year
    organisers: Annotated[list[OrganiserTrainingDays], Bounds(max_length=2_000)]
