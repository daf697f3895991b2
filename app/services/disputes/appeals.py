"""Appeals: lodged by either side, each once; a late one is kept, and heard only by reasoned discretion."""

from collections.abc import Sequence
from datetime import date
from typing import Any
from uuid import UUID

import asyncpg

from app.core import clock
from app.core.actor import Actor
from app.core.db import Database, Session
from app.core.errors import Conflict, Invalid
from app.core.paging import Answer
from app.models.dispute_disclosures import DisclosureKind
from app.models.dispute_hearing_verbs import AppealRecorded, AppealRuling
from app.models.dispute_hearings import AppealAgainst, AppealState, DisputeAppeal
from app.models.disputes import AllegationOutcome, DisputeOutcome, DisputeState, PartyRole
from app.services.disputes.case import (
    Case,
    answer_anew,
    begin_step,
    case_within,
    seal,
    take_step,
    unseal,
)
from app.services.disputes.conflicts import must_be_impartial
from app.services.disputes.decisions import tell_both_sides
from app.services.disputes.facts import CURRENT_APPEAL
from app.services.disputes.lifecycle import DISPUTE
from app.services.disputes.measures import end_measures
from app.services.disputes.panels import sitting_of
from app.services.disputes.sanctions import put_all_in_force, stay_all

TABLE = "dispute_appeals"

_PARTY = """
select p.role,
  (select count(*) from dispute_allegations a where a.respondent_id = p.id and a.outcome = $3) as upheld,
  (select count(*) from dispute_allegations a where a.dispute_id = $1 and a.outcome is distinct from $3) as not_upheld
from dispute_parties p
where p.id = $2 and p.dispute_id = $1 and p.struck_at is null and p.role in ('complainant', 'respondent')
"""
_APPEALED = f"""
select exists (
  select from dispute_appeals x join disputes d on d.id = x.dispute_id
  where d.id = $1 and x.party_id = $2 and {CURRENT_APPEAL})
"""
_OPEN = "select * from dispute_appeals where dispute_id = $1 and state = 'lodged' order by id"
_DUE = "select id from disputes where state in ('decided', 'dismissed') and appeal_due_on < $1 and stayed_on is null"


class AppealedAlready(Conflict):
    code = "appealed_already"
    sentence = "This party has appealed against this decision."


class NothingToAppeal(Conflict):
    """A complainant appeals against a dismissal or what was not upheld, a respondent against what was."""

    code = "nothing_to_appeal"
    sentence = "Nothing was decided against this party."


async def record_appeal(
    session: Session, actor: Actor, dispute_id: UUID, data: AppealRecorded, *, version: int | None = None
) -> Answer:
    """Enter an appeal that came by letter or mail. Raises as `begin_step`, `lodge`, and `Invalid` for the day."""
    case = await begin_step(session, actor, dispute_id, "record_appeal", version=version)
    day = data.received_on or case.today
    if not case.row["decided_on"] <= day <= case.today:
        raise Invalid.at("/received_on", "not_since_decision", "A day since the decision, and not one to come.")
    await lodge(session, actor, case, data.party_id, data.text, day)
    return await answer_anew(session, actor, dispute_id)


