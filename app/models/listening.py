"""Listening campaigns: who was heard, what they said in their own words, and what institutions decided upon."""

from datetime import date, datetime
from enum import StrEnum
from uuid import UUID

from sqlalchemy import Index

from app.core.privacy import Privacy
from app.models.base import Record, Row, column, instant, one_of, text, uuids

#: How many themes an institution votes for where nothing else is said, and at most.
VOTES_EACH, MOST_VOTES_EACH = 3, 10


class ListeningState(StrEnum):
    planned = "planned"
    listening = "listening"
    discerning = "discerning"
    closed = "closed"
    cancelled = "cancelled"


class ListeningSessionKind(StrEnum):
    house_meeting = "house_meeting"
    one_to_one = "one_to_one"
    street = "street"
    online = "online"


class ListeningPart(StrEnum):
    """What somebody did in a session."""

    host = "host"
    participant = "participant"


class ListeningCampaign(Record, table=True):
    """Who is asked what, and which assembly decides on it: an action, or its day where it is no action yet.

    `entitled` is how many institutions could vote when it was closed; `close_reason` why the assembly decided
    otherwise than its vote, where it did.
    """

    __tablename__ = "listening_campaigns"
    __table_args__ = (
        one_of("state", ListeningState),
        Index(None, "branch_id", "starts_on", "id"),
        Index(None, "starts_on", "id"),
        Index(None, "campaign_id"),
        Index(None, "assembly_action_id"),
    )

    branch_id: UUID = column(Privacy.none, foreign_key="branches.id", nullable=False)
    campaign_id: UUID | None = column(Privacy.none, foreign_key="campaigns.id", default=None)
    name: str = text(Privacy.none, nullable=False)
    name_cy: str | None = text(Privacy.none, default=None)
    question: str = text(Privacy.none, nullable=False)
    question_cy: str | None = text(Privacy.none, default=None)
    starts_on: date = column(Privacy.none, nullable=False)
    ends_on: date = column(Privacy.none, nullable=False)
    assembly_action_id: UUID | None = column(Privacy.none, foreign_key="actions.id", default=None)
    assembly_on: date | None = column(Privacy.none, default=None)
    votes_each: int = column(Privacy.none, nullable=False, default=VOTES_EACH)
    state: str = text(Privacy.none, nullable=False, default=ListeningState.planned)
    state_since: date = column(Privacy.none, nullable=False)
    entitled: int | None = column(Privacy.none, default=None)
    close_reason: str | None = text(Privacy.none, default=None)


class ListeningOrganisation(Row, table=True):
    """An institution that takes part from `joined_on`, until it leaves."""

    __tablename__ = "listening_organisations"
    __table_args__ = (
        Index("ix_listening_organisations_pair", "listening_campaign_id", "organisation_id"),
        Index(None, "organisation_id"),
    )

    listening_campaign_id: UUID = column(Privacy.none, foreign_key="listening_campaigns.id", nullable=False)
    organisation_id: UUID = column(Privacy.none, foreign_key="organisations.id", nullable=False)
    joined_on: date = column(Privacy.none, nullable=False)
    left_on: date | None = column(Privacy.none, default=None)


class ListeningSession(Record, table=True):
    """A session in which people were heard: how many, and at which institution's, if at one's."""

    __tablename__ = "listening_sessions"
    __table_args__ = (
        one_of("kind", ListeningSessionKind),
        Index(None, "listening_campaign_id", "on_day", "id"),
        Index(None, "organisation_id"),
    )

    branch_id: UUID = column(Privacy.none, foreign_key="branches.id", nullable=False)
    listening_campaign_id: UUID = column(Privacy.none, foreign_key="listening_campaigns.id", nullable=False)
    kind: str = text(Privacy.none, nullable=False)
    on_day: date = column(Privacy.none, nullable=False)
    organisation_id: UUID | None = column(Privacy.none, foreign_key="organisations.id", default=None)
    participants: int = column(Privacy.none, nullable=False)
    recorded_by: UUID = column(Privacy.none, foreign_key="accounts.id", nullable=False)


class SessionParticipant(Row, table=True):
    """Somebody who hosted a session, or was heard in it and named. Most are counted and not named."""

    __tablename__ = "session_participants"
    __table_args__ = (one_of("part", ListeningPart), Index(None, "listening_session_id"), Index(None, "person_id"))

    listening_session_id: UUID = column(Privacy.none, foreign_key="listening_sessions.id", nullable=False)
    person_id: UUID = column(Privacy.special, foreign_key="people.id", nullable=False)
    part: str = text(Privacy.special, nullable=False)


