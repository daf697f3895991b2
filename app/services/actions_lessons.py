"""Lessons of actions that were like the one before us, found again when it is planned."""

from typing import Any
from uuid import UUID

from app.core.db import Session

#: Each sign of likeness tells more than all that come after it together.
_ALIKE = """
select * from (
  select l.id, l.text, l.topics, l.action_id, a.name as action_name, utc(a.starts_at) as starts_at,
    a.starts_at as began, array_remove(array[
      case when lower(a.target) = lower(this.target) then 'target' end,
      case when lower(a.issue) = lower(this.issue) then 'issue' end,
      case when a.campaign_id = this.campaign_id then 'campaign' end,
      case when a.kind = this.kind then 'kind' end], null) as alike,
    8 * coalesce(lower(a.target) = lower(this.target), false)::int
    + 4 * coalesce(lower(a.issue) = lower(this.issue), false)::int
    + 2 * coalesce(a.campaign_id = this.campaign_id, false)::int + (a.kind = this.kind)::int as weight
  from actions this join actions a on a.id <> this.id join action_lessons l on l.action_id = a.id
  where this.id = $1
) found where weight > 0 order by weight desc, began desc, id limit 10
"""
_TOLD = ("id", "text", "topics", "action_id", "action_name", "starts_at", "alike")


async def lessons_alike(session: Session, action_id: UUID) -> list[dict[str, Any]]:
    """As `LessonAlike` describes them, the most alike first, as far as the reader sees them."""
    rows = await session.fetch(_ALIKE, action_id)
    return [{name: row[name] for name in _TOLD} for row in rows]
