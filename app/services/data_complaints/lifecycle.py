"""The course of a complaint about data. A record here is a complaint's facts."""

from app.core.lifecycle import Lifecycle, Transition
from app.core.permissions import Permission
from app.models.data_complaints import DataComplaintState as S

#: Nothing happens any more.
ENDED = frozenset({S.answered, S.withdrawn})
OPEN = frozenset(S) - ENDED


def _act(action: str, states: frozenset[S], to: S | None, event: str, required: tuple[str, ...] = ()) -> Transition:
    return Transition(
        action=action,
        from_states=states,
        to=to,
        permission=Permission.privacy_handle,
        event=f"data_complaint.{event}",
        path=f"/v1/data-complaints/{{id}}/{action.replace('_', '-')}",
        required_fields=required,
    )


#: Whoever can answer at once need not acknowledge first.
DATA_COMPLAINT = Lifecycle(
    "data complaint",
    (
        _act("acknowledge", frozenset({S.received}), S.acknowledged, "acknowledged"),
        _act("investigate", frozenset({S.acknowledged}), S.investigating, "investigating", ("text",)),
        _act("inform", OPEN, None, "informed", ("text",)),
        _act("add_note", OPEN, None, "noted", ("text",)),
        _act("match_person", OPEN, None, "matched", ("person_id",)),
        _act("answer", OPEN, S.answered, "answered", ("outcome", "text")),
        _act("withdraw", OPEN, S.withdrawn, "withdrawn"),
        _act("step_aside", OPEN, None, "stepped_aside"),
    ),
    state_field="state",
)
