"""The rules by name: whom or what each finds, and for how long it is kept at least, at most, and unless changed.

Retention is the organisation's policy: no law gives a number of months, but the Limitation Act 1980 lets claims be made
for six years. What a rule finds is a proposal: what forbids to touch it is asked of the database, which knows no rule.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta

from app.models.exports import ExportFormat
from app.models.retention import RetentionAction, RetentionBasis, RetentionRule
from app.services import idempotency, jobs_run
from app.services.exports import LIVES
from app.services.imports.file import KEPT as IMPORTS_KEPT

R, B = RetentionRule, RetentionBasis


@dataclass(frozen=True, slots=True)
class Rule:
    """`find` is a query of `id` and `since`, $1 the day on which it is asked; a person, or a case, for each row."""

    action: RetentionAction
    basis: RetentionBasis
    find: str
    months: int
    least: int
    most: int


@dataclass(frozen=True, slots=True)
class Automatic:
    """What the house forgets by itself. `kept` is None where it is for as long as something else lasts."""

    basis: RetentionBasis
    kept: timedelta | None


_STANDING = (
    "standing_on(m.decided_standing, m.decided_from, m.decided_until, m.restricted, m.paid_until, m.lapses_on, $1)"
)
#: A membership that is over, and since when. Whoever was lapsed before they died is a former member all the same.
_FORMER = f"""
select p.id, case when {_STANDING} = 'lapsed' then m.lapses_on else m.decided_from end as since
from people p join members m on m.person_id = p.id
where p.erased_at is null and m.relationship = 'member' and {_STANDING} = any (array[{{}}])
"""
_SUPPORTERS = """
select p.id, greatest(m.joined_on, (p.updated_at at time zone 'Europe/London')::date, (
  select max((s.last_used_at at time zone 'Europe/London')::date)
  from accounts a join sign_ins s on s.account_id = a.id where a.person_id = p.id)) as since
from people p join members m on m.person_id = p.id
where p.erased_at is null and m.relationship = 'supporter'
"""
_ENDED = "select id, ended_on as since from {} where ended_on <= $1"
#: The day on which the last sanction ends: none while one is for good.
_LAST = """
greatest(d.state_since, (
  select max(coalesce(s.ends_on, case when s.kind in ('warning', 'reprimand') then s.starts_on end, 'infinity'))
  from sanctions s where s.dispute_id = d.id and s.state <> 'quashed'))
"""
_CASES = f"""
select d.id, {_LAST} as since from disputes d
where d.state in ('final', 'closed', 'withdrawn') and {{}}
"""
_SANCTIONED = "exists (select from sanctions s where s.dispute_id = d.id and s.state <> 'quashed'{})"
_GRAVE = " and s.kind in ('exclusion', 'expulsion', 'ineligibility')"


def _people(find: str, months: int, basis: RetentionBasis, least: int = 6) -> Rule:
    return Rule(RetentionAction.minimise_person, basis, find, months, least, 120)


def _cases(find: str, months: int, least: int = 6) -> Rule:
    return Rule(RetentionAction.erase_case, B.accountability, find, months, least, 180)


RULES: dict[RetentionRule, Rule] = {
    R.former_members: _people(_FORMER.format("'lapsed', 'resigned', 'expelled'"), 72, B.legal_claims, least=12),
    R.deceased_members: _people(_FORMER.format("'deceased'"), 24, B.necessity),
    R.inactive_supporters: _people(_SUPPORTERS, 24, B.necessity),
    R.rights_requests_ended: _cases(_ENDED.format("rights_requests"), 36, least=12),
    R.data_complaints_ended: _cases(_ENDED.format("data_complaints"), 36, least=12),
    R.breaches_closed: _cases("select id, closed_on as since from breaches where closed_on <= $1", 72, least=36),
    R.disputes_without_sanction: _cases(_CASES.format("not " + _SANCTIONED.format("")), 12),
    R.disputes_with_sanction: _cases(
        _CASES.format(f"{_SANCTIONED.format('')} and not {_SANCTIONED.format(_GRAVE)}"), 12
    ),
    R.disputes_with_expulsion: _cases(_CASES.format(_SANCTIONED.format(_GRAVE)), 72, least=12),
}

AUTOMATIC: Mapping[RetentionRule, Automatic] = {
    R.import_files: Automatic(B.necessity, IMPORTS_KEPT),
    R.ended_jobs: Automatic(B.necessity, jobs_run.KEPT),
    R.workbooks: Automatic(B.necessity, LIVES[ExportFormat.xlsx]),
    R.kept_answers: Automatic(B.necessity, idempotency.KEPT),
    R.letters: Automatic(B.necessity, None),
    R.exclusion_marks: Automatic(B.ban, None),
}
