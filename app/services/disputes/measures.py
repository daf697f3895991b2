"""Interim measures: imposed for reasons, told in neutral words, reviewed in time, ended with the case.

A measure decides nothing. Whoever sees the member sees what holds them back and until when, and never why.
Source: ACAS Code of Practice 1, paragraph 8 (a suspension is brief, kept under review, and no disciplinary action).
"""

from datetime import date
from typing import Any
from uuid import UUID

import asyncpg

from app.core.actor import Actor
from app.core.db import Session
from app.core.errors import Conflict, Invalid, NotFound
from app.core.paging import Answer, Body, with_fields
from app.core.permissions import Permission
from app.models.dispute_disclosures import DisclosureKind
from app.models.dispute_measures import (
    DisputeMeasure,
    MeasureImpose,
    MeasureKind,
    MeasureReview,
    ReviewMeasure,
    ReviewOutcome,
)
from app.models.disputes import PartyRole
from app.models.procedures import Power, Stage
from app.models.restrictions import RestrictionKind
from app.services import restrictions
from app.services.disputes.case import Case, hold_case, note, open_case, opener, record_case_read, seal, unseal
from app.services.disputes.disclosing import disclose
from app.services.disputes.lifecycle import OPEN

TABLE, REVIEWS = "dispute_measures", "dispute_measure_reviews"
EFFECT = {
    MeasureKind.suspension: RestrictionKind.suspended,
    MeasureKind.office_suspension: RestrictionKind.suspended_from_office,
    MeasureKind.attendance: RestrictionKind.kept_from_meetings,
}
#: A measure `m` that holds on the day `$1`.
LIVE = "(m.lifted_on is null and coalesce($1 < m.ends_on, true))"

#: Of the case `$2`, and of the measure `$3` alone if that is given.
_MEASURES = f"""
select m.id, m.version, m.sealed, json_build_object('id', m.id, 'party_id', m.party_id, 'kind', m.kind,
  'safeguarding', m.safeguarding, 'starts_on', m.starts_on, 'ends_on', m.ends_on, 'review_by', m.review_by,
  'escalated_on', m.escalated_on, 'lifted_on', m.lifted_on, 'live', {LIVE}, 'account_id', m.account_id,
  'version', m.version, 'created_at', utc(m.created_at), 'updated_at', utc(m.updated_at))::text as json
from dispute_measures m where m.dispute_id = $2 and ($3::uuid is null or m.id = $3) order by m.id
"""
_REVIEWS = """
select r.id, r.measure_id, r.sealed, json_build_object('id', r.id, 'on_day', r.on_day, 'due_on', r.due_on,
  'late', r.late, 'outcome', r.outcome, 'account_id', r.account_id, 'created_at', utc(r.created_at))::jsonb as row
from dispute_measure_reviews r where r.dispute_id = $1 order by r.id
"""
#: Of the case `$2`, and of the party `$3` alone if that is given.
_LIVE_OF_CASE = f"""
select m.* from dispute_measures m
where m.dispute_id = $2 and ($3::uuid is null or m.party_id = $3) and {LIVE} order by m.id
"""


class NoPowerToSuspend(Conflict):
    code = "not_in_powers"
    sentence = "Under this procedure the body that receives complaints may not suspend pending a case."


class CaseNotOpen(Conflict):
    code = "case_not_open"
    sentence = "A measure is imposed only until the case is decided."


class MeasureExists(Conflict):
    code = "measure_exists"
    sentence = "This respondent is under such a measure already: review it."


class MeasureEnded(Conflict):
    code = "measure_ended"
    sentence = "This measure has ended."


