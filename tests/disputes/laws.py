"""What holds in every case at every moment, looked at in the database as its owner, without the services' help."""

from collections.abc import Sequence
from datetime import date
from typing import Any
from uuid import UUID

from app.core.db import Session
from app.services.disputes.case import opener
from app.services.disputes.lifecycle import DISPUTE, ENDED

#: Steps that are no arrows of the case's course: they leave it in its state.
BESIDE = frozenset({"review_missed", "correct", "object", "record_response", "record_withdrawal"})
#: A stay that begins or ends has no day by which it is due, and a missed review is late by being one.
UNTIMED = {"stay": False, "lift_stay": False, "review_missed": True}
#: Where another appeal is open, or a hearing goes on, the case stays where it is.
MAY_STAY = frozenset({"record_appeal", "refuse_appeal", "decide_appeal", "hear"})

#: $1 the cases, $2 today; in `LAWS` $3, the states of those that have ended.
_WITH = """
with c as (
  select d.*, p.definition from disputes d join procedures p on p.id = d.procedure_id where d.id = any ($1)
), parts as (
  select t.*, coalesce(t.person_id, a.person_id) as who from dispute_parts t join accounts a on a.id = t.account_id
  where t.dispute_id = any ($1)
), seats as (
  select t.*, n.kind from parts t join dispute_panels n on n.id = t.panel_id
), upheld as (
  select distinct respondent_id from dispute_allegations where dispute_id = any ($1) and outcome = 'upheld'
), live_measures as (
  select * from dispute_measures m
  where m.dispute_id = any ($1) and m.lifted_on is null and coalesce($2 < m.ends_on, true)
), live_restrictions as (
  select * from member_restrictions r where r.lifted_at is null and coalesce($2 < r.ends_on, true)
)
"""
LAWS = {
    "who finds the facts does not judge": """
        select s.id from seats s join parts f on f.dispute_id = s.dispute_id
        where f.part in ('receiver', 'clerk', 'mediator', 'investigator')
        and (f.account_id = s.account_id or f.who = s.who)""",
    "nobody judges a case on two panels": """
        select s.id from seats s join seats o on o.dispute_id = s.dispute_id
        where o.panel_id <> s.panel_id and (o.account_id = s.account_id or o.who = s.who)""",
    "nobody hears the appeal from what they decided": """
        select s.id from seats s
        join dispute_steps t on t.dispute_id = s.dispute_id join accounts a on a.id = t.account_id
        where s.kind = 'appeal' and t.to_state in ('decided', 'dismissed') and t.from_state <> t.to_state
        and (a.id = s.account_id or a.person_id = s.who)""",
    "nobody who is walled off has a live part": """
        select t.id from parts t join walls w on w.wall_key = t.dispute_id and w.ended_at is null
        where t.ended_at is null and (w.account_id = t.account_id or w.person_id = t.who)""",
    "a case that goes on has a receiver": """
        select c.id from c where c.state <> all ($3)
        and not exists (select from parts t where t.dispute_id = c.id and t.part = 'receiver' and t.ended_at is null)
        and exists (
          select from receivers r join accounts a on a.id = r.account_id join procedures p on p.id = c.procedure_id
          where r.procedure_key = p.key and r.ended_at is null and not exists (
            select from walls w where w.wall_key = c.id and w.ended_at is null
            and (w.account_id = a.id or w.person_id = a.person_id))
          and not exists (
            select from seats s where s.dispute_id = c.id and (s.account_id = a.id or s.who = a.person_id)))""",
    "a party is walled off": """
        select p.id from dispute_parties p where p.dispute_id = any ($1) and p.struck_at is null
        and (p.person_id is not null or p.account_id is not null or p.unit_id is not null)
        and not exists (
          select from walls w where w.wall_key = p.dispute_id and w.ended_at is null
          and (w.person_id = p.person_id or w.account_id = p.account_id or w.unit_id = p.unit_id))""",
    "who was shown anything has been told": """
        select p.id from dispute_parties p where p.dispute_id = any ($1) and p.told_at is null
        and exists (select from dispute_disclosures x where x.party_id = p.id)""",
    "a sanction is within the powers of whoever decided": """
        select s.id from sanctions s join c on c.id = s.dispute_id where not exists (
          select from jsonb_array_elements(c.definition -> 'bodies') b
          where b ->> 'key' = c.deciding_body and b -> 'sanctions' ? s.kind)""",
    "a sanction is as long as the procedure lets it be": """
        select s.id from sanctions s join c on c.id = s.dispute_id
        where coalesce(s.months, 9999) > (c.definition -> 'longest_months' ->> s.kind)::int
        or (s.months is null and s.kind in ('warning', 'suspension', 'exclusion'))""",
    "a sanction has its days once it is in force": """
        select s.id from sanctions s where s.dispute_id = any ($1) and (
          (s.state = 'pending') <> (s.starts_on is null) and s.state <> 'quashed'
          or s.ends_on is distinct from (s.starts_on + make_interval(months => s.months))::date)""",
    "nobody is sanctioned for nothing": """
        select s.id from sanctions s where s.dispute_id = any ($1) and s.state <> 'quashed'
        and s.party_id not in (select respondent_id from upheld)""",
    "a sanction takes from a member what it says": """
        select s.id from sanctions s join dispute_parties p on p.id = s.party_id
        where s.dispute_id = any ($1) and s.kind not in ('warning', 'reprimand')
        and exists (select from members m where m.person_id = p.person_id)
        and (s.state = 'in_force' and coalesce($2 < s.ends_on, true)) <> exists (
          select from live_restrictions r where r.source_id = s.id and r.ends_on is not distinct from s.ends_on)""",
    "a measure takes from a member what it says": """
        select m.id from dispute_measures m join dispute_parties p on p.id = m.party_id
        where m.dispute_id = any ($1) and exists (select from members o where o.person_id = p.person_id)
        and (m.id in (select id from live_measures)) <> exists (
          select from live_restrictions r where r.source_id = m.id and r.ends_on is not distinct from m.ends_on)""",
    "what has ended waits for nothing": """
        select c.id from c where c.state = any ($3) and (c.due_on is not null or c.stayed_on is not null)
        union all select m.id from live_measures m join c on c.id = m.dispute_id where c.state = any ($3)
        union all select s.id from sanctions s join c on c.id = s.dispute_id
        where c.state = any ($3) and s.state = 'pending'
        union all select a.id from dispute_appeals a join c on c.id = a.dispute_id
        where c.state = any ($3) and a.state = 'lodged'""",
    "what goes on has a day by which": """
        select c.id from c where c.state <> all ($3) and c.due_on is null""",
    "a decision speaks of every allegation": """
        select a.id from dispute_allegations a join c on c.id = a.dispute_id
        where c.outcome in ('upheld', 'partly_upheld', 'not_upheld') and a.outcome is null""",
    "its outcome is that of the allegations": """
        select c.id from c join dispute_allegations a on a.dispute_id = c.id
        where c.outcome in ('upheld', 'partly_upheld', 'not_upheld') group by c.id, c.outcome
        having c.outcome <> case when bool_and(a.outcome = 'upheld') then 'upheld'
          when bool_or(a.outcome = 'upheld') then 'partly_upheld' else 'not_upheld' end""",
    "a late appeal is heard by discretion alone": """
        select a.id from dispute_appeals a where a.dispute_id = any ($1)
        and (a.late <> (a.due_on < a.lodged_on) or not a.late and not a.admitted
          or a.state in ('upheld', 'varied', 'dismissed') and not a.admitted)""",
    "one step begins where the other ended": """
        select s.id from (
          select t.*, lag(t.to_state) over (partition by t.dispute_id order by t.id) as before
          from dispute_steps t where t.dispute_id = any ($1)) s where s.from_state is distinct from s.before
        union all select c.id from c where c.state <> (
          select t.to_state from dispute_steps t where t.dispute_id = c.id order by t.id desc limit 1)""",
}
#: At the moment of a decision. Nothing that is still to be shown, and nobody accused who was not told or not heard.
FAIRNESS = {
    "notice comes before a decision": """
        select p.id from dispute_parties p where p.struck_at is null
        and p.id in (select respondent_id from dispute_allegations where dispute_id = any ($1))
        and not exists (select from dispute_disclosures x where x.party_id = p.id and x.kind = 'notice')
        union all select id from c where notice_on is null""",
    "what is relied upon was disclosed": """
        select e.id from dispute_evidence e join dispute_parties p on p.dispute_id = e.dispute_id
        where e.dispute_id = any ($1) and not e.set_aside and e.redacts_id is null
        and p.role = 'respondent' and p.struck_at is null
        and not exists (select from dispute_evidence n where n.replaces_id = e.id)
        and not exists (
          select from dispute_disclosures x where x.party_id = p.id and (
            x.subject_id = e.id or x.subject_id in (select r.id from dispute_evidence r where r.redacts_id = e.id)))""",
    "everybody accused has answered or had the time to": """
        select p.id from dispute_parties p join c on c.id = p.dispute_id where p.struck_at is null
        and p.id in (select respondent_id from dispute_allegations where dispute_id = any ($1))
        and c.response_due_on >= $2 and not exists (
          select from dispute_steps s where s.party_id = p.id and s.action = 'record_response' and s.id > all (
            select n.id from dispute_steps n where n.dispute_id = c.id and n.action = 'give_notice'))""",
}
_STEPS = "select id, action, from_state, to_state, on_day, due_on, late from dispute_steps where dispute_id = any ($1)"
_OUTCOMES = "select id, dispute_id, sealed from dispute_allegations where dispute_id = any ($1) and outcome is not null"
#: Who may not act on a panel for a case. $1 the case, $2 today, $3 the parts that act.
_PARTIAL = """
select t.id from dispute_parts t join accounts a on a.id = t.account_id left join members m on m.person_id = a.person_id
where t.id = any ($3) and (
  exists (select from dispute_parties p where p.dispute_id = $1 and p.struck_at is null
    and (p.person_id = a.person_id or p.account_id = a.id or exists (
      select from office_terms o where o.branch_id = p.unit_id and o.person_id = a.person_id and o.state = 'confirmed'
      and o.starts_on <= $2 and coalesce($2 < o.ends_on, true))))
  or m.branch_id in (
    select h.branch_id from members h join dispute_parties p on p.person_id = h.person_id
    where p.dispute_id = $1 and p.struck_at is null and p.role in ('complainant', 'respondent')))
"""


