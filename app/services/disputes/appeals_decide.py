"""What a panel makes of an appeal: it stands, is varied, or falls; nobody is worse off for having appealed."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

import asyncpg

from app.core.actor import Actor
from app.core.db import Session
from app.core.errors import FieldError, Invalid
from app.core.paging import Answer
from app.models.dispute_disclosures import DisclosureKind
from app.models.dispute_hearing_verbs import AppealDecision, AppealOutcome, Finding, Reopening
from app.models.dispute_hearings import AppealAgainst, AppealState
from app.models.disputes import AllegationOutcome, PartyRole
from app.services.disputes.appeals import amend_appeal, chosen, conclude, open_appeals
from app.services.disputes.case import Case, answer_anew, begin_step, take_step
from app.services.disputes.decisions import allegations_of, find, outcome_of, tell_both_sides, upheld_against
from app.services.disputes.panels import dissolve_panels, must_decide
from app.services.disputes.sanctions import STANDING, flaws_of, impose, must_be_milder, quash, sanctions_of

_ROLE = "select role from dispute_parties where id = $1"
#: What a complaint that is taken up again has not come to yet.
_BEFORE = (
    "outcome", "notice_on", "response_due_on", "responded_on", "reported_on", "heard_on", "decided_on", "deciding_body",
    "appeal_due_on", "appeal_late", "appeal_admitted", "appealed_from",
)  # fmt: skip


async def decide_appeal(
    session: Session, actor: Actor, dispute_id: UUID, data: AppealDecision, *, version: int | None = None
) -> Answer:
    """The appeal panel's decision, which is final. Raises as `begin_step` and `must_decide`, and `Invalid`."""
    case = await begin_step(session, actor, dispute_id, "decide_appeal", version=version)
    await must_decide(session, actor, case, data.part_ids)
    appeal = await chosen(session, actor, case, data.appeal_id)
    rows = await allegations_of(session, actor, case)
    after = {key: row["outcome"] for key, row in rows.items()}
    if data.outcome is AppealOutcome.dismissed:
        if data.findings or data.sanctions:
            raise Invalid.at("/outcome", "nothing_changes", "An appeal that is dismissed changes nothing.")
    elif appeal["against"] == AppealAgainst.dismissal:
        raise Invalid.at("/outcome", "reopen_instead", "Reopen the case: nothing has been decided in it.")
    elif await session.fetchval(_ROLE, appeal["party_id"]) == PartyRole.respondent:
        await _change_for_respondent(session, actor, case, appeal["party_id"], rows, after, data)
    else:
        await _change_for_complainant(session, actor, case, rows, after, data)
    made_of_it = {"state": AppealState(data.outcome.value), "decided_on": case.today}
    await amend_appeal(session, actor, case, appeal, made_of_it, {"reasons": data.reasons})
    columns = {"outcome": outcome_of(after.values())} if appeal["against"] == AppealAgainst.decision else {}
    await conclude(session, actor, case, "decide_appeal", appeal, data.reasons, columns)
    return await answer_anew(session, actor, dispute_id)


async def reopen_dispute(
    session: Session, actor: Actor, dispute_id: UUID, data: Reopening, *, version: int | None = None
) -> Answer:
    """Uphold the appeals against a dismissal: the complaint begins anew. Raises as `decide_appeal`."""
    case = await begin_step(session, actor, dispute_id, "reopen", version=version)
    await must_decide(session, actor, case, data.part_ids)
    appeals = await open_appeals(session, actor, case)
    if data.appeal_id is not None:
        await chosen(session, actor, case, data.appeal_id)
    for appeal in appeals:
        made_of_it = {"state": AppealState.upheld, "decided_on": case.today}
        await amend_appeal(session, actor, case, appeal, made_of_it, {"reasons": data.reasons})
    columns = dict.fromkeys(_BEFORE)
    step_id = await take_step(session, actor, case, "reopen", columns=columns, texts={"reasons": data.reasons})
    await tell_both_sides(session, actor, case, DisclosureKind.decision, step_id)
    made = await answer_anew(session, actor, dispute_id)
    # With the last word of the panel its sight of the case ends.
    async with session.as_role("rollbook_case"):
        await dissolve_panels(session, actor, case)
    return made


