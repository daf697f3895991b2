"""Recording a term of office: who may give which office to whom, and whether there is a seat."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

import asyncpg

from app.core import clock
from app.core.actor import Actor
from app.core.db import Session
from app.core.errors import AppError, Conflict, FieldError, Forbidden, Invalid, NotFound
from app.core.paging import Answer
from app.core.permissions import Permission
from app.models.branches import BranchStatus
from app.models.members import Relationship, Standing
from app.models.offices import HowChosen, OfficeTerm, OfficeTermCreate, TermState
from app.services.branches import find_branch
from app.services.changes import changed_fields, record_change
from app.services.office_terms import answer, find_office_term
from app.services.office_types import find_office_type, must_give
from app.services.restrictions import must_take_office

_HOLDER = """
select coalesce(p.preferred_name, p.given_name) || ' ' || p.family_name as name, m.id as member_id,
  m.relationship,
  standing_on(
    m.decided_standing, m.decided_from, m.decided_until, m.restricted, m.paid_until, m.lapses_on, $2) as standing
from people p left join members m on m.person_id = p.id where p.id = $1
"""
#: Terms of one office of a unit that overlap a new one: both half-open, an open end running for ever.
_OVERLAPPING = """
select count(*) as taken, coalesce(bool_or(person_id = $3), false) as own from office_terms
where branch_id = $1 and office_type_id = $2 and state in ('proposed', 'confirmed')
  and (ends_on is null or $4 < ends_on) and ($5::date is null or starts_on < $5)
"""


class NotForOneself(Forbidden):
    code = "not_for_oneself"
    sentence = "Nobody records or confirms for themselves an office that carries a role."


class BranchDissolved(Conflict):
    code = "branch_dissolved"
    sentence = "The unit is dissolved; it has no officers."


class NoSeatLeft(Conflict):
    code = "no_seat_left"
    sentence = "The office has {seats} seats, and they are taken for that time."


class HeldAlready(Conflict):
    code = "office_held_already"
    sentence = "This person has a term in this office at that time."


@dataclass(frozen=True, slots=True)
class Line:
    """One term to record, and where in the caller's body it stands."""

    office_type_id: UUID
    person_id: UUID
    how_chosen: HowChosen
    starts_on: date
    ends_on: date | None
    pointer: str = ""


async def create_office_term(session: Session, actor: Actor, data: OfficeTermCreate) -> Answer:
    """Record a term. An office that carries a role makes it a grant: proposed until confirmed from above.

    Raises `NotFound` for the unit, `Forbidden`, `BeyondCeiling`, `NotForOneself`, `BranchDissolved`,
    `NoSeatLeft`, `HeldAlready`, `BarredFromOffice`, and `Invalid` at the field that is wrong.
    """
    branch = await take_branch(session, actor, data.branch_id)
    line = Line(data.office_type_id, data.person_id, data.how_chosen, data.starts_on, data.ends_on)
    term_id = await record_term(session, actor, branch, line)
    return answer(actor, await find_office_term(session, actor, term_id))


async def take_branch(session: Session, actor: Actor, branch_id: UUID) -> asyncpg.Record:
    """The unit in which officers are recorded, held until the transaction ends: seats are counted once.

    Raises `NotFound`, `Forbidden`, `BranchDissolved`.
    """
    await session.execute("select from branches where id = $1 for no key update", branch_id)
    branch = await find_branch(session, actor, branch_id)
    actor.must(Permission.offices_record, branch["path"])
    # Seats are counted on what the actor sees: who cannot read terms would count none.
    actor.must(Permission.offices_read, branch["path"])
    if branch["status"] == BranchStatus.dissolved:
        raise BranchDissolved
    return branch


async def record_term(session: Session, actor: Actor, branch: Mapping[str, Any], line: Line) -> UUID:
    """Judge and write one term. Every refusal points at the field. Raises as `create_office_term`."""
    at = line.pointer
    if line.ends_on is not None and line.ends_on <= line.starts_on:
        raise Invalid.at(f"{at}/ends_on", "ends_before_it_starts", "A term ends after the day on which it starts.")
    office = await _office(session, actor, branch, line)
    if office["role"] is not None:
        must_give(actor, office["role"], branch["path"], f"{at}/office_type_id")
        if line.person_id == actor.person_id:
            raise NotForOneself(errors=_at(f"{at}/person_id", NotForOneself))
    name = await _holder(session, actor, line)
    await _check_seats(session, branch, office, line)
    term = OfficeTerm(
        branch_id=branch["id"],
        office_type_id=line.office_type_id,
        person_id=line.person_id,
        holder_name=name,
        how_chosen=line.how_chosen,
        starts_on=line.starts_on,
        ends_on=line.ends_on,
        state=TermState.confirmed if office["role"] is None else TermState.proposed,
        recorded_by=actor.account_id,
    )
    await session.insert(term)
    given = term.model_dump(include={"office_type_id", "person_id", "how_chosen", "starts_on", "ends_on", "state"})
    await record_change(
        session,
        actor,
        "office_term.recorded",
        resource="offices",
        subject_id=term.id,
        branch_id=branch["id"],
        fields=changed_fields(OfficeTerm, given),
    )
    return term.id


async def _office(session: Session, actor: Actor, branch: Mapping[str, Any], line: Line) -> asyncpg.Record:
    pointer = f"{line.pointer}/office_type_id"
    try:
        office = await find_office_type(session, actor, line.office_type_id)
    except NotFound:
        raise Invalid.at(pointer, "office_type_unknown", "There is no such office type.") from None
    if branch["kind"] not in office["kinds"]:
        raise Invalid.at(pointer, "office_not_here", "A unit of this kind has no such office.")
    return office


async def _holder(session: Session, actor: Actor, line: Line) -> str:
    """The name of whoever is to hold the office.

    Raises `BarredFromOffice` where a restriction reaches into the term, and `Invalid` unless that is a member who is
    current or in arrears, or somebody without a membership, such as a partner's leader.
    """
    pointer = f"{line.pointer}/person_id"
    person = await session.fetchrow(_HOLDER, line.person_id, clock.today())
    if person is None:
        raise Invalid.at(pointer, "person_unknown", "There is no such person.")
    await must_take_office(session, actor, line.person_id, line.starts_on, line.ends_on)
    in_standing = person["relationship"] == Relationship.member and person["standing"] in (
        Standing.current,
        Standing.arrears,
    )
    if person["member_id"] is not None and not in_standing:
        raise Invalid.at(pointer, "holder_not_in_standing", "Officers are members who are current or in arrears.")
    name: str = person["name"]
    return name


async def _check_seats(session: Session, branch: Mapping[str, Any], office: Mapping[str, Any], line: Line) -> None:
    [found] = await session.fetch(
        _OVERLAPPING, branch["id"], line.office_type_id, line.person_id, line.starts_on, line.ends_on
    )
    if found["own"]:
        raise HeldAlready(errors=_at(f"{line.pointer}/person_id", HeldAlready))
    if found["taken"] >= office["seats"]:
        errors = _at(f"{line.pointer}/office_type_id", NoSeatLeft, seats=office["seats"])
        raise NoSeatLeft(errors=errors, seats=office["seats"])


def _at(pointer: str, fact: type[AppError], **params: int) -> tuple[FieldError, ...]:
    return (FieldError(pointer, fact.code, fact.sentence.format_map(params)),)
