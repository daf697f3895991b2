"""The people of a case: who works on it, who is named in it, and who must keep out of it."""

from typing import Any
from uuid import UUID

from app.core import clock
from app.core.actor import Actor
from app.core.db import Session
from app.core.errors import Conflict, FieldError, Forbidden, Invalid, NotFound
from app.core.paging import Answer
from app.core.permissions import Part, Permission
from app.models.complaints import PartyNamed
from app.models.dispute_verbs import Appointment, Identification, Naming, Reasoned, Said
from app.models.disputes import DisputePart, DisputeParty
from app.services.disputes.case import Case, answer_anew, hold_case, note, seal, unseal
from app.services.disputes.measures import end_measures
from app.services.disputes.parties import close_to, enter_party, find_party
from app.services.disputes.receiving import seat_receiver

_ACCOUNT = "select a.id, a.name, a.person_id, a.state from accounts a where a.id = $1"
#: Whether the case is closed to an account, through whatever person or unit. $1 the case, $2 the account, $3 today.
_CLOSED = "select walled_off($1, $2, $3)"
#: What one person does in a case, now or before, by account or by person.
_PARTS = """
select t.part, t.ended_at from dispute_parts t where t.dispute_id = $1 and (t.account_id = $2 or t.person_id = $3)
"""
#: Parts that decide, and those that keep from deciding: whoever finds the facts does not judge them.
DECIDING = frozenset({Part.chair, Part.panellist, Part.appeal_chair, Part.appeal_panellist})
FINDING = frozenset({Part.receiver, Part.clerk, Part.mediator, Part.investigator})


class CannotTakePart(Conflict):
    """Named, conflicted, or in the case already in a part that excludes this one: the pointer's code says which."""

    code = "cannot_take_part"
    sentence = "This account cannot take that part in the case."


class NobodyElseReceives(Conflict):
    code = "nobody_else_receives"
    sentence = "A case always has a receiver, and nobody else can receive this one."


async def seat(
    session: Session,
    actor: Actor,
    case: Case,
    account_id: UUID,
    part: Part,
    *,
    pointer: str,
    panel_id: UUID | None = None,
) -> UUID:
    """Give somebody a part in a case: the door to it, from this moment. Returns the part's id.

    Raises `Invalid` for an account that is not there or not active, `CannotTakePart` for whoever is named or has an
    interest, or whose other part excludes this one.
    """
    async with session.as_role("rollbook_case"):
        account = await session.fetchrow(_ACCOUNT, account_id)
        if account is None or account["state"] != "active":
            raise Invalid.at(pointer, "no_active_account", "Name an active account.")
    if (refusal := await refusal_of(session, actor, case, account, part)) is not None:
        raise CannotTakePart(errors=(FieldError(pointer, refusal, "Name somebody else."),))
    row = DisputePart(
        dispute_id=case.id,
        part=part,
        account_id=account_id,
        person_id=account["person_id"],
        panel_id=panel_id,
        sealed=b"",
    )
    row.sealed = await seal(session, case.id, "dispute_parts", row.id, {"name": account["name"]})
    await session.insert(row)
    await note(session, actor, case, "dispute.part_given", fields={"part_id": str(row.id), "part": str(part)})
    return row.id


async def refusal_of(session: Session, _actor: Actor, case: Case, account: Any, part: Part) -> str | None:
    """Why an account (its `id` and `person_id`) cannot have a part in a case, as a code; None where it can."""
    async with session.as_role("rollbook_case"):
        if await session.fetchval(_CLOSED, case.id, account["id"], case.today):
            return "closed_to_them"
    return _excluded(part, await session.fetch(_PARTS, case.id, account["id"], account["person_id"]))


def _excluded(part: Part, held: list[Any]) -> str | None:
    before = {Part(row["part"]) for row in held}
    if part in {Part(row["part"]) for row in held if row["ended_at"] is None}:
        return "has_this_part"
    if part in DECIDING and before & FINDING:
        return "worked_on_the_case"
    if part in FINDING and before & DECIDING:
        return "sat_on_a_panel"
    if part is Part.investigator and before & {Part.mediator}:
        return "mediated"
    return None


async def appoint(session: Session, actor: Actor, dispute_id: UUID, data: Appointment) -> Answer:
    """Appoint a clerk, a mediator or a further investigator. Raises as `hold_case` and `seat`."""
    case = await hold_case(session, actor, dispute_id, Permission.disputes_handle)
    await seat(session, actor, case, data.account_id, data.part, pointer="/account_id")
    return await answer_anew(session, actor, dispute_id)


