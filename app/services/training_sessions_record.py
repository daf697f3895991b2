"""A training session's record: how it is read, and its course."""

from datetime import date
from typing import Any

from app.core.lifecycle import Lifecycle, Transition
from app.core.lifecycle import Record as Facts
from app.core.paging import Listing
from app.core.permissions import Permission
from app.models.training import TrainingSession, TrainingSessionState
from app.services.unit_records import Noun, columns_of, facts_of

S = TrainingSessionState
#: While it takes people.
OPEN = frozenset({S.planned, S.confirmed})


def _has_come(record: Facts, today: date) -> str | None:
    return "not_yet" if record["starts_on"] > today else None


def _is_settled(record: Facts, today: date) -> str | None:
    if record["ends_on"] > today:
        return "not_over"
    return "attendance_missing" if record["not_said"] else None


def _step(action: str, sources: frozenset[S], to: S | None, event: str, **more: Any) -> Transition:
    return Transition(
        action=action,
        from_states=sources,
        to=to,
        permission=Permission.organising_run,
        event=f"training_session.{event}",
        path=f"/v1/training-sessions/{{id}}/{action}",
        **more,
    )


TRAINING_SESSION = Lifecycle(
    "training session",
    (
        _step("confirm", frozenset({S.planned}), S.confirmed, "confirmed"),
        _step("hold", frozenset({S.confirmed}), S.held, "held", guard=_has_come),
        _step("attendance", frozenset({S.held}), None, "attendance_noted", required_fields=("attendance",)),
        _step("close", frozenset({S.held}), S.closed, "closed", guard=_is_settled),
        _step("cancel", OPEN, S.cancelled, "cancelled"),
    ),
    state_field="state",
)
_SHOWN = ("course_id", "starts_on", "ends_on", "venue", "capacity", "state", "state_since")
NOUN = Noun(
    "training session",
    TrainingSession,
    Listing(
        resource="organising",
        source="training_sessions s",
        key="s.id",
        # Without a unit: a page is not to be cut to that of whoever asks.
        columns=columns_of("s", *_SHOWN, course="(select c.name from courses c where c.id = s.course_id)"),
        sorts={"starts_on": ("s.starts_on", "date")},
        facts=facts_of(
            "s",
            *_SHOWN,
            not_said="(select count(*) from enrolments e where e.training_session_id = s.id and e.state = 'enrolled')",
        ),
    ),
    TRAINING_SESSION,
)
