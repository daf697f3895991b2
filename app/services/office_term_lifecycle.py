"""The lifecycle of a term of office: confirmed from above where it carries a role, ended or removed."""

from datetime import date

from app.core.lifecycle import Lifecycle, Record, Transition
from app.core.permissions import Permission
from app.models.offices import TermStanding


def needs_another(record: Record, _today: date) -> str | None:
    """Whether somebody else must confirm: a role is never given by two hands of one person, nor to oneself.

    `acting_account` and `acting_person` are who looks at the record.
    """
    if record["person_id"] == record["acting_person"]:
        return "held_by_you"
    return "recorded_by_you" if record["recorded_by"] == record["acting_account"] else None


OFFICE = Lifecycle(
    noun="office term",
    state_field="standing",
    transitions=(
        Transition(
            action="confirm",
            from_states=frozenset({TermStanding.proposed}),
            to=TermStanding.serving,
            permission=Permission.offices_confirm,
            event="office_term.confirmed",
            path="/v1/office-terms/{id}/confirm",
            guard=needs_another,
        ),
        Transition(
            action="refuse",
            from_states=frozenset({TermStanding.proposed}),
            to=TermStanding.refused,
            permission=Permission.offices_confirm,
            event="office_term.refused",
            path="/v1/office-terms/{id}/refuse",
            required_fields=("reason",),
        ),
        Transition(
            action="end",
            from_states=frozenset({TermStanding.serving}),
            to=TermStanding.ended,
            permission=Permission.offices_record,
            event="office_term.ended",
            path="/v1/office-terms/{id}/end",
            required_fields=("reason",),
        ),
        Transition(
            action="remove",
            from_states=frozenset({TermStanding.proposed, TermStanding.elect, TermStanding.serving}),
            to=TermStanding.removed,
            permission=Permission.offices_record,
            event="office_term.removed",
            path="/v1/office-terms/{id}/remove",
            required_fields=("reason",),
        ),
    ),
)
