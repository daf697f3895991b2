"""Organisations: their steps into membership and out of it, each on its day, and their years of membership."""

from collections.abc import Mapping
from datetime import date
from typing import Any
from uuid import UUID

from app.core import clock
from app.core.actor import Actor
from app.core.clock import months_after
from app.core.db import Session
from app.core.errors import Invalid
from app.core.paging import Answer
from app.models.organisations import OrganisationStep, OrganisationTerm, TermBegun
from app.models.organisations_shapes import OrganisationJoin, OrganisationRenew
from app.services.organisations import LIFECYCLE, ORGANISATION
from app.services.unit_records import Held, answer_anew, begin_step, take_step

NEED_REASON = frozenset(one.action for one in LIFECYCLE.transitions if one.required_fields)


async def step_organisation(
    session: Session, actor: Actor, organisation_id: UUID, action: str, why: str | None, *, version: int | None = None
) -> Answer:
    """A step that takes nothing but a note. Raises `Invalid` where it needs its reason, and as `begin_step`."""
    held = await begin_step(session, actor, ORGANISATION, organisation_id, action, version=version)
    if action in NEED_REASON and why is None:
        raise Invalid.at("/note", "reason_needed", "Say why.")
    columns: dict[str, Any] = {}
    if action in ("lapse", "leave"):
        await _end_term(session, organisation_id)
        columns = {"renewal_on": None}
    await _pass(session, actor, held, action, clock.today(), why, columns)
    return await answer_anew(session, actor, ORGANISATION, organisation_id)


async def join_organisation(
    session: Session, actor: Actor, organisation_id: UUID, data: OrganisationJoin, *, version: int | None = None
) -> Answer:
    """It is a member from a day that is not to come, and its first year begins.

    Raises `Invalid` for a day to come, or within a year of membership before, and as `begin_step`.
    """
    held = await begin_step(session, actor, ORGANISATION, organisation_id, "join", version=version)
    joined_on = data.joined_on or clock.today()
    if joined_on > clock.today():
        raise Invalid.at("/joined_on", "in_future", "Enter what has happened, on its day.")
    if joined_on < (await _over_on(session, organisation_id) or joined_on):
        raise Invalid.at("/joined_on", "overlaps", "The year before it was not over by then.")
    ends_on = await _add_term(session, held, TermBegun.joined, joined_on, data.dues_pence)
    columns = {"joined_on": joined_on, "renewal_on": ends_on}
    await _pass(session, actor, held, "join", joined_on, data.note, columns)
    return await answer_anew(session, actor, ORGANISATION, organisation_id)


async def renew_organisation(
    session: Session, actor: Actor, organisation_id: UUID, data: OrganisationRenew, *, version: int | None = None
) -> Answer:
    """Another year of membership. Raises `Invalid` for one that overlaps the year before, and as `begin_step`."""
    held = await begin_step(session, actor, ORGANISATION, organisation_id, "renew", version=version)
    last = await _over_on(session, organisation_id)
    starts_on = data.starts_on or last or clock.today()
    if last is not None and starts_on < last:
        raise Invalid.at("/starts_on", "overlaps", "The year before it is not over by then.")
    ends_on = await _add_term(session, held, TermBegun.renewed, starts_on, data.dues_pence)
    await take_step(session, actor, held, "renew", columns={"renewal_on": ends_on})
    return await answer_anew(session, actor, ORGANISATION, organisation_id)


async def _pass(
    session: Session,
    actor: Actor,
    held: Held,
    action: str,
    on_day: date,
    why: str | None,
    columns: Mapping[str, Any],
) -> None:
    """Take a step, and keep its day."""
    transition = next(one for one in LIFECYCLE.transitions if one.action == action)
    assert transition.to is not None, "every step of an organisation leads somewhere"
    step = OrganisationStep(
        organisation_id=held.id,
        from_state=held.state,
        to_state=transition.to,
        on_day=on_day,
        account_id=actor.account_id,
        note=why,
    )
    await session.insert(step)
    await take_step(session, actor, held, action, columns={"state_since": on_day, **columns})


async def _over_on(session: Session, organisation_id: UUID) -> date | None:
    """The first day that is in none of its years of membership so far; None where it had none."""
    found: date | None = await session.fetchval(
        "select max(ends_on) from organisation_terms where organisation_id = $1", organisation_id
    )
    return found


async def _add_term(session: Session, held: Held, begun: TermBegun, starts_on: date, dues_pence: int | None) -> date:
    dues = held.row["annual_dues_pence"] or 0 if dues_pence is None else dues_pence
    ends_on = months_after(starts_on, 12)
    term = OrganisationTerm(organisation_id=held.id, begun=begun, starts_on=starts_on, ends_on=ends_on, dues_pence=dues)
    await session.insert(term)
    return ends_on


async def _end_term(session: Session, organisation_id: UUID) -> None:
    """Whoever is no member any more is none for the rest of the year, nor in years to come."""
    await session.execute(
        "update organisation_terms set ends_on = greatest($2, starts_on), version = version + 1, updated_at = $3 "
        "where organisation_id = $1 and $2 < ends_on",
        organisation_id,
        clock.today(),
        clock.now(),
    )
