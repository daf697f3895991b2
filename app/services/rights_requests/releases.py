"""Packages that were given: the record of each release, and those that are handed over rather than sent."""

from collections.abc import Mapping
from datetime import date
from typing import Any
from uuid import UUID

import asyncpg

from app.core.actor import Actor
from app.core.db import Session
from app.core.errors import Conflict, Invalid, NotFound
from app.core.paging import Answer, Body, Listing, PageQuery, Where, fetch_one, list_page
from app.core.permissions import Permission
from app.models.package_verbs import HandingOver
from app.models.packages import Delivery, PackageRelease, ReleaseState
from app.services.files import OpenedFile, open_file
from app.services.matters import (
    RESOURCE,
    Held,
    Matter,
    hold_matter,
    note,
    note_step,
    open_matter,
    past,
    record_matter_read,
)

_STATE = "case when x.state = 'ready' and x.expires_on < $1 then 'expired' else x.state end"

RELEASES = Listing(
    resource=RESOURCE,
    source="package_releases x",
    key="x.id",
    columns={
        "id": "x.id",
        "delivery": "x.delivery",
        "code_channel": "x.code_channel",
        "state": _STATE,
        "wrong_codes": "x.wrong_codes",
        "size": "x.size",
        "sha256": "encode(x.sha256, 'hex')",
        "released_by": "x.released_by",
        "released_on": "x.released_on",
        "ready_on": "x.ready_on",
        "expires_on": "x.expires_on",
        "collected_at": "utc(x.collected_at)",
        "handed_on": "x.handed_on",
        "version": "x.version",
        "created_at": "utc(x.created_at)",
        "updated_at": "utc(x.updated_at)",
    },
    sorts={"created_at": ("x.created_at", "timestamptz")},
    facts={
        "id": "x.id",
        "version": "x.version",
        "request_id": "x.request_id",
        "state": _STATE,
        "delivery": "x.delivery",
        "released_on": "x.released_on",
        "file_id": "x.file_id",
        "size": "x.size",
        "sha256": "x.sha256",
        "sealed": "x.sealed",
    },
)


class NotReady(Conflict):
    code = "package_not_ready"
    sentence = "The package is not ready, or is not there any more."


class GivenByLink(Conflict):
    code = "given_by_link"
    sentence = "This package is given by a link: its reader alone opens it."


class ReleasesQuery(PageQuery):
    """Releases, the latest first."""


async def list_releases(session: Session, actor: Actor, matter: Matter, request_id: UUID, query: ReleasesQuery) -> Body:
    """The releases of a request. Raises `Forbidden`, `NotFound`, `CursorInvalid`. The read is logged."""
    held = await open_matter(session, actor, matter, request_id)
    await record_matter_read(session, actor, held.id, purpose="releases")
    where = Where()
    where.add("x.request_id = {}", held.id)
    return await list_page(session, actor, RELEASES, where, query, sort="-created_at")


async def get_release(session: Session, actor: Actor, matter: Matter, request_id: UUID, release_id: UUID) -> Answer:
    """One release. Raises `Forbidden`, `NotFound`. The read is logged."""
    held = await open_matter(session, actor, matter, request_id)
    await record_matter_read(session, actor, held.id, purpose="releases")
    row = await find_release(session, actor, held, release_id)
    return Answer(release_id, row["version"], row["json"].encode())


async def open_content(
    session: Session, actor: Actor, matter: Matter, request_id: UUID, release_id: UUID
) -> OpenedFile:
    """The package itself, to be printed or handed over. Raises `Forbidden`, `NotFound`, `NotReady`, `GivenByLink`."""
    held = await open_matter(session, actor, matter, request_id, Permission.privacy_handle)
    row = await find_release(session, actor, held, release_id)
    _must_be_by_hand(row)
    await record_matter_read(session, actor, held.id, purpose="package")
    return await open_file(session, actor, row["file_id"])


async def hand_over(
    session: Session, actor: Actor, matter: Matter, request_id: UUID, release_id: UUID, data: HandingOver
) -> Answer:
    """Say that a package on paper was posted, or handed over in person. Raises as `open_content`, and `Invalid`."""
    held = await hold_matter(session, actor, matter, request_id)
    row = await find_release(session, actor, held, release_id)
    _must_be_by_hand(row)
    day = past(data.handed_on, "/handed_on")
    if day < row["released_on"]:
        raise Invalid.at("/handed_on", "before_release", "Nothing is handed over before it was released.")
    columns = {"state": ReleaseState.handed_over, "handed_on": day}
    await session.update(PackageRelease, release_id, columns)
    await note_release(session, actor, held, "hand_over", day, {"text": data.text})
    await note(session, actor, held.id, "rights_request.handed_over", fields={"release_id": str(release_id)})
    row = await find_release(session, actor, held, release_id)
    return Answer(release_id, row["version"], row["json"].encode())


async def find_release(session: Session, actor: Actor, held: Held, release_id: UUID) -> asyncpg.Record:
    """A release of this very request. Raises `Forbidden`, `NotFound`."""
    actor.must(Permission.privacy_read, (actor.organisation_id,))
    row = await fetch_one(session, actor, RELEASES, release_id)
    if row is None or row["request_id"] != held.id:
        raise NotFound("release")
    return row


async def note_release(
    session: Session, actor: Actor, held: Held, action: str, day: date, texts: Mapping[str, Any]
) -> None:
    """A step of a request that has ended."""
    await note_step(
        session, actor, held.id, action, from_state=held.state, to_state=held.state, on_day=day, texts=texts
    )


def _must_be_by_hand(row: asyncpg.Record) -> None:
    if row["delivery"] == Delivery.link:
        raise GivenByLink
    if row["state"] not in (ReleaseState.ready, ReleaseState.handed_over):
        raise NotReady
