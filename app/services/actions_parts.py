"""Who takes part in an action: institutions, and people in their roles."""

from typing import Any
from uuid import UUID

from pydantic import Field

from app.core import clock
from app.core.actor import Actor
from app.core.db import Session
from app.core.errors import Conflict, Invalid, NotFound
from app.core.paging import Answer, Body, Listing, PageQuery, Where, fetch_one, list_page
from app.models.actions import MOST_ORGANISATIONS, ActionOrganisation, ActionRole, ActionRoleHolder
from app.models.actions_shapes import ActionOrganisationRead, ActionRoleEnd, ActionRoleGive
from app.models.contacts import OrganisationNamed
from app.services.access import record_read
from app.services.actions import ACTION, AHEAD, ActionOver, hold_open
from app.services.contacts import organisation_named, person_named
from app.services.matters import past
from app.services.unit_records import note, open_record

_ORGANISATIONS = Listing(
    resource="organising",
    source="action_organisations p",
    key="p.id",
    columns={
        "id": "p.id",
        "action_id": "p.action_id",
        "organisation_id": "p.organisation_id",
        "name": "(select n.name from organisations n where n.id = p.organisation_id)",
        "joined_on": "p.joined_on",
        "left_on": "p.left_on",
    },
    sorts={"joined_on": ("p.joined_on", "date")},
)
_ROLES = Listing(
    resource="organising",
    source="action_roles r",
    key="r.id",
    columns={
        **{name: f"r.{name}" for name in ("id", "action_id", "person_id", "role", "from_day", "until_day", "version")},
        "created_at": "utc(r.created_at)",
        "updated_at": "utc(r.updated_at)",
    },
    sorts={"role": ("r.role", "text")},
    facts={"version": "r.version", "action_id": "r.action_id", "from_day": "r.from_day", "until_day": "r.until_day"},
)
_TAKES_PART = "select id from action_organisations where action_id = $1 and organisation_id = $2 and left_on is null"


_COUNTED = "select count(*) from action_organisations where action_id = $1 and left_on is null"


class TakesPartAlready(Conflict):
    code = "takes_part_already"
    sentence = "This one takes part already."


class TooManyTakePart(Conflict):
    code = "too_many_take_part"
    sentence = "No more institutions can take part in one action."


class RoleHeld(Conflict):
    code = "role_held"
    sentence = "This person has this role already."


class RoleEnded(Conflict):
    code = "role_ended"
    sentence = "This role has ended already."


class ActionOrganisationsQuery(PageQuery):
    """The institutions that take part and those that did, whichever came first before the others."""

    current: bool = Field(default=False, description="Only those that still take part.")


class ActionRolesQuery(PageQuery):
    """Who has a role and who had one, by role."""

    current: bool = Field(default=False, description="Only those who have it today.")
    role: ActionRole | None = None


async def takes_part(session: Session, action_id: UUID, organisation_id: UUID) -> UUID | None:
    """By which row an institution takes part in an action; None if it does not."""
    found: UUID | None = await session.fetchval(_TAKES_PART, action_id, organisation_id)
    return found


async def list_organisations(session: Session, actor: Actor, action_id: UUID, query: ActionOrganisationsQuery) -> Body:
    """A page of the institutions. Raises `NotFound`, `CursorInvalid`. That it was asked is logged."""
    where = await _of_action(session, actor, action_id, "list:action_organisation", "p")
    if query.current:
        where.add("p.left_on is null")
    return await list_page(session, actor, _ORGANISATIONS, where, query, sort="joined_on")


async def join_action(
    session: Session, actor: Actor, action_id: UUID, named: OrganisationNamed
) -> ActionOrganisationRead:
    """An institution takes part.

    Raises `ActionEnded`, `TakesPartAlready`, `TooManyTakePart`, `Invalid`, and as `hold_record`.
    """
    held = await hold_open(session, actor, action_id)
    organisation_id = await organisation_named(session, actor, held.branch_id, named)
    if await takes_part(session, action_id, organisation_id) is not None:
        raise TakesPartAlready
    if await session.fetchval(_COUNTED, action_id) >= MOST_ORGANISATIONS:
        raise TooManyTakePart
    part = ActionOrganisation(action_id=action_id, organisation_id=organisation_id, joined_on=clock.today())
    await session.insert(part)
    fields = {"organisation_id": str(organisation_id)}
    await note(session, actor, ACTION, action_id, held.branch_id, "action.organisation_joined", fields=fields)
    return await _told(session, part.id)


