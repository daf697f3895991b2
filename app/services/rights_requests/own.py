"""One's own requests: asked, answered and taken back by the person themselves, whose sign-in proves who they are.

What is seen is decided by the policies of `rollbook_self`. What one does is judged by one's own lifecycle and done in
the request as the team would do it.
"""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from uuid import UUID

import asyncpg

from app.core import clock
from app.core.actor import Actor
from app.core.db import Session
from app.core.errors import NotFound
from app.core.paging import Answer, Body, Listing, PageQuery, Where, fetch_one, list_page, with_fields
from app.models.own_requests import OwnAnswer, OwnEnding, OwnRequestAsk
from app.models.request_verbs import AccessRequestLog, Answering, RightsRequestLog
from app.models.rights_requests import RequestChannel, RequestKind
from app.services.access import record_read
from app.services.matters import RESOURCE, ROLE, Held
from app.services.matters_kept import unseal_if_kept
from app.services.rights_requests.acts import clarify, end
from app.services.rights_requests.facts import ACCESS_REQUEST, RIGHTS_REQUEST
from app.services.rights_requests.intake import receive_request
from app.services.rights_requests.own_lifecycle import OWN_REQUEST
from app.services.throttles import count_try

#: Nobody needs to ask for more in a day, and each asks the team for work.
MOST_A_DAY = 10
_STATE = """case r.state
  when 'identity' then 'identity_asked' when 'clarifying' then 'information_asked'
  when 'searching' then 'under_consideration' when 'review' then 'under_consideration'
  when 'assessing' then 'under_consideration' when 'released' then 'granted'
  when 'partly_released' then 'granted_in_part' when 'partly_granted' then 'granted_in_part' else r.state end"""
OWN_REQUESTS = Listing(
    resource="own_requests",
    source="rights_requests r",
    key="r.id",
    columns={
        "id": "r.id",
        "reference": "r.reference",
        "kind": "r.kind",
        "marketing": "r.marketing",
        "state": _STATE,
        "received_on": "r.received_on",
        "due_on": "r.due_on",
        "paused_since": "r.paused_since",
        "fee_due_pence": "case when r.fee_asked_on is not null and r.fee_received_on is null then r.fee_pence end",
        "extended_on": "r.extended_on",
        "extension_reason": "r.extension_reason",
        "ended_on": "r.ended_on",
        "refusal_ground": "r.refusal_ground",
        "version": "r.version",
    },
    sorts={"received_on": ("r.received_on", "date")},
    facts={"id": "r.id", "version": "r.version", "kind": "r.kind", "state": _STATE},
)
_STATE_OF = f"select {_STATE} from rights_requests r where r.id = $1"
_PAUSES = """
select json_build_object('asked_on', p.asked_on, 'answered_on', p.answered_on)::jsonb as row
from request_pauses p where p.request_id = $1 order by p.asked_on, p.id
"""
#: Those that were told them, and that they took: the policy shows no others.
_STEPS = "select id, action, on_day, sealed from matter_steps where subject_id = $1 order by id"
_NAME = "select concat_ws(' ', given_name, family_name) from people where id = $1 and erased_at is null"


class OwnRequestsQuery(PageQuery):
    """Requests about oneself, the newest first."""


async def ask(session: Session, actor: Actor, data: OwnRequestAsk) -> Answer:
    """Use a right over one's own data. Raises `NotFound` for an account that is no person's, and `Throttled`."""
    if actor.person_id is None:
        raise NotFound("person")
    await count_try(session.database, "own_request", str(actor.account_id), quota=MOST_A_DAY, window=timedelta(days=1))
    async with session.as_role(ROLE):
        name = await session.fetchval(_NAME, actor.person_id)
    if name is None:
        raise NotFound("person")
    said = {"name": name, "text": data.text, "channel": RequestChannel.web, "person_id": actor.person_id}
    if data.kind is RequestKind.access:
        logged = AccessRequestLog(**said)
    else:
        logged = RightsRequestLog(**said, kind=data.kind, marketing=data.marketing)
    receipt = await receive_request(session, actor, logged, actor.person_id, proved=True)
    session.touched = None
    return await _read(session, await _find(session, actor, receipt.id))


async def list_own(session: Session, actor: Actor, query: OwnRequestsQuery) -> Body:
    """A page of the requests about oneself. Raises `CursorInvalid`. The read is logged."""
    await record_read(session, actor, RESOURCE, purpose="list:own")
    return await list_page(session, actor, OWN_REQUESTS, Where(), query, sort="-received_on")


async def get_own(session: Session, actor: Actor, request_id: UUID) -> Answer:
    """A request about oneself, with what was asked and told. Raises `NotFound`. The read is logged."""
    row = await _find(session, actor, request_id)
    await record_read(session, actor, RESOURCE, purpose="own_request", subject_id=request_id)
    return await _read(session, row)


async def answer_question(session: Session, actor: Actor, request_id: UUID, data: OwnAnswer) -> Answer:
    """Answer what one was asked; the clock runs on. Raises `NotFound`, `ActionNotAllowed`."""
    async with _within(session, actor, request_id, "answer", "receive_clarification") as held:
        await clarify(session, actor, held, Answering(text=data.text))
    session.touched = None
    return await _read(session, await _find(session, actor, request_id))


async def withdraw(session: Session, actor: Actor, request_id: UUID, data: OwnEnding) -> Answer:
    """Take one's request back. Raises `NotFound`, `ActionNotAllowed`."""
    async with _within(session, actor, request_id, "withdraw", "withdraw") as held:
        await end(session, actor, held, "withdraw", {}, {"text": data.text})
    session.touched = None
    return await _read(session, await _find(session, actor, request_id))


async def _find(session: Session, actor: Actor, request_id: UUID) -> asyncpg.Record:
    row = await fetch_one(session, actor, OWN_REQUESTS, request_id)
    if row is None:
        raise NotFound("request")
    return row


@asynccontextmanager
async def _within(session: Session, actor: Actor, request_id: UUID, own: str, action: str) -> AsyncIterator[Held]:
    """The request, judged in one's own words and held as the team holds it, for one thing that one does in it."""
    row = await _find(session, actor, request_id)
    matter = ACCESS_REQUEST if row["kind"] == RequestKind.access else RIGHTS_REQUEST
    async with session.as_role(ROLE):
        await session.execute("select 1 from rights_requests where id = $1 for update", request_id)
        found = await fetch_one(session, actor, matter.listing, request_id)
        assert found is not None
        held = Held(matter, found)
        today = clock.today()
        # Of two at once the second finds it done, in one's own words again.
        current = {"id": request_id, "state": await session.fetchval(_STATE_OF, request_id)}
        OWN_REQUEST.check(current, own, today)
        matter.lifecycle.check(found, action, today)
        yield held


async def _read(session: Session, row: asyncpg.Record) -> Answer:
    request_id = row["id"]
    told = {
        "pauses": [one["row"] for one in await session.fetch(_PAUSES, request_id)],
        "steps": [
            {
                "action": step["action"],
                "on_day": step["on_day"].isoformat(),
                "text": (await unseal_if_kept(session, request_id, "matter_steps", step["id"], step["sealed"])).get(
                    "text"
                ),
            }
            for step in await session.fetch(_STEPS, request_id)
        ],
        "allowed_actions": OWN_REQUEST.allowed_actions(row, lambda _permission: True, clock.today()),
    }
    return Answer(request_id, row["version"], with_fields(row["json"], told))
