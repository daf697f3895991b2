"""What is known of a breach at a glance."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from app.core import clock
from app.core.paging import Listing
from app.models.breaches import Breach, BreachRisk
from app.services.breaches.lifecycle import BREACH, DONE
from app.services.breaches.risk import NOTIFIABLE
from app.services.matters import RESOURCE, Matter

#: What decides how likely a risk is.
FACTS = (
    "types", "categories", "special_category", "unintelligible", "backed_up", "recovered", "published",
    "vulnerable_people",
)  # fmt: skip
_INSTANTS = (
    "occurred_at", "discovered_at", "aware_at", "due_at", "contained_at", "notified_at", "people_told_at", "created_at",
    "updated_at",
)  # fmt: skip
_PLAIN = (
    "id", "reference", "state", "state_since", *FACTS, "people_count", "records_count", "counts_estimated", "cause",
    "risk", "assessed_on", "notified_late", "commissioner_reference", "people_told_count", "not_telling_ground",
    "closed_on", "version",
)  # fmt: skip
_DONE = ", ".join(f"'{state}'" for state in sorted(DONE))
#: Under a clock that still runs.
RUNS = f"b.notified_at is null and b.state not in ({_DONE})"


def local(instant: datetime) -> str:
    """An instant in the organisation's time, with its offset."""
    return instant.astimezone(clock.LONDON).isoformat()


def _moment(row: Mapping[str, Any]) -> dict[str, Any]:
    risk = row["risk"]
    return {
        "due_at_local": local(row["due_at"]),
        "overdue": row["runs"] and row["due_at"] < clock.now(),
        "commissioner_required": risk and risk in NOTIFIABLE,
        "people_required": risk and risk == BreachRisk.high,
    }


BREACH_MATTER = Matter(
    "breach",
    Breach,
    Listing(
        resource=RESOURCE,
        source="breaches b",
        key="b.id",
        columns={**{name: f"b.{name}" for name in _PLAIN}, **{name: f"utc(b.{name})" for name in _INSTANTS}},
        sorts={"aware_at": ("b.aware_at", "timestamptz"), "due_at": ("b.due_at", "timestamptz")},
        facts={
            **{name: f"b.{name}" for name in (*_PLAIN, *_INSTANTS, "sealed")},
            "runs": RUNS,
            "last_phase": "(select r.phase from breach_reports r where r.breach_id = b.id order by r.id desc limit 1)",
        },
    ),
    BREACH,
    moment=_moment,
)
