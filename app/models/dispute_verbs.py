"""What the people of a case say when they move it on."""

from typing import Annotated
from uuid import UUID

from pydantic import Field as Bounds
from pydantic import model_validator

from app.core.permissions import Part
from app.core.text import Email, LongText
from app.models.base import Input
from app.models.complaints import PartyNamed
from app.models.members import LegalDate, MemberNumber


class Said(Input):
    """What was said or done, for the case's own record."""

    text: LongText


class Reasoned(Input):
    """A decision with its reasons, which the parties will read."""

    reasons: LongText


class Acknowledgement(Input):
    text: LongText | None = Bounds(default=None, description="A word to the complainant with the acknowledgement.")


class AllegationMade(Input):
    """What a respondent is said to have done, and the clause that was in force on those days."""

    respondent_id: UUID
    clause_id: UUID
    conduct_from: LegalDate
    conduct_until: LegalDate | None = Bounds(default=None, description="The last day, included; the first if left out.")
    text: LongText
    new_evidence_ids: Annotated[list[UUID], Bounds(max_length=50)] = Bounds(
        default_factory=list, description="What is new since the same conduct was decided before."
    )
    new_evidence_reasons: LongText | None = None

    @model_validator(mode="after")
    def _in_order(self) -> "AllegationMade":
        if self.conduct_until is not None and self.conduct_until < self.conduct_from:
            raise ValueError("conduct_until is not before conduct_from")
        return self


class Notice(Input):
    """The formal notice: what is alleged, on what evidence, and what it may lead to."""

    allegations: Annotated[list[AllegationMade], Bounds(min_length=1, max_length=50)]
    withheld_evidence_ids: Annotated[list[UUID], Bounds(max_length=200)] = Bounds(
        default_factory=list,
        description="Evidence that nobody will rely on, and which is therefore set aside undisclosed.",
    )
    text: LongText | None = Bounds(default=None, description="What the notice says beside the allegations.")


class ResponseRecorded(Input):
    """A response that came by another way than the party's own page."""

    party_id: UUID
    text: LongText
    received_on: LegalDate | None = Bounds(default=None, description="Today if left out; not in the future.")


class InvestigatorNamed(Input):
    account_id: UUID
    text: LongText | None = None


class AllegationFinding(Input):
    allegation_id: UUID
    text: LongText


class InvestigationReport(Input):
    """The investigator's report: facts on each allegation, no decision."""

    findings: Annotated[list[AllegationFinding], Bounds(min_length=1, max_length=50)]
    text: LongText | None = None


class Appointment(Input):
    """Somebody to work on the case. Panels are listed, and the receiver is the procedure's."""

    account_id: UUID
    part: Annotated[Part, Bounds(json_schema_extra={"enum": ["clerk", "mediator", "investigator"]})]

    @model_validator(mode="after")
    def _appointable(self) -> "Appointment":
        if self.part not in (Part.clerk, Part.mediator, Part.investigator):
            raise ValueError("appoint a clerk, a mediator or an investigator")
        return self


class CandidateSearch(Input):
    """Somebody with an account, by one thing that is known of them, for a part in the case."""

    part: Part
    email: Email | None = Bounds(default=None, description="Of the account.")
    person_id: UUID | None = None
    member_number: MemberNumber | None = None

    @model_validator(mode="after")
    def _one_thing(self) -> "CandidateSearch":
        if sum(one is not None for one in (self.email, self.person_id, self.member_number)) != 1:
            raise ValueError("give an e-mail address, a person or a member's number: exactly one of them")
        return self


class Naming(PartyNamed):
    """Somebody else who turns out to be concerned. The case closes to them at once."""

    identity_withheld: bool = False


class Identification(Input):
    """Who is behind a name that a complaint gave."""

    person_id: UUID
