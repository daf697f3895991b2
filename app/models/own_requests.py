"""One's own requests: how one uses a right over one's data, signed in, and what one is told of it."""

from datetime import date
from enum import StrEnum
from typing import Annotated
from uuid import UUID

from pydantic import Field as Bounds
from pydantic import model_validator

from app.core.lifecycle import AllowedAction, Code
from app.core.text import LongText
from app.models.base import Count, Input, Shape, Version
from app.models.request_reads import PauseRead, Reference
from app.models.rights_requests import ExtensionReason, RefusalGround, RequestKind


class OwnRequestState(StrEnum):
    """How a request of one's own stands, in plain words."""

    received = "received"
    identity_asked = "identity_asked"
    information_asked = "information_asked"
    under_consideration = "under_consideration"
    granted = "granted"
    granted_in_part = "granted_in_part"
    nothing_held = "nothing_held"
    refused = "refused"
    withdrawn = "withdrawn"


class OwnRequestAsk(Input):
    """Which right one uses. Who one is needs no proof: one has signed in."""

    kind: RequestKind
    text: LongText | None = Bounds(default=None, description="What you want, in your own words.")
    marketing: bool = Bounds(
        default=False, description="An objection to being contacted for campaigns and funds: it stops at once."
    )

    @model_validator(mode="after")
    def _objects(self) -> "OwnRequestAsk":
        if self.marketing and self.kind is not RequestKind.objection:
            raise ValueError("only an objection is to marketing")
        return self


class OwnAnswer(Input):
    text: LongText


class OwnEnding(Input):
    text: LongText | None = None


class OwnRequestSummary(Shape):
    id: UUID
    reference: Reference
    kind: RequestKind
    marketing: bool
    state: OwnRequestState
    received_on: date
    due_on: date | None = Bounds(
        description="The last day for the answer by law; null while something is asked of you."
    )
    paused_since: date | None
    fee_due_pence: Count | None = Bounds(description="What you are asked to pay before the clock starts.")
    extended_on: date | None
    extension_reason: ExtensionReason | None
    ended_on: date | None
    refusal_ground: RefusalGround | None
    version: Version


class OwnRequestStep(Shape):
    """Something asked of one, or told one, or said by one."""

    action: Code
    on_day: date
    text: LongText | None


class OwnRequestRead(OwnRequestSummary):
    """One's own request: its clock, what is asked of one, and what one may do now."""

    pauses: Annotated[list[PauseRead], Bounds(max_length=200)]
    steps: Annotated[list[OwnRequestStep], Bounds(max_length=500)]
    allowed_actions: Annotated[list[AllowedAction], Bounds(max_length=10)]
