"""Whom or what a rule finds on a day, and what forbids to touch it. Asked under `rollbook_privacy`."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from app.core.db import Session
from app.models.retention import RetentionAction, RetentionRule
from app.services.retention.rules import RULES

_OBSTACLES = {
    RetentionAction.minimise_person: "retention_obstacles",
    RetentionAction.erase_case: "retention_case_obstacles",
}
#: Of more than these, those whose time has been over for longest; asking the rest would keep the asker waiting.
MOST_EXAMINED = 10_000
#: $1 the day, $2 the rule's months, $3 only these, where it is not null.
_DUE = """
select due.id, due.since, ({obstacles}(due.id, $1))[1] as obstacle from (
  select c.id, c.since from ({find}) c
  where (c.since + make_interval(months => $2))::date <= $1 and ($3::uuid[] is null or c.id = any ($3))
    and not exists (select from retention_items i where i.case_id = c.id and i.state = 'gone')
  order by c.since, c.id limit {most}
) due order by due.since, due.id
"""


@dataclass(frozen=True, slots=True)
class Candidate:
    """`obstacle` is the gravest of what forbids to touch it, if anything does."""

    id: UUID
    since: date
    obstacle: str | None


@dataclass(frozen=True, slots=True)
class Counted:
    """What a rule finds on a day, those first whose time has been over for longest."""

    free: Sequence[Candidate]
    hindered: Sequence[Candidate]

    @property
    def by_obstacle(self) -> dict[str, int]:
        return dict(Counter(str(one.obstacle) for one in self.hindered))


async def count_due(session: Session, rule: RetentionRule, months: int, day: date) -> Counted:
    """What is due by a rule: all of it, up to the most that is examined."""
    rows = await session.fetch(_due(rule), day, months, None)
    # What has gone has nothing to do with a run any more.
    found = [Candidate(r["id"], r["since"], r["obstacle"]) for r in rows if r["obstacle"] != "gone_already"]
    return Counted([one for one in found if one.obstacle is None], [one for one in found if one.obstacle is not None])


async def obstacle_now(session: Session, rule: RetentionRule, months: int, subject_id: UUID, day: date) -> str | None:
    """What forbids to touch somebody, or a case, at this moment: what the database says before what the rule does."""
    if (obstacle := await hindrance(session, rule, subject_id, day)) is not None:
        return obstacle
    due = await session.fetchrow(_due(rule), day, months, [subject_id])
    return None if due is not None else "not_due"


async def hindrance(session: Session, rule: RetentionRule, subject_id: UUID, day: date) -> str | None:
    """What the database says forbids it, whatever the rule finds; the gravest."""
    asked: str | None = await session.fetchval(f"select ({_OBSTACLES[RULES[rule].action]}($1, $2))[1]", subject_id, day)
    return asked


def _due(rule: RetentionRule) -> str:
    found = RULES[rule]
    return _DUE.format(obstacles=_OBSTACLES[found.action], find=found.find, most=MOST_EXAMINED)
