"""Core teams: who is in them, what each does, and what they lack. Nothing is refused for a gap; it is told."""

from typing import Literal
from uuid import UUID

from pydantic import Field

from app.core import clock
from app.core.actor import Actor
from app.core.db import Session
from app.core.errors import Conflict, Invalid, NotFound
from app.core.lifecycle import Lifecycle, Transition
from app.core.paging import Answer, Body, Listing, Where
from app.core.permissions import Permission
from app.models.core_teams import (
    LEAST,
    MOST,
    CoreTeam,
    CoreTeamCreate,
    CoreTeamJoin,
    CoreTeamLeave,
    CoreTeamMember,
    CoreTeamState,
    CoreTeamUpdate,
)
from app.services.contacts import person_named
from app.services.unit_records import (
    Held,
    Noun,
    UnitQuery,
    add_record,
    answer,
    answer_anew,
    begin_step,
    change_record,
    columns_of,
    facts_of,
    hold_record,
    judge_unit,
    list_records,
    must_see,
    note,
    open_record,
    read_record,
    take_step,
)

S = CoreTeamState
CORE_TEAM = Lifecycle(
    "core team",
    (
        Transition(
            action="disband",
            from_states=frozenset({S.active}),
            to=S.disbanded,
            permission=Permission.organising_run,
            event="core_team.disbanded",
            path="/v1/core-teams/{id}/disband",
        ),
    ),
    state_field="state",
)

#: Who is in the team `c` on the day `$1`.
_IN_IT = (
    "from core_team_members m where m.core_team_id = c.id and m.starts_on <= $1::date "
    "and (m.ends_on is null or m.ends_on > $1::date)"
)
_PEOPLE = f"(select count(distinct m.person_id) {_IN_IT})"
_UNFILLED = (
    "array(select expected.role from unnest(c.roles) with ordinality expected (role, place) "
    f"where not exists (select {_IN_IT} and m.role = expected.role) order by expected.place)"
)
_GAPS = f"""array_remove(array[
  case when cardinality({_UNFILLED}) > 0 then 'role_unfilled' end,
  case when {_PEOPLE} < {LEAST} then 'too_few' when {_PEOPLE} > {MOST} then 'too_many' end
], null)"""
_SHOWN = ("organisation_id", "name", "roles", "state", "state_since")
NOUN = Noun(
    "core team",
    CoreTeam,
    Listing(
        resource="organising",
        source="core_teams c",
        key="c.id",
        branch="c.branch_id",
        columns=columns_of("c", *_SHOWN, people=_PEOPLE, roles_unfilled=_UNFILLED, gaps=_GAPS),
        sorts={"name": ("c.name", "text")},
        facts=facts_of("c", *_SHOWN),
    ),
    CORE_TEAM,
)
_MEMBERS = """
select m.id, m.person_id, m.role, m.starts_on, m.ends_on,
  (select p.given_name || ' ' || p.family_name from people p where p.id = m.person_id) as person_name
from core_team_members m where m.core_team_id = $1 order by m.starts_on desc, m.id desc limit 500
"""
_MEMBER = "select id, starts_on, ends_on from core_team_members where id = $1 and core_team_id = $2"


class RoleHeld(Conflict):
    code = "role_held"
    sentence = "This person does this in the team already."


class RoleEnded(Conflict):
    code = "role_ended"
    sentence = "When this person ceased to do it is on record already."


class CoreTeamsQuery(UnitQuery):
    """Which core teams, by name."""

    organisation_id: UUID | None = Field(default=None, description="Only those of this institution.")
    person_id: UUID | None = Field(default=None, description="Only those in which this person is today.")
    state: CoreTeamState | None = Field(default=None, description="Active or disbanded.")
    gaps: bool | None = Field(default=None, description="Only active ones that lack something; or that lack nothing.")
    sort: Literal["name", "-name"] = Field(default="name", description="By name.")


async def create_core_team(session: Session, actor: Actor, data: CoreTeamCreate) -> Answer:
    """Raises `NotFound` for a unit out of sight, `Forbidden`, `Invalid` for an institution out of sight."""
    await judge_unit(session, actor, data.branch_id, Permission.organising_run)
    await must_see(session, "organisations", data.organisation_id, "/organisation_id")
    said = {**data.model_dump(), "roles": list(dict.fromkeys(data.roles))}
    return await add_record(session, actor, NOUN, CoreTeam(**said, state_since=clock.today()))


