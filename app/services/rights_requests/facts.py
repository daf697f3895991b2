"""What is known of a request at a glance, and the two kinds of matter that requests are."""

from app.core.paging import Listing
from app.models.rights_requests import RightsRequest
from app.services.matters import RESOURCE, Matter
from app.services.rights_requests.lifecycle import ACCESS, RIGHTS

_SHOWN = (
    "id", "reference", "kind", "made_by", "channel", "person_id", "marketing", "division", "state", "state_since",
    "received_on", "identity_asked_on", "identity_received_on", "fee_pence", "fee_reason", "fee_asked_on",
    "fee_received_on", "extended_on", "extension_reason", "extension_late", "clock_started_on", "paused_since",
    "paused_days", "due_on", "internal_due_on", "extension_notice_by", "ended_on", "ended_late", "refusal_ground",
    "searched_on", "version",
)  # fmt: skip
#: Of what lies behind a wall too, which the team does not see: only its number is known here.
_COUNTED = "(select {} from counted_items(r.id))"


def _listing(collection: str, kinds: str) -> Listing:
    return Listing(
        resource=RESOURCE,
        source=f"(select * from rights_requests where {kinds}) r",
        key="r.id",
        columns={
            **{name: f"r.{name}" for name in _SHOWN},
            "overdue": "r.ended_on is null and coalesce(r.due_on < $1, false)",
            "created_at": "utc(r.created_at)",
            "updated_at": "utc(r.updated_at)",
        },
        sorts={"received_on": ("r.received_on", "date"), "due_on": ("coalesce(r.due_on, 'infinity')", "date")},
        facts={
            **{name: f"r.{name}" for name in (*_SHOWN, "logged_by", "information", "sealed")},
            "collection": f"'{collection}'",
            "open_tasks": "(select count(*) from search_tasks t where t.request_id = r.id and t.answered_on is null "
            "and t.waived_on is null)",
            "items": _COUNTED.format("items"),
            "undecided": _COUNTED.format("undecided"),
            "undecided_behind_walls": _COUNTED.format("undecided_behind_walls"),
            "given": _COUNTED.format("given"),
            "held_back": _COUNTED.format("held_back"),
            "restricted": "exists (select from people p where p.id = r.person_id and "
            "p.processing_restricted_on is not null)",
            "erased": "is_erased(r.person_id)",
        },
    )


ACCESS_REQUEST = Matter(
    "subject-access request", RightsRequest, _listing("subject-access-requests", "kind = 'access'"), ACCESS
)
RIGHTS_REQUEST = Matter("rights request", RightsRequest, _listing("rights-requests", "kind <> 'access'"), RIGHTS)
