"""Matters of data protection: what requests, complaints, breaches, erasures and retention runs have in common.

The data-protection team holds its rights at the root and sees every matter, unless it concerns one of them: then it is
closed to that one, as a dispute is, and a deputy acts. Every verb of a matter begins with `begin_step` and ends with
`take_step`. What was said lies sealed under the matter's own key.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

import asyncpg

from app.core import clock
from app.core.actor import Actor
from app.core.calendars import Division
from app.core.db import Session
from app.core.errors import Invalid, NotFound, PreconditionFailed
from app.core.lifecycle import Lifecycle
from app.core.paging import Answer, Body, Decorate, Listing, PageQuery, Where, fetch_one, list_page, with_fields
from app.core.permissions import Permission
from app.models.audit import Wall
from app.models.base import Record
from app.models.matters import MatterStep
from app.services.access import record_read
from app.services.changes import changed_fields, record_change
from app.services.envelopes import seal_texts, texts_of_rows
from app.services.rights import holders_of

#: Reads and writes matters beyond the sight of whoever acts: what officers log, what the worker does, what is searched.
ROLE = "rollbook_privacy"
RESOURCE = "privacy"

_DIVISIONS = {"S": Division.scotland, "N": Division.northern_ireland}
_STEPS = """
select s.id, s.sealed, json_build_object('id', s.id, 'created_at', utc(s.created_at), 'action', s.action,
  'from_state', s.from_state, 'to_state', s.to_state, 'on_day', s.on_day, 'due_on', s.due_on, 'late', s.late,
  'account_id', s.account_id)::jsonb as row
from matter_steps s where s.subject_id = $1 order by s.id
"""


@dataclass(frozen=True)
class Matter:
    """A kind of matter: its table, how it is read, and its course.

    `listing.facts` hold every column at which guards look, `id`, `version` and the state among them; `moment` tells of
    a row what depends on when it is read.
    """

    noun: str
    model: type[Record]
    listing: Listing
    lifecycle: Lifecycle
    moment: Decorate | None = None

    @property
    def table(self) -> str:
        return str(self.model.__tablename__)


@dataclass(frozen=True)
class Held:
    """One matter as its holder has it before them."""

    matter: Matter
    row: asyncpg.Record

    @property
    def id(self) -> UUID:
        found: UUID = self.row["id"]
        return found

    @property
    def state(self) -> str:
        return str(self.row[self.matter.lifecycle.state_field])


async def open_matter(
    session: Session, actor: Actor, matter: Matter, matter_id: UUID, permission: Permission = Permission.privacy_read
) -> Held:
    """A matter, for the team. Raises `Forbidden` for others, `NotFound` for whomever it concerns."""
    actor.must(permission, (actor.organisation_id,))
    row = await fetch_one(session, actor, matter.listing, matter_id)
    if row is None:
        raise NotFound(matter.noun)
    return Held(matter, row)


async def list_matters(
    session: Session, actor: Actor, matter: Matter, where: Where, query: PageQuery, *, sort: str
) -> Body:
    """A page of the matters of a kind that are open to the actor. Raises `Forbidden`, `CursorInvalid`. It is logged."""
    actor.must(Permission.privacy_read, (actor.organisation_id,))
    await record_matter_read(session, actor, None, purpose="list")
    return await list_page(session, actor, matter.listing, where, query, sort=sort, decorate=matter.moment)


async def hold_matter(
    session: Session,
    actor: Actor,
    matter: Matter,
    matter_id: UUID,
    permission: Permission = Permission.privacy_handle,
    *,
    version: int | None = None,
) -> Held:
    """A matter, held against other writers. Raises `Forbidden`, `NotFound`, `PreconditionFailed`."""
    await open_matter(session, actor, matter, matter_id, permission)
    await session.execute(f"select 1 from {matter.table} where id = $1 for update", matter_id)
    held = await open_matter(session, actor, matter, matter_id, permission)
    if version is not None and held.row["version"] != version:
        raise PreconditionFailed(answer(actor, held).body)
    return held


async def begin_step(
    session: Session, actor: Actor, matter: Matter, matter_id: UUID, action: str, *, version: int | None = None
) -> Held:
    """A matter, held against other writers and judged: the right, the version, the state and its guards.

    Raises `Forbidden`, `NotFound`, `PreconditionFailed`, `ActionNotAllowed`.
    """
    permission = Permission(matter.lifecycle.permission(action))
    held = await hold_matter(session, actor, matter, matter_id, permission, version=version)
    matter.lifecycle.check(held.row, action, clock.today())
    return held


async def take_step(
    session: Session,
    actor: Actor | None,
    held: Held,
    action: str,
    *,
    columns: Mapping[str, Any] | None = None,
    texts: Mapping[str, Any] | None = None,
    on_day: date | None = None,
    late: bool = False,
) -> None:
    """Move a matter on: its new state, the step with its texts, the trail and the event. `on_day` is when it was."""
    matter = held.matter
    transition = next(t for t in matter.lifecycle.transitions if t.action == action)
    day = on_day or clock.today()
    changed = dict(columns or {})
    if transition.to is not None:
        changed = {matter.lifecycle.state_field: transition.to, "state_since": day, **changed}
    await note_step(
        session,
        actor,
        held.id,
        action,
        from_state=held.state,
        to_state=transition.to or held.state,
        on_day=day,
        due_on=held.row.get("due_on"),
        late=late,
        texts=texts,
    )
    await session.update(matter.model, held.id, changed)
    fields = changed_fields(matter.model, changed, held.row if changed.keys() <= set(held.row.keys()) else None)
    await note(session, actor, held.id, transition.event, fields=fields)


async def note_step(
    session: Session,
    actor: Actor | None,
    matter_id: UUID,
    action: str,
    *,
    to_state: str,
    on_day: date,
    from_state: str | None = None,
    due_on: date | None = None,
    late: bool = False,
    texts: Mapping[str, Any] | None = None,
) -> None:
    step = MatterStep(
        subject_id=matter_id,
        action=action,
        from_state=from_state,
        to_state=to_state,
        on_day=on_day,
        due_on=due_on,
        late=late,
        account_id=actor.account_id if actor else None,
        sealed=b"",
    )
    step.sealed = await seal_texts(session, matter_id, "matter_steps", step.id, texts or {})
    await session.insert(step)


async def note(
    session: Session, actor: Actor | None, matter_id: UUID, what: str, *, fields: Mapping[str, Any] | None = None
) -> None:
    """The trail and the event of a change in a matter: ids, codes and names of fields."""
    await record_change(
        session,
        actor,
        what,
        resource=RESOURCE,
        subject_id=matter_id,
        branch_id=await root_of(session),
        fields=fields,
    )


async def record_matter_read(session: Session, actor: Actor, matter_id: UUID | None, purpose: str = "read") -> None:
    await record_read(session, actor, RESOURCE, purpose=purpose, subject_id=matter_id, branch_id=actor.organisation_id)


async def steps_of(session: Session, matter_id: UUID) -> list[dict[str, Any]]:
    """What was done in a matter, in order, with what was said, as `MatterStepRead` describes it."""
    rows = await session.fetch(_STEPS, matter_id)
    said = await texts_of_rows(session, matter_id, "matter_steps", {row["id"]: row["sealed"] for row in rows})
    return [{**row["row"], "texts": said[row["id"]]} for row in rows]


async def close_to(
    session: Session, matter_id: UUID, *, person_id: UUID | None = None, account_id: UUID | None = None
) -> None:
    """Close a matter to whomever it concerns, whatever their rank. Needs the role `rollbook_privacy`."""
    known = "select exists (select from walls where wall_key = $1 and (person_id = $2 or account_id = $3))"
    if not await session.fetchval(known, matter_id, person_id, account_id):
        wall = Wall(wall_key=matter_id, person_id=person_id, account_id=account_id, reason="concerned")
        await session.insert(wall)


_OPEN_TO = """
select a.id from accounts a where a.id = any ($2) and not exists (
  select from walls w where w.wall_key = $1 and w.ended_at is null
  and (w.account_id = a.id or w.person_id = a.person_id))
