"""What is known of a complaint about data at a glance."""

from app.core.paging import Listing
from app.models.data_complaints import DataComplaint
from app.services.data_complaints.lifecycle import DATA_COMPLAINT
from app.services.matters import RESOURCE, Matter

_SHOWN = (
    "id", "reference", "channel", "person_id", "division", "state", "state_since", "received_on", "acknowledge_by",
    "acknowledged_on", "acknowledged_late", "informed_on", "outcome", "ended_on", "version",
)  # fmt: skip

COMPLAINT = Matter(
    "data complaint",
    DataComplaint,
    Listing(
        resource=RESOURCE,
        source="data_complaints c",
        key="c.id",
        columns={
            **{name: f"c.{name}" for name in _SHOWN},
            "overdue": "c.state = 'received' and coalesce(c.acknowledge_by < $1, false)",
            "created_at": "utc(c.created_at)",
            "updated_at": "utc(c.updated_at)",
        },
        sorts={"received_on": ("c.received_on", "date")},
        facts={
            **{name: f"c.{name}" for name in (*_SHOWN, "sealed")},
            # What is in time here is the acknowledgement, or an answer that makes it needless.
            "due_on": "case when c.state = 'received' then c.acknowledge_by end",
        },
    ),
    DATA_COMPLAINT,
)
