"""The clock of a request: worked out anew from its facts with each of them, and never counted by hand."""

from collections.abc import Mapping, Sequence
from typing import Any

from app.core.calendars import Division
from app.core.db import Session
from app.models.deadlines import SubjectAccessDeadline
from app.services.deadlines import Pause, subject_access

_PAUSES = "select asked_on, answered_on from request_pauses where request_id = $1 order by asked_on, id"
_STOPPED = {
    "clock_started_on": None,
    "paused_days": 0,
    "due_on": None,
    "internal_due_on": None,
    "extension_notice_by": None,
}


async def clock_columns(session: Session, row: Mapping[str, Any]) -> dict[str, Any]:
    """The columns of a request's clock, from the facts in `row` and its pauses.

    Every right has the clock of access (UK GDPR arts. 12(3) and 12A). It has not started while proof of identity or a
    fee is outstanding. Whether the notice of an extension came in time is judged with each fact anew: a question whose
    record came later made the time for it longer. One that came too late extends nothing.
    """
    pauses = [Pause(one["asked_on"], one["answered_on"]) for one in await session.fetch(_PAUSES, row["id"])]
    extended_on = row["extended_on"]
    waiting = {
        "paused_since": next((pause.asked_on for pause in pauses if pause.answered_on is None), None),
        "extension_late": None if extended_on is None else False,
    }
    if _owes(row, "identity") or _owes(row, "fee"):
        return {**waiting, **_STOPPED}
    deadline = _deadline(row, pauses, extended=False)
    notice_by = deadline.extension_notice_by
    late = extended_on is not None and notice_by is not None and notice_by < extended_on
    if extended_on is not None and not late:
        deadline = _deadline(row, pauses, extended=True)
    return {
        **waiting,
        "extension_late": None if extended_on is None else late,
        "clock_started_on": deadline.clock_started_on,
        "paused_days": deadline.paused_days or 0,
        "due_on": deadline.due_on,
        "internal_due_on": deadline.internal_due_on,
        "extension_notice_by": notice_by,
    }


def _deadline(row: Mapping[str, Any], pauses: Sequence[Pause], *, extended: bool) -> SubjectAccessDeadline:
    return subject_access(
        row["received_on"],
        Division(row["division"]),
        identity_received_on=row["identity_received_on"],
        fee_received_on=row["fee_received_on"],
        pauses=pauses,
        extended=extended,
    )


def _owes(row: Mapping[str, Any], what: str) -> bool:
    return row[f"{what}_asked_on"] is not None and row[f"{what}_received_on"] is None
