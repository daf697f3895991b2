"""A new password without the old one: by a token that works once, sent to the account's own address."""

import asyncio
import secrets
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from time import monotonic
from typing import Any

from app.core.db import Database, Session
from app.core.errors import Invalid
from app.core.passwords import hash_password
from app.core.text import email_key
from app.models.accounts import AccountState, PasswordReset
from app.models.password_resets import PasswordResetAsk, PasswordResetComplete
from app.services import throttles
from app.services.changes import record_change
from app.services.letters import Letter, write_letter
from app.services.outbox import send_mail
from app.services.passwords import refuse_weak, set_password
from app.services.sign_ins import hash_token

RESET_LIFETIME = timedelta(hours=1)
INVITATION_LIFETIME = timedelta(days=3)
ASKS_PER_ACCOUNT, ASKS_PER_ADDRESS, ASK_WINDOW = 5, 30, timedelta(hours=1)
TRIES_PER_ADDRESS, TRY_WINDOW = 30, timedelta(minutes=15)
#: Seconds that every answer takes, whether or not there was anybody to write to.
SAME_TIME = 0.2

_BY_EMAIL = """
select a.id, a.email, a.name, a.state,
  (select p.preferred_language from people p where p.id = a.person_id) as language
from accounts a where a.email_key = $1 and a.state <> 'disabled'
"""
_LIVE = """
select r.id, r.account_id, a.email from password_resets r join accounts a on a.id = r.account_id
where r.token_hash = $1 and r.used_at is null and r.expires_at > $2 and a.state <> 'disabled'
"""


class ResetTokenInvalid(Invalid):
    """Unknown, used, too old, or of an account that has been disabled: which of them is not told."""

    code = "reset_token_invalid"
    sentence = "This token is not valid any more: ask for a new one."


async def ask_for_reset(session: Session, data: PasswordResetAsk, *, address: str, app_url: str) -> None:
    """Send a token to the address, if an account has it; nothing in the answer or its time tells.

    Raises `Throttled`, per account and per address. The work is committed before the waiting begins.
    """
    began, database, email = monotonic(), session.database, email_key(data.email)
    await throttles.count_try(
        database, "reset-address", throttles.neighbourhood(address), quota=ASKS_PER_ADDRESS, window=ASK_WINDOW
    )
    await throttles.count_try(database, "reset-account", email, quota=ASKS_PER_ACCOUNT, window=ASK_WINDOW)
    async with database.fact() as fact:
        account = await fact.fetchrow(_BY_EMAIL, email)
        if account is not None:
            await send_token(fact, account, app_url=app_url)
    await asyncio.sleep(max(0.0, SAME_TIME - (monotonic() - began)))


async def send_token(session: Session, account: Mapping[str, Any], *, app_url: str) -> None:
    """Write to an account (its `id`, `email`, `name`, `state` and `language`) with a token to set a password.

    The token stands in the link's fragment, which no server sees. Needs the role `rollbook_auth`.
    """
    token = await issue_token(session, account)
    invited = account["state"] == AccountState.invited
    letter = write_letter(
        Letter.invitation if invited else Letter.password_reset,
        account["language"],
        to=account["email"],
        name=account["name"],
        hours=int(_lifetime(account).total_seconds()) // 3600,
        link=f"{app_url.rstrip('/')}/set-password#token={token}",
    )
    await send_mail(session, letter)


async def issue_token(session: Session, account: Mapping[str, Any]) -> str:
    """A token that sets an account's password, once: for whoever hands it on. Needs the role `rollbook_auth`.

    An account that has never had a password is invited, with more time.
    """
    token, now = secrets.token_urlsafe(32), datetime.now(UTC)
    await session.insert(
        PasswordReset(
            created_at=now,
            account_id=account["id"],
            token_hash=hash_token(token),
            expires_at=now + _lifetime(account),
        )
    )
    await record_change(
        session,
        None,
        "password_reset.sent",
        resource="accounts",
        subject_id=account["id"],
        branch_id=None,
        event=False,
    )
    return token


def _lifetime(account: Mapping[str, Any]) -> timedelta:
    return INVITATION_LIFETIME if account["state"] == AccountState.invited else RESET_LIFETIME


async def complete_reset(session: Session, data: PasswordResetComplete, *, address: str) -> None:
    """Set the password. Every sign-in and every other token ends, and an invited account becomes active.

    Raises `ResetTokenInvalid`, `Invalid` for a weak password, `Throttled` per address.
    """
    database, token = session.database, hash_token(data.token)
    await throttles.count_try(
        database, "reset-token", throttles.neighbourhood(address), quota=TRIES_PER_ADDRESS, window=TRY_WINDOW
    )
    found = await _find(database, token)
    password = data.new_password.get_secret_value()
    refuse_weak(password, found["email"])
    hashed = await hash_password(password)
    async with session.as_role("rollbook_auth"):
        # Of two at once the second waits here, and finds the token used.
        taken = await session.fetchval(
            "update password_resets set used_at = $2 where id = $1 and used_at is null returning true",
            found["id"],
            datetime.now(UTC),
        )
        if not taken or not await set_password(
            session, None, found["account_id"], hashed, action="password_reset.completed"
        ):
            raise _invalid()


async def _find(database: Database, token_hash: bytes) -> Mapping[str, Any]:
    # In a transaction of its own: no connection is held while the password is hashed.
    async with database.transaction(role="rollbook_auth") as session:
        found = await session.fetchrow(_LIVE, token_hash, datetime.now(UTC))
    if found is None:
        raise _invalid()
    return dict(found)


def _invalid() -> Invalid:
    return ResetTokenInvalid.at("/token", ResetTokenInvalid.code, ResetTokenInvalid.sentence)
