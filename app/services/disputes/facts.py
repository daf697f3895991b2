"""What is known of a case at a glance: the columns of lists, and the facts at which the guards look."""

from app.core.paging import Listing

_RESPONDENTS = "dispute_parties p where p.dispute_id = d.id and p.role = 'respondent' and p.struck_at is null"
_OWN_PARTS = (
    "dispute_parts t where t.dispute_id = d.id and t.account_id = (select acting_account()) and t.ended_at is null "
    "and (t.expires_at is null or now() < t.expires_at)"
)
#: Evidence that a respondent has neither been shown nor been given a redacted copy of.
_UNDISCLOSED = f"""
(select count(*) from dispute_evidence e, {_RESPONDENTS} and e.dispute_id = d.id and not e.set_aside
 and not exists (select from dispute_evidence n where n.replaces_id = e.id)
 and e.redacts_id is null
 and not exists (
   select from dispute_disclosures x where x.party_id = p.id
   and (x.subject_id = e.id or x.subject_id in (select r.id from dispute_evidence r where r.redacts_id = e.id))))
"""
#: Whether an appeal `x` is against what the case `d` was last decided, not against what was taken up again since.
CURRENT_APPEAL = """
not exists (
  select from dispute_steps s where s.dispute_id = d.id and s.id > x.id
  and s.to_state in ('decided', 'dismissed') and s.from_state is distinct from s.to_state)
"""
#: Whether a step `s` answers the last notice, not one of before the case was taken up again.
SINCE_NOTICE = """
s.id > all (select n.id from dispute_steps n where n.dispute_id = s.dispute_id and n.action = 'give_notice')
"""
#: Each side may appeal, each once.
_APPEALABLE = f"""
exists (
  select from dispute_parties p where p.dispute_id = d.id and p.struck_at is null
  and p.role in ('complainant', 'respondent')
  and not exists (select from dispute_appeals x where x.party_id = p.id and {CURRENT_APPEAL}))
"""
#: Its stage is past its last day, unless it is stayed; or the review of a measure, which no stay holds.
_OVERDUE = """
(d.due_on < $1 and d.stayed_on is null or exists (
  select from dispute_measures m where m.dispute_id = d.id and m.lifted_on is null and m.review_by < $1
  and coalesce($1 < m.ends_on, true)))
"""

DISPUTES = Listing(
    resource="disputes",
    source="disputes d",
    key="d.id",
    columns={
        "id": "d.id",
        "reference": "d.reference",
        "kind": "d.kind",
        "source": "d.source",
        "state": "d.state",
        "outcome": "d.outcome",
        "branch_id": "d.branch_id",
        "subject_unit_id": "d.subject_unit_id",
        "procedure_id": "d.procedure_id",
        "nation": "d.nation",
        "received_on": "d.received_on",
        "state_since": "d.state_since",
        "due_on": "d.due_on",
        "overdue": f"coalesce({_OVERDUE}, false)",
        "stayed_on": "d.stayed_on",
        "stay_reason": "d.stay_reason",
        "notice_on": "d.notice_on",
        "response_due_on": "d.response_due_on",
        "responded_on": "d.responded_on",
        "decided_on": "d.decided_on",
        "appeal_due_on": "d.appeal_due_on",
        "version": "d.version",
        "created_at": "utc(d.created_at)",
        "updated_at": "utc(d.updated_at)",
    },
    sorts={
        "received_on": ("d.received_on", "date"),
        "due_on": ("coalesce(d.due_on, 'infinity')", "date"),
    },
    facts={
        **{
            name: f"d.{name}"
            for name in (
                "id", "version", "reference", "state", "outcome", "kind", "source", "branch_id", "nation",
                "procedure_id", "received_on", "state_since", "due_on", "stayed_on", "stay_reason", "notice_on",
                "response_due_on", "responded_on", "reported_on", "heard_on", "decided_on", "deciding_body",
                "appeal_due_on", "appeal_late", "appeal_admitted", "appealed_from", "joined_into_id", "sealed",
            )
        },
        "definition": "(select p.definition from procedures p where p.id = d.procedure_id)",
        "has_respondent": f"exists (select from {_RESPONDENTS})",
        "undisclosed": _UNDISCLOSED,
        "appealable": _APPEALABLE,
        "parts": f"array(select t.part from {_OWN_PARTS})",
        "opened_until": f"(select max(t.expires_at) from {_OWN_PARTS})",
    },
)  # fmt: skip
