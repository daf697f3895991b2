"""Scorecards: who was asked, who promised and who kept it, as of a day, by decision maker and by body."""

from collections.abc import Iterable, Mapping
from typing import Any
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field

from app.core import charts, clock
from app.core.actor import Actor
from app.core.db import Session
from app.core.errors import Invalid
from app.core.paging import Where
from app.models.decision_makers import BodyName
from app.models.members import Language, LegalDate
from app.models.pledges import PledgeState
from app.models.pledges_shapes import BodyScore, DecisionMakerScore, PledgeCounts, Scorecards
from app.models.reference_data import words_of
from app.services.access import record_read
from app.services.pledges import PROMISED

#: Of more than these a scorecard says nothing that can be read.
MOST_CARDS, MOST_BARS = 500, 30

_STATES = tuple(state.value for state in PledgeState)
#: How many days of a state or a fact there are. By the last step before the end of the day: steps are made in order.
_COUNTS = ", ".join(f"count(*) filter (where l.to_state = '{state}') as {state}" for state in _STATES)
_SCORES = """
with latest as (
  select p.id, p.decision_maker_id, d.name, d.body,
    (array_agg(s.to_state order by s.id desc))[1] as to_state,
    (array_agg(s.due_on order by s.id desc))[1] as due_on,
    bool_or(s.action = 'ask') as asked, bool_or(s.action = 'answer_made') as promised
  from pledges p join pledge_steps s on s.pledge_id = p.id and s.on_day <= $1
  left join decision_makers d on d.id = p.decision_maker_id
  where {where} group by p.id, d.id
)
select l.decision_maker_id, l.name, l.body, count(*) as total, {counts},
  count(*) filter (where l.asked) as asked, count(*) filter (where l.promised) as promised,
  count(*) filter (where l.to_state in ({open}) and l.due_on < $1) as overdue
from latest l group by l.decision_maker_id, l.name, l.body order by count(*) desc, l.decision_maker_id limit {most}
"""


class ScorecardsQuery(BaseModel):
    """Of which pledges, and as of which day."""

    model_config = ConfigDict(extra="forbid")

    branch_id: UUID | None = Field(default=None, description="In this unit and in everything below it.")
    campaign_id: UUID | None = Field(default=None, description="Sought for this campaign.")
    decision_maker_id: UUID | None = Field(default=None, description="Sought of this decision maker.")
    body: BodyName | None = Field(default=None, description="Sought of decision makers of this body.")
    as_of: LegalDate | None = Field(
        default=None, description="As things stood at the end of this day; today's if left out."
    )


async def get_scorecards(session: Session, actor: Actor, query: ScorecardsQuery) -> Scorecards:
    """Counts for each decision maker and body. Raises `Invalid` for more than can be told. The read is logged."""
    day = query.as_of or clock.today()
    await record_read(session, actor, "organising", purpose="scorecards", branch_id=query.branch_id)
    where = Where(day)
    if query.branch_id is not None:
        where.add("(select b.path from branches b where b.id = p.branch_id) @> array[{}::uuid]", query.branch_id)
    for column, value in (
        ("p.campaign_id", query.campaign_id),
        ("p.decision_maker_id", query.decision_maker_id),
        ("d.body", query.body),
    ):
        if value is not None:
            where.add(f"{column} = {{}}", value)
    promised = ", ".join(f"'{state}'" for state in PROMISED)
    sql = _SCORES.format(where=where.sql, counts=_COUNTS, open=promised, most=MOST_CARDS + 1)
    rows = [dict(row) for row in await session.fetch(sql, *where.values)]
    if len(rows) > MOST_CARDS:
        raise Invalid.at("#query/campaign_id", "too_many", "Narrow it to fewer decision makers.")
    bodies = sorted({row["body"] for row in rows}, key=lambda body: (body is None, body))
    return Scorecards(
        as_of=day,
        total=PledgeCounts(**_sums(rows)),
        bodies=[BodyScore(body=body, **_sums(row for row in rows if row["body"] == body)) for body in bodies],
        decision_makers=[DecisionMakerScore(**row) for row in rows],
    )


async def draw_scorecards(session: Session, actor: Actor, query: ScorecardsQuery) -> bytes:
    """The same as a picture: a bar for each decision maker, or for each body where they are many.

    Raises as `get_scorecards`.
    """
    cards = await get_scorecards(session, actor, query)
    bars: list[tuple[str, PledgeCounts]]
    if len(cards.decision_makers) <= MOST_BARS:
        bars = [(f"{card.name or '–'}, {card.body or '–'}", card) for card in cards.decision_makers]
    else:
        most = sorted(cards.bodies, key=lambda card: -card.total)[:MOST_BARS]
        bars = [(card.body or "–", card) for card in most]
    series = {
        words_of(state, Language.english): [getattr(card, state.value) or None for _, card in bars]
        for state in PledgeState
    }
    title = f"Pledges on {cards.as_of:%-d %B %Y}"
    return charts.stacked_bars(title, [label for label, _ in bars], series)


def _sums(rows: Iterable[Mapping[str, Any]]) -> dict[str, int]:
    found = list(rows)
    return {name: sum(row[name] for row in found) for name in PledgeCounts.model_fields}
