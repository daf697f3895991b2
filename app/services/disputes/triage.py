"""From receipt to the investigator's report: what the receiver may do by the rule book, and the formal way.

A dismissal can be appealed against; so can the receiver's own decisions, which stand with those of the panels.
"""

from collections.abc import Iterable
from datetime import date
from typing import Any
from uuid import UUID

from app.core.actor import Actor
from app.core.db import Session
from app.core.errors import Invalid
from app.core.paging import Answer
from app.core.permissions import Part
from app.models.dispute_disclosures import DisclosureKind
from app.models.dispute_verbs import (
    Acknowledgement,
    InvestigationReport,
    InvestigatorNamed,
    Reasoned,
    ResponseRecorded,
    Said,
)
from app.models.disputes import DisputeAllegation, DisputeOutcome, PartyRole
from app.models.procedures import Stage
from app.services.disputes.case import Case, answer_anew, begin_step, seal, take_step, unseal
from app.services.disputes.disclosing import disclose
from app.services.disputes.measures import end_measures
from app.services.disputes.people import seat
from app.services.disputes.responses import receive_response

#: The complainant, and a respondent who had notice: to whoever had none there was nothing to answer.
_TOLD_OF_DISMISSAL = """
select id from dispute_parties p where p.dispute_id = $1 and p.struck_at is null and (p.role = 'complainant' or exists (
  select from dispute_disclosures x where x.party_id = p.id and x.kind = 'notice')) order by id
"""
_INVESTIGATES = """
select true from dispute_parts where dispute_id = $1 and account_id = $2 and part = 'investigator' and ended_at is null
"""
_OWN_ALLEGATIONS = "select id, respondent_id, sealed from dispute_allegations where dispute_id = $1 order by number"


async def acknowledge_dispute(
    session: Session, actor: Actor, dispute_id: UUID, data: Acknowledgement, *, version: int | None = None
) -> Answer:
    """Tell the complainant that the complaint has come in. Raises as `begin_step`."""
    return await _move(session, actor, dispute_id, "acknowledge", {"text": data.text}, version)


async def ask_information(
    session: Session, actor: Actor, dispute_id: UUID, data: Said, *, version: int | None = None
) -> Answer:
    """Ask the complainant for more before anything is decided. Raises as `begin_step`."""
    return await _move(session, actor, dispute_id, "ask_information", {"text": data.text}, version)


async def take_up_dispute(
    session: Session, actor: Actor, dispute_id: UUID, data: Said, *, version: int | None = None
) -> Answer:
    """Back to triage: what was asked has come, or an informal way has led nowhere. Raises as `begin_step`."""
    return await _move(session, actor, dispute_id, "take_up", {"text": data.text}, version)


async def resolve_informally(
    session: Session, actor: Actor, dispute_id: UUID, data: Said, *, version: int | None = None
) -> Answer:
    """Try conversation or mediation. Raises as `begin_step`."""
    return await _move(session, actor, dispute_id, "resolve_informally", {"text": data.text}, version)


async def settle_dispute(
    session: Session, actor: Actor, dispute_id: UUID, data: Said, *, version: int | None = None
) -> Answer:
    """The informal way has led to an agreement: the case is closed with no finding. Raises as `begin_step`."""
    columns = {"outcome": DisputeOutcome.resolved}
    return await _move(session, actor, dispute_id, "settle", {"text": data.text}, version, columns)


async def dismiss_dispute(
    session: Session, actor: Actor, dispute_id: UUID, data: Reasoned, *, version: int | None = None
) -> Answer:
    """Dismiss a complaint, with reasons; the complainant may appeal. Raises as `begin_step`."""
    case = await begin_step(session, actor, dispute_id, "dismiss", version=version)
    columns = {
        "outcome": DisputeOutcome.dismissed,
        "decided_on": case.today,
        "deciding_body": case.definition.receiver,
        "appeal_due_on": case.due(Stage.appeal, case.today),
    }
    await end_measures(session, actor, case, case.today)
    step_id = await take_step(session, actor, case, "dismiss", columns=columns, texts={"reasons": data.reasons})
    for party_id in [row["id"] for row in await session.fetch(_TOLD_OF_DISMISSAL, case.id)]:
        await disclose(session, actor, case, party_id, DisclosureKind.decision, [step_id])
    return await answer_anew(session, actor, dispute_id)


