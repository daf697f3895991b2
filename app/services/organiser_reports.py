"""Reports of organisers: drafted from the records, sent with what figures do not say, and answered.

The figures of a report are those of its organiser: the one-to-ones they held, and what was brought about in the unit in
their time. They are fixed when it is sent.
"""

from collections.abc import Mapping
from datetime import date, timedelta
from typing import Any, Literal
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field

from app.core import clock
from app.core.actor import Actor
from app.core.clock import months_after
from app.core.db import Session
from app.core.errors import Conflict, Invalid
from app.core.lifecycle import Lifecycle, Transition
from app.core.paging import Answer, Body, Listing, Where
from app.core.permissions import Permission
from app.models.members import LegalDate
from app.models.organiser_reports import (
    OrganiserReport,
    ReportAcknowledge,
    ReportDraft,
    ReportReturn,
    ReportSend,
    ReportState,
    ReportWords,
)
from app.services.envelopes import seal_texts, unseal_texts
from app.services.organiser_report_figures import figures_of
from app.services.unit_records import (
    ONES_OWN,
    Held,
    Noun,
    UnitQuery,
    answer,
    begin_step,
    columns_of,
    facts_of,
    hold_record,
    judge_unit,
    list_records,
    note,
    open_record,
    read_record,
    take_step,
)

P, S = Permission, ReportState
WORDS = ("went_well", "was_hard", "support_needed", "plans", "answer")


_SETTLED = "/v1/organiser-reports/{id}"


def _anothers(report: Mapping[str, Any], _today: date) -> str | None:
    return "own_report" if report["is_own"] else None


def _ones_own(report: Mapping[str, Any], _today: date) -> str | None:
    return None if report["is_own"] else "not_the_organiser"


def _settling(action: str, to: ReportState, verb: str) -> Transition:
    return Transition(
        action=action,
        from_states=frozenset({S.sent}),
        to=to,
        permission=P.supervision_set,
        event=f"organiser_report.{verb}",
        path=f"{_SETTLED}/{action}",
        guard=_anothers,
    )


REPORT = Lifecycle(
    "organiser report",
    (
        _settling("acknowledge", S.acknowledged, "acknowledged"),
        _settling("return", S.returned, "returned"),
        Transition(
            action="send_again",
            from_states=frozenset({S.returned}),
            to=S.sent,
            permission=ONES_OWN,
            event="organiser_report.sent",
            path="/v1/me/reports/{id}/send-again",
            guard=_ones_own,
        ),
    ),
    state_field="state",
)
_SHOWN = ("account_id", "starts_on", "ends_on", "state", "state_since")
NOUN = Noun(
    "organiser report",
    OrganiserReport,
    Listing(
        resource="supervision",
        source="organiser_reports r",
        key="r.id",
        columns=columns_of("r", *_SHOWN),
        sorts={"starts_on": ("r.starts_on", "date")},
        facts=facts_of("r", *_SHOWN, "sealed", "figures", is_own="(r.account_id = acting_account())"),
    ),
    REPORT,
    change=P.supervision_set,
)


class ReportSent(Conflict):
    code = "report_sent"
    sentence = "You have reported these days already."


class ReportTime(BaseModel):
    """Which time: the last whole month unless it is said, and in which unit."""

    model_config = ConfigDict(extra="forbid")

    branch_id: UUID = Field(description="Your unit.")
    starts_on: LegalDate | None = Field(default=None, description="The first day.")
    ends_on: LegalDate | None = Field(default=None, description="The first day after it.")

    def days(self) -> tuple[date, date]:
        """Raises `Invalid` for days out of order, or a time of more than a year."""
        this_month = clock.today().replace(day=1)
        starts_on = self.starts_on or months_after(this_month, -1)
        ends_on = self.ends_on or (this_month if self.starts_on is None else clock.today() + timedelta(days=1))
        if not 0 < (ends_on - starts_on).days <= 366:
            raise Invalid.at("#query/ends_on", "period_not_valid", "A report is of a day at least, of a year at most.")
        return starts_on, ends_on


class ReportsQuery(UnitQuery):
    """Which reports, the newest first."""

    account_id: UUID | None = Field(default=None, description="Of this organiser.")
    state: ReportState | None = None
    sort: Literal["starts_on", "-starts_on"] = "-starts_on"


async def draft_report(session: Session, actor: Actor, query: ReportTime) -> ReportDraft:
    """The actor's figures as they stand. Raises `NotFound` for an unknown unit, `Forbidden`, `Invalid`."""
    await judge_unit(session, actor, query.branch_id, P.meetings_record)
    starts_on, ends_on = query.days()
    figures = await figures_of(session, actor, query.branch_id, starts_on, ends_on)
    return ReportDraft(starts_on=starts_on, ends_on=ends_on, figures=figures)