async def impose_measure(session: Session, actor: Actor, dispute_id: UUID, data: MeasureImpose) -> Answer:
    """Hold a respondent back from today, and tell them so in neutral words: it is their first news if there was none.

    Raises as `hold_case`, `NoPowerToSuspend`, `CaseNotOpen`, `MeasureExists`, and `Invalid` for who is no respondent in
    person, or an end that is not to come.
    """
    case = await hold_case(session, actor, dispute_id, Permission.disputes_handle)
    if Power.suspend_pending not in case.definition.body(case.definition.receiver).powers:
        raise NoPowerToSuspend
    if case.state not in OPEN:
        raise CaseNotOpen
    party = await _respondent(session, case, data)
    _must_be_to_come(case, data.ends_on)
    measure = DisputeMeasure(
        dispute_id=case.id,
        party_id=party["id"],
        kind=data.kind,
        safeguarding=data.safeguarding,
        starts_on=case.today,
        ends_on=data.ends_on,
        review_by=case.due(Stage.review_measure, case.today),
        account_id=actor.account_id,
        sealed=b"",
    )
    measure.sealed = await seal(session, case.id, TABLE, measure.id, {"reasons": data.reasons, "text": data.text})
    await session.insert(measure)
    await _put_in_force(session, actor, party["person_id"], measure.id, data.kind, case.today, data.ends_on)
    await disclose(session, actor, case, party["id"], DisclosureKind.measure, [measure.id])
    told = {"measure_id": str(measure.id), "kind": str(data.kind)}
    await note(session, actor, case, "dispute.measure_imposed", fields=told)
    return await _answer(session, case, measure.id)


async def review_measure(
    session: Session, actor: Actor, dispute_id: UUID, measure_id: UUID, data: ReviewMeasure
) -> Answer:
    """Keep, vary or lift a measure, with reasons; what is kept is due for review again. Late where its day had passed.

    Raises as `hold_case`, `NotFound`, `MeasureEnded`, and `Invalid` for an end that is not to come.
    """
    case = await hold_case(session, actor, dispute_id, Permission.disputes_handle)
    row = await session.fetchrow(
        f"select m.*, {LIVE} as live, p.person_id from dispute_measures m join dispute_parties p on p.id = m.party_id "
        "where m.id = $2 and m.dispute_id = $3",
        case.today,
        measure_id,
        case.id,
    )
    if row is None:
        raise NotFound("measure")
    if not row["live"]:
        raise MeasureEnded
    review = MeasureReview(
        dispute_id=case.id,
        measure_id=measure_id,
        on_day=case.today,
        due_on=row["review_by"],
        late=row["review_by"] < case.today,
        outcome=data.outcome,
        account_id=actor.account_id,
        sealed=b"",
    )
    review.sealed = await seal(session, case.id, REVIEWS, review.id, {"reasons": data.reasons})
    await session.insert(review)
    if data.outcome is ReviewOutcome.lift:
        await _end(session, actor, measure_id, case.today)
    else:
        await _go_on(session, actor, case, row, data)
    fields = {"measure_id": str(measure_id), "outcome": str(data.outcome), "late": review.late}
    await note(session, actor, case, "dispute.measure_reviewed", fields=fields)
    return await _answer(session, case, measure_id)


async def list_measures(session: Session, actor: Actor, dispute_id: UUID) -> Body:
    """The measures of a case, those that have ended too. Raises as `open_case`. The read is logged."""
    case = await open_case(session, actor, dispute_id, Permission.disputes_examine)
    await record_case_read(session, actor, case, "measures")
    bodies = [body.decode() for _, body in await _read(session, case, None)]
    return Body(f'{{"data": [{", ".join(bodies)}], "next_cursor": null, "has_more": false}}'.encode())


async def end_measures(
    session: Session, actor: Actor | None, case: Case, day: date, *, party_id: UUID | None = None
) -> None:
    """End whatever holds somebody back because of the case: `day` is the first on which it no longer does.

    Called where a case ends or is decided, or for a party who is one no more. A sanction that takes its place starts on
    that day, so that there is no gap.
    """
    for row in await session.fetch(_LIVE_OF_CASE, case.today, case.id, party_id):
        await _end(session, actor, row["id"], day)
        await note(session, actor, case, "dispute.measure_ended", fields={"measure_id": str(row["id"])})


async def move_measures(session: Session, actor: Actor, case: Case, into: Case) -> None:
    """Hand the live measures of a case on to the one that it is joined into, where the person is a respondent too.

    Needs the role `rollbook_case`.
    """
    for row in await session.fetch(_LIVE_OF_CASE, case.today, case.id, None):
        party_id = await session.fetchval(
            "select n.id from dispute_parties o join dispute_parties n on n.person_id = o.person_id "
            "where o.id = $1 and n.dispute_id = $2 and n.role = $3 and n.struck_at is null limit 1",
            row["party_id"],
            into.id,
            PartyRole.respondent,
        )
        texts = await unseal(session, case.id, TABLE, row["id"], row["sealed"])
        sealed = await seal(session, into.id, TABLE, row["id"], texts)
        moved = {"dispute_id": into.id, "party_id": party_id, "sealed": sealed}
        await session.update(DisputeMeasure, row["id"], moved)
        await disclose(session, actor, into, party_id, DisclosureKind.measure, [row["id"]])
        for one, what in ((case, "dispute.measure_handed_on"), (into, "dispute.measure_taken_over")):
            await note(session, actor, one, what, fields={"measure_id": str(row["id"])})