async def record_response(
    session: Session, actor: Actor, dispute_id: UUID, data: ResponseRecorded, *, version: int | None = None
) -> Answer:
    """Enter a response that came by letter or mail; late if it came past its day, and counted all the same."""
    case = await begin_step(session, actor, dispute_id, "record_response", version=version)
    parties = {row["id"] for row in await parties_of(session, case, PartyRole.respondent)}
    if data.party_id not in parties:
        raise Invalid.at("/party_id", "no_respondent", "Name a respondent of this case.")
    day = _past_day(case, data.received_on, "/received_on")
    await receive_response(session, actor, case, data.party_id, {"text": data.text}, day)
    return await answer_anew(session, actor, dispute_id)


async def investigate_dispute(
    session: Session, actor: Actor, dispute_id: UUID, data: InvestigatorNamed, *, version: int | None = None
) -> Answer:
    """Appoint who investigates, and who will have no part in deciding. Raises as `begin_step`, and as `seat`."""
    case = await begin_step(session, actor, dispute_id, "investigate", version=version)
    if not await session.fetchval(_INVESTIGATES, case.id, data.account_id):
        await seat(session, actor, case, data.account_id, Part.investigator, pointer="/account_id")
    await take_step(session, actor, case, "investigate", texts={"text": data.text})
    return await answer_anew(session, actor, dispute_id)


async def report_investigation(
    session: Session, actor: Actor, dispute_id: UUID, data: InvestigationReport, *, version: int | None = None
) -> Answer:
    """The investigator's findings of fact, one for each allegation; the respondents get the report.

    Raises as `begin_step`, and `Invalid` where an allegation is left out or named twice.
    """
    case = await begin_step(session, actor, dispute_id, "report", version=version)
    rows = {row["id"]: row for row in await session.fetch(_OWN_ALLEGATIONS, case.id)}
    each_exactly_once((one.allegation_id for one in data.findings), rows)
    for finding in data.findings:
        row = rows[finding.allegation_id]
        texts = await unseal(session, case.id, "dispute_allegations", row["id"], row["sealed"])
        sealed = await seal(session, case.id, "dispute_allegations", row["id"], {**texts, "finding": finding.text})
        await session.update(DisputeAllegation, row["id"], {"sealed": sealed})
    step_id = await take_step(
        session, actor, case, "report", columns={"reported_on": case.today}, texts={"text": data.text}
    )
    for party in await parties_of(session, case, PartyRole.respondent):
        await disclose(session, actor, case, party["id"], DisclosureKind.report, [step_id])
    return await answer_anew(session, actor, dispute_id)


def each_exactly_once(named: Iterable[UUID], rows: Iterable[UUID]) -> None:
    """Raises `Invalid` unless every allegation is spoken of, once."""
    given = list(named)
    if sorted(given) != sorted(rows):
        raise Invalid.at("/findings", "allegations_not_covered", "Speak of every allegation of the case, once.")


async def parties_of(session: Session, case: Case, role: PartyRole) -> list[Any]:
    """Those named in a part who have not been struck out."""
    return await session.fetch(
        "select * from dispute_parties where dispute_id = $1 and role = $2 and struck_at is null order by id",
        case.id,
        role,
    )


async def _move(
    session: Session,
    actor: Actor,
    dispute_id: UUID,
    action: str,
    texts: dict[str, Any],
    version: int | None,
    columns: dict[str, Any] | None = None,
) -> Answer:
    case = await begin_step(session, actor, dispute_id, action, version=version)
    if action == "settle":
        await end_measures(session, actor, case, case.today)
    await take_step(session, actor, case, action, columns=columns, texts=texts)
    return await answer_anew(session, actor, dispute_id)


def _past_day(case: Case, day: date | None, pointer: str) -> date:
    if day is None:
        return case.today
    if not case.row["notice_on"] <= day <= case.today:
        raise Invalid.at(pointer, "not_since_notice", "A day since the notice, and not one to come.")
    return day
