"""Possible duplicates: pairs of records that the database found when people came in, settled over the whole tree.

Whoever brings people in is shown only what they may see. What is hidden from them is found by the same statement as
all the rest (`note_duplicates`), and stands here.
"""

from functools import partial
from typing import Any
from uuid import UUID

import asyncpg
from pydantic import Field

from app.core import clock
from app.core.actor import Actor
from app.core.db import Session
from app.core.errors import NotFound, PreconditionFailed
from app.core.lifecycle import Lifecycle, Transition
from app.core.paging import Answer, Body, Listing, PageQuery, Where, fetch_one, list_page, with_fields
from app.core.permissions import Permission
from app.models.possible_duplicates import DuplicateDismiss, DuplicateState, PossibleDuplicate
from app.services.access import record_read
from app.services.changes import record_change

_PLAIN = ("given_name", "family_name", "preferred_name", "branch_ids")
_CONTACT = ("date_of_birth", "postcode")


def _person(alias: str, fields: tuple[str, ...]) -> str:
    shown = "".join(f", '{name}', {alias}.{name}" for name in fields)
    return f"json_build_object('person_id', {alias}.id, 'member_id', {alias}m.id{shown})"


def _listing(*fields: str) -> Listing:
    return Listing(
        resource="duplicates",
        source="possible_duplicates d",
        join="join people p on p.id = d.person_id join members pm on pm.person_id = p.id "
        "join people o on o.id = d.other_person_id join members om on om.person_id = o.id",
        key="d.id",
        columns={
            "id": "d.id",
            "people": f"json_build_array({_person('p', fields)}, {_person('o', fields)})",
            "why": "d.why",
            "import_id": "d.import_id",
            "state": "d.state",
            "reason": "d.reason",
            "dismissed_at": "utc(d.dismissed_at)",
            "version": "d.version",
            "created_at": "utc(d.created_at)",
            "updated_at": "utc(d.updated_at)",
        },
        sorts={"created_at": ("d.created_at", "timestamptz")},
        facts={
            "id": "d.id",
            "version": "d.version",
            "state": "d.state",
            "member_id": "pm.id",
            "branch_id": "pm.branch_id",
            "other_member_id": "om.id",
            "other_branch_id": "om.branch_id",
        },
    )


DUPLICATES = _listing(*_PLAIN)
DUPLICATES_WITH_CONTACT = _listing(*_PLAIN, *_CONTACT)


def _transition(action: str, source: DuplicateState, to: DuplicateState, required: tuple[str, ...] = ()) -> Transition:
    return Transition(
        action=action,
        from_states=frozenset({source}),
        to=to,
        permission=Permission.duplicates_decide,
        event=f"possible_duplicate.{'dismissed' if action == 'dismiss' else 'reopened'}",
        path=f"/v1/possible-duplicates/{{id}}/{action}",
        required_fields=required,
    )


DUPLICATE = Lifecycle(
    noun="possible duplicate",
    state_field="state",
    transitions=(
        _transition("dismiss", DuplicateState.open, DuplicateState.dismissed, ("reason",)),
        _transition("reopen", DuplicateState.dismissed, DuplicateState.open),
    ),
)


class DuplicatesQuery(PageQuery):
    """Which pairs, the newest first."""

    state: DuplicateState = Field(default=DuplicateState.open, description="Those still to be settled, if left out.")


async def list_duplicates(session: Session, actor: Actor, query: DuplicatesQuery) -> Body:
    """A page of the queue. Raises `Forbidden` where the right is not held over the whole organisation."""
    _must_decide(actor)
    where = Where()
    where.add("d.state = {}", query.state)
    await record_read(session, actor, "members", purpose="list:possible_duplicates")
    return await list_page(session, actor, _shown(actor), where, query, sort="-created_at")


async def get_duplicate(session: Session, actor: Actor, duplicate_id: UUID) -> Answer:
    """A pair with what the actor may do. Raises `Forbidden`, `NotFound`. It is logged as a read of either member."""
    _must_decide(actor)
    row = await _find(session, actor, duplicate_id)
    for side in ("", "other_"):
        member, branch = row[f"{side}member_id"], row[f"{side}branch_id"]
        await record_read(
            session, actor, "members", purpose="read:possible_duplicate", subject_id=member, branch_id=branch
        )
    return _answer(actor, row)


async def dismiss_duplicate(
    session: Session, actor: Actor, duplicate_id: UUID, data: DuplicateDismiss, *, version: int | None = None
) -> Answer:
    """They are not the same person, and the pair is not raised again.

    Raises `Forbidden`, `NotFound`, `ActionNotAllowed`, `PreconditionFailed`.
    """
    columns = {"reason": data.reason, "dismissed_by": actor.account_id, "dismissed_at": clock.now()}
    return await _settle(session, actor, duplicate_id, "dismiss", columns, version)


async def reopen_duplicate(session: Session, actor: Actor, duplicate_id: UUID, *, version: int | None = None) -> Answer:
    """Put a pair back into the queue. Raises `Forbidden`, `NotFound`, `ActionNotAllowed`, `PreconditionFailed`."""
    columns = {"reason": None, "dismissed_by": None, "dismissed_at": None}
    return await _settle(session, actor, duplicate_id, "reopen", columns, version)


def _must_decide(actor: Actor) -> None:
    """The two may stand in any two branches, so the right counts only where it reaches them all."""
    actor.must(Permission.duplicates_decide, (actor.organisation_id,))


def _shown(actor: Actor) -> Listing:
    return DUPLICATES_WITH_CONTACT if actor.is_whole(Permission.members_contact) else DUPLICATES


async def _find(session: Session, actor: Actor, duplicate_id: UUID) -> asyncpg.Record:
    row = await fetch_one(session, actor, _shown(actor), duplicate_id)
    if row is None:
        raise NotFound("possible duplicate")
    return row


async def _settle(
    session: Session, actor: Actor, duplicate_id: UUID, action: str, columns: dict[str, Any], version: int | None
) -> Answer:
    _must_decide(actor)
    # Held against other writers: of two who settle it at once the second finds it settled.
    await session.execute("select 1 from possible_duplicates where id = $1 for update", duplicate_id)
    row = await _find(session, actor, duplicate_id)
    if version is not None and row["version"] != version:
        raise PreconditionFailed(_answer(actor, row).body)
    transition = DUPLICATE.check(row, action, clock.today())
    await session.update(PossibleDuplicate, duplicate_id, {"state": transition.to, **columns}, version=row["version"])
    await record_change(
        session,
        actor,
        transition.event,
        resource="duplicates",
        subject_id=duplicate_id,
        branch_id=actor.organisation_id,
        fields={"state": {"old": row["state"], "new": transition.to}},
        event=False,
    )
    return _answer(actor, await _find(session, actor, duplicate_id))


def _answer(actor: Actor, row: asyncpg.Record) -> Answer:
    may = partial(_may, actor)
    return Answer(
        row["id"],
        row["version"],
        with_fields(row["json"], {"allowed_actions": DUPLICATE.allowed_actions(row, may, clock.today())}),
    )


def _may(actor: Actor, permission: str) -> bool:
    return actor.is_whole(Permission(permission))
