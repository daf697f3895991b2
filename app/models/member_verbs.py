"""What is said of members by the verbs: how their membership ends, and how they are looked for."""

from typing import Annotated
from uuid import UUID

from pydantic import Field as Bounds

from app.core.text import LongText, ShortText
from app.models.base import Input, Instant, Shape
from app.models.members import LegalDate, MemberNumber, MemberType, Relationship, Standing


class MemberFilter(Input):
    """Which members: each condition narrows further."""

    branch_id: UUID | None = Bounds(default=None, description="Members of this unit and of everything below it.")
    exact_branch: bool = Bounds(default=False, description="Only the unit itself, without what lies below.")
    relationship: Relationship | None = None
    standing: Standing | None = None
    type: MemberType | None = None
    joined_after: LegalDate | None = Bounds(default=None, description="Joined on this day or later.")
    joined_before: LegalDate | None = Bounds(default=None, description="Joined before this day.")


class Resignation(Input):
    resigned_on: LegalDate | None = Bounds(default=None, description="Today if left out; not in the future.")
    reason: LongText | None = None


class Death(Input):
    died_on: LegalDate | None = Bounds(default=None, description="Today if left out; not in the future.")


class Suspension(Input):
    until: LegalDate | None = Bounds(
        default=None, description="The first day on which it no longer holds; open if left out."
    )
    reason: LongText


class Reinstatement(Input):
    reason: LongText


class MemberSearch(Input):
    """Any of these, and all that are given must match. Names match by fragment, whatever the case and accents."""

    name: ShortText | None = None
    email: ShortText | None = Bounds(default=None, description="A fragment of the address.")
    phone: ShortText | None = Bounds(default=None, description="The number, or how it begins, in any common spelling.")
    postcode: ShortText | None = Bounds(default=None, description="The postcode, or how it begins.")
    number: ShortText | None = Bounds(default=None, description="The membership number, or how it begins.")


class MemberSuggest(Input):
    """What has been typed so far: part of a name, an e-mail, a postcode or a number."""

    text: ShortText


class MemberSuggestion(Shape):
    id: UUID
    number: MemberNumber
    name: ShortText
    branch_id: UUID


class MemberSuggestions(Shape):
    data: Annotated[list[MemberSuggestion], Bounds(max_length=10, description="The best first.")]


class MembershipTermRead(Shape):
    """One paid period: from `starts_on` until, not including, `ends_on`."""

    id: UUID
    starts_on: LegalDate
    ends_on: LegalDate
    created_at: Instant
