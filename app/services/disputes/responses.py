"""What respondents answer, and whatever else a party says. A case is answered once every respondent has answered."""

from collections.abc import Mapping
from datetime import date
from uuid import UUID

from app.core.actor import Actor
from app.core.db import Session
from app.models.disputes import DisputeState, DisputeStep
from app.services.disputes.case import Case, note, seal, take_step
from app.services.disputes.facts import SINCE_NOTICE

#: Another respondent against whom something is alleged, who has not answered and has the time to.
_AWAITED = f"""
select exists (
  select from dispute_parties p where p.dispute_id = $1 and p.id <> $2 and p.role = 'respondent' and p.struck_at is null
  and exists (select from dispute_allegations a where a.respondent_id = p.id)
  and not exists (
    select from dispute_steps s where s.party_id = p.id and s.action = 'record_response' and {SINCE_NOTICE}))
"""


async def receive_response(
    session: Session, actor: Actor, case: Case, party_id: UUID, texts: Mapping[str, str | None], on_day: date
) -> None:
    """A respondent's answer, late if it comes past its day. The last one that is awaited moves the case on.

    `on_day` is when it came. A further answer is kept, and moves nothing.
    """
    due_on = case.row["response_due_on"]
    late = due_on is not None and due_on < on_day
    if case.state == DisputeState.noticed and not await session.fetchval(_AWAITED, case.id, party_id):
        await take_step(
            session, actor, case, "record_response",
            columns={"responded_on": on_day}, texts=texts, party_id=party_id, on_day=on_day, late=late,
        )  # fmt: skip
        return
    await enter_word(session, actor, case, "record_response", party_id, texts, on_day=on_day, late=late)
    await note(session, actor, case, "dispute.response_received", fields={"party_id": str(party_id)})


async def enter_word(
    session: Session,
    actor: Actor,
    case: Case,
    action: str,
    party_id: UUID,
    texts: Mapping[str, str | None],
    *,
    on_day: date | None = None,
    late: bool = False,
) -> None:
    """What a party says, in the case's course, where it stays in its state."""
    step = DisputeStep(
        dispute_id=case.id,
        action=action,
        from_state=case.state,
        to_state=case.state,
        on_day=on_day or case.today,
        due_on=None,
        late=late,
        account_id=actor.account_id,
        party_id=party_id,
        sealed=b"",
    )
    step.sealed = await seal(session, case.id, "dispute_steps", step.id, texts)
    await session.insert(step)
