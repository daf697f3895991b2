"""Sanctions: within the powers of whoever decides, against whom something was upheld, and with their effects.

What is time-limited ends by itself; what is spent is out of view but in the case.
"""

from collections.abc import Collection, Mapping, Sequence
from datetime import date
from uuid import UUID

import asyncpg

from app.core.actor import Actor
from app.core.calendars import add_months
from app.core.db import Session
from app.core.errors import FieldError, Invalid
from app.models.dispute_hearing_verbs import SanctionImposed
from app.models.dispute_hearings import Sanction, SanctionState
from app.models.procedures import Body, Definition, SanctionKind
from app.models.restrictions import RestrictionKind
from app.services import restrictions
from app.services.disputes.case import Case, note

K = SanctionKind

#: What each sanction takes from a member; a warning and a reprimand take nothing.
EFFECTS: Mapping[SanctionKind, RestrictionKind] = {
    K.suspension: RestrictionKind.suspended,
    K.exclusion: RestrictionKind.excluded,
    K.expulsion: RestrictionKind.expelled,
    K.ineligibility: RestrictionKind.expelled,
    K.office_bar: RestrictionKind.barred_from_office,
    K.candidacy_bar: RestrictionKind.barred_from_candidacy,
}
#: Those that are nothing without an end.
ENDING = frozenset({K.warning, K.suspension, K.exclusion})
#: From the mildest to the gravest.
_GRAVITY: Mapping[SanctionKind, int] = {
    K.warning: 0,
    K.reprimand: 1,
    K.candidacy_bar: 2,
    K.office_bar: 3,
    K.suspension: 4,
    K.exclusion: 5,
    K.expulsion: 6,
    K.ineligibility: 6,
}

_OF = """
select * from sanctions where dispute_id = $1 and state = any ($2) and ($3::uuid is null or party_id = $3) order by id
"""
#: What has not fallen.
STANDING = (SanctionState.pending, SanctionState.in_force)
_RESPONDENT = "select person_id from dispute_parties where id = $1"
_MEMBER = "select exists (select from members where person_id = $1)"


def gravity(kind: SanctionKind, months: int | None) -> tuple[int, float]:
    """By which sanctions are compared: their kind, then how long they last."""
    return _GRAVITY[SanctionKind(kind)], float("inf") if months is None else months


def flaws_of(
    definition: Definition,
    body: Body,
    given: Sequence[SanctionImposed],
    upheld_against: Collection[UUID],
    *,
    only: Collection[SanctionKind] = frozenset(SanctionKind),
) -> list[FieldError]:
    """What is wrong with sanctions: beyond the powers, too long, without an end, or against whom nothing was upheld."""
    flaws = []
    seen: set[tuple[UUID, SanctionKind]] = set()
    for place, one in enumerate(given):
        at, longest = f"/sanctions/{place}", definition.longest_months.get(one.kind)
        if one.kind not in body.sanctions or one.kind not in only:
            flaws.append(FieldError(f"{at}/kind", "sanction_not_in_powers", "It is not for this body to impose."))
        if one.party_id not in upheld_against:
            flaws.append(FieldError(f"{at}/party_id", "nothing_upheld", "Nothing was upheld against this party."))
        if one.months is None and (one.kind in ENDING or longest is not None):
            flaws.append(FieldError(f"{at}/months", "months_missing", "Say how long it lasts."))
        elif one.months is not None and longest is not None and one.months > longest:
            flaws.append(FieldError(f"{at}/months", "too_long", "The procedure allows it for less."))
        if (one.party_id, one.kind) in seen:
            flaws.append(FieldError(at, "duplicate", "Impose each kind on a party once."))
        seen.add((one.party_id, one.kind))
    return flaws


