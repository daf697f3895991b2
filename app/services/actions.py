"""Actions: planned, moved, confirmed, held, closed; or cancelled."""

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
from app.core.paging import Answer, Body, Listing, Where
from app.core.permissions import Permission
from app.models.actions import Action, ActionKind, ActionState
from app.models.actions_shapes import ActionCreate, ActionUpdate
from app.models.members import LegalDate
from app.services.actions_lessons import lessons_alike
from app.services.actions_turnout import totals_of
from app.services.unit_records import (
    Held,
    Noun,
    UnitQuery,
    add_record,
    answer,
    answer_anew,
    begin_step,
    change_record,
    columns_of,
    facts_of,
    hold_record,
    judge_unit,
    list_records,
    must_see,
    open_record,
    read_record,
    take_step,
)

S = ActionState
#: Until it is held it can be moved.
AHEAD = frozenset({S.planned, S.confirmed})
ENDED = frozenset({S.closed, S.cancelled})
_WHEN = frozenset({"starts_at", "ends_at"})
#: What calendars show.
_SHOWN_IN_CALENDARS = frozenset({"name", "venue", "postcode", "online_url", "access_notes"}) | _WHEN


def has_begun(action: Mapping[str, Any]) -> bool:
    begins: bool = action["starts_at"] <= clock.now()
    return begins


def _begun(action: Mapping[str, Any], _today: date) -> str | None:
    return None if has_begun(action) else "not_begun"


def _step(action: str, sources: set[ActionState], to: ActionState | None, event: str, **more: Any) -> Transition:
    path = more.pop("path", action.replace("_", "-"))
    return Transition(
        action=action,
        from_states=frozenset(sources),
        to=to,
        permission=Permission.organising_run,
        event=f"action.{event}",
        path=f"/v1/actions/{{id}}/{path}",
        **more,
    )


_PROMISE: dict[str, Any] = {"path": "turnout", "required_fields": ("organisation_id", "promised")}
_COUNT: dict[str, Any] = {"path": "turnout/count", "required_fields": ("organisation_id", "counted"), "guard": _begun}
COURSE = Lifecycle(
    "action",
    (
        _step("confirm", {S.planned}, S.confirmed, "confirmed"),
        _step("promise", {S.planned, S.confirmed}, None, "turnout_promised", **_PROMISE),
        _step("make_check_in_code", {*S} - ENDED, None, "check_in_code_made", path="check-in-code"),
        _step("hold", {S.confirmed}, S.held, "held", guard=_begun),
        _step("count", {S.confirmed, S.held, S.evaluated}, None, "turnout_counted", **_COUNT),
        _step("evaluate", {S.held}, S.evaluated, "evaluated", path="evaluation"),
        _step("close", {S.evaluated}, S.closed, "closed"),
        _step("cancel", {*AHEAD}, S.cancelled, "cancelled", required_fields=("reason",)),
    ),
    state_field="state",
)

_SHOWN = (
    "campaign_id", "name", "kind", "issue", "target", "ask", "venue", "postcode", "online_url", "accessibility",
    "access_notes", "sequence", "state", "state_since", "cancel_reason",
)  # fmt: skip

ACTION = Noun(
    "action",
    Action,
    Listing(
        resource="organising",
        source="actions a",
        key="a.id",
        branch="a.branch_id",
        columns=columns_of(
            "a",
            *_SHOWN,
            starts_at="utc(a.starts_at)",
            ends_at="utc(a.ends_at)",
            checks_in="a.code_hash is not null",
        ),
        sorts={"starts_at": ("a.starts_at", "timestamptz")},
        facts=facts_of("a", *_SHOWN, "starts_at", "ends_at"),
    ),
    COURSE,
)

_ROLES = """
select r.id, r.person_id, r.role from action_roles r
where r.action_id = $1 and r.from_day <= $2 and coalesce($2 < r.until_day, true) order by r.role, r.id limit 200
"""


class ActionEnded(Conflict):
    """Nothing of it changes any more."""

    code = "action_ended"
    sentence = "This action is closed or cancelled."


class ActionOver(Conflict):
    """What was done was done then, and by those who were there."""

    code = "action_over"
    sentence = "This action was held: when it was, and who left it before, changes no more."


class ActionsQuery(UnitQuery):
    """Which actions, those furthest ahead first unless told otherwise."""

    campaign_id: UUID | None = None
    kind: ActionKind | None = None
    state: ActionState | None = None
    from_day: LegalDate | None = Field(default=None, description="Those that begin on this day or later.")
    to_day: LegalDate | None = Field(default=None, description="Those that begin on this day or earlier.")
    sort: Literal["starts_at", "-starts_at"] = "-starts_at"


