"""What is said of pledges: how they are sought, asked, answered and settled, and how they are read."""

from datetime import date
from typing import Annotated
from uuid import UUID

from pydantic import MISSING, model_validator
from pydantic import Field as Bounds

from app.core.lifecycle import AllowedAction
from app.core.paging import Page
from app.core.text import LongText, Name
from app.models.base import Count, Input, Instant, Patch, Shape, Version
from app.models.decision_makers import BodyName, WebAddress
from app.models.members import LegalDate
from app.models.pledges import PledgeAnswer, PledgeState

OnDay = Annotated[
    LegalDate | None,
    Bounds(default=None, description="Today if left out; not to come, and not before the step that went before."),
]
DueOn = Annotated[LegalDate | None, Bounds(default=None, description="The last day on which it can be kept in time.")]


class PledgeSeek(Input):
    """What is to be asked of whom."""

    decision_maker_id: UUID
    campaign_id: UUID | None = None
    branch_id: UUID | None = Bounds(
        default=None, description="That of the campaign if left out; without one, that of the decision maker."
    )
    wording: LongText = Bounds(
        description="The question, as it is to be asked in public. No private persons by name.",
        examples=["Will you pay the real living wage to everybody who works for the council by April?"],
    )
    due_on: DueOn


class PledgeUpdate(Patch):
    """The wording changes only before the question is asked. What changes of `due_on` is kept with its day."""

    wording: LongText | MISSING = MISSING
    due_on: LegalDate | None | MISSING = MISSING


class PledgeAsk(Input):
    on_day: OnDay
    action_id: UUID | None = Bounds(
        default=None, description="The action at which it is asked; `on_day` is then the day of the action if left out."
    )
    wording: LongText | None = Bounds(default=None, description="As it was asked, where that differs from the plan.")


class PledgeAnswered(Input):
    answer: PledgeAnswer
    words: LongText | None = Bounds(default=None, description="What they said, word for word.")
    on_day: OnDay
    due_on: DueOn


class _Proved(Input):
    text: LongText | None = Bounds(default=None, description="What proves it.")
    url: WebAddress | None = Bounds(default=None, description="Where the proof can be read.")

    @model_validator(mode="after")
    def _proved(self) -> "_Proved":
        if self.text is None and self.url is None:
            raise ValueError("say what proves it, or where the proof can be read")
        return self


class PledgeConfirm(_Proved):
    on_day: OnDay
    due_on: DueOn


class PledgeSettle(_Proved):
    on_day: OnDay


class PledgeStepRead(Shape):
    """A step: what was said or what proved it, and what stood afterwards."""

    id: UUID
    action: Annotated[str, Bounds(max_length=40)]
    to_state: PledgeState
    on_day: date
    due_on: date | None
    action_id: UUID | None
    account_id: UUID
    created_at: Instant
    words: LongText | None
    text: LongText | None
    url: WebAddress | None


class PledgeSummary(Shape):
    id: UUID
    branch_id: UUID
    decision_maker_id: UUID
    decision_maker_name: Name | None
    body: BodyName | None
    campaign_id: UUID | None
    wording: LongText
    asked_on: date | None
    asked_action_id: UUID | None
    due_on: date | None
    overdue: bool = Bounds(description="Promised, its day is over, and it is neither kept nor broken.")
    state: PledgeState
    state_since: date
    version: Version
    created_at: Instant
    updated_at: Instant


class PledgeDecided(PledgeSummary):
    allowed_actions: Annotated[list[AllowedAction], Bounds(max_length=15)]


class PledgeRead(PledgeDecided):
    """The whole of a pledge. `steps` are in the order of their days."""

    steps: Annotated[list[PledgeStepRead], Bounds(max_length=200)]


class PledgeCounts(Shape):
    """How many stand where on a day, and three sums over it."""

    sought: Count
    undecided: Count
    refused: Count
    made: Count
    confirmed: Count
    kept: Count
    part_kept: Count
    broken: Count
    withdrawn: Count
    total: Count
    asked: Count = Bounds(description="Those whose question had been asked in public.")
    promised: Count = Bounds(description="Those that had been promised, whatever came of it.")
    overdue: Count = Bounds(description="Promised, the day due over, and neither kept nor broken.")


class BodyScore(PledgeCounts):
    body: BodyName | None = Bounds(description="Null where the decision makers are out of sight.")


class DecisionMakerScore(BodyScore):
    decision_maker_id: UUID
    name: Name | None


class Scorecards(Shape):
    """Who was asked, who promised and who kept it, as of the end of a day."""

    as_of: date
    total: PledgeCounts
    bodies: Annotated[list[BodyScore], Bounds(max_length=500)]
    decision_makers: Annotated[list[DecisionMakerScore], Bounds(max_length=500)]


class DuePledges(Page[PledgeSummary]):
    """Promises that are due by the day of an assembly, and that assembly."""

    before_action_id: UUID
    before_on: date
