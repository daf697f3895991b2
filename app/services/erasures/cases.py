"""Erasing somebody, by two people: one proposes and says why, another approves, and it is done and certified."""

from typing import Any, Literal
from uuid import UUID

from pydantic import Field

from app.core import clock
from app.core.actor import Actor
from app.core.db import Session
from app.core.errors import Conflict, Invalid
from app.core.ids import new_reference
from app.core.paging import Answer, Body, PageQuery, Where
from app.core.permissions import Permission
from app.models.erasures import ErasureCase, ErasurePropose, ErasureRefusal, ErasureState, ErasureWithdrawal
from app.services import erasures
from app.services.envelopes import seal_texts, unseal_texts
from app.services.erasures.account import certify, tables_of
from app.services.erasures.lifecycle import ERASURE_CASE
from app.services.matters import (
    ROLE,
    Held,
    answer,
    begin_step,
    close_to,
    list_matters,
    note,
    note_step,
    open_matter,
    record_matter_read,
    steps_of,
    take_step,
)

_LIVE_PERSON = "select erased_at is null from people where id = $1 for no key update"
_REQUEST = "select exists (select from rights_requests where id = $1 and person_id = $2 and kind = 'erasure')"
_PROPOSED = "select exists (select from erasure_cases where person_id = $1 and state = 'proposed')"
_HOLD_PERSON = "select 1 from people where id = $1 for update"
_NAME = "select given_name || ' ' || family_name from people where id = $1"


class ErasureProposedAlready(Conflict):
    code = "erasure_proposed_already"
    sentence = "Erasing this person has been proposed and waits for a second person."


class ErasuresQuery(PageQuery):
    """Which erasures, the newest first."""

    state: ErasureState | None = None
    person_id: UUID | None = Field(default=None, description="Only those of this person.")
    sort: Literal["created_at", "-created_at"] = "-created_at"


async def propose_erasure(session: Session, actor: Actor, data: ErasurePropose) -> Answer:
    """Propose that somebody is erased; what stands against it now may be gone when it is decided.

    Raises `Forbidden`, `Invalid` for nobody on record or another's request, `ErasureProposedAlready`.
    """
    actor.must(Permission.privacy_handle, (actor.organisation_id,))
    today = clock.today()
    async with session.as_role(ROLE):
        if not await session.fetchval(_LIVE_PERSON, data.person_id):
            raise Invalid.at("/person_id", "unknown_person", "Name a person who is on record.")
        if data.request_id is not None and not await session.fetchval(_REQUEST, data.request_id, data.person_id):
            raise Invalid.at("/request_id", "not_their_request", "Name a request for erasure by this person.")
        if await session.fetchval(_PROPOSED, data.person_id):
            raise ErasureProposedAlready
        case = ErasureCase(
            reference=new_reference("E"),
            person_id=data.person_id,
            request_id=data.request_id,
            ground=data.ground,
            state_since=today,
            proposed_by=actor.account_id,
            sealed=b"",
        )
        case.sealed = await seal_texts(session, case.id, "erasure_cases", case.id, {"text": data.text})
        await session.insert(case)
        await close_to(session, case.id, person_id=data.person_id)
        await note_step(session, actor, case.id, "propose", to_state=ErasureState.proposed, on_day=today)
        await note(session, actor, case.id, "erasure.proposed")
    return await _told(session, actor, case.id)


async def list_erasures(session: Session, actor: Actor, query: ErasuresQuery) -> Body:
    """A page of the erasures that are open to the actor. Raises `Forbidden`, `CursorInvalid`."""
    where = Where()
    if query.state is not None:
        where.add("e.state = {}", query.state)
    if query.person_id is not None:
        where.add("e.person_id = {}", query.person_id)
    return await list_matters(session, actor, ERASURE_CASE, where, query, sort=query.sort)


async def get_erasure(session: Session, actor: Actor, erasure_id: UUID) -> Answer:
    """The whole of an erasure, with what it would do. Raises `Forbidden`, `NotFound`. The read is logged."""
    held = await open_matter(session, actor, ERASURE_CASE, erasure_id)
    await record_matter_read(session, actor, erasure_id)
    said = await unseal_texts(session, held.id, "erasure_cases", held.id, held.row["sealed"])
    async with session.as_role(ROLE):
        name = await session.fetchval(_NAME, held.row["person_id"])
    extra = {
        "certificate": held.row["certificate"],
        "name": name,
        "text": said.get("text"),
        "obstacles": held.row["obstacles"],
        "tables": await tables_of(session, held.row["person_id"]),
        "steps": await steps_of(session, erasure_id),
    }
    return answer(actor, held, extra)


async def approve_erasure(session: Session, actor: Actor, erasure_id: UUID, *, version: int | None = None) -> Answer:
    """Erase somebody, as the second person, now and for good. Raises as `begin_step`."""
    seen = await open_matter(session, actor, ERASURE_CASE, erasure_id, Permission.privacy_approve)
    # Before what forbids it is judged: nothing that forbids it can be put on record until this is over.
    async with session.as_role(erasures.ROLE):
        await session.execute(_HOLD_PERSON, seen.row["person_id"])
    held = await begin_step(session, actor, ERASURE_CASE, erasure_id, "approve", version=version)
    before = await tables_of(session, seen.row["person_id"])
    erased = await erasures.erase_person(session, actor, seen.row["person_id"])
    assert erased is not None, "the guard has seen to it"
    columns = {"decided_by": actor.account_id, "erased_at": erased.at, "certificate": certify(erased, before)}
    await take_step(session, actor, held, "approve", columns=columns)
    return await _told(session, actor, erasure_id)


async def refuse_erasure(
    session: Session, actor: Actor, erasure_id: UUID, data: ErasureRefusal, *, version: int | None = None
) -> Answer:
    """Do not erase, as the second person, and say why. Raises as `begin_step`."""
    held = await begin_step(session, actor, ERASURE_CASE, erasure_id, "refuse", version=version)
    return await _end(session, actor, held, "refuse", {"decided_by": actor.account_id}, data.text)


async def withdraw_erasure(
    session: Session, actor: Actor, erasure_id: UUID, data: ErasureWithdrawal, *, version: int | None = None
) -> Answer:
    """Take a proposal back. Raises as `begin_step`."""
    held = await begin_step(session, actor, ERASURE_CASE, erasure_id, "withdraw", version=version)
    return await _end(session, actor, held, "withdraw", {}, data.text)


async def _end(
    session: Session, actor: Actor, held: Held, action: str, columns: dict[str, Any], said: str | None
) -> Answer:
    await take_step(session, actor, held, action, columns=columns, texts={"text": said})
    return await _told(session, actor, held.id)


async def _told(session: Session, actor: Actor, erasure_id: UUID) -> Answer:
    held = await open_matter(session, actor, ERASURE_CASE, erasure_id)
    return answer(actor, held, {"certificate": held.row["certificate"]})