class ListeningIssue(Record, table=True):
    """What people said in a session, in their own words, and how many of them said so. It names nobody."""

    __tablename__ = "listening_issues"
    __table_args__ = (Index(None, "listening_session_id", "id"), Index(None, "listening_campaign_id", "id"))

    branch_id: UUID = column(Privacy.none, foreign_key="branches.id", nullable=False)
    listening_campaign_id: UUID = column(Privacy.none, foreign_key="listening_campaigns.id", nullable=False)
    listening_session_id: UUID = column(Privacy.none, foreign_key="listening_sessions.id", nullable=False)
    words: str = text(Privacy.special, nullable=False)
    count: int = column(Privacy.none, nullable=False, default=1)
    heard_by: UUID = column(Privacy.none, foreign_key="accounts.id", nullable=False)


class ListeningTheme(Record, table=True):
    """What several issues have in common, in the words of those who heard them."""

    __tablename__ = "listening_themes"
    __table_args__ = (Index(None, "listening_campaign_id", "name", "id"),)

    listening_campaign_id: UUID = column(Privacy.none, foreign_key="listening_campaigns.id", nullable=False)
    name: str = text(Privacy.none, nullable=False)
    description: str | None = text(Privacy.none, default=None)
    named_by: UUID = column(Privacy.none, foreign_key="accounts.id", nullable=False)


class ListeningGrouping(Row, table=True):
    """That an issue was put to a theme. The one that is not replaced holds; those before it are its history."""

    __tablename__ = "listening_groupings"
    __table_args__ = (
        Index("ix_listening_groupings_held", "listening_issue_id", unique=True, postgresql_where="replaced_at is null"),
        Index(None, "listening_issue_id", "id"),
        Index(None, "listening_theme_id"),
    )

    listening_issue_id: UUID = column(Privacy.none, foreign_key="listening_issues.id", nullable=False)
    listening_theme_id: UUID = column(Privacy.none, foreign_key="listening_themes.id", nullable=False)
    grouped_by: UUID = column(Privacy.none, foreign_key="accounts.id", nullable=False)
    replaced_at: datetime | None = instant(default=None)


class ListeningVote(Record, table=True):
    """The one voice of an institution: the themes its delegate chose, the dearest first.

    One that was recorded wrongly is struck by somebody else than its recorder, and no longer counts.
    """

    __tablename__ = "listening_votes"
    __table_args__ = (
        Index(
            "ix_listening_votes_one_voice",
            "listening_campaign_id",
            "organisation_id",
            unique=True,
            postgresql_where="struck_on is null",
        ),
        Index(None, "listening_campaign_id", "id"),
        Index(None, "delegate_person_id"),
    )

    listening_campaign_id: UUID = column(Privacy.none, foreign_key="listening_campaigns.id", nullable=False)
    organisation_id: UUID = column(Privacy.none, foreign_key="organisations.id", nullable=False)
    theme_ids: list[UUID] = uuids(Privacy.none, nullable=False)
    delegate_person_id: UUID | None = column(Privacy.sensitive, foreign_key="people.id", default=None)
    on_day: date = column(Privacy.none, nullable=False)
    recorded_by: UUID = column(Privacy.none, foreign_key="accounts.id", nullable=False)
    struck_on: date | None = column(Privacy.none, default=None)
    struck_by: UUID | None = column(Privacy.none, foreign_key="accounts.id", default=None)
    struck_reason: str | None = text(Privacy.none, default=None)


class ListeningPriority(Row, table=True):
    """What the assembly decided upon, as it was on that day: nothing changes it afterwards."""

    __tablename__ = "listening_priorities"
    __table_args__ = (Index(None, "listening_campaign_id", "place"),)

    listening_campaign_id: UUID = column(Privacy.none, foreign_key="listening_campaigns.id", nullable=False)
    listening_theme_id: UUID = column(Privacy.none, foreign_key="listening_themes.id", nullable=False)
    place: int = column(Privacy.none, nullable=False)
    name: str = text(Privacy.none, nullable=False)
    votes: int = column(Privacy.none, nullable=False)