async def _change_for_respondent(
    session: Session,
    actor: Actor,
    case: Case,
    party_id: UUID,
    rows: Mapping[UUID, asyncpg.Record],
    after: dict[UUID, Any],
    data: AppealDecision,
) -> None:
    """Findings against the party fall, and sanctions with them, or milder ones take their place from the same day."""
    own = {key: row for key, row in rows.items() if row["respondent_id"] == party_id}
    may_be = {key: {row["outcome"], AllegationOutcome.not_upheld} for key, row in own.items()}
    _put(after, data.findings, may_be)
    if data.outcome is AppealOutcome.upheld:
        after |= dict.fromkeys(own, AllegationOutcome.not_upheld)
    before = await sanctions_of(session, actor, case, *STANDING, party_id=party_id)
    _must_fit(case, rows, after, data, {party_id})
    must_be_milder(data.sanctions, before)
    if data.outcome is AppealOutcome.varied and not (data.findings or data.sanctions):
        raise Invalid.at("/outcome", "nothing_varied", "Say what is found or imposed instead.")
    found = {one.allegation_id for one in data.findings}
    fallen = [
        Finding(allegation_id=key, outcome=AllegationOutcome.not_upheld, reasons=data.reasons)
        for key in own
        if key not in found and after[key] != own[key]["outcome"]
    ]
    await find(session, actor, case, rows, [*data.findings, *fallen], reasons_as="appeal_reasons")
    await quash(session, actor, case, party_id)
    # What has been served of the one counts towards the other.
    began = min((row["starts_on"] for row in before if row["starts_on"] is not None), default=None)
    await impose(session, actor, case, data.sanctions, starts_on=began, at_once=True)


async def _change_for_complainant(
    session: Session,
    actor: Actor,
    case: Case,
    rows: Mapping[UUID, asyncpg.Record],
    after: dict[UUID, Any],
    data: AppealDecision,
) -> None:
    """What was not upheld is, and what follows from it is added to what there is."""
    upheld = AllegationOutcome.upheld
    _put(after, data.findings, {key: {upheld} for key, row in rows.items() if row["outcome"] != upheld})
    if not data.findings:
        raise Invalid.at("/findings", "nothing_varied", "Say what is found instead.")
    _must_fit(case, rows, after, data, {rows[one.allegation_id]["respondent_id"] for one in data.findings})
    await find(session, actor, case, rows, data.findings, reasons_as="appeal_reasons")
    await impose(session, actor, case, data.sanctions, starts_on=None, at_once=True)


def _put(after: dict[UUID, Any], findings: list[Finding], may_be: Mapping[UUID, set[Any]]) -> None:
    """Findings in the place of the first ones, each once and only as the appeal allows. Raises `Invalid`."""
    flaws = []
    for place, one in enumerate(findings):
        if one.allegation_id in {earlier.allegation_id for earlier in findings[:place]}:
            flaws.append(FieldError(f"/findings/{place}", "duplicate", "Speak of each allegation once."))
        elif one.outcome not in may_be.get(one.allegation_id, set()):
            flaws.append(
                FieldError(f"/findings/{place}", "finding_not_open", "The appeal does not open this to such a finding.")
            )
        after[one.allegation_id] = one.outcome
    if flaws:
        raise Invalid(errors=tuple(flaws))


def _must_fit(
    case: Case,
    rows: Mapping[UUID, asyncpg.Record],
    after: Mapping[UUID, Any],
    data: AppealDecision,
    parties: set[UUID],
) -> None:
    """Sanctions within the powers of whoever decided first, on whom the appeal is about, for what is upheld now."""
    body = case.definition.body(case.row["deciding_body"])
    flaws = flaws_of(case.definition, body, data.sanctions, upheld_against(rows, after) & parties)
    if flaws:
        raise Invalid(errors=tuple(flaws))
