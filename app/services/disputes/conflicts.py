"""Who may not judge a case, and why: asked when a panel is listed, and again of everybody who hears or decides.

Nobody judges their own cause or their neighbours', what they have worked on before, or what they are not qualified for.
"""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any
from uuid import UUID

from app.core.actor import Actor
from app.core.calendars import add_months
from app.core.db import Session
from app.core.errors import Conflict, FieldError
from app.core.permissions import Part
from app.models.members import Relationship, Standing
from app.models.procedures import Body, Definition
from app.services.disputes.case import Case

#: Whoever received, kept or explored the case does not judge it.
WORKED = (Part.receiver, Part.clerk, Part.mediator, Part.investigator)
#: A member of this standing judges nobody.
_OUT = frozenset({Standing.suspended, Standing.expelled})
_GOOD = frozenset({Standing.current, Standing.arrears})
_MESSAGE = "Name somebody else."

_SERVES = """
t.person_id = a.person_id and t.state = 'confirmed' and t.starts_on <= $3 and (t.ends_on is null or $3 < t.ends_on)
"""
#: Since when somebody has been a member without a break: no resignation or expulsion that ended, no exclusion, no time
#: paid for that began after the one before had lapsed. `e.ends_on` is the first day not paid for.
_UNBROKEN = """
greatest(m.joined_on,
  (select max(s.until) from standings s where s.member_id = m.id and s.standing in ('resigned', 'expelled')
   and s.starts_on < s.until and s.until <= $3),
  (select max(r.ends_on) from member_restrictions r where r.member_id = m.id and r.kind in ('excluded', 'expelled')
   and r.starts_on < r.ends_on and r.ends_on <= $3),
  (select max(t.starts_on) from membership_terms t where t.member_id = m.id and t.starts_on <= $3
   and exists (select from membership_terms e where e.member_id = m.id and e.starts_on < t.starts_on)
   and not exists (select from membership_terms e where e.member_id = m.id and e.starts_on < t.starts_on
     and t.starts_on < e.ends_on + interval '3 months')))
"""
#: $1 the case, $2 the accounts, $3 today, $4 the panel on which they sit, $5 the keys of barred offices, $6 parts.
_FACTS = f"""
with parties as (
  select p.person_id, p.account_id, p.unit_id, p.role from dispute_parties p
  where p.dispute_id = $1 and p.struck_at is null
), sides as (
  select * from parties where role in ('complainant', 'respondent')
), homes as (
  select b.id from branches b where b.parent_id is not null and b.id in (
    select h.branch_id from members h join sides p on p.person_id = h.person_id
    union all select d.branch_id from disputes d where d.id = $1)
)
select a.state, m.relationship, {_UNBROKEN} as member_since,
  standing_on(m.decided_standing, m.decided_from, m.decided_until, m.restricted, m.paid_until, m.lapses_on, $3)
    as standing,
  exists (
    select from parties p where p.person_id = a.person_id or p.account_id = a.id
    or exists (select from office_terms t where t.branch_id = p.unit_id and {_SERVES})
  ) as named,
  exists (
    select from walls w where w.wall_key = $1 and w.ended_at is null
    and (w.person_id = a.person_id or w.account_id = a.id)
  ) as interested,
  exists (
    select from dispute_parts t where t.dispute_id = $1 and t.part = any ($6)
    and (t.account_id = a.id or t.person_id = a.person_id)
  ) as worked,
  exists (
    select from homes h where h.id = m.branch_id
    or exists (select from office_terms t where t.branch_id = h.id and {_SERVES})
  ) or exists (
    select from sides p join branches u on u.id = p.unit_id join branches b on b.path @> array[u.id]
    where u.parent_id is not null and b.id = m.branch_id
  ) as of_branch,
  exists (
    select from dispute_parts t where t.dispute_id = $1 and t.panel_id is distinct from $4 and t.panel_id is not null
    and (t.account_id = a.id or t.person_id = a.person_id)
  ) as decided_before,
  exists (
    select from office_terms t join office_types o on o.id = t.office_type_id where o.key = any ($5) and {_SERVES}
  ) as barred_office,
  exists (
    select from grants g where g.account_id = a.id and g.state = 'confirmed'
    and g.starts_on <= $3 and (g.ends_on is null or $3 < g.ends_on)
  ) as staff
from unnest($2::uuid[]) with ordinality asked (id, place)
left join accounts a on a.id = asked.id left join members m on m.person_id = a.person_id
order by asked.place
"""


class PanelConflict(Conflict):
    """Somebody may not judge this case: the code at each pointer says why."""

    code = "panel_conflict"
    sentence = "Somebody named here may not judge this case; see errors."


async def must_be_impartial(
    session: Session,
    _actor: Actor,
    case: Case,
    body: Body,
    accounts: Sequence[tuple[str, UUID]],
    *,
    panel_id: UUID | None = None,
) -> None:
    """Raises `PanelConflict` unless each account, given with the pointer of where it was named, may judge this case."""
    async with session.as_role("rollbook_case"):
        rows = await session.fetch(
            _FACTS,
            case.id,
            [account_id for _, account_id in accounts],
            case.today,
            panel_id,
            body.barred_offices,
            list(WORKED),
        )
    found = [
        FieldError(pointer, code, _MESSAGE)
        for (pointer, _), facts in zip(accounts, rows, strict=True)
        if (code := conflict_of(facts, body, case.definition, case.today)) is not None
    ]
    if found:
        raise PanelConflict(errors=tuple(found))


def conflict_of(facts: Mapping[str, Any], body: Body, definition: Definition, today: date) -> str | None:
    """Why somebody may not sit, as a code; None for whoever may. `facts` are those of `_FACTS`."""
    reasons = {
        "no_active_account": facts["state"] != "active",
        "panel_member_named": facts["named"],
        "panel_member_interested": facts["interested"],
        "panel_member_investigated": facts["worked"],
        "panel_member_of_branch": facts["of_branch"] and not definition.branch_members_may_sit,
        "panel_member_decided_before": facts["decided_before"],
        "panel_member_ineligible": not is_eligible(facts, body, today),
    }
    return next((code for code, holds in reasons.items() if holds), None)


def is_eligible(facts: Mapping[str, Any], body: Body, today: date) -> bool:
    """Whether a body may have somebody in it, by membership, offices and staff."""
    if facts["barred_office"] or (facts["staff"] and not body.staff_may_sit):
        return False
    is_member = facts["relationship"] == Relationship.member
    if is_member and facts["standing"] in _OUT:
        return False
    if not body.minimum_membership_years:
        return True
    if not is_member or facts["standing"] not in _GOOD:
        return False
    full = add_months(facts["member_since"], 12 * body.minimum_membership_years)
    return bool(full <= today)
