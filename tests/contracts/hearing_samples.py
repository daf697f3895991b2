"""Samples for panels, meetings, decisions and appeals: cases with a panel that may act."""

from datetime import date, timedelta
from typing import Any
from uuid import UUID

from app.core import clock
from app.core.permissions import Part
from app.models.dispute_hearings import (
    AppealAgainst,
    DisputeAppeal,
    DisputeMeeting,
    DisputePanel,
    MeetingKind,
    MeetingState,
    PanelKind,
    Sanction,
    SanctionState,
)
from app.models.disputes import DisputeOutcome, DisputePart, DisputeState
from tests.contracts.asks import Ask, Sample
from tests.contracts.case_samples import CASE, case
from tests.disputes.placed import Placed, place_case
from tests.world import World

S, K = DisputeState, PanelKind
WHY = "On the evidence."


async def _judge(world: World) -> tuple[UUID, UUID]:
    """The account and the person of somebody from a unit of nobody's, and of long standing."""
    _, person = await world.api.member(await world.api.unit(world.region), joined_on=date(2010, 1, 1))
    return await world.api.account(person_id=person), person


async def _panel(placed: Placed, world: World, kind: PanelKind = K.first) -> list[str]:
    """Three seats, of which whoever asks has the first, and which have heard the case. Returns their parts."""
    first = kind is K.first
    body, other = ("nec_disputes", Part.panellist) if first else ("disciplinary_committee", Part.appeal_panellist)
    panel = DisputePanel(dispute_id=placed.id, kind=kind, body_key=body, listed_on=clock.today())
    _, own = await world.api.member(await world.api.unit(world.region), joined_on=date(2010, 1, 1))
    seats = [placed.part_id]
    async with world.api.transaction() as session:
        await session.insert(panel)
        await session.execute("update accounts set person_id = $2 where id = $1", placed.account_id, own)
        await session.execute(
            "update dispute_parts set panel_id = $2, person_id = $3 where id = $1", placed.part_id, panel.id, own
        )
    for _ in range(2):
        account, person = await _judge(world)
        seat = DisputePart(
            dispute_id=placed.id, part=other, account_id=account, person_id=person, panel_id=panel.id, sealed=b""
        )
        await _kept(world, seat)
        seats.append(seat.id)
    await _kept(world, _meeting(placed, panel.id, MeetingState.held, seats))
    return [str(one) for one in seats]


def _meeting(
    placed: Placed, panel_id: UUID | None, state: MeetingState, present: list[UUID], *, kind: str = MeetingKind.hearing
) -> DisputeMeeting:
    held = state is MeetingState.held
    return DisputeMeeting(
        dispute_id=placed.id,
        panel_id=panel_id,
        kind=kind,
        state=state,
        starts_at=clock.now(),
        held_on=clock.today() if held else None,
        recorded_at=clock.now() if held else None,
        agreed_shorter=True,
        present_part_ids=present,
        sealed=b"",
    )


async def _kept(world: World, row: Any) -> UUID:
    async with world.api.transaction() as session:
        await session.insert(row)
    made: UUID = row.id
    return made


async def _members(_placed: Placed, world: World) -> dict[str, Any]:
    accounts = [(await _judge(world))[0] for _ in range(3)]
    return {"members": [{"account_id": str(one), "chair": one is accounts[0]} for one in accounts]}


async def _replaced(placed: Placed, world: World) -> dict[str, str]:
    seats = await _panel(placed, world)
    return {"part_id": seats[1], "account_id": str((await _judge(world))[0]), "reasons": "Ill."}


async def _heard(placed: Placed, world: World) -> dict[str, Any]:
    seats = await _panel(placed, world)
    panel = await world.api.value("select panel_id from dispute_parts where id = $1", placed.part_id)
    planned = await _kept(world, _meeting(placed, panel, MeetingState.planned, []))
    return {"meeting_id": str(planned), "part_ids": seats, "party_ids": [str(placed.respondent)], "minutes": WHY}


def _finding(placed: Placed) -> dict[str, Any]:
    finding = {"allegation_id": str(placed.allegation), "outcome": "upheld", "reasons": WHY}
    return {"findings": [finding], "reasons": WHY}


async def _decided(placed: Placed, world: World) -> dict[str, Any]:
    imposed = {"party_id": str(placed.respondent), "kind": "exclusion", "months": 6}
    return {**_finding(placed), "sanctions": [imposed], "part_ids": await _panel(placed, world)}


def _warned(placed: Placed, _world: World) -> dict[str, Any]:
    return {**_finding(placed), "sanctions": [{"party_id": str(placed.respondent), "kind": "warning", "months": 6}]}


def _ineligible(placed: Placed, _world: World) -> dict[str, Any]:
    return {**_finding(placed), "sanctions": [{"party_id": str(placed.respondent), "kind": "ineligibility"}]}


async def _appealed(placed: Placed, world: World) -> dict[str, str]:
    await world.api.execute("update dispute_allegations set outcome = 'upheld' where dispute_id = $1", placed.id)
    return {"party_id": str(placed.respondent), "text": "Out of proportion."}


