"""The course of a dispute: what each of its people may do in which state, and what natural justice forbids.

A record here is a case's facts, with its `procedure` (a `Definition`). The guards are the fair minimum of a contract of
membership: notice, disclosure and time to answer come before any decision; whoever investigates does not decide;
reasons are given; an appeal goes to people not involved before (ACAS Code of Practice 1, paragraphs 4 to 29, as a
template).
"""

from collections.abc import Callable, Mapping
from datetime import date
from typing import Any

from app.core.lifecycle import Guard, Lifecycle, Transition
from app.core.permissions import Permission
from app.models.disputes import DisputeState as S
from app.models.procedures import Definition, Power, Stage

Record = Mapping[str, Any]
P = Permission

#: Before anything is decided.
OPEN = frozenset(
    {
        S.received, S.acknowledged, S.needs_information, S.informal, S.noticed, S.responded, S.investigating,
        S.reported, S.listed, S.heard,
    }
)  # fmt: skip
#: Nothing happens any more but a late appeal.
ENDED = frozenset({S.final, S.closed, S.withdrawn, S.joined})
LIVE = frozenset(S) - ENDED

#: Which clock runs in each state.
STAGE: Mapping[str, Stage] = {
    S.received: Stage.acknowledge,
    S.acknowledged: Stage.triage,
    S.needs_information: Stage.information,
    S.informal: Stage.mediate,
    S.noticed: Stage.respond,
    S.responded: Stage.investigate,
    S.investigating: Stage.investigate,
    S.reported: Stage.list_panel,
    S.listed: Stage.hear,
    S.heard: Stage.decide,
    S.decided: Stage.appeal,
    S.dismissed: Stage.appeal,
    S.appealed: Stage.list_appeal_panel,
    S.appeal_listed: Stage.decide_appeal,
}


def _power(power: Power) -> Guard:
    def guard(record: Record, _today: date) -> str | None:
        definition: Definition = record["procedure"]
        return None if power in definition.body(definition.receiver).powers else "not_in_powers"

    return guard


def has_been_heard(record: Record, today: date) -> str | None:
    """The respondent was told, shown all the evidence there is, and has answered or had the time to."""
    if record["notice_on"] is None:
        return "notice_missing"
    if record["undisclosed"] > 0:
        return "evidence_undisclosed"
    if record["responded_on"] is None and not record["response_due_on"] < today:
        return "response_time_running"
    return None


def _respondent_known(record: Record, _today: date) -> str | None:
    return None if record["has_respondent"] else "respondent_missing"


def _hearing_held(record: Record, today: date) -> str | None:
    definition: Definition = record["procedure"]
    if definition.hearing_required and record["heard_on"] is None:
        return "hearing_missing"
    return has_been_heard(record, today)


def _window_closed(record: Record, today: date) -> str | None:
    return "appeal_time_running" if record["appeal_due_on"] >= today else None


def _late_and_open(record: Record, _today: date) -> str | None:
    return None if record["appeal_late"] and not record["appeal_admitted"] else "nothing_to_admit"


def _admitted(record: Record, _today: date) -> str | None:
    return None if record["appeal_admitted"] else "out_of_time"


def _reopens(record: Record, today: date) -> str | None:
    return _admitted(record, today) if record["appealed_from"] == S.dismissed else "nothing_to_reopen"


def _can_be_appealed(record: Record, _today: date) -> str | None:
    return None if record["appealable"] else "appealed_already"


def _stayed(record: Record, _today: date) -> str | None:
    return None if record["stayed_on"] is not None else "not_stayed"


def _in_turn(*guards: Guard) -> Guard:
    def guard(record: Record, today: date) -> str | None:
        return next((reason for one in guards if (reason := one(record, today)) is not None), None)

    return guard


def _not_stayed(record: Record, _today: date) -> str | None:
    return "stayed" if record["stayed_on"] is not None else None


def _act(
    action: str,
    states: set[S] | frozenset[S],
    to: S | None,
    permission: Permission,
    event: str,
    *guards: Guard,
    required: tuple[str, ...] = (),
    while_stayed: bool = False,
) -> Transition:
    held: tuple[Callable[[Record, date], str | None], ...] = guards if while_stayed else (_not_stayed, *guards)
    return Transition(
        action=action,
        from_states=frozenset(states),
        to=to,
        permission=permission,
        event=f"dispute.{event}",
        path=f"/v1/disputes/{{id}}/{action.replace('_', '-')}",
        guard=_in_turn(*held),
        required_fields=required,
    )


