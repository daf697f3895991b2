"""Affiliations: how people belong to organisations. What they reveal is logged when it is read."""

from typing import Literal
from uuid import UUID

from pydantic import Field

from app.core import clock
from app.core.actor import Actor
from app.core.db import Session
from app.core.errors import Conflict
from app.core.paging import Answer, Body, Listing, Where
from app.models.affiliations import Affiliation, AffiliationCreate, AffiliationKind, BelongingEnd
from app.services.contacts import person_named
from app.services.organisations import ORGANISATION
from app.services.representatives import last_day
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

_SHOWN = ("organisation_id", "person_id", "kind", "title", "starts_on", "ends_on")
_UNIT = "o.branch_id"
_PATH = f"(select b.path from branches b where b.id = {_UNIT})"
AFFILIATION = Noun(
    "affiliation",
    Affiliation,
    Listing(
        resource="organising",
        source="affiliations a join organisations o on o.id = a.organisation_id",
        key="a.id",
        columns={name: sql for name, sql in columns_of("a", *_SHOWN).items() if name != "branch_id"},
        sorts={"starts_on": ("a.starts_on", "date")},
        facts=facts_of("a", *_SHOWN, branch_id=_UNIT, path=_PATH),
    ),
)
_IN_PLACE = """
select true from affiliations where organisation_id = $1 and person_id = $2 and kind = $3
and coalesce(starts_on < $5, true) and coalesce($4 < ends_on, true) limit 1
"""


class AlreadyAffiliated(Conflict):
    code = "already_affiliated"
    sentence = "This person belongs to this organisation in the same way in these days already."


class AffiliationsQuery(UnitQuery):
    """Who belongs to which organisations."""

    person_id: UUID | None = Field(default=None, description="Those of this person.")
    kind: AffiliationKind | None = None
    current: bool | None = Field(default=None, description="Only those that are not over.")
    sort: Literal["starts_on", "-starts_on"] = "-starts_on"


async def add_affiliation(session: Session, actor: Actor, organisation_id: UUID, data: AffiliationCreate) -> Answer:
    """Note that somebody belongs to an organisation.

    Raises `AlreadyAffiliated`, as `hold_record` and `person_named`.
    """
    held = await hold_record(session, actor, ORGANISATION, organisation_id)
    starts_on = data.starts_on or clock.today()
    person_id = await person_named(session, actor, held.row["unit_id"] or held.branch_id, data.person)
    if await session.fetchval(_IN_PLACE, organisation_id, person_id, data.kind, starts_on, data.ends_on):
        raise AlreadyAffiliated
    row = Affiliation(
        organisation_id=organisation_id,
        person_id=person_id,
        kind=data.kind,
        title=data.title,
        starts_on=starts_on,
        ends_on=data.ends_on,
    )
    await session.insert(row)
    await note(session, actor, ORGANISATION, organisation_id, held.branch_id, "organisation.affiliation_added")
    return await answer_anew(session, actor, AFFILIATION, row.id)


async def list_affiliations(
    session: Session, actor: Actor, query: AffiliationsQuery, *, organisation_id: UUID | None = None
) -> Body:
    """A page of the affiliations in sight. Raises `NotFound` for an organisation out of sight, `CursorInvalid`."""
    where = Where()
    query.narrow(where, "o")
    if organisation_id is not None:
        await open_record(session, actor, ORGANISATION, organisation_id)
        where.add("a.organisation_id = {}", organisation_id)
    for name in ("person_id", "kind"):
        if (value := getattr(query, name)) is not None:
            where.add(f"a.{name} = {{}}", value)
    if query.current:
        where.add("coalesce($1 < a.ends_on, true)")
    return await list_records(session, actor, AFFILIATION, where, query, sort=query.sort)


async def end_affiliation(session: Session, actor: Actor, affiliation_id: UUID, data: BelongingEnd) -> Answer:
    """They belong to it no longer. Raises as `last_day` and `hold_record`."""
    held = await hold_record(session, actor, AFFILIATION, affiliation_id)
    await session.update(Affiliation, affiliation_id, {"ends_on": last_day(data, held.row)})
    organisation_id = held.row["organisation_id"]
    await note(session, actor, ORGANISATION, organisation_id, held.branch_id, "organisation.affiliation_ended")
    return await answer_anew(session, actor, AFFILIATION, affiliation_id)
