"""The page of rights: every permission, every role, and who may give which role to whom.

Pure data. `docs/rights.md`, `GET /v1/roles`, the gates, the access matrix and the database's scopes are all made from
this page; nothing else in the house says who may do what.
"""

from collections.abc import Iterable
from enum import StrEnum
from uuid import UUID


class Permission(StrEnum):
    """`resource:action`. A route names one as its gate; a service asks whether it is held at the record's branch."""

    members_read = "members:read"
    members_contact = "members:contact"
    members_create = "members:create"
    members_update = "members:update"
    members_end = "members:end"
    members_decide = "members:decide"
    members_transfer = "members:transfer"
    members_import = "members:import"
    members_export = "members:export"
    exports_confirm = "exports:confirm"
    duplicates_decide = "duplicates:decide"
    branches_read = "branches:read"
    branches_manage = "branches:manage"
    offices_read = "offices:read"
    offices_record = "offices:record"
    offices_confirm = "offices:confirm"
    accounts_read = "accounts:read"
    accounts_manage = "accounts:manage"
    clients_read = "clients:read"
    clients_manage = "clients:manage"
    grants_read = "grants:read"
    grants_give = "grants:give"
    grants_confirm = "grants:confirm"
    audit_read = "audit:read"
    access_log_read = "access_log:read"
    events_read = "events:read"
    privacy_log = "privacy:log"
    privacy_read = "privacy:read"
    privacy_handle = "privacy:handle"
    privacy_approve = "privacy:approve"
    rules_manage = "rules:manage"
    procedures_manage = "procedures:manage"
    disputes_count = "disputes:count"
    disputes_break_glass = "disputes:break_glass"
    disputes_approve = "disputes:approve"
    disputes_read = "disputes:read"
    disputes_examine = "disputes:examine"
    disputes_handle = "disputes:handle"
    disputes_gather = "disputes:gather"
    disputes_record = "disputes:record"
    disputes_mediate = "disputes:mediate"
    disputes_investigate = "disputes:investigate"
    disputes_decide = "disputes:decide"
    disputes_decide_appeal = "disputes:decide_appeal"
    organising_read = "organising:read"
    organising_run = "organising:run"
    meetings_read = "meetings:read"
    meetings_record = "meetings:record"
    supervision_read = "supervision:read"
    supervision_set = "supervision:set"

    @property
    def resource(self) -> str:
        return self.value.partition(":")[0]


P = Permission

