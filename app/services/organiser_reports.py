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
from app.core.errors import Conflict, Forbidden, Invalid
from app.core.lifecycle import Lifecycle, Transition
from app.core.paging import Answer, Body, Listing, Where
from app.core.permissions import Permission
from app.models.cadence import CadenceStanding
from app.models.members import LegalDate
from app.models.organiser_reports import (
    OrganiserReport,
    ReportAcknowledge,
    ReportDraft,
    ReportFigures,
    ReportReturn,
    ReportSend,
    ReportState,
    ReportWords,
)
from app.services.cadence import CadenceQuery, get_own_cadence
from app.services.envelopes import seal_texts, unseal_texts
from app.services.unit_records import (
    Held,
    Noun,
    UnitQuery,
    answer,
    begin_step,
    columns_of,
    facts_of,
    judge_unit,
    list_records,
    note,
    open_record,
    read_record,
    take_step,
)

P, S = Permission, ReportState
WORDS = ("went_well", "was_hard", "support_needed", "plans", "answer")


def _step(
    action: str, source: ReportState, to: ReportState, permission: Permission, verb: str, path: str
) -> Transition:
    return Transition(
        action=action,
        from_states=frozenset({source}),
        to=to,
        permission=permission,
        event=f"organiser_report.{verb}",
        path=path,
    )


_SETTLED = "/v1/organiser-reports/{id}"
REPORT = Lifecycle(
    "organiser report",
    (
        _step("acknowledge", S.sent, S.acknowledged, P.supervision_set, "acknowledged", f"{_SETTLED}/acknowledge"),
        _step("return", S.sent, S.returned, P.supervision_set, "returned", f"{_SETTLED}/return"),
        _step("send_again", S.returned, S.sent, P.meetings_record, "sent", "/v1/me/reports/{id}/send-again"),
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
        facts=facts_of("r", *_SHOWN, "sealed", "figures"),
    ),
    REPORT,
    change=P.supervision_set,
)

#: What was brought about in the units at or below $1 between two days.
_FIGURES = """
with here as materialized (select id from branches where path @> array[$1::uuid]),
held as (
  select a.id from actions a where a.branch_id in (select id from here)
  and a.state in ('held', 'evaluated', 'closed') and a.starts_at >= $2::timestamp at time zone 'Europe/London'
  and a.starts_at < $3::timestamp at time zone 'Europe/London'
),
latest as (
  select distinct on (t.action_id, t.organisation_id, t.kind) t.kind, t.people from action_turnout t
  where t.action_id in (select id from held)
  order by t.action_id, t.organisation_id, t.kind, t.created_at desc, t.id desc
)
select
  (select count(*) from one_to_ones m where m.organiser_id = $4 and m.state = 'missed'
    and $2 <= m.on_day and m.on_day < $3) as one_to_ones_missed,
  (select count(distinct m.person_id) from one_to_ones m
    where m.organiser_id = $4 and m.state = 'held' and $2 <= m.on_day and m.on_day < $3 and not exists (
      select from one_to_ones e where e.person_id = m.person_id and e.state = 'held' and e.on_day < $2))
    as people_met_first,
  (select count(distinct s.organisation_id) from organisation_steps s join organisations o on o.id = s.organisation_id
    where o.branch_id in (select id from here) and s.to_state = 'active' and s.from_state = 'agreed'
    and $2 <= s.on_day and s.on_day < $3) as institutions_recruited,
  (select count(distinct s.organisation_id) from organisation_steps s join organisations o on o.id = s.organisation_id
    where o.branch_id in (select id from here) and s.to_state in ('lapsed', 'left')
    and s.from_state in ('active', 'at_risk') and $2 <= s.on_day and s.on_day < $3) as institutions_lost,
  (select count(distinct t.leader_id) from leader_tiers t where t.recorded_by = $4 and t.reached <> 'tertiary'
    and $2 <= t.from_day and t.from_day < $3) as leaders_developed,
  (select count(*) from held) as actions_held,
  (select coalesce(sum(t.people), 0) from latest t where t.kind = 'promised') as turnout_promised,
  (select coalesce(sum(t.people), 0) from latest t where t.kind = 'counted') as turnout_counted,
  (select count(*) from pledge_steps s join pledges p on p.id = s.pledge_id where p.branch_id in (select id from here)
    and s.to_state = 'made' and $2 <= s.on_day and s.on_day < $3) as pledges_made,
  (select count(*) from pledge_steps s join pledges p on p.id = s.pledge_id where p.branch_id in (select id from here)
    and s.to_state = 'kept' and $2 <= s.on_day and s.on_day < $3) as pledges_kept,
  (select count(*) from pledge_steps s join pledges p on p.id = s.pledge_id where p.branch_id in (select id from here)
    and s.to_state = 'broken' and $2 <= s.on_day and s.on_day < $3) as pledges_broken,
  (select count(*) from wins w where w.branch_id in (select id from here) and w.state <> 'withdrawn'
    and $2 <= w.won_on and w.won_on < $3) as wins,
  (select coalesce(sum(i.actual_pence), 0)::bigint from income_lines i where i.account_id = $4 and i.kind = 'hard'
    and $2 <= i.received_on and i.received_on < $3) as hard_pence,
  (select coalesce(sum(i.actual_pence), 0)::bigint from income_lines i where i.account_id = $4 and i.kind = 'soft'
    and $2 <= i.received_on and i.received_on < $3) as soft_pence
"""


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
    figures = await _figures(session, actor, query.branch_id, starts_on, ends_on)
    return ReportDraft(starts_on=starts_on, ends_on=ends_on, figures=figures)


