"""Decision makers: public people whom campaigns ask, on record with a unit, and the offices that they hold and held."""

from datetime import date
from typing import Literal
from uuid import UUID

from pydantic import Field

from app.core.actor import Actor
from app.core.db import Session
from app.core.errors import Conflict, Invalid, NotFound
from app.core.paging import Answer, Body, Listing, PageQuery, Where, list_page
from app.core.permissions import Permission
from app.core.text import Name
from app.models.decision_makers import (
    BodyName,
    DecisionMaker,
    DecisionMakerCreate,
    DecisionMakerOffice,
    DecisionMakerUpdate,
    OfficeHeldCreate,
    OfficeHeldEnd,
)
from app.models.members import LegalDate
from app.services.contacts import must_see_person
from app.services.unit_records import (
    Held,
    Noun,
    UnitQuery,
    add_record,
    answer,
    answer_anew,
    change_record,
    columns_of,
    facts_of,
    hold_record,
    judge_unit,
    list_records,
    note,
    open_record,
    read_record,
)

MOST_OFFICES = 50

_SHOWN = ("name", "person_id", "body", "public_email", "public_phone", "website")
_HELD = "o.starts_on <= $1 and (o.ends_on is null or o.ends_on > $1)"
_OF = f"from decision_maker_offices o where o.decision_maker_id = d.id and {_HELD}"
_OFFICES = f"(select coalesce(json_agg(o.office order by o.office), '[]') {_OF})"

DECISION_MAKER = Noun(
    "decision maker",
    DecisionMaker,
    Listing(
        resource="organising",
        source="decision_makers d",
        key="d.id",
        branch="d.branch_id",
        columns=columns_of("d", *_SHOWN, offices=_OFFICES),
        sorts={"name": ("d.name", "text")},
        facts=facts_of("d", *_SHOWN),
    ),
)

_OFFICE_SHOWN = ("id", "decision_maker_id", "office", "body", "starts_on", "ends_on", "version")
OFFICES = Listing(
    resource="organising",
    source="decision_maker_offices o",
    key="o.id",
    columns={
        **{name: f"o.{name}" for name in _OFFICE_SHOWN},
        "created_at": "utc(o.created_at)",
        "updated_at": "utc(o.updated_at)",
    },
    sorts={"starts_on": ("o.starts_on", "date")},
)


class DecisionMakersQuery(UnitQuery):
    """Which decision makers, by name."""

    body: BodyName | None = Field(default=None, description="Those who decide for this body.")
    office: Name | None = Field(default=None, description="Those who hold this office on the day.")
    on: LegalDate | None = Field(default=None, description="The day of which offices are told; today if left out.")
    sort: Literal["name", "-name"] = "name"


class OfficesQuery(PageQuery):
    """Which offices of one decision maker, the newest first."""

    on: LegalDate | None = Field(default=None, description="Only those held on this day.")
    sort: Literal["starts_on", "-starts_on"] = "-starts_on"


class TooManyOffices(Conflict):
    code = "too_many_offices"
    sentence = "There is room for {limit} offices of one decision maker."


async def list_decision_makers(session: Session, actor: Actor, query: DecisionMakersQuery) -> Body:
    """A page of those in sight. Raises `CursorInvalid`."""
    where = Where(query.on)
    query.narrow(where, "d")
    if query.body is not None:
        where.add("d.body = {}", query.body)
    if query.office is not None:
        where.add(f"exists (select {_OF} and o.office = {{}})", query.office)
    return await list_records(session, actor, DECISION_MAKER, where, query, sort=query.sort)


async def get_decision_maker(session: Session, actor: Actor, decision_maker_id: UUID) -> Answer:
    """One with every office, the newest first. Raises `NotFound`."""
    held = await read_record(session, actor, DECISION_MAKER, decision_maker_id)
    rows = await session.fetch(
        f"select {OFFICES.json(actor)}::jsonb as office from {OFFICES.source} where o.decision_maker_id = $1 "
        "order by o.starts_on desc, o.id desc",
        held.id,
    )
    return answer(actor, held, {"offices_held": [row["office"] for row in rows]})


