"""Founding an organisation: its root unit, its kinds of office, a procedure for complaints, a record of processing.

And its first two accounts.
"""

from dataclasses import dataclass
from uuid import UUID

from app.core import clock
from app.core.db import Session
from app.core.errors import Conflict
from app.core.permissions import Role
from app.core.text import email_key
from app.models.accounts import Account, AccountState, Client, ClientKind, Grant, GrantState
from app.models.branches import Branch, BranchStatus, UnitKind
from app.models.offices import OfficeType
from app.models.processing import Controller
from app.services.changes import record_change
from app.services.password_resets import issue_token, send_token
from app.services.procedures_presets import first_procedure
from app.services.processing.presets import first_activities
from app.services.sign_ins import HOUSE_CLIENT


class AlreadyFounded(Conflict):
    code = "already_founded"
    sentence = "This database holds an organisation already."


@dataclass(frozen=True)
class Founded:
    organisation_id: UUID
    administrator_id: UUID
    officer_id: UUID


#: The kinds of office that every organisation begins with: (key, English, Welsh, role, kinds of unit, required, seats).
OFFICES: tuple[tuple[str, str, str, Role | None, tuple[UnitKind, ...], bool, int], ...] = (
    ("chair", "Chair", "Cadeirydd", None, (UnitKind.local_party, UnitKind.branch), True, 1),
    (
        "secretary",
        "Secretary",
        "Ysgrifennydd",
        Role.branch_secretary,
        (UnitKind.local_party, UnitKind.branch),
        True,
        1,
    ),
    (
        "treasurer",
        "Treasurer",
        "Trysorydd",
        Role.branch_treasurer,
        (UnitKind.local_party, UnitKind.branch),
        True,
        1,
    ),
    (
        "regional_secretary",
        "Regional secretary",
        "Ysgrifennydd rhanbarthol",
        Role.regional_officer,
        (UnitKind.nation, UnitKind.region),
        True,
        1,
    ),
    ("lead_organiser", "Lead organiser", "Prif drefnydd", Role.organiser, (UnitKind.chapter,), True, 1),
    ("institution_leader", "Leader", "Arweinydd", Role.leader, (UnitKind.institution,), False, 10),
    (
        "nec_member",
        "Member of the National Executive Committee",
        "Aelod o'r Pwyllgor Gwaith Cenedlaethol",
        None,
        (UnitKind.party,),
        False,
        30,
    ),
    ("parliamentarian", "Member of a parliament", "Aelod o senedd", None, (UnitKind.party,), False, 50),
)


async def found_organisation(
    session: Session,
    *,
    name: str,
    name_cy: str | None,
    gss_code: str | None = None,
    kind: UnitKind,
    administrator_email: str,
    officer_email: str,
) -> Founded:
    """Make the root of the tree and what hangs from it. Runs as the owner of the database, once.

    Two accounts begin it, because a grant that carries members' data needs two people: an administrator, and the
    officer responsible for the whole. Neither has a password: see `invite_founders`. Raises `AlreadyFounded`.
    """
    if await session.fetchval("select exists (select from branches)"):
        raise AlreadyFounded
    root = Branch(path=[], kind=kind, name=name, name_cy=name_cy, gss_code=gss_code, status=BranchStatus.recognised)
    root.path = [root.id]
    await session.insert(root)
    await session.insert(Client(id=HOUSE_CLIENT, name="Rollbook", kind=ClientKind.first_party, scopes=[]))
    for key, english, welsh, role, kinds, required, seats in OFFICES:
        await session.insert(
            OfficeType(
                key=key, name=english, name_cy=welsh, role=role, kinds=list(kinds), required=required, seats=seats
            )
        )
    await session.insert(first_procedure(kind))
    await session.insert(Controller(id=root.id))
    for activity in first_activities(kind):
        await session.insert(activity)
    officer_role = Role.supervisor if kind is UnitKind.alliance else Role.national_membership_officer
    administrator_id = await _first_account(
        session, root.id, administrator_email, "Administrator", Role.system_administrator
    )
    officer_id = await _first_account(session, root.id, officer_email, "Membership officer", officer_role)
    await record_change(
        session, None, "organisation.founded", resource="branches", subject_id=root.id, branch_id=root.id
    )
    return Founded(root.id, administrator_id, officer_id)


async def invite_founders(session: Session, founded: Founded, *, app_url: str, by_mail: bool) -> list[str]:
    """Have both choose a first password: by letter, or by the tokens returned, the administrator's first."""
    tokens = []
    for account_id in (founded.administrator_id, founded.officer_id):
        account = await session.fetchrow(
            "select id, email, name, state, null as language from accounts where id = $1", account_id
        )
        assert account is not None
        if by_mail:
            await send_token(session, account, app_url=app_url)
        else:
            tokens.append(await issue_token(session, account))
    return tokens


async def _first_account(session: Session, root_id: UUID, email: str, name: str, role: Role) -> UUID:
    account = Account(email=email, email_key=email_key(email), name=name, state=AccountState.invited)
    grant = Grant(
        account_id=account.id,
        role=role,
        branch_id=root_id,
        starts_on=clock.today(),
        state=GrantState.confirmed,
        reason="Founding",
        proposed_by=account.id,
    )
    await session.insert(account)
    await session.insert(grant)
    return account.id
