"""Representatives: who speaks for an organisation. There is one lead and one voice at a time."""

from datetime import date
from typing import Literal
from uuid import UUID

import asyncpg
from pydantic import Field

from app.core import clock
from app.core.actor import Actor
from app.core.db import Session
from app.core.errors import Conflict, Invalid
from app.core.paging import Answer, Body, Listing, Where
from app.models.affiliations import BelongingEnd
from app.models.members import LegalDate
from app.models.representatives import Representative, RepresentativeCreate, RepresentativeRole
from app.services.contacts import person_named
from app.services.organisations import ORGANISATION
from app.services.unit_records import (
    Noun,
    UnitQuery,
    answer_anew,
    columns_of,
    facts_of,
    hold_record,
    list_records,
    note,
    open_record,
)

_SHOWN = ("organisation_id", "person_id", "role", "starts_on", "ends_on")
#: What hangs from an organisation is where that is.
_UNIT = "o.branch_id"
_PATH = f"(select b.path from branches b where b.id = {_UNIT})"
REPRESENTATIVE = Noun(
    "representative",
    Representative,
    Listing(
        resource="organising",
        source="representatives r join organisations o on o.id = r.organisation_id",
        key="r.id",
        columns={name: sql for name, sql in columns_of("r", *_SHOWN).items() if name != "branch_id"},
        sorts={"starts_on": ("r.starts_on", "date")},
        facts=facts_of("r", *_SHOWN, branch_id=_UNIT, path=_PATH),
    ),
)
_IN_PLACE = """
select true from representatives where organisation_id = $1 and role = $2
and coalesce(starts_on < $4, true) and coalesce($3 < ends_on, true) and coalesce(person_id = $5, true) limit 1
"""
_SINGLE = frozenset({RepresentativeRole.lead, RepresentativeRole.voting})


class RepresentativesQuery(UnitQuery):
    """Who speaks for which organisations: with `role` voting, the delegates to an assembly, one of each."""

    person_id: UUID | None = Field(default=None, description="Where this person does.")
    role: RepresentativeRole | None = None
    as_of: LegalDate | None = Field(default=None, description="Only those who do on this day.")
    sort: Literal["starts_on", "-starts_on"] = "-starts_on"


class RepresentativeInPlace(Conflict):
    code = "representative_in_place"
    sentence = "Somebody speaks for this organisation in the same way in these days: end that first."


class AlreadyEnded(Conflict):
    code = "already_ended"
    sentence = "It is over by that day already: an end can be brought forward, and not put off."


async def add_representative(
    session: Session, actor: Actor, organisation_id: UUID, data: RepresentativeCreate
) -> Answer:
    """Note who speaks for an organisation: one lead and one voice at a time, and nobody twice in the same way.

    Raises `RepresentativeInPlace`, as `hold_record` and `person_named`.
    """
    held = await hold_record(session, actor, ORGANISATION, organisation_id)
    starts_on = data.starts_on or clock.today()
    person_id = await person_named(session, actor, held.row["unit_id"] or held.branch_id, data.person)
    whose = None if data.role in _SINGLE else person_id
    if await session.fetchval(_IN_PLACE, organisation_id, data.role, starts_on, data.ends_on, whose):
        raise RepresentativeInPlace
    row = Representative(
        organisation_id=organisation_id,
        person_id=person_id,
        role=data.role,
        starts_on=starts_on,
        ends_on=data.ends_on,
    )
    await session.insert(row)
    await note(session, actor, ORGANISATION, organisation_id, held.branch_id, "organisation.representative_added")
    return await answer_anew(session, actor, REPRESENTATIVE, row.id)


async def list_representatives(
    session: Session, actor: Actor, query: RepresentativesQuery, *, organisation_id: UUID | None = None
) -> Body:
    """Who speaks and spoke for organisations in sight, or for one. Raises `NotFound`, `CursorInvalid`."""
    where = Where(query.as_of)
    query.narrow(where, "o")
    if organisation_id is not None:
        await open_record(session, actor, ORGANISATION, organisation_id)
        where.add("r.organisation_id = {}", organisation_id)
    for name in ("person_id", "role"):
        if (value := getattr(query, name)) is not None:
            where.add(f"r.{name} = {{}}", value)
    if query.as_of is not None:
        where.add("r.starts_on <= $1 and coalesce($1 < r.ends_on, true)")
    return await list_records(session, actor, REPRESENTATIVE, where, query, sort=query.sort)


async def end_representative(session: Session, actor: Actor, representative_id: UUID, data: BelongingEnd) -> Answer:
    """They speak for it no longer. Raises as `last_day` and `hold_record`."""
    held = await hold_record(session, actor, REPRESENTATIVE, representative_id)
    ends_on = last_day(data, held.row)
    await session.update(Representative, representative_id, {"ends_on": ends_on})
    organisation_id = held.row["organisation_id"]
    await note(session, actor, ORGANISATION, organisation_id, held.branch_id, "organisation.representative_ended")
    return await answer_anew(session, actor, REPRESENTATIVE, representative_id)


def last_day(data: BelongingEnd, row: asyncpg.Record) -> date:
    """The first day on which something is over.

    Raises `Invalid` for one before it began, `AlreadyEnded` where it was over before: others may have begun since.
    """
    ends_on = data.ends_on or clock.today()
    if row["ends_on"] is not None and row["ends_on"] <= ends_on:
        raise AlreadyEnded
    if ends_on < row["starts_on"]:
        raise Invalid.at("/ends_on", "before_beginning", "It ends on the day on which it began, or later.")
    return ends_on


async def delegate_of(session: Session, organisation_id: UUID, day: date) -> UUID | None:
    """The person who has an organisation's voice on a day. Whoever calls has judged who may know."""
    found: UUID | None = await session.fetchval(
        "select person_id from representatives where organisation_id = $1 and role = 'voting' "
        "and starts_on <= $2 and coalesce($2 < ends_on, true)",
        organisation_id,
        day,
    )
    return found
