"""A run of a rule: a dry run counts and shows, somebody else approves, and until its holding is over it can be undone.

What is approved is the people or cases that the dry run found, one by one: a run takes no other, and of these none of
whom anything forbids it at that moment. Each run is capped.
"""

from typing import Any, Literal
from uuid import UUID

from pydantic import Field

from app.core import clock
from app.core.actor import Actor
from app.core.db import Session
from app.core.errors import Conflict, Invalid
from app.core.ids import new_reference
from app.core.paging import Answer, Body, PageQuery, Where
from app.core.permissions import Permission
from app.models.retention import (
    RetentionAction,
    RetentionItem,
    RetentionItemState,
    RetentionRule,
    RetentionRun,
    RetentionRunPropose,
    RetentionSaid,
    RetentionState,
    RetentionWithdrawal,
)
from app.services.envelopes import seal_texts, unseal_texts
from app.services.matters import (
    ROLE,
    answer,
    answer_anew,
    begin_step,
    list_matters,
    note,
    note_step,
    open_matter,
    record_matter_read,
    steps_of,
    take_step,
)
from app.services.retention.candidates import Candidate, Counted, count_due
from app.services.retention.lifecycle import HOLDING, RUN
from app.services.retention.periods import months_of
from app.services.retention.rules import RULES

#: The most that one run takes, and how many of those left out are kept as samples.
MOST_PER_RUN, SAMPLES = 1_000, 20
#: By how much of the dry run's number what is found at the approval may differ.
DRIFT = 0.1

_COUNTS = "select state, count(*) as number from retention_items where run_id = $1 group by state"
_SAMPLES = f"""
select json_build_object('person_id', i.person_id, 'case_id', i.case_id, 'since', i.since, 'state', i.state,
  'reason', i.reason)::jsonb as row
from (
  (select * from retention_items where run_id = $1 and reason is null order by id limit {SAMPLES})
  union all
  (select * from retention_items where run_id = $1 and reason is not null order by id limit {SAMPLES})
) i order by i.id
"""


class DryRunStale(Conflict):
    code = "dry_run_stale"
    sentence = "What the rule finds has changed since the dry run: make another one."


class RetentionRunsQuery(PageQuery):
    """Which runs, the newest first."""

    rule: RetentionRule | None = Field(default=None, description="Only those of this rule.")
    state: RetentionState | None = Field(default=None, description="Only those in this state.")
    sort: Literal["created_at", "-created_at"] = "-created_at"


async def propose_run(session: Session, actor: Actor, data: RetentionRunPropose) -> Answer:
    """Make a dry run: count and list what a rule finds, and change nothing. Raises `Forbidden`, `Invalid`."""
    actor.must(Permission.privacy_handle, (actor.organisation_id,))
    if data.rule not in RULES:
        raise Invalid.at("/rule", "automatic", "The house forgets this by itself.")
    today, months = clock.today(), await months_of(session, data.rule)
    async with session.as_role(ROLE):
        counted = await count_due(session, data.rule, months, today)
        run = RetentionRun(
            reference=new_reference("T"),
            rule=data.rule,
            months=months,
            state_since=today,
            counted_on=today,
            found=len(counted.free),
            left_out=counted.by_obstacle,
            taken=min(len(counted.free), MOST_PER_RUN),
            proposed_by=actor.account_id,
            sealed=b"",
        )
        run.sealed = await seal_texts(session, run.id, "retention_runs", run.id, {"text": data.text})
        await session.insert(run)
        await _list(session, run, counted)
        await note_step(session, actor, run.id, "propose", to_state=RetentionState.dry_run, on_day=today)
        await note(session, actor, run.id, "retention_run.proposed")
    return await answer_anew(session, actor, RUN, run.id)


async def list_runs(session: Session, actor: Actor, query: RetentionRunsQuery) -> Body:
    """A page of the runs. Raises `Forbidden`, `CursorInvalid`."""
    where = Where()
    if query.rule is not None:
        where.add("r.rule = {}", query.rule)
    if query.state is not None:
        where.add("r.state = {}", query.state)
    return await list_matters(session, actor, RUN, where, query, sort=query.sort)


