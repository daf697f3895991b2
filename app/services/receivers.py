"""Receivers: who receives complaints under a procedure, in order; the last is nobody of the organisation.

So that naming the first of them, or all who hold office, leaves a complaint without nobody to receive it.
"""

import json
from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

import asyncpg

from app.core import clock
from app.core.actor import Actor
from app.core.db import Session
from app.core.errors import FieldError, Invalid, NotFound
from app.models.accounts import AccountState
from app.models.procedures import Receiver, ReceiverChoice, ReceiversReplace
from app.services import procedures
from app.services.changes import record_change

#: A membership that is over ties nobody to the organisation.
_ACCOUNTS = """
select a.id, a.name, a.state, exists (
  select from members m where m.person_id = a.person_id and m.relationship = 'member'
  and standing_on(m.decided_standing, m.decided_from, m.decided_until, m.paid_until, m.lapses_on, $2)
      not in ('lapsed', 'resigned', 'expelled', 'deceased')) as is_member
from accounts a where a.id = any ($1)
"""


async def live_receivers(session: Session, procedure_key: str) -> list[asyncpg.Record]:
    """The receivers of a procedure in their order, for whoever manages procedures or takes a complaint in."""
    return await session.fetch(
        "select id, position, account_id, external from receivers "
        "where procedure_key = $1 and ended_at is null order by position",
        procedure_key,
    )


async def get_receivers(session: Session, actor: Actor, procedure_key: str) -> bytes:
    """Who receives complaints under a procedure, as JSON. Raises `Forbidden`, `NotFound`."""
    procedures.must_manage(actor)
    if not await session.fetchval("select exists (select from procedures where key = $1)", procedure_key):
        raise NotFound("procedure")
    rows = await live_receivers(session, procedure_key)
    return _read(procedure_key, rows, await _accounts(session, [row["account_id"] for row in rows]))


async def replace_receivers(session: Session, actor: Actor, procedure_key: str, data: ReceiversReplace) -> bytes:
    """Set the whole list. Raises `NotFound`, `Forbidden`, and `Invalid`, naming each choice that cannot be."""
    procedure = await procedures.find_procedure(session, actor, procedure_key)
    accounts = await _accounts(session, [choice.account_id for choice in data.receivers])
    flaws = tuple(_flaws(data.receivers, accounts))
    if flaws:
        raise Invalid(errors=flaws)
    before = await live_receivers(session, procedure_key)
    for row in before:
        await session.update(Receiver, row["id"], {"ended_at": clock.now()})
    for position, choice in enumerate(data.receivers, start=1):
        await session.insert(Receiver(procedure_key=procedure_key, position=position, **choice.model_dump()))
    fields = {"receivers": {"old": _ids(before), "new": [str(choice.account_id) for choice in data.receivers]}}
    await record_change(
        session,
        actor,
        "procedure.receivers_set",
        resource="procedures",
        subject_id=procedure["id"],
        branch_id=actor.organisation_id,
        fields=fields,
    )
    return _read(procedure_key, await live_receivers(session, procedure_key), accounts)


async def _accounts(session: Session, account_ids: Sequence[UUID]) -> dict[UUID, asyncpg.Record]:
    async with session.as_role("rollbook_auth"):
        rows = await session.fetch(_ACCOUNTS, list(account_ids), clock.today())
    return {row["id"]: row for row in rows}


def _flaws(choices: Sequence[ReceiverChoice], accounts: Mapping[UUID, asyncpg.Record]) -> Any:
    seen: set[UUID] = set()
    for place, choice in enumerate(choices):
        at, account = f"/receivers/{place}", accounts.get(choice.account_id)
        if choice.account_id in seen:
            yield FieldError(f"{at}/account_id", "duplicate", "Name each account once.")
        elif account is None:
            yield FieldError(f"{at}/account_id", "account_unknown", "There is no such account.")
        elif account["state"] != AccountState.active:
            yield FieldError(
                f"{at}/account_id", "account_not_active", "Whoever receives complaints must be able to sign in."
            )
        elif choice.external and account["is_member"]:
            yield FieldError(f"{at}/external", "is_a_member", "A member of the organisation is not external.")
        seen.add(choice.account_id)
    if not choices[-1].external:
        at = f"/receivers/{len(choices) - 1}/external"
        yield FieldError(at, "last_not_external", "The last receiver is external, so that there is always one.")


def _read(procedure_key: str, rows: Sequence[asyncpg.Record], accounts: Mapping[UUID, asyncpg.Record]) -> bytes:
    data = [
        {
            "position": row["position"],
            "account_id": str(row["account_id"]),
            "name": accounts[row["account_id"]]["name"],
            "external": row["external"],
            "is_active": accounts[row["account_id"]]["state"] == AccountState.active,
        }
        for row in rows
    ]
    return json.dumps({"procedure_key": procedure_key, "data": data}).encode()


def _ids(rows: Sequence[asyncpg.Record]) -> list[str]:
    return [str(row["account_id"]) for row in rows]
