"""The lifecycle of an export: asked and confirmed by a second person where it spans the whole organisation.

A record here is an export as seen by whoever acts: `is_own` and `by_asker` say whether they asked for it, by this
account or by another of theirs; `asker_may` whether whoever asked may still take out what was asked for.
"""

from collections.abc import Mapping
from datetime import date
from typing import Any

from app.core.lifecycle import Lifecycle, Transition
from app.core.permissions import Permission
from app.models.exports import ExportState


def _by_second_person(record: Mapping[str, Any], _today: date) -> str | None:
    return "own_export" if record["by_asker"] else None


def _confirmable(record: Mapping[str, Any], today: date) -> str | None:
    return _by_second_person(record, today) or (None if record["asker_may"] else "asker_may_not_export")


def _withdrawable(record: Mapping[str, Any], _today: date) -> str | None:
    return None if record["is_own"] else "not_yours"


_ASKED = frozenset({ExportState.asked})

EXPORT = Lifecycle(
    noun="export",
    state_field="state",
    transitions=(
        Transition(
            action="confirm",
            from_states=_ASKED,
            # A CSV, which is made as it is sent, is ready at once.
            to=ExportState.preparing,
            permission=Permission.exports_confirm,
            event="export.confirmed",
            path="/v1/exports/{id}/confirm",
            guard=_confirmable,
        ),
        Transition(
            action="refuse",
            from_states=_ASKED,
            to=ExportState.refused,
            permission=Permission.exports_confirm,
            event="export.refused",
            path="/v1/exports/{id}/refuse",
            guard=_by_second_person,
            required_fields=("reason",),
        ),
        Transition(
            action="withdraw",
            from_states=frozenset({ExportState.asked, ExportState.preparing, ExportState.ready}),
            to=ExportState.cancelled,
            # One's own, also for who has lost the right to ask for it.
            permission="signed-in",
            event="export.withdrawn",
            path="/v1/exports/{id}/withdraw",
            guard=_withdrawable,
        ),
    ),
)
