"""/v1/deadlines: statutory deadlines of data protection from dates alone, without a record.

Nothing is kept of what is asked. Bank holidays are those of the nation; of years that are not published yet they are
worked out, until 2100, and beyond only weekends are known.
"""

from typing import Annotated

from fastapi import Query
from starlette.responses import Response

from app.core.calendars import Division
from app.models.base import Instant
from app.models.deadlines import BreachNotification, ComplaintAcknowledgement, SubjectAccessDeadline
from app.models.members import LegalDate
from app.routers.deps import Router, public, told
from app.services import deadlines

router = Router("/v1/deadlines", "deadlines")


@router.get("/subject-access", response_model=SubjectAccessDeadline, **public())
async def get_subject_access_deadline(query: Annotated[deadlines.SubjectAccessQuery, Query()]) -> Response:
    """When a request for access must have been answered, and how that is worked out.

    The law's last day and a safer one to work to. While a question is not answered the clock is stopped: what depends
    on the answer is null, and `why` says so with `clock_paused`.
    """
    return told(deadlines.subject_access_asked(query))


@router.get("/complaint-acknowledgement", response_model=ComplaintAcknowledgement, **public())
async def get_complaint_acknowledgement_deadline(
    received_on: Annotated[LegalDate, Query(description="The day on which the complaint came in.")],
    nation: Annotated[
        Division, Query(description="Whose bank holidays count: those where the controller is established.")
    ],
) -> Response:
    """By when a complaint about the use of data must be acknowledged: thirty days that begin the day after receipt."""
    return told(ComplaintAcknowledgement(due_on=deadlines.complaint_acknowledgement(received_on, nation)))


@router.get("/breach-notification", response_model=BreachNotification, **public())
async def get_breach_notification_deadline(
    aware_at: Annotated[
        Instant,
        Query(description="When the breach was known, with its offset from UTC; in a URL a `+` is written `%2B`."),
    ],
) -> Response:
    """By when the Commissioner must be told of a breach: 72 hours, whatever the day, in UTC."""
    return told(BreachNotification(due_at=deadlines.breach_notification(aware_at)))
