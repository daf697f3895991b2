"""The other rights, each by its own law: what is granted is done at once, and what it depends on must be done before.

Rectification, erasure, restriction, portability and objection (UK GDPR arts. 16 to 18, 20 and 21). Erasure itself is a
matter of its own, which two people decide; here it is found done.
"""

import json
from typing import Any
from uuid import UUID

from app.core import clock
from app.core.actor import Actor
from app.core.db import Session
from app.core.errors import Invalid
from app.core.paging import Answer
from app.models.granting import Granting, RecipientsRead
from app.models.request_verbs import Asking, Ending
from app.models.rights_requests import RequestKind
from app.services.matters import (
    ROLE,
    Held,
    answer,
    answer_anew,
    begin_step,
    open_matter,
    record_matter_read,
    take_step,
)
from app.services.rights_requests.acts import end
from app.services.rights_requests.facts import RIGHTS_REQUEST
from app.services.rights_requests.intake import note_members, stop_marketing
from app.services.rights_requests.letters import write_to_requester
from app.services.rights_requests.release import start_release
from app.services.rights_requests.releases import find_release

_RESTRICT = """
update people set processing_restricted_on = $2, version = version + 1, updated_at = $3
where id = $1 and erased_at is null and (processing_restricted_on is null) = ($2::date is not null)
"""
#: Exports that were made of units in which they were on record, while they were: their rows are not kept.
_RECIPIENTS = """
with places as (
  select m.branch_id, m.created_at::date as since, null::date as until from members m where m.person_id = $1
  union select t.branch_id, t.starts_on, t.ends_on from membership_terms t join members m on m.id = t.member_id
  where m.person_id = $1
)
select e.id, e.created_at, e.account_id, a.name, e.branch_id, e.use, e.purpose
from exports e join accounts a on a.id = e.account_id
where e.state = 'ready' and e.created_at >= (select min(m.created_at) from members m where m.person_id = $1)
and exists (
  select from places p join branches b on b.id = p.branch_id
  where b.path && e.unit_ids and p.since <= e.created_at::date and coalesce(e.created_at::date <= p.until, true))
order by e.id desc limit 500
"""


async def assess(
    session: Session, actor: Actor, request_id: UUID, data: Ending, *, version: int | None = None
) -> Answer:
    """Take a request up: what it asks for is weighed. Raises as `begin_step`."""
    held = await begin_step(session, actor, RIGHTS_REQUEST, request_id, "assess", version=version)
    await take_step(session, actor, held, "assess", texts={"text": data.text})
    return await answer_anew(session, actor, RIGHTS_REQUEST, request_id)


async def grant(
    session: Session,
    actor: Actor,
    request_id: UUID,
    data: Granting,
    *,
    action: str,
    links_url: str,
    version: int | None = None,
) -> Answer:
    """Grant a request, in whole (`grant`) or `grant_in_part`, and do what that means.

    Of portability that is a package of what they gave. Raises `Invalid`, and as `begin_step` and `start_release`.
    """
    held = await begin_step(session, actor, RIGHTS_REQUEST, request_id, action, version=version)
    kind = RequestKind(held.row["kind"])
    if (data.release is not None) != (kind is RequestKind.portability):
        raise Invalid.at("/release", "portability_alone", "Say how it is given where data is ported, and only there.")
    told: dict[str, Any] = {"code": None, "release": None}
    begun = None
    if data.release is not None:
        begun = await start_release(session, actor, held, data.release, links_url=links_url)
    elif kind is RequestKind.restriction:
        await _restrict(session, actor, held, restricted=True)
    elif held.row["marketing"]:
        async with session.as_role(ROLE):
            await stop_marketing(session, actor, held.row["person_id"])
    await end(session, actor, held, action, {}, {"text": data.text, "recipients_told": data.recipients_told})
    after = await open_matter(session, actor, RIGHTS_REQUEST, request_id)
    if begun is not None:
        row = await find_release(session, actor, after, begun.id)
        told = {"code": begun.code, "release": json.loads(row["json"])}
    return answer(actor, after, told)


async def lift_restriction(
    session: Session, actor: Actor, request_id: UUID, data: Asking, *, version: int | None = None
) -> Answer:
    """End a restriction; the person is told before (UK GDPR art. 18(3)): the letter is written with it."""
    held = await begin_step(session, actor, RIGHTS_REQUEST, request_id, "lift_restriction", version=version)
    await _restrict(session, actor, held, restricted=False)
    await take_step(session, actor, held, "lift_restriction", texts={"text": data.text})
    await write_to_requester(session, held, "lift_restriction", data.text, None)
    return await answer_anew(session, actor, RIGHTS_REQUEST, request_id)


async def list_recipients(session: Session, actor: Actor, request_id: UUID) -> RecipientsRead:
    """Who was given data of the person by an export, and is to be told of a change (UK GDPR art. 19).

    Raises `Forbidden`, `NotFound`. The read is logged.
    """
    held = await open_matter(session, actor, RIGHTS_REQUEST, request_id)
    await record_matter_read(session, actor, request_id, purpose="recipients")
    async with session.as_role(ROLE):
        rows = await session.fetch(_RECIPIENTS, held.row["person_id"])
    exports = [
        {
            "export_id": row["id"],
            "exported_at": row["created_at"],
            "account_id": row["account_id"],
            "name": row["name"],
            "branch_id": row["branch_id"],
            "use": row["use"],
            "purpose": row["purpose"],
        }
        for row in rows
    ]
    return RecipientsRead.model_validate({"exports": exports})


async def _restrict(session: Session, actor: Actor, held: Held, *, restricted: bool) -> None:
    person_id = held.row["person_id"]
    async with session.as_role(ROLE):
        await session.execute(_RESTRICT, person_id, clock.today() if restricted else None, clock.now())
        await note_members(session, actor, person_id, "processing_restricted")
