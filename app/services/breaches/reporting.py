"""Reports to the Commissioner: what is to be said, in the order of their form, and that it was sent."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from app.core.actor import Actor
from app.core.db import Session
from app.core.errors import Conflict, Invalid
from app.core.paging import Answer
from app.models.breach_reads import ReportDraft, ReportSection
from app.models.breach_verbs import Reporting
from app.models.breaches import (
    BreachCause,
    BreachedData,
    BreachReport,
    BreachRisk,
    BreachState,
    BreachType,
    ReportPhase,
)
from app.models.members import Language
from app.models.reference_data import words_of
from app.services.breaches.facts import BREACH_MATTER, local
from app.services.breaches.intake import past_moment
from app.services.envelopes import seal_texts
from app.services.matters import ROLE, Held, answer_anew, begin_step, open_matter, record_matter_read, take_step
from app.services.matters_kept import unseal_if_kept

_NAME_OF_CONTROLLER = "select name from branches where parent_id is null"
_NAME_OF_ACTOR = "select name, email from accounts where id = $1"
_FIRST = "select sealed, id from breach_reports where breach_id = $1 order by id limit 1"
#: The headings of the Commissioner's form, in its order; of which something must be known.
_HEADINGS = {
    "controller": "The organisation and its contact",
    "report": "About this report",
    "what_happened": "What happened, and how",
    "when": "When it happened, was discovered and became known",
    "kind": "What kind of breach it is",
    "data": "Categories of personal data",
    "people": "How many people and records are concerned",
    "consequences": "Likely consequences for the people concerned",
    "measures": "Measures taken, and to be taken",
    "risk": "The risk, and telling the people concerned",
    "delay": "Reasons for the delay",
}


class PhaseOutOfOrder(Conflict):
    """The initial report comes first and once, and after the final one nothing follows."""

    code = "phase_out_of_order"
    sentence = "A report of the phase {phase} cannot follow those that were sent."


async def record_report(
    session: Session, actor: Actor, breach_id: UUID, data: Reporting, *, version: int | None = None
) -> Answer:
    """Put down a report as it was sent to the Commissioner; whoever cannot say all at once reports in phases.

    Raises `PhaseOutOfOrder`, `Invalid` for a first report after 72 hours without its reason, and as `begin_step`.
    """
    held = await begin_step(session, actor, BREACH_MATTER, breach_id, "report", version=version)
    first = held.row["notified_at"] is None
    # What has come up after the final one is reported once the breach has been reopened.
    over = held.row["last_phase"] == ReportPhase.final and held.state == BreachState.notified
    if over or first != (data.phase is ReportPhase.initial):
        raise PhaseOutOfOrder(phase=data.phase.value)
    sent_at = past_moment(data.sent_at, "/sent_at")
    if sent_at < held.row["discovered_at"]:
        raise Invalid.at("/sent_at", "before_discovery", "Nothing is reported that is not yet discovered.")
    late = first and held.row["due_at"] < sent_at
    if late and data.delay_reason is None:
        raise Invalid.at("/delay_reason", "delay_reason_missing", "Say why it was not reported within 72 hours.")
    report = BreachReport(
        breach_id=held.id, phase=data.phase, sent_at=sent_at, late=late, account_id=actor.account_id, sealed=b""
    )
    texts = {"text": data.text, "delay_reason": data.delay_reason}
    report.sealed = await seal_texts(session, held.id, "breach_reports", report.id, texts)
    await session.insert(report)
    columns: dict[str, Any] = {"notified_at": sent_at, "notified_late": late} if first else {}
    if data.commissioner_reference is not None:
        columns["commissioner_reference"] = data.commissioner_reference
    await take_step(session, actor, held, "report", columns=columns, texts={"phase": data.phase.value}, late=late)
    return await answer_anew(session, actor, BREACH_MATTER, breach_id)


async def draft_report(session: Session, actor: Actor, breach_id: UUID) -> ReportDraft:
    """What the next report has to say, as far as it is known. Raises `Forbidden`, `NotFound`. The read is logged."""
    held = await open_matter(session, actor, BREACH_MATTER, breach_id)
    await record_matter_read(session, actor, breach_id, purpose="report")
    said = await unseal_if_kept(session, held.id, "breaches", held.id, held.row["sealed"])
    async with session.as_role(ROLE):
        contact = await session.fetchrow(_NAME_OF_ACTOR, actor.account_id)
    controller = await session.fetchval(_NAME_OF_CONTROLLER)
    phase = ReportPhase.initial if held.row["notified_at"] is None else ReportPhase.further
    texts = {
        "controller": f"{controller}\nContact: {contact['name']}, {contact['email']}" if contact else controller,
        "report": _about(held, phase),
        "what_happened": "\n\n".join(filter(None, (said.get("summary"), said.get("description"), _cause(held.row)))),
        "when": _when(held.row),
        "kind": _named(BreachType, held.row["types"]),
        "data": _data(held.row),
        "people": _numbers(held.row),
        "consequences": said.get("effects") or "",
        "measures": said.get("measures") or "",
        "risk": _risk(held.row),
        "delay": await _delay(session, held),
    }
    shown = {key: text for key, text in texts.items() if key != "delay" or text}
    sections = [ReportSection(key=key, heading=_HEADINGS[key], text=text) for key, text in shown.items()]
    missing = [key for key, text in shown.items() if not text]
    return ReportDraft(
        reference=held.row["reference"],
        phase=phase,
        complete=not missing,
        missing=missing,
        sections=sections,
        text="\n\n".join(f"{section.heading}\n{section.text or 'Not known yet.'}" for section in sections),
    )


def _about(held: Held, phase: ReportPhase) -> str:
    theirs = held.row["commissioner_reference"]
    lines = [f"Our reference: {held.row['reference']}", f"This is our {phase} report."]
    return "\n".join([*lines, *([f"Your reference: {theirs}"] if theirs else [])])


def _cause(row: Mapping[str, Any]) -> str | None:
    return None if row["cause"] == BreachCause.other else f"Cause: {_word(BreachCause(row['cause']))}."


def _when(row: Mapping[str, Any]) -> str:
    moments = {
        "It happened": row["occurred_at"],
        "We discovered it": row["discovered_at"],
        "We became aware that it is a breach": row["aware_at"],
        "It was contained": row["contained_at"],
    }
    return "\n".join(f"{what}: {_local(at)}" for what, at in moments.items() if at is not None)


def _data(row: Mapping[str, Any]) -> str:
    if not row["categories"]:
        return ""
    special = "It includes special category data." if row["special_category"] else "No special category data."
    return f"{_named(BreachedData, row['categories'])}. {special}"


def _numbers(row: Mapping[str, Any]) -> str:
    about = "about " if row["counts_estimated"] else ""
    known = {"People": row["people_count"], "Records": row["records_count"]}
    return "\n".join(f"{what}: {about}{number}" for what, number in known.items() if number is not None)


def _risk(row: Mapping[str, Any]) -> str:
    if row["risk"] is None:
        return ""
    told, number = row["people_told_at"], row["people_told_count"]
    people = "The people concerned have not been told."
    if told is not None:
        people = f"The people concerned{f' ({number})' if number is not None else ''} were told: {_local(told)}."
    return f"{_word(BreachRisk(row['risk']))}. {people}"


async def _delay(session: Session, held: Held) -> str:
    """Why the first report was late, as it was said then."""
    first = await session.fetchrow(_FIRST, held.id)
    if first is None:
        return ""
    said = await unseal_if_kept(session, held.id, "breach_reports", first["id"], first["sealed"])
    return str(said.get("delay_reason", ""))


def _named(kind: type[BreachType] | type[BreachedData], values: list[str]) -> str:
    return ", ".join(_word(kind(value)) for value in values)


def _word(value: BreachType | BreachedData | BreachCause | BreachRisk) -> str:
    return words_of(value, Language.english)


def _local(at: datetime) -> str:
    return local(at.replace(microsecond=0))
