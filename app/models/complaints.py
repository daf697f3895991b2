"""Complaints: what somebody says to begin a dispute, and what they get to hold."""

from datetime import date
from typing import Annotated
from uuid import UUID

from pydantic import Field as Bounds
from pydantic import model_validator

from app.core.text import Email, LongText, Name, ShortText
from app.models.base import Input, Shape
from app.models.disputes import DisputeKind, PartyRole
from app.models.members import MemberNumber
from app.models.procedures import Key

Reference = Annotated[str, Bounds(pattern="^D-[0-9A-Z]{8}$", max_length=10, examples=["D-7KQ2M9XF"])]


class OfficeNamed(Input):
    """Whoever holds an office of a unit today."""

    unit_id: UUID
    office_type_id: UUID


class PartyNamed(Input):
    """Somebody named: by the best that is known of them, and one thing only."""

    role: PartyRole = PartyRole.respondent
    person_id: UUID | None = None
    member_number: MemberNumber | None = None
    unit_id: UUID | None = Bounds(default=None, description="A branch, in whose name its officers answer.")
    office: OfficeNamed | None = None
    name: ShortText | None = None

    @model_validator(mode="after")
    def _one_thing(self) -> "PartyNamed":
        given = (self.person_id, self.member_number, self.unit_id, self.office, self.name)
        if sum(one is not None for one in given) != 1:
            raise ValueError("name a person, a member's number, a unit, an office or a name: exactly one of them")
        return self


class ComplaintFrom(Input):
    """Who complains, where they are not signed in."""

    name: Name
    email: Email | None = None
    postal_address: LongText | None = None
    member_number: MemberNumber | None = None


class ComplaintCreate(Input):
    kind: DisputeKind = DisputeKind.conduct
    summary: ShortText = Bounds(examples=["Conduct at a branch meeting"])
    text: LongText = Bounds(description="What happened, when and where, and what was seen or heard.")
    about: Annotated[list[PartyNamed], Bounds(min_length=1, max_length=20)]
    unit_id: UUID | None = Bounds(
        default=None, description="Where it happened; for an election or a meeting, of which unit."
    )
    procedure: Key | None = Bounds(default=None, description="The organisation's default procedure if left out.")
    concerns_receiver: bool = Bounds(
        default=False, description="It concerns whoever receives complaints: it goes to the next who is not concerned."
    )
    withhold_identity: bool = Bounds(default=False, description="Ask that the respondent not be told who complains.")


class ComplaintSubmit(ComplaintCreate):
    """By the open form."""

    complainant: ComplaintFrom | None = Bounds(
        default=None, description="Left out: anonymous, where the procedure allows it."
    )


class ComplaintReceipt(Shape):
    reference: Reference
    received_on: date
    acknowledge_by: date = Bounds(description="The day by which the complaint will be acknowledged.")
    id: UUID | None = Bounds(description="Under /v1/me/disputes, for whoever is signed in; otherwise null.")
