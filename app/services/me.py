"""One's own account: who one is, what one may do and where, and one's password."""

import json
from collections import defaultdict
from collections.abc import Mapping
from typing import Any
from uuid import UUID

from app.core import clock
from app.core.actor import Actor
from app.core.db import Database, Session
from app.core.errors import FieldError, Invalid, Unauthenticated
from app.core.passwords import hash_password, verify_password
from app.models.accounts import ClientKind
from app.models.me import PasswordChange
from app.services import passwords, throttles
from app.services.sign_ins import TRIES_PER_ACCOUNT, TRY_WINDOW, ClientNotFirstParty, record_failure

ACCOUNT = """
select json_build_object(
  'account_id', a.id, 'email', a.email, 'name', a.name, 'person_id', a.person_id,
  'preferred_language', (select p.preferred_language from people p where p.id = a.person_id),
  'offices', coalesce((
    select json_agg(json_build_object(
      'term_id', t.id, 'office_key', o.key, 'office', o.name, 'office_cy', o.name_cy, 'branch_id', b.id,
      'branch_name', b.name, 'branch_name_cy', b.name_cy, 'starts_on', t.starts_on, 'ends_on', t.ends_on)
      order by t.starts_on, t.id)
    from office_terms t join office_types o on o.id = t.office_type_id join branches b on b.id = t.branch_id
    where t.person_id = a.person_id and t.state = 'confirmed' and t.starts_on <= $2
      and (t.ends_on is null or $2 < t.ends_on)), '[]'::json))::text
from accounts a where a.id = $1
"""


class CurrentPasswordWrong(Invalid):
    code = "current_password_wrong"
    sentence = "The current password is wrong."


async def get_me(session: Session, actor: Actor) -> bytes:
    """Who is signed in, the offices they hold today, and their permissions by the units where these begin."""
    units = {unit for held in actor.reach.values() for unit in held}
    async with session.as_role("rollbook_auth"):
        account = await session.fetchval(ACCOUNT, actor.account_id, clock.today())
        rows = await session.fetch("select id, path from branches where id = any ($1::uuid[])", list(units))
    reach = _grouped(actor, {row["id"]: row["path"] for row in rows})
    return f'{account[:-1]}, "permissions": {json.dumps(reach)}}}'.encode()


def _grouped(actor: Actor, paths: Mapping[UUID, list[UUID]]) -> list[dict[str, list[str]]]:
    """Permissions that reach from the same units, together; a unit below another one held adds nothing."""
    groups: defaultdict[tuple[str, ...], list[str]] = defaultdict(list)
    for permission, held in actor.reach.items():
        top = sorted(str(unit) for unit in held if held.isdisjoint(paths[unit][:-1]))
        groups[tuple(top)].append(permission.value)
    return [{"permissions": sorted(names), "branch_ids": list(top)} for top, names in sorted(groups.items())]


async def change_password(session: Session, actor: Actor, data: PasswordChange) -> None:
    """Set another password; every other sign-in ends.

    Raises `CurrentPasswordWrong`, which is counted with failed sign-ins, `Throttled`, `ClientNotFirstParty`,
    and `Invalid` for a weak password.
    """
    database = session.database
    account = await _find_account(database, actor)
    await throttles.count_try(database, "account", account["email_key"], quota=TRIES_PER_ACCOUNT, window=TRY_WINDOW)
    if not await verify_password(account["password_hash"], data.current_password.get_secret_value()):
        await record_failure(database, actor.account_id)
        raise _wrong()
    password = data.new_password.get_secret_value()
    passwords.refuse_weak(password, account["email"])
    hashed = await hash_password(password)
    async with session.as_role("rollbook_auth"):
        done = await passwords.set_password(
            session,
            actor,
            actor.account_id,
            hashed,
            action="account.password_changed",
            instead_of=account["password_hash"],
            but=actor.sign_in_id,
        )
    if not done:
        raise _wrong()


async def _find_account(database: Database, actor: Actor) -> dict[str, Any]:
    # In a transaction of its own: no connection is held while passwords are hashed.
    async with database.transaction(role="rollbook_auth") as session:
        row = await session.fetchrow(
            "select a.email, a.email_key, a.password_hash, c.kind from accounts a, clients c "
            "where a.id = $1 and c.id = $2",
            actor.account_id,
            actor.client_id,
        )
    if row is None:
        raise Unauthenticated
    if row["kind"] != ClientKind.first_party:
        raise ClientNotFirstParty
    return dict(row)


def _wrong() -> Invalid:
    sentence = CurrentPasswordWrong.sentence
    return CurrentPasswordWrong(errors=(FieldError("/current_password", CurrentPasswordWrong.code, sentence),))
