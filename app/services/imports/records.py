"""An import's record: how it is read, found and given back, and who may do anything with it."""

from uuid import UUID

import asyncpg

from app.core import clock
from app.core.actor import Actor
from app.core.db import Session
from app.core.errors import Conflict, NotFound
from app.core.paging import Answer, Listing, fetch_one, with_fields
from app.core.permissions import Permission
from app.models.imports import ImportState
from app.services.branches import find_branch, must_take_members
from app.services.imports.lifecycle import IMPORT

P = Permission

#: What an import does, it does with the rights of a member added, corrected and written to by hand.
NEEDED = (P.members_import, P.members_create, P.members_update, P.members_contact)

IMPORTS = Listing(
    resource="imports",
    source="imports i",
    key="i.id",
    columns={
        **{name: f"i.{name}" for name in ("id", "branch_id", "account_id", "state", "file_name", "file_sha256")},
        "preset": "i.preset",
        "layout": "i.layout",
        "headings": "i.headings",
        "mapping": "nullif(i.mapping, '{}')",
        "notes": "i.notes",
        "failure": "i.failure",
        "counts": "i.counts",
        "progress": "json_build_object('done', i.done, 'total', i.total)",
        "job_id": "i.job_id",
        "applied_at": "utc(i.applied_at)",
        "undone_at": "utc(i.undone_at)",
        "version": "i.version",
        "created_at": "utc(i.created_at)",
        "updated_at": "utc(i.updated_at)",
    },
    sorts={"created_at": ("i.created_at", "timestamptz")},
    facts={
        **{name: f"i.{name}" for name in ("id", "version", "branch_id", "account_id", "state", "created_at")},
        **{name: f"i.{name}" for name in ("file_id", "headings", "layout", "mapping", "preset", "notes", "counts")},
        **{name: f"i.{name}" for name in ("sets_past", "reading", "read_through", "applied_through", "forgotten_at")},
        "done": "i.done",
        "total": "i.total",
        "path": "(select b.path from branches b where b.id = i.branch_id)",
        "job_runs": "exists (select from jobs j where j.id = i.job_id and j.state in ('queued', 'running'))",
    },
)


class ImportNotReady(Conflict):
    code = "import_not_ready"
    sentence = "The import is {state}: it cannot be {action} now."


def judge(actor: Actor, path: list[UUID]) -> None:
    """Raises `Forbidden` naming the first right that is not held at the import's branch."""
    for permission in NEEDED:
        actor.must(permission, path)


def decides_for_all(actor: Actor) -> bool:
    """Whether numbers, past dates and standings may be set: only by who decides over the whole organisation."""
    return actor.is_whole(P.members_decide)


async def open_branch(session: Session, actor: Actor, branch_id: UUID) -> asyncpg.Record:
    """The unit into which a file may be brought.

    Raises `NotFound`, `Forbidden` where the actor may not bring people in, `BranchClosed`.
    """
    branch = await find_branch(session, actor, branch_id)
    judge(actor, branch["path"])
    must_take_members(branch["status"])
    return branch


async def find_import(session: Session, actor: Actor, import_id: UUID, *, hold: bool = False) -> asyncpg.Record:
    """An import in the actor's sight; with `hold`, against everybody else who works on it. Raises `NotFound`."""
    if hold:
        await session.execute("select 1 from imports where id = $1 for update", import_id)
    row = await fetch_one(session, actor, IMPORTS, import_id)
    if row is None:
        raise NotFound("import")
    return row


def answer(actor: Actor, row: asyncpg.Record) -> Answer:
    """An import's record with what the actor may do with it."""
    allowed = IMPORT.allowed_actions(row, lambda name: actor.can(Permission(name), row["path"]), clock.today())
    return Answer(row["id"], row["version"], with_fields(row["json"], {"allowed_actions": allowed}))


def refuse_unless(row: asyncpg.Record, action: str, *states: ImportState) -> None:
    """Raises `ImportNotReady` in any other state."""
    if row["state"] not in states:
        raise ImportNotReady(state=row["state"], action=action)
