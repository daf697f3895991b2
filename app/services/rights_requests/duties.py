"""The clocks of requests, for the worker's reminders."""

from app.services.reminders import DAY_OVER, Running
from app.services.rights_requests.lifecycle import ENDED

_ENDED = ", ".join(f"'{state.value}'" for state in sorted(ENDED))

#: While a question is open there is no last day.
REQUESTS_RUN = Running(
    noun="rights_request",
    sql=f"select r.id as subject_id, {DAY_OVER.format('r.due_on')} as due_at from rights_requests r "
    f"where r.due_on is not null and r.state not in ({_ENDED})",
)
