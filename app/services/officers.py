"""The officers of a unit: who serves on a day, and all of them anew after an annual meeting."""

from datetime import date
from uuid import UUID

from app.core import clock
from app.core.actor import Actor
from app.core.db import Session
from app.core.permissions import Permission
from app.models.offices import OfficersReplace, TermState
from app.services.access import record_read
from app.services.branches import find_branch
from app.services.office_terms import OFFICE_TERMS, STANDING
from app.services.office_terms_change import removal, write_term
from app.services.office_terms_record import Line, record_term, take_branch

_RUNNING = """
select id, branch_id, state, starts_on from office_terms
where branch_id = $1 and office_type_id = any ($2::uuid[]) and state in ('proposed', 'confirmed')
  and (ends_on is null or $3 < ends_on)
order by id for no key update
"""


async def list_officers(session: Session, actor: Actor, branch_id: UUID, as_of: date | None) -> bytes:
    """Who serves in a unit today, or on a day, as JSON. Raises `NotFound`, `Forbidden`."""
    branch = await find_branch(session, actor, branch_id)
    actor.must(Permission.offices_read, branch["path"])
    await record_read(session, actor, "offices", purpose="list", branch_id=branch_id)
    return await _officers(session, actor, branch_id, as_of or clock.today(), f"{STANDING} = 'serving'")


async def replace_officers(session: Session, actor: Actor, branch_id: UUID, data: OfficersReplace) -> bytes:
    """End the running terms of the offices named, and begin the new ones: all of it, or nothing.

    Old terms end as the new ones start, even those whose successor is still to be confirmed; what was only to
    come is removed. Raises as `create_office_term`, pointing at the line: `/officers/2/person_id`.
    """
    branch = await take_branch(session, actor, branch_id)
    await _clear(session, actor, branch_id, data)
    made = []
    for place, officer in enumerate(data.officers):
        pointer = f"/officers/{place}"
        line = Line(
            officer.office_type_id,
            officer.person_id,
            officer.how_chosen,
            data.starts_on,
            data.ends_on,
            pointer,
        )
        made.append(await record_term(session, actor, branch, line))
    return await _officers(session, actor, branch_id, data.starts_on, "t.id = any ($3::uuid[])", made)


async def _clear(session: Session, actor: Actor, branch_id: UUID, data: OfficersReplace) -> None:
    offices = list({officer.office_type_id for officer in data.officers})
    for term in await session.fetch(_RUNNING, branch_id, offices, data.starts_on):
        if term["state"] == TermState.confirmed and term["starts_on"] < data.starts_on:
            changes = {"ends_on": data.starts_on, "end_reason": data.reason}
            await write_term(session, actor, term, "office_term.ended", changes)
        else:
            changes = removal(clock.today(), data.reason)
            await write_term(session, actor, term, "office_term.removed", changes)


async def _officers(
    session: Session, actor: Actor, branch_id: UUID, day: date, condition: str, *values: object
) -> bytes:
    row = f"({OFFICE_TERMS.json(actor)})::json order by o.name, t.starts_on, t.id"
    body: str = await session.fetchval(
        "select json_build_object('branch_id', $2::uuid, 'as_of', $1::date, "
        f"'data', coalesce(json_agg({row}), '[]'))::text "
        f"from {OFFICE_TERMS.source} where t.branch_id = $2 and {condition}",
        day,
        branch_id,
        *values,
    )
    return body.encode()
