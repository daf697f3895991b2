"""Signing in and out: passwords checked, access tokens minted, refresh tokens rotated, families revoked."""

import hashlib
import hmac
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

from app.core.actor import Actor
from app.core.db import Database, Session
from app.core.errors import Forbidden, NotFound, Unauthenticated
from app.core.ids import new_id
from app.core.paging import Body, Listing, PageQuery, Where, list_page
from app.core.passwords import hash_password, needs_rehash, verify_password
from app.core.text import email_key
from app.core.tokens import LIFETIME, KeyRing
from app.models.accounts import AccountState, ClientKind, RefreshToken, SignIn
from app.models.sign_ins import SignInCreate
from app.services import throttles
from app.services.changes import record_change

#: The house's own first-party client, through which people sign in when they name none.
HOUSE_CLIENT = UUID("00000000-0000-7000-8000-000000000001")
SIGN_IN_LIFETIME = timedelta(days=30)
TRIES_PER_ACCOUNT, TRIES_PER_ADDRESS, TRY_WINDOW = 10, 100, timedelta(minutes=15)

SIGN_INS = Listing(
    resource="sessions",
    source="sign_ins s join clients c on c.id = s.client_id",
    key="s.id",
    columns={
        "id": "s.id",
        "client_name": "c.name",
        "created_at": "utc(s.created_at)",
        "last_used_at": "utc(s.last_used_at)",
        "expires_at": "utc(s.expires_at)",
    },
    sorts={"created_at": ("s.created_at", "timestamptz")},
    facts={"id": "s.id"},
)

_REFRESHED = """
select r.id, r.used_at, s.id as sign_in_id, s.account_id, s.client_id, s.cookie
from refresh_tokens r join sign_ins s on s.id = r.sign_in_id
join accounts a on a.id = s.account_id join clients c on c.id = s.client_id
where r.token_hash = $1 and s.ended_at is null and s.expires_at > $2
  and a.state = 'active' and c.revoked_at is null
for update of r, s
"""


class CredentialsWrong(Unauthenticated):
    """The same answer, and the same time, for an unknown e-mail, a wrong password and a disabled account."""

    code = "credentials_wrong"
    sentence = "The e-mail or the password is wrong."


class ClientNotFirstParty(Forbidden):
    code = "client_not_first_party"
    sentence = "Only first-party clients may ask people for their password."


class RefreshTokenInvalid(Unauthenticated):
    code = "refresh_token_invalid"
    sentence = "The refresh token is not valid: sign in again."


class CsrfTokenWrong(Forbidden):
    code = "csrf_token_wrong"
    sentence = "Writes made with the cookie need the X-CSRF-Token header given at sign-in."


@dataclass(frozen=True, slots=True)
class Tokens:
    access_token: str
    refresh_token: str
    sign_in_id: UUID
    cookie: bool
    expires_in: int = int(LIFETIME.total_seconds())


async def sign_in(session: Session, keys: KeyRing, data: SignInCreate, *, address: str) -> Tokens:
    """Check the password and begin a sign-in.

    Raises `CredentialsWrong`, `ClientNotFirstParty`, and `Throttled` by account and by address.
    """
    database, email, client_id = session.database, email_key(data.email), data.client_id or HOUSE_CLIENT
    near = throttles.neighbourhood(address)
    await throttles.count_try(database, "address", near, quota=TRIES_PER_ADDRESS, window=TRY_WINDOW)
    await throttles.count_try(database, "account", email, quota=TRIES_PER_ACCOUNT, window=TRY_WINDOW)
    account = await _find_account(database, email, client_id)
    password = data.password.get_secret_value()
    good = await verify_password(account["password_hash"] if account else None, password)
    if account is None or not good or account["state"] != AccountState.active:
        await record_failure(database, account["id"] if account else None)
        raise CredentialsWrong
    stronger = await hash_password(password) if needs_rehash(account["password_hash"]) else None
    async with session.as_role("rollbook_auth"):
        await _still_so(session, account)
        if stronger is not None:
            await session.execute("update accounts set password_hash = $2 where id = $1", account["id"], stronger)
        await throttles.forgive(session, "account", email)
        tokens = await _begin(session, keys, account["id"], client_id, cookie=data.cookie)
        await _note(session, None, "sign_in.begun", account["id"], tokens.sign_in_id)
    return tokens


async def refresh(session: Session, keys: KeyRing, token: str, *, csrf: str | None) -> Tokens:
    """Trade a refresh token for the next. One used twice ends its whole family: somebody stole it.

    `csrf` is what came beside a token from a cookie, None where the token came in the body: a family stays
    with the one or the other. Raises `RefreshTokenInvalid`, `CsrfTokenWrong`.
    """
    now = datetime.now(UTC)
    async with session.as_role("rollbook_auth"):
        found = await session.fetchrow(_REFRESHED, hash_token(token), now)
        if found is None or found["cookie"] != (csrf is not None):
            raise RefreshTokenInvalid
        if csrf is not None:
            check_csrf(session.database, found["sign_in_id"], csrf)
        if found["used_at"] is None:
            await session.execute("update refresh_tokens set used_at = $2 where id = $1", found["id"], now)
            await session.execute("update sign_ins set last_used_at = $2 where id = $1", found["sign_in_id"], now)
            return await _issue(session, keys, found)
    # The refusal rolls this transaction back and frees the row; the family's end must not go with it.
    await session.rollback()
    async with session.database.fact() as fact:
        await _end_where(fact, "id = $2", found["sign_in_id"], action="sign_in.stolen")
    raise RefreshTokenInvalid


