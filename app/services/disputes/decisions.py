"""Decisions: every allegation with its reasons, and what follows; by a panel, or by the receiver's own powers."""

from collections.abc import Collection, Mapping, Sequence
from typing import Any
from uuid import UUID

import asyncpg

from app.core.actor import Actor
from app.core.db import Session
from app.core.errors import Invalid
from app.core.paging import Answer
from app.models.dispute_disclosures import DisclosureKind
from app.models.dispute_hearing_verbs import Finding, PanelDecision, ReceiverDecision
from app.models.disputes import AllegationOutcome, DisputeAllegation, DisputeOutcome
from app.models.procedures import Body, SanctionKind, Stage
from app.services.disputes.case import Case, answer_anew, begin_step, seal, take_step, unseal
from app.services.disputes.disclosing import disclose
from app.services.disputes.measures import end_measures
from app.services.disputes.panels import must_decide
from app.services.disputes.sanctions import flaws_of, impose
from app.services.disputes.triage import each_exactly_once

_ALLEGATIONS = (
    "select id, respondent_id, outcome, sealed from dispute_allegations where dispute_id = $1 order by number"
)
#: A respondent who has not had the notice is told nothing, be it that the complaint was dismissed or appealed.
_SIDES = """
select p.id from dispute_parties p where p.dispute_id = $1 and p.struck_at is null and (p.role = 'complainant'
  or exists (select from dispute_disclosures x where x.party_id = p.id and x.kind = 'notice'))
order by p.id
"""


async def decide_dispute(
    session: Session, actor: Actor, dispute_id: UUID, data: PanelDecision, *, version: int | None = None
) -> Answer:
    """The panel's decision. Raises as `begin_step` and `must_decide`, and `Invalid` for what is beyond its powers."""
    case = await begin_step(session, actor, dispute_id, "decide", version=version)
    sitting = await must_decide(session, actor, case, data.part_ids)
    return await _decide(session, actor, case, "decide", sitting.body, data, frozenset(SanctionKind))


async def warn_respondent(
    session: Session, actor: Actor, dispute_id: UUID, data: ReceiverDecision, *, version: int | None = None
) -> Answer:
    """The receiver's own decision to warn. Raises as `decide_dispute`."""
    case = await begin_step(session, actor, dispute_id, "warn", version=version)
    body = case.definition.body(case.definition.receiver)
    return await _decide(session, actor, case, "warn", body, data, frozenset({SanctionKind.warning}))


async def declare_ineligible(
    session: Session, actor: Actor, dispute_id: UUID, data: ReceiverDecision, *, version: int | None = None
) -> Answer:
    """The receiver's own decision that somebody cannot be a member. Raises as `decide_dispute`."""
    case = await begin_step(session, actor, dispute_id, "declare_ineligible", version=version)
    body = case.definition.body(case.definition.receiver)
    only = frozenset({SanctionKind.ineligibility})
    return await _decide(session, actor, case, "declare_ineligible", body, data, only)


async def _decide(
    session: Session,
    actor: Actor,
    case: Case,
    action: str,
    body: Body,
    data: PanelDecision | ReceiverDecision,
    only: Collection[SanctionKind],
) -> Answer:
    rows = await allegations_of(session, actor, case)
    each_exactly_once((one.allegation_id for one in data.findings), rows)
    outcomes = {one.allegation_id: one.outcome for one in data.findings}
    flaws = flaws_of(case.definition, body, data.sanctions, upheld_against(rows, outcomes), only=only)
    if flaws:
        raise Invalid(errors=tuple(flaws))
    await find(session, actor, case, rows, data.findings)
    columns = {
        "outcome": outcome_of(outcomes.values()),
        "decided_on": case.today,
        "deciding_body": body.key,
        "appeal_due_on": case.due(Stage.appeal, case.today),
    }
    step_id = await take_step(session, actor, case, action, columns=columns, texts={"reasons": data.reasons})
    at_once = not case.definition.appeal_stays_sanction
    await impose(session, actor, case, data.sanctions, starts_on=None, at_once=at_once)
    if at_once or not data.sanctions:
        # After what takes its place, so that there is no gap; while the sanction is stayed the measure goes on.
        await end_measures(session, actor, case, case.today)
    await tell_both_sides(session, actor, case, DisclosureKind.decision, step_id)
    return await answer_anew(session, actor, case.id)


async def allegations_of(session: Session, _actor: Actor, case: Case) -> dict[UUID, asyncpg.Record]:
    """The allegations of a case, by id."""
    return {row["id"]: row for row in await session.fetch(_ALLEGATIONS, case.id)}


def upheld_against(rows: Mapping[UUID, Any], outcomes: Mapping[UUID, str | None]) -> set[UUID]:
    """The respondents against whom something is upheld."""
    return {row["respondent_id"] for key, row in rows.items() if outcomes.get(key) == AllegationOutcome.upheld}


def outcome_of(outcomes: Collection[str | None]) -> DisputeOutcome:
    """What the findings come to together."""
    upheld = sum(one == AllegationOutcome.upheld for one in outcomes)
    if upheld == 0:
        return DisputeOutcome.not_upheld
    return DisputeOutcome.upheld if upheld == len(outcomes) else DisputeOutcome.partly_upheld


async def find(
    session: Session,
    _actor: Actor,
    case: Case,
    rows: Mapping[UUID, asyncpg.Record],
    findings: Sequence[Finding],
    *,
    reasons_as: str = "reasons",
) -> None:
    """Write findings down with their reasons; those of an appeal stand beside the first ones."""
    table = "dispute_allegations"
    for one in findings:
        row = rows[one.allegation_id]
        texts = await unseal(session, case.id, table, row["id"], row["sealed"])
        sealed = await seal(session, case.id, table, row["id"], {**texts, reasons_as: one.reasons})
        await session.update(DisputeAllegation, row["id"], {"outcome": one.outcome, "sealed": sealed})


async def tell_both_sides(
    session: Session, actor: Actor | None, case: Case, kind: DisclosureKind, subject_id: UUID
) -> None:
    """What was decided, formally told to complainants and respondents."""
    for party in await session.fetch(_SIDES, case.id):
        await disclose(session, actor, case, party["id"], kind, [subject_id])
