"""What a party may do in a case, in the states in which it shows itself to them.

A record here has the `state` as told, and what the party was told: never what goes on behind it.
"""

from collections.abc import Mapping
from datetime import date
from typing import Any

from app.core.lifecycle import Guard, Lifecycle, Transition
from app.models.disputes import DisputeOutcome
from app.models.own_disputes import OwnDisputeState as S

Record = Mapping[str, Any]

#: Before anything is decided, as far as the party knows.
OPEN = frozenset(
    {S.received, S.acknowledged, S.information_asked, S.informal, S.response_awaited, S.under_consideration}
)
#: Each side may appeal, each once: also when the other has.
DECIDED = frozenset({S.decided, S.dismissed, S.appealed, S.final})
BEFORE_PANELS = frozenset({S.under_consideration, S.appealed})


def _stayed(record: Record) -> str | None:
    return "stayed" if record["stayed"] else None


def _not_noticed(record: Record, _today: date) -> str | None:
    return None if record["noticed"] else "notice_missing"


def _may_answer(record: Record, today: date) -> str | None:
    return _not_noticed(record, today) or _stayed(record)


def _may_withdraw(record: Record, _today: date) -> str | None:
    return "notice_given" if record["notice_given"] else None


def _panel_told(record: Record, _today: date) -> str | None:
    return None if record["hearing_told"] else "hearing_missing"


def _may_appeal_as_complainant(record: Record, _today: date) -> str | None:
    if record["appealed"]:
        return "appealed_already"
    return "nothing_to_appeal" if record["outcome"] == DisputeOutcome.upheld else _stayed(record)


def _may_appeal_as_respondent(record: Record, _today: date) -> str | None:
    if record["appealed"]:
        return "appealed_already"
    return _stayed(record) if record["upheld_against"] else "nothing_to_appeal"


def _act(
    action: str,
    states: frozenset[S],
    to: S | None,
    event: str,
    guard: Guard | None = None,
    *,
    path: str | None = None,
    required: tuple[str, ...] = ("text",),
) -> Transition:
    return Transition(
        action=action,
        from_states=states,
        to=to,
        permission="signed-in",
        event=f"dispute.{event}",
        path=f"/v1/me/disputes/{{id}}/{path or action}",
        guard=guard,
        required_fields=required,
    )


def _common(guard: Guard | None) -> tuple[Transition, ...]:
    return (
        _act("correct", OPEN | {S.appealed}, None, "party_added", guard),
        _act("add_evidence", OPEN | {S.appealed}, None, "evidence_added", guard, path="evidence", required=("file",)),
        _act("object", BEFORE_PANELS, None, "member_objected_to", _panel_told, required=("part_id", "text")),
    )


OWN_COMPLAINT = Lifecycle(
    noun="own complaint",
    state_field="state",
    transitions=(
        *_common(None),
        _act("withdraw", OPEN, S.withdrawn, "withdrawn", _may_withdraw),
        _act("appeal", DECIDED, S.appealed, "appealed", _may_appeal_as_complainant),
    ),
)
OWN_DEFENCE = Lifecycle(
    noun="own defence",
    state_field="state",
    transitions=(
        _act(
            "respond",
            frozenset({S.response_awaited, S.under_consideration}),
            S.under_consideration,
            "response_received",
            _may_answer,
        ),
        *_common(_not_noticed),
        _act("appeal", DECIDED, S.appealed, "appealed", _may_appeal_as_respondent),
    ),
)
