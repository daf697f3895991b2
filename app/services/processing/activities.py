"""The record of processing activities: everybody reads it, the data-protection team keeps it (UK GDPR art. 30)."""

from collections.abc import Mapping
from typing import Any, Literal
from uuid import UUID

import asyncpg
from pydantic import Field

from app.core import clock
from app.core.actor import Actor
from app.core.db import Session
from app.core.errors import Conflict, FieldError, Invalid, NotFound, PreconditionFailed
from app.core.paging import Answer, Body, Listing, PageQuery, Where, fetch_one, list_page
from app.core.permissions import Permission
from app.models.members import LegalDate
from app.models.processing import NEED_POLICY_DOCUMENT, LawfulBasis, ProcessingActivity, SpecialCondition
from app.models.processing_shapes import ActivityCreate, ActivityUpdate, Completion, Key, RegisterEnding
from app.services.changes import changed_fields
from app.services.matters import RESOURCE, note
from app.services.processing.gaps import LIVE, account_today, columns_named
from app.services.processing.presets import preset_activities, to_row

_PLAIN = (
    "id", "key", "name", "name_cy", "purposes", "lawful_bases", "special_conditions", "policy_document", "people",
    "categories", "recipients", "joint_controllers", "sources", "retention", "retention_rules", "transfers", "security",
    "automated_decisions", "fields", "starts_on", "ended_on", "end_reason", "version",
)  # fmt: skip
_PROCESSORS = """
coalesce((select json_agg(json_build_object('id', p.id, 'name', p.name, 'service', p.service, 'country', p.country,
  'safeguard', p.safeguard) order by p.name, p.id) from processors p where p.id = any (a.processor_ids)), '[]')
"""
ACTIVITIES = Listing(
    resource=RESOURCE,
    source="processing_activities a",
    key="a.id",
    columns={
        **{name: f"a.{name}" for name in _PLAIN},
        "processors": _PROCESSORS,
        "created_at": "utc(a.created_at)",
        "updated_at": "utc(a.updated_at)",
    },
    sorts={"name": ("a.name", "text"), "key": ("a.key", "text"), "starts_on": ("a.starts_on", "date")},
    facts={name: f"a.{name}" for name in (*_PLAIN, "processor_ids")},
)
#: Held, so that nobody ends the contract meanwhile.
_LIVE_PROCESSORS = "select id from processors where id = any ($1) and ended_on is null for share"
_ON_RECORD = "select id, key, ended_on from processing_activities order by id for update"


class ActivityExists(Conflict):
    code = "activity_exists"
    sentence = "There is an activity with this key, perhaps one that has ended."


class AlreadyEnded(Conflict):
    code = "already_ended"
    sentence = "This has ended, and is kept as it was."


class ActivitiesQuery(PageQuery):
    """What a list of activities can be narrowed and sorted by."""

    key: Key | None = Field(default=None, description="One activity, by its key.")
    lawful_basis: LawfulBasis | None = Field(default=None, description="Activities that rest on this.")
    special_condition: SpecialCondition | None = Field(default=None, description="Activities that need this condition.")
    as_of: LegalDate | None = Field(default=None, description="The day on which they are in force; today if left out.")
    ended: bool = Field(default=False, description="Also activities that are not in force on that day.")
    sort: Literal["name", "-name", "key", "-key", "starts_on", "-starts_on"] = "name"


async def list_processing_activities(session: Session, actor: Actor, query: ActivitiesQuery) -> Body:
    """A page of the record, for whoever is signed in. Raises `CursorInvalid`."""
    where = Where(query.as_of)
    if not query.ended:
        where.add(LIVE)
    if query.key is not None:
        where.add("a.key = {}", query.key)
    if query.lawful_basis is not None:
        where.add("a.lawful_bases @> array[{}::text]", query.lawful_basis)
    if query.special_condition is not None:
        where.add("a.special_conditions @> array[{}::text]", query.special_condition)
    return await list_page(session, actor, ACTIVITIES, where, query, sort=query.sort)


async def get_processing_activity(session: Session, actor: Actor, activity_id: UUID) -> Answer:
    """One activity, for whoever is signed in. Raises `NotFound`."""
    return _answer(await _find(session, actor, activity_id))


async def create_processing_activity(session: Session, actor: Actor, data: ActivityCreate) -> Answer:
    """Add an activity to the record. Raises `Forbidden`, `ActivityExists`, and `Invalid` with every flaw."""
    must_handle(actor)
    row = to_row(data)
    await _must_stand(session, row)
    if await session.fetchval("select exists (select from processing_activities where key = $1)", data.key):
        raise ActivityExists
    return await _add(session, actor, row)


async def update_processing_activity(
    session: Session, actor: Actor, activity_id: UUID, data: ActivityUpdate, *, version: int
) -> Answer:
    """Correct an activity. Raises `NotFound`, `Forbidden`, `PreconditionFailed`, `AlreadyEnded`, `Invalid`."""
    must_handle(actor)
    row = await _hold(session, actor, activity_id, version)
    changes = data.model_dump(mode="json")
    if "processor_ids" in changes:
        changes["processor_ids"] = data.processor_ids
    await _must_stand(session, {**row, **changes}, only=changes.keys())
    await _change(session, actor, row, "processing_activity.updated", changes)
    return await get_processing_activity(session, actor, activity_id)


