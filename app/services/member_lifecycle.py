"""The lifecycle of a membership: what can be declared or decided about it, and when."""

from datetime import date

from app.core.lifecycle import Lifecycle, Record, Transition
from app.core.permissions import Permission
from app.models.members import Standing

_LIVE = frozenset({Standing.current, Standing.arrears, Standing.lapsed, "supporter"})
_MEMBER = frozenset({Standing.current, Standing.arrears, Standing.lapsed})


def unrestricted(record: Record, _today: date) -> str | None:
    """What the outcome of a dispute restricts is given back where it was taken, and by the passing of its days."""
    return "restriction_in_force" if record["restriction"] is not None else None


MEMBERSHIP = Lifecycle(
    noun="member",
    state_field="standing",
    transitions=(
        Transition(
            action="resign",
            from_states=_LIVE | {Standing.suspended},
            to=Standing.resigned,
            permission=Permission.members_end,
            event="member.resigned",
            path="/v1/members/{id}/resign",
        ),
        Transition(
            action="record_death",
            from_states=_LIVE | {Standing.suspended, Standing.resigned, Standing.expelled},
            to=Standing.deceased,
            permission=Permission.members_end,
            event="member.died",
            path="/v1/members/{id}/record-death",
        ),
        Transition(
            action="suspend",
            from_states=_MEMBER,
            to=Standing.suspended,
            permission=Permission.members_decide,
            event="member.suspended",
            path="/v1/members/{id}/suspend",
            required_fields=("reason",),
        ),
        Transition(
            action="reinstate",
            from_states=frozenset({Standing.suspended, Standing.resigned}),
            to=Standing.current,
            permission=Permission.members_decide,
            event="member.reinstated",
            path="/v1/members/{id}/reinstate",
            guard=unrestricted,
            required_fields=("reason",),
        ),
    ),
)