async def lodge(session: Session, actor: Actor, case: Case, party_id: UUID, text: str, on_day: date) -> UUID:
    """Enter a party's appeal, in time or late; whether the case lets it is the caller's to have asked. Returns its id.

    A late one waits for discretion, and stays nothing. Raises `AppealedAlready`, `NothingToAppeal`, `Invalid`.
    """
    against = await _must_have_ground(session, case, party_id)
    due_on: date = case.row["appeal_due_on"]
    late = due_on < on_day
    appeal = DisputeAppeal(
        dispute_id=case.id,
        party_id=party_id,
        against=against,
        lodged_on=on_day,
        due_on=due_on,
        late=late,
        admitted=not late,
        sealed=b"",
    )
    appeal.sealed = await seal(session, case.id, TABLE, appeal.id, {"text": text})
    await session.insert(appeal)
    if late:
        await put_all_in_force(session, actor, case)
    elif case.definition.appeal_stays_sanction:
        await stay_all(session, actor, case)
    columns = await how_it_stands(session, actor, case)
    dismissed = against is AppealAgainst.dismissal
    columns["appealed_from"] = DisputeState.dismissed if dismissed else DisputeState.decided
    if case.state == DisputeState.appeal_listed:
        # The panel that has the one appeal has the other too.
        columns |= {name: case.row[name] for name in ("state", "state_since", "due_on")}
    texts = {"text": text}
    await take_step(
        session, actor, case, "record_appeal", columns=columns, texts=texts, party_id=party_id, on_day=on_day, late=late
    )
    await tell_both_sides(session, actor, case, DisclosureKind.appeal, appeal.id)
    return appeal.id


async def admit_appeal(
    session: Session, actor: Actor, dispute_id: UUID, data: AppealRuling, *, version: int | None = None
) -> Answer:
    """Have a late appeal heard all the same, with reasons. Raises as `begin_step`, `PanelConflict`, `Invalid`."""
    case = await begin_step(session, actor, dispute_id, "admit_appeal", version=version)
    appeal = await _late_one(session, actor, case, data.appeal_id)
    await amend_appeal(session, actor, case, appeal, {"admitted": True}, {"discretion": data.reasons})
    columns = await how_it_stands(session, actor, case)
    step_id = await take_step(
        session, actor, case, "admit_appeal",
        columns=columns, texts={"reasons": data.reasons}, party_id=appeal["party_id"],
    )  # fmt: skip
    await tell_both_sides(session, actor, case, DisclosureKind.decision, step_id)
    return await answer_anew(session, actor, dispute_id)


async def refuse_appeal(
    session: Session, actor: Actor, dispute_id: UUID, data: AppealRuling, *, version: int | None = None
) -> Answer:
    """Leave a late appeal unheard, with reasons: what was decided is final, unless another appeal is open.

    Raises as `admit_appeal`.
    """
    case = await begin_step(session, actor, dispute_id, "refuse_appeal", version=version)
    appeal = await _late_one(session, actor, case, data.appeal_id)
    columns = {"state": AppealState.refused, "decided_on": case.today}
    await amend_appeal(session, actor, case, appeal, columns, {"discretion": data.reasons})
    await conclude(session, actor, case, "refuse_appeal", appeal, data.reasons, {})
    return await answer_anew(session, actor, dispute_id)


async def finalise_dispute(session: Session, actor: Actor, dispute_id: UUID, *, version: int | None = None) -> Answer:
    """Nobody has appealed in time: what was decided is final. Raises as `begin_step`."""
    case = await begin_step(session, actor, dispute_id, "finalise", version=version)
    await _make_final(session, actor, case)
    return await answer_anew(session, actor, dispute_id)


async def finalise_due(database: Database) -> int:
    """Make final whatever nobody has appealed against in time. Returns how many cases.

    What somebody else has moved on meanwhile is left as it is.
    """
    async with database.transaction(role="rollbook_case") as session:
        due = [row["id"] for row in await session.fetch(_DUE, clock.today())]
    done = 0
    for dispute_id in due:
        async with database.transaction(role="rollbook_case") as session:
            case = await case_within(session, dispute_id)
            if case is not None and _may_be_final(case):
                await _make_final(session, None, case)
                done += 1
    return done


async def open_appeals(session: Session, _actor: Actor, case: Case) -> list[asyncpg.Record]:
    """The appeals of a case that nobody has decided, the first lodged first."""
    return await session.fetch(_OPEN, case.id)


async def chosen(session: Session, actor: Actor, case: Case, appeal_id: UUID | None) -> asyncpg.Record:
    """The open appeal that is meant. Raises `Invalid` where it is not there, or not the only one and not named."""
    return _one_of(await open_appeals(session, actor, case), appeal_id)


