"""Reading requests: the team's lists, and the whole of one."""

from typing import Any, Literal
from uuid import UUID

from pydantic import Field

from app.core.actor import Actor
from app.core.db import Session
from app.core.paging import Answer, Body, PageQuery, Where
from app.models.rights_requests import RequestKind, RequestState
from app.services.matters import Matter, answer, list_matters, open_matter, record_matter_read, steps_of
from app.services.matters_kept import unseal_if_kept
from app.services.rights_requests.lifecycle import ENDED, INFORMATION

_PAUSES = """
select json_build_object('asked_on', p.asked_on, 'answered_on', p.answered_on)::jsonb as row
from request_pauses p where p.request_id = $1 order by p.asked_on, p.id
"""
_WORDS = ("name", "requester_name", "contact", "email", "text", "authority")
_FOUND = ("items", "undecided", "undecided_behind_walls", "given", "held_back", "open_tasks")


class AccessRequestsQuery(PageQuery):
    """Which requests, the one received first before the others."""

    state: RequestState | None = None
    open: bool | None = Field(default=None, description="Only those that are not ended; or, false, those that are.")
    overdue: bool | None = Field(default=None, description="Only those past the last day by law, or only the others.")
    paused: bool | None = Field(default=None, description="Only those whose clock is stopped, or only the others.")
    person_id: UUID | None = Field(default=None, description="Only those about this person.")
    sort: Literal["received_on", "-received_on", "due_on", "-due_on"] = "received_on"


class RightsRequestsQuery(AccessRequestsQuery):
    """Which requests, the one received first before the others."""

    kind: RequestKind | None = None


async def list_requests(session: Session, actor: Actor, matter: Matter, query: AccessRequestsQuery) -> Body:
    """A page of the requests that are open to the actor. Raises `Forbidden`, `CursorInvalid`."""
    where = Where()
    if query.state is not None:
        where.add("r.state = {}", query.state)
    if query.open is not None:
        where.add("(r.state <> all ({})) = {}", sorted(ENDED), query.open)
    if query.overdue is not None:
        where.add("{} = (" + matter.listing.columns["overdue"] + ")", query.overdue)
    if query.paused is not None:
        where.add("{} = (r.paused_since is not null)", query.paused)
    if query.person_id is not None:
        where.add("r.person_id = {}", query.person_id)
    if isinstance(query, RightsRequestsQuery) and query.kind is not None:
        where.add("r.kind = {}", query.kind)
    return await list_matters(session, actor, matter, where, query, sort=query.sort)


async def get_request(session: Session, actor: Actor, matter: Matter, request_id: UUID) -> Answer:
    """The whole of a request. Raises `Forbidden`, `NotFound`. The read is logged."""
    held = await open_matter(session, actor, matter, request_id)
    await record_matter_read(session, actor, request_id)
    said = await unseal_if_kept(session, held.id, "rights_requests", held.id, held.row["sealed"])
    extra: dict[str, Any] = {name: said.get(name) for name in _WORDS}
    extra["information"] = {name: held.row["information"].get(name) for name in INFORMATION}
    extra["found"] = {name: held.row[name] for name in _FOUND}
    extra["pauses"] = [row["row"] for row in await session.fetch(_PAUSES, request_id)]
    extra["steps"] = await steps_of(session, request_id)
    return answer(actor, held, extra)
