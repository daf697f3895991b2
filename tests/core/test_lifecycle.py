from collections.abc import Callable
from datetime import date, timedelta
from enum import StrEnum

import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from app.core.errors import Conflict
from app.core.lifecycle import ActionNotAllowed, AllowedAction, Lifecycle, Record, Transition, mermaid

TODAY = date(2026, 6, 1)


def too_early(record: Record, today: date) -> str | None:
    return "still_in_notice" if today < record["notice_ends_on"] else None


def step(action: str, source: str, to: str, permission: str = "loans:write", **more: object) -> Transition:
    return Transition(
        action=action,
        from_states=frozenset(source.split()),
        to=to,
        permission=permission,
        event=f"loan.{action}",
        path=f"/v1/loans/{{id}}/{action}",
        **more,
    )


LOANS = Lifecycle(
    "loan",
    (
        step("approve", "requested", "lent", "loans:approve"),
        step("refuse", "requested", "refused", "loans:approve", required_fields=("reason",)),
        step("extend", "lent overdue", "lent"),
        step("remind", "lent", "overdue", guard=too_early),
        step("return", "lent overdue", "returned"),
    ),
)


def loan(state: str, **more: object) -> dict[str, object]:
    return {"id": 7, "status": state, "notice_ends_on": TODAY, **more}


def everything(permission: str) -> bool:
    return True


def offered(record: Record, action: str, may: Callable[[str], bool] = everything, today: date = TODAY) -> AllowedAction:
    offers = (AllowedAction.model_validate(offer) for offer in LOANS.allowed_actions(record, may, today))
    return next(offer for offer in offers if offer.action == action)


def test_an_allowed_action_says_how() -> None:
    assert offered(loan("requested"), "refuse").model_dump(mode="json") == {
        "action": "refuse",
        "allowed": True,
        "reason_code": None,
        "method": "POST",
        "href": "/v1/loans/7/refuse",
        "required_fields": ["reason"],
    }
    assert LOANS.check(loan("requested"), "refuse", TODAY).to == "refused"


def test_a_refusal_is_a_fact_with_its_reason() -> None:
    with pytest.raises(ActionNotAllowed) as caught:
        LOANS.check(loan("lent", notice_ends_on=TODAY + timedelta(days=1)), "remind", TODAY)
    assert isinstance(caught.value, Conflict)
    assert caught.value.code == "action_not_allowed"
    assert caught.value.params == {"action": "remind", "state": "lent", "reason_code": "still_in_notice"}
    assert caught.value.detail == "The action remind is not allowed in the state lent: still_in_notice."


def test_reasons_in_order_permission_state_guard() -> None:
    early = loan("requested", notice_ends_on=TODAY + timedelta(days=1))
    assert offered(early, "remind", frozenset().__contains__).reason_code == "permission_missing"
    assert offered(early, "remind").reason_code == "wrong_state"
    assert offered({**early, "status": "lent"}, "remind").reason_code == "still_in_notice"
    assert offered({**early, "status": "lent"}, "remind", today=TODAY + timedelta(days=1)).allowed


def test_a_guard_is_not_asked_out_of_its_state() -> None:
    assert offered({"id": 7, "status": "returned"}, "remind").reason_code == "wrong_state"


def test_each_action_asks_for_its_own_permission() -> None:
    offers = LOANS.allowed_actions(loan("requested"), {"loans:approve"}.__contains__, TODAY)
    assert {offer["action"] for offer in offers if offer["allowed"]} == {"approve", "refuse"}


def test_unknown_actions_and_doubled_ones_are_mistakes() -> None:
    with pytest.raises(KeyError):
        LOANS.check(loan("lent"), "burn", TODAY)
    with pytest.raises(ValueError, match="stands twice"):
        Lifecycle("loan", (step("return", "lent", "returned"), step("return", "overdue", "returned")))


