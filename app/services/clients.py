"""Clients: the software through which people act. Its scopes cap what anybody can do through it.

Clients belong to the organisation as a whole, so the right to them counts only where it is held at the root.
"""

from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime
from typing import Any, Literal
from uuid import UUID

import asyncpg
from pydantic import AnyHttpUrl

from app.core import clock
from app.core.actor import Actor
from app.core.db import Session
from app.core.errors import Conflict, Invalid, NotFound, PreconditionFailed
from app.core.lifecycle import Lifecycle, Transition
from app.core.paging import Answer, Body, Listing, PageQuery, Where, fetch_one, list_page, with_fields
from app.core.permissions import Permission
from app.models.accounts import Client, ClientCreate, ClientKind, ClientState, ClientUpdate
from app.services.changes import changed_fields, record_change
from app.services.sign_ins import HOUSE_CLIENT

STATE = "case when c.revoked_at is null then 'active' else 'revoked' end"

CLIENTS = Listing(
    resource="clients",
    source="clients c",
    key="c.id",
    columns={
        "id": "c.id",
        "name": "c.name",
        "kind": "c.kind",
        "scopes": "c.scopes",
        "origins": "c.origins",
        "state": STATE,
        "revoked_at": "utc(c.revoked_at)",
        "version": "c.version",
        "created_at": "utc(c.created_at)",
        "updated_at": "utc(c.updated_at)",
    },
    sorts={"name": ("c.name", "text"), "created_at": ("c.created_at", "timestamptz")},
    facts={
        "id": "c.id",
        "version": "c.version",
        "name": "c.name",
        "kind": "c.kind",
        "scopes": "c.scopes",
        "origins": "c.origins",
        "state": STATE,
    },
)


_END_SIGN_INS = "update sign_ins set ended_at = $2 where client_id = $1 and ended_at is null"


def _not_the_house(record: Mapping[str, Any], _today: date) -> str | None:
    return "house_client" if record["id"] == HOUSE_CLIENT else None


CLIENT = Lifecycle(
    noun="client",
    state_field="state",
    transitions=(
        Transition(
            action="revoke",
            from_states=frozenset({ClientState.active}),
            to=ClientState.revoked,
            permission=Permission.clients_manage,
            event="client.revoked",
            path="/v1/clients/{id}/revoke",
            guard=_not_the_house,
        ),
    ),
)


class ClientRevoked(Conflict):
    code = "client_revoked"
    sentence = "The client has been revoked; register it anew."


class ClientsQuery(PageQuery):
    """What a list of clients can be narrowed and sorted by."""

    kind: ClientKind | None = None
    state: ClientState | None = None
    sort: Literal["name", "-name", "created_at", "-created_at"] = "name"


async def list_clients(session: Session, actor: Actor, query: ClientsQuery) -> Body:
    """A page of all clients. Raises `Forbidden` where the right is not held at the root, `CursorInvalid`."""
    _must(actor, Permission.clients_read)
    where = Where()
    if query.kind is not None:
        where.add("c.kind = {}", query.kind)
    if query.state is not None:
        where.add(f"{STATE} = {{}}", query.state)
    async with session.as_role("rollbook_auth"):
        return await list_page(session, actor, CLIENTS, where, query, sort=query.sort)


async def get_client(session: Session, actor: Actor, client_id: UUID) -> Answer:
    """A client with what the actor may do to it. Raises `NotFound`, `Forbidden`."""
    _must(actor, Permission.clients_read)
    async with session.as_role("rollbook_auth"):
        return _answer(actor, await _find(session, actor, client_id))


async def create_client(session: Session, actor: Actor, data: ClientCreate) -> Answer:
    """Register a client. Raises `Forbidden`; `Invalid` for first-party scopes or an origin with a path."""
    _must(actor, Permission.clients_manage)
    given = _columns(data.model_dump(), data.kind)
    client = Client(**given)
    async with session.as_role("rollbook_auth"):
        await session.insert(client)
        row = await _find(session, actor, client.id)
    await _record(session, actor, "client.registered", client.id, changed_fields(Client, given))
    return _answer(actor, row)


