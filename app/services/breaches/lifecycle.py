"""The course of a breach. A record here is a breach's facts."""

from collections.abc import Mapping
from datetime import date
from typing import Any

from app.core.lifecycle import Guard, Lifecycle, Transition
from app.core.permissions import Permission
from app.models.breaches import BreachRisk, ReportPhase
from app.models.breaches import BreachState as S

Record = Mapping[str, Any]
#: What has been answered for: the clock does not run on.
DONE = frozenset({S.notified, S.not_notifiable, S.closed})
LIVE = frozenset(S) - {S.closed}


def _risk_unlikely(record: Record, _today: date) -> str | None:
    return None if record["risk"] == BreachRisk.unlikely else "risk_found"


def _risk_high(record: Record, _today: date) -> str | None:
    return None if record["risk"] == BreachRisk.high else "risk_not_high"


def _settled(record: Record, _today: date) -> str | None:
    """It does not go on, it is assessed, and whoever must be told has been."""
    if record["state"] == S.assessed and record["notified_at"] is None:
        return "not_reported"
    if record["contained_at"] is None:
        return "not_contained"
    if record["risk"] is None:
        return "risk_not_assessed"
    if record["notified_at"] is not None and record["last_phase"] != ReportPhase.final:
        return "final_report_missing"
    told = record["people_told_at"] is not None or record["not_telling_ground"] is not None
    return "people_not_told" if record["risk"] == BreachRisk.high and not told else None


def _act(
    action: str,
    states: frozenset[S] | set[S],
    to: S | None,
    event: str,
    guard: Guard | None = None,
    required: tuple[str, ...] = (),
    path: str | None = None,
) -> Transition:
    return Transition(
        action=action,
        from_states=frozenset(states),
        to=to,
        permission=Permission.privacy_handle,
        event=f"breach.{event}",
        path=f"/v1/breaches/{{id}}/{path or action.replace('_', '-')}",
        guard=guard,
        required_fields=required,
    )


#: What has come to light since may raise a risk that was reported or found unlikely.
BREACH = Lifecycle(
    "breach",
    (
        _act("contain", {S.open}, S.contained, "contained", required=("text",)),
        _act(
            "assess", {S.open, S.contained, S.assessed, S.not_notifiable}, S.assessed, "assessed",
            required=("risk", "text"),
        ),
        _act("reassess", {S.notified}, None, "assessed", required=("risk", "text")),
        _act("not_notify", {S.assessed}, S.not_notifiable, "not_notified", _risk_unlikely, ("text",)),
        _act(
            "report", {S.open, S.contained, S.assessed, S.notified}, S.notified, "notified",
            required=("phase", "text"), path="reports",
        ),
        _act("tell_people", LIVE, None, "people_told", required=("text",), path="people-told"),
        _act("not_tell_people", LIVE, None, "people_not_told", _risk_high, ("ground", "text")),
        _act("add_note", LIVE, None, "noted", required=("text",)),
        _act("close", {S.assessed, S.notified, S.not_notifiable}, S.closed, "closed", _settled, ("lessons",)),
        _act("reopen", {S.closed}, S.assessed, "reopened", required=("text",)),
        _act("step_aside", LIVE, None, "stepped_aside"),
    ),
    state_field="state",
)  # fmt: skip
