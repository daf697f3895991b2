"""Reading the register of breaches: the team's list, and the whole of one."""

from typing import Any, Literal
from uuid import UUID

from pydantic import Field

from app.core import clock
from app.core.actor import Actor
from app.core.db import Session
from app.core.paging import Answer, Body, PageQuery, Where
from app.models.breaches import BreachRisk, BreachState
from app.services.breaches.facts import BREACH_MATTER, FACTS, RUNS
from app.services.breaches.intake import WORDS
from app.services.breaches.risk import suggest_risk
from app.services.matters import answer, list_matters, open_matter, record_matter_read, steps_of
from app.services.matters_kept import unseal_if_kept

_REPORTS = """
select r.id, r.sealed, json_build_object('id', r.id, 'phase', r.phase, 'sent_at', utc(r.sent_at), 'late', r.late,
  'account_id', r.account_id)::jsonb as row
from breach_reports r where r.breach_id = $1 order by r.id
"""


class BreachesQuery(PageQuery):
    """Which breaches, the one known last before the others."""

    state: BreachState | None = Field(default=None, description="Only those in this state.")
    open: bool | None = Field(default=None, description="Only those that are not closed; or, false, those that are.")
    overdue: bool | None = Field(
        default=None, description="Only those not reported within 72 hours that should be, or only the others."
    )
    risk: BreachRisk | None = Field(default=None, description="Only those assessed so.")
    sort: Literal["aware_at", "-aware_at", "due_at", "-due_at"] = Field(
        default="-aware_at", description="In which order."
    )


async def list_breaches(session: Session, actor: Actor, query: BreachesQuery) -> Body:
    """A page of the register, as far as it is open to the actor. Raises `Forbidden`, `CursorInvalid`."""
    where = Where()
    if query.state is not None:
        where.add("b.state = {}", query.state)
    if query.open is not None:
        where.add("(b.state <> 'closed') = {}", query.open)
    if query.overdue is not None:
        where.add(f"({RUNS} and b.due_at < {{}}) = {{}}", clock.now(), query.overdue)
    if query.risk is not None:
        where.add("b.risk = {}", query.risk)
    return await list_matters(session, actor, BREACH_MATTER, where, query, sort=query.sort)


async def get_breach(session: Session, actor: Actor, breach_id: UUID) -> Answer:
    """The whole of a breach. Raises `Forbidden`, `NotFound`. The read is logged."""
    held = await open_matter(session, actor, BREACH_MATTER, breach_id)
    await record_matter_read(session, actor, breach_id)
    said = await unseal_if_kept(session, held.id, "breaches", held.id, held.row["sealed"])
    extra: dict[str, Any] = {name: said.get(name) for name in WORDS}
    extra["suggestion"] = suggest_risk({name: held.row[name] for name in FACTS})
    extra["reports"] = await _reports_of(session, breach_id)
    extra["steps"] = await steps_of(session, breach_id)
    return answer(actor, held, extra)


async def _reports_of(session: Session, breach_id: UUID) -> list[dict[str, Any]]:
    reports = []
    for row in await session.fetch(_REPORTS, breach_id):
        said = await unseal_if_kept(session, breach_id, "breach_reports", row["id"], row["sealed"])
        reports.append({**row["row"], "text": said.get("text"), "delay_reason": said.get("delay_reason")})
    return reports
