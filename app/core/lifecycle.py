"""Lifecycles are data: one table of transitions enforces, tells clients what they may do, draws a diagram."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from app.core.errors import Conflict

Record = Mapping[str, Any]
Guard = Callable[[Record, date], str | None]
Offer = dict[str, Any]

PERMISSION_MISSING = "permission_missing"
WRONG_STATE = "wrong_state"


class ActionNotAllowed(Conflict):
    code = "action_not_allowed"
    sentence = "The action {action} is not allowed in the state {state}: {reason_code}."


Code = Annotated[str, Field(max_length=60, pattern="^[a-z_]+$")]


class AllowedAction(BaseModel):
    """One thing that can be done to a record at some time, and whether the caller can do it now."""

    model_config = ConfigDict(frozen=True)

    action: Code = Field(examples=["close"])
    allowed: bool
    reason_code: Code | None = Field(description="Why not, as a stable code; null where allowed.")
    method: Literal["POST"]
    href: Annotated[str, Field(max_length=200)]
    required_fields: Annotated[tuple[Code, ...], Field(max_length=20, description="What the body must hold.")]


@dataclass(frozen=True, slots=True, kw_only=True)
class Transition:
    """One way from a state to another.

    `guard` gives the code of the reason why this record may not pass today, or None. `event` is what is
    published afterwards; `path` a template over the record (`/v1/loans/{id}/return`). Without `to` the record stays
    where it is.
    """

    action: str
    from_states: frozenset[str]
    to: str | None
    permission: str
    event: str
    path: str
    guard: Guard | None = None
    required_fields: tuple[str, ...] = ()

    def refusal(self, record: Record, state: str, today: date) -> str | None:
        if state not in self.from_states:
            return WRONG_STATE
        return self.guard(record, today) if self.guard else None


@dataclass(frozen=True, slots=True)
class Lifecycle:
    """The transitions of one noun, whose records keep their state under `state_field`.

    Raises ValueError for two transitions of one action: an action is one path, one permission, one outcome.
    """

    noun: str
    transitions: tuple[Transition, ...]
    state_field: str = "status"
    _by_action: dict[str, Transition] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        by_action = {transition.action: transition for transition in self.transitions}
        if len(by_action) != len(self.transitions):
            raise ValueError(f"an action of the lifecycle of {self.noun} stands twice")
        object.__setattr__(self, "_by_action", by_action)

    @property
    def states(self) -> tuple[str, ...]:
        """Every state, in the order in which the transitions name them first."""
        named = (s for t in self.transitions for s in (*sorted(t.from_states), *([t.to] if t.to else [])))
        return tuple(dict.fromkeys(named))

    def permission(self, action: str) -> str:
        """What an action needs; KeyError for one that the noun lacks."""
        return self._by_action[action].permission

    def check(self, record: Record, action: str, today: date) -> Transition:
        """The transition to carry out. Raises ActionNotAllowed; KeyError for an action that the noun lacks.

        The permission is the service's to ask first, with the branch of the record.
        """
        transition = self._by_action[action]
        state = self._state(record)
        reason = transition.refusal(record, state, today)
        if reason is not None:
            raise ActionNotAllowed(action=action, state=state, reason_code=reason)
        return transition

    def allowed_actions(self, record: Record, may: Callable[[str], bool], today: date) -> list[Offer]:
        """Every action with whether the actor, who holds the permissions that `may` says, can take it today.

        Who lacks the permission learns nothing of the guards. Each is what an `AllowedAction` describes, which is not
        made: every read of a record carries them all.
        """
        return [self._offered(transition, record, may, today) for transition in self.transitions]

    def _offered(self, transition: Transition, record: Record, may: Callable[[str], bool], today: date) -> Offer:
        permitted = may(transition.permission)
        reason = transition.refusal(record, self._state(record), today) if permitted else PERMISSION_MISSING
        return {
            "action": transition.action,
            "allowed": reason is None,
            "reason_code": reason,
            "method": "POST",
            "href": transition.path.format_map(record),
            "required_fields": transition.required_fields,
        }

    def _state(self, record: Record) -> str:
        return str(record[self.state_field])


def mermaid(lifecycle: Lifecycle) -> str:
    """The state diagram in Mermaid: it begins where no transition leads, and ends where none leaves."""
    moving = [t for t in lifecycle.transitions if t.to is not None]
    arrows = [(source, t) for t in moving for source in sorted(t.from_states)]
    entered = {t.to for source, t in arrows if source != t.to}
    left = {source for source, t in arrows if source != t.to}
    lines = [
        "stateDiagram-v2",
        *(f"    [*] --> {state}" for state in lifecycle.states if state not in entered),
        *(f"    {source} --> {t.to}: {t.action}" for source, t in arrows),
        *(f"    {state} --> [*]" for state in lifecycle.states if state not in left),
    ]
    return "\n".join(lines) + "\n"
