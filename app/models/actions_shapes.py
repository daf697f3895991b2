"""Actions as they are spoken of."""

from datetime import date
from typing import Annotated
from uuid import UUID

from pydantic import MISSING
from pydantic import Field as Bounds

from app.core.lifecycle import AllowedAction
from app.core.postcodes import Postcode
from app.core.text import LongText, Name, ShortText
from app.models.actions import AccessFeature, ActionKind, ActionRole, ActionState
from app.models.base import Input, Instant, Patch, Shape, Version
from app.models.contacts import OrganisationNamed, PersonNamed
from app.models.evaluations import LessonsAlike
from app.models.members import LegalDate
from app.models.organisations_shapes import Website
from app.models.turnout import TurnoutTotals

ActionName = Annotated[
    ShortText, Bounds(examples=["Assembly on warm homes"], description="No private persons by name.")
]
Issue = Annotated[ShortText, Bounds(examples=["Cold homes"], description="No private persons by name.")]
Target = Annotated[
    ShortText, Bounds(examples=["Example Borough Council"], description="To whom it is addressed. No private persons.")
]
WhatIsAsked = Annotated[LongText, Bounds(description="What is asked of the target. No private persons by name.")]
Venue = Annotated[ShortText, Bounds(examples=["Example Hall, 1 Example Street"])]
OnlineAt = Annotated[Website, Bounds(description="Where to take part from afar.")]
Accessibility = Annotated[list[AccessFeature], Bounds(max_length=10)]
AccessNotes = Annotated[LongText, Bounds(description="What else to know. No private persons by name.")]


class ActionCreate(Input):
    """An action as it is planned."""

    branch_id: UUID
    campaign_id: UUID | None = None
    name: ActionName
    kind: ActionKind
    issue: Issue | None = Bounds(default=None, description="That of the campaign if left out.")
    target: Target | None = None
    ask: WhatIsAsked | None = None
    starts_at: Instant
    ends_at: Instant
    venue: Venue | None = None
    postcode: Postcode | None = None
    online_url: OnlineAt | None = None
    accessibility: Accessibility = Bounds(default_factory=list)
    access_notes: AccessNotes | None = None


class ActionUpdate(Patch):
    """Changes of an action until it is closed. When it takes place is moved only before it is held."""

    campaign_id: UUID | None | MISSING = MISSING
    name: ActionName | MISSING = MISSING
    kind: ActionKind | MISSING = MISSING
    issue: Issue | None | MISSING = MISSING
    target: Target | None | MISSING = MISSING
    ask: WhatIsAsked | None | MISSING = MISSING
    starts_at: Instant | MISSING = MISSING
    ends_at: Instant | MISSING = MISSING
    venue: Venue | None | MISSING = MISSING
    postcode: Postcode | None | MISSING = MISSING
    online_url: OnlineAt | None | MISSING = MISSING
    accessibility: Accessibility | MISSING = MISSING
    access_notes: AccessNotes | None | MISSING = MISSING


class ActionCancel(Input):
    reason: ShortText = Bounds(description="No private persons by name.", examples=["The hall was flooded."])


class ActionSummary(Shape):
    """An action in a list."""

    id: UUID
    branch_id: UUID
    campaign_id: UUID | None
    name: ActionName
    kind: ActionKind
    issue: Issue | None
    target: Target | None
    ask: WhatIsAsked | None
    starts_at: Instant
    ends_at: Instant
    venue: Venue | None
    postcode: Annotated[str, Bounds(max_length=10)] | None
    online_url: ShortText | None
    accessibility: Accessibility
    access_notes: AccessNotes | None
    sequence: int = Bounds(ge=0, le=2_147_483_647, description="Rises when what calendars show changes.")
    checks_in: bool = Bounds(description="Whether there is a code by which people check in.")
    state: ActionState
    state_since: date
    cancel_reason: ShortText | None
    version: Version
    created_at: Instant
    updated_at: Instant


class ActionDecided(ActionSummary):
    allowed_actions: Annotated[list[AllowedAction], Bounds(max_length=15)]


class ActionPlanned(ActionDecided):
    """A new action, with what was learned of those like it."""

    lessons: LessonsAlike


class ActionRoleShort(Shape):
    """Who does what, today."""

    id: UUID
    person_id: UUID
    role: ActionRole


class ActionRead(ActionPlanned):
    """The whole of an action."""

    turnout: TurnoutTotals
    roles: Annotated[list[ActionRoleShort], Bounds(max_length=200)]


class ActionJoin(Input):
    """An institution that takes part: one on record, or a new one."""

    organisation: OrganisationNamed


class ActionOrganisationRead(Shape):
    """That an institution takes part: from `joined_on` until, not including, `left_on`."""

    id: UUID
    action_id: UUID
    organisation_id: UUID
    name: Name | None = Bounds(description="Null where the institution is out of sight.")
    joined_on: date
    left_on: date | None


class ActionRoleGive(Input):
    """Who is to do what."""

    role: ActionRole
    person: PersonNamed


class ActionRoleEnd(Input):
    until_day: LegalDate | None = Bounds(
        default=None, description="The first day without it: today if left out; not to come."
    )


class ActionRoleRead(Shape):
    """That somebody has a role: from `from_day` until, not including, `until_day`."""

    id: UUID
    action_id: UUID
    person_id: UUID
    role: ActionRole
    from_day: date
    until_day: date | None
    version: Version
    created_at: Instant
    updated_at: Instant