async def _respondent(session: Session, case: Case, data: MeasureImpose) -> asyncpg.Record:
    party = await session.fetchrow(
        f"select p.*, exists (select from {TABLE} m where m.party_id = p.id and m.kind = $4 and {LIVE}) as held "
        "from dispute_parties p "
        "where p.id = $2 and p.dispute_id = $3 and p.struck_at is null and p.role = 'respondent'",
        case.today,
        data.party_id,
        case.id,
        data.kind,
    )
    if party is None or party["person_id"] is None:
        raise Invalid.at("/party_id", "no_respondent", "Name a respondent of this case, a person.")
    if party["held"]:
        raise MeasureExists
    return party


def _must_be_to_come(case: Case, ends_on: date | None) -> None:
    if ends_on is not None and ends_on <= case.today:
        raise Invalid.at("/ends_on", "not_in_future", "A measure ends after today.")


async def _put_in_force(
    session: Session,
    actor: Actor,
    person_id: UUID,
    measure_id: UUID,
    kind: MeasureKind,
    day: date,
    ends_on: date | None,
) -> None:
    """What it takes from the member. Of somebody who is none there is nothing to take: it stands in the case alone."""
    async with session.as_role("rollbook_case"):
        is_member = await session.fetchval("select true from members where person_id = $1", person_id)
    if is_member:
        await restrictions.restrict(
            session, actor, person_id=person_id, kind=EFFECT[kind], starts_on=day, ends_on=ends_on, source_id=measure_id
        )


async def _end(session: Session, actor: Actor | None, measure_id: UUID, day: date) -> None:
    await session.update(DisputeMeasure, measure_id, {"lifted_on": day})
    await restrictions.lift(session, actor, source_id=measure_id, day=day)


async def _go_on(session: Session, actor: Actor, case: Case, row: asyncpg.Record, data: ReviewMeasure) -> None:
    """Until the next review; where it is varied, as it says now, and the respondent is told so."""
    columns: dict[str, Any] = {"review_by": case.due(Stage.review_measure, case.today), "escalated_on": None}
    if data.outcome is ReviewOutcome.vary:
        _must_be_to_come(case, data.ends_on)
        kind = data.kind or MeasureKind(row["kind"])
        ends_on = data.ends_on if "ends_on" in data.model_fields_set else row["ends_on"]
        texts = await unseal(session, case.id, TABLE, row["id"], row["sealed"])
        texts |= {"text": data.text or texts["text"]}
        columns |= {"kind": kind, "ends_on": ends_on, "sealed": await seal(session, case.id, TABLE, row["id"], texts)}
        if kind == row["kind"]:
            await restrictions.prolong(session, actor, source_id=row["id"], ends_on=ends_on)
        else:
            await restrictions.lift(session, actor, source_id=row["id"], day=case.today)
            await _put_in_force(session, actor, row["person_id"], row["id"], kind, case.today, ends_on)
    await session.update(DisputeMeasure, row["id"], columns)


async def _answer(session: Session, case: Case, measure_id: UUID) -> Answer:
    ((row, body),) = await _read(session, case, measure_id)
    return Answer(row["id"], row["version"], body)


async def _read(session: Session, case: Case, measure_id: UUID | None) -> list[tuple[asyncpg.Record, bytes]]:
    """The measures of a case, or the one, each with its reviews."""
    rows = await session.fetch(_MEASURES, case.today, case.id, measure_id)
    reviews = await session.fetch(_REVIEWS, case.id)
    texts = await opener(session, case.id)
    read = []
    for row in rows:
        said = texts(TABLE, row["id"], row["sealed"])
        held = [
            {**one["row"], "reasons": texts(REVIEWS, one["id"], one["sealed"]).get("reasons")}
            for one in reviews
            if one["measure_id"] == row["id"]
        ]
        told = {"reasons": said.get("reasons"), "text": said.get("text"), "reviews": held}
        read.append((row, with_fields(row["json"], told)))
    return read
