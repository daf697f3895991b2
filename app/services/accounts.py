"""Accounts: who may sign in. Administrators invite, disable and enable; a password is its owner's alone.

Accounts belong to the organisation as a whole, so the right to them counts only where it is held at the root.
"""

from collections.abc import Mapping
from datetime import UTC, date, datetime
from typing import Any, Literal
from uuid import UUID

import asyncpg

from app.core import clock
from app.core.actor import Actor
from app.core.db import Session
from app.core.errors import Conflict, Forbidden, NotFound, PreconditionFailed
from app.core.lifecycle import Lifecycle, Transition
from app.core.paging import Answer, Body, Listing, PageQuery, Where, fetch_one, list_page, with_fields
from app.core.permissions import Permission
from app.core.text import email_key
from app.models.accounts import Account, AccountCreate, AccountSearch, AccountState, AccountUpdate
from app.services import password_resets, sign_ins
from app.services.access import record_read
from app.services.changes import changed_fields, record_change

ACCOUNTS = Listing(
    resource="accounts",
    source="accounts a",
    key="a.id",
    columns={
        "id": "a.id",
        "email": "a.email",
        "name": "a.name",
        "person_id": "a.person_id",
        "state": "a.state",
        "version": "a.version",
        "created_at": "utc(a.created_at)",
        "updated_at": "utc(a.updated_at)",
    },
    sorts={"name": ("a.name", "text"), "created_at": ("a.created_at", "timestamptz")},
    facts={
        "id": "a.id",
        "version": "a.version",
        "email": "a.email",
        "name": "a.name",
        "person_id": "a.person_id",
        "language": "(select p.preferred_language from people p where p.id = a.person_id)",
        "email_key": "a.email_key",
        "state": "a.state",
    },
)


_WITHDRAW_TOKENS = "update password_resets set used_at = $2 where account_id = $1 and used_at is null"


def _not_ones_own(record: Mapping[str, Any], _today: date) -> str | None:
    return "own_account" if record["own"] else None


ACCOUNT = Lifecycle(
    noun="account",
    state_field="state",
    transitions=(
        Transition(
            action="disable",
            from_states=frozenset({AccountState.invited, AccountState.active}),
            to=AccountState.disabled,
            permission=Permission.accounts_manage,
            event="account.disabled",
            path="/v1/accounts/{id}/disable",
            guard=_not_ones_own,
        ),
        Transition(
            action="enable",
            from_states=frozenset({AccountState.disabled}),
            to=AccountState.active,
            permission=Permission.accounts_manage,
            event="account.enabled",
            path="/v1/accounts/{id}/enable",
            guard=_not_ones_own,
        ),
    ),
)


class AccountExists(Conflict):
    code = "account_exists"
    sentence = "There is an account with this e-mail already."


class OwnAccount(Forbidden):
    """Tied to a person, an account holds that person's offices: nobody ties their own."""

    code = "own_account"
    sentence = "Somebody else must change who this account belongs to: it is your own."


class AccountsQuery(PageQuery):
    """What a list of accounts can be narrowed and sorted by."""

    state: AccountState | None = None
    sort: Literal["name", "-name", "created_at", "-created_at"] = "name"


class _Asked(AccountsQuery):
    """A page of one search: a cursor belongs to what was searched for too."""

    email: str


async def list_accounts(session: Session, actor: Actor, query: AccountsQuery) -> Body:
    """A page of all accounts. Raises `Forbidden` where the right is not held at the root, `CursorInvalid`."""
    _must(actor, Permission.accounts_read)
    await record_read(session, actor, "accounts", purpose="list")
    return await _page(session, actor, Where(), query)


async def search_accounts(session: Session, actor: Actor, data: AccountSearch, query: AccountsQuery) -> Body:
    """A page of the accounts with this piece in their e-mail. Raises `Forbidden`, `CursorInvalid`."""
    _must(actor, Permission.accounts_read)
    where = Where()
    where.add("strpos(a.email_key, {}) > 0", email_key(data.email))
    await record_read(session, actor, "accounts", purpose="search:email")
    return await _page(session, actor, where, _Asked(**query.model_dump(), email=email_key(data.email)))


async def _page(session: Session, actor: Actor, where: Where, query: AccountsQuery) -> Body:
    if query.state is not None:
        where.add("a.state = {}", query.state)
    async with session.as_role("rollbook_auth"):
        return await list_page(session, actor, ACCOUNTS, where, query, sort=query.sort)


async def get_account(session: Session, actor: Actor, account_id: UUID) -> Answer:
    """An account with what the actor may do to it. Raises `NotFound`, `Forbidden`. The read is logged."""
    _must(actor, Permission.accounts_read)
    async with session.as_role("rollbook_auth"):
        row = await _find(session, actor, account_id)
    await record_read(session, actor, "accounts", purpose="read", subject_id=account_id)
    return _answer(actor, row)