async def end_processing_activity(
    session: Session, actor: Actor, activity_id: UUID, data: RegisterEnding, *, version: int | None
) -> Answer:
    """Record that an activity is over; it stays on record. Raises as `update_processing_activity`."""
    must_handle(actor)
    row = await _hold(session, actor, activity_id, version)
    day = data.ended_on or clock.today()
    if day < row["starts_on"]:
        raise Invalid.at("/ended_on", "ends_before_start", "An activity ends on the day when it starts or later.")
    changes = {"ended_on": day, "end_reason": data.reason}
    await _change(session, actor, row, "processing_activity.ended", changes)
    return await get_processing_activity(session, actor, activity_id)


async def complete_register(session: Session, actor: Actor) -> Completion:
    """Take over from the house's own register what is missing here: what an upgrade brought, or nobody laid down.

    An activity of the same key accounts for the missing columns from now on; one that is not on record is added; one
    that has ended stays ended. Raises `Forbidden`.
    """
    must_handle(actor)
    known = {row["key"]: row for row in await session.fetch(_ON_RECORD)}
    account = await account_today(session)
    added, extended = [], []
    for row in preset_activities(await session.fetchval("select kind from branches where parent_id is null")):
        missing = [p for p in row["fields"] if columns_named(p) - account.purposed]
        if not missing or (row["key"] in known and known[row["key"]]["ended_on"] is not None):
            continue
        if row["key"] in known:
            found = await _find(session, actor, known[row["key"]]["id"])
            fields = sorted({*found["fields"], *missing})
            await _change(session, actor, found, "processing_activity.updated", {"fields": fields})
            extended.append(row["key"])
        else:
            await _add(session, actor, row)
            added.append(row["key"])
    return Completion(added=added, extended=extended, gaps=(await account_today(session)).gaps())


def must_handle(actor: Actor) -> None:
    """Raises `Forbidden` for whoever is not of the data-protection team."""
    actor.must(Permission.privacy_handle, (actor.organisation_id,))


async def _find(session: Session, actor: Actor, activity_id: UUID) -> asyncpg.Record:
    row = await fetch_one(session, actor, ACTIVITIES, activity_id)
    if row is None:
        raise NotFound("processing activity")
    return row


async def _hold(session: Session, actor: Actor, activity_id: UUID, version: int | None) -> asyncpg.Record:
    await session.execute("select 1 from processing_activities where id = $1 for update", activity_id)
    row = await _find(session, actor, activity_id)
    if version is not None and row["version"] != version:
        raise PreconditionFailed(_answer(row).body)
    if row["ended_on"] is not None:
        raise AlreadyEnded
    return row


async def _must_stand(session: Session, said: Mapping[str, Any], *, only: Any = None) -> None:
    """Refuse an activity with every flaw that it has; `only` are the fields that were sent."""
    flaws = []
    if not said["policy_document"] and NEED_POLICY_DOCUMENT & set(said["special_conditions"]):
        flaws.append(
            FieldError("/policy_document", "policy_document_required", "A condition here needs a policy document.")
        )
    for place, pattern in enumerate(said["fields"] if only is None or "fields" in only else ()):
        if not columns_named(pattern):
            flaws.append(FieldError(f"/fields/{place}", "field_unknown", "No column with a class is named so."))
    if only is None or "processor_ids" in only:
        live = {row["id"] for row in await session.fetch(_LIVE_PROCESSORS, said["processor_ids"])}
        for place, processor_id in enumerate(said["processor_ids"]):
            if processor_id not in live:
                flaws.append(FieldError(f"/processor_ids/{place}", "processor_unknown", "Name a live processor."))
    if flaws:
        raise Invalid(errors=tuple(flaws))


async def _add(session: Session, actor: Actor, row: Mapping[str, Any]) -> Answer:
    made = ProcessingActivity(**row)
    await session.insert(made)
    fields = changed_fields(ProcessingActivity, _spelt(row))
    await note(session, actor, made.id, "processing_activity.created", fields=fields)
    return await get_processing_activity(session, actor, made.id)


async def _change(session: Session, actor: Actor, row: asyncpg.Record, action: str, changes: Mapping[str, Any]) -> None:
    await session.update(ProcessingActivity, row["id"], changes)
    fields = changed_fields(ProcessingActivity, _spelt(changes), _spelt(row))
    await note(session, actor, row["id"], action, fields=fields)


def _spelt(row: Mapping[str, Any]) -> dict[str, Any]:
    """Columns as the trail holds them."""
    ids = {"processor_ids": [str(one) for one in row["processor_ids"]]} if "processor_ids" in row else {}
    return {**row, **ids}


def _answer(row: asyncpg.Record) -> Answer:
    return Answer(row["id"], row["version"], row["json"].encode())
