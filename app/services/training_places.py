"""Places in training sessions: counted over every unit's people, and given to whoever waits first."""

from collections.abc import Iterable
from uuid import UUID

from app.core import clock
from app.core.actor import Actor
from app.core.db import Session
from app.models.training_shapes import Places
from app.services.enrolments_record import NOUN as ENROLMENT
from app.services.unit_records import note

#: The role that sees the places of every unit's people, and may give one.
ROLE = "rollbook_system"
_COUNTS = """
select s.id, s.capacity, count(e.id) filter (where e.state in ('enrolled', 'attended', 'absent')) as taken,
  count(e.id) filter (where e.state = 'waiting') as waiting
from training_sessions s left join enrolments e on e.training_session_id = s.id
where s.id = any ($1) group by s.id
"""
_MOVE_UP = """
update enrolments set state = 'enrolled', state_since = $3, version = version + 1, updated_at = $4
where id in (select id from enrolments where training_session_id = $1 and state = 'waiting'
  order by created_at, id limit $2)
returning id, branch_id
"""


async def places_of(session: Session, _actor: Actor, training_sessions: Iterable[UUID]) -> dict[UUID, Places]:
    """How many places of sessions are taken and left. Everybody who sees a session may know."""
    async with session.as_role(ROLE):
        rows = await session.fetch(_COUNTS, list(training_sessions))
    found = {}
    for row in rows:
        left = None if row["capacity"] is None else max(0, row["capacity"] - row["taken"])
        found[row["id"]] = Places(taken=row["taken"], left=left, waiting=row["waiting"])
    return found


async def hold_places(session: Session, actor: Actor, training_session_id: UUID) -> Places:
    """As they are, with the session held until the transaction ends: of two who want the last place one gets it."""
    async with session.as_role(ROLE):
        await session.execute("select from training_sessions where id = $1 for update", training_session_id)
    return (await places_of(session, actor, [training_session_id]))[training_session_id]


async def fill_places(session: Session, actor: Actor, training_session_id: UUID) -> None:
    """Give the places that are left to whoever has waited longest. The caller judged what made room."""
    places = await hold_places(session, actor, training_session_id)
    room = places.waiting if places.left is None else min(places.left, places.waiting)
    if not room:
        return
    async with session.as_role(ROLE):
        rows = await session.fetch(_MOVE_UP, training_session_id, room, clock.today(), clock.now())
    for row in rows:
        await note(session, actor, ENROLMENT, row["id"], row["branch_id"], "enrolment.moved_up")
