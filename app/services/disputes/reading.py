"""Reading cases: the list of one's own, and the whole of one."""

from collections.abc import Callable, Mapping
from typing import Any, Literal
from uuid import UUID

from pydantic import Field

from app.core import clock
from app.core.actor import Actor
from app.core.db import Session
from app.core.paging import Answer, Body, PageQuery, Where, list_page
from app.core.permissions import Part, Permission
from app.models.disputes import DisputeState
from app.services.access import record_read
from app.services.disputes.case import Case, answer, open_case, opener, record_case_read
from app.services.disputes.facts import DISPUTES
from app.services.disputes.lifecycle import ENDED

Texts = Callable[[str, UUID, bytes], dict[str, Any]]

_MINE = (
    "exists (select from dispute_parts t where t.dispute_id = d.id and t.account_id = (select acting_account()) "
    "and t.ended_at is null"
)

#: Each part of the page in one query; `row` is the JSON of what stands in the clear, `sealed` what has to be opened.
_PARTIES = """
select p.id, p.sealed, json_build_object('id', p.id, 'role', p.role, 'person_id', p.person_id, 'unit_id', p.unit_id,
  'identity_withheld', p.identity_withheld, 'told_at', utc(p.told_at), 'struck_at', utc(p.struck_at),
  'version', p.version)::jsonb as row
from dispute_parties p where p.dispute_id = $1 order by p.id
"""
_PEOPLE = """
select t.id, t.sealed, json_build_object('id', t.id, 'part', t.part, 'account_id', t.account_id, 'panel_id', t.panel_id,
  'since', utc(t.created_at), 'expires_at', utc(t.expires_at), 'ended_at', utc(t.ended_at), 'recused', t.recused,
  'version', t.version)::jsonb as row
from dispute_parts t where t.dispute_id = $1 order by t.id
"""
_ALLEGATIONS = """
select a.id, a.sealed, json_build_object('id', a.id, 'number', a.number, 'respondent_id', a.respondent_id,
  'clause_id', a.clause_id, 'clause_number', (select c.number from rule_clauses c where c.id = a.clause_id),
  'conduct_from', a.conduct_from, 'conduct_until', a.conduct_until, 'outcome', a.outcome,
  'version', a.version)::jsonb as row
from dispute_allegations a where a.dispute_id = $1 order by a.number
"""
_STEPS = """
select s.id, s.sealed, json_build_object('id', s.id, 'action', s.action, 'from_state', s.from_state,
  'to_state', s.to_state, 'on_day', s.on_day, 'due_on', s.due_on, 'late', s.late, 'account_id', s.account_id,
  'party_id', s.party_id)::jsonb as row
from dispute_steps s where s.dispute_id = $1 order by s.id
"""


class DisputesQuery(PageQuery):
    """Which of one's cases, the longest waiting first."""

    state: DisputeState | None = None
    overdue: bool | None = Field(default=None, description="Only those whose stage, or a review, is past its last day.")
    open: bool | None = Field(default=None, description="Only those that are not ended; or, false, those that are.")
    branch_id: UUID | None = Field(default=None, description="Only those of exactly this unit.")
    part: Part | None = Field(default=None, description="Only those in which one has this part.")
    sort: Literal["received_on", "-received_on", "due_on", "-due_on"] = "received_on"


async def list_disputes(session: Session, actor: Actor, query: DisputesQuery) -> Body:
    """A page of the cases in which the actor has a part. Raises `CursorInvalid`."""
    where = Where()
    where.add(f"{_MINE} and (t.expires_at is null or {{}}::timestamptz < t.expires_at))", clock.now())
    if query.state is not None:
        where.add("d.state = {}", query.state)
    if query.overdue is not None:
        where.add("{} = " + DISPUTES.columns["overdue"], query.overdue)
    if query.open is not None:
        where.add("(d.state <> all ({})) = {}", sorted(ENDED), query.open)
    if query.branch_id is not None:
        where.add("d.branch_id = {}", query.branch_id)
    if query.part is not None:
        where.add(f"{_MINE} and t.part = {{}})", query.part)
    await record_read(session, actor, "disputes", purpose="list")
    return await list_page(session, actor, DISPUTES, where, query, sort=query.sort)


async def get_dispute(session: Session, actor: Actor, dispute_id: UUID) -> Answer:
    """The whole case, as far as the actor's part goes. Raises `NotFound`. The read is logged."""
    case = await open_case(session, actor, dispute_id)
    await record_case_read(session, actor, case)
    texts = await opener(session, case.id)
    own = texts("disputes", case.id, case.row["sealed"])
    examines = case.may(Permission.disputes_examine)
    extra: dict[str, Any] = {"summary": own.get("summary"), "text": own.get("text")}
    extra["parties"] = await _told(session, case, texts, "dispute_parties", _PARTIES, ("name", "email"))
    extra["people"] = await _told(session, case, texts, "dispute_parts", _PEOPLE, ("name",))
    shown = ("text", "finding", "reasons") if examines else ("text",)
    allegations = await _told(session, case, texts, "dispute_allegations", _ALLEGATIONS, shown)
    extra["allegations"] = [{"finding": None, "reasons": None, **one} for one in allegations]
    extra["steps"] = await _steps(session, case, texts, examines=examines)
    return answer(case, extra)


async def _told(
    session: Session, case: Case, texts: Texts, table: str, sql: str, names: tuple[str, ...]
) -> list[Mapping[str, Any]]:
    rows = await session.fetch(sql, case.id)
    said = [texts(table, row["id"], row["sealed"]) for row in rows]
    return [{**row["row"], **{name: one.get(name) for name in names}} for row, one in zip(rows, said, strict=True)]


async def _steps(session: Session, case: Case, texts: Texts, *, examines: bool) -> list[Mapping[str, Any]]:
    told: list[Mapping[str, Any]] = []
    for row in await session.fetch(_STEPS, case.id):
        said = texts("dispute_steps", row["id"], row["sealed"]) if examines else {}
        told.append({**row["row"], "texts": {name: text for name, text in said.items() if isinstance(text, str)}})
    return told