#: What each permission lets its holder do, in the words of docs/rights.md.
MEANING: dict[Permission, str] = {
    P.members_read: "see members and supporters of the branch, without contact details",
    P.members_contact: "see, search by and correct e-mail, phone, address and date of birth",
    P.members_create: "add a member or supporter to the branch",
    P.members_update: "correct a member's record and objections to contact",
    P.members_end: "record a resignation or a death",
    P.members_decide: "suspend and reinstate a member",
    P.members_transfer: "ask for, accept, refuse and withdraw a transfer between branches",
    P.members_import: "bring members in from a file, and undo it",
    P.members_export: "take members out as a file",
    P.exports_confirm: "confirm, as a second person, an export of the whole organisation",
    P.duplicates_decide: "see and settle possible duplicates across branches",
    P.branches_read: "see the tree of units, their coverage, counts and vacancies",
    P.branches_manage: "create, rename, move, recognise, suspend and dissolve units; set coverage and office types",
    P.offices_read: "see who holds and held which office",
    P.offices_record: "record that an office was filled, ended or vacated",
    P.offices_confirm: "confirm, from a unit above, a term whose office carries a role",
    P.accounts_read: "see accounts and whether they are active",
    P.accounts_manage: "invite, disable and enable accounts",
    P.clients_read: "see client applications and their scopes",
    P.clients_manage: "register and revoke client applications and set their scopes",
    P.grants_read: "see which roles are granted to whom",
    P.grants_give: "propose a grant of a role, and end one",
    P.grants_confirm: "confirm, as a second person, a grant that carries members' data",
    P.audit_read: "read the audit trail and verify its seals",
    P.access_log_read: "see who has read which record",
    P.events_read: "read the feed of changes for what one may read",
    P.privacy_log: "log a data-protection request, complaint or breach that has reached one",
    P.privacy_read: "see requests, complaints, breaches, erasures and retention, but what concerns oneself",
    P.privacy_handle: "conduct data-protection requests, complaints and breaches; propose erasures and retention runs",
    P.privacy_approve: "approve, as a second person, an erasure or a retention run",
    P.rules_manage: "adopt, amend and repeal clauses of the rule book",
    P.procedures_manage: "lay down procedures and say who receives complaints",
    P.disputes_count: "see statistics of disputes, without names",
    P.disputes_break_glass: "ask that a dispute be opened to oneself for a day, with reasons",
    P.disputes_approve: "approve, as one of two, that a dispute be opened to somebody for a day",
    P.disputes_read: "see a dispute: its people, stage, clocks and allegations",
    P.disputes_examine: "see a dispute's evidence, responses, correspondence, report and hearings",
    P.disputes_handle: "conduct a dispute: receive, triage, give notice, appoint, impose interim measures, stay, join",
    P.disputes_gather: "add evidence to a dispute",
    P.disputes_record: "log correspondence, send letters and keep the record of meetings in a dispute",
    P.disputes_mediate: "say how an informal resolution or a mediation went",
    P.disputes_investigate: "report on an investigation",
    P.disputes_decide: "give a panel's decision on each allegation, and its sanctions",
    P.disputes_decide_appeal: "admit an appeal and decide it",
    P.organising_read: "see member institutions, campaigns, actions, pledges, listening, training and what came of it",
    P.organising_run: "run them: recruit institutions, plan actions, hold to account, evaluate, train",
    P.meetings_read: "see one-to-ones, testimonies and the development of leaders, as far as each was announced",
    P.meetings_record: "record one-to-ones and testimonies, and develop leaders",
    P.supervision_read: "see what organisers leave to their supervisor, their weekly figures and their reports",
    P.supervision_set: "set organisers' targets, and settle what they ask for",
}


class Role(StrEnum):
    """A named set of permissions, held at a unit and reaching the whole subtree below it."""

    branch_secretary = "branch_secretary"
    branch_treasurer = "branch_treasurer"
    regional_officer = "regional_officer"
    national_membership_officer = "national_membership_officer"
    disputes_officer = "disputes_officer"
    data_protection_officer = "data_protection_officer"
    finance_officer = "finance_officer"
    auditor = "auditor"
    system_administrator = "system_administrator"
    organiser = "organiser"
    supervisor = "supervisor"
    leader = "leader"
    integration = "integration"


_LOOK = frozenset({P.branches_read, P.offices_read, P.privacy_log})
_PRIVACY = frozenset({P.privacy_read, P.privacy_handle, P.privacy_approve})
_CARE = frozenset({P.members_read, P.members_contact, P.members_create, P.members_update, P.members_end})
_MOVE = frozenset({P.members_transfer, P.members_import, P.members_export, P.events_read})
_STRUCTURE = frozenset({P.branches_manage, P.offices_record, P.offices_confirm})
_ORGANISE = frozenset({P.organising_read, P.organising_run, P.meetings_read, P.meetings_record})
_SUPERVISE = frozenset({P.supervision_read, P.supervision_set})
_RULES = frozenset({P.rules_manage, P.procedures_manage, P.disputes_count})

