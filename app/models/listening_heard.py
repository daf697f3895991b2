"""What is said of what was heard: sessions, issues in people's own words, and the themes that they are put to."""

from datetime import date
from typing import Annotated
from uuid import UUID

from pydantic import MISSING
from pydantic import Field as Bounds

from app.core.text import Lines, LongText, Name
from app.models.base import Count, Input, Instant, Patch, Shape, Version
from app.models.contacts import PersonNamed
from app.models.listening import ListeningPart, ListeningSessionKind
from app.models.members import LegalDate
from app.models.request_verbs import PastDay

Words = Annotated[str, Lines(1, 1_000)]
People = Annotated[int, Bounds(ge=1, le=10_000)]


class ListeningSessionCreate(Input):
    """A session in which people were heard. To name anybody takes the right to record meetings."""

    kind: ListeningSessionKind
    on_day: PastDay = None
    organisation_id: UUID | None = Bounds(default=None, description="The institution whose people were heard.")
    participants: People = Bounds(description="How many were there, the host among them.")
    host: PersonNamed | None = None
    people: Annotated[list[PersonNamed], Bounds(max_length=50)] = Bounds(
        default_factory=list, description="Others who were there and may be named."
    )


class ListeningSessionUpdate(Patch):
    """Corrections of a session."""

    kind: ListeningSessionKind | MISSING = MISSING
    on_day: LegalDate | MISSING = MISSING
    participants: People | MISSING = MISSING


class ListeningIssueCreate(Input):
    """What was said in a session. Everybody who sees the campaign reads it: it names no private person."""

    words: Words = Bounds(
        description="In people's own words. No private person is named in them.",
        examples=["I wait an hour for a bus that does not come."],
    )
    count: People = Bounds(default=1, description="How many in the session said so.")


class ListeningThemeCreate(Input):
    """What several issues have in common. It names no private person."""

    name: Name = Bounds(examples=["Buses"])
    description: LongText | None = None


class ListeningThemeUpdate(Patch):
    """A better name or description of a theme for which nobody has voted yet."""

    name: Name | MISSING = MISSING
    description: LongText | None | MISSING = MISSING


class ListeningGroup(Input):
    """To which theme an issue is put; the one it was put to before is kept as its history."""

    theme_id: UUID


class SessionParticipantRead(Shape):
    person_id: UUID
    part: ListeningPart


class ListeningSessionSummary(Shape):
    """A session, with how much was heard in it."""

    id: UUID
    branch_id: UUID
    listening_campaign_id: UUID
    kind: ListeningSessionKind
    on_day: date
    organisation_id: UUID | None
    participants: People
    recorded_by: UUID
    issues: Count
    version: Version
    created_at: Instant
    updated_at: Instant


class ListeningSessionRead(ListeningSessionSummary):
    """The whole of a session. The read is logged."""

    people: Annotated[list[SessionParticipantRead], Bounds(max_length=51)] | None = Bounds(
        description="Who was named; null for those who may not read of meetings."
    )


class ListeningIssueRead(Shape):
    """An issue, in the words of those who named it."""

    id: UUID
    branch_id: UUID
    listening_campaign_id: UUID
    listening_session_id: UUID
    words: Words
    count: People
    heard_by: UUID
    theme_id: UUID | None = Bounds(description="The theme that it is put to.")
    version: Version
    created_at: Instant
    updated_at: Instant


class ListeningGroupingRead(Shape):
    """That an issue was put to a theme; the one that is not replaced holds."""

    id: UUID
    theme_id: UUID
    grouped_by: UUID
    created_at: Instant
    replaced_at: Instant | None


class ThemeCounts(Shape):
    """How much was heard of a theme."""

    issues: Count
    sessions: Count
    institutions: Count = Bounds(description="Institutions in whose sessions it was heard.")
    people: Count = Bounds(description="How many said so, in each session at most as many as were there.")


class ListeningThemeRead(ThemeCounts):
    """A theme, and how much was heard of it."""

    id: UUID
    listening_campaign_id: UUID
    name: Name
    description: LongText | None
    named_by: UUID
    version: Version
    created_at: Instant
    updated_at: Instant
