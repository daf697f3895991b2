"""The watch over the log of reads: a duty of the worker that finds what is unusual. It judges nobody; people look.

Three rules. An export fetched at night. An account that reads ten times as much in a day as on the mean of its 28 days
before, and fifty records at least. A record that ten people or more read in one day. Days and nights are the
organisation's.
"""

from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from uuid import UUID

from app.core import clock
from app.core.db import Database, Session
from app.core.ids import first_id_of
from app.models.access_alerts import AccessAlert, AccessAlertRule
from app.services.matters import ROLE, close_to, note, note_step

NIGHT_BEGINS, NIGHT_ENDS = time(22), time(6)
TIMES_THE_USUAL, AT_LEAST = 10, 50
USUAL_OVER = timedelta(days=28)
MANY_READERS = 10

#: Yesterday's reads too, for what was committed late. One's own record is no concern of anybody's.
_COUNT = """
insert into access_days (id, created_at, account_id, on_day, reads)
select gen_random_uuid(), now(), a.account_id, (a.created_at at time zone 'Europe/London')::date, count(*)
from access_log a
where a.id >= $2 and a.created_at >= $1 and a.purpose <> 'own_record' group by 3, 4
on conflict (account_id, on_day) do update set reads = excluded.reads
"""
_FORGET = "delete from access_days where on_day < $1"
_UNUSUAL = """
select d.account_id, d.reads as count, coalesce(sum(b.reads), 0)::int / $3 as usual
from access_days d left join access_days b
  on b.account_id = d.account_id and b.on_day < d.on_day and b.on_day >= $2
where d.on_day = $1 group by d.account_id, d.reads
having d.reads >= $4 and d.reads >= $5 * coalesce(sum(b.reads), 0) / $3
"""
_AT_NIGHT = """
select a.account_id, count(*) as count from access_log a
where a.resource = 'exports' and a.purpose = 'export' and a.id >= $5 and a.created_at >= $1 and a.created_at < $2
and ((a.created_at at time zone 'Europe/London')::time >= $3 or (a.created_at at time zone 'Europe/London')::time < $4)
group by a.account_id
"""
_MANY = """
select a.subject_id as record_id, count(distinct a.account_id) as count from access_log a
where a.resource = 'members' and a.subject_id is not null and a.purpose <> 'own_record'
and a.id >= $4 and a.created_at >= $1 and a.created_at < $2
group by a.subject_id having count(distinct a.account_id) >= $3
"""
_KNOWN = """
select id, count from access_alerts where rule = $1 and coalesce(account_id, record_id) = $2 and on_day = $3 for update
"""


async def watch_reads(database: Database) -> int:
    """Look at today and yesterday, and raise what is unusual; how many alerts are new. May run as often as it likes."""
    today = clock.today()
    raised = 0
    async with database.transaction(role=ROLE) as session:
        await session.execute(_COUNT, clock.day_starts(today - timedelta(days=1)), _recent())
        await session.execute(_FORGET, today - 2 * USUAL_OVER)
        for day in (today - timedelta(days=1), today):
            raised += await _look_at(session, day)
    return raised


async def _look_at(session: Session, day: date) -> int:
    begins, ends = clock.day_starts(day), clock.day_starts(day + timedelta(days=1))
    rules = {
        AccessAlertRule.night_export: await session.fetch(_AT_NIGHT, begins, ends, NIGHT_BEGINS, NIGHT_ENDS, _recent()),
        AccessAlertRule.unusual_reads: await session.fetch(
            _UNUSUAL, day, day - USUAL_OVER, USUAL_OVER.days, AT_LEAST, TIMES_THE_USUAL
        ),
        AccessAlertRule.many_readers: await session.fetch(_MANY, begins, ends, MANY_READERS, _recent()),
    }
    return sum([await _raise(session, rule, day, dict(row)) for rule, rows in rules.items() for row in rows])


def _recent() -> UUID:
    """Where the entries of the last two days begin in the index: the log is long."""
    return first_id_of(datetime.now(UTC) - timedelta(days=3))


async def _raise(session: Session, rule: AccessAlertRule, day: date, found: dict[str, Any]) -> bool:
    """A new alert, or a known one whose count has grown; whether it is new. It is closed to whom it is about."""
    known = await session.fetchrow(_KNOWN, rule, found.get("account_id") or found["record_id"], day)
    if known is not None:
        if known["count"] != found["count"]:
            await session.update(AccessAlert, known["id"], {"count": found["count"]})
        return False
    alert = AccessAlert(rule=rule, on_day=day, state_since=clock.today(), **found)
    await session.insert(alert)
    if alert.account_id is not None:
        person_id = await session.fetchval("select person_id from accounts where id = $1", alert.account_id)
        await close_to(session, alert.id, person_id=person_id, account_id=alert.account_id)
    await note_step(session, None, alert.id, "raise", to_state=alert.state, on_day=clock.today())
    await note(session, None, alert.id, "access_alert.raised")
    return True
