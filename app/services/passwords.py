"""Setting an account's password, whichever way it came about, and what has to end with the old one."""

from datetime import UTC, datetime
from uuid import UUID

from app.core import clock
from app.core.actor import Actor
from app.core.db import Session
from app.core.errors import Invalid
from app.core.passwords import password_weakness
from app.models.accounts import AccountState
from app.services import sign_ins, throttles
from app.services.changes import record_change
from app.services.letters import Letter, write_letter
from app.services.outbox import send_mail

_SET = """
update accounts a set password_hash = $2, state = 'active', version = version + 1, updated_at = $4
from (select id, state from accounts where id = $1 for no key update) before
where a.id = before.id and before.state <> 'disabled' and ($3::text is null or a.password_hash = $3)
returning before.state, a.email, a.email_key, a.name,
  (select p.preferred_language from people p where p.id = a.person_id) as language
"""


def refuse_weak(password: str, email: str) -> None:
    """Raises `Invalid` for a new password among the first to be guessed, the account's e-mail included."""
    weakness = password_weakness(password, email)
    if weakness is not None:
        raise Invalid.at("/new_password", weakness, "This password is among the first that would be guessed.")


async def set_password(
    session: Session,
    actor: Actor | None,
    account_id: UUID,
    hashed: str,
    *,
    action: str,
    instead_of: str | None = None,
    but: UUID | None = None,
) -> bool:
    """Set a password already hashed; every sign-in ends (`but` one's own), and so does every reset token.

    An invited account becomes active. `instead_of` is the hash that must still be the current one. False,
    and nothing is done, where it is not, or where the account is disabled. Needs the role `rollbook_auth`.
    """
    account = await session.fetchrow(_SET, account_id, hashed, instead_of, clock.now())
    if account is None:
        return False
    await sign_ins.end_all(session, account_id, but=but)
    await session.execute(
        "update password_resets set used_at = $2 where account_id = $1 and used_at is null",
        account_id,
        datetime.now(UTC),
    )
    await throttles.forgive(session, "account", account["email_key"])
    fields: dict[str, object] = {"password_hash": True}
    if account["state"] != AccountState.active:
        fields["state"] = {"old": account["state"], "new": AccountState.active.value}
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
    letter = write_letter(Letter.password_changed, account["language"], to=account["email"], name=account["name"])
    await send_mail(session, letter)
    return True
