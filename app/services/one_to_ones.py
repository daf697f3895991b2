"""One-to-ones: planned, held or not, with whom and what for; what follows, and whether it was kept.

That somebody met somebody is for all who see the meetings of a unit; the notes are for those who were announced.
"""

from datetime import date, datetime
from typing import Any, Literal
from uuid import UUID

from pydantic import Field

from app.core import clock
from app.core.actor import Actor
from app.core.db import Session
from app.core.errors import Invalid
from app.core.paging import Answer, Body, Where
from app.core.permissions import Permission
from app.models.members import LegalDate
from app.models.one_to_ones import OneToOne, OneToOnePurpose, OneToOneState
from app.models.one_to_ones_shapes import (
    NextStepSaid,
    NextStepSettle,
    NotesWrite,
    OneToOneCreate,
    OneToOneHold,
    OneToOneReschedule,
    OneToOneUpdate,
    TierSet,
)
from app.services.contacts import organisation_named, person_named
from app.services.guardians import give_consent, must_have_guardian
from app.services.matters import past
from app.services.one_to_ones_notes import move_tier, read_notes, write_notes
from app.services.one_to_ones_record import COURSE, ONE_TO_ONE
from app.services.unit_records import (
    Held,
    UnitQuery,
    add_record,
    answer,
    answer_anew,
    begin_step,
    change_record,
    hold_record,
    judge_unit,
    list_records,
    must_see,
    open_record,
    read_record,
    take_step,
)

P, S = Permission, OneToOneState


class OneToOnesQuery(UnitQuery):
    """Which one-to-ones, the latest first."""

    person_id: UUID | None = Field(default=None, description="Only those with this person.")
    organiser_id: UUID | None = Field(default=None, description="Only those of this organiser, by their account.")
    mine: bool = Field(default=False, description="Only your own.")
    organisation_id: UUID | None = Field(default=None, description="Only those at this institution.")
    campaign_id: UUID | None = Field(default=None, description="Only those for this campaign.")
    state: OneToOneState | None = Field(default=None, description="Planned, held, missed or cancelled.")
    purpose: OneToOnePurpose | None = Field(default=None, description="Only those for this.")
    from_day: LegalDate | None = Field(default=None, description="On this day or later.")
    to_day: LegalDate | None = Field(default=None, description="On this day or before.")
    next_step_open: bool | None = Field(default=None, description="Whether something is still to follow.")
    next_step_due_before: LegalDate | None = Field(default=None, description="Something was to follow before this day.")
    sort: Literal["on_day", "-on_day", "created_at", "-created_at"] = Field(
        default="-on_day", description="By the day of the meeting, or of its record."
    )


async def list_one_to_ones(session: Session, actor: Actor, query: OneToOnesQuery) -> Body:
    """A page of the one-to-ones in reach, without notes. Raises `CursorInvalid`."""
    where = Where()
    query.narrow(where, "o")
    for name in ("person_id", "organiser_id", "organisation_id", "campaign_id", "state", "purpose"):
        if (value := getattr(query, name)) is not None:
            where.add(f"o.{name} = {{}}", value)
    if query.mine:
        where.add("o.organiser_id = {}", actor.account_id)
    if query.from_day is not None:
        where.add("o.on_day >= {}", query.from_day)
    if query.to_day is not None:
        where.add("o.on_day <= {}", query.to_day)
    if query.next_step_open is not None:
        is_open = "o.next_step_due_on is not null and o.next_step_kept is null and o.state <> 'cancelled'"
        where.add(f"({is_open}) = {{}}", query.next_step_open)
    if query.next_step_due_before is not None:
        where.add("o.next_step_due_on < {}", query.next_step_due_before)
    return await list_records(session, actor, ONE_TO_ONE, where, query, sort=query.sort)


async def get_one_to_one(session: Session, actor: Actor, one_to_one_id: UUID) -> Answer:
    """One of them, with its notes if they are the actor's to read. Raises `NotFound`. Both reads are logged."""
    held = await read_record(session, actor, ONE_TO_ONE, one_to_one_id)
    return answer(actor, held, {"notes": await read_notes(session, actor, held)})


async def create_one_to_one(session: Session, actor: Actor, data: OneToOneCreate) -> Answer:
    """Record a one-to-one of the actor's, with the person, the organisation, the notes and what follows, in one.

    Raises `NotFound`, `Forbidden`, and `Invalid` for what is out of sight, a day that cannot be, a guardian who has not
    consented and what may not be noted.
    """
    await judge_unit(session, actor, data.branch_id, P.meetings_record)
    _judge_day(data.on_day, data.starts_at, held=data.state == S.held)
    person_id = await person_named(session, actor, data.branch_id, data.person)
    if data.guardian is not None:
        await give_consent(session, actor, data.branch_id, person_id, data.guardian, "/guardian")
    await must_have_guardian(session, person_id, "/guardian", under_18=data.under_18)
    organisation_id = None
    if data.organisation is not None:
        organisation_id = await organisation_named(session, actor, data.branch_id, data.organisation)
    await must_see(session, "campaigns", data.campaign_id, "/campaign_id")
    entity = OneToOne(
        branch_id=data.branch_id,
        person_id=person_id,
        organiser_id=actor.account_id,
        organisation_id=organisation_id,
        state_since=clock.today(),
        next_step_due_on=data.next_step.due_on if data.next_step else None,
        **data.model_dump(include={"campaign_id", "state", "on_day", "starts_at", "minutes", "purpose", "tier"}),
    )
    made = await add_record(session, actor, ONE_TO_ONE, entity)
    held = await open_record(session, actor, ONE_TO_ONE, entity.id)
    await write_notes(session, held, data.notes, data.next_step)
    return made