async def _figures(session: Session, actor: Actor, branch_id: UUID, starts_on: date, ends_on: date) -> ReportFigures:
    days = CadenceQuery(starts_on=starts_on, ends_on=ends_on - timedelta(days=1))
    cadence = await get_own_cadence(session, actor, days)
    row = await session.fetchrow(_FIGURES, branch_id, starts_on, ends_on, actor.account_id)
    assert row is not None, "a query without a condition gives a row"
    return ReportFigures(
        **row,
        one_to_ones_held=cadence.held,
        one_to_ones_a_day=cadence.average,
        meets_cadence=cadence.standing is not CadenceStanding.below,
        next_steps_due=cadence.next_steps.due,
        next_steps_kept=cadence.next_steps.kept,
    )


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
    figures = await _figures(session, actor, data.branch_id, data.starts_on, data.ends_on)
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
    """Take a report in. Raises as `begin_step`; `Forbidden` for one's own."""
    return await _settle(session, actor, report_id, "acknowledge", data.text, version)


async def return_report(
    session: Session, actor: Actor, report_id: UUID, data: ReportReturn, *, version: int | None = None
) -> Answer:
    """Give a report back. Raises as `begin_step`; `Forbidden` for one's own."""
    return await _settle(session, actor, report_id, "return", data.text, version)


async def _settle(
    session: Session, actor: Actor, report_id: UUID, action: str, said: str | None, version: int | None
) -> Answer:
    held = await begin_step(session, actor, NOUN, report_id, action, version=version)
    if held.row["account_id"] == actor.account_id:
        raise Forbidden(permission=P.supervision_set.value)
    await _write(session, actor, held, action, {"answer": said})
    return await _told(session, actor, await open_record(session, actor, NOUN, report_id))


async def send_again(
    session: Session, actor: Actor, report_id: UUID, data: ReportWords, *, version: int | None = None
) -> Answer:
    """Send what was returned anew, with its figures of today. Raises as `begin_step`; `Forbidden` for another's."""
    held = await begin_step(session, actor, NOUN, report_id, "send_again", version=version)
    if held.row["account_id"] != actor.account_id:
        raise Forbidden(permission=P.meetings_record.value)
    figures = await _figures(session, actor, held.branch_id, held.row["starts_on"], held.row["ends_on"])
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
