"""Cadence: an organiser's own mirror by day and by week, and the weekly figure that a supervisor sees."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field

from app.core import clock
from app.core.actor import Actor
from app.core.calendars import Nation
from app.core.charts import bars
from app.core.db import Session
from app.core.errors import Invalid
from app.core.permissions import GRANTS, Permission, Role
from app.models.cadence import (
    CadenceDay,
    CadenceOfWeek,
    CadenceWeek,
    LeavePortion,
    NextSteps,
    OrganiserWeek,
    OwnCadence,
)
from app.models.members import LegalDate
from app.services.access import record_read
from app.services.cadence_time import DAY, Leave, Target, WorkingTime, days_of, time_of_day, week_of, working_time
from app.services.matters import controllers_division
from app.services.rights import holders_at

P = Permission
MOST_DAYS = 366

_TARGETS = """
select account_id, from_day, per_day_tenths, fte_percent from cadence_targets
where account_id = any ($1) order by from_day, created_at
"""
_LEAVE = """
select account_id, starts_on, ends_on, portion from organiser_leave
where account_id = any ($1) and state = 'taken' and starts_on <= $3 and ends_on >= $2
"""
_HELD = """
select organiser_id, on_day, count(*) as held from one_to_ones
where organiser_id = any ($1) and state = 'held' and on_day between $2 and $3 group by organiser_id, on_day
"""
_NEXT_STEPS = """
select count(*) as due, count(*) filter (where next_step_kept) as kept,
  count(*) filter (where not next_step_kept) as missed, count(*) filter (where next_step_kept is null) as open
from one_to_ones where organiser_id = $1 and state <> 'cancelled' and next_step_due_on between $2 and $3
"""


class CadenceQuery(BaseModel):
    """Which period: the present month until today, unless it is said."""

    model_config = ConfigDict(extra="forbid", populate_by_name=True)

    starts_on: LegalDate | None = Field(default=None, alias="from", description="From this day.")
    ends_on: LegalDate | None = Field(
        default=None, alias="to", description="To this day, itself included; a year at most."
    )

    def period(self) -> tuple[date, date]:
        """Raises `Invalid` for one that ends before it begins, or is too long."""
        ends_on = self.ends_on or clock.today()
        starts_on = self.starts_on or ends_on.replace(day=1)
        if not 0 <= (ends_on - starts_on).days < MOST_DAYS:
            raise Invalid.at("#query/to", "period_not_valid", "Ask for a year at most, from its first day to its last.")
        return starts_on, ends_on


class WeekQuery(BaseModel):
    """Which week, and of whom."""

    model_config = ConfigDict(extra="forbid")

    week: LegalDate | None = Field(default=None, description="Any day of the week; the present one unless it is said.")
    branch_id: UUID | None = Field(default=None, description="Organisers of this unit and of everything below it.")


@dataclass(frozen=True, slots=True)
class _Work:
    """What somebody's working time is reckoned from, and what they held, by day."""

    nation: Nation
    targets: list[Target]
    leave: list[Leave]
    held: Mapping[date, int]

    def time(self, first: date, last: date) -> WorkingTime:
        return working_time(first, last, self.nation, self.targets, self.leave)

    def count(self, first: date, last: date) -> int:
        return sum(number for day, number in self.held.items() if first <= day <= last)

    def day(self, day: date) -> CadenceDay:
        time = time_of_day(day, self.nation, self.targets, self.leave)
        return CadenceDay(day=day, working_days=time.days, held=self.held.get(day, 0))


async def get_own_cadence(session: Session, actor: Actor, query: CadenceQuery) -> OwnCadence:
    """The actor's own mirror, up to today. Raises `Invalid`."""
    starts_on, ends_on = query.period()
    last = min(ends_on, clock.today())
    work = (await _work_of(session, actor, [actor.account_id], starts_on, last))[actor.account_id]
    time, held = work.time(starts_on, last), work.count(starts_on, last)
    return OwnCadence(
        starts_on=starts_on,
        ends_on=ends_on,
        reckoned_to=last if last >= starts_on else None,
        working_days=time.days,
        expected=time.expected,
        held=held,
        average=time.average(held),
        standing=time.standing(held),
        days=[work.day(day) for day in days_of(starts_on, last)],
        weeks=_weeks(work, starts_on, last),
        next_steps=await _next_steps(session, actor, starts_on, last),
    )


def _weeks(work: _Work, first: date, last: date) -> list[CadenceWeek]:
    weeks = []
    monday = week_of(first)
    while max(monday, first) <= last:
        begins, ends = max(monday, first), min(monday + 6 * DAY, last)
        time, held = work.time(begins, ends), work.count(begins, ends)
        weeks.append(
            CadenceWeek(
                week_starts_on=monday,
                working_days=time.days,
                expected=time.expected,
                held=held,
                average=time.average(held),
                standing=time.standing(held),
            )
        )
        monday += timedelta(weeks=1)
    return weeks