async def _appeal(placed: Placed, world: World, *, late: bool = False, dismissal: bool = False) -> list[str]:
    """An appeal before its panel. Returns the panel's parts."""
    today = clock.today()
    await world.api.execute("update dispute_allegations set outcome = 'upheld' where dispute_id = $1", placed.id)
    appeal = DisputeAppeal(
        dispute_id=placed.id,
        party_id=placed.complainant if dismissal else placed.respondent,
        against=AppealAgainst.dismissal if dismissal else AppealAgainst.decision,
        lodged_on=today,
        due_on=today - timedelta(days=1) if late else today,
        late=late,
        admitted=not late,
        sealed=b"",
    )
    await _kept(world, appeal)
    return await _panel(placed, world, K.appeal)


async def _ruled(placed: Placed, world: World) -> dict[str, str]:
    await _appeal(placed, world, late=True)
    return {"reasons": WHY}


async def _appeal_decided(placed: Placed, world: World) -> dict[str, Any]:
    return {"outcome": "upheld", "reasons": WHY, "part_ids": await _appeal(placed, world)}


async def _reopened(placed: Placed, world: World) -> dict[str, Any]:
    return {"reasons": WHY, "part_ids": await _appeal(placed, world, dismissal=True)}


def _on_appeal(body: Any, *, admitted: bool, appealed_from: DisputeState = S.decided) -> Sample:
    outcome = DisputeOutcome.dismissed if appealed_from is S.dismissed else DisputeOutcome.upheld
    columns = {"appeal_late": not admitted, "appeal_admitted": admitted, "appealed_from": appealed_from}
    return case(S.appeal_listed, Part.appeal_chair, body, outcome=outcome, **columns)


def _listed(table: str) -> Sample:
    """A case with a row of each kind, of which the list of one is asked for."""

    async def make(world: World, unit: UUID) -> Ask:
        placed = await place_case(world, unit, S.appeal_listed)
        await _appeal(placed, world)
        today = clock.today()
        sanction = Sanction(
            dispute_id=placed.id,
            party_id=placed.respondent,
            kind="exclusion",
            months=6,
            starts_on=today,
            ends_on=clock.months_after(today, 6),
            state=SanctionState.in_force,
        )
        await _kept(world, sanction)
        shown = await world.api.value(f"select id from {table} where dispute_id = $1", placed.id)
        return Ask(ids={"dispute_id": placed.id}, by=placed.by, shown=shown)

    return Sample(make)


def _at_meeting(json: Any = None) -> Sample:
    async def make(world: World, unit: UUID) -> Ask:
        placed = await place_case(world, unit)
        planned = _meeting(placed, None, MeetingState.planned, [], kind=MeetingKind.interview)
        ids = {"dispute_id": placed.id, "meeting_id": await _kept(world, planned)}
        return Ask(ids=ids, json=json, by=placed.by)

    return Sample(make)


def _planned(_placed: Placed, _world: World) -> dict[str, str]:
    return {"kind": "interview", "starts_at": clock.now().isoformat(), "place": "Room 2"}


HEARINGS: dict[str, Sample] = {
    f"GET {CASE}/panels": _listed("dispute_panels"),
    f"POST {CASE}/list-panel": case(S.reported, body=_members),
    f"POST {CASE}/list-appeal-panel": case(S.appealed, body=_members),
    f"POST {CASE}/replace-member": case(S.listed, body=_replaced),
    f"GET {CASE}/meetings": _listed("dispute_meetings"),
    f"POST {CASE}/meetings": case(body=_planned),
    f"GET {CASE}/meetings/{{meeting_id}}": _at_meeting(),
    f"POST {CASE}/meetings/{{meeting_id}}/cancel": _at_meeting({"reasons": "Nobody came."}),
    f"POST {CASE}/meetings/{{meeting_id}}/record": _at_meeting({"part_ids": [], "minutes": "They spoke."}),
    f"POST {CASE}/hear": case(S.listed, Part.chair, _heard),
    f"POST {CASE}/decide": case(S.heard, Part.chair, _decided),
    f"POST {CASE}/warn": case(S.responded, body=_warned),
    f"POST {CASE}/declare-ineligible": case(S.responded, body=_ineligible),
    f"GET {CASE}/sanctions": _listed("sanctions"),
    f"GET {CASE}/appeals": _listed("dispute_appeals"),
    f"POST {CASE}/record-appeal": case(S.decided, body=_appealed, outcome=DisputeOutcome.upheld),
    f"POST {CASE}/admit-appeal": _on_appeal(_ruled, admitted=False),
    f"POST {CASE}/refuse-appeal": _on_appeal(_ruled, admitted=False),
    f"POST {CASE}/decide-appeal": _on_appeal(_appeal_decided, admitted=True),
    f"POST {CASE}/reopen": _on_appeal(_reopened, admitted=True, appealed_from=S.dismissed),
    f"POST {CASE}/finalise": case(
        S.decided, outcome=DisputeOutcome.upheld, appeal_due_on=clock.today() - timedelta(days=1)
    ),
}
