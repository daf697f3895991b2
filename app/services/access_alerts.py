"""Alerts of what is unusual in the log of reads: listed, and looked into by somebody whom they do not concern."""

from typing import Literal
from uuid import UUID

from pydantic import Field

from app.core.actor import Actor
from app.core.db import Session
from app.core.errors import Invalid
from app.core.lifecycle import Lifecycle, Transition
from app.core.paging import Answer, Body, Listing, PageQuery, Where
from app.core.permissions import Permission
from app.models.access_alerts import AccessAlert, AccessAlertRule, AccessAlertState, LookedInto
from app.services.matters import (
    RESOURCE,
    Matter,
    answer,
    begin_step,
    list_matters,
    open_matter,
    record_matter_read,
    steps_of,
    take_step,
)

ALERT = Lifecycle(
    "access alert",
    (
        Transition(
            action="look_into",
            from_states=frozenset({AccessAlertState.open}),
            to=AccessAlertState.looked_into,
            permission=Permission.privacy_handle,
            event="access_alert.looked_into",
            path="/v1/access-alerts/{id}/look-into",
            required_fields=("outcome", "text"),
        ),
    ),
    state_field="state",
)
_SHOWN = (
    "id", "rule", "account_id", "record_id", "on_day", "count", "usual", "state", "state_since", "outcome", "breach_id",
    "version",
)  # fmt: skip
ACCESS_ALERT = Matter(
    "access alert",
    AccessAlert,
    Listing(
        resource=RESOURCE,
        source="access_alerts x",
        key="x.id",
        columns={
            **{name: f"x.{name}" for name in _SHOWN},
            "created_at": "utc(x.created_at)",
            "updated_at": "utc(x.updated_at)",
        },
        sorts={"on_day": ("x.on_day", "date")},
        facts={name: f"x.{name}" for name in _SHOWN},
    ),
    ALERT,
)


class AccessAlertsQuery(PageQuery):
    """Which alerts, the newest first."""

    state: AccessAlertState | None = Field(default=None, description="Only those in this state.")
    rule: AccessAlertRule | None = Field(default=None, description="Only those of this rule.")
    account_id: UUID | None = Field(default=None, description="Only those about this account.")
    sort: Literal["on_day", "-on_day"] = Field(default="-on_day", description="In which order.")


async def list_alerts(session: Session, actor: Actor, query: AccessAlertsQuery) -> Body:
    """A page of the alerts that are open to the actor: none about themselves. Raises `Forbidden`, `CursorInvalid`."""
    where = Where()
    for name in ("state", "rule", "account_id"):
        if (value := getattr(query, name)) is not None:
            where.add(f"x.{name} = {{}}", value)
    return await list_matters(session, actor, ACCESS_ALERT, where, query, sort=query.sort)


async def get_alert(session: Session, actor: Actor, alert_id: UUID) -> Answer:
    """An alert with what was done about it. Raises `Forbidden`, `NotFound`. The read is logged."""
    held = await open_matter(session, actor, ACCESS_ALERT, alert_id)
    await record_matter_read(session, actor, alert_id)
    return answer(actor, held, {"steps": await steps_of(session, alert_id)})


async def look_into(
    session: Session, actor: Actor, alert_id: UUID, data: LookedInto, *, version: int | None = None
) -> Answer:
    """Say what was behind an alert. Raises `Invalid` for a breach that is not there, and as `begin_step`."""
    held = await begin_step(session, actor, ACCESS_ALERT, alert_id, "look_into", version=version)
    known = "select exists (select from breaches where id = $1)"
    if data.breach_id is not None and not await session.fetchval(known, data.breach_id):
        raise Invalid.at("/breach_id", "unknown_breach", "Name a breach in the register.")
    columns = {"outcome": data.outcome, "breach_id": data.breach_id}
    await take_step(session, actor, held, "look_into", columns=columns, texts={"text": data.text})
    return await get_alert(session, actor, alert_id)
