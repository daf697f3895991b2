"""Core teams: the three to twelve leaders who carry an institution, or a cluster, and what each of them does."""

from datetime import date
from enum import StrEnum
from typing import Annotated
from uuid import UUID

from pydantic import MISSING
from pydantic import Field as Bounds
from sqlalchemy import Index

from app.core.lifecycle import AllowedAction
from app.core.privacy import Privacy
from app.core.text import Name
from app.models.base import Count, Input, Instant, Patch, Record, Shape, Version, column, one_of, text, texts
from app.models.contacts import PersonNamed
from app.models.members import LegalDate

#: How many a core team has.
LEAST, MOST = 3, 12


class CoreTeamRole(StrEnum):
    """What somebody does in a core team."""

    chair = "chair"
    spokesperson = "spokesperson"
    turnout = "turnout"
    listening = "listening"
    research = "research"
    treasurer = "treasurer"
    negotiator = "negotiator"
    member = "member"


#: What a team is expected to have somebody for, where nothing else is said.
EXPECTED = (CoreTeamRole.chair, CoreTeamRole.spokesperson, CoreTeamRole.turnout, CoreTeamRole.listening)


class CoreTeamGap(StrEnum):
    """What a core team lacks."""

    role_unfilled = "role_unfilled"
    too_few = "too_few"
    too_many = "too_many"


class CoreTeamState(StrEnum):
    active = "active"
    disbanded = "disbanded"


class CoreTeam(Record, table=True):
    """A core team of an institution, or of a unit where none is named. `roles` are what somebody ought to do."""

    __tablename__ = "core_teams"
    __table_args__ = (
        one_of("state", CoreTeamState),
        Index(None, "branch_id", "name", "id"),
        Index(None, "name", "id"),
        Index(None, "organisation_id"),
    )

    branch_id: UUID = column(Privacy.none, foreign_key="branches.id", nullable=False)
    organisation_id: UUID | None = column(Privacy.none, foreign_key="organisations.id", default=None)
    name: str = text(Privacy.none, nullable=False)
    roles: list[str] = texts(Privacy.none, nullable=False)
    state: str = text(Privacy.none, nullable=False, default=CoreTeamState.active)
    state_since: date = column(Privacy.none, nullable=False)


class CoreTeamMember(Record, table=True):
    """Somebody's role in a core team from a day until, not including, another."""

    __tablename__ = "core_team_members"
    __table_args__ = (
        one_of("role", CoreTeamRole),
        Index(None, "core_team_id", "starts_on", "id"),
        Index(None, "person_id"),
    )

    core_team_id: UUID = column(Privacy.none, foreign_key="core_teams.id", nullable=False)
    person_id: UUID = column(Privacy.none, foreign_key="people.id", nullable=False)
    role: str = text(Privacy.sensitive, nullable=False)
    starts_on: date = column(Privacy.sensitive, nullable=False)
    ends_on: date | None = column(Privacy.sensitive, default=None)


Roles = Annotated[
    list[CoreTeamRole], Bounds(max_length=8, description="What somebody in the team ought to do; each is named once.")
]


class CoreTeamCreate(Input):
    branch_id: UUID
    organisation_id: UUID | None = Bounds(
        default=None, description="The institution whose team it is; without one it is the unit's."
    )
    name: Name
    roles: Roles = Bounds(default=list(EXPECTED))


class CoreTeamUpdate(Patch):
    name: Name | MISSING = MISSING
    roles: Roles | MISSING = MISSING


class CoreTeamJoin(Input):
    """Who takes which role. The same person may hold several, each once at a time."""

    person: PersonNamed
    role: CoreTeamRole = CoreTeamRole.member
    starts_on: LegalDate | None = Bounds(default=None, description="Today if left out.")


class CoreTeamLeave(Input):
    ends_on: LegalDate | None = Bounds(
        default=None, description="The first day on which they do it no longer: today if left out, or a day before."
    )


class CoreTeamItem(Shape):
    """A core team, how many people it has today, and what it lacks."""

    id: UUID
    branch_id: UUID
    organisation_id: UUID | None
    name: Name
    roles: Roles
    people: Count = Bounds(description=f"How many are in it today; {LEAST} to {MOST} are a core team.")
    roles_unfilled: Annotated[list[CoreTeamRole], Bounds(max_length=8)]
    gaps: Annotated[list[CoreTeamGap], Bounds(max_length=3)]
    state: CoreTeamState
    state_since: date
    version: Version
    created_at: Instant
    updated_at: Instant


class CoreTeamMemberRead(Shape):
    id: UUID
    person_id: UUID
    person_name: Annotated[str | None, Bounds(max_length=201, description="Null for somebody out of sight.")]
    role: CoreTeamRole
    starts_on: date
    ends_on: date | None = Bounds(description="The first day on which they do it no longer.")


class CoreTeamRead(CoreTeamItem):
    allowed_actions: Annotated[list[AllowedAction], Bounds(max_length=10)]


class CoreTeamDetail(CoreTeamRead):
    """A core team with everybody who is or was in it, the latest first."""

    members: Annotated[list[CoreTeamMemberRead], Bounds(max_length=500)]
