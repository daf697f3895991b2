"""Reading complaints about data: the team's list, the whole of one, and one's own."""

from typing import Any, Literal
from uuid import UUID

from pydantic import Field

from app.core.actor import Actor
from app.core.db import Session
from app.core.paging import Answer, Body, Listing, PageQuery, Where, list_page
from app.models.data_complaints import DataComplaintOutcome, DataComplaintState
from app.models.members import Language
from app.services.data_complaints.facts import COMPLAINT
from app.services.data_complaints.lifecycle import ENDED
from app.services.matters import answer, list_matters, open_matter, record_matter_read, steps_of
from app.services.matters_kept import unseal_if_kept

_WORDS = ("name", "email", "contact", "text", "about")
_OWN = (
    "id", "reference", "state", "received_on", "acknowledge_by", "acknowledged_on", "informed_on", "outcome",
    "ended_on",
)  # fmt: skip
#: What is seen is decided by the policy of `rollbook_self`.
_OWN_COMPLAINTS = Listing(
    resource="own_data_complaints",
    source="data_complaints c",
    key="c.id",
    columns={name: f"c.{name}" for name in _OWN},
    sorts={"received_on": ("c.received_on", "date")},
)


class DataComplaintsQuery(PageQuery):
    """Which complaints, the one received first before the others."""

    state: DataComplaintState | None = Field(default=None, description="Only those in this state.")
    open: bool | None = Field(default=None, description="Only those that are not ended; or, false, those that are.")
    overdue: bool | None = Field(default=None, description="Only those not acknowledged in time, or only the others.")
    outcome: DataComplaintOutcome | None = Field(default=None, description="Only those with this outcome.")
    sort: Literal["received_on", "-received_on"] = Field(default="received_on", description="In which order.")


class OwnDataComplaintsQuery(PageQuery):
    """The one received last before the others."""


async def list_complaints(session: Session, actor: Actor, query: DataComplaintsQuery) -> Body:
    """A page of the complaints that are open to the actor. Raises `Forbidden`, `CursorInvalid`."""
    where = Where()
    if query.state is not None:
        where.add("c.state = {}", query.state)
    if query.open is not None:
        where.add("(c.state <> all ({})) = {}", sorted(ENDED), query.open)
    if query.overdue is not None:
        where.add("{} = (" + COMPLAINT.listing.columns["overdue"] + ")", query.overdue)
    if query.outcome is not None:
        where.add("c.outcome = {}", query.outcome)
    return await list_matters(session, actor, COMPLAINT, where, query, sort=query.sort)


async def get_complaint(session: Session, actor: Actor, complaint_id: UUID) -> Answer:
    """The whole of a complaint. Raises `Forbidden`, `NotFound`. The read is logged."""
    held = await open_matter(session, actor, COMPLAINT, complaint_id)
    await record_matter_read(session, actor, complaint_id)
    said = await unseal_if_kept(session, held.id, "data_complaints", held.id, held.row["sealed"])
    extra: dict[str, Any] = {name: said.get(name) for name in _WORDS}
    extra["language"] = said.get("language", Language.english)
    extra["steps"] = await steps_of(session, complaint_id)
    return answer(actor, held, extra)


async def list_own_complaints(session: Session, actor: Actor, query: OwnDataComplaintsQuery) -> Body:
    """The actor's own complaints, and how far each is. Raises `CursorInvalid`."""
    return await list_page(session, actor, _OWN_COMPLAINTS, Where(), query, sort="-received_on")
