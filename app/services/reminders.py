"""Matters that run towards their last day, or their last hour: said once for each mark that they pass.

A kind of matter is a `Running`; the worker's duty is in `privacy_duties`, to which a new kind adds its line. What is
said is an event without a name, and letters to the team that hold nothing but a number.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from uuid import UUID

import asyncpg

from app.core import clock
from app.core.db import Database, Session
from app.core.ids import new_id
from app.core.permissions import Permission
from app.services.changes import record_change
from app.services.letters import Letter, write_letter
from app.services.matters import RESOURCE, ROLE, root_of
from app.services.outbox import send_mail
from app.services.rights import holders_of

#: The mark of what is past its end.
OVERDUE = -1


class Unit(StrEnum):
    days = "days"
    hours = "hours"


@dataclass(frozen=True, kw_only=True)
class Running:
    """A kind of matter under a clock.

    `sql` gives (subject_id, due_at) of all that are under way, under `rollbook_privacy`: the instant at which the last
    day is over, or the last hour. `marks` are how many units are left when it is said; past the end it is said once
    more. The events are `<noun>.deadline_near` and `<noun>.overdue`, with what is left as `days` or `hours`.
    """

    noun: str
    sql: str
    unit: Unit = Unit.days
    marks: tuple[int, ...] = (14, 7, 3, 1)

    def left(self, due_at: datetime) -> int:
        """How many whole units are left: of days none on the last one itself; -1 once it is over."""
        now = clock.now()
        if due_at <= now:
            return OVERDUE
        if self.unit is Unit.hours:
            return int((due_at - now) / timedelta(hours=1))
        return (clock.day_of(due_at - timedelta(microseconds=1)) - clock.day_of(now)).days

    def mark(self, due_at: datetime) -> int | None:
        """The mark that was passed last; None while the end is far."""
        left = self.left(due_at)
        return OVERDUE if left == OVERDUE else min((mark for mark in self.marks if left <= mark), default=None)


#: The end of a day, for the `sql` of what is due on one.
DAY_OVER = "(({}) + 1)::timestamp at time zone 'Europe/London'"

_ONCE = """
insert into matter_reminders (id, created_at, subject_id, due_at, mark) values ($1, $2, $3, $4, $5)
on conflict (subject_id, due_at, mark) do nothing returning true
"""
_SAID = "select subject_id, due_at, mark from matter_reminders where subject_id = any ($1)"
_TEAM = """
select a.id, a.name, a.email, (select p.preferred_language from people p where p.id = a.person_id) as language
from accounts a where a.id = any ($1) and a.state = 'active' and not exists (
  select from walls w where w.wall_key = $2 and w.ended_at is null
  and (w.account_id = a.id or w.person_id = a.person_id))
order by a.id
"""

#: Who is concerned by a matter, whether by their account or as the person.
_CLOSED = """
select a.id, array(
  select w.wall_key from walls w where w.wall_key = any ($2) and w.ended_at is null
  and (w.account_id = a.id or w.person_id = a.person_id)) as keys
from accounts a where a.id = any ($1)
"""
#: Of two workers one comes first, and the other finds that it was done.
_TOLD_TODAY = """
insert into privacy_digests as d (id, created_at, account_id, on_day) values ($1, $2, $3, $4)
on conflict (account_id) do update set on_day = excluded.on_day where d.on_day < excluded.on_day
returning true
"""
#: What the letter of the day counts as near.
NEAR = timedelta(days=7)


async def remind(database: Database, running: Running) -> int:
    """Say of each matter of a kind how near its end is, where that is new; how many there were.

    May run as often as it likes. A mark that passed while nothing ran is not made up for: only the last one is said.
    """
    async with database.transaction(role=ROLE) as session:
        rows = await session.fetch(running.sql)
        said = {tuple(row) for row in await session.fetch(_SAID, [row["subject_id"] for row in rows])}
    reminded = 0
    for row in rows:
        mark = running.mark(row["due_at"])
        if mark is not None and (row["subject_id"], row["due_at"], mark) not in said:
            reminded += await _say(database, running, row["subject_id"], row["due_at"], mark)
    return reminded


async def _say(database: Database, running: Running, subject_id: UUID, due_at: datetime, mark: int) -> bool:
    async with database.transaction(role=ROLE) as session:
        # Of two workers one comes first, and the other finds that it was said.
        if not await session.fetchval(_ONCE, new_id(), clock.now(), subject_id, due_at, mark):
            return False
        event = "overdue" if mark == OVERDUE else "deadline_near"
        left = {} if mark == OVERDUE else {running.unit.value: running.left(due_at)}
        root = await root_of(session)
        await record_change(
            session,
            None,
            f"{running.noun}.{event}",
            resource=RESOURCE,
            subject_id=subject_id,
            branch_id=root,
            data=left,
        )
    return True


async def team_of(session: Session, matter_id: UUID | None = None) -> list[asyncpg.Record]:
    """Those of the team who may conduct a matter, with what a letter to them needs. Needs `rollbook_privacy`."""
    return await _open_to(session, Permission.privacy_handle, matter_id)


async def _open_to(session: Session, permission: Permission, matter_id: UUID | None) -> list[asyncpg.Record]:
    """The active holders of a permission at the root to whom a matter is not closed."""
    root = await root_of(session)
    async with session.as_role("rollbook_auth"):
        holders = await holders_of(session, permission, root)
    return await session.fetch(_TEAM, holders, matter_id)


async def write_to_team(
    session: Session, letter: Letter, matter_id: UUID, *, but: Iterable[UUID] = (), **values: str | int
) -> int:
    """A letter to everybody of the team to whom a matter is open; how many. Needs `rollbook_privacy`.

    Where it concerns them all, whoever can have a deputy appointed is written to instead.
    """
    team = await team_of(session, matter_id)
    readers = [row for row in team if row["id"] not in set(but)]
    if not team:
        readers, letter = await _open_to(session, Permission.grants_give, matter_id), Letter.deputy_needed
    for reader in readers:
        message = write_letter(letter, reader["language"], to=reader["email"], name=reader["name"], **values)
        await send_mail(session, message)
    return len(readers)


async def tell_what_is_due(database: Database, kinds: Sequence[Running]) -> int:
    """Write once a day to each of the team how many matters are nearly due and late, and no more; how many letters.

    What is closed to somebody is not counted for them.
    """
    now, soon = clock.now(), clock.now() + NEAR
    async with database.transaction(role=ROLE) as session:
        due = {row["subject_id"]: row["due_at"] for kind in kinds for row in await session.fetch(kind.sql)}
        due = {subject_id: at for subject_id, at in due.items() if at <= soon}
        team = {row["id"]: row for row in await team_of(session)} if due else {}
        closed = {row["id"]: set(row["keys"]) for row in await session.fetch(_CLOSED, list(team), list(due))}
    written = 0
    for account_id, reader in team.items():
        theirs = [at for subject_id, at in due.items() if subject_id not in closed[account_id]]
        if not theirs:
            continue
        overdue = sum(at <= now for at in theirs)
        async with database.transaction(role=ROLE) as session:
            if not await session.fetchval(_TOLD_TODAY, new_id(), clock.now(), account_id, clock.today()):
                continue
            numbers = {"overdue": overdue, "near": len(theirs) - overdue}
            await send_mail(
                session,
                write_letter(
                    Letter.matters_due, reader["language"], to=reader["email"], name=reader["name"], **numbers
                ),
            )
            written += 1
    return written