async def amend_appeal(
    session: Session,
    _actor: Actor,
    case: Case,
    appeal: asyncpg.Record,
    columns: dict[str, Any],
    texts: dict[str, str],
) -> None:
    """Write down what was made of an appeal."""
    said = await unseal(session, case.id, TABLE, appeal["id"], appeal["sealed"])
    sealed = await seal(session, case.id, TABLE, appeal["id"], {**said, **texts})
    await session.update(DisputeAppeal, appeal["id"], {**columns, "sealed": sealed})


async def how_it_stands(session: Session, actor: Actor, case: Case) -> dict[str, Any]:
    """What the case says of its open appeals: whether one is late, and whether all are to be heard."""
    rows = await open_appeals(session, actor, case)
    if not rows:
        return {}
    return {
        "appeal_late": any(row["late"] for row in rows),
        "appeal_admitted": all(row["admitted"] for row in rows),
    }


async def conclude(
    session: Session,
    actor: Actor,
    case: Case,
    action: str,
    appeal: asyncpg.Record,
    reasons: str,
    columns: dict[str, Any],
) -> None:
    """One appeal is done with. The case is final, or stays before the panel for what else is open."""
    still_open = await how_it_stands(session, actor, case)
    if still_open:
        columns |= still_open | {name: case.row[name] for name in ("state", "state_since", "due_on")}
    else:
        await put_all_in_force(session, actor, case)
        await end_measures(session, actor, case, case.today)
    step_id = await take_step(
        session, actor, case, action, columns=columns, texts={"reasons": reasons}, party_id=appeal["party_id"]
    )
    await tell_both_sides(session, actor, case, DisclosureKind.decision, step_id)


async def _late_one(session: Session, actor: Actor, case: Case, appeal_id: UUID | None) -> asyncpg.Record:
    """The late appeal that is meant, once the chair has been judged."""
    sitting = await sitting_of(session, actor, case)
    await must_be_impartial(session, actor, case, sitting.body, [("", actor.account_id)], panel_id=sitting.id)
    return _one_of([row for row in await open_appeals(session, actor, case) if not row["admitted"]], appeal_id)


def _one_of(rows: Sequence[asyncpg.Record], appeal_id: UUID | None) -> asyncpg.Record:
    if appeal_id is None:
        if len(rows) > 1:
            raise Invalid.at("/appeal_id", "several_appeals", "Say which appeal: several are open.")
        return rows[0]
    for row in rows:
        if row["id"] == appeal_id:
            return row
    raise Invalid.at("/appeal_id", "no_appeal", "Name an appeal of this case that can be ruled upon.")


async def _must_have_ground(session: Session, case: Case, party_id: UUID) -> AppealAgainst:
    party = await session.fetchrow(_PARTY, case.id, party_id, AllegationOutcome.upheld)
    if party is None:
        raise Invalid.at("/party_id", "no_party", "Name a complainant or a respondent of this case.")
    if await session.fetchval(_APPEALED, case.id, party_id):
        raise AppealedAlready
    complains = party["role"] == PartyRole.complainant
    if case.row["outcome"] == DisputeOutcome.dismissed:
        if not complains:
            raise NothingToAppeal
        return AppealAgainst.dismissal
    if not party["not_upheld" if complains else "upheld"]:
        raise NothingToAppeal
    return AppealAgainst.decision


def _may_be_final(case: Case) -> bool:
    finalise = next(one for one in DISPUTE.transitions if one.action == "finalise")
    return finalise.refusal(case.record, case.state, case.today) is None


async def _make_final(session: Session, actor: Actor | None, case: Case) -> None:
    await put_all_in_force(session, actor, case)
    await end_measures(session, actor, case, case.today)
    await take_step(session, actor, case, "finalise")
