"""Turnout as arithmetic: what was promised against who came, of each institution and of all."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from typing import Any
from uuid import UUID

import asyncpg

from app.core.db import Session
from app.models.turnout import CountedHow, TurnoutTotals

_LATEST = (
    "(select t.people from action_turnout t where t.action_id = $1 and t.organisation_id = o.organisation_id "
    "and t.kind = '{}' order by t.created_at desc, t.id desc limit 1)"
)
#: Each institution that takes part; one row without a name for those who came of none.
_FIGURES = f"""
select o.organisation_id, n.name, coalesce({_LATEST.format("promised")}, 0) as promised,
  {_LATEST.format("counted")} as by_hand,
  (select coalesce(sum(c.people), 0)::int from action_check_ins c
   where c.action_id = $1 and c.organisation_id = o.organisation_id) as checked_in
from action_organisations o left join organisations n on n.id = o.organisation_id
where o.action_id = $1 and o.left_on is null order by lower(n.name), o.organisation_id
"""
_OTHERS = """
select coalesce(sum(c.people), 0)::int from action_check_ins c where c.action_id = $1 and not exists (
  select from action_organisations o
  where o.action_id = $1 and o.organisation_id = c.organisation_id and o.left_on is null)
"""


@dataclass(frozen=True)
class Figure:
    """What is known of one institution. `by_hand` is None where nobody counted."""

    promised: int
    by_hand: int | None
    checked_in: int


@dataclass(frozen=True)
class Reckoned:
    """`counted` is None before the action has begun."""

    promised: int
    counted: int | None
    how: CountedHow | None
    percent: float | None


def percent_of(promised: int, counted: int | None) -> float | None:
    """How many came of a hundred promised, to one decimal, halves up: 58 of 75 are 77.3. None of nothing promised."""
    if counted is None or promised == 0:
        return None
    return float((Decimal(100 * counted) / promised).quantize(Decimal("0.1"), ROUND_HALF_UP))


def reckon(figures: Sequence[Figure], *, begun: bool) -> tuple[Reckoned, list[Reckoned]]:
    """Turnout of all that take part together, and of each. A count by hand stands before what was checked in."""
    each = [_reckon_one(figure, begun) for figure in figures]
    promised = sum(one.promised for one in each)
    counted = sum(one.counted or 0 for one in each) if begun else None
    return Reckoned(promised, counted, None, percent_of(promised, counted)), each


def _reckon_one(figure: Figure, begun: bool) -> Reckoned:
    if not begun:
        return Reckoned(figure.promised, None, None, None)
    counted, how = figure.checked_in, CountedHow.checked_in
    if figure.by_hand is not None:
        counted, how = figure.by_hand, CountedHow.by_hand
    return Reckoned(figure.promised, counted, how, percent_of(figure.promised, counted))


async def figures_of(session: Session, action_id: UUID) -> tuple[list[asyncpg.Record], int]:
    """What is known of each institution that takes part, by name; and how many came of none of them."""
    rows = await session.fetch(_FIGURES, action_id)
    others: int = await session.fetchval(_OTHERS, action_id)
    return rows, others


def figures(rows: Sequence[Any]) -> list[Figure]:
    return [Figure(row["promised"], row["by_hand"], row["checked_in"]) for row in rows]


async def totals_of(session: Session, action_id: UUID, *, begun: bool) -> TurnoutTotals:
    """Turnout of all together."""
    rows, others = await figures_of(session, action_id)
    total, _ = reckon(figures(rows), begun=begun)
    return TurnoutTotals(promised=total.promised, counted=total.counted, percent=total.percent, others=others)
