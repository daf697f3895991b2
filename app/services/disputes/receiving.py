"""Who receives a case: the first of the procedure's receivers to whom it is not closed. There is always one.

The last of them is external, so that naming the General Secretary and the whole committee paralyses nobody.
"""

from uuid import UUID

import asyncpg

from app.core import clock
from app.core.db import Session
from app.core.permissions import Part
from app.models.disputes import DisputePart
from app.services.disputes.case import seal
from app.services.letters import Letter, write_letter
from app.services.outbox import send_mail

#: Those to whom the case is open and who have not sat in judgement on it, in their order. $1 the case, $2 the key of
#: its procedure, $3 today.
_WILLING = """
select r.account_id, a.person_id, a.name, a.email, r.external,
  (select p.preferred_language from people p where p.id = a.person_id) as language
from receivers r join accounts a on a.id = r.account_id
where r.procedure_key = $2 and r.ended_at is null and a.state = 'active'
  and not walled_off($1, a.id, $3)
  and not exists (
    select from dispute_parts t where t.dispute_id = $1 and t.panel_id is not null
    and (t.account_id = a.id or t.person_id = a.person_id))
"""
_IN_ORDER = f"{_WILLING} order by r.position"
#: The first of them who has never had a part in the case, of whatever kind.
_NEXT = f"""
{_WILLING} and not exists (select from dispute_parts t where t.dispute_id = $1 and t.account_id = a.id)
order by r.position limit 1
"""


async def seat_receiver(
    session: Session, dispute_id: UUID, procedure_key: str, *, but_not: UUID | None = None
) -> asyncpg.Record | None:
    """See that the case has a receiver: whoever has it and may go on, or else the first who may, who is written to.

    `but_not`: an account that gives it up. None while nobody is there to receive it: it waits, and is given to the
    first who comes. Needs the role `rollbook_case`.
    """
    found = await session.fetch(_IN_ORDER, dispute_id, procedure_key, clock.today())
    willing = {row["account_id"]: row for row in found if row["account_id"] != but_not}
    seated = await session.fetch(
        "select id, account_id from dispute_parts where dispute_id = $1 and part = $2 and ended_at is null",
        dispute_id,
        Part.receiver,
    )
    for row in seated:
        if row["account_id"] not in willing:
            await session.update(DisputePart, row["id"], {"ended_at": clock.now()})
    if (staying := next((row for row in seated if row["account_id"] in willing), None)) is not None:
        return willing[staying["account_id"]]
    chosen = next(iter(willing.values()), None)
    if chosen is not None:
        await _seat(session, dispute_id, chosen)
    return chosen


async def seat_another(session: Session, dispute_id: UUID, procedure_key: str) -> asyncpg.Record | None:
    """Give the case a further receiver beside the one it has, who has not done what was due.

    None where the procedure has no other. Needs the role `rollbook_case`.
    """
    chosen = await session.fetchrow(_NEXT, dispute_id, procedure_key, clock.today())
    if chosen is not None:
        await _seat(session, dispute_id, chosen)
    return chosen


async def _seat(session: Session, dispute_id: UUID, chosen: asyncpg.Record) -> None:
    part = DisputePart(
        dispute_id=dispute_id,
        part=Part.receiver,
        account_id=chosen["account_id"],
        person_id=chosen["person_id"],
        sealed=b"",
    )
    part.sealed = await seal(session, dispute_id, "dispute_parts", part.id, {"name": chosen["name"]})
    await session.insert(part)
    letter = write_letter(Letter.dispute_waiting, chosen["language"], to=chosen["email"], name=chosen["name"])
    await send_mail(session, letter)
