"""What somebody may do in a request about themselves, in the states in which it shows itself to them."""

from app.core.lifecycle import Lifecycle, Transition
from app.models.own_requests import OwnRequestState as S

_OPEN = frozenset({S.received, S.identity_asked, S.information_asked, S.under_consideration})


def _act(action: str, states: frozenset[S], to: S, event: str, required: tuple[str, ...] = ()) -> Transition:
    return Transition(
        action=action,
        from_states=states,
        to=to,
        permission="signed-in",
        event=f"rights_request.{event}",
        path=f"/v1/me/rights-requests/{{id}}/{action}",
        required_fields=required,
    )


OWN_REQUEST = Lifecycle(
    "request about oneself",
    (
        _act("answer", frozenset({S.information_asked}), S.received, "resumed", ("text",)),
        _act("withdraw", _OPEN, S.withdrawn, "withdrawn"),
    ),
    state_field="state",
)
