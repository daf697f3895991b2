"""Actions and events: what is done in public, where and when, and to whom it is addressed."""

from datetime import date, datetime
from enum import StrEnum
from uuid import UUID

from sqlalchemy import Index, LargeBinary

from app.core.privacy import Privacy
from app.models.base import Record, Row, column, instant, one_of, text, texts

#: As many institutions take part in one action.
MOST_ORGANISATIONS = 1_000


class ActionKind(StrEnum):
    research_action = "research_action"
    assembly = "assembly"
    neighbourhood_action = "neighbourhood_action"
    negotiation = "negotiation"
    house_meeting = "house_meeting"
    training = "training"
    other = "other"


class ActionState(StrEnum):
    planned = "planned"
    confirmed = "confirmed"
    held = "held"
    evaluated = "evaluated"
    closed = "closed"
    cancelled = "cancelled"


class AccessFeature(StrEnum):
    """What a venue or an event offers, so that everybody can take part."""

    step_free = "step_free"
    accessible_toilet = "accessible_toilet"
    hearing_loop = "hearing_loop"
    sign_language = "sign_language"
    captions = "captions"
    quiet_space = "quiet_space"
    childcare = "childcare"
    interpreting = "interpreting"
    parking = "parking"
    public_transport = "public_transport"


class ActionRole(StrEnum):
    """What somebody does at an action."""

    chair = "chair"
    timekeeper = "timekeeper"
    pinner = "pinner"
    testimony = "testimony"
    press = "press"
    steward = "steward"
    negotiator = "negotiator"
    welcome = "welcome"
    other = "other"


class Action(Record, table=True):
    """An action of a unit.

    `code_hash` is of the code by which people check in; `sequence` counts the changes that calendars see.
    """

    __tablename__ = "actions"
    __table_args__ = (
        one_of("kind", ActionKind),
        one_of("state", ActionState),
        Index(None, "branch_id", "starts_at", "id"),
        Index(None, "starts_at", "id"),
        Index(None, "campaign_id"),
        Index(None, "code_hash"),
    )

    branch_id: UUID = column(Privacy.none, foreign_key="branches.id", nullable=False)
    campaign_id: UUID | None = column(Privacy.none, foreign_key="campaigns.id", default=None)
    name: str = text(Privacy.none, nullable=False)
    kind: str = text(Privacy.none, nullable=False)
    issue: str | None = text(Privacy.none, default=None)
    target: str | None = text(Privacy.none, default=None)
    ask: str | None = text(Privacy.none, default=None)
    starts_at: datetime = instant(nullable=False)
    ends_at: datetime = instant(nullable=False)
    venue: str | None = text(Privacy.none, default=None)
    postcode: str | None = text(Privacy.none, default=None)
    online_url: str | None = text(Privacy.none, default=None)
    accessibility: list[str] = texts(Privacy.none, nullable=False, default_factory=list)
    access_notes: str | None = text(Privacy.none, default=None)
    code_hash: bytes | None = column(Privacy.secret, LargeBinary, default=None)
    sequence: int = column(Privacy.none, nullable=False, default=0)
    state: str = text(Privacy.none, nullable=False, default=ActionState.planned)
    state_since: date = column(Privacy.none, nullable=False)
    cancel_reason: str | None = text(Privacy.none, default=None)


class ActionOrganisation(Row, table=True):
    """That an institution takes part in an action: from `joined_on` until, not including, `left_on`."""

    __tablename__ = "action_organisations"
    __table_args__ = (Index(None, "action_id", "organisation_id"), Index(None, "organisation_id"))

    action_id: UUID = column(Privacy.none, foreign_key="actions.id", nullable=False)
    organisation_id: UUID = column(Privacy.none, foreign_key="organisations.id", nullable=False)
    joined_on: date = column(Privacy.none, nullable=False)
    left_on: date | None = column(Privacy.none, default=None)


class ActionRoleHolder(Record, table=True):
    """That somebody has a role in an action: from `from_day` until, not including, `until_day`."""

    __tablename__ = "action_roles"
    __table_args__ = (one_of("role", ActionRole), Index(None, "action_id", "role", "id"), Index(None, "person_id"))

    action_id: UUID = column(Privacy.none, foreign_key="actions.id", nullable=False)
    person_id: UUID = column(Privacy.none, foreign_key="people.id", nullable=False)
    role: str = text(Privacy.sensitive, nullable=False)
    from_day: date = column(Privacy.none, nullable=False)
    until_day: date | None = column(Privacy.none, default=None)
