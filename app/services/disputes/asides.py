"""A case is stayed, goes on, is withdrawn, is linked with another or joined into it."""

from datetime import date
from typing import Any
from uuid import UUID

from app.core.actor import Actor
from app.core.calendars import next_working_day
from app.core.db import Session
from app.core.errors import Conflict, Invalid, NotFound
from app.core.paging import Answer, Body
from app.core.permissions import Permission
from app.models.dispute_asides import Joining, LinkMade, Stay
from app.models.dispute_verbs import Said
from app.models.disputes import DisputeLink, DisputeOutcome, PartyRole
from app.models.procedures import DayKind, Stage
from app.services.disputes.case import (
    Case,
    answer_anew,
    begin_step,
    hold_case,
    note,
    open_case,
    record_case_read,
    take_step,
    unseal,
)
from app.services.disputes.lifecycle import OPEN, STAGE
from app.services.disputes.measures import end_measures, move_measures
from app.services.disputes.parties import Found, close_to, enter_party

#: The other cases that the reader sees.
_LINKS = """
select coalesce(json_agg(json_build_object('id', o.id, 'reference', o.reference, 'state', o.state,
  'received_on', o.received_on, 'joined', coalesce(o.joined_into_id = d.id or d.joined_into_id = o.id, false),
  'linked_at', utc(l.created_at)) order by l.id), '[]')::text
from dispute_links l join disputes o on o.id = l.other_id join disputes d on d.id = l.dispute_id where l.dispute_id = $1
"""
#: Who is named in a case and not, in the same part, in the one that it is joined into.
_NOT_NAMED_THERE = """
select * from dispute_parties p where p.dispute_id = $1 and p.struck_at is null and not exists (
  select from dispute_parties n where n.dispute_id = $2 and n.struck_at is null and n.role = p.role
  and (n.person_id = p.person_id or n.account_id = p.account_id or n.unit_id = p.unit_id))
order by p.id
"""
#: Interests declared in a case, against whoever works on the one that it is joined into.
_INTERESTS = """
select distinct w.person_id, w.account_id, w.unit_id from walls w
where w.wall_key = $1 and w.ended_at is null and w.reason = 'interest' and not exists (
  select from walls n where n.wall_key = $2 and n.ended_at is null
  and (n.person_id = w.person_id or n.account_id = w.account_id or n.unit_id = w.unit_id))
"""


class LinkedAlready(Conflict):
    code = "linked_already"
    sentence = "These cases are linked already."


class CannotJoin(Conflict):
    code = "cannot_join"
    sentence = "A case is joined into another one that is not decided."


async def stay_dispute(
    session: Session, actor: Actor, dispute_id: UUID, data: Stay, *, version: int | None = None
) -> Answer:
    """Hold every clock of the case but the reviews of its measures. Raises as `begin_step`."""
    case = await begin_step(session, actor, dispute_id, "stay", version=version)
    columns = {"stayed_on": case.today, "stay_reason": data.reason}
    await take_step(session, actor, case, "stay", columns=columns, texts={"text": data.text}, late=False)
    return await answer_anew(session, actor, dispute_id)


async def lift_stay(
    session: Session, actor: Actor, dispute_id: UUID, data: Said, *, version: int | None = None
) -> Answer:
    """Let the clocks run again: each ends as many days later as they were held. Raises as `begin_step`."""
    case = await begin_step(session, actor, dispute_id, "lift_stay", version=version)
    columns: dict[str, Any] = {"stayed_on": None, "stay_reason": None, **_moved_on(case)}
    await take_step(session, actor, case, "lift_stay", columns=columns, texts={"text": data.text}, late=False)
    return await answer_anew(session, actor, dispute_id)


async def record_withdrawal(
    session: Session, actor: Actor, dispute_id: UUID, data: Said, *, version: int | None = None
) -> Answer:
    """The complainant does not go on with it, and neither does the receiver. Raises as `begin_step`."""
    case = await begin_step(session, actor, dispute_id, "record_withdrawal", version=version)
    await end_measures(session, actor, case, case.today)
    columns = {"outcome": DisputeOutcome.withdrawn, "stayed_on": None, "stay_reason": None}
    await take_step(session, actor, case, "record_withdrawal", columns=columns, texts={"text": data.text})
    return await answer_anew(session, actor, dispute_id)


