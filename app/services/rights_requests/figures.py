"""How the team keeps up: what is open, nearly due and late today, and how a year's requests were answered.

Of a request that is closed to whoever asks, nothing is counted: its policy hides it here as everywhere.
"""

from pydantic import BaseModel, ConfigDict, Field

from app.core import clock
from app.core.actor import Actor
from app.core.db import Session
from app.core.permissions import Permission
from app.models.request_figures import RequestFigures
from app.models.rights_requests import RequestKind, RequestState
from app.services.matters import Matter, record_matter_read
from app.services.rights_requests.lifecycle import ENDED

_ANSWERED = sorted(ENDED - {RequestState.withdrawn})
_FIGURES = """
with r as materialized (
  select received_on, ended_on, coalesce(ended_late, false) as late, due_on, paused_since,
    state = any ($3) as answered, ended_on - received_on as days
  from {source} where $4::text is null or kind = $4
), months as (
  select to_char(make_date($2, m, 1), 'YYYY-MM') as month, make_date($2, m, 1) as first,
    (make_date($2, m, 1) + interval '1 month')::date as next
  from generate_series(1, 12) m
), year as (select * from r where answered and extract(year from ended_on) = $2)
select json_build_object(
  'year', $2,
  'open', (select count(*) from r where ended_on is null),
  'due_this_week', (select count(*) from r where ended_on is null and due_on >= $1
    and due_on <= date_trunc('week', $1)::date + 6),
  'overdue', (select count(*) from r where ended_on is null and due_on < $1),
  'paused', (select count(*) from r where ended_on is null and paused_since is not null),
  'received', (select count(*) from r where extract(year from received_on) = $2),
  'answered', (select count(*) from year),
  'answered_late', (select count(*) from year where late),
  'average_days', (select round(avg(days), 1) from year),
  'median_days', (select percentile_cont(0.5) within group (order by days) from year),
  'months', (select json_agg(json_build_object(
    'month', m.month,
    'received', (select count(*) from r where r.received_on >= m.first and r.received_on < m.next),
    'answered', (select count(*) from year y where y.ended_on >= m.first and y.ended_on < m.next),
    'late', (select count(*) from year y where y.late and y.ended_on >= m.first and y.ended_on < m.next)
  ) order by m.first) from months m)
)::text
"""


class FiguresQuery(BaseModel):
    """Of which year."""

    model_config = ConfigDict(extra="forbid")

    year: int | None = Field(default=None, ge=2000, le=2200, description="The calendar year; this one if left out.")


class RightsFiguresQuery(FiguresQuery):
    """Of which year, and of which right."""

    kind: RequestKind | None = Field(default=None, description="Only requests of this kind.")


async def count_requests(session: Session, actor: Actor, matter: Matter, query: FiguresQuery) -> RequestFigures:
    """The figures of a kind of matter. Raises `Forbidden`."""
    actor.must(Permission.privacy_read, (actor.organisation_id,))
    await record_matter_read(session, actor, None, purpose="figures")
    today = clock.today()
    kind = query.kind if isinstance(query, RightsFiguresQuery) else None
    # The source of the listing is the collection: access, or the other rights.
    statement = _FIGURES.format(source=matter.listing.source)
    return RequestFigures.model_validate_json(
        await session.fetchval(statement, today, query.year or today.year, _ANSWERED, kind)
    )