async def create_account(session: Session, actor: Actor, data: AccountCreate, *, app_url: str) -> Answer:
    """Invite somebody: the account waits until they set a password through the mail that goes to them now.

    Raises `Forbidden`, `AccountExists`, and `NotFound` for a person who does not have this very e-mail.
    """
    _must(actor, Permission.accounts_manage)
    account = Account(email=data.email, email_key=email_key(data.email), name=data.name, person_id=data.person_id)
    async with session.as_role("rollbook_auth"):
        if account.person_id is not None:
            await _must_be_theirs(session, account.person_id, account.email_key)
        try:
            await session.insert(account)
        except asyncpg.UniqueViolationError:
            raise AccountExists from None
        row = await _find(session, actor, account.id)
        await password_resets.send_token(session, row, app_url=app_url)
    await _record(session, actor, "account.invited", account.id, changed_fields(Account, data.model_dump()))
    return _answer(actor, row)


async def update_account(
    session: Session, actor: Actor, account_id: UUID, data: AccountUpdate, *, version: int
) -> Answer:
    """Correct the name, or tie the account to the person whose e-mail it has, or to nobody.

    Raises `NotFound`, `Forbidden`, `OwnAccount`, and `PreconditionFailed` with the current record.
    """
    _must(actor, Permission.accounts_manage)
    changes = data.changes()
    async with session.as_role("rollbook_auth"):
        row = await _find(session, actor, account_id)
        if row["version"] != version:
            raise PreconditionFailed(_answer(actor, row).body)
        if "person_id" in changes and account_id == actor.account_id:
            raise OwnAccount
        if changes.get("person_id") is not None:
            await _must_be_theirs(session, changes["person_id"], row["email_key"])
        await session.update(Account, account_id, changes, version=version)
        after = await _find(session, actor, account_id)
    await _record(session, actor, "account.updated", account_id, changed_fields(Account, changes, row))
    return _answer(actor, after)


async def disable_account(session: Session, actor: Actor, account_id: UUID) -> Answer:
    """Shut an account: its sign-ins end at once, in every process, and no mailed token opens it.

    Raises `NotFound`, `Forbidden`, `ActionNotAllowed` (nobody disables themselves).
    """
    return await _change_state(session, actor, account_id, "disable")


async def enable_account(session: Session, actor: Actor, account_id: UUID) -> Answer:
    """Open a disabled account again: its owner signs in anew.

    Raises `NotFound`, `Forbidden`, `ActionNotAllowed`.
    """
    return await _change_state(session, actor, account_id, "enable")


async def _change_state(session: Session, actor: Actor, account_id: UUID, action: str) -> Answer:
    _must(actor, Permission.accounts_manage)
    async with session.as_role("rollbook_auth"):
        await _lock(session, actor, account_id)
        row = await _find(session, actor, account_id)
        transition = ACCOUNT.check(_facts(actor, row), action, clock.today())
        await session.update(Account, account_id, {"state": transition.to})
        if transition.to == AccountState.disabled:
            await sign_ins.end_all(session, account_id)
            await session.execute(_WITHDRAW_TOKENS, account_id, datetime.now(UTC))
        after = await _find(session, actor, account_id)
    fields = changed_fields(Account, {"state": transition.to}, row)
    await _record(session, actor, transition.event, account_id, fields)
    return _answer(actor, after)


async def _lock(session: Session, actor: Actor, account_id: UUID) -> None:
    """Of two administrators who disable each other at once, the second finds themselves disabled."""
    pair = [actor.account_id, account_id]
    rows = await session.fetch("select id, state from accounts where id = any ($1) order by id for no key update", pair)
    if {row["id"]: row["state"] for row in rows}.get(actor.account_id) != AccountState.active:
        raise Forbidden(permission=Permission.accounts_manage.value)


async def _must_be_theirs(session: Session, person_id: UUID, address_key: str) -> None:
    """An account holds the offices of its person: it may be tied only to somebody whose own address it has.

    So that an administrator, who sees no members, cannot take a secretary's place with an address of their
    own. The answer is the same for a person who does not exist.
    """
    if not await session.fetchval(
        "select exists (select from people where id = $1 and email_key = $2)", person_id, address_key
    ):
        raise NotFound("person with this e-mail")


async def _find(session: Session, actor: Actor, account_id: UUID) -> asyncpg.Record:
    row = await fetch_one(session, actor, ACCOUNTS, account_id)
    if row is None:
        raise NotFound("account")
    return row


async def _record(session: Session, actor: Actor, action: str, account_id: UUID, fields: Mapping[str, Any]) -> None:
    await record_change(
        session,
        actor,
        action,
        resource="accounts",
        subject_id=account_id,
        branch_id=None,
        fields=fields,
        event=False,
    )


def _must(actor: Actor, permission: Permission) -> None:
    actor.must(permission, (actor.organisation_id,))


def _facts(actor: Actor, row: Mapping[str, Any]) -> dict[str, Any]:
    return {**dict(row), "own": row["id"] == actor.account_id}


def _answer(actor: Actor, row: asyncpg.Record) -> Answer:
    actions = ACCOUNT.allowed_actions(
        _facts(actor, row), lambda name: actor.can(Permission(name), (actor.organisation_id,)), clock.today()
    )
    extra = {"allowed_actions": actions}
    return Answer(row["id"], row["version"], with_fields(row["json"], extra))
