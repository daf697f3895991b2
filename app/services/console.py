"""Acting from the server's own command line: as an account, with its rights and no more, and on the record."""

from datetime import UTC, datetime, timedelta

from app.core.actor import Actor
from app.core.db import Database
from app.core.errors import NotFound
from app.core.ids import new_id
from app.core.text import email_key
from app.core.tokens import Claims
from app.models.accounts import SignIn
from app.services.changes import record_change
from app.services.rights import actor_of
from app.services.sign_ins import HOUSE_CLIENT

LIFETIME = timedelta(hours=12)


async def act_as(database: Database, email: str) -> Actor:
    """The actor of an active account, by a sign-in that shows in its list like any other. Raises `NotFound`."""
    now = datetime.now(UTC)
    async with database.transaction(role="rollbook_auth") as session:
        account_id = await session.fetchval("select id from accounts where email_key = $1", email_key(email))
        if account_id is None:
            raise NotFound("account")
        begun = SignIn(account_id=account_id, client_id=HOUSE_CLIENT, last_used_at=now, expires_at=now + LIFETIME)
        await session.insert(begun)
        await record_change(
            session, None, "sign_in.at_console", resource="accounts", subject_id=account_id, branch_id=None, event=False
        )
    claims = Claims(account_id, begun.id, str(HOUSE_CLIENT), now, now + LIFETIME, new_id())
    actor = await actor_of(database, claims)
    if actor is None:
        raise NotFound("account")
    return actor