async def end_part(session: Session, actor: Actor, dispute_id: UUID, part_id: UUID, data: Said) -> None:
    """End somebody's part, or resign one's own. The receiver's is handed on to the next who may receive.

    Raises `NotFound`, `Forbidden` for another's part without disputes:handle, and `NobodyElseReceives`.
    """
    case = await hold_case(session, actor, dispute_id, Permission.disputes_read)
    row = await session.fetchrow(
        "select * from dispute_parts where id = $1 and dispute_id = $2 and ended_at is null", part_id, case.id
    )
    if row is None:
        raise NotFound("part")
    if row["account_id"] != actor.account_id:
        case.must(Permission.disputes_handle)
    await close_part(session, actor, case, row, {"end_reason": data.text})
    if row["part"] == Part.receiver and await _hand_on(session, case, but_not=row["account_id"]) is None:
        raise NobodyElseReceives


async def declare_interest(session: Session, actor: Actor, dispute_id: UUID, data: Said) -> None:
    """Declare an interest: every part of one's own ends and the case closes to one, for good. Raises `NotFound`."""
    case = await hold_case(session, actor, dispute_id, Permission.disputes_read)
    rows = await session.fetch(
        "select * from dispute_parts where dispute_id = $1 and account_id = $2 and ended_at is null",
        case.id,
        actor.account_id,
    )
    for row in rows:
        await close_part(session, actor, case, row, {"interest": data.text}, recused=True)
    async with session.as_role("rollbook_case"):
        await close_to(session, case.id, "interest", actor.person_id, actor.account_id)
    await _hand_on(session, case)


async def name_party(session: Session, actor: Actor, dispute_id: UUID, data: Naming) -> Answer | None:
    """Name somebody else: the case closes to them at once, whatever part they had. None when that was the actor's own.

    Raises as `hold_case`.
    """
    case = await hold_case(session, actor, dispute_id, Permission.disputes_handle)
    named = PartyNamed.model_validate(data.model_dump(exclude={"identity_withheld"}))
    async with session.as_role("rollbook_case"):
        found = await find_party(session, named)
        party_id = await enter_party(session, case.id, found, identity_withheld=data.identity_withheld)
    await note(session, actor, case, "dispute.party_named", fields={"party_id": str(party_id), "role": str(data.role)})
    return await _after_naming(session, actor, case)


async def identify_party(
    session: Session, actor: Actor, dispute_id: UUID, party_id: UUID, data: Identification
) -> Answer | None:
    """Say who is behind a bare name. Raises as `hold_case`, `NotFound`, and `Invalid` for a person not on record."""
    case = await hold_case(session, actor, dispute_id, Permission.disputes_handle)
    row = await _party(session, case, party_id)
    if row["person_id"] is not None or row["unit_id"] is not None:
        raise Invalid.at("/person_id", "identified_already", "Strike this party, and name another.")
    async with session.as_role("rollbook_case"):
        found = await find_party(session, PartyNamed(role=row["role"], person_id=data.person_id))
        if found.person_id is None:
            raise Invalid.at("/person_id", "no_person", "Name a person on record.")
        texts = await unseal(session, case.id, "dispute_parties", row["id"], row["sealed"])
        sealed = await seal(session, case.id, "dispute_parties", row["id"], {**texts, "name": found.name})
        await session.update(DisputeParty, row["id"], {"person_id": found.person_id, "sealed": sealed})
        await close_to(session, case.id, "named", found.person_id)
    await note(session, actor, case, "dispute.party_identified", fields={"party_id": str(party_id)})
    return await _after_naming(session, actor, case)


