"""What a party says in their own case: judged by what they were told of it, written within it."""

from uuid import UUID

import asyncpg

from app.core.actor import Actor
from app.core.db import Session
from app.core.errors import Invalid
from app.models.dispute_disclosures import DisclosureKind
from app.models.disputes import DisputeOutcome
from app.models.own_disputes import OwnDisputeRead, OwnObjection, OwnResponse, OwnSaid
from app.services.disputes.appeals import lodge
from app.services.disputes.case import Case, case_within, note, take_step
from app.services.disputes.disclosing import disclose
from app.services.disputes.evidence_files import Upload, judge, keep, next_number
from app.services.disputes.lifecycle import DISPUTE
from app.services.disputes.measures import end_measures
from app.services.disputes.responses import enter_word, receive_response
from app.services.own_dispute_pieces import members_told
from app.services.own_disputes import find_own, read_own

WITHIN = "rollbook_case"
_OTHERS_COMPLAIN = """
select exists (
  select from dispute_parties where dispute_id = $1 and role = 'complainant' and struck_at is null and id <> $2)
"""


async def respond(session: Session, actor: Actor, dispute_id: UUID, data: OwnResponse) -> OwnDisputeRead:
    """Answer what is alleged; again, until it is decided. A late answer is kept as late. Raises as `_begin`."""
    party, case = await _begin(session, actor, dispute_id, "respond")
    async with session.as_role(WITHIN):
        texts = {"text": data.text, "accepts": None if data.accepts is None else ("yes" if data.accepts else "no")}
        await receive_response(session, actor, case, party["id"], texts, case.today)
    return await _anew(session, actor, dispute_id)


async def correct(session: Session, actor: Actor, dispute_id: UUID, data: OwnSaid) -> OwnDisputeRead:
    """Add to what one has said, or put it right; also the answer to a request for information. Raises as `_begin`."""
    party, case = await _begin(session, actor, dispute_id, "correct")
    await _say(session, actor, case, party, "correct", "dispute.party_added", {"text": data.text})
    return await _anew(session, actor, dispute_id)


async def object_to_member(session: Session, actor: Actor, dispute_id: UUID, data: OwnObjection) -> OwnDisputeRead:
    """Object to a member of the panel, for the receiver to weigh. Raises as `_begin`, and `Invalid` for no member."""
    party, case = await _begin(session, actor, dispute_id, "object")
    if data.part_id not in await members_told(session, actor, dispute_id):
        raise Invalid.at("/part_id", "no_panel_member", "Name a member of the panel that will hear the case.")
    texts = {"text": data.text, "part_id": str(data.part_id)}
    await _say(session, actor, case, party, "object", "dispute.member_objected_to", texts)
    return await _anew(session, actor, dispute_id)


async def withdraw(session: Session, actor: Actor, dispute_id: UUID, data: OwnSaid) -> OwnDisputeRead:
    """Take one's complaint back, before the respondent has been given notice of it. Raises as `_begin`.

    Where others complain too the case goes on, and the withdrawal is on record.
    """
    complaining, case = await _begin(session, actor, dispute_id, "withdraw")
    async with session.as_role(WITHIN):
        others = await session.fetchval(_OTHERS_COMPLAIN, case.id, complaining["id"])
    if others:
        text = {"text": data.text}
        await _say(session, actor, case, complaining, "record_withdrawal", "dispute.withdrawal_asked", text)
        return await _anew(session, actor, dispute_id)
    async with session.as_role(WITHIN):
        await end_measures(session, actor, case, case.today)
        columns = {"outcome": DisputeOutcome.withdrawn, "stayed_on": None, "stay_reason": None}
        await take_step(
            session, actor, case, "record_withdrawal",
            columns=columns, texts={"text": data.text}, party_id=complaining["id"],
        )  # fmt: skip
    return await _anew(session, actor, dispute_id)


async def appeal(session: Session, actor: Actor, dispute_id: UUID, data: OwnSaid) -> OwnDisputeRead:
    """Appeal; a late appeal is kept, and heard only by discretion. Raises as `_begin` and `lodge`."""
    party, case = await _begin(session, actor, dispute_id, "appeal")
    async with session.as_role(WITHIN):
        DISPUTE.check(case.record, "record_appeal", case.today)
        await lodge(session, actor, case, party["id"], data.text, case.today)
    return await _anew(session, actor, dispute_id)


async def add_evidence(
    session: Session, actor: Actor, dispute_id: UUID, upload: Upload, *, title: str | None
) -> OwnDisputeRead:
    """Bring evidence in. Whoever brings it goes on seeing it. Raises as `_begin`, `judge` and `keep`."""
    judged = await judge(upload)
    party, case = await _begin(session, actor, dispute_id, "add_evidence")
    async with session.as_role(WITHIN):
        row = {"number": await next_number(session, actor, case), "added_by_party_id": party["id"]}
        made = await keep(session, actor, case, upload, judged, row, {"title": title})
        await disclose(session, actor, case, party["id"], DisclosureKind.evidence, [made])
    return await _anew(session, actor, dispute_id)


async def _begin(session: Session, actor: Actor, dispute_id: UUID, action: str) -> tuple[asyncpg.Record, Case]:
    """As whom one acts, and the case, held.

    Raises `Forbidden`, `NotFound`, and `ActionNotAllowed` in a party's words.
    """
    await find_own(session, actor, dispute_id)
    async with session.as_role(WITHIN):
        case = await case_within(session, dispute_id)
    party = (await find_own(session, actor, dispute_id)).must(action)
    assert case is not None
    return party, case


async def _say(
    session: Session,
    actor: Actor,
    case: Case,
    party: asyncpg.Record,
    action: str,
    event: str,
    texts: dict[str, str],
) -> None:
    """What a party says without moving the case on."""
    async with session.as_role(WITHIN):
        await enter_word(session, actor, case, action, party["id"], texts)
        await note(session, actor, case, event, fields={"party_id": str(party["id"])})


async def _anew(session: Session, actor: Actor, dispute_id: UUID) -> OwnDisputeRead:
    return await read_own(session, actor, await find_own(session, actor, dispute_id))
