"""The course of an erasure, and how it is read. A record here knows whether whoever acts proposed it."""

from collections.abc import Mapping
from datetime import date
from typing import Any

from app.core.lifecycle import Guard, Lifecycle, Transition
from app.core.paging import Listing
from app.core.permissions import Permission
from app.models.erasures import ErasureCase, ErasureState
from app.services.matters import RESOURCE, Matter


def _second_person(record: Mapping[str, Any], _today: date) -> str | None:
    return "own_proposal" if record["is_own"] else None


def _unhindered(record: Mapping[str, Any], today: date) -> str | None:
    if (own := _second_person(record, today)) is not None:
        return own
    if record["gone"]:
        return "erased_already"
    return str(record["obstacles"][0]) if record["obstacles"] else None


def _act(
    action: str, to: ErasureState, permission: Permission, event: str, guard: Guard | None, *required: str
) -> Transition:
    return Transition(
        action=action,
        from_states=frozenset({ErasureState.proposed}),
        to=to,
        permission=permission,
        event=f"erasure.{event}",
        path=f"/v1/erasures/{{id}}/{action}",
        guard=guard,
        required_fields=required,
    )


ERASURE = Lifecycle(
    "erasure",
    (
        _act("approve", ErasureState.erased, Permission.privacy_approve, "done", _unhindered),
        _act("refuse", ErasureState.refused, Permission.privacy_approve, "refused", _second_person, "text"),
        _act("withdraw", ErasureState.withdrawn, Permission.privacy_handle, "withdrawn", None),
    ),
    state_field="state",
)

_SHOWN = (
    "id", "reference", "person_id", "request_id", "ground", "state", "state_since", "proposed_by", "decided_by",
    "version",
)  # fmt: skip
ERASURE_CASE = Matter(
    "erasure",
    ErasureCase,
    Listing(
        resource=RESOURCE,
        source="erasure_cases e",
        key="e.id",
        columns={
            **{name: f"e.{name}" for name in _SHOWN},
            "erased_at": "utc(e.erased_at)",
            "created_at": "utc(e.created_at)",
            "updated_at": "utc(e.updated_at)",
        },
        sorts={"created_at": ("e.created_at", "timestamptz")},
        facts={
            **{name: f"e.{name}" for name in (*_SHOWN, "erased_at", "certificate", "sealed")},
            "is_own": "same_holder(e.proposed_by)",
            "obstacles": "erasure_obstacles(e.person_id, $1)",
            "gone": "is_erased(e.person_id)",
        },
    ),
    ERASURE,
)
