"""The course of a run, as people move it: between its steps the worker applies it, undoes it, and makes it final."""

from collections.abc import Mapping
from datetime import date, timedelta
from typing import Any

from app.core.lifecycle import Guard, Lifecycle, Transition
from app.core.paging import Listing
from app.core.permissions import Permission
from app.models.retention import RetentionRun
from app.models.retention import RetentionState as S
from app.services.matters import RESOURCE, Matter

#: How long a dry run may be approved.
FRESH = timedelta(days=7)
#: How long what was taken away can be had back.
HOLDING = timedelta(days=30)


def _second_person(record: Mapping[str, Any], _today: date) -> str | None:
    return "own_proposal" if record["is_own"] else None


def _fresh(record: Mapping[str, Any], today: date) -> str | None:
    if (own := _second_person(record, today)) is not None:
        return own
    if not record["taken"]:
        return "nothing_found"
    return "dry_run_stale" if today > record["counted_on"] + FRESH else None


def _held_still(record: Mapping[str, Any], today: date) -> str | None:
    until = record["holding_until"]
    return "holding_over" if until is not None and today >= until else None


def _act(
    action: str, states: set[S], to: S, permission: Permission, event: str, guard: Guard | None, *required: str
) -> Transition:
    return Transition(
        action=action,
        from_states=frozenset(states),
        to=to,
        permission=permission,
        event=f"retention_run.{event}",
        path=f"/v1/retention-runs/{{id}}/{action}",
        guard=guard,
        required_fields=required,
    )


RETENTION = Lifecycle(
    "retention run",
    (
        _act("approve", {S.dry_run}, S.applying, Permission.privacy_approve, "approved", _fresh),
        _act("refuse", {S.dry_run}, S.refused, Permission.privacy_approve, "refused", _second_person, "text"),
        _act("withdraw", {S.dry_run}, S.withdrawn, Permission.privacy_handle, "withdrawn", None),
        _act("stop", {S.applying}, S.holding, Permission.privacy_handle, "stopped", None, "text"),
        _act("undo", {S.applying, S.holding}, S.undoing, Permission.privacy_handle, "undo_begun", _held_still, "text"),
    ),
    state_field="state",
)

_SHOWN = (
    "id", "reference", "rule", "months", "state", "state_since", "counted_on", "found", "left_out", "taken",
    "proposed_by", "decided_by", "holding_until", "version",
)  # fmt: skip
RUN = Matter(
    "retention run",
    RetentionRun,
    Listing(
        resource=RESOURCE,
        source="retention_runs r",
        key="r.id",
        columns={
            **{name: f"r.{name}" for name in _SHOWN},
            "created_at": "utc(r.created_at)",
            "updated_at": "utc(r.updated_at)",
        },
        sorts={"created_at": ("r.created_at", "timestamptz")},
        facts={
            **{name: f"r.{name}" for name in (*_SHOWN, "sealed")},
            "is_own": "same_holder(r.proposed_by)",
        },
    ),
    RETENTION,
)
