"""What is said of a complaint about data: when it comes in, on its way, and to whoever reads it."""

from datetime import date
from typing import Annotated
from uuid import UUID

from pydantic import Field as Bounds

from app.core.calendars import Division
from app.core.lifecycle import AllowedAction
from app.core.text import Email, Lines, LongText, Name, ShortText
from app.models.base import Input, Instant, Shape, Version
from app.models.data_complaints import DataComplaintOutcome, DataComplaintState
from app.models.matters import MatterStepRead
from app.models.members import Language
from app.models.request_verbs import PastDay
from app.models.rights_requests import RequestChannel

Reference = Annotated[str, Bounds(max_length=20, examples=["C-7KQ2M9XF"])]

#: What goes into a letter, which has words of its own beside it.
InLetter = Annotated[str, Lines(1, 8_000)]


class DataComplaintOwn(Input):
    """What somebody who is signed in complains of. They are answered at the address of their account."""

    text: LongText = Bounds(description="What was done with your data, and what you want to come of it.")
    about: Name | None = Bounds(
        default=None, description="Somebody by whom it was done: if they handle complaints, they do not get this one."
    )


class DataComplaintSubmit(DataComplaintOwn):
    """A complaint by the open form."""

    name: Name
    email: Email | None = Bounds(default=None, description="Where to answer; without it, say in the text how.")
    language: Language = Language.english


class DataComplaintLog(DataComplaintSubmit):
    """A complaint that reached an officer, by whichever way."""

    person_id: UUID | None = Bounds(default=None, description="The complainant, where you see them.")
    contact: ShortText | None = Bounds(default=None, description="How they want to be answered.")
    channel: RequestChannel
    received_on: PastDay = None
    about_account_ids: Annotated[
        list[UUID], Bounds(max_length=20, description="Whom it is about: they never see it.")
    ] = Bounds(default_factory=list)
    about_person_ids: Annotated[list[UUID], Bounds(max_length=20, description="Likewise, people whom you see.")] = (
        Bounds(default_factory=list)
    )


class DataComplaintReceipt(Shape):
    """What whoever complains, or logs it, gets to hold."""

    id: UUID
    reference: Reference
    received_on: date
    acknowledge_by: date | None = Bounds(description="The day by which it will be acknowledged.")


class Acknowledging(Input):
    """That the complainant was told that their complaint has come; they are written to, where an e-mail is known."""

    text: InLetter | None = Bounds(default=None, description="Sent with the letter, as it is.")
    acknowledged_on: PastDay = None


class Informing(Input):
    """What the complainant is told of the progress; sent as it is, where an e-mail is known."""

    text: InLetter
    informed_on: PastDay = None


class Noting(Input):
    """Something to keep with the matter, for the team alone."""

    text: LongText


class ComplaintAnswer(Input):
    """The outcome. The letter holds it and the text as they are, and tells of the Commissioner and the courts."""

    outcome: DataComplaintOutcome
    text: InLetter
    answered_on: PastDay = None


class DataComplaintSummary(Shape):
    """A complaint with its clock."""

    id: UUID
    reference: Reference
    channel: RequestChannel
    person_id: UUID | None
    division: Division
    state: DataComplaintState
    state_since: date
    received_on: date
    acknowledge_by: date | None = Bounds(description="Null for what was received before 19 June 2026.")
    acknowledged_on: date | None
    acknowledged_late: bool | None
    informed_on: date | None = Bounds(description="When the complainant was last told of the progress.")
    outcome: DataComplaintOutcome | None
    ended_on: date | None
    overdue: bool = Bounds(description="Neither acknowledged nor answered, and the day is past.")
    version: Version
    created_at: Instant
    updated_at: Instant


class DataComplaintRead(DataComplaintSummary):
    """The whole of a complaint."""

    name: Name | None
    email: Email | None = Bounds(description="Null: no letters are sent, they are yours to write.")
    language: Language
    contact: ShortText | None
    text: LongText | None
    about: Name | None
    steps: Annotated[list[MatterStepRead], Bounds(max_length=1000)]
    allowed_actions: Annotated[list[AllowedAction], Bounds(max_length=30)]


class DataComplaintStepped(DataComplaintSummary):
    """A complaint after something was done, with what may be done next."""

    allowed_actions: Annotated[list[AllowedAction], Bounds(max_length=30)]


class OwnDataComplaint(Shape):
    """A complaint of one's own, and how far it is."""

    id: UUID
    reference: Reference
    state: DataComplaintState
    received_on: date
    acknowledge_by: date | None
    acknowledged_on: date | None
    informed_on: date | None
    outcome: DataComplaintOutcome | None
    ended_on: date | None