async def list_actions(session: Session, actor: Actor, query: ActionsQuery) -> Body:
    """A page of the actions in sight. Raises `CursorInvalid`."""
    where = Where()
    query.narrow(where, "a")
    for name in ("campaign_id", "kind", "state"):
        if (value := getattr(query, name)) is not None:
            where.add(f"a.{name} = {{}}", value)
    if query.from_day is not None:
        where.add("a.starts_at >= {}", clock.day_starts(query.from_day))
    if query.to_day is not None:
        where.add("a.starts_at < {}", clock.midnight_after(clock.day_starts(query.to_day)))
    return await list_records(session, actor, ACTION, where, query, sort=query.sort)


async def create_action(session: Session, actor: Actor, data: ActionCreate) -> Answer:
    """Plan an action; the answer holds what was learned of those like it.

    Raises `NotFound` for an unknown unit, `Forbidden`, and `Invalid` for a campaign out of sight or no time at all.
    """
    await judge_unit(session, actor, data.branch_id, Permission.organising_run)
    await must_see(session, "campaigns", data.campaign_id, "/campaign_id")
    _judge_times(data.model_dump(include=set(_WHEN)))
    said = data.model_dump()
    if data.issue is None and data.campaign_id is not None:
        said["issue"] = await session.fetchval("select issue from campaigns where id = $1", data.campaign_id)
    entity = Action(**said, state_since=clock.today())
    await add_record(session, actor, ACTION, entity)
    held = await open_record(session, actor, ACTION, entity.id)
    return answer(actor, held, {"lessons": await lessons_alike(session, entity.id)})


async def get_action(session: Session, actor: Actor, action_id: UUID) -> Answer:
    """The whole of an action: turnout, roles, and what was learned of those like it. Raises `NotFound`."""
    held = await read_record(session, actor, ACTION, action_id)
    turnout = await totals_of(session, action_id, begun=has_begun(held.row))
    roles = await session.fetch(_ROLES, action_id, clock.today())
    extra = {
        "lessons": await lessons_alike(session, action_id),
        "turnout": turnout.model_dump(),
        "roles": [dict(row) for row in roles],
    }
    return answer(actor, held, extra)


async def update_action(session: Session, actor: Actor, action_id: UUID, data: ActionUpdate, *, version: int) -> Answer:
    """Change or move an action. Raises `ActionEnded`, `ActionOver`, `Invalid`, and as `hold_record`."""
    held = await hold_open(session, actor, action_id, version=version)
    given = data.changes()
    if _WHEN & given.keys() and held.state not in AHEAD:
        raise ActionOver
    await must_see(session, "campaigns", given.get("campaign_id"), "/campaign_id")
    changes = {name: value for name, value in given.items() if value != held.row[name]}
    _judge_times({name: changes.get(name, held.row[name]) for name in _WHEN})
    if _SHOWN_IN_CALENDARS & changes.keys():
        changes["sequence"] = held.row["sequence"] + 1
    await change_record(session, actor, held, changes)
    return await answer_anew(session, actor, ACTION, action_id)


async def step_action(
    session: Session, actor: Actor, action_id: UUID, action: str, *, version: int | None = None
) -> Answer:
    """Confirm it, say that it was held, or close it. Raises as `begin_step`; `not_begun` before it begins."""
    held = await begin_step(session, actor, ACTION, action_id, action, version=version)
    # That it is certain is what calendars show.
    seen = {"sequence": held.row["sequence"] + 1} if action == "confirm" else {}
    await take_step(session, actor, held, action, columns=seen)
    return await answer_anew(session, actor, ACTION, action_id)


async def cancel_action(
    session: Session, actor: Actor, action_id: UUID, reason: str, *, version: int | None = None
) -> Answer:
    """It does not take place. Raises as `begin_step`."""
    held = await begin_step(session, actor, ACTION, action_id, "cancel", version=version)
    columns = {"cancel_reason": reason, "sequence": held.row["sequence"] + 1}
    await take_step(session, actor, held, "cancel", columns=columns)
    return await answer_anew(session, actor, ACTION, action_id)


async def hold_open(session: Session, actor: Actor, action_id: UUID, *, version: int | None = None) -> Held:
    """As `hold_record`, of an action that has not ended. Raises also `ActionEnded`."""
    held = await hold_record(session, actor, ACTION, action_id, version=version)
    if held.state in ENDED:
        raise ActionEnded
    return held


def _judge_times(when: Mapping[str, Any]) -> None:
    if when["ends_at"] <= when["starts_at"]:
        raise Invalid.at("/ends_at", "ends_before_start", "It ends after it begins.")
