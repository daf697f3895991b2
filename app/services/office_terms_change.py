"""Terms of office are confirmed or refused from above, ended or removed."""

from collections.abc import Mapping
from datetime import date
from typing import Any
from uuid import UUID

from app.core import clock
from app.core.actor import Actor
from app.core.db import Session
from app.core.errors import Forbidden, Invalid
from app.core.paging import Answer
from app.core.permissions import Permission
from app.models.offices import OfficeTerm, OfficeTermEnd, TermState
from app.services.changes import changed_fields, record_change
from app.services.office_term_lifecycle import OFFICE, needs_another
from app.services.office_terms import above, answer, find_office_term
from app.services.restrictions import must_take_office


class AnotherMustConfirm(Forbidden):
    """`reason_code` is `recorded_by_you` or `held_by_you`."""

    code = "another_must_confirm"
    sentence = "Somebody else must confirm this term: {reason_code}."


async def confirm_office_term(session: Session, actor: Actor, term_id: UUID) -> Answer:
    """Confirm a term whose office carries a role: from then on, within its dates, the holder has the role.

    offices:confirm must be held above the term's unit. Raises `NotFound`, `Forbidden`, `AnotherMustConfirm`,
    `BarredFromOffice`, `ActionNotAllowed`.
    """
    row = await _take_term(session, actor, term_id)
    actor.must(Permission.offices_confirm, above(row["path"]))
    reason = needs_another(row, clock.today())
    if reason is not None:
        raise AnotherMustConfirm(reason_code=reason)
    await must_take_office(session, actor, row["person_id"], row["starts_on"], row["ends_on"])
    changes = {"state": TermState.confirmed, "confirmed_by": actor.account_id, "confirmed_at": clock.now()}
    return await _carry_out(session, actor, row, "confirm", changes)


async def refuse_office_term(session: Session, actor: Actor, term_id: UUID, reason: str) -> Answer:
    """Refuse a proposed term, from above its unit. Raises `NotFound`, `Forbidden`, `ActionNotAllowed`."""
    row = await _take_term(session, actor, term_id)
    actor.must(Permission.offices_confirm, above(row["path"]))
    return await _carry_out(session, actor, row, "refuse", {"state": TermState.refused, "end_reason": reason})


async def end_office_term(session: Session, actor: Actor, term_id: UUID, data: OfficeTermEnd) -> Answer:
    """End a running term today, or on a day before it would have ended anyway.

    Raises `NotFound`, `Forbidden`, `ActionNotAllowed`, `Invalid` for a day outside the term.
    """
    row = await _take_term(session, actor, term_id)
    actor.must(Permission.offices_record, row["path"])
    ends_on = data.ends_on or clock.today()
    if ends_on < row["starts_on"] or (row["ends_on"] is not None and ends_on > row["ends_on"]):
        raise Invalid.at("/ends_on", "outside_the_term", "A term ends between its start and the end that it had.")
    return await _carry_out(session, actor, row, "end", {"ends_on": ends_on, "end_reason": data.reason})


async def remove_office_term(session: Session, actor: Actor, term_id: UUID, reason: str) -> Answer:
    """Take somebody out of office today, or withdraw what was proposed or is to come.

    Raises `NotFound`, `Forbidden`, `ActionNotAllowed`.
    """
    row = await _take_term(session, actor, term_id)
    actor.must(Permission.offices_record, row["path"])
    return await _carry_out(session, actor, row, "remove", removal(clock.today(), reason))


def removal(today: date, reason: str) -> dict[str, Any]:
    """The columns of a term that is removed today: until today it stands as it stood."""
    return {"state": TermState.removed, "ends_on": today, "end_reason": reason}


async def write_term(
    session: Session, actor: Actor, row: Mapping[str, Any], event: str, changes: Mapping[str, Any]
) -> None:
    """Write a change of a term (its `id`, `branch_id`), with its trail."""
    await session.update(OfficeTerm, row["id"], changes)
    await record_change(
        session,
        actor,
        event,
        resource="offices",
        subject_id=row["id"],
        branch_id=row["branch_id"],
        fields=changed_fields(OfficeTerm, changes),
    )


async def _take_term(session: Session, actor: Actor, term_id: UUID) -> Mapping[str, Any]:
    """The term, locked: of two who decide at once the second finds it decided."""
    await session.execute("select from office_terms where id = $1 for no key update", term_id)
    return await find_office_term(session, actor, term_id)


async def _carry_out(
    session: Session, actor: Actor, row: Mapping[str, Any], action: str, changes: Mapping[str, Any]
) -> Answer:
    transition = OFFICE.check(row, action, clock.today())
    await write_term(session, actor, row, transition.event, changes)
    return answer(actor, await find_office_term(session, actor, row["id"]))
