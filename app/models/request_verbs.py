"""What is said of a request when it comes in and on its way."""

from typing import Annotated
from uuid import UUID

from pydantic import Field as Bounds
from pydantic import model_validator

from app.core.text import Email, LongText, Name, ShortText
from app.models.base import Input
from app.models.members import LegalDate
from app.models.rights_requests import (
    ExtensionReason,
    FeeReason,
    MadeBy,
    RefusalGround,
    RequestChannel,
    RequestKind,
)

PastDay = Annotated[LegalDate | None, Bounds(description="The day on which it was; today if left out. Not to come.")]


class AccessRequestLog(Input):
    """A request for access as it reached somebody: any form, any channel, no magic words."""

    person_id: UUID | None = Bounds(
        default=None, description="Whose data it concerns, where you see them; otherwise their name alone."
    )
    name: Name = Bounds(description="Who the data concerns.")
    contact: ShortText | None = Bounds(default=None, description="How the requester wants to be answered.")
    email: Email | None = Bounds(default=None, description="The requester's.")
    text: LongText | None = Bounds(default=None, description="What was asked, in their words.")
    channel: RequestChannel
    made_by: MadeBy = MadeBy.person
    requester_name: Name | None = Bounds(default=None, description="The representative or parent who asks.")
    authority: LongText | None = Bounds(
        default=None,
        description="What shows that the representative or parent may ask: a signed letter, a court order.",
    )
    received_on: PastDay = None

    @model_validator(mode="after")
    def _authority_recorded(self) -> "AccessRequestLog":
        if self.made_by is not MadeBy.person and (self.authority is None or self.requester_name is None):
            raise ValueError("say who asks for the person, and what shows their authority")
        return self


class RightsRequestLog(AccessRequestLog):
    """A request to use another right than access."""

    kind: Annotated[RequestKind, Bounds(json_schema_extra={"enum": [k.value for k in RequestKind if k != "access"]})]
    marketing: bool = Bounds(
        default=False, description="An objection to being contacted for campaigns and funds: it stops at once."
    )

    @model_validator(mode="after")
    def _another_right(self) -> "RightsRequestLog":
        if self.kind is RequestKind.access:
            raise ValueError("log a request for access as a subject-access request")
        if self.marketing and self.kind is not RequestKind.objection:
            raise ValueError("only an objection is to marketing")
        return self


class MatchPerson(Input):
    """Who the request concerns, once it is known."""

    person_id: UUID


class Asking(Input):
    """A question to the requester."""

    text: LongText
    asked_on: PastDay = None


class Answering(Input):
    """The requester's answer, or that proof of identity or a fee has come."""

    text: LongText | None = None
    received_on: PastDay = None


class FeeAsk(Input):
    """A reasonable fee for the work, which must be explained."""

    amount_pence: Annotated[int, Bounds(ge=1, le=100_000)]
    reason: FeeReason
    text: LongText
    asked_on: PastDay = None


class Extension(Input):
    """A notice that two further months are needed, and why."""

    reason: ExtensionReason
    text: LongText
    noticed_on: PastDay = None


class Refusal(Input):
    """That a request is not followed, and why. The requester is told of their remedies."""

    ground: RefusalGround
    text: LongText


class Ending(Input):
    """That a request is over."""

    text: LongText | None = None


class Information(Input):
    """The nine answers of article 15, beside the data itself. What is left out stays as it was."""

    purposes: LongText | None = None
    categories: LongText | None = None
    recipients: LongText | None = Bounds(default=None, description="Those in other countries among them.")
    retention: LongText | None = None
    rights: LongText | None = Bounds(default=None, description="Rectification, erasure, restriction, objection.")
    right_to_complain: LongText | None = Bounds(default=None, description="To the controller, and the Commissioner.")
    source: LongText | None = Bounds(default=None, description="Whence what they did not give came.")
    automated_decisions: LongText | None = None
    transfer_safeguards: LongText | None = None


class SteppingAside(Input):
    """Close the matter to somebody of the team whom it concerns: yourself, if nobody is named."""

    account_id: UUID | None = None