async def get_run(session: Session, actor: Actor, run_id: UUID) -> Answer:
    """The whole of a run, with samples. Raises `Forbidden`, `NotFound`. The read is logged."""
    held = await open_matter(session, actor, RUN, run_id)
    await record_matter_read(session, actor, run_id)
    said = await unseal_texts(session, held.id, "retention_runs", held.id, held.row["sealed"])
    extra: dict[str, Any] = {
        "text": said.get("text"),
        "items": {row["state"]: row["number"] for row in await session.fetch(_COUNTS, run_id)},
        "samples": [row["row"] for row in await session.fetch(_SAMPLES, run_id)],
        "steps": await steps_of(session, run_id),
    }
    return answer(actor, held, extra)


async def approve_run(session: Session, actor: Actor, run_id: UUID, *, version: int | None = None) -> Answer:
    """Have a run applied, as the second person. Raises `DryRunStale`, and as `begin_step`."""
    held = await begin_step(session, actor, RUN, run_id, "approve", version=version)
    rule, found = RetentionRule(held.row["rule"]), held.row["found"]
    months = await months_of(session, rule)
    async with session.as_role(ROLE):
        now = len((await count_due(session, rule, months, clock.today())).free)
    if months != held.row["months"] or abs(now - found) > found * DRIFT:
        raise DryRunStale
    await take_step(session, actor, held, "approve", columns={"decided_by": actor.account_id})
    return await answer_anew(session, actor, RUN, run_id)


async def refuse_run(
    session: Session, actor: Actor, run_id: UUID, data: RetentionSaid, *, version: int | None = None
) -> Answer:
    """Do not apply a run, as the second person, and say why. Raises as `begin_step`."""
    return await _move(session, actor, run_id, "refuse", {"decided_by": actor.account_id}, data.text, version)


async def withdraw_run(
    session: Session, actor: Actor, run_id: UUID, data: RetentionWithdrawal, *, version: int | None = None
) -> Answer:
    """Drop a dry run. Raises as `begin_step`."""
    return await _move(session, actor, run_id, "withdraw", {}, data.text, version)


async def stop_run(
    session: Session, actor: Actor, run_id: UUID, data: RetentionSaid, *, version: int | None = None
) -> Answer:
    """Apply no more of a run; what was done already is held, and can be undone. Raises as `begin_step`."""
    until = clock.today() + HOLDING
    return await _move(session, actor, run_id, "stop", {"holding_until": until}, data.text, version)


async def undo_run(
    session: Session, actor: Actor, run_id: UUID, data: RetentionSaid, *, version: int | None = None
) -> Answer:
    """Have everything put back that a run took away, while its holding lasts. Raises as `begin_step`."""
    return await _move(session, actor, run_id, "undo", {}, data.text, version)


async def _move(
    session: Session,
    actor: Actor,
    run_id: UUID,
    action: str,
    columns: dict[str, Any],
    said: str | None,
    version: int | None,
) -> Answer:
    held = await begin_step(session, actor, RUN, run_id, action, version=version)
    await take_step(session, actor, held, action, columns=columns, texts={"text": said})
    return await answer_anew(session, actor, RUN, run_id)


async def _list(session: Session, run: RetentionRun, counted: Counted) -> None:
    """Write down whom or what a run will take, and samples of what was left out."""
    of_people = RULES[RetentionRule(run.rule)].action is RetentionAction.minimise_person

    def item(one: Candidate) -> dict[str, Any]:
        state = RetentionItemState.found if one.obstacle is None else RetentionItemState.left_out
        subject = {"person_id": one.id} if of_people else {"case_id": one.id}
        told = {"since": one.since, "state": state, "reason": one.obstacle}
        # Of bytes only that there are none can be said here.
        return {"run_id": run.id, **subject, **told, "sealed": ""}

    listed = [item(one) for one in (*counted.free[:MOST_PER_RUN], *counted.hindered[:SAMPLES])]
    if listed:
        await session.insert_many(RetentionItem, listed)
