"""The course of a request: of one for access, and of the other rights. A record here is a request's facts."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import date
from typing import Any

from app.core.lifecycle import Guard, Lifecycle, Transition
from app.core.permissions import Permission
from app.models.rights_requests import RequestKind
from app.models.rights_requests import RequestState as S

Record = Mapping[str, Any]
HANDLE = Permission.privacy_handle

#: Nothing happens any more, but that a restriction is lifted.
ENDED = frozenset({S.released, S.partly_released, S.nothing_held, S.granted, S.partly_granted, S.refused, S.withdrawn})
OPEN = frozenset(S) - ENDED
#: What must be told with the data (UK GDPR art. 15(1)(a) to (h) and 15(2)).
INFORMATION = (
    "purposes", "categories", "recipients", "retention", "rights", "right_to_complain", "source",
    "automated_decisions", "transfer_safeguards",
)  # fmt: skip


def _no_question_open(record: Record, _today: date) -> str | None:
    if record["identity_asked_on"] is not None:
        return "identity_asked_already"
    # Whoever signed in to ask is known.
    return "identity_proved" if record["identity_received_on"] is not None else None


def _may_match(record: Record, _today: date) -> str | None:
    """Once somebody's data was gathered, or somebody asked for themselves, it is of nobody else."""
    if record["searched_on"] is not None and record["person_id"] is not None:
        return "searched_already"
    proved = record["identity_received_on"] is not None and record["identity_asked_on"] is None
    return "identity_proved" if proved else None


def _no_fee_asked(record: Record, _today: date) -> str | None:
    return "fee_asked_already" if record["fee_asked_on"] is not None else None


def _fee_outstanding(record: Record, _today: date) -> str | None:
    if record["fee_asked_on"] is None:
        return "no_fee_asked"
    return "fee_received_already" if record["fee_received_on"] is not None else None


def _not_extended(record: Record, _today: date) -> str | None:
    return "extended_already" if record["extended_on"] is not None else None


def _fee_paid(record: Record, _today: date) -> str | None:
    owed = record["fee_asked_on"] is not None and record["fee_received_on"] is None
    return "fee_outstanding" if owed else None


def _person_known(record: Record, today: date) -> str | None:
    return _fee_paid(record, today) if record["person_id"] is not None else "person_unknown"


def _tasks_answered(record: Record, _today: date) -> str | None:
    return "search_tasks_open" if record["open_tasks"] else None


def _complete(record: Record, _today: date) -> str | None:
    """All of article 15 is answered, and of each piece it is decided."""
    if not all(record["information"].get(name) for name in INFORMATION):
        return "information_missing"
    return "items_undecided" if record["undecided"] else None


def _whole(record: Record, today: date) -> str | None:
    if record["given"] == 0 and not record["held_back"]:
        return "nothing_found"
    return "something_held_back" if record["held_back"] else _complete(record, today)


def _in_part(record: Record, today: date) -> str | None:
    if not record["held_back"]:
        return "nothing_held_back"
    return _complete(record, today) if record["given"] else "nothing_left"


def _nothing_found(record: Record, today: date) -> str | None:
    return "something_found" if record["items"] else _complete(record, today)


def _grantable(record: Record, today: date) -> str | None:
    if record["kind"] == RequestKind.erasure and record["person_id"] is not None and not record["erased"]:
        return "erasure_not_done"
    return _person_known(record, today)


def _restricted(record: Record, _today: date) -> str | None:
    return None if record["kind"] == RequestKind.restriction and record["restricted"] else "not_restricted"


def _act(
    action: str,
    states: frozenset[S] | set[S],
    to: S | None,
    event: str,
    guard: Guard | None = None,
    required: tuple[str, ...] = (),
) -> Transition:
    return Transition(
        action=action,
        from_states=frozenset(states),
        to=to,
        permission=HANDLE,
        event=f"rights_request.{event}",
        path=f"/v1/{{collection}}/{{id}}/{action.replace('_', '-')}",
        guard=guard,
        required_fields=required,
    )


_ALIKE = (
    _act("match_person", OPEN, None, "matched", _may_match, ("person_id",)),
    _act("ask_identity", {S.received}, S.identity, "identity_asked", _no_question_open, ("text",)),
    _act("receive_identity", {S.identity}, S.received, "identity_received"),
    _act(
        "ask_clarification", {S.received, S.searching, S.review, S.assessing}, S.clarifying, "paused",
        required=("text",),
    ),
    _act("receive_clarification", {S.clarifying}, S.received, "resumed"),
    _act("ask_fee", OPEN, None, "fee_asked", _no_fee_asked, ("amount_pence", "reason", "text")),
    _act("receive_fee", OPEN, None, "fee_received", _fee_outstanding),
    _act("extend", OPEN, None, "extended", _not_extended, ("reason", "text")),
    _act("refuse", OPEN, S.refused, "refused", required=("ground", "text")),
    _act("withdraw", OPEN, S.withdrawn, "withdrawn"),
    _act("step_aside", OPEN, None, "stepped_aside"),
)  # fmt: skip


def _under(collection: str, *transitions: Transition) -> tuple[Transition, ...]:
    return tuple(replace(one, path=one.path.replace("{collection}", collection)) for one in transitions)


ACCESS = Lifecycle(
    "subject-access request",
    _under(
        "subject-access-requests",
        *_ALIKE,
        _act("search", {S.received, S.searching, S.review}, S.searching, "searched", _fee_paid),
        _act("review", {S.searching}, S.review, "in_review", _tasks_answered),
        _act("release", {S.review}, S.released, "released", _whole, ("delivery",)),
        _act("release_in_part", {S.review}, S.partly_released, "released", _in_part, ("delivery",)),
        _act("close_nothing_held", {S.review}, S.nothing_held, "nothing_held", _nothing_found, ("text",)),
    ),
    state_field="state",
)
RIGHTS = Lifecycle(
    "rights request",
    _under(
        "rights-requests",
        *_ALIKE,
        _act("assess", {S.received}, S.assessing, "assessing", _fee_paid),
        _act("grant", {S.assessing}, S.granted, "granted", _grantable, ("text",)),
        _act("grant_in_part", {S.assessing}, S.partly_granted, "granted", _grantable, ("text",)),
        _act(
            "lift_restriction",
            {S.granted, S.partly_granted},
            None,
            "restriction_lifted",
            _restricted,
            ("text",),
        ),
    ),
    state_field="state",
)