async def update_client(session: Session, actor: Actor, client_id: UUID, data: ClientUpdate, *, version: int) -> Answer:
    """Change a client's name, scopes or origins; narrower scopes bind at once, those signed in as well.

    Raises `NotFound`, `Forbidden`, `ClientRevoked`, `Invalid`, and `PreconditionFailed` with the current
    record.
    """
    _must(actor, Permission.clients_manage)
    async with session.as_role("rollbook_auth"):
        row = await _find(session, actor, client_id)
        if row["version"] != version:
            raise PreconditionFailed(_answer(actor, row).body)
        if row["state"] == ClientState.revoked:
            raise ClientRevoked
        changes = _columns(data.changes(), row["kind"])
        await session.update(Client, client_id, changes, version=version)
        after = await _find(session, actor, client_id)
    await _record(session, actor, "client.updated", client_id, changed_fields(Client, changes, row))
    return _answer(actor, after)


async def revoke_client(session: Session, actor: Actor, client_id: UUID) -> Answer:
    """Shut a client out for good: every sign-in through it ends at once.

    Raises `NotFound`, `Forbidden`, `ActionNotAllowed`.
    """
    _must(actor, Permission.clients_manage)
    async with session.as_role("rollbook_auth"):
        await session.execute("select from clients where id = $1 for no key update", client_id)
        row = await _find(session, actor, client_id)
        transition = CLIENT.check(row, "revoke", clock.today())
        await session.update(Client, client_id, {"revoked_at": clock.now()})
        await session.execute(_END_SIGN_INS, client_id, datetime.now(UTC))
        after = await _find(session, actor, client_id)
    await _record(session, actor, transition.event, client_id, {"state": {"old": row["state"], "new": after["state"]}})
    return _answer(actor, after)


def _columns(given: Mapping[str, Any], kind: str) -> dict[str, Any]:
    """The columns of what was given: each scope once, in the page's order; origins as browsers send them."""
    columns = dict(given)
    if "scopes" in given:
        if kind == ClientKind.first_party and given["scopes"]:
            raise Invalid.at(
                "/scopes",
                "scopes_not_applicable",
                "A first-party client has every scope: send an empty list.",
            )
        columns["scopes"] = [permission.value for permission in Permission if permission in given["scopes"]]
    if "origins" in given:
        columns["origins"] = _origins(given["origins"])
    return columns


def _origins(urls: Sequence[AnyHttpUrl]) -> list[str]:
    for place, url in enumerate(urls):
        if (url.path or "/") != "/" or url.query or url.fragment or url.username or url.password:
            raise Invalid.at(
                f"/origins/{place}", "origin_not_valid", "An origin is a scheme, a host and perhaps a port."
            )
    return list(dict.fromkeys(str(url).rstrip("/") for url in urls))


async def _find(session: Session, actor: Actor, client_id: UUID) -> asyncpg.Record:
    row = await fetch_one(session, actor, CLIENTS, client_id)
    if row is None:
        raise NotFound("client")
    return row


async def _record(session: Session, actor: Actor, action: str, client_id: UUID, fields: Mapping[str, Any]) -> None:
    await record_change(
        session,
        actor,
        action,
        resource="clients",
        subject_id=client_id,
        branch_id=None,
        fields=fields,
        event=False,
    )


def _must(actor: Actor, permission: Permission) -> None:
    actor.must(permission, (actor.organisation_id,))


def _answer(actor: Actor, row: asyncpg.Record) -> Answer:
    may = actor.is_whole
    actions = CLIENT.allowed_actions(row, lambda name: may(Permission(name)), clock.today())
    extra = {"allowed_actions": actions}
    return Answer(row["id"], row["version"], with_fields(row["json"], extra))