GRANTS: dict[Role, frozenset[Permission]] = {
    Role.branch_secretary: _LOOK | _CARE | _MOVE | _ORGANISE | {P.offices_record},
    Role.branch_treasurer: _LOOK | {P.members_read, P.organising_read},
    Role.regional_officer: _LOOK | _CARE | _MOVE | _STRUCTURE | _ORGANISE | _SUPERVISE
    | {P.grants_read, P.grants_confirm},
    Role.national_membership_officer: _LOOK | _CARE | _MOVE | _STRUCTURE | _ORGANISE | _SUPERVISE
    | {P.members_decide, P.exports_confirm, P.duplicates_decide}
    | {P.accounts_read, P.grants_read, P.grants_give, P.grants_confirm}
    | _RULES | {P.disputes_approve},
    Role.disputes_officer: _LOOK | {P.members_read, P.events_read} | _RULES,
    Role.data_protection_officer: _LOOK
    | {P.members_read, P.members_contact, P.members_export, P.exports_confirm}
    | {P.audit_read, P.access_log_read, P.events_read, P.grants_read, P.grants_confirm}
    | {P.disputes_count, P.disputes_break_glass, P.disputes_approve}
    | _PRIVACY,
    Role.finance_officer: _LOOK | {P.members_read, P.organising_read},
    Role.auditor: _LOOK
    | {P.audit_read, P.access_log_read, P.grants_read, P.accounts_read, P.clients_read, P.disputes_count},
    Role.system_administrator: frozenset(
        {
            P.branches_read,
            P.accounts_read,
            P.accounts_manage,
            P.clients_read,
            P.clients_manage,
            P.grants_read,
            P.grants_give,
        }
    ),
    Role.organiser: _LOOK | _CARE | _MOVE | _ORGANISE | {P.offices_record},
    Role.supervisor: _LOOK | _CARE | _MOVE | _STRUCTURE | _ORGANISE | _SUPERVISE
    | {P.members_decide, P.exports_confirm, P.duplicates_decide, P.grants_read, P.grants_confirm}
    | _RULES | {P.disputes_approve},
    Role.leader: _LOOK | {P.members_read, P.organising_read},
    Role.integration: _LOOK | _CARE | _MOVE | {P.organising_read, P.organising_run},
}  # fmt: skip


class Part(StrEnum):
    """What somebody does in one dispute. A part is held in that dispute alone, and no role opens one."""

    receiver = "receiver"
    clerk = "clerk"
    mediator = "mediator"
    investigator = "investigator"
    chair = "chair"
    panellist = "panellist"
    appeal_chair = "appeal_chair"
    appeal_panellist = "appeal_panellist"
    observer = "observer"


_HEARS = frozenset({P.disputes_read, P.disputes_examine})

PARTS: dict[Part, frozenset[Permission]] = {
    Part.receiver: _HEARS | {P.disputes_handle, P.disputes_gather, P.disputes_record, P.disputes_mediate},
    Part.clerk: _HEARS | {P.disputes_gather, P.disputes_record},
    Part.mediator: frozenset({P.disputes_read, P.disputes_mediate}),
    Part.investigator: _HEARS | {P.disputes_gather, P.disputes_investigate},
    Part.chair: _HEARS | {P.disputes_record, P.disputes_decide},
    Part.panellist: _HEARS,
    Part.appeal_chair: _HEARS | {P.disputes_record, P.disputes_decide_appeal},
    Part.appeal_panellist: _HEARS,
    Part.observer: _HEARS,
}

#: Held through a part in a dispute, and through nothing else.
BY_PART: frozenset[Permission] = frozenset().union(*PARTS.values())

#: The ceiling: what a holder of the key may give to somebody else, at or below the unit where the key is held.
GRANTABLE: dict[Role, frozenset[Role]] = {
    Role.branch_secretary: frozenset({Role.branch_secretary, Role.branch_treasurer}),
    Role.organiser: frozenset({Role.leader}),
    Role.regional_officer: frozenset({Role.branch_secretary, Role.branch_treasurer}),
    Role.supervisor: frozenset({Role.organiser, Role.leader}),
    Role.national_membership_officer: frozenset(
        {
            Role.regional_officer,
            Role.branch_secretary,
            Role.branch_treasurer,
            Role.organiser,
            Role.supervisor,
            Role.leader,
        }
    ),
    Role.system_administrator: frozenset(Role) - {Role.system_administrator},
}

#: Roles whose grant a second person must confirm, because they carry members' data or the power to read the trail.
NEEDS_SECOND_PERSON: frozenset[Role] = frozenset(
    role for role, held in GRANTS.items() if held & {P.members_read, P.audit_read, P.access_log_read}
)


def within_ceiling(held: Iterable[tuple[Role, UUID]], role: Role, path: Iterable[UUID]) -> bool:
    """Whether a role may be given at a unit by who holds these (role, unit) pairs.

    One of them must be able to give it, and be held at the unit or above: `path` is the unit's ancestors and itself.
    """
    units = frozenset(path)
    return any(unit in units and role in GRANTABLE.get(own, frozenset()) for own, unit in held)


def permissions_of(role: Role) -> frozenset[Permission]:
    return GRANTS[role]


def roles_with(permission: Permission) -> frozenset[Role]:
    return frozenset(role for role, held in GRANTS.items() if permission in held)
