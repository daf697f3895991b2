"""The package of a request as those get to see it who put it together."""

from datetime import date
from typing import Annotated, Any
from uuid import UUID

from pydantic import Field as Bounds

from app.core.text import LongText, Name, ShortText
from app.models.base import Count, Instant, Shape, Version
from app.models.package_verbs import Redaction, ValuePath
from app.models.packages import (
    CodeChannel,
    Delivery,
    Exemption,
    FindingKind,
    ItemDecision,
    ItemKind,
    ReleaseState,
    SearchPlace,
)
from app.models.request_reads import Reference, RequestStepped

Source = Annotated[
    str, Bounds(max_length=100, description="The table it is from, or the place outside.", examples=["members"])
]


class RequestItemSummary(Shape):
    """One piece of what a search found."""

    id: UUID
    number: Annotated[int, Bounds(ge=1, le=2_147_483_647)]
    kind: ItemKind
    source: Source
    row_id: UUID | None
    file_id: UUID | None
    proposal: ItemDecision
    decision: ItemDecision | None
    exemption: Exemption | None
    by_rule: bool = Bounds(description="Nobody decided of it: it is about the person alone.")
    decided_by: UUID | None
    version: Version
    created_at: Instant
    updated_at: Instant


class FindingRead(Shape):
    """Something of somebody else in an item."""

    path: ValuePath
    start: Count | None = Bounds(description="Of a text, the first character of it; null for the whole value.")
    end: Count | None
    kind: FindingKind
    replacement: ShortText = Bounds(description="What stands in its place in the package.")
    certain: bool = Bounds(description="A reference by id: it is replaced in any case.")


class _Contents(Shape):
    values: dict[str, Any] = Bounds(description="What it says, by field.")
    findings: Annotated[list[FindingRead], Bounds(max_length=100_000, description="What in it is of others.")]
    redactions: Annotated[list[Redaction], Bounds(max_length=1000, description="What is blacked out of it.")]
    reason: LongText | None = Bounds(description="Why it is held back.")
    has_redacted_copy: bool = Bounds(description="Of its file there is a copy to be given in its place.")


class RequestItemRead(RequestItemSummary, _Contents):
    """An item with what it says."""


class DisclosureItemSummary(Shape):
    """A piece of a case that somebody asked for who has a right to their data: the case's people decide of it."""

    id: UUID
    kind: ItemKind
    source: Source
    proposal: ItemDecision
    decision: ItemDecision | None
    exemption: Exemption | None
    decided_by: UUID | None
    decide_by: date | None
    version: Version
    created_at: Instant
    updated_at: Instant


class DisclosureItemRead(DisclosureItemSummary, _Contents):
    """The same with what it says."""


class TableSearched(Shape):
    table: Annotated[str, Bounds(max_length=100)]
    rows: Count


class RequestSearchRead(Shape):
    """One search of the whole system: where was looked, and how much was there."""

    id: UUID
    created_at: Instant
    account_id: UUID = Bounds(description="Who searched.")
    on_day: date
    tables: Annotated[list[TableSearched], Bounds(max_length=1000, description="Those without anything, too.")]


class _Task(Shape):
    id: UUID
    request_id: UUID
    place: SearchPlace
    due_on: date
    reminded_on: date | None
    answered_on: date | None
    found: bool | None
    waived_on: date | None
    version: Version
    created_at: Instant
    updated_at: Instant


class SearchTaskRead(_Task):
    """What somebody was asked to look for outside the system."""

    account_id: UUID
    text: LongText | None


class OwnSearchTaskRead(Shape):
    """What you are asked to look for outside the system, and about whom."""

    id: UUID
    reference: Reference
    name: Name | None = Bounds(description="Whose data to look for.")
    text: LongText | None = Bounds(description="What to look for.")
    place: SearchPlace
    due_on: date
    answered_on: date | None
    found: bool | None
    files: Count = Bounds(description="How many you have sent.")
    version: Version
    created_at: Instant
    updated_at: Instant


class PackageReleaseRead(Shape):
    """A package that was given, and what became of it."""

    id: UUID
    delivery: Delivery
    code_channel: CodeChannel | None
    state: ReleaseState
    wrong_codes: Count
    size: Annotated[int, Bounds(ge=0, le=2**53)] | None = Bounds(description="In bytes.")
    sha256: Annotated[str, Bounds(max_length=64, pattern="^[0-9a-f]*$")] | None = Bounds(description="Of the ZIP.")
    released_by: UUID
    released_on: date
    ready_on: date | None
    expires_on: date | None = Bounds(description="The last day on which its link works.")
    collected_at: Instant | None
    handed_on: date | None
    version: Version
    created_at: Instant
    updated_at: Instant


class _Given(Shape):
    code: Annotated[str, Bounds(max_length=8, pattern="^[0-9]{8}$")] | None = Bounds(
        description="What opens the link, told this once: pass it on by the other way. Null without a link."
    )


class Released(RequestStepped, _Given):
    """A request that has been answered, and the package that is made for it."""

    release: PackageReleaseRead


class ReleaseMade(PackageReleaseRead, _Given):
    """A package that is given anew."""
