"""What the worker sees to in disputes, whoever sleeps: each duty may run as often as it likes and is done once.

The worker acts for nobody and tells nobody anything but that, or in how many cases, something waits.
"""

from uuid import UUID

import asyncpg

from app.core import clock
from app.core.db import Database, Session
from app.core.ids import new_id
from app.core.permissions import Part
from app.models.dispute_measures import DisputeMeasure
from app.models.disputes import DisputeStep
from app.services.changes import record_change
from app.services.disputes.lifecycle import ENDED
from app.services.disputes.receiving import seat_another, seat_receiver
from app.services.letters import Letter, write_letter
from app.services.outbox import send_mail

ROLE = "rollbook_case"
#: Who is told that cases are late: those who can move them on.
TOLD = (Part.receiver, Part.clerk, Part.chair, Part.appeal_chair)

#: Who may still act in a part `t` of a case `d`. $1 today, $2 this moment.
_IN_PLACE = """
t.ended_at is null and (t.expires_at is null or $2 < t.expires_at) and a.state = 'active'
and not walled_off(d.id, a.id, $1)
"""
#: Cases under way of which nobody is the receiver any more, or yet: whoever no longer receives under the procedure has
#: given them up. $3 the states of those that have ended.
_FORSAKEN = f"""
select d.id from disputes d join procedures p on p.id = d.procedure_id where d.state <> all ($3) and not exists (
  select from dispute_parts t join accounts a on a.id = t.account_id
  join receivers r on r.account_id = a.id and r.procedure_key = p.key and r.ended_at is null
  where t.dispute_id = d.id and t.part = 'receiver' and {_IN_PLACE})
order by d.id
"""
_HOLD = """
select d.id, d.branch_id, d.state, (select p.key from procedures p where p.id = d.procedure_id) as procedure_key
from disputes d where d.id = $1 for update
"""
_LIVE = "m.lifted_on is null and coalesce($1 < m.ends_on, true)"
_MISSED = f"""
select m.id, m.dispute_id from dispute_measures m
where {_LIVE} and m.review_by < $1 and m.escalated_on is null order by m.id
"""
_RECEIVERS = f"""
select a.id, a.name, a.email, (select p.preferred_language from people p where p.id = a.person_id) as language
from disputes d join dispute_parts t on t.dispute_id = d.id join accounts a on a.id = t.account_id
where d.id = $3 and t.part = 'receiver' and {_IN_PLACE}
order by t.id
"""
_LATE = f"""
select a.id, a.name, a.email, (select p.preferred_language from people p where p.id = a.person_id) as language,
  count(distinct d.id) as number
from disputes d join dispute_parts t on t.dispute_id = d.id join accounts a on a.id = t.account_id
where t.part = any ($4) and {_IN_PLACE} and d.state <> all ($3)
  and (d.due_on < $1 and d.stayed_on is null
       or exists (select from dispute_measures m where m.dispute_id = d.id and m.review_by < $1 and {_LIVE}))
  and not exists (select from dispute_digests g where g.account_id = a.id and g.on_day >= $1)
group by a.id order by a.id
"""
#: Of two workers one comes first, and the other finds that it was done.
_TOLD_TODAY = """
insert into dispute_digests as g (id, created_at, account_id, on_day) values ($1, $2, $3, $4)
on conflict (account_id) do update set on_day = excluded.on_day where g.on_day < excluded.on_day
returning true
"""


async def seat_receivers(database: Database) -> int:
    """Give each case without a receiver who can act the next who is willing; how many found one."""
    async with database.transaction(role=ROLE) as session:
        rows = await session.fetch(_FORSAKEN, clock.today(), clock.now(), sorted(ENDED))
    seated = 0
    for row in rows:
        async with database.transaction(role=ROLE) as session:
            dispute = await session.fetchrow(_HOLD, row["id"])
            assert dispute is not None
            chosen = await seat_receiver(session, dispute["id"], dispute["procedure_key"])
            if chosen is not None:
                seated += 1
                await _note(session, dispute, "dispute.receiver_seated", {"account_id": str(chosen["account_id"])})
    return seated


async def escalate_reviews(database: Database) -> int:
    """Take each missed review of a measure to the receiver, and to the next one, who joins them; how many there were.

    The measure itself stays: what protects somebody is not lifted by forgetting it.
    """
    async with database.transaction(role=ROLE) as session:
        rows = await session.fetch(_MISSED, clock.today())
    escalated = 0
    for row in rows:
        async with database.transaction(role=ROLE) as session:
            dispute = await session.fetchrow(_HOLD, row["dispute_id"])
            assert dispute is not None
            escalated += await _escalate(session, dispute, row["id"])
    return escalated


async def tell_of_late_cases(database: Database) -> int:
    """Write once a day to whoever has cases that are late: how many, and no more. How many letters were written."""
    values = (clock.today(), clock.now(), sorted(ENDED), list(TOLD))
    async with database.transaction(role=ROLE) as session:
        rows = await session.fetch(_LATE, *values)
    written = 0
    for row in rows:
        async with database.transaction(role=ROLE) as session:
            if not await session.fetchval(_TOLD_TODAY, new_id(), clock.now(), row["id"], clock.today()):
                continue
            await _write(session, Letter.disputes_late, row, number=row["number"])
            written += 1
    return written


async def _escalate(session: Session, dispute: asyncpg.Record, measure_id: UUID) -> bool:
    measure = await session.fetchrow(
        f"select m.review_by from dispute_measures m where m.id = $2 and {_LIVE} and m.review_by < $1 "
        "and m.escalated_on is null",
        clock.today(),
        measure_id,
    )
    if measure is None:
        return False
    await session.update(DisputeMeasure, measure_id, {"escalated_on": clock.today()})
    await session.insert(
        DisputeStep(
            dispute_id=dispute["id"],
            action="review_missed",
            from_state=dispute["state"],
            to_state=dispute["state"],
            on_day=clock.today(),
            due_on=measure["review_by"],
            late=True,
            sealed=b"",
        )
    )
    await _note(session, dispute, "dispute.measure_review_missed", {"measure_id": str(measure_id)})
    for receiver in await session.fetch(_RECEIVERS, clock.today(), clock.now(), dispute["id"]):
        await _write(session, Letter.review_missed, receiver)
    if (another := await seat_another(session, dispute["id"], dispute["procedure_key"])) is not None:
        await _note(session, dispute, "dispute.receiver_seated", {"account_id": str(another["account_id"])})
    return True


async def _write(session: Session, letter: Letter, reader: asyncpg.Record, **values: int) -> None:
    await send_mail(
        session, write_letter(letter, reader["language"], to=reader["email"], name=reader["name"], **values)
    )


async def _note(session: Session, dispute: asyncpg.Record, what: str, fields: dict[str, str]) -> None:
    await record_change(
        session,
        None,
        what,
        resource="disputes",
        subject_id=dispute["id"],
        branch_id=dispute["branch_id"],
        wall_key=dispute["id"],
        fields=fields,
    )
