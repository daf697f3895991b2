"""The course of a testimony. A record here is its facts."""

from datetime import date

from app.core.lifecycle import Guard, Lifecycle, Record, Transition
from app.core.permissions import Permission
from app.models.testimonies import TestimonyState
from app.services.consents_to_use import is_in_force


def _consented(record: Record, today: date) -> str | None:
    return None if is_in_force(record, today) else "no_consent"


def _act(
    action: str, to: TestimonyState | None, event: str, required: tuple[str, ...], guard: Guard | None = None
) -> Transition:
    return Transition(
        action=action,
        from_states=frozenset({TestimonyState.kept}),
        to=to,
        permission=Permission.meetings_record,
        event=f"testimony.{event}",
        path=f"/v1/testimonies/{{id}}/{action.replace('_', '-')}",
        guard=guard,
        required_fields=required,
    )


TESTIMONY = Lifecycle(
    "testimony",
    (
        _act("use", None, "used", ("use", "where"), _consented),
        _act("renew_consent", None, "consent_renewed", ("uses", "wording")),
        _act("withdraw", TestimonyState.withdrawn, "withdrawn", ()),
    ),
    state_field="state",
)
