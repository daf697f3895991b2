"""Every lifecycle of the house, and the page that draws them.

`python -m app.services.lifecycles > docs/lifecycles.md` prints it anew.
"""

import sys

from app.core.lifecycle import Lifecycle, Transition, mermaid
from app.services.access_alerts import ALERT
from app.services.accounts import ACCOUNT
from app.services.actions import COURSE as ACTION
from app.services.branch_lifecycle import UNIT
from app.services.breaches.lifecycle import BREACH
from app.services.cadence_leave import LEAVE
from app.services.campaigns import COURSE as CAMPAIGN
from app.services.campaigns_milestones import MILESTONE_COURSE
from app.services.campaigns_objectives import OBJECTIVE_COURSE
from app.services.clients import CLIENT
from app.services.core_teams import CORE_TEAM
from app.services.courses import COURSE
from app.services.data_complaints.lifecycle import DATA_COMPLAINT
from app.services.disputes.lifecycle import DISPUTE
from app.services.enrolments_record import ENROLMENT
from app.services.erasures.lifecycle import ERASURE
from app.services.exports_lifecycle import EXPORT
from app.services.grant_lifecycle import GRANT
from app.services.guardians import GUARDIAN_CONSENT
from app.services.imports.lifecycle import IMPORT
from app.services.income import INCOME
from app.services.jobs import JOB
from app.services.leaders import LEADER
from app.services.legal_holds import LEGAL_HOLD
from app.services.letters_of_understanding import LETTER
from app.services.listening.lifecycle import LISTENING
from app.services.member_lifecycle import MEMBERSHIP
from app.services.nominations import NOMINATION
from app.services.office_term_lifecycle import OFFICE
from app.services.one_to_ones_record import COURSE as ONE_TO_ONE
from app.services.organisations import LIFECYCLE as ORGANISATION
from app.services.organiser_reports import REPORT
from app.services.own_dispute_lifecycle import OWN_COMPLAINT, OWN_DEFENCE
from app.services.pledges import PLEDGE
from app.services.possible_duplicates import DUPLICATE
from app.services.power_analyses import POWER_ANALYSIS
from app.services.retention.lifecycle import RETENTION
from app.services.rights_requests.lifecycle import ACCESS, RIGHTS
from app.services.rights_requests.own_lifecycle import OWN_REQUEST
from app.services.rules import CLAUSE
from app.services.stories import STORY_COURSE
from app.services.strategic_partnerships import PARTNERSHIP
from app.services.testimony_lifecycle import TESTIMONY
from app.services.training_sessions_record import TRAINING_SESSION
from app.services.transfers import TRANSFER
from app.services.wins import WIN_COURSE

ALL: tuple[Lifecycle, ...] = (
    MEMBERSHIP,
    TRANSFER,
    DUPLICATE,
    UNIT,
    OFFICE,
    GRANT,
    ACCOUNT,
    CLIENT,
    IMPORT,
    EXPORT,
    CLAUSE,
    CAMPAIGN,
    OBJECTIVE_COURSE,
    MILESTONE_COURSE,
    WIN_COURSE,
    STORY_COURSE,
    LISTENING,
    TESTIMONY,
    ACTION,
    DISPUTE,
    OWN_COMPLAINT,
    OWN_DEFENCE,
    ACCESS,
    RIGHTS,
    OWN_REQUEST,
    ERASURE,
    LEGAL_HOLD,
    DATA_COMPLAINT,
    BREACH,
    RETENTION,
    ONE_TO_ONE,
    GUARDIAN_CONSENT,
    LEADER,
    CORE_TEAM,
    NOMINATION,
    COURSE,
    TRAINING_SESSION,
    ENROLMENT,
    LEAVE,
    POWER_ANALYSIS,
    PLEDGE,
    ALERT,
    ORGANISATION,
    LETTER,
    PARTNERSHIP,
    INCOME,
    REPORT,
    JOB,
)

PREFACE = """# Lifecycles

Printed from the tables in `app/services`, which enforce them and tell each client its `allowed_actions`. A state that
the calendar brings about (a term begins, a membership lapses) needs no action and has no arrow.
"""


def as_markdown() -> str:
    """The page: for each noun its diagram, then its actions with the permission, the path and the event."""
    return PREFACE + "".join(_section(lifecycle) for lifecycle in ALL)


def _section(lifecycle: Lifecycle) -> str:
    rows = "".join(_row(transition) for transition in lifecycle.transitions)
    table = f"| action | permission | request | event |\n| --- | --- | --- | --- |\n{rows}"
    return f"\n## {lifecycle.noun.capitalize()}\n\n```mermaid\n{mermaid(lifecycle)}```\n\n{table}"


def _row(transition: Transition) -> str:
    return f"| {transition.action} | `{transition.permission}` | `POST {transition.path}` | `{transition.event}` |\n"


if __name__ == "__main__":
    sys.stdout.write(as_markdown())