async def create_decision_maker(session: Session, actor: Actor, data: DecisionMakerCreate) -> Answer:
    """Put a public person on record; others of that name in the unit are told of, not refused.

    Raises `Invalid`, `Forbidden`.
    """
    await judge_unit(session, actor, data.branch_id, Permission.organising_run)
    if data.person_id is not None:
        await must_see_person(session, data.person_id, "/person_id")
    same = "select id from decision_makers where branch_id = $1 and lower(name) = lower($2) order by id limit 20"
    known = [row["id"] for row in await session.fetch(same, data.branch_id, data.name)]
    made = await add_record(session, actor, DECISION_MAKER, DecisionMaker(**data.model_dump()))
    return answer(actor, await open_record(session, actor, DECISION_MAKER, made.id), {"same_name_ids": known})


async def update_decision_maker(
    session: Session, actor: Actor, decision_maker_id: UUID, data: DecisionMakerUpdate, *, version: int
) -> Answer:
    """Correct what is on record. Raises as `hold_record`; `Invalid` for a person out of sight."""
    held = await hold_record(session, actor, DECISION_MAKER, decision_maker_id, version=version)
    changes = data.changes()
    if changes.get("person_id") is not None:
        await must_see_person(session, changes["person_id"], "/person_id")
    await change_record(session, actor, held, changes)
    return await answer_anew(session, actor, DECISION_MAKER, held.id)


async def list_offices(session: Session, actor: Actor, decision_maker_id: UUID, query: OfficesQuery) -> Body:
    """A page of the offices that one holds and held. Raises `NotFound`, `CursorInvalid`."""
    held = await read_record(session, actor, DECISION_MAKER, decision_maker_id, "offices")
    where = Where(query.on)
    where.add("o.decision_maker_id = {}", held.id)
    if query.on is not None:
        where.add(_HELD)
    return await list_page(session, actor, OFFICES, where, query, sort=query.sort)


async def add_office(session: Session, actor: Actor, decision_maker_id: UUID, data: OfficeHeldCreate) -> Answer:
    """Record an office that one holds or held. Raises as `hold_record`, `TooManyOffices`."""
    held = await hold_record(session, actor, DECISION_MAKER, decision_maker_id)
    counted = "select count(*) from decision_maker_offices where decision_maker_id = $1"
    if await session.fetchval(counted, held.id) >= MOST_OFFICES:
        raise TooManyOffices(limit=MOST_OFFICES)
    office = DecisionMakerOffice(
        **{**data.model_dump(), "body": data.body or held.row["body"]}, decision_maker_id=held.id
    )
    await session.insert(office)
    await _note(session, actor, held, "office_added")
    return await _office(session, actor, held, office.id)


async def end_office(
    session: Session, actor: Actor, decision_maker_id: UUID, office_id: UUID, data: OfficeHeldEnd
) -> Answer:
    """Say when an office ended, or ends. Raises as `hold_record`, `Invalid` for a day before its first."""
    held = await hold_record(session, actor, DECISION_MAKER, decision_maker_id)
    starts: date | None = await session.fetchval(
        "select starts_on from decision_maker_offices where id = $1 and decision_maker_id = $2", office_id, held.id
    )
    if starts is None:
        raise NotFound("office")
    if data.ends_on <= starts:
        raise Invalid.at("/ends_on", "ends_before_start", "An office ends after the day on which it begins.")
    await session.update(DecisionMakerOffice, office_id, {"ends_on": data.ends_on})
    await _note(session, actor, held, "office_ended")
    return await _office(session, actor, held, office_id)


async def _note(session: Session, actor: Actor, held: Held, what: str) -> None:
    await note(session, actor, DECISION_MAKER, held.id, held.branch_id, f"{DECISION_MAKER.key}.{what}")


async def _office(session: Session, actor: Actor, held: Held, office_id: UUID) -> Answer:
    row = await session.fetchrow(
        f"select {OFFICES.json(actor)} as json, o.version from {OFFICES.source} "
        "where o.id = $1 and o.decision_maker_id = $2",
        office_id,
        held.id,
    )
    assert row is not None, "it was just written"
    return Answer(office_id, row["version"], row["json"].encode())