async def _next_steps(session: Session, actor: Actor, first: date, last: date) -> NextSteps:
    row = await session.fetchrow(_NEXT_STEPS, actor.account_id, first, last)
    assert row is not None, "a query without a condition gives a row"
    percent = (200 * row["kept"] + row["due"]) // (2 * row["due"]) if row["due"] else None
    return NextSteps(**dict(row), kept_percent=percent)


async def chart_own_cadence(session: Session, actor: Actor, query: CadenceQuery) -> bytes:
    """The actor's weeks as bars: held beside expected. Raises `Invalid`."""
    weeks = (await get_own_cadence(session, actor, query)).weeks
    return bars(
        "One-to-ones a week",
        [week.week_starts_on.isoformat() for week in weeks],
        {"Held": [week.held for week in weeks], "Expected": [week.expected for week in weeks]},
    )


async def get_cadence_of_week(session: Session, actor: Actor, query: WeekQuery) -> CadenceOfWeek:
    """The weekly figure of each organiser in reach, as far as the week has been; no day, no time, no leave.

    Raises `Invalid` for a unit out of reach. That it was asked is logged.
    """
    monday = week_of(query.week or clock.today())
    sunday = monday + 6 * DAY
    last = min(sunday, clock.today())
    names = await organisers_in_reach(session, actor, query.branch_id)
    await record_read(session, actor, "supervision", purpose="list:cadence", branch_id=query.branch_id)
    work = await _work_of(session, actor, names, monday, last)
    organisers = [_figure(account_id, name, work[account_id], monday, last) for account_id, name in names.items()]
    return CadenceOfWeek(
        week_starts_on=monday,
        week_ends_on=sunday,
        reckoned_to=last if last >= monday else None,
        organisers=organisers,
    )


def _figure(account_id: UUID, name: str, work: _Work, first: date, last: date) -> OrganiserWeek:
    time, held = work.time(first, last), work.count(first, last)
    return OrganiserWeek(
        account_id=account_id,
        account_name=name,
        held=held,
        average=time.average(held),
        standing=time.standing(held),
    )


async def organisers_in_reach(session: Session, _actor: Actor, branch_id: UUID | None) -> dict[UUID, str]:
    """Who organises in reach, by name: those of that role, and whoever else was set a target and records meetings.

    Raises `Invalid` for a unit in which the actor supervises nobody.
    """
    asked = "and path @> array[$1::uuid]" if branch_id else "and $1::uuid is null"
    in_reach = f"select id from branches where id = any ((select reach('supervision'))::uuid[]) {asked}"
    units = [row["id"] for row in await session.fetch(in_reach, branch_id)]
    if branch_id is not None and branch_id not in units:
        raise Invalid.at("#query/branch_id", "unknown_branch", "Name a unit whose organisers you supervise.")
    set_for = {row["account_id"] for row in await session.fetch("select account_id from cadence_targets")}
    async with session.as_role("rollbook_auth"):
        holders = await holders_at(session, units)
    found = {
        row["account_id"]: row["account_name"]
        for row in holders
        if row["role"] == Role.organiser or (row["account_id"] in set_for and records_meetings(row["role"]))
    }
    return dict(sorted(found.items(), key=lambda one: (one[1], one[0])))


def records_meetings(role: str) -> bool:
    return P.meetings_record in GRANTS[Role(role)]


async def targets_of(session: Session, _actor: Actor, accounts: list[UUID]) -> dict[UUID, list[Target]]:
    """What was set for each of these, the earliest first: for one's own, and for those whom the actor supervises."""
    targets: dict[UUID, list[Target]] = {account_id: [] for account_id in accounts}
    async with session.as_role("rollbook_auth"):
        for row in await session.fetch(_TARGETS, accounts):
            target = Target(row["from_day"], row["per_day_tenths"], row["fte_percent"])
            targets[row["account_id"]].append(target)
    return targets


async def _work_of(
    session: Session, actor: Actor, accounts: Iterable[UUID], first: date, last: date
) -> dict[UUID, _Work]:
    ids = list(accounts)
    nation = (await controllers_division(session)).nation
    held: dict[UUID, dict[date, int]] = {account_id: {} for account_id in ids}
    for row in await session.fetch(_HELD, ids, first, last):
        held[row["organiser_id"]][row["on_day"]] = row["held"]
    targets = await targets_of(session, actor, ids)
    leave: dict[UUID, list[Leave]] = {account_id: [] for account_id in ids}
    async with session.as_role("rollbook_auth"):
        for row in await session.fetch(_LEAVE, ids, first, last):
            halves = 2 if row["portion"] == LeavePortion.whole else 1
            leave[row["account_id"]].append(Leave(row["starts_on"], row["ends_on"], halves))
    return {one: _Work(nation, targets[one], leave[one], held[one]) for one in ids}
