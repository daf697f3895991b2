"""Pledges: what is asked of decision makers in public; their steps are taken in `pledges_steps`."""

from collections.abc import Mapping
from datetime import date
from typing import Any, Literal
from uuid import UUID

from pydantic import Field

from app.core import clock
from app.core.actor import Actor
from app.core.db import Session
from app.core.errors import Conflict, Invalid
from app.core.lifecycle import Lifecycle, Transition
from app.core.paging import Answer, Body, Listing, Where, with_fields
from app.core.permissions import Permission
from app.models.actions import ActionKind, ActionState
from app.models.decision_makers import BodyName
from app.models.members import LegalDate
from app.models.pledges import Pledge, PledgeState, PledgeStep
from app.models.pledges_shapes import PledgeSeek, PledgeUpdate
from app.services.envelopes import seal_texts, texts_of_rows
from app.services.unit_records import (
    Noun,
    UnitQuery,
    add_record,
    answer,
    answer_anew,
    change_record,
    columns_of,
    facts_of,
    hold_record,
    judge_unit,
    list_records,
    read_record,
)

S = PledgeState
#: Beyond this neither a day nor an open answer is put on record again: the steps that settle it always are.
MOST_STEPS = 190
PUTS_OFF = frozenset({"answer_undecided", "reschedule"})
#: Promised and not settled: overdue once the day is over.
PROMISED = (S.made, S.confirmed)
OPEN = (S.sought, S.undecided, *PROMISED)


def _unasked(pledge: Mapping[str, Any], _today: date) -> str | None:
    return "not_asked_yet" if pledge["asked_on"] is None else None


def _asked(pledge: Mapping[str, Any], _today: date) -> str | None:
    return None if pledge["asked_on"] is None else "already_asked"


def _step(action: str, sources: set[PledgeState], to: PledgeState | None, event: str, **more: Any) -> Transition:
    verb = "answer" if action.startswith("answer") else action.replace("_", "-")
    return Transition(
        action=action,
        from_states=frozenset(sources),
        to=to,
        permission=Permission.organising_run,
        event=f"pledge.{event}",
        path=f"/v1/pledges/{{id}}/{verb}",
        **more,
    )


_ANSWER: dict[str, Any] = {"guard": _unasked, "required_fields": ("answer",)}
PLEDGE = Lifecycle(
    "pledge",
    (
        _step("ask", {S.sought}, None, "asked", guard=_asked),
        _step("answer_made", {S.sought, S.undecided}, S.made, "made", **_ANSWER),
        _step("answer_refused", {S.sought, S.undecided}, S.refused, "refused", **_ANSWER),
        _step("answer_undecided", {S.sought, S.undecided}, S.undecided, "left_undecided", **_ANSWER),
        _step("confirm", {S.made}, S.confirmed, "confirmed"),
        _step("keep", {S.made, S.confirmed, S.part_kept}, S.kept, "kept"),
        _step("keep_in_part", {S.made, S.confirmed}, S.part_kept, "part_kept"),
        _step("break", {S.made, S.confirmed, S.part_kept}, S.broken, "broken"),
        _step("withdraw", {*OPEN}, S.withdrawn, "withdrawn"),
    ),
    state_field="state",
)

_SHOWN = (
    "decision_maker_id", "campaign_id", "wording", "asked_on", "asked_action_id", "due_on", "state", "state_since",
)  # fmt: skip


def _states(states: tuple[PledgeState, ...]) -> str:
    return ", ".join(f"'{state}'" for state in states)


_OVERDUE = f"coalesce(p.due_on < $1 and p.state in ({_states(PROMISED)}), false)"
_MAKER = "(select d.{} from decision_makers d where d.id = p.decision_maker_id)"
#: The days of steps that say what happened; a change of the day due, or the plan to ask, says nothing of that.
_LAST = "(select max(s.on_day) from pledge_steps s where s.pledge_id = p.id and s.action not in ('seek', 'reschedule'))"

NOUN = Noun(
    "pledge",
    Pledge,
    Listing(
        resource="organising",
        source="pledges p",
        key="p.id",
        branch="p.branch_id",
        columns=columns_of(
            "p", *_SHOWN, decision_maker_name=_MAKER.format("name"), body=_MAKER.format("body"), overdue=_OVERDUE
        ),
        sorts={
            "created_at": ("p.created_at", "timestamptz"),
            # What has no day comes after all that has.
            "due_on": ("coalesce(p.due_on, 'infinity'::date)", "date"),
        },
        facts=facts_of("p", *_SHOWN, last_day=_LAST),
    ),
    PLEDGE,
)