async def list_sign_ins(session: Session, actor: Actor, query: PageQuery) -> Body:
    """One's own sign-ins that still stand, the newest first. Raises `CursorInvalid`."""
    where = Where()
    where.add("s.account_id = {}", actor.account_id)
    where.add("s.ended_at is null and s.expires_at > {}", datetime.now(UTC))
    async with session.as_role("rollbook_auth"):
        return await list_page(
            session,
            actor,
            SIGN_INS,
            where,
            query,
            sort="-created_at",
            decorate=lambda row: {"current": row["id"] == actor.sign_in_id},
        )


async def sign_out(session: Session, actor: Actor, sign_in_id: UUID) -> None:
    """End one of one's own sign-ins. Raises `NotFound`."""
    async with session.as_role("rollbook_auth"):
        own = "id = $2 and account_id = $3"
        if not await _end_where(session, own, sign_in_id, actor.account_id, actor=actor):
            raise NotFound("sign-in")


async def sign_out_everywhere(session: Session, actor: Actor) -> None:
    """End every sign-in of one's own, this one too."""
    async with session.as_role("rollbook_auth"):
        await end_all(session, actor.account_id, actor=actor)


async def end_all(session: Session, account_id: UUID, *, but: UUID | None = None, actor: Actor | None = None) -> None:
    """End every sign-in of an account, `but` one where that is asked. Needs the role `rollbook_auth`."""
    await _end_where(session, "account_id = $2 and id is distinct from $3", account_id, but, actor=actor)


async def record_failure(database: Database, account_id: UUID | None) -> None:
    """Note that a password was refused. An unknown e-mail (None) leaves as much behind, in the same time."""
    async with database.fact() as fact:
        await _note(fact, None, "sign_in.failed", account_id, None)


def csrf_token(database: Database, sign_in_id: UUID) -> str:
    """The token that a browser app sends back on writes; made of the sign-in, so that nothing is stored."""
    return database.keys.blind_index("csrf", str(sign_in_id)).hex()


def check_csrf(database: Database, sign_in_id: UUID, sent: str) -> None:
    """Raises `CsrfTokenWrong`."""
    if not hmac.compare_digest(csrf_token(database, sign_in_id).encode(), sent.encode()):
        raise CsrfTokenWrong


def hash_token(token: str) -> bytes:
    """The form in which a random token is kept."""
    return hashlib.sha256(token.encode()).digest()


async def _find_account(database: Database, email: str, client_id: UUID) -> dict[str, Any] | None:
    # In a transaction of its own: no connection is held while the password is hashed.
    async with database.transaction(role="rollbook_auth") as session:
        kind = await session.fetchval("select kind from clients where id = $1 and revoked_at is null", client_id)
        row = await session.fetchrow("select id, password_hash, state from accounts where email_key = $1", email)
    if kind != ClientKind.first_party:
        raise ClientNotFirstParty
    return dict(row) if row else None


async def _still_so(session: Session, account: Mapping[str, Any]) -> None:
    """While the password was checked the account may have been disabled or its password reset."""
    now = await session.fetchrow(
        "select state, password_hash from accounts where id = $1 for no key update", account["id"]
    )
    if now is None or dict(now) != {"state": account["state"], "password_hash": account["password_hash"]}:
        raise CredentialsWrong


async def _end_where(
    session: Session,
    condition: str,
    *values: object,
    actor: Actor | None = None,
    action: str = "sign_in.ended",
) -> bool:
    """End the sign-ins that still stand, and note each; whether there were any."""
    ended = await session.fetch(
        f"update sign_ins set ended_at = $1 where ended_at is null and {condition} returning id, account_id",
        datetime.now(UTC),
        *values,
    )
    for row in ended:
        await _note(session, actor, action, row["account_id"], row["id"])
    return bool(ended)


async def _note(
    session: Session, actor: Actor | None, action: str, account_id: UUID | None, sign_in_id: UUID | None
) -> None:
    fields = {"sign_in_id": {"old": None, "new": str(sign_in_id)}} if sign_in_id else {}
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


async def _begin(session: Session, keys: KeyRing, account_id: UUID, client_id: UUID, *, cookie: bool) -> Tokens:
    now = datetime.now(UTC)
    begun = SignIn(
        id=new_id(),
        created_at=now,
        account_id=account_id,
        client_id=client_id,
        last_used_at=now,
        expires_at=now + SIGN_IN_LIFETIME,
        cookie=cookie,
    )
    await session.insert(begun)
    family = {"sign_in_id": begun.id, "account_id": account_id, "client_id": client_id, "cookie": cookie}
    return await _issue(session, keys, family)


async def _issue(session: Session, keys: KeyRing, family: Mapping[str, Any]) -> Tokens:
    token, sign_in_id = secrets.token_urlsafe(32), family["sign_in_id"]
    await session.insert(
        RefreshToken(created_at=datetime.now(UTC), sign_in_id=sign_in_id, token_hash=hash_token(token))
    )
    access = keys.mint(sub=family["account_id"], sid=sign_in_id, client_id=str(family["client_id"]))
    return Tokens(access, token, sign_in_id, family["cookie"])
