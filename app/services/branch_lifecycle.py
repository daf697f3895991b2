"""The lifecycle of a unit, decided from the unit above it and never from within; the root's by nobody."""

from datetime import date

from app.core.lifecycle import Lifecycle, Record, Transition
from app.core.permissions import Permission
from app.models.branches import BranchStatus


def _is_tied(record: Record, _today: date) -> str | None:
    """`has_units`, `has_members` or `has_officers`: dissolution is for empty units only."""
    ties: str | None = record["ties"]
    return ties


UNIT = Lifecycle(
    noun="branch",
    transitions=(
        Transition(
            action="recognise",
            from_states=frozenset({BranchStatus.forming}),
            to=BranchStatus.recognised,
            permission=Permission.branches_manage,
            event="branch.recognised",
            path="/v1/branches/{id}/recognise",
        ),
        Transition(
            action="suspend",
            from_states=frozenset({BranchStatus.recognised}),
            to=BranchStatus.suspended,
            permission=Permission.branches_manage,
            event="branch.suspended",
            path="/v1/branches/{id}/suspend",
            required_fields=("reason",),
        ),
        Transition(
            action="reinstate",
            from_states=frozenset({BranchStatus.suspended}),
            to=BranchStatus.recognised,
            permission=Permission.branches_manage,
            event="branch.reinstated",
            path="/v1/branches/{id}/reinstate",
        ),
        Transition(
            action="dissolve",
            from_states=frozenset({BranchStatus.forming, BranchStatus.recognised, BranchStatus.suspended}),
            to=BranchStatus.dissolved,
            permission=Permission.branches_manage,
            event="branch.dissolved",
            path="/v1/branches/{id}/dissolve",
            guard=_is_tied,
        ),
    ),
)
