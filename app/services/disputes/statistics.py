"""Statistics of disputes without names, for the annual report.

Nobody is to see a case come by asking again and again: units have their numbers once a year, when it is over, and the
organisation those of the running year once a month.
"""

from datetime import date
from typing import Any
from uuid import UUID

import asyncpg
from pydantic import BaseModel, ConfigDict, Field

from app.core import clock
from app.core.actor import Actor
from app.core.db import Session
from app.core.errors import Invalid
from app.core.permissions import Permission
from app.models.dispute_statistics import DisputeStatistics, Year
from app.services.access import record_read
from app.services.branches import find_branch
from app.services.disputes.figures import GROUPS, Told, days_to_decision, tell, tell_below
from app.services.disputes.lifecycle import ENDED

#: How many years stand beside one another.
YEARS = 5
#: What each group's values are called in the answer.
NAMES = {"kind": "kind", "stage": "stage", "result": "result", "measure": "kind", "sanction": "kind", "appeal": "state"}

#: Cases received from $1 until, not including, $2, as they stood at the instant $4, when the day $3 began. A case that
#: is closed to whoever asks counts once it has ended ($5); until then it is as if it were not there.
_CASES = """
select b.path, d.received_on, d.kind, d.outcome, d.decided_on,
  (select s.to_state from dispute_steps s where s.dispute_id = d.id and s.created_at < $4 order by s.id desc limit 1)
    as state,
  array(select m.kind from dispute_measures m where m.dispute_id = d.id and m.starts_on < $3) as measures,
  array(select x.kind from sanctions x where x.dispute_id = d.id and x.state <> 'quashed' and x.created_at < $4)
    as sanctions,
  array(select a.state from dispute_appeals a where a.dispute_id = d.id and a.lodged_on < $3) as appeals
from disputes d join branches b on b.id = d.branch_id
where $1 <= d.received_on and d.received_on < $2
  and (d.state = any ($5) or d.id <> all ((select closed_walls())::uuid[]))
"""


class StatisticsQuery(BaseModel):
    """Of which year, and where."""

    model_config = ConfigDict(extra="forbid")

    year: Year | None = Field(
        default=None, description="The running one if left out: of that, the organisation's alone."
    )
    branch_id: UUID | None = Field(default=None, description="With everything below it; the organisation if left out.")


async def count_disputes(session: Session, actor: Actor, query: StatisticsQuery) -> DisputeStatistics:
    """The figures of a year at a unit, everything below included.

    Raises `NotFound`, `Forbidden`, and `Invalid` for a year to come. The question is logged.
    """
    today = clock.today()
    year = query.year or today.year
    if year > today.year:
        raise Invalid.at("#query/year", "in_future", "Nobody has counted the years to come.")
    unit = await find_branch(session, actor, query.branch_id or actor.organisation_id)
    actor.must(Permission.disputes_count, unit["path"])
    await record_read(session, actor, "disputes", purpose="statistics", branch_id=unit["id"])
    units = await session.fetch("select id, name from branches where parent_id = $1 order by name, id", unit["id"])
    cases: dict[int, list[asyncpg.Record]] = {one: [] for one in range(max(year - YEARS + 1, 2000), year + 1)}
    async with session.as_role("rollbook_case"):
        for case in await _received(session, date(min(cases), 1, 1), year, today):
            cases[case["received_on"].year].append(case)
    by_year = {one: _tell(cases[one], unit, one, today) for one in cases}
    return _answer(unit, units, cases[year], by_year, year, today)


async def _received(session: Session, first: date, year: int, today: date) -> list[asyncpg.Record]:
    """Needs the role `rollbook_case`."""
    over, running = date(today.year, 1, 1), today.replace(day=1)
    spans = [(first, min(date(year + 1, 1, 1), over), over)]
    if year == today.year:
        spans.append((over, running, running))
    return [
        row
        for start, end, as_of in spans
        for row in await session.fetch(_CASES, start, end, as_of, clock.day_starts(as_of), sorted(ENDED))
    ]


def _tell(cases: list[asyncpg.Record], unit: asyncpg.Record, year: int, today: date) -> Told:
    whole = tell(cases, unit["path"][:1])
    if len(unit["path"]) == 1:
        return whole
    # Of a year that is not over nothing is told below the organisation.
    return tell(cases if year < today.year else [], unit["path"])


def _answer(
    unit: asyncpg.Record,
    units: list[asyncpg.Record],
    cases: list[asyncpg.Record],
    by_year: dict[int, Told],
    year: int,
    today: date,
) -> DisputeStatistics:
    is_over = year < today.year
    as_of = date(today.year, 1, 1) if is_over else today.replace(day=1)
    told = by_year[year]
    here = [case for case in cases if unit["id"] in case["path"]]
    below = tell_below(here, unit["id"], told) if is_over else {}
    said: dict[str, Any] = {
        f"by_{group}": [{NAMES[group]: part, "count": count} for part, count in told[group].parts.items()]
        for group in GROUPS
    }
    said["by_unit"] = [
        {
            "branch_id": one["id"],
            "name": one["name"],
            "received": below[one["id"]]["kind"].total if one["id"] in below else None,
        }
        for one in units
    ]
    said["by_year"] = [{"year": one, "received": figures["kind"].total} for one, figures in by_year.items()]
    return DisputeStatistics(
        year=year,
        branch_id=unit["id"],
        as_of=as_of,
        received=told["kind"].total,
        days_to_decision=days_to_decision(here if told["kind"].total is not None else [], as_of),
        measures=told["measure"].total,
        sanctions=told["sanction"].total,
        appeals=told["appeal"].total,
        **said,
    )