"""


async def deputies(session: Session, actor: Actor, matter_id: UUID) -> list[UUID]:
    """The accounts that can conduct a matter: of the team, and not concerned by it. Needs `rollbook_privacy`."""
    async with session.as_role("rollbook_auth"):
        team = await holders_of(session, Permission.privacy_handle, actor.organisation_id)
    return [row["id"] for row in await session.fetch(_OPEN_TO, matter_id, team)]


def answer(actor: Actor, held: Held, extra: Mapping[str, Any] | None = None) -> Answer:
    """A matter with what the actor may do to it."""
    units = (actor.organisation_id,)
    offers = held.matter.lifecycle.allowed_actions(held.row, lambda p: actor.can(Permission(p), units), clock.today())
    moment = held.matter.moment(held.row) if held.matter.moment else {}
    told = with_fields(held.row["json"], {"allowed_actions": offers, **moment, **(extra or {})})
    return Answer(held.id, held.row["version"], told)


async def answer_anew(session: Session, actor: Actor, matter: Matter, matter_id: UUID) -> Answer:
    """A matter as it stands after a step, without what only its page shows."""
    return answer(actor, await open_matter(session, actor, matter, matter_id))


def past(day: date | None, pointer: str) -> date:
    """A day on which something happened, today where none is said. Raises `Invalid` for one that is to come."""
    today = clock.today()
    if day is not None and day > today:
        raise Invalid.at(pointer, "in_future", "Enter what has happened, on its day.")
    return day or today


async def root_of(session: Session) -> UUID:
    found: UUID = await session.fetchval("select organisation()")
    return found


async def controllers_division(session: Session) -> Division:
    """Whose bank holidays count: those where the controller is established, by the code of its root unit."""
    code = await session.fetchval("select left(coalesce(gss_code, 'E'), 1) from branches where parent_id is null")
    return _DIVISIONS.get(code, Division.england_and_wales)