def _all(laws: dict[str, str]) -> str:
    return _WITH + " union all ".join(f"select '{name}' as law, x.id from ({sql}) x" for name, sql in laws.items())


_ALWAYS, _DECIDED = _all(LAWS), _all(FAIRNESS)


async def broken(session: Session, cases: Sequence[UUID], today: date) -> list[tuple[str, str]]:
    """The laws that do not hold, each with the row that breaks it."""
    ended = sorted(ENDED)
    found = [(row["law"], str(row["id"])) for row in await session.fetch(_ALWAYS, list(cases), today, ended)]
    found += [
        ("every step is an arrow, and late if it is", f"{row['action']}: {row['from_state']} to {row['to_state']}")
        for row in await session.fetch(_STEPS, list(cases))
        if not _is_lawful(row)
    ]
    for row in await session.fetch(_OUTCOMES, list(cases)):
        texts = (await opener(session, row["dispute_id"]))("dispute_allegations", row["id"], row["sealed"])
        if not (texts.get("reasons") or texts.get("appeal_reasons")):
            found.append(("an outcome has its reasons", str(row["id"])))
    return found


async def unfair(session: Session, case: UUID, today: date) -> list[tuple[str, str]]:
    """What was wrong with a decision, asked before anything else has happened."""
    return [(row["law"], str(row["id"])) for row in await session.fetch(_DECIDED, [case], today)]


async def partial(session: Session, case: UUID, today: date, part_ids: Sequence[UUID]) -> list[Any]:
    """The seats among those that acted whose holders should not have."""
    return await session.fetch(_PARTIAL, case, today, list(part_ids))


def _is_lawful(step: Any) -> bool:
    action, start, end, late = step["action"], step["from_state"], step["to_state"], step["late"]
    # An appeal is late by its own days, which stand in it.
    timed = action != "record_appeal" and step["due_on"] is not None
    in_time = late is UNTIMED.get(action, step["due_on"] < step["on_day"]) if timed or action in UNTIMED else True
    if start is None:
        return in_time and action == "receive"
    arrow = next((one for one in DISPUTE.transitions if one.action == action), None)
    if arrow is None or (start == end and action in BESIDE):
        return in_time and start == end and action in BESIDE
    return (
        in_time and start in arrow.from_states and (end == (arrow.to or start) or (start == end and action in MAY_STAY))
    )