async def strike_party(session: Session, actor: Actor, dispute_id: UUID, party_id: UUID, data: Reasoned) -> Answer:
    """Strike out a naming that should not have been made, with reasons. What was a party is no longer walled off.

    A naming of one of the procedure's receivers is for the external one to strike. Raises as `hold_case`, `NotFound`,
    `Forbidden`, and `Conflict` for the complainant, or a respondent against whom something is alleged.
    """
    case = await hold_case(session, actor, dispute_id, Permission.disputes_handle)
    row = await _party(session, case, party_id)
    async with session.as_role("rollbook_case"):
        if await session.fetchval(
            _NAMES_A_RECEIVER, case.row["procedure_id"], row["person_id"], row["account_id"]
        ) and (not await session.fetchval(_IS_EXTERNAL, case.row["procedure_id"], actor.account_id)):
            raise StrikeIsForTheExternal(permission=Permission.disputes_handle.value)
    alleged = await session.fetchval("select true from dispute_allegations where respondent_id = $1 limit 1", party_id)
    if row["role"] == "complainant" or alleged:
        raise CannotStrike
    async with session.as_role("rollbook_case"):
        texts = await unseal(session, case.id, "dispute_parties", row["id"], row["sealed"])
        sealed = await seal(session, case.id, "dispute_parties", row["id"], {**texts, "strike_reasons": data.reasons})
        await session.update(DisputeParty, row["id"], {"struck_at": clock.now(), "sealed": sealed})
        await session.execute(_OPEN_AGAIN, case.id, row["person_id"], row["account_id"], row["unit_id"], clock.now())
    await end_measures(session, actor, case, case.today, party_id=party_id)
    await note(session, actor, case, "dispute.party_struck", fields={"party_id": str(party_id)})
    return await answer_anew(session, actor, dispute_id)


_NAMES_A_RECEIVER = """
select exists (
  select from receivers r join accounts a on a.id = r.account_id
  where r.procedure_key = (select key from procedures where id = $1) and r.ended_at is null
    and (a.person_id = $2 or a.id = $3))
"""
_IS_EXTERNAL = """
select exists (
  select from receivers r where r.procedure_key = (select key from procedures where id = $1) and r.ended_at is null
    and r.account_id = $2 and r.external)
"""
#: The wall falls for whoever is named in no other way.
_OPEN_AGAIN = """
update walls w set ended_at = $5 where w.wall_key = $1 and w.ended_at is null and w.reason = 'named'
  and (w.person_id = $2 or w.account_id = $3 or w.unit_id = $4)
  and not exists (
    select from dispute_parties p where p.dispute_id = $1 and p.struck_at is null
    and (p.person_id = w.person_id or p.account_id = w.account_id or p.unit_id = w.unit_id))
"""


class StrikeIsForTheExternal(Forbidden):
    code = "strike_is_for_the_external"
    sentence = "Only the external receiver strikes out that a receiver is named."


class CannotStrike(Conflict):
    code = "cannot_strike"
    sentence = "A complainant, or somebody against whom something is alleged, stays a party."


async def _party(session: Session, case: Case, party_id: UUID) -> Any:
    row = await session.fetchrow(
        "select * from dispute_parties where id = $1 and dispute_id = $2 and struck_at is null", party_id, case.id
    )
    if row is None:
        raise NotFound("party")
    return row


async def close_part(
    session: Session, actor: Actor, case: Case, row: Any, texts: dict[str, str], *, recused: bool = False
) -> None:
    """End a part, with what is to be kept of why. Whether that may be is the caller's to judge."""
    said = await unseal(session, case.id, "dispute_parts", row["id"], row["sealed"])
    sealed = await seal(session, case.id, "dispute_parts", row["id"], {**said, **texts})
    # Whoever ends their own part sees the case no more: what follows is done within it.
    async with session.as_role("rollbook_case"):
        await session.update(DisputePart, row["id"], {"ended_at": clock.now(), "recused": recused, "sealed": sealed})
        ended = {"part_id": str(row["id"]), "part": row["part"]}
        await note(session, actor, case, "dispute.part_ended", fields=ended)


async def _hand_on(session: Session, case: Case, *, but_not: UUID | None = None) -> Any:
    """See that the case has a receiver, other than whoever gives it up. None where there is none."""
    async with session.as_role("rollbook_case"):
        key = await session.fetchval("select key from procedures where id = $1", case.row["procedure_id"])
        return await seat_receiver(session, case.id, key, but_not=but_not)


async def _after_naming(session: Session, actor: Actor, case: Case) -> Answer | None:
    """Whoever is named now has no part any more, and the case a receiver whom it does not name."""
    async with session.as_role("rollbook_case"):
        rows = await session.fetch("select * from dispute_parts where dispute_id = $1 and ended_at is null", case.id)
        for row in rows:
            if await session.fetchval(_CLOSED, case.id, row["account_id"], case.today):
                await close_part(session, actor, case, row, {}, recused=True)
    await _hand_on(session, case)
    still = await session.fetchval("select true from disputes where id = $1", case.id)
    return await answer_anew(session, actor, case.id) if still else None
