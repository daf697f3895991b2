"""One-to-ones: relational meetings of an organiser with one person, and the notes of them."""

from datetime import date, datetime
from enum import StrEnum
from uuid import UUID

from sqlalchemy import Index, LargeBinary

from app.core.privacy import Privacy
from app.models.base import Record, column, instant, one_of, text, texts


class OneToOneState(StrEnum):
    planned = "planned"
    held = "held"
    missed = "missed"
    cancelled = "cancelled"


class OneToOnePurpose(StrEnum):
    """What a one-to-one is for."""

    get_to_know = "get_to_know"
    recruit = "recruit"
    agitate = "agitate"
    propose_action = "propose_action"
    evaluate = "evaluate"
    follow_up = "follow_up"
    pastoral = "pastoral"
    other = "other"


class NoteTier(StrEnum):
    """Who reads the notes of a one-to-one, the narrowest first."""

    organiser = "organiser"
    supervisor = "supervisor"
    team = "team"


class SpecialCategory(StrEnum):
    """What notes say of somebody that the law protects more than the rest (UK GDPR art. 9), or that is as grave."""

    political_opinion = "political_opinion"
    religion = "religion"
    union_membership = "union_membership"
    health = "health"
    immigration = "immigration"
    ethnicity = "ethnicity"
    sexual_life = "sexual_life"


class OneToOne(Record, table=True):
    """That an organiser met somebody, or means to: who, whom, on which day, what for. The notes lie elsewhere.

    `starts_at` is for the organiser alone. `tier` says who reads the notes; `next_step_settled_on` is the day on which
    it was said whether the next step was kept.
    """

    __tablename__ = "one_to_ones"
    __table_args__ = (
        one_of("purpose", OneToOnePurpose),
        one_of("state", OneToOneState),
        one_of("tier", NoteTier),
        Index(None, "branch_id", "on_day", "id"),
        Index(None, "on_day", "id"),
        Index(None, "person_id"),
        Index(None, "organiser_id", "on_day"),
        Index(None, "organisation_id"),
    )

    branch_id: UUID = column(Privacy.none, foreign_key="branches.id", nullable=False)
    person_id: UUID = column(Privacy.none, foreign_key="people.id", nullable=False)
    organiser_id: UUID = column(Privacy.none, foreign_key="accounts.id", nullable=False)
    organisation_id: UUID | None = column(Privacy.sensitive, foreign_key="organisations.id", default=None)
    campaign_id: UUID | None = column(Privacy.none, foreign_key="campaigns.id", default=None)
    on_day: date = column(Privacy.sensitive, nullable=False)
    starts_at: datetime | None = instant(Privacy.special, default=None)
    minutes: int | None = column(Privacy.none, default=None)
    purpose: str = text(Privacy.sensitive, nullable=False)
    tier: str = text(Privacy.none, nullable=False)
    next_step_due_on: date | None = column(Privacy.none, default=None)
    next_step_kept: bool | None = column(Privacy.none, default=None)
    next_step_settled_on: date | None = column(Privacy.none, default=None)
    state: str = text(Privacy.none, nullable=False, default=OneToOneState.planned)
    state_since: date = column(Privacy.none, nullable=False)


class OneToOneNotes(Record, table=True):
    """What was said in a one-to-one, whose id it has; the unit, organiser and tier stand here again for the policies.

    `sealed` holds the texts, under the key of the person. `announced_on` is the day on which the person was told who
    reads them, `announced_again_on` the day on which they were told that more will.
    """

    __tablename__ = "one_to_one_notes"
    __table_args__ = (
        one_of("tier", NoteTier),
        Index(None, "branch_id"),
        Index(None, "person_id"),
        Index(None, "organiser_id"),
    )

    id: UUID = column(Privacy.none, primary_key=True, foreign_key="one_to_ones.id")
    branch_id: UUID = column(Privacy.none, foreign_key="branches.id", nullable=False)
    person_id: UUID = column(Privacy.none, foreign_key="people.id", nullable=False)
    organiser_id: UUID = column(Privacy.none, foreign_key="accounts.id", nullable=False)
    tier: str = text(Privacy.none, nullable=False)
    announced_on: date = column(Privacy.none, nullable=False)
    announced_again_on: date | None = column(Privacy.none, default=None)
    special: list[str] = texts(Privacy.special, nullable=False, default_factory=list)
    explicit_consent_on: date | None = column(Privacy.sensitive, default=None)
    sealed: bytes = column(Privacy.special, LargeBinary, nullable=False)