async def list_links(session: Session, actor: Actor, dispute_id: UUID) -> Body:
    """The cases that belong with this one, as far as the actor sees them. Raises `NotFound`. The read is logged."""
    case = await open_case(session, actor, dispute_id)
    await record_case_read(session, actor, case, "links")
    found = await session.fetchval(_LINKS, case.id)
    return Body(f'{{"data": {found}, "next_cursor": null, "has_more": false}}'.encode())


async def link_dispute(session: Session, actor: Actor, dispute_id: UUID, data: LinkMade) -> Body:
    """Say, in both, that two cases belong together.

    Raises as `hold_case`, `LinkedAlready`, and `Invalid` for no other case.
    """
    case = await hold_case(session, actor, dispute_id, Permission.disputes_handle)
    other = await _other(session, actor, case, data.other_id, "/other_id", Permission.disputes_read)
    if await _are_linked(session, case, other):
        raise LinkedAlready
    await _link(session, actor, case, other)
    return await list_links(session, actor, dispute_id)


async def join_dispute(
    session: Session, actor: Actor, dispute_id: UUID, data: Joining, *, version: int | None = None
) -> Answer:
    """Join a case into another that the actor handles too: whoever is named here is named there from now on.

    What was gathered here stays readable here. A measure goes on there. Raises as `begin_step`, `CannotJoin`, and
    `Invalid` for a case that is not there to be joined into.
    """
    case = await begin_step(session, actor, dispute_id, "join", version=version)
    into = await _other(session, actor, case, data.into_id, "/into_id", Permission.disputes_handle)
    if into.state not in OPEN:
        raise CannotJoin
    if not await _are_linked(session, case, into):
        await _link(session, actor, case, into)
    async with session.as_role("rollbook_case"):
        await _name_there(session, case, into)
        await move_measures(session, actor, case, into)
    columns = {
        "outcome": DisputeOutcome.joined,
        "joined_into_id": into.id,
        "stayed_on": None,
        "stay_reason": None,
    }
    await take_step(session, actor, case, "join", columns=columns, texts={"text": data.text})
    await note(session, actor, into, "dispute.took_in", fields={"other_id": str(case.id)})
    return await answer_anew(session, actor, dispute_id)


def _moved_on(case: Case) -> dict[str, date]:
    """The running last days, each later by the days of the stay, and on a working day where its kind asks for one."""
    stayed = case.row["stayed_on"]
    moved = {}
    running = {"due_on": STAGE.get(case.state), "appeal_due_on": Stage.appeal}
    if case.row["responded_on"] is None:
        running["response_due_on"] = Stage.respond
    for name, stage in running.items():
        last = case.row[name]
        if last is None or stage is None or (name != "due_on" and last < stayed):
            continue
        day = last + (case.today - stayed)
        rolls = case.today > stayed and case.definition.limits[stage].kind is not DayKind.calendar
        moved[name] = next_working_day(day, case.row["nation"]) if rolls else day
    return moved


async def _other(
    session: Session, actor: Actor, case: Case, other_id: UUID, pointer: str, permission: Permission
) -> Case:
    unseen = Invalid.at(pointer, "no_other_case", "Name another case that you see.")
    if other_id == case.id:
        raise unseen
    try:
        return await hold_case(session, actor, other_id, permission)
    except NotFound:
        raise unseen from None


async def _are_linked(session: Session, case: Case, other: Case) -> bool:
    return bool(
        await session.fetchval(
            "select true from dispute_links where dispute_id = $1 and other_id = $2 limit 1", case.id, other.id
        )
    )


async def _link(session: Session, actor: Actor, case: Case, other: Case) -> None:
    for one, two in ((case, other), (other, case)):
        await session.insert(DisputeLink(dispute_id=one.id, other_id=two.id))
        await note(session, actor, one, "dispute.linked", fields={"other_id": str(two.id)})


async def _name_there(session: Session, case: Case, into: Case) -> None:
    """Whoever is named in a case is named, and kept out, where it goes. Needs the role `rollbook_case`."""
    for row in await session.fetch(_NOT_NAMED_THERE, case.id, into.id):
        texts = await unseal(session, case.id, "dispute_parties", row["id"], row["sealed"])
        found = Found(
            PartyRole(row["role"]), row["person_id"], row["account_id"], row["unit_id"], texts.pop("name", None)
        )
        await enter_party(session, into.id, found, contact=texts, identity_withheld=row["identity_withheld"])
    for wall in await session.fetch(_INTERESTS, case.id, into.id):
        await close_to(session, into.id, "interest", wall["person_id"], wall["account_id"], wall["unit_id"])
