"""Panels: who hears a case, first or on appeal; who leaves one, and who then may decide."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

import asyncpg

from app.core import clock
from app.core.actor import Actor
from app.core.db import Session
from app.core.errors import Invalid
from app.core.paging import Answer
from app.core.permissions import Part
from app.models.dispute_hearing_verbs import PanelListing, SeatReplacement
from app.models.dispute_hearings import DisputePanel, PanelKind
from app.models.disputes import DisputePart, DisputeState
from app.models.procedures import Body
from app.services.disputes.case import Case, answer_anew, begin_step, take_step
from app.services.disputes.conflicts import must_be_impartial
from app.services.disputes.people import close_part, seat

#: The chair's part and the others', by the kind of panel.
SEATS = {
    PanelKind.first: (Part.chair, Part.panellist),
    PanelKind.appeal: (Part.appeal_chair, Part.appeal_panellist),
}
CHAIRS = frozenset(chair for chair, _ in SEATS.values())

_LIVE = "select * from dispute_panels where dispute_id = $1 and dissolved_at is null order by id desc limit 1"
_SEATED = "select * from dispute_parts where panel_id = $1 order by id"
_UNDISSOLVED = "select id from dispute_panels where dispute_id = $1 and dissolved_at is null"
_LIVE_SEATS = "select id from dispute_parts where panel_id = any ($1) and ended_at is null"
#: The hearings that count for a panel's people: those entered since the last of them was seated ($2) on it ($1).
_HEARD = """
select present_part_ids from dispute_meetings
where panel_id = $1 and kind = 'hearing' and state = 'held' and recorded_at >= $2
"""


@dataclass(frozen=True)
class Sitting:
    """A panel that has a case before it: the body that it is of, and its seats, the empty ones too."""

    id: UUID
    kind: PanelKind
    body: Body
    listed_on: date
    seats: Sequence[asyncpg.Record]

    @property
    def live(self) -> dict[UUID, asyncpg.Record]:
        return {row["id"]: row for row in self.seats if row["ended_at"] is None}


async def list_panel(
    session: Session, actor: Actor, dispute_id: UUID, data: PanelListing, *, version: int | None = None
) -> Answer:
    """Put the case before a panel of the first body.

    Raises as `begin_step` and `seat`, `PanelConflict`, and `Invalid` without a quorum or a chair.
    """
    case = await begin_step(session, actor, dispute_id, "list_panel", version=version)
    await _list(session, actor, case, PanelKind.first, case.definition.body(case.definition.first), data)
    await take_step(session, actor, case, "list_panel", columns={"heard_on": None}, texts={"text": data.text})
    return await answer_anew(session, actor, dispute_id)


async def list_appeal_panel(
    session: Session, actor: Actor, dispute_id: UUID, data: PanelListing, *, version: int | None = None
) -> Answer:
    """Put an appeal before people of the appeal body who had no part in the case. Raises as `list_panel`."""
    case = await begin_step(session, actor, dispute_id, "list_appeal_panel", version=version)
    await _list(session, actor, case, PanelKind.appeal, appeal_body(case), data)
    await take_step(session, actor, case, "list_appeal_panel", texts={"text": data.text})
    return await answer_anew(session, actor, dispute_id)


async def replace_member(
    session: Session, actor: Actor, dispute_id: UUID, data: SeatReplacement, *, version: int | None = None
) -> Answer:
    """End a member's seat, and fill it if somebody is named: one of the panel takes the chair so, or another joins.

    Raises as `list_panel`.
    """
    case = await begin_step(session, actor, dispute_id, "replace_member", version=version)
    sitting = await sitting_of(session, actor, case)
    left = next((row for row in sitting.seats if row["id"] == data.part_id), None)
    if left is None:
        raise Invalid.at("/part_id", "no_seat", "Name a seat of the panel that has the case.")
    if left["ended_at"] is None:
        await close_part(session, actor, case, left, {"end_reason": data.reasons})
    elif data.account_id is None:
        raise Invalid.at("/account_id", "seat_is_empty", "Name who takes this seat.")
    if data.account_id is not None:
        at = "/account_id"
        await must_be_impartial(session, actor, case, sitting.body, [(at, data.account_id)], panel_id=sitting.id)
        for row in sitting.live.values():
            if row["account_id"] == data.account_id and row["id"] != left["id"]:
                await close_part(session, actor, case, row, {"end_reason": data.reasons})
        part = Part(left["part"])
        await seat(session, actor, case, data.account_id, part, pointer=at, panel_id=sitting.id)
    await take_step(session, actor, case, "replace_member", texts={"reasons": data.reasons})
    return await answer_anew(session, actor, dispute_id)


def appeal_body(case: Case) -> Body:
    """The body that hears appeals from whoever decided the case."""
    onward = case.definition.body(case.row["deciding_body"]).appeal_to
    assert onward is not None  # a procedure has one for whatever decides first
    return case.definition.body(onward)


async def sitting_of(session: Session, _actor: Actor, case: Case) -> Sitting:
    """The panel that has the case before it. Raises `Invalid` where there is none."""
    row = await session.fetchrow(_LIVE, case.id)
    if row is None:
        raise Invalid.at("/part_ids", "no_panel", "No panel has this case before it.")
    seats = await session.fetch(_SEATED, row["id"])
    body = case.definition.body(row["body_key"])
    return Sitting(row["id"], PanelKind(row["kind"]), body, row["listed_on"], seats)


async def must_constitute(
    session: Session, actor: Actor, case: Case, sitting: Sitting, part_ids: Sequence[UUID]
) -> list[asyncpg.Record]:
    """The seats of those who act for a panel: a quorum of its members with the chair, none of them in conflict.

    Ids that are not of its seats are somebody else's. Raises `Invalid`, `PanelConflict`.
    """
    live = sitting.live
    acting = [(f"/part_ids/{place}", live[one]) for place, one in enumerate(part_ids) if one in live]
    await must_be_impartial(
        session,
        actor,
        case,
        sitting.body,
        [(at, row["account_id"]) for at, row in acting],
        panel_id=sitting.id,
    )
    rows = [row for _, row in acting]
    chairs = [row["part"] in CHAIRS for row in rows]
    _must_have_quorum(sitting.body, [row["account_id"] for row in rows], chairs, "/part_ids")
    return rows


async def must_decide(session: Session, actor: Actor, case: Case, part_ids: Sequence[UUID]) -> Sitting:
    """The panel, once it may decide through these of its members: a quorum, and each was at all that was heard.

    A hearing before one of them was seated does not count: it has to begin anew. Raises `Invalid`, `PanelConflict`.
    """
    sitting = await sitting_of(session, actor, case)
    for place, one in enumerate(part_ids):
        if one not in sitting.live:
            raise Invalid.at(f"/part_ids/{place}", "no_seat", "Name members of the panel that has the case.")
    acting = await must_constitute(session, actor, case, sitting, part_ids)
    first_seated: dict[UUID, Any] = {}
    for row in sitting.seats:
        first_seated.setdefault(row["account_id"], row["created_at"])
    accounts = {row["account_id"] for row in acting}
    since = max(first_seated[one] for one in accounts)
    hearings = await session.fetch(_HEARD, sitting.id, since)
    own_seats = {one: {r["id"] for r in sitting.seats if r["account_id"] == one} for one in accounts}
    has_been_heard = sitting.kind is PanelKind.first and case.state == DisputeState.heard
    if has_been_heard and not hearings:
        raise Invalid.at("/part_ids", "member_not_heard", "Hear the case again before the panel as it is now.")
    for place, row in enumerate(acting):
        if any(own_seats[row["account_id"]].isdisjoint(one["present_part_ids"]) for one in hearings):
            raise Invalid.at(f"/part_ids/{place}", "member_not_heard", "Only members who heard the case decide it.")
    return sitting


async def _list(session: Session, actor: Actor, case: Case, kind: PanelKind, body: Body, data: PanelListing) -> None:
    accounts = [(f"/members/{place}/account_id", one.account_id) for place, one in enumerate(data.members)]
    await must_be_impartial(session, actor, case, body, accounts)
    named = [one.account_id for one in data.members]
    _must_have_quorum(body, named, [one.chair for one in data.members], "/members")
    await dissolve_panels(session, actor, case)
    panel = DisputePanel(dispute_id=case.id, kind=kind, body_key=body.key, listed_on=case.today)
    await session.insert(panel)
    chair, other = SEATS[kind]
    for (at, account_id), one in zip(accounts, data.members, strict=True):
        part = chair if one.chair else other
        await seat(session, actor, case, account_id, part, pointer=at, panel_id=panel.id)


def _must_have_quorum(body: Body, accounts: Sequence[UUID], chairs: Sequence[bool], pointer: str) -> None:
    twice = next((place for place, one in enumerate(accounts) if one in accounts[:place]), None)
    if twice is not None:
        raise Invalid.at(f"{pointer}/{twice}", "duplicate", "Name each member once.")
    if len(accounts) < body.quorum:
        raise Invalid.at(pointer, "quorum_missing", "The body has a quorum, and this is fewer.")
    if Counter(chairs)[True] != 1:
        raise Invalid.at(pointer, "chair_missing", "One member is in the chair.")


async def dissolve_panels(session: Session, _actor: Actor, case: Case) -> None:
    """A panel that has done its work goes, and with it its members' sight of the case."""
    panels = [row["id"] for row in await session.fetch(_UNDISSOLVED, case.id)]
    for row in await session.fetch(_LIVE_SEATS, panels):
        await session.update(DisputePart, row["id"], {"ended_at": clock.now()})
    for panel_id in panels:
        await session.update(DisputePanel, panel_id, {"dissolved_at": clock.now()})
