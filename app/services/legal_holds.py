"""Legal holds: placed and lifted by the data-protection team. One beats erasure and retention while it is in force."""

from collections.abc import Iterable
from datetime import date
from typing import Literal
from uuid import UUID

from pydantic import Field

from app.core import clock
from app.core.actor import Actor
from app.core.db import Session
from app.core.errors import Invalid
from app.core.ids import new_reference
from app.core.lifecycle import Lifecycle, Transition
from app.core.paging import Answer, Body, Listing, PageQuery, Where
from app.core.permissions import Permission
from app.models.legal_holds import HoldState, LegalHold, LegalHoldLift, LegalHoldPlace
from app.services.envelopes import seal_texts, unseal_texts
from app.services.matters import (
    RESOURCE,
    ROLE,
    Matter,
    answer,
    answer_anew,
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

LEGAL_HOLD = Lifecycle(
    "legal hold",
    (
        Transition(
            action="lift",
            from_states=frozenset({HoldState.in_force}),
            to=HoldState.lifted,
            permission=Permission.privacy_handle,
            event="legal_hold.lifted",
            path="/v1/legal-holds/{id}/lift",
            required_fields=("text",),
        ),
    ),
    state_field="state",
)

_STATE = "case when h.state = 'in_force' and h.until <= $1 then 'expired' else h.state end"
_SHOWN = ("id", "reference", "person_id", "dispute_id", "reason", "until", "state_since", "placed_by", "version")
HOLD = Matter(
    "legal hold",
    LegalHold,
    Listing(
        resource=RESOURCE,
        source="legal_holds h",
        key="h.id",
        columns={
            **{name: f"h.{name}" for name in _SHOWN},
            "state": _STATE,
            "created_at": "utc(h.created_at)",
            "updated_at": "utc(h.updated_at)",
        },
        sorts={"created_at": ("h.created_at", "timestamptz")},
        facts={**{name: f"h.{name}" for name in (*_SHOWN, "sealed")}, "state": _STATE},
    ),
    LEGAL_HOLD,
)

# Held against an erasure that is under way: it goes first, and then there is nobody left to hold, or waits.
_LIVE_PERSON = "select erased_at is null from people where id = $1 for no key update"


class LegalHoldsQuery(PageQuery):
    """Which holds, the newest first."""

    state: HoldState | None = None
    person_id: UUID | None = Field(default=None, description="Only those placed on this person.")
    sort: Literal["created_at", "-created_at"] = "-created_at"


async def place_hold(session: Session, actor: Actor, data: LegalHoldPlace) -> Answer:
    """Forbid, from now on, that anything of somebody is erased. Raises `Forbidden`, `Invalid`."""
    actor.must(Permission.privacy_handle, (actor.organisation_id,))
    today = clock.today()
    if data.until is not None and data.until <= today:
        raise Invalid.at("/until", "not_to_come", "A hold ends on a day to come, or on none.")
    async with session.as_role(ROLE):
        if data.person_id is not None and not await session.fetchval(_LIVE_PERSON, data.person_id):
            raise Invalid.at("/person_id", "unknown_person", "Name a person who is on record.")
        hold = LegalHold(
            reference=new_reference("H"),
            person_id=data.person_id,
            dispute_id=data.dispute_id,
            reason=data.reason,
            until=data.until,
            state_since=today,
            placed_by=actor.account_id,
            sealed=b"",
        )
        hold.sealed = await seal_texts(session, hold.id, "legal_holds", hold.id, {"text": data.text})
        await session.insert(hold)
        if data.person_id is not None:
            await close_to(session, hold.id, person_id=data.person_id)
        await note_step(session, actor, hold.id, "place", to_state=HoldState.in_force, on_day=today)
        await note(session, actor, hold.id, "legal_hold.placed")
    return await answer_anew(session, actor, HOLD, hold.id)


async def list_holds(session: Session, actor: Actor, query: LegalHoldsQuery) -> Body:
    """A page of the holds that are open to the actor. Raises `Forbidden`, `CursorInvalid`."""
    where = Where()
    if query.state is not None:
        where.add(f"({_STATE}) = {{}}", query.state)
    if query.person_id is not None:
        where.add("h.person_id = {}", query.person_id)
    return await list_matters(session, actor, HOLD, where, query, sort=query.sort)


async def get_hold(session: Session, actor: Actor, hold_id: UUID) -> Answer:
    """The whole of a hold. Raises `Forbidden`, `NotFound`. The read is logged."""
    held = await open_matter(session, actor, HOLD, hold_id)
    await record_matter_read(session, actor, hold_id)
    said = await unseal_texts(session, held.id, "legal_holds", held.id, held.row["sealed"])
    return answer(actor, held, {"text": said.get("text"), "steps": await steps_of(session, hold_id)})


async def lift_hold(
    session: Session, actor: Actor, hold_id: UUID, data: LegalHoldLift, *, version: int | None = None
) -> Answer:
    """End a hold before its day. Raises as `begin_step`."""
    held = await begin_step(session, actor, HOLD, hold_id, "lift", version=version)
    await take_step(session, actor, held, "lift", texts={"text": data.text})
    return await answer_anew(session, actor, HOLD, hold_id)


async def on_hold(session: Session, person_ids: Iterable[UUID], day: date | None = None) -> set[UUID]:
    """Of these people those under a legal hold on a day, today by default: held themselves, or named in a held case.

    In SQL the same is `people_on_hold(uuid[], date)`, which every role that acts on many may call.
    """
    rows = await session.fetch("select held from people_on_hold($1, $2) held", list(person_ids), day or clock.today())
    return {row["held"] for row in rows}