_STEPS = """
select s.id, json_build_object('id', s.id, 'action', s.action, 'to_state', s.to_state, 'on_day', s.on_day,
  'due_on', s.due_on, 'action_id', s.action_id, 'account_id', s.account_id, 'created_at', utc(s.created_at))::jsonb
  as step, s.sealed
from pledge_steps s where s.pledge_id = $1 order by s.id
"""
_UNSAID = dict.fromkeys(("words", "text", "url"))
_NEXT_ASSEMBLY = f"""
select a.id, a.starts_at from actions a join branches b on b.id = a.branch_id
where a.kind = '{ActionKind.assembly}' and a.state in ('{ActionState.planned}', '{ActionState.confirmed}')
  and a.starts_at > $1 and ($2::uuid is null or b.path @> array[$2::uuid])
order by a.starts_at, a.id limit 1
"""


class PledgesQuery(UnitQuery):
    """Which pledges, the newest first."""

    decision_maker_id: UUID | None = None
    body: BodyName | None = Field(default=None, description="Those sought of decision makers of this body.")
    campaign_id: UUID | None = None
    state: PledgeState | None = None
    open: bool | None = Field(default=None, description="Whether it is still to be answered, or kept.")
    overdue: bool | None = Field(default=None, description="Whether its day is over and it is not settled.")
    due_before: LegalDate | None = Field(default=None, description="Due on a day before this one.")
    sort: Literal["created_at", "-created_at", "due_on", "-due_on"] = "-created_at"


class DueQuery(UnitQuery):
    """Which promises are due by an assembly, the next to come if none is named."""

    before_action_id: UUID | None = Field(default=None, description="An action: what is due by its day.")
    campaign_id: UUID | None = None
    sort: Literal["due_on", "-due_on"] = "due_on"


class QuestionAsked(Conflict):
    code = "question_asked"
    sentence = "The question was asked as it stands: only what is still to be asked can be worded anew."


class PledgeSettled(Conflict):
    code = "pledge_settled"
    sentence = "This pledge is settled: its day changes no more."


class TooManySteps(Conflict):
    code = "too_many_steps"
    sentence = "This pledge was put off too often: settle it, or seek another."


async def list_pledges(session: Session, actor: Actor, query: PledgesQuery) -> Body:
    """A page of the pledges in sight. Raises `CursorInvalid`."""
    where = Where()
    query.narrow(where, "p")
    for name in ("decision_maker_id", "campaign_id", "state"):
        if (value := getattr(query, name)) is not None:
            where.add(f"p.{name} = {{}}", value)
    if query.body is not None:
        where.add(f"{_MAKER.format('body')} = {{}}", query.body)
    if query.open is not None:
        where.add(f"p.state {'' if query.open else 'not '}in ({_states(OPEN)})")
    if query.overdue is not None:
        where.add(f"{_OVERDUE} = {{}}", query.overdue)
    if query.due_before is not None:
        where.add("p.due_on < {}", query.due_before)
    return await list_records(session, actor, NOUN, where, query, sort=query.sort)


async def list_due(session: Session, actor: Actor, query: DueQuery) -> Body:
    """Promises due by the day of an action, or of the next assembly in the unit or above it; and which that is.

    Raises `Invalid` where there is none, `CursorInvalid`.
    """
    if query.before_action_id is not None:
        row = await session.fetchrow("select id, starts_at from actions where id = $1", query.before_action_id)
    else:
        row = await session.fetchrow(_NEXT_ASSEMBLY, clock.now(), query.branch_id)
    if row is None:
        raise Invalid.at("#query/before_action_id", "no_assembly", "Name an action that you can see: none is planned.")
    day = clock.day_of(row["starts_at"])
    where = Where()
    query.narrow(where, "p")
    where.add(f"p.state in ({_states(PROMISED)}) and p.due_on <= {{}}", day)
    if query.campaign_id is not None:
        where.add("p.campaign_id = {}", query.campaign_id)
    body = await list_records(session, actor, NOUN, where, query, sort=query.sort)
    told = {"before_action_id": str(row["id"]), "before_on": day.isoformat()}
    return Body(with_fields(body.content.decode(), told), body.next_cursor)


