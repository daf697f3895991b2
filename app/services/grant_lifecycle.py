"""The lifecycle of a grant: proposed, confirmed by a second person where the role asks for one, ended.

A record here is a grant as seen by whoever acts: `by_proposer` and `by_holder` say whether it is they who
proposed or hold it, through whichever of their accounts; `giver_may` whether the proposer may still give the
role.
"""

from collections.abc import Mapping
from datetime import date
from typing import Any

from app.core.lifecycle import Lifecycle, Transition
from app.core.permissions import NEEDS_SECOND_PERSON, Permission, Role
from app.models.accounts import GrantState


def first_state(role: Role) -> GrantState:
    """Where a grant begins: a role that carries members' data, or the trail, waits for a second person."""
    return GrantState.proposed if role in NEEDS_SECOND_PERSON else GrantState.confirmed


def _over(record: Mapping[str, Any], today: date) -> str | None:
    return "already_over" if record["ends_on"] is not None and record["ends_on"] <= today else None


def _by_second_person(record: Mapping[str, Any], _today: date) -> str | None:
    if record["by_holder"]:
        return "own_grant"
    return "own_proposal" if record["by_proposer"] else None


def _confirmable(record: Mapping[str, Any], today: date) -> str | None:
    reason = _by_second_person(record, today) or _over(record, today)
    return reason or (None if record["giver_may"] else "proposer_may_not_give")


def _endable(record: Mapping[str, Any], today: date) -> str | None:
    return "own_grant" if record["by_holder"] else _over(record, today)


GRANT = Lifecycle(
    noun="grant",
    state_field="state",
    transitions=(
        Transition(
            action="confirm",
            from_states=frozenset({GrantState.proposed}),
            to=GrantState.confirmed,
            permission=Permission.grants_confirm,
            event="grant.confirmed",
            path="/v1/grants/{id}/confirm",
            guard=_confirmable,
        ),
        Transition(
            action="refuse",
            from_states=frozenset({GrantState.proposed}),
            to=GrantState.refused,
            permission=Permission.grants_confirm,
            event="grant.refused",
            path="/v1/grants/{id}/refuse",
            guard=_by_second_person,
            required_fields=("reason",),
        ),
        Transition(
            action="end",
            from_states=frozenset({GrantState.proposed, GrantState.confirmed}),
            to=GrantState.ended,
            permission=Permission.grants_give,
            event="grant.ended",
            path="/v1/grants/{id}/end",
            guard=_endable,
            required_fields=("reason",),
        ),
    ),
)
