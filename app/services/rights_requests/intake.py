"""A request comes in, to whichever officer: they log it and see no more of it; the team takes it from there."""

from typing import Any
from uuid import UUID

from app.core import clock
from app.core.actor import Actor
from app.core.db import Session
from app.core.errors import Invalid
from app.core.ids import new_reference
from app.core.permissions import Permission
from app.models.members import Channel
from app.models.request_reads import RequestReceipt
from app.models.request_verbs import AccessRequestLog, RightsRequestLog
from app.models.rights_requests import RequestKind, RequestState, RightsRequest
from app.services.changes import record_change
from app.services.envelopes import seal_texts
from app.services.letters import Letter
from app.services.matters import ROLE, close_to, controllers_division, note, note_step, past
from app.services.reminders import write_to_team
from app.services.rights_requests.clock import clock_columns
from app.services.rights_requests.letters import acknowledge

_NEW_VERSION = "update members set version = version + 1, updated_at = $2 where person_id = $1 returning id, branch_id"
_SEEN = "select exists (select from members m where m.person_id = $1)"


async def log_request(session: Session, actor: Actor, data: AccessRequestLog) -> RequestReceipt:
    """Log a request that reached the actor. Raises `Invalid` for a day to come or a person who is not in sight."""
    if data.person_id is not None and not await _in_sight(session, actor, data.person_id):
        raise Invalid.at("/person_id", "unknown_person", "Name a person whom you see, or leave it out.")
    receipt = await receive_request(session, actor, data, data.person_id)
    # The answer is its asker's, who does not see the request: a repeat gets it again.
    session.touched = None
    return receipt


async def _in_sight(session: Session, actor: Actor, person_id: UUID) -> bool:
    return actor.holds(Permission.members_read) and bool(await session.fetchval(_SEEN, person_id))


async def receive_request(
    session: Session, actor: Actor, data: AccessRequestLog, person_id: UUID | None, *, proved: bool = False
) -> RequestReceipt:
    """Put a request on record. Whether the actor may speak of the person is the caller's to judge.

    `proved`: it is the person themselves who asks, signed in, so that nobody need ask who they are.
    """
    kind = data.kind if isinstance(data, RightsRequestLog) else RequestKind.access
    received_on = past(data.received_on, "/received_on")
    async with session.as_role(ROLE):
        request = RightsRequest(
            reference=new_reference("R"),
            kind=kind,
            made_by=data.made_by,
            channel=data.channel,
            person_id=person_id,
            marketing=isinstance(data, RightsRequestLog) and data.marketing,
            division=await controllers_division(session),
            state_since=clock.today(),
            received_on=received_on,
            identity_received_on=received_on if proved else None,
            logged_by=actor.account_id,
            sealed=b"",
        )
        for name, value in (await clock_columns(session, request.model_dump())).items():
            setattr(request, name, value)
        request.sealed = await seal_texts(session, request.id, "rights_requests", request.id, _said(data))
        await session.insert(request)
        if person_id is not None:
            await close_to(session, request.id, person_id=person_id)
        if request.marketing and person_id is not None:
            await stop_marketing(session, actor, person_id)
        await note_step(session, actor, request.id, "receive", to_state=RequestState.received, on_day=received_on)
        await note(session, actor, request.id, "rights_request.received")
        await acknowledge(session, request, data.email)
        await write_to_team(
            session, Letter.request_logged, request.id, but=[actor.account_id], reference=request.reference
        )
    return RequestReceipt(
        id=request.id, reference=request.reference, kind=kind, received_on=received_on, due_on=request.due_on
    )


def _said(data: AccessRequestLog) -> dict[str, Any]:
    return data.model_dump(mode="json", include={"name", "contact", "email", "text", "requester_name", "authority"})


async def stop_marketing(session: Session, actor: Actor, person_id: UUID) -> None:
    """An objection to direct marketing is absolute: it holds from now, in every channel (UK GDPR art. 21(2) and (3)).

    Needs the role `rollbook_privacy`.
    """
    await session.execute(
        "update people set objections = $2, version = version + 1, updated_at = $3 where id = $1 and erased_at is null",
        person_id,
        [channel.value for channel in Channel],
        clock.now(),
    )
    await note_members(session, actor, person_id, "objections")


async def note_members(session: Session, actor: Actor, person_id: UUID, field: str) -> None:
    """A change of a person is a new version of each record of theirs. Needs the role `rollbook_privacy`."""
    for member in await session.fetch(_NEW_VERSION, person_id, clock.now()):
        await record_change(
            session,
            actor,
            "member.updated",
            resource="members",
            subject_id=member["id"],
            branch_id=member["branch_id"],
            fields={field: True},
        )
