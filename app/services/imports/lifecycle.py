"""The lifecycle of an import: what can be done with a file that was brought in, and when."""

from app.core.lifecycle import Lifecycle, Record, Transition
from app.core.permissions import Permission
from app.models.imports import ImportState

S = ImportState


def _at_work(record: Record, _today: object) -> str | None:
    """An import whose job has stopped, however it did, goes on or back; one at work is left to it."""
    return "job_running" if record["state"] in (S.applying, S.undoing) and record["job_runs"] else None


def _cannot_undo(record: Record, today: object) -> str | None:
    return "rows_forgotten" if record["forgotten_at"] is not None else _at_work(record, today)


IMPORT = Lifecycle(
    noun="import",
    state_field="state",
    transitions=(
        Transition(
            action="apply",
            from_states=frozenset({S.previewed, S.applying}),
            to=S.applying,
            permission=Permission.members_import,
            event="import.applying",
            path="/v1/imports/{id}/apply",
            guard=_at_work,
        ),
        Transition(
            action="undo",
            from_states=frozenset({S.applied, S.applying, S.undoing}),
            to=S.undoing,
            permission=Permission.members_import,
            event="import.undoing",
            path="/v1/imports/{id}/undo",
            guard=_cannot_undo,
        ),
        Transition(
            action="discard",
            from_states=frozenset({S.uploaded, S.validated, S.previewed, S.failed}),
            to=S.discarded,
            permission=Permission.members_import,
            event="import.discarded",
            path="/v1/imports/{id}/discard",
        ),
    ),
)
