"""What is said to list a panel, meet, decide and appeal."""

from enum import StrEnum
from typing import Annotated
from uuid import UUID

from pydantic import Field as Bounds
from pydantic import model_validator

from app.core.text import LongText, ShortText
from app.models.base import Input, Instant
from app.models.dispute_hearings import MeetingKind
from app.models.disputes import AllegationOutcome
from app.models.members import LegalDate
from app.models.procedures import SanctionKind

Months = Annotated[int, Bounds(ge=1, le=1200)]
Ids = Annotated[list[UUID], Bounds(max_length=200)]


class PanelMember(Input):
    account_id: UUID
    chair: bool = False


class PanelListing(Input):
    """Who hears the case: as many as the body's quorum or more, one of them in the chair."""

    members: Annotated[list[PanelMember], Bounds(min_length=1, max_length=50)]
    text: LongText | None = None


class SeatReplacement(Input):
    """A seat that is given up, by resignation, recusal or the loss of eligibility, and who takes it, if anybody."""

    part_id: UUID = Bounds(description="The seat. One that has ended already can still be filled.")
    account_id: UUID | None = Bounds(
        default=None, description="Left out: the seat stays empty, and the quorum is asked for again at the hearing."
    )
    reasons: LongText


class MeetingPlan(Input):
    kind: MeetingKind
    starts_at: Instant
    place: ShortText | None = None
    adjustments: LongText | None = Bounds(default=None, description="Reasonable adjustments that were agreed.")
    companions: LongText | None = Bounds(default=None, description="Who accompanies whom.")
    shorter_notice_agreement: LongText | None = Bounds(
        default=None, description="How the respondents agreed, in writing, to less time than the procedure gives them."
    )

    @model_validator(mode="after")
    def _of_a_hearing(self) -> "MeetingPlan":
        if self.shorter_notice_agreement is not None and self.kind is not MeetingKind.hearing:
            raise ValueError("only a hearing has a time of notice")
        return self


class MeetingRecord(Input):
    """Who was there, and what was said."""

    part_ids: Ids = Bounds(description="The people of the case who were present, by their parts.")
    party_ids: Ids = Bounds(default_factory=list, description="The parties who were present.")
    held_on: LegalDate | None = Bounds(default=None, description="The planned day if left out; not in the future.")
    minutes: LongText | None = None
    adjustments: LongText | None = None
    companions: LongText | None = None


class Hearing(MeetingRecord):
    meeting_id: UUID


class Finding(Input):
    """What was found on an allegation, and why."""

    allegation_id: UUID
    outcome: AllegationOutcome
    reasons: LongText


class SanctionImposed(Input):
    party_id: UUID = Bounds(description="A respondent against whom something was upheld.")
    kind: SanctionKind
    months: Months | None = Bounds(
        default=None, description="How long it lasts. A warning, a suspension and an exclusion have an end."
    )


Findings = Annotated[list[Finding], Bounds(min_length=1, max_length=200)]
Deciders = Annotated[
    list[UUID], Bounds(min_length=1, max_length=50, description="The members of the panel who decided, by their parts.")
]


class PanelDecision(Input):
    """A panel's decision: every allegation once, each with its reasons, and what follows."""

    findings: Findings
    reasons: LongText
    sanctions: Annotated[list[SanctionImposed], Bounds(max_length=50)] = Bounds(default_factory=list)
    part_ids: Deciders


class ReceiverDecision(Input):
    """What the receiver decides by the rule book's own powers, after notice and with reasons."""

    findings: Findings
    reasons: LongText
    sanctions: Annotated[list[SanctionImposed], Bounds(min_length=1, max_length=50)]


class AppealRecorded(Input):
    """An appeal that came by letter or mail."""

    party_id: UUID
    text: LongText = Bounds(description="The grounds.")
    received_on: LegalDate | None = Bounds(default=None, description="Today if left out; not in the future.")


class AppealRuling(Input):
    """Whether a late appeal is heard, with reasons."""

    appeal_id: UUID | None = Bounds(default=None, description="The only open one if left out.")
    reasons: LongText


class AppealOutcome(StrEnum):
    upheld = "upheld"
    varied = "varied"
    dismissed = "dismissed"


class AppealDecision(AppealRuling):
    """What becomes of what was decided.

    Upheld for a respondent, nothing stands against them; varied, findings given here are put in place of the first
    panel's and the sanctions given here in place of theirs. On a complainant's appeal both are added.
    """

    outcome: AppealOutcome
    findings: Annotated[list[Finding], Bounds(max_length=200)] = Bounds(default_factory=list)
    sanctions: Annotated[list[SanctionImposed], Bounds(max_length=50)] = Bounds(default_factory=list)
    part_ids: Deciders


class Reopening(AppealRuling):
    """An appeal against a dismissal is upheld: the complaint is taken up again."""

    part_ids: Deciders