async def leave_action(
    session: Session, actor: Actor, action_id: UUID, organisation_id: UUID
) -> ActionOrganisationRead:
    """An institution takes no part any more, and what it promised does not count.

    Raises `NotFound` for one that does not take part, `ActionEnded`, `ActionOver`, and as `hold_record`.
    """
    held = await hold_open(session, actor, action_id)
    if held.state not in AHEAD:
        raise ActionOver
    part_id = await takes_part(session, action_id, organisation_id)
    if part_id is None:
        raise NotFound("organisation")
    await session.execute("update action_organisations set left_on = $2 where id = $1", part_id, clock.today())
    fields = {"organisation_id": str(organisation_id)}
    await note(session, actor, ACTION, action_id, held.branch_id, "action.organisation_left", fields=fields)
    return await _told(session, part_id)


async def list_roles(session: Session, actor: Actor, action_id: UUID, query: ActionRolesQuery) -> Body:
    """A page of the roles. Raises `NotFound`, `CursorInvalid`. That it was asked is logged."""
    where = await _of_action(session, actor, action_id, "list:action_role", "r")
    if query.current:
        where.add("r.from_day <= $1 and coalesce($1 < r.until_day, true)")
    if query.role is not None:
        where.add("r.role = {}", query.role)
    return await list_page(session, actor, _ROLES, where, query, sort="role")


async def give_role(session: Session, actor: Actor, action_id: UUID, data: ActionRoleGive) -> Answer:
    """Somebody has a role from today. Raises `ActionEnded`, `RoleHeld`, `Invalid`, and as `hold_record`."""
    held = await hold_open(session, actor, action_id)
    person_id = await person_named(session, actor, held.branch_id, data.person)
    has = "select true from action_roles where action_id = $1 and person_id = $2 and role = $3 and until_day is null"
    if await session.fetchval(has, action_id, person_id, data.role):
        raise RoleHeld
    role = ActionRoleHolder(action_id=action_id, person_id=person_id, role=data.role, from_day=clock.today())
    await session.insert(role)
    await note(session, actor, ACTION, action_id, held.branch_id, "action.role_given", fields={"role": data.role})
    return await _role_told(session, actor, role.id)


async def end_role(
    session: Session, actor: Actor, action_id: UUID, role_id: UUID, data: ActionRoleEnd, *, version: int | None = None
) -> Answer:
    """Somebody has a role no more. Raises `RoleEnded`, `Invalid`, and as `hold_record`."""
    held = await hold_open(session, actor, action_id)
    row = await fetch_one(session, actor, _ROLES, role_id)
    if row is None or row["action_id"] != action_id:
        raise NotFound("role")
    if row["until_day"] is not None:
        raise RoleEnded
    until_day = past(data.until_day, "/until_day")
    if until_day < row["from_day"]:
        raise Invalid.at("/until_day", "ends_before_start", "It began later.")
    await session.update(ActionRoleHolder, role_id, {"until_day": until_day}, version=version)
    await note(session, actor, ACTION, action_id, held.branch_id, "action.role_ended")
    return await _role_told(session, actor, role_id)


async def _of_action(session: Session, actor: Actor, action_id: UUID, purpose: str, alias: str) -> Where:
    held = await open_record(session, actor, ACTION, action_id)
    await record_read(session, actor, ACTION.resource, purpose=purpose, subject_id=action_id, branch_id=held.branch_id)
    where = Where()
    where.add(f"{alias}.action_id = {{}}", action_id)
    return where


async def _told(session: Session, part_id: UUID) -> ActionOrganisationRead:
    row: Any = await session.fetchrow(
        "select p.id, p.action_id, p.organisation_id, p.joined_on, p.left_on, n.name "
        "from action_organisations p left join organisations n on n.id = p.organisation_id where p.id = $1",
        part_id,
    )
    return ActionOrganisationRead(**dict(row))


async def _role_told(session: Session, actor: Actor, role_id: UUID) -> Answer:
    row = await fetch_one(session, actor, _ROLES, role_id)
    assert row is not None, "it was written in this transaction"
    return Answer(role_id, row["version"], row["json"].encode())