async def get_pledge(session: Session, actor: Actor, pledge_id: UUID) -> Answer:
    """The whole of a pledge with its steps. Raises `NotFound`."""
    held = await read_record(session, actor, NOUN, pledge_id)
    rows = await session.fetch(_STEPS, held.id)
    said = await texts_of_rows(session, held.id, "pledge_steps", {row["id"]: row["sealed"] for row in rows})
    return answer(actor, held, {"steps": [{**row["step"], **_UNSAID, **said[row["id"]]} for row in rows]})


async def seek_pledge(session: Session, actor: Actor, data: PledgeSeek) -> Answer:
    """Put on record what is to be asked of whom. Raises `Invalid` for what is out of sight, `Forbidden`."""
    if data.branch_id is not None:
        await judge_unit(session, actor, data.branch_id, Permission.organising_run)
    unit = await _unit_of(session, data)
    if data.branch_id is None:
        await judge_unit(session, actor, unit, Permission.organising_run)
    pledge = Pledge(**{**data.model_dump(), "branch_id": unit}, state_since=clock.today())
    made = await add_record(session, actor, NOUN, pledge)
    await note_step(session, actor, pledge.id, "seek", S.sought, clock.today(), data.due_on)
    return made


async def update_pledge(session: Session, actor: Actor, pledge_id: UUID, data: PledgeUpdate, *, version: int) -> Answer:
    """Word the question anew, or move the day due. Raises as `hold_record`, `QuestionAsked`, `PledgeSettled`."""
    held = await hold_record(session, actor, NOUN, pledge_id, version=version)
    changes = data.changes()
    if "wording" in changes and held.row["asked_on"] is not None:
        raise QuestionAsked
    if "due_on" in changes:
        if held.state not in OPEN:
            raise PledgeSettled
        judge_due(held.row["asked_on"], changes["due_on"])
        await note_step(session, actor, held.id, "reschedule", S(held.state), clock.today(), changes["due_on"])
    await change_record(session, actor, held, changes)
    return await answer_anew(session, actor, NOUN, held.id)


def judge_due(asked_on: date | None, due_on: date | None, pointer: str = "/due_on") -> None:
    """Raises `Invalid` for a promise due before its question."""
    if due_on is not None and asked_on is not None and due_on < asked_on:
        raise Invalid.at(pointer, "due_before_question", "It is due on the day of the question or later.")


async def note_step(
    session: Session,
    actor: Actor,
    pledge_id: UUID,
    action: str,
    to_state: PledgeState,
    on_day: date,
    due_on: date | None,
    action_id: UUID | None = None,
    texts: Mapping[str, Any] | None = None,
) -> None:
    """Keep a step with its day, what stands after it, and, sealed, what was said. Raises `TooManySteps`."""
    counted = "select count(*) from pledge_steps where pledge_id = $1"
    if action in PUTS_OFF and await session.fetchval(counted, pledge_id) >= MOST_STEPS:
        raise TooManySteps
    step = PledgeStep(
        pledge_id=pledge_id,
        action=action,
        to_state=to_state,
        on_day=on_day,
        due_on=due_on,
        action_id=action_id,
        account_id=actor.account_id,
        sealed=b"",
    )
    step.sealed = await seal_texts(session, pledge_id, "pledge_steps", step.id, texts or {})
    await session.insert(step)


async def _unit_of(session: Session, data: PledgeSeek) -> UUID:
    row = await session.fetchrow(
        "select (select branch_id from decision_makers where id = $1) as makers, "
        "(select branch_id from campaigns where id = $2) as campaigns",
        data.decision_maker_id,
        data.campaign_id,
    )
    assert row is not None, "a query without a condition gives a row"
    for found, said, pointer in (
        (row["makers"], data.decision_maker_id, "/decision_maker_id"),
        (row["campaigns"], data.campaign_id, "/campaign_id"),
    ):
        if said is not None and found is None:
            raise Invalid.at(pointer, "unknown_id", "Name one that you can see.")
    unit: UUID = data.branch_id or row["campaigns"] or row["makers"]
    return unit
