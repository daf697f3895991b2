"""What is said of a package on its way: of its items, to those who search elsewhere, and of how it is given."""

from typing import Annotated
from uuid import UUID

from pydantic import Field as Bounds
from pydantic import model_validator

from app.core.text import Email, LongText
from app.models.base import Count, Input
from app.models.members import LegalDate
from app.models.packages import CodeChannel, Delivery, Exemption, ItemDecision, SearchPlace
from app.models.request_verbs import PastDay

Step = Annotated[str, Bounds(max_length=200)] | Annotated[int, Bounds(ge=0, le=100_000)]
ValuePath = Annotated[
    list[Step],
    Bounds(min_length=1, max_length=20, description="Where a value stands: names of fields, places in lists."),
]


class Redaction(Input):
    """What is blacked out: a whole value, or of a text the characters from `start` until before `end`."""

    path: ValuePath
    start: Count | None = None
    end: Count | None = None

    @model_validator(mode="after")
    def _both_ends(self) -> "Redaction":
        if (self.start is None) != (self.end is None) or (
            self.start is not None and self.end is not None and self.start >= self.end
        ):
            raise ValueError("say both where it begins and where it ends, after that, or neither")
        return self


class _Deciding(Input):
    decision: ItemDecision
    exemption: Exemption | None = Bounds(default=None, description="By which law; needed unless all is released.")
    reason: LongText | None = Bounds(default=None, description="Why it applies here; needed unless all is released.")

    @model_validator(mode="after")
    def _with_reason(self) -> "_Deciding":
        if self.decision is not ItemDecision.release and (self.exemption is None or self.reason is None):
            raise ValueError("say by which exemption something is held back, and why it applies")
        if self.decision is ItemDecision.release and self.exemption is not None:
            raise ValueError("what is released has no exemption")
        return self


class ItemDecide(_Deciding):
    """What is done with an item."""

    redactions: Annotated[list[Redaction], Bounds(min_length=1, max_length=1000)] | None = Bounds(
        default=None, description="What is blacked out; everything found to be of others, if left out."
    )

    @model_validator(mode="after")
    def _only_to_redact(self) -> "ItemDecide":
        if self.redactions is not None and self.decision is not ItemDecision.redact:
            raise ValueError("only what is decided to be redacted has redactions")
        return self


class ItemsDecide(_Deciding):
    """The same of many items; of one that is redacted, what was found to be of others."""

    item_ids: Annotated[list[UUID], Bounds(min_length=1, max_length=200)]


class SearchTaskAsk(Input):
    """Ask somebody what they hold outside the system."""

    account_id: UUID
    place: SearchPlace
    text: LongText = Bounds(description="What to look for.")
    due_on: LegalDate | None = Bounds(
        default=None, description="By when; ten days before the request's own safer day, if left out."
    )


class SearchTaskAnswer(Input):
    """What somebody found, or that they found nothing. Files are sent before."""

    found: bool
    text: LongText | None = Bounds(default=None, description="What was found, in full.")


class Waiving(Input):
    """That an answer is no longer waited for, and why."""

    text: LongText


class ReleaseAsk(Input):
    """How a package is given."""

    delivery: Delivery
    code_channel: CodeChannel | None = Bounds(
        default=None, description="By which way you pass the code on; needed for a link, and never by e-mail."
    )
    to_email: Email | None = Bounds(default=None, description="Where the link goes; the requester's, if left out.")


class NothingHeld(Input):
    """That nothing is held, in words to the requester."""

    text: LongText


class HandingOver(Input):
    """That a package has been handed over or posted."""

    handed_on: PastDay = None
    text: LongText | None = Bounds(default=None, description="To whom and how.")


class ReleaseOpen(Input):
    """Both halves of the key to a package."""

    token: Annotated[str, Bounds(min_length=20, max_length=100, description="What the link holds after its #.")]
    code: Annotated[str, Bounds(max_length=8, pattern="^[0-9]{8}$", description="As it was told another way.")]
