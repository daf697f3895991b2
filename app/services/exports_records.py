"""An export's record: how it is read, found and given back, by whichever verb."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

import asyncpg

from app.core import clock
from app.core.actor import Actor
from app.core.db import Session
from app.core.errors import NotFound
from app.core.paging import Answer, Listing, fetch_one, with_fields
from app.core.permissions import Permission
from app.models.exports import ExportState
from app.services.exports_lifecycle import EXPORT
from app.services.exports_rows import Selection
from app.services.rights import actor_at_work

EXPORTS = Listing(
    resource="exports",
    source="exports e",
    key="e.id",
    columns={
        "id": "e.id",
        "account_id": "e.account_id",
        "branch_id": "e.branch_id",
        "format": "e.format",
        "use": "e.use",
        "contact_by": "e.contact_by",
        "columns": "e.columns",
        "filters": "e.filters",
        "purpose": "e.purpose",
        "rows": "e.rows",
        "omitted": "e.omitted",
        "without_address": "e.without_address",
        "decided_by": "e.decided_by",
        "decision_reason": "e.decision_reason",
        "job_id": "e.job_id",
        "expires_at": "utc(e.expires_at)",
        "version": "e.version",
        "created_at": "utc(e.created_at)",
        "updated_at": "utc(e.updated_at)",
    },
    sorts={"created_at": ("e.created_at", "timestamptz")},
    facts={
        "id": "e.id",
        "version": "e.version",
        "account_id": "e.account_id",
        "client_id": "e.client_id",
        "sign_in_id": "e.sign_in_id",
        "branch_id": "e.branch_id",
        "path": "array(select distinct unnest(b.path) from branches b where b.id = any (e.unit_ids))",
        "unit_ids": "e.unit_ids",
        "state": "e.state",
        "format": "e.format",
        "use": "e.use",
        "contact_by": "e.contact_by",
        "columns": "e.columns",
        "filters": "e.filters",
        "rows": "e.rows",
        "file_id": "e.file_id",
        "expires_at": "e.expires_at",
    },
)


async def find_export(session: Session, actor: Actor, export_id: UUID) -> asyncpg.Record:
    """An export's row: one's own, or one that the actor may confirm. Raises `NotFound`."""
    row = await fetch_one(session, actor, EXPORTS, export_id)
    if row is None:
        raise NotFound("export")
    return row


def state_now(row: Mapping[str, Any]) -> ExportState:
    """The state at this hour: what is ready expires."""
    if row["state"] == ExportState.ready and row["expires_at"] <= clock.now():
        return ExportState.expired
    return ExportState(row["state"])


async def seen_by(session: Session, actor: Actor, row: asyncpg.Record) -> dict[str, Any]:
    """The export as the guards of its lifecycle look at it; see `exports_lifecycle`."""
    who = (await find_askers(session, {row["account_id"]}))[row["account_id"]]
    asker = None
    if row["state"] == ExportState.asked:
        asker = await actor_at_work(session.database, row["account_id"], row["client_id"], row["sign_in_id"])
    needed = Selection.of(row).needed
    is_own = row["account_id"] == actor.account_id
    return {
        **dict(row),
        "state": state_now(row),
        "account_name": who["name"],
        "is_own": is_own,
        "by_asker": is_own or (actor.person_id is not None and who["person_id"] == actor.person_id),
        "asker": asker,
        "asker_may": asker is not None and all(asker.can(permission, row["path"]) for permission in needed),
    }


async def find_askers(session: Session, account_ids: set[UUID]) -> dict[UUID, asyncpg.Record]:
    """Accounts live behind sign-in, whose role alone may name them."""
    async with session.as_role("rollbook_auth"):
        found = await session.fetch("select id, name, person_id from accounts where id = any ($1)", list(account_ids))
    return {row["id"]: row for row in found}


def told(actor: Actor, row: Mapping[str, Any], name: str) -> dict[str, Any]:
    """What of an export depends on the hour and on who looks."""
    state = state_now(row)
    fetched = state is ExportState.ready and row["account_id"] == actor.account_id
    href = f"/v1/exports/{row['id']}/content" if fetched else None
    return {"account_name": name, "state": state, "content_href": href}


async def answer(session: Session, actor: Actor, row: asyncpg.Record) -> Answer:
    record = await seen_by(session, actor, row)

    def may(name: str) -> bool:
        return name == EXPORT.permission("withdraw") or actor.can(Permission(name), (actor.organisation_id,))

    actions = EXPORT.allowed_actions(record, may, clock.today())
    extra = {**told(actor, row, record["account_name"]), "allowed_actions": actions}
    return Answer(row["id"], row["version"], with_fields(row["json"], extra))