async def impose(
    session: Session,
    actor: Actor,
    case: Case,
    given: Sequence[SanctionImposed],
    *,
    starts_on: date | None,
    at_once: bool,
) -> None:
    """Write sanctions down, once they have been judged, and put them in force unless an appeal would stay them.

    `starts_on` is when their time began, if that was before today.
    """
    for one in given:
        row = Sanction(dispute_id=case.id, party_id=one.party_id, kind=one.kind, months=one.months)
        await session.insert(row)
        told = {"sanction_id": str(row.id), "party_id": str(one.party_id), "kind": str(one.kind)}
        await note(session, actor, case, "dispute.sanction_imposed", fields=told)
        if at_once:
            await _put_in_force(session, actor, case, row.id, one, starts_on or case.today)


async def put_all_in_force(session: Session, actor: Actor | None, case: Case) -> None:
    """Nothing stays the sanctions any more: what was pending begins today."""
    for row in await sanctions_of(session, actor, case, SanctionState.pending):
        given = SanctionImposed(party_id=row["party_id"], kind=row["kind"], months=row["months"])
        await _put_in_force(session, actor, case, row["id"], given, case.today)


async def stay_all(session: Session, actor: Actor, case: Case) -> None:
    """An appeal in time that became known late stays what has come into force meanwhile: it waits, and begins anew."""
    for row in await sanctions_of(session, actor, case, SanctionState.in_force):
        days = {"state": SanctionState.pending, "starts_on": None, "ends_on": None}
        await session.update(Sanction, row["id"], days)
        await restrictions.lift(session, actor, source_id=row["id"], day=case.today)


async def quash(session: Session, actor: Actor, case: Case, party_id: UUID) -> None:
    """Whatever a party was sanctioned with falls, and its effects end today."""
    for row in await sanctions_of(session, actor, case, *STANDING, party_id=party_id):
        await session.update(Sanction, row["id"], {"state": SanctionState.quashed})
        if row["state"] == SanctionState.in_force:
            await restrictions.lift(session, actor, source_id=row["id"], day=case.today)
        told = {"sanction_id": str(row["id"]), "party_id": str(party_id)}
        await note(session, actor, case, "dispute.sanction_quashed", fields=told)


async def sanctions_of(
    session: Session, _actor: Actor | None, case: Case, *states: SanctionState, party_id: UUID | None = None
) -> list[asyncpg.Record]:
    """The sanctions of a case in these states, of one party if one is named."""
    return await session.fetch(_OF, case.id, list(states), party_id)


def must_be_milder(given: Sequence[SanctionImposed], before: Sequence[asyncpg.Record]) -> None:
    """Nobody is worse off for having appealed. Raises `Invalid` for a sanction graver than the gravest before."""
    most = max((gravity(row["kind"], row["months"]) for row in before), default=None)
    flaws = [
        FieldError(f"/sanctions/{place}/kind", "sanction_graver", "On appeal a sanction is milder, or stays.")
        for place, one in enumerate(given)
        if most is None or gravity(one.kind, one.months) > most
    ]
    if flaws:
        raise Invalid(errors=tuple(flaws))


async def _put_in_force(
    session: Session, actor: Actor | None, case: Case, sanction_id: UUID, given: SanctionImposed, starts_on: date
) -> None:
    """From a day on, and its effects from today; what would be over by now has none."""
    ends_on = add_months(starts_on, given.months) if given.months is not None else None
    days = {"state": SanctionState.in_force, "starts_on": starts_on, "ends_on": ends_on}
    await session.update(Sanction, sanction_id, days)
    person_id = await session.fetchval(_RESPONDENT, given.party_id)
    effect = EFFECTS.get(given.kind)
    if effect is None or person_id is None or (ends_on is not None and ends_on <= case.today):
        return
    # Somebody who was never a member has nothing to lose; what was decided stands in the case.
    async with session.as_role("rollbook_case"):
        if not await session.fetchval(_MEMBER, person_id):
            return
    await restrictions.restrict(
        session, actor, person_id=person_id, kind=effect, starts_on=case.today, ends_on=ends_on, source_id=sanction_id
    )