async def send_report(session: Session, actor: Actor, data: ReportSend) -> Answer:
    """Report a time that has been. Raises `Invalid` for one to come, `ReportSent`, `Forbidden`."""
    await judge_unit(session, actor, data.branch_id, P.meetings_record)
    if data.ends_on > clock.today() + timedelta(days=1):
        raise Invalid.at("/ends_on", "in_future", "Report what has been.")
    # Held against the same report sent twice at the same moment.
    await session.execute("select pg_advisory_xact_lock(hashtextextended($1, 0))", f"report {actor.account_id}")
    overlapping = (
        "select true from organiser_reports "
        "where account_id = $1 and branch_id = $2 and starts_on < $4 and $3 < ends_on limit 1"
    )
    if await session.fetchval(overlapping, actor.account_id, data.branch_id, data.starts_on, data.ends_on):
        raise ReportSent
    figures = await figures_of(session, actor, data.branch_id, data.starts_on, data.ends_on)
    report = OrganiserReport(
        branch_id=data.branch_id,
        account_id=actor.account_id,
        starts_on=data.starts_on,
        ends_on=data.ends_on,
        figures=figures.model_dump(mode="json"),
        sealed=b"",
        state_since=clock.today(),
    )
    report.sealed = await _sealed(session, report.id, data.model_dump(include=set(WORDS)))
    await session.insert(report)
    await note(session, actor, NOUN, report.id, report.branch_id, "organiser_report.sent")
    return await _told(session, actor, await open_record(session, actor, NOUN, report.id))


async def list_reports(session: Session, actor: Actor, query: ReportsQuery) -> Body:
    """A page of the actor's own reports and of those they supervise. Raises `CursorInvalid`."""
    where = Where()
    query.narrow(where, "r")
    for name in ("account_id", "state"):
        if (value := getattr(query, name)) is not None:
            where.add(f"r.{name} = {{}}", value)
    return await list_records(session, actor, NOUN, where, query, sort=query.sort)


async def get_report(session: Session, actor: Actor, report_id: UUID) -> Answer:
    """The whole of a report. Raises `NotFound`. The read is logged."""
    return await _told(session, actor, await read_record(session, actor, NOUN, report_id))


async def acknowledge_report(
    session: Session, actor: Actor, report_id: UUID, data: ReportAcknowledge, *, version: int | None = None
) -> Answer:
    """Take a report in. Raises as `begin_step`."""
    return await _settle(session, actor, report_id, "acknowledge", data.text, version)


async def return_report(
    session: Session, actor: Actor, report_id: UUID, data: ReportReturn, *, version: int | None = None
) -> Answer:
    """Give a report back. Raises as `begin_step`."""
    return await _settle(session, actor, report_id, "return", data.text, version)


async def _settle(
    session: Session, actor: Actor, report_id: UUID, action: str, said: str | None, version: int | None
) -> Answer:
    held = await begin_step(session, actor, NOUN, report_id, action, version=version)
    await _write(session, actor, held, action, {"answer": said})
    return await _told(session, actor, await open_record(session, actor, NOUN, report_id))


async def send_again(
    session: Session, actor: Actor, report_id: UUID, data: ReportWords, *, version: int | None = None
) -> Answer:
    """Send what was returned anew, with its figures of today. Raises as `begin_step`."""
    held = await hold_record(session, actor, NOUN, report_id, P.meetings_record, version=version)
    REPORT.check(held.row, "send_again", clock.today())
    figures = await figures_of(session, actor, held.branch_id, held.row["starts_on"], held.row["ends_on"])
    said = data.model_dump(exclude_unset=True)
    await _write(session, actor, held, "send_again", said, {"figures": figures.model_dump(mode="json")})
    return await _told(session, actor, await open_record(session, actor, NOUN, report_id))


async def _write(
    session: Session,
    actor: Actor,
    held: Held,
    action: str,
    said: Mapping[str, Any],
    columns: Mapping[str, Any] | None = None,
) -> None:
    """Take a step, with what is said now put to what was said before."""
    words = await unseal_texts(session, held.id, "organiser_reports", held.id, held.row["sealed"])
    sealed = await _sealed(session, held.id, {**words, **said})
    await take_step(session, actor, held, action, columns={"sealed": sealed, **(columns or {})})


async def _sealed(session: Session, report_id: UUID, words: Mapping[str, Any]) -> bytes:
    return await seal_texts(session, report_id, "organiser_reports", report_id, words)


async def _told(session: Session, actor: Actor, held: Held) -> Answer:
    words = await unseal_texts(session, held.id, "organiser_reports", held.id, held.row["sealed"])
    return answer(actor, held, {"figures": held.row["figures"], **{name: words.get(name) for name in WORDS}})
