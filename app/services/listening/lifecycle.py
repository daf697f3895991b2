"""The course of a listening campaign. A record here is a campaign's facts."""

from datetime import date

from app.core.lifecycle import Guard, Lifecycle, Record, Transition
from app.core.permissions import Permission
from app.models.listening import ListeningState as S

#: While issues are put to themes.
GROUPING = frozenset({S.listening, S.discerning})
#: Something can still be changed.
OPEN = frozenset({S.planned, S.listening, S.discerning})


def _discernible(record: Record, _today: date) -> str | None:
    if not record["has_themes"]:
        return "no_themes"
    return None if record["assembly_action_id"] or record["assembly_on"] else "no_assembly"


def _decided(record: Record, today: date) -> str | None:
    if record["assembly_day"] is not None and record["assembly_day"] > today:
        return "assembly_to_come"
    return None if record["has_votes"] else "no_votes"


def _act(
    action: str,
    states: frozenset[S],
    to: S,
    event: str,
    guard: Guard | None = None,
    required: tuple[str, ...] = (),
) -> Transition:
    return Transition(
        action=action,
        from_states=states,
        to=to,
        permission=Permission.organising_run,
        event=f"listening_campaign.{event}",
        path=f"/v1/listening-campaigns/{{id}}/{action.replace('_', '-')}",
        guard=guard,
        required_fields=required,
    )


LISTENING = Lifecycle(
    "listening campaign",
    (
        _act("start", frozenset({S.planned}), S.listening, "started"),
        _act("begin_discernment", frozenset({S.listening}), S.discerning, "discernment_begun", _discernible),
        _act("close", frozenset({S.discerning}), S.closed, "closed", _decided, ("priorities",)),
        _act("cancel", frozenset({S.planned, S.listening}), S.cancelled, "cancelled"),
    ),
    state_field="state",
)
