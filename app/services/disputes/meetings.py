"""Meetings in a case: planned with enough notice, held before whoever has to be there, and put on record."""

from collections.abc import Sequence
from datetime import date, datetime
from typing import Any
from uuid import UUID

import asyncpg

from app.core import clock
from app.core.actor import Actor
from app.core.db import Session
from app.core.errors import Conflict, Invalid, NotFound
from app.core.paging import Answer, fetch_one, with_fields
from app.core.permissions import Permission
from app.models.dispute_disclosures import DisclosureKind
from app.models.dispute_hearing_verbs import Hearing, MeetingPlan, MeetingRecord
from app.models.dispute_hearings import DisputeMeeting, MeetingKind, MeetingState, PanelKind
from app.models.dispute_verbs import Reasoned
from app.models.disputes import DisputeState
from app.models.procedures import Stage
from app.services.disputes.case import (
    Case,
    answer_anew,
    begin_step,
    hold_case,
    note,
    open_case,
    record_case_read,
    seal,
    take_step,
    unseal,
)
from app.services.disputes.decisions import tell_both_sides
from app.services.disputes.hearing_reads import MEETING_TEXTS, MEETINGS
from app.services.disputes.panels import must_constitute, sitting_of

TABLE = "dispute_meetings"
#: Meetings of a panel, which has to have the case before it.
OF_A_PANEL = frozenset({MeetingKind.hearing, MeetingKind.panel})
#: When the respondents were last given something to prepare for.
_LAST_PAPERS = """
select max(x.created_at) from dispute_disclosures x join dispute_parties p on p.id = x.party_id
where x.dispute_id = $1 and p.role = 'respondent' and x.kind in ('notice', 'evidence', 'report')
"""
_STRANGERS = """
select place - 1 from unnest($2::uuid[]) with ordinality asked (id, place)
where not exists (select from {} t where t.dispute_id = $1 and t.id = asked.id and t.{} is null) order by place limit 1
"""
_FIND = "select * from dispute_meetings where id = $1 and dispute_id = $2"


class TooSoon(Conflict):
    """`from_day` is the first day on which the procedure allows the hearing."""

    code = "too_soon"
    sentence = "There is too little time between the papers and the hearing: {from_day}, unless the respondents agree."


class MeetingOver(Conflict):
    code = "meeting_over"
    sentence = "This meeting has been held or cancelled."


async def plan_meeting(session: Session, actor: Actor, dispute_id: UUID, data: MeetingPlan) -> Answer:
    """Plan a meeting; the parties are told of a hearing. Raises as `hold_case`, `TooSoon`; `Invalid` with no panel."""
    case = await hold_case(session, actor, dispute_id, Permission.disputes_record)
    panel_id = (await sitting_of(session, actor, case)).id if data.kind in OF_A_PANEL else None
    agreed = data.shorter_notice_agreement is not None
    if data.kind is MeetingKind.hearing and not agreed:
        await _must_give_notice(session, case, clock.day_of(data.starts_at))
    row = DisputeMeeting(
        dispute_id=case.id,
        panel_id=panel_id,
        kind=data.kind,
        starts_at=data.starts_at,
        agreed_shorter=agreed,
        sealed=b"",
    )
    texts = data.model_dump(include=set(MEETING_TEXTS))
    row.sealed = await seal(session, case.id, TABLE, row.id, texts)
    await session.insert(row)
    await note(session, actor, case, "dispute.meeting_planned", fields=_fields(row.id, data.kind))
    if data.kind is MeetingKind.hearing:
        await tell_both_sides(session, actor, case, DisclosureKind.hearing, row.id)
    return await _answer(session, actor, case, row.id)


async def get_meeting(session: Session, actor: Actor, dispute_id: UUID, meeting_id: UUID) -> Answer:
    """One meeting, with its minutes. Raises `NotFound`, `Forbidden`. The read is logged."""
    case = await open_case(session, actor, dispute_id, Permission.disputes_examine)
    await record_case_read(session, actor, case, "meetings")
    return await _answer(session, actor, case, meeting_id)


async def cancel_meeting(session: Session, actor: Actor, dispute_id: UUID, meeting_id: UUID, data: Reasoned) -> Answer:
    """Call a meeting off, with reasons. Raises as `hold_case`, `NotFound`, `MeetingOver`."""
    case = await hold_case(session, actor, dispute_id, Permission.disputes_record)
    row = await _planned(session, case, meeting_id)
    await _change(session, case, row, {"state": MeetingState.cancelled}, {"reasons": data.reasons})
    await note(session, actor, case, "dispute.meeting_cancelled", fields=_fields(meeting_id, row["kind"]))
    return await _answer(session, actor, case, meeting_id)


