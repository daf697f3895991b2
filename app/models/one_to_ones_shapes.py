"""What is said of a one-to-one, and what is told of it."""

from datetime import date
from typing import Annotated, Literal
from uuid import UUID

from pydantic import MISSING
from pydantic import Field as Bounds

from app.core.lifecycle import AllowedAction
from app.core.text import LongText, ShortText
from app.models.base import Count, Input, Instant, Patch, Shape, Version
from app.models.contacts import OrganisationNamed, PersonNamed
from app.models.guardians import GuardianGives
from app.models.members import LegalDate
from app.models.one_to_ones import NoteTier, OneToOnePurpose, OneToOneState, SpecialCategory

Minutes = Annotated[int, Bounds(ge=1, le=600)]
Interests = Annotated[list[ShortText], Bounds(max_length=20, description="What moves the person, in short.")]
Specials = Annotated[
    list[SpecialCategory],
    Bounds(max_length=7, description="What the notes say that the law protects more than the rest."),
]
StartsAt = Annotated[
    Instant, Bounds(description="When it begins, on that day in London. Shown to its organiser and to nobody else.")
]


class NextStepSaid(Input):
    """What is to follow, and by when."""

    text: ShortText
    due_on: LegalDate


class NotesSaid(Input):
    """Notes of a one-to-one: assume that the person reads them, since they may ask to. What is said replaces."""

    interests: Interests | None = None
    story: LongText | None = None
    asks: Annotated[LongText | None, Bounds(description="What was asked, and what was answered.")] = None
    special: Specials | None = None
    explicit_consent: Annotated[
        bool, Bounds(description="That the person consented explicitly to this being noted.")
    ] = False
    explicit_consent_on: LegalDate | None = None


class OneToOneCreate(Input):
    """A one-to-one, planned or held, with everything that belongs to it in one call; its organiser is who records it.

    Read `GET /v1/one-to-ones/form` first: the person is told who reads the notes.
    """

    branch_id: UUID
    person: PersonNamed
    organisation: OrganisationNamed | None = None
    campaign_id: UUID | None = None
    state: Literal["planned", "held"] = "planned"
    on_day: LegalDate
    starts_at: StartsAt | None = None
    minutes: Minutes | None = None
    purpose: OneToOnePurpose
    tier: Annotated[NoteTier, Bounds(description="Who reads the notes, as the person was told.")]
    notes: NotesSaid | None = None
    next_step: NextStepSaid | None = None
    under_18: Annotated[bool, Bounds(description="That the person is under 18, where no date of birth says so.")] = (
        False
    )
    guardian: Annotated[
        GuardianGives | None, Bounds(description="The consent of the person's guardian, where it is not yet on record.")
    ] = None


class OneToOneUpdate(Patch):
    """What can be corrected of a one-to-one; its day is moved by `reschedule`."""

    campaign_id: UUID | None | MISSING = MISSING
    minutes: Minutes | None | MISSING = MISSING
    purpose: OneToOnePurpose | MISSING = MISSING


class OneToOneReschedule(Input):
    """Another day for a planned one-to-one."""

    on_day: LegalDate
    starts_at: StartsAt | None = None


class OneToOneHold(Input):
    """That it was held, with what came of it."""

    minutes: Minutes | None = None
    notes: NotesSaid | None = None
    next_step: NextStepSaid | None = None


class NotesWrite(NotesSaid):
    """Notes written later, or written anew; what is left out stays."""

    next_step: NextStepSaid | None = None


class NextStepSettle(Input):
    """Whether a next step was kept is said on a day."""

    settled_on: Annotated[LegalDate | None, Bounds(description="Today, unless another day is said.")] = None


class TierSet(Input):
    """Who reads the notes from now on. More may, only after the person was told of it."""

    tier: NoteTier
    announced_again_on: Annotated[
        LegalDate | None, Bounds(description="The day on which the person was told that more will read them.")
    ] = None


class NextStepRead(Shape):
    """What was to follow, by when, and whether it did; its words are among the notes."""

    due_on: date
    kept: bool | None
    settled_on: date | None


class OneToOneItem(Shape):
    """That a one-to-one is planned, was held, or was not."""

    id: UUID
    branch_id: UUID
    person_id: UUID
    person_name: Annotated[str | None, Bounds(max_length=201, description="Null for somebody out of sight.")]
    organiser_id: UUID
    organisation_id: UUID | None
    campaign_id: UUID | None
    on_day: date
    starts_at: Annotated[Instant | None, Bounds(description="Null to everybody but its organiser.")]
    minutes: Minutes | None
    purpose: OneToOnePurpose
    notes_kept_by: Annotated[NoteTier, Bounds(description="Who reads the notes, if there are any.")]
    next_step: NextStepRead | None
    state: OneToOneState
    state_since: date
    version: Version
    created_at: Instant
    updated_at: Instant


class OneToOneRead(OneToOneItem):
    """A one-to-one with what may be done to it."""

    allowed_actions: Annotated[list[AllowedAction], Bounds(max_length=20)]


class OneToOneNotesRead(Shape):
    """The notes of a one-to-one."""

    interests: Interests
    story: LongText | None
    asks: LongText | None
    next_step: ShortText | None
    special: Specials
    explicit_consent_on: date | None
    announced_on: date = Bounds(description="When the person was told who reads them.")
    announced_again_on: date | None = Bounds(description="When they were told that more will.")


class OneToOneDetail(OneToOneRead):
    """A one-to-one with its notes, for those who may read them."""

    notes: Annotated[
        OneToOneNotesRead | None, Bounds(description="Null where there are none, or they are not yours to read.")
    ]


class TierRead(Shape):
    """Who reads the notes of a tier at a unit: in words, to be said to the person, and how many accounts that is."""

    tier: NoteTier
    who_reads: Annotated[str, Bounds(max_length=300)]
    who_reads_cy: Annotated[str, Bounds(max_length=300)]
    accounts: Annotated[Count, Bounds(description="How many accounts that is today, the organiser's own included.")]


class CategoryRead(Shape):
    """What is needed before notes may say something of a special category."""

    category: SpecialCategory
    explicit_consent: Annotated[bool, Bounds(description="Whether the person must have consented explicitly.")]
    members_only: Annotated[bool, Bounds(description="Whether it may be noted of members alone.")]


class NotesForm(Shape):
    """What the person is told before anything is noted."""

    branch_id: UUID
    tiers: Annotated[list[TierRead], Bounds(max_length=3)]
    subject_access: Annotated[str, Bounds(max_length=400)]
    subject_access_cy: Annotated[str, Bounds(max_length=400)]
    special: Annotated[str, Bounds(max_length=600)]
    special_cy: Annotated[str, Bounds(max_length=600)]
    categories: Annotated[list[CategoryRead], Bounds(max_length=7)]
