"""Tiers of leaders: changed with evidence alone, one step up at a time, and counted as of any day."""

from datetime import date
from typing import Any
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field

from app.core import clock
from app.core.actor import Actor
from app.core.charts import bars
from app.core.db import Session
from app.core.errors import Conflict
from app.core.paging import Answer, Where
from app.models.leaders import LeaderTier, LeaderTierChange
from app.models.leaders_shapes import InstitutionTiers, LeaderTiers, TierSay
from app.models.members import LegalDate
from app.services.access import record_read
from app.services.leaders import NOUN, TIER, keep_tier
from app.services.matters import past
from app.services.unit_records import answer_anew, begin_step, take_step

_ORDER = tuple(LeaderTier)
_LAST = "select reached, from_day from leader_tiers where leader_id = $1 order by from_day desc limit 1"
_FIGURES = """
select organisation_id, (select o.name from organisations o where o.id = found.organisation_id) as name,
  count(*) filter (where tier = 'tertiary') as tertiary, count(*) filter (where tier = 'secondary') as secondary,
  count(*) filter (where tier = 'primary') as primary
from (select l.organisation_id, {tier} as tier from leaders l where {where}) found
where tier is not null group by organisation_id order by name nulls last, organisation_id
"""


class TierUnchanged(Conflict):
    code = "tier_unchanged"
    sentence = "They are of this tier already."


class TierSkipped(Conflict):
    code = "tier_skipped"
    sentence = "A leader goes up one tier at a time."


class OutOfOrder(Conflict):
    code = "out_of_order"
    sentence = "A change of tier comes after the last one."


class FiguresQuery(BaseModel):
    """Of which day, and where."""

    model_config = ConfigDict(extra="forbid")

    as_of: LegalDate | None = Field(default=None, description="The day; today if left out.")
    branch_id: UUID | None = Field(default=None, description="In this unit and in everything below it.")


async def change_tier(
    session: Session, actor: Actor, leader_id: UUID, data: TierSay, *, version: int | None = None
) -> Answer:
    """A leader is of another tier from a day on, and this shows it. What was before stays on record.

    Raises `TierUnchanged`, `TierSkipped`, `OutOfOrder`, `Invalid` for a day to come, and as `begin_step`.
    """
    held = await begin_step(session, actor, NOUN, leader_id, "change_tier", version=version)
    day = past(data.on_day, "/on_day")
    last = await session.fetchrow(_LAST, held.id)
    assert last is not None, "a leader begins with a tier"
    if day <= last["from_day"]:
        raise OutOfOrder
    rise = _ORDER.index(data.tier) - _ORDER.index(LeaderTier(last["reached"]))
    if rise == 0:
        raise TierUnchanged
    if rise > 1:
        raise TierSkipped
    person_id = held.row["person_id"]
    change = LeaderTierChange(leader_id=leader_id, person_id=person_id, reached=data.tier, from_day=day)
    await keep_tier(session, actor, change, data)
    await take_step(session, actor, held, "change_tier")
    return await answer_anew(session, actor, NOUN, leader_id)


async def count_tiers(session: Session, actor: Actor, query: FiguresQuery) -> LeaderTiers:
    """How many leaders of each tier there were on a day, in all and by institution. That it was asked is logged."""
    day: date = query.as_of or clock.today()
    where = Where(day)
    where.add("not (l.state = 'left' and l.state_since <= $1)")
    if query.branch_id is not None:
        where.add("l.branch_id in (select b.id from branches b where b.path @> array[{}::uuid])", query.branch_id)
    rows = await session.fetch(_FIGURES.format(tier=TIER, where=where.sql), *where.values)
    await record_read(session, actor, "meetings", purpose="list:leader_tiers", branch_id=query.branch_id)
    totals: dict[str, Any] = {tier.value: sum(row[tier.value] for row in rows) for tier in LeaderTier}
    return LeaderTiers(as_of=day, institutions=[InstitutionTiers(**dict(row)) for row in rows], **totals)


async def chart_tiers(session: Session, actor: Actor, query: FiguresQuery) -> bytes:
    """The same as bars, one group for each institution."""
    found = await count_tiers(session, actor, query)
    labels = [one.name or "No institution" for one in found.institutions]
    series = {tier.value.capitalize(): [getattr(one, tier.value) for one in found.institutions] for tier in LeaderTier}
    return bars(f"Leaders by tier, {found.as_of:%d %B %Y}", labels, series)
