"""What an organiser is to raise, set by whoever supervises them, and how far they are.

A target is met by its least amount, and by its share of hard money, which is judged on the exact sums: half is half.
"""

from decimal import ROUND_HALF_EVEN, Decimal
from typing import Literal
from uuid import UUID

from pydantic import Field

from app.core import charts
from app.core.actor import Actor
from app.core.db import Session
from app.core.errors import Conflict
from app.core.paging import Answer, Body, Listing, Where
from app.core.permissions import Permission
from app.models.income import IncomeKind, IncomeTarget, IncomeTargetSet, Raised
from app.services.income import must_be_account
from app.services.unit_records import (
    Held,
    Noun,
    UnitQuery,
    add_record,
    answer,
    columns_of,
    facts_of,
    judge_unit,
    list_records,
    open_record,
    read_record,
)

_SHOWN = ("account_id", "starts_on", "ends_on", "least_pence", "most_pence", "hard_percent")
TARGET = Noun(
    "income target",
    IncomeTarget,
    Listing(
        resource="supervision",
        source="income_targets t",
        key="t.id",
        columns=columns_of("t", *_SHOWN),
        sorts={"starts_on": ("t.starts_on", "date")},
        facts=facts_of("t", *_SHOWN),
    ),
    change=Permission.supervision_set,
)

#: What is attributed to an organiser within a target, as far as it can be seen: by when it came in, or is to come.
_RAISED = """
select kind, coalesce(sum(actual_pence), 0)::bigint as actual,
  coalesce(sum(case state when 'forecast' then forecast_pence else actual_pence end), 0)::bigint as forecast
from income_lines
where account_id = $1 and $2 <= coalesce(received_on, expected_on) and coalesce(received_on, expected_on) < $3
group by kind
"""


class TargetsOverlap(Conflict):
    code = "targets_overlap"
    sentence = "This organiser has a target in these days already."


class IncomeTargetsQuery(UnitQuery):
    """Which targets, the newest first."""

    account_id: UUID | None = Field(default=None, description="Of this organiser.")
    sort: Literal["starts_on", "-starts_on"] = "-starts_on"


def raised(hard_pence: int, soft_pence: int, *, least_pence: int, hard_percent: int) -> Raised:
    """Whether hard and soft money together are what was expected: pence, and a whole percentage at least hard."""
    total = hard_pence + soft_pence
    share = Decimal(hard_pence) * 100 / total if total else Decimal(0)
    return Raised(
        hard_pence=hard_pence,
        soft_pence=soft_pence,
        total_pence=total,
        hard_percent=float(share.quantize(Decimal("0.1"), ROUND_HALF_EVEN)),
        meets_amount=total >= least_pence,
        meets_hard_share=total > 0 and hard_pence * 100 >= hard_percent * total,
    )


async def set_target(session: Session, actor: Actor, data: IncomeTargetSet) -> Answer:
    """Say what an organiser is to raise. Raises `Invalid`, `Forbidden`, `TargetsOverlap`."""
    await judge_unit(session, actor, data.branch_id, Permission.supervision_set)
    await must_be_account(session, data.account_id)
    # Held against another who sets one at the same moment.
    await session.execute("select pg_advisory_xact_lock(hashtextextended($1, 0))", f"income_target {data.account_id}")
    overlapping = "select true from income_targets where account_id = $1 and starts_on < $3 and $2 < ends_on limit 1"
    if await session.fetchval(overlapping, data.account_id, data.starts_on, data.ends_on):
        raise TargetsOverlap
    made = await add_record(session, actor, TARGET, IncomeTarget(**data.model_dump()))
    return await _told(session, actor, await open_record(session, actor, TARGET, made.id))


async def list_targets(session: Session, actor: Actor, query: IncomeTargetsQuery) -> Body:
    """A page of the targets that the actor supervises, or has. Raises `CursorInvalid`."""
    where = Where()
    query.narrow(where, "t")
    if query.account_id is not None:
        where.add("t.account_id = {}", query.account_id)
    return await list_records(session, actor, TARGET, where, query, sort=query.sort)


async def get_target(session: Session, actor: Actor, target_id: UUID) -> Answer:
    """A target, with how far its organiser is. Raises `NotFound`. The read is logged."""
    return await _told(session, actor, await read_record(session, actor, TARGET, target_id))


async def draw_target(session: Session, actor: Actor, target_id: UUID) -> bytes:
    """A target's hard and soft money, received and forecast, in pounds. Raises `NotFound`. The read is logged."""
    held = await read_record(session, actor, TARGET, target_id, purpose="chart")
    actual, forecast = await _raised(session, held)
    pounds = [[sums.hard_pence / 100, sums.soft_pence / 100, sums.total_pence / 100] for sums in (actual, forecast)]
    series = {"Received (£)": pounds[0], "With what is forecast (£)": pounds[1]}
    return charts.bars("Income raised", ["Hard", "Soft", "Together"], series)


async def _raised(session: Session, held: Held) -> tuple[Raised, Raised]:
    row = held.row
    found = await session.fetch(_RAISED, row["account_id"], row["starts_on"], row["ends_on"])
    sums = {line["kind"]: line for line in found}
    hard, soft = sums.get(IncomeKind.hard), sums.get(IncomeKind.soft)
    judged = {"least_pence": row["least_pence"], "hard_percent": row["hard_percent"]}
    actual, forecast = (
        raised(hard[what] if hard else 0, soft[what] if soft else 0, **judged) for what in ("actual", "forecast")
    )
    return actual, forecast


async def _told(session: Session, actor: Actor, held: Held) -> Answer:
    actual, forecast = await _raised(session, held)
    told = {"actual": actual.model_dump(mode="json"), "forecast": forecast.model_dump(mode="json")}
    return answer(actor, held, told)
