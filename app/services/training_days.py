"""Days of training: ten working days a year pro rata somebody's hours, against what they gave.

Source: an organiser gives ten working days a year to training, pro rata (0.8 of full time: eight days).
"""

from collections import Counter
from collections.abc import Iterable
from datetime import date, timedelta
from typing import Annotated, Any
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field

from app.core import clock
from app.core.actor import Actor
from app.core.db import Session
from app.core.errors import Invalid
from app.models.training_shapes import DaysGiven, OrganiserTrainingDays, OwnTrainingDays, TrainingDays, Year
from app.services.access import record_read
from app.services.cadence import organisers_in_reach, targets_of
from app.services.cadence_time import PER_CENT, Target, target_on
from app.services.training_places import ROLE

#: Working days that somebody of full time gives in a year.
FULL_YEAR = 10
_GIVEN = """
select w.account_id, w.training_session_id, w.part, w.half_days, s.starts_on,
  (select c.name from courses c where c.id = s.course_id) as course
from training_crew w join training_sessions s on s.id = w.training_session_id
where w.account_id = any ($1) and s.starts_on between $2 and $3 order by s.starts_on, w.created_at, w.id
"""


class DaysQuery(BaseModel):
    """Which year."""

    model_config = ConfigDict(extra="forbid")

    year: Annotated[Year | None, Field(description="A calendar year; the present one if left out.")] = None

    def span(self) -> tuple[date, date]:
        year = self.year or clock.today().year
        return date(year, 1, 1), date(year, 12, 31)


class SupervisedQuery(DaysQuery):
    """Which year, and of whom."""

    account_id: UUID | None = Field(default=None, description="Only this organiser.")
    branch_id: UUID | None = Field(default=None, description="Organisers of this unit and of everything below it.")


def allowance_tenths(first: date, last: date, targets: Iterable[Target]) -> int:
    """What somebody owes from the first to the last day of a year, in tenths of a day, half up.

    Where their hours changed within it, each day counts by those of that day.
    """
    known, length = list(targets), (last - first).days + 1
    shares = sum(target_on(first + timedelta(days=number), known).fte_percent for number in range(length))
    whole = PER_CENT * length
    return (2 * FULL_YEAR * 10 * shares + whole) // (2 * whole)


async def get_own_days(session: Session, actor: Actor, query: DaysQuery) -> OwnTrainingDays:
    """The actor's own: what they owe in a year, and what they gave to which session."""
    first, last = query.span()
    targets = (await targets_of(session, actor, [actor.account_id]))[actor.account_id]
    rows = await _given(session, [actor.account_id], first, last)
    given = [
        DaysGiven(days=row["half_days"] / 2, **{name: row[name] for name in DaysGiven.model_fields if name != "days"})
        for row in rows
    ]
    return OwnTrainingDays(year=first.year, given=given, **_sums(first, last, targets, _halves(rows)[actor.account_id]))


async def list_days(session: Session, actor: Actor, query: SupervisedQuery) -> TrainingDays:
    """Of each organiser whom the actor supervises. Raises `Invalid` for one out of reach. The read is logged."""
    first, last = query.span()
    names = await organisers_in_reach(session, actor, query.branch_id)
    if query.account_id is not None:
        if query.account_id not in names:
            raise Invalid.at("#query/account_id", "unknown_account", "Name an organiser whom you supervise.")
        names = {query.account_id: names[query.account_id]}
    await record_read(session, actor, "supervision", purpose="list:training_days", branch_id=query.branch_id)
    targets = await targets_of(session, actor, list(names))
    halves = _halves(await _given(session, list(names), first, last))
    organisers = [
        OrganiserTrainingDays(
            account_id=account_id, account_name=name, **_sums(first, last, targets[account_id], halves[account_id])
        )
        for account_id, name in names.items()
    ]
    return TrainingDays(year=first.year, organisers=organisers)


async def _given(session: Session, accounts: list[UUID], first: date, last: date) -> list[Any]:
    async with session.as_role(ROLE):
        return await session.fetch(_GIVEN, accounts, first, last)


def _halves(rows: Iterable[Any]) -> Counter[UUID]:
    found: Counter[UUID] = Counter()
    for row in rows:
        found[row["account_id"]] += row["half_days"]
    return found


def _sums(first: date, last: date, targets: Iterable[Target], halves: int) -> dict[str, float]:
    owed, given = allowance_tenths(first, last, targets), 5 * halves
    return {"allowance_days": owed / 10, "given_days": given / 10, "left_days": (owed - given) / 10}