_TRIAGE = (
    _act("acknowledge", {S.received}, S.acknowledged, P.disputes_handle, "acknowledged"),
    _act(
        "ask_information", {S.acknowledged}, S.needs_information, P.disputes_handle, "information_asked",
        required=("text",),
    ),
    _act(
        "take_up", {S.needs_information, S.informal}, S.acknowledged, P.disputes_handle, "taken_up",
        required=("text",),
    ),
    _act(
        "resolve_informally", {S.acknowledged}, S.informal, P.disputes_handle, "resolving_informally",
        _power(Power.resolve_informally), required=("text",),
    ),
    _act("settle", {S.informal}, S.closed, P.disputes_mediate, "settled", required=("text",)),
    _act(
        "dismiss", {S.acknowledged, S.needs_information, S.reported}, S.dismissed, P.disputes_handle, "dismissed",
        _power(Power.dismiss), required=("reasons",),
    ),
)  # fmt: skip

_FORMAL = (
    _act(
        "give_notice", {S.acknowledged, S.noticed, S.responded, S.investigating, S.reported}, S.noticed,
        P.disputes_handle, "notice_given",
        _power(Power.refer), _respondent_known, required=("allegations",),
    ),
    _act("record_response", {S.noticed}, S.responded, P.disputes_handle, "response_received", required=("text",)),
    _act(
        "warn", {S.noticed, S.responded}, S.decided, P.disputes_handle, "decided",
        _power(Power.warn), has_been_heard, required=("findings", "reasons", "sanctions"),
    ),
    _act(
        "declare_ineligible", {S.noticed, S.responded}, S.decided, P.disputes_handle, "decided",
        _power(Power.declare_ineligible), has_been_heard, required=("findings", "reasons", "sanctions"),
    ),
    _act(
        "investigate", {S.noticed, S.responded}, S.investigating, P.disputes_handle, "investigation_begun",
        has_been_heard, required=("account_id",),
    ),
    _act("report", {S.investigating}, S.reported, P.disputes_investigate, "reported", required=("findings",)),
    _act(
        "list_panel", {S.reported}, S.listed, P.disputes_handle, "panel_listed", has_been_heard,
        required=("members",),
    ),
    _act(
        "replace_member", {S.listed, S.heard, S.appeal_listed}, None, P.disputes_handle, "panel_changed",
        required=("part_id", "reasons"),
    ),
    # Again from `heard`: a hearing is resumed, or begins anew before a panel that has changed.
    _act(
        "hear", {S.listed, S.heard}, S.heard, P.disputes_record, "heard", has_been_heard,
        required=("meeting_id", "part_ids"),
    ),
    _act(
        "decide", {S.listed, S.heard}, S.decided, P.disputes_decide, "decided", _hearing_held,
        required=("findings", "reasons", "part_ids"),
    ),
)  # fmt: skip

_APPEAL = (
    _act(
        "record_appeal", {S.decided, S.dismissed, S.appealed, S.appeal_listed, S.final}, S.appealed, P.disputes_handle,
        "appealed", _can_be_appealed, required=("party_id", "text"),
    ),
    _act("list_appeal_panel", {S.appealed}, S.appeal_listed, P.disputes_handle, "appeal_listed", required=("members",)),
    _act(
        "admit_appeal", {S.appeal_listed}, None, P.disputes_decide_appeal, "appeal_admitted", _late_and_open,
        required=("reasons",),
    ),
    _act(
        "refuse_appeal", {S.appeal_listed}, S.final, P.disputes_decide_appeal, "appeal_refused", _late_and_open,
        required=("reasons",),
    ),
    _act(
        "decide_appeal", {S.appeal_listed}, S.final, P.disputes_decide_appeal, "appeal_decided", _admitted,
        required=("outcome", "reasons", "part_ids"),
    ),
    _act(
        "reopen", {S.appeal_listed}, S.acknowledged, P.disputes_decide_appeal, "reopened", _reopens,
        required=("reasons", "part_ids"),
    ),
    _act("finalise", {S.decided, S.dismissed}, S.final, P.disputes_handle, "final", _window_closed),
)  # fmt: skip

_ASIDE = (
    _act("stay", LIVE, None, P.disputes_handle, "stayed", required=("reason", "text")),
    _act("lift_stay", LIVE, None, P.disputes_handle, "stay_lifted", _stayed, required=("text",), while_stayed=True),
    _act("record_withdrawal", OPEN, S.withdrawn, P.disputes_handle, "withdrawn", required=("text",), while_stayed=True),
    _act("join", OPEN, S.joined, P.disputes_handle, "joined", required=("into_id", "text"), while_stayed=True),
)

DISPUTE = Lifecycle(noun="dispute", state_field="state", transitions=(*_TRIAGE, *_FORMAL, *_APPEAL, *_ASIDE))