def _judge_day(day: date, starts_at: datetime | None, *, held: bool = False) -> None:
    """Raises `Invalid` unless what was held is past, what is planned is not, and it begins on its day."""
    today = clock.today()
    if held and day > today:
        raise Invalid.at("/on_day", "in_future", "What is to come is planned.")
    if not held and day < today:
        raise Invalid.at("/on_day", "in_past", "What is past was held, or was not.")
    if starts_at is not None and clock.day_of(starts_at) != day:
        raise Invalid.at("/starts_at", "not_on_that_day", "It begins on its day.")


async def update_one_to_one(
    session: Session, actor: Actor, one_to_one_id: UUID, data: OneToOneUpdate, *, version: int
) -> Answer:
    """Correct what it was for and how long it took. Raises `NotFound`, `Forbidden`, `PreconditionFailed`, `Invalid`."""
    held = await hold_record(session, actor, ONE_TO_ONE, one_to_one_id, version=version)
    changes = data.changes()
    await must_see(session, "campaigns", changes.get("campaign_id"), "/campaign_id")
    await change_record(session, actor, held, changes)
    return await answer_anew(session, actor, ONE_TO_ONE, one_to_one_id)


async def reschedule(
    session: Session, actor: Actor, one_to_one_id: UUID, data: OneToOneReschedule, *, version: int | None = None
) -> Answer:
    """Give a planned one-to-one another day. Raises as every step, and `Invalid` for a day that is past."""
    held = await begin_step(session, actor, ONE_TO_ONE, one_to_one_id, "reschedule", version=version)
    _judge_day(data.on_day, data.starts_at)
    await take_step(session, actor, held, "reschedule", columns=data.model_dump())
    return await answer_anew(session, actor, ONE_TO_ONE, one_to_one_id)


async def hold(
    session: Session, actor: Actor, one_to_one_id: UUID, data: OneToOneHold, *, version: int | None = None
) -> Answer:
    """It was held. Raises as every step, and as `write_notes`."""
    held = await begin_step(session, actor, ONE_TO_ONE, one_to_one_id, "hold", version=version)
    # Whoever came of age, or whose guardian no longer consents, since it was planned is judged by the day it is held.
    await must_have_guardian(session, held.row["person_id"], "/notes")
    columns: dict[str, Any] = _following(data.next_step)
    if data.minutes is not None:
        columns["minutes"] = data.minutes
    await write_notes(session, held, data.notes, data.next_step)
    await take_step(session, actor, held, "hold", columns=columns)
    return await answer_anew(session, actor, ONE_TO_ONE, one_to_one_id)


async def leave_off(
    session: Session,
    actor: Actor,
    one_to_one_id: UUID,
    action: Literal["miss", "cancel"],
    *,
    version: int | None = None,
) -> Answer:
    """It was not held: somebody did not come, or it was called off. Raises as every step."""
    held = await begin_step(session, actor, ONE_TO_ONE, one_to_one_id, action, version=version)
    await take_step(session, actor, held, action)
    return await answer_anew(session, actor, ONE_TO_ONE, one_to_one_id)


async def write_notes_of(
    session: Session, actor: Actor, one_to_one_id: UUID, data: NotesWrite, *, version: int | None = None
) -> Answer:
    """Write notes later, or anew. Raises as every step, and as `write_notes`."""
    held = await _begin_own(session, actor, one_to_one_id, "write_notes", version)
    await must_have_guardian(session, held.row["person_id"], "/story")
    await write_notes(session, held, data, data.next_step, pointer="")
    await take_step(session, actor, held, "write_notes", columns=_following(data.next_step))
    return await answer_anew(session, actor, ONE_TO_ONE, one_to_one_id)


async def _begin_own(session: Session, actor: Actor, one_to_one_id: UUID, action: str, version: int | None) -> Held:
    """As `begin_step`, of what its organiser alone does, while they record meetings at the unit."""
    held = await hold_record(session, actor, ONE_TO_ONE, one_to_one_id, version=version)
    COURSE.check(held.row, action, clock.today())
    return held


def _following(next_step: NextStepSaid | None) -> dict[str, Any]:
    """The columns of a next step that takes the place of the one before."""
    if next_step is None:
        return {}
    return {"next_step_due_on": next_step.due_on, "next_step_kept": None, "next_step_settled_on": None}


async def settle_next_step(
    session: Session,
    actor: Actor,
    one_to_one_id: UUID,
    action: Literal["keep_next_step", "miss_next_step"],
    data: NextStepSettle,
    *,
    version: int | None = None,
) -> Answer:
    """Say whether what was to follow did. Raises as every step, and `Invalid` for a day to come."""
    held = await begin_step(session, actor, ONE_TO_ONE, one_to_one_id, action, version=version)
    day = past(data.settled_on, "/settled_on")
    columns = {"next_step_kept": action == "keep_next_step", "next_step_settled_on": day}
    await take_step(session, actor, held, action, columns=columns)
    return await answer_anew(session, actor, ONE_TO_ONE, one_to_one_id)


async def set_tier(
    session: Session, actor: Actor, one_to_one_id: UUID, data: TierSet, *, version: int | None = None
) -> Answer:
    """Say who reads the notes from now on. Raises as every step, and as `move_tier`."""
    held = await _begin_own(session, actor, one_to_one_id, "set_tier", version)
    await move_tier(session, held, data.tier, data.announced_again_on)
    await take_step(session, actor, held, "set_tier", columns={"tier": data.tier})
    return await answer_anew(session, actor, ONE_TO_ONE, one_to_one_id)