async def record_meeting(
    session: Session, actor: Actor, dispute_id: UUID, meeting_id: UUID, data: MeetingRecord
) -> Answer:
    """Enter who was at a meeting and what was said; the hearing of a first panel is a step of the case, `hear`.

    Raises as `hold_case`, `NotFound`, `MeetingOver`, and as `must_constitute` for a hearing of an appeal.
    """
    case = await hold_case(session, actor, dispute_id, Permission.disputes_record)
    row = await _planned(session, case, meeting_id)
    if row["kind"] == MeetingKind.hearing:
        sitting = await sitting_of(session, actor, case)
        if sitting.kind is PanelKind.first or case.state != DisputeState.appeal_listed:
            raise Invalid.at("", "hearing_is_a_step", "Record a first hearing by hearing the case.")
        _must_be_its_own(row, sitting.id)
        await must_constitute(session, actor, case, sitting, data.part_ids)
    await _enter(session, case, row, data)
    await note(session, actor, case, "dispute.meeting_held", fields=_fields(meeting_id, row["kind"]))
    return await _answer(session, actor, case, meeting_id)


async def hear_dispute(
    session: Session, actor: Actor, dispute_id: UUID, data: Hearing, *, version: int | None = None
) -> Answer:
    """The panel has heard the case, with a quorum of it present; who of the respondents was not there is on record.

    Raises as `begin_step`, `must_constitute`, `NotFound`, `MeetingOver`, `TooSoon`, `Invalid`.
    """
    case = await begin_step(session, actor, dispute_id, "hear", version=version)
    row = await _planned(session, case, data.meeting_id)
    sitting = await sitting_of(session, actor, case)
    if row["kind"] != MeetingKind.hearing:
        raise Invalid.at("/meeting_id", "no_hearing", "Name a hearing.")
    _must_be_its_own(row, sitting.id)
    held_on = await _enter(session, case, row, data)
    if held_on < sitting.listed_on:
        raise Invalid.at("/held_on", "before_listed", "A panel hears a case once it has been listed.")
    if not row["agreed_shorter"]:
        await _must_give_notice(session, case, held_on)
    await must_constitute(session, actor, case, sitting, data.part_ids)
    await take_step(session, actor, case, "hear", columns={"heard_on": held_on}, on_day=held_on)
    return await answer_anew(session, actor, dispute_id)


def _must_be_its_own(row: asyncpg.Record, panel_id: UUID) -> None:
    if row["panel_id"] != panel_id:
        raise Invalid.at("/meeting_id", "other_panel", "This hearing was planned for another panel.")


async def _must_give_notice(session: Session, case: Case, day: date) -> None:
    papers: datetime | None = await session.fetchval(_LAST_PAPERS, case.id)
    days = [one for one in (case.row["notice_on"], papers and clock.day_of(papers)) if one is not None]
    if days and day < (earliest := case.due(Stage.hearing_notice, max(days))):
        raise TooSoon(from_day=earliest.isoformat())


async def _planned(session: Session, case: Case, meeting_id: UUID) -> asyncpg.Record:
    row = await session.fetchrow(_FIND, meeting_id, case.id)
    if row is None:
        raise NotFound("meeting")
    if row["state"] != MeetingState.planned:
        raise MeetingOver
    return row


async def _enter(session: Session, case: Case, row: asyncpg.Record, data: MeetingRecord) -> date:
    """Write down a meeting that was held; returns the day."""
    planned_on = clock.day_of(row["starts_at"])
    held_on = data.held_on or planned_on
    if held_on > case.today:
        raise Invalid.at("/held_on", "in_future", "Record a meeting once it has been held.")
    await _must_belong(session, case, "dispute_parts", "ended_at", data.part_ids, "/part_ids")
    await _must_belong(session, case, "dispute_parties", "struck_at", data.party_ids, "/party_ids")
    columns = {
        "state": MeetingState.held,
        "held_on": held_on,
        "recorded_at": clock.now(),
        "present_part_ids": data.part_ids,
        "present_party_ids": data.party_ids,
    }
    await _change(session, case, row, columns, data.model_dump(include=set(MEETING_TEXTS)))
    return held_on


async def _must_belong(session: Session, case: Case, table: str, ended: str, ids: Sequence[UUID], pointer: str) -> None:
    stranger = await session.fetchval(_STRANGERS.format(table, ended), case.id, ids)
    if stranger is not None:
        raise Invalid.at(f"{pointer}/{stranger}", "not_of_this_case", "Name somebody of this case.")


async def _change(
    session: Session, case: Case, row: asyncpg.Record, columns: dict[str, Any], texts: dict[str, str | None]
) -> None:
    said = await unseal(session, case.id, TABLE, row["id"], row["sealed"])
    new = {name: text for name, text in texts.items() if text is not None}
    sealed = await seal(session, case.id, TABLE, row["id"], {**said, **new})
    await session.update(DisputeMeeting, row["id"], {**columns, "sealed": sealed})


def _fields(meeting_id: UUID, kind: str) -> dict[str, str]:
    return {"meeting_id": str(meeting_id), "kind": str(kind)}


async def _answer(session: Session, actor: Actor, case: Case, meeting_id: UUID) -> Answer:
    row = await fetch_one(session, actor, MEETINGS, meeting_id)
    if row is None or row["dispute_id"] != case.id:
        raise NotFound("meeting")
    said = await unseal(session, case.id, TABLE, row["id"], row["sealed"])
    body = with_fields(row["json"], {name: said.get(name) for name in MEETING_TEXTS})
    return Answer(row["id"], row["version"], body)