def test_the_state_may_be_an_enum_under_another_name() -> None:
    class Stage(StrEnum):
        lent = "lent"

    by_stage = Lifecycle("loan", LOANS.transitions, state_field="stage")
    assert by_stage.check({"id": 7, "stage": Stage.lent}, "return", TODAY).to == "returned"


def test_the_diagram() -> None:
    assert LOANS.states == ("requested", "lent", "refused", "overdue", "returned")
    assert mermaid(LOANS) == (
        "stateDiagram-v2\n"
        "    [*] --> requested\n"
        "    requested --> lent: approve\n"
        "    requested --> refused: refuse\n"
        "    lent --> lent: extend\n"
        "    overdue --> lent: extend\n"
        "    lent --> overdue: remind\n"
        "    lent --> returned: return\n"
        "    overdue --> returned: return\n"
        "    refused --> [*]\n"
        "    returned --> [*]\n"
    )


states = st.sampled_from(["a", "b", "c", "d"])
guards = st.sampled_from(
    [None, lambda record, day: "odd" if (record["id"] + day.day) % 2 else None, lambda *_: "never"]
)
transitions = st.builds(
    Transition,
    action=st.sampled_from(["one", "two", "three", "four"]),
    from_states=st.frozensets(states, min_size=1),
    to=states,
    permission=st.sampled_from(["p", "q"]),
    event=st.just("thing.changed"),
    path=st.just("/v1/things/{id}/x"),
    guard=guards,
)
lifecycles = st.lists(transitions, unique_by=lambda t: t.action, max_size=4).map(
    lambda ts: Lifecycle("thing", tuple(ts))
)
permissions = st.frozensets(st.sampled_from(["p", "q"]))


class OfferAndEnforcementAgree(RuleBasedStateMachine):
    """Walks any lifecycle by any actions, while days pass and rights change."""

    @initialize(lifecycle=lifecycles, state=states, number=st.integers(0, 1))
    def begin(self, lifecycle: Lifecycle, state: str, number: int) -> None:
        self.lifecycle, self.record, self.today = lifecycle, {"id": number, "status": state}, TODAY
        self.held: frozenset[str] = frozenset("pq")

    @rule(held=permissions, days=st.integers(0, 3))
    def time_passes(self, held: frozenset[str], days: int) -> None:
        self.held, self.today = held, self.today + timedelta(days=days)

    @rule(data=st.data())
    def act(self, data: st.DataObject) -> None:
        if not self.lifecycle.transitions:
            return
        action = data.draw(st.sampled_from([t.action for t in self.lifecycle.transitions]))
        before = dict(self.record)
        try:
            transition = self.lifecycle.check(self.record, action, self.today)
        except ActionNotAllowed:
            assert self.record == before
        else:
            assert self.record["status"] in transition.from_states
            self.record["status"] = transition.to

    @invariant()
    def they_agree(self) -> None:
        if not hasattr(self, "lifecycle"):
            return
        for offer in self.lifecycle.allowed_actions(self.record, self.held.__contains__, self.today):
            reason = self.refusal(offer["action"])
            if offer["reason_code"] != "permission_missing":
                assert self.permission_of(offer["action"]) in self.held
                assert offer["reason_code"] == reason
                assert offer["allowed"] == (reason is None)
            else:
                assert not offer["allowed"]
                assert self.permission_of(offer["action"]) not in self.held

    def refusal(self, action: str) -> object:
        try:
            self.lifecycle.check(self.record, action, self.today)
        except ActionNotAllowed as refused:
            return refused.params["reason_code"]
        return None

    def permission_of(self, action: str) -> str:
        return next(t.permission for t in self.lifecycle.transitions if t.action == action)


TestOfferAndEnforcementAgree = OfferAndEnforcementAgree.TestCase


@given(lifecycles)
def test_every_transition_is_drawn(lifecycle: Lifecycle) -> None:
    drawn = mermaid(lifecycle)
    for transition in lifecycle.transitions:
        for source in transition.from_states:
            assert f"    {source} --> {transition.to}: {transition.action}\n" in drawn