async def list_core_teams(session: Session, actor: Actor, query: CoreTeamsQuery) -> Body:
    """A page of the core teams in reach. Raises `CursorInvalid`."""
    where = Where()
    query.narrow(where, "c")
    for name in ("organisation_id", "state"):
        if (value := getattr(query, name)) is not None:
            where.add(f"c.{name} = {{}}", value)
    if query.person_id is not None:
        where.add(f"exists (select {_IN_IT} and m.person_id = {{}})", query.person_id)
    if query.gaps is not None:
        where.add(f"c.state = 'active' and (cardinality({_GAPS}) > 0) = {{}}", query.gaps)
    return await list_records(session, actor, NOUN, where, query, sort=query.sort)


async def get_core_team(session: Session, actor: Actor, team_id: UUID) -> Answer:
    """A core team with everybody who is or was in it. Raises `NotFound`. The read is logged."""
    return await _with_members(session, actor, await read_record(session, actor, NOUN, team_id))


async def _with_members(session: Session, actor: Actor, held: Held) -> Answer:
    rows = await session.fetch(_MEMBERS, held.id)
    return answer(actor, held, {"members": [dict(row) for row in rows]})


async def change_core_team(
    session: Session, actor: Actor, team_id: UUID, data: CoreTeamUpdate, *, version: int
) -> Answer:
    """Correct its name, or what somebody ought to do in it. Raises as `hold_record`."""
    held = await hold_record(session, actor, NOUN, team_id, version=version)
    changes = data.changes()
    if "roles" in changes:
        changes["roles"] = list(dict.fromkeys(changes["roles"]))
    await change_record(session, actor, held, changes)
    return await answer_anew(session, actor, NOUN, team_id)


async def join_core_team(session: Session, actor: Actor, team_id: UUID, data: CoreTeamJoin) -> Answer:
    """Somebody takes a role in the team. Raises `RoleHeld`, `Disbanded`, and as `hold_record` and `person_named`."""
    held = await hold_record(session, actor, NOUN, team_id)
    if held.state == S.disbanded:
        raise Disbanded
    person_id = await person_named(session, actor, held.branch_id, data.person)
    member = CoreTeamMember(
        core_team_id=team_id, person_id=person_id, role=data.role, starts_on=data.starts_on or clock.today()
    )
    has_it = (
        "select true from core_team_members where core_team_id = $1 and person_id = $2 and role = $3 "
        "and (ends_on is null or ends_on > $4)"
    )
    if await session.fetchval(has_it, team_id, person_id, data.role, member.starts_on):
        raise RoleHeld
    await session.insert(member)
    await note(session, actor, NOUN, team_id, held.branch_id, "core_team.joined")
    return await _with_members(session, actor, await open_record(session, actor, NOUN, team_id))


class Disbanded(Conflict):
    code = "core_team_disbanded"
    sentence = "This core team is no more."


async def leave_core_team(
    session: Session, actor: Actor, team_id: UUID, member_id: UUID, data: CoreTeamLeave
) -> Answer:
    """Somebody gives up a role in the team. Raises `NotFound`, `RoleEnded`, `Invalid`, and as `hold_record`."""
    held = await hold_record(session, actor, NOUN, team_id)
    row = await session.fetchrow(_MEMBER, member_id, team_id)
    if row is None:
        raise NotFound("member of the core team")
    if row["ends_on"] is not None:
        raise RoleEnded
    ends_on = data.ends_on or max(clock.today(), row["starts_on"])
    if ends_on < row["starts_on"]:
        raise Invalid.at("/ends_on", "before_beginning", "It does not come before what it follows.")
    await session.update(CoreTeamMember, member_id, {"ends_on": ends_on})
    await note(session, actor, NOUN, team_id, held.branch_id, "core_team.left")
    return await _with_members(session, actor, await open_record(session, actor, NOUN, team_id))


async def disband_core_team(session: Session, actor: Actor, team_id: UUID, *, version: int | None = None) -> Answer:
    """The team is no more; whoever is in it is so no longer from today. Raises as `begin_step`."""
    held = await begin_step(session, actor, NOUN, team_id, "disband", version=version)
    await session.execute(
        "update core_team_members set ends_on = greatest($2, starts_on), version = version + 1, updated_at = $3 "
        "where core_team_id = $1 and (ends_on is null or ends_on > $2)",
        team_id,
        clock.today(),
        clock.now(),
    )
    await take_step(session, actor, held, "disband")
    return await answer_anew(session, actor, NOUN, team_id)
