"""Building a package: the worker packs what was decided, in a place of its own, and keeps it under the person's key."""

import asyncio
import hashlib
import tempfile
import zipfile
from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from uuid import UUID

import asyncpg
from pydantic_core import to_json

from app.core import clock
from app.core.actor import Actor
from app.core.db import Database, Session
from app.core.errors import AppError, NotFound
from app.core.permissions import Permission
from app.models.jobs import Job, JobState
from app.models.members import Language
from app.models.packages import Exemption, ItemDecision, ItemKind, ReleaseState
from app.models.rights_requests import RequestKind
from app.services.envelopes import key_for
from app.services.files import PIECE, open_file_within, store_file
from app.services.jobs import Progress
from app.services.matters import RESOURCE, ROLE, Held, note, open_matter
from app.services.personal_data.naming import names_of
from app.services.personal_data.packing import Heading, PackedFile, PackedItem, write_package
from app.services.personal_data.portability import as_csv, provided_by_person
from app.services.personal_data.search import find_person_data
from app.services.rights_requests.contents import Contents, open_contents
from app.services.rights_requests.facts import ACCESS_REQUEST, RIGHTS_REQUEST
from app.services.rights_requests.release import make_ready

NAME, MEDIA_TYPE = "package.zip", "application/zip"
_DONE = Progress(0, 0, finished=True)

_WAITING = "select * from package_releases where request_id = $1 and state = 'preparing' order by id limit 1"
_ITEMS = """
select id, number, kind, source, decision, exemption, file_id, sealed
from request_items where request_id = $1 order by number
"""
_PERSON = """
select concat_ws(' ', p.given_name, p.family_name) as name, p.preferred_language as language,
  (select b.name from branches b where b.parent_id is null) as organisation
from people p where p.id = $1
"""
_FAIL = """
update package_releases set state = 'failed', version = version + 1, updated_at = $2
where request_id = $1 and state = 'preparing' returning id
"""


@dataclass(frozen=True)
class _Chosen:
    """What goes into a package: what is said of each item, and which files, by the number of their item."""

    heading: Heading
    information: Mapping[str, str]
    items: Sequence[PackedItem]
    names: Mapping[str, str]
    files: Sequence[tuple[int, UUID]]


async def build_package(database: Database, actor: Actor, request_id: UUID) -> Progress:
    """Build the package of a release that waits, in one step; done again from the start if it is cut off.

    Raises `Forbidden` where the right is no longer held, `NotFound`, `KeyDestroyed` where the person was erased.
    """
    with tempfile.TemporaryDirectory(prefix="rollbook-") as made:
        path = Path(made, NAME)
        async with database.transaction(actor) as session:
            held = await _open(session, actor, request_id)
            if await session.fetchrow(_WAITING, request_id) is None:
                return _DONE
            is_access = held.row["kind"] == RequestKind.access
            chosen = await _choose(session, held) if is_access else None
            provided = None if is_access else await _provided(session, held)
        if chosen is not None:
            await write_package(
                path,
                heading=chosen.heading,
                information=chosen.information,
                items=chosen.items,
                names=chosen.names,
                files=_files(database, chosen.files),
            )
        elif provided is not None:
            await asyncio.to_thread(_write_provided, path, provided)
        async with database.transaction(actor) as session:
            held = await _open(session, actor, request_id)
            release = await session.fetchrow(f"{_WAITING} for no key update", request_id)
            if release is None:
                return _DONE
            await _keep(session, actor, held, release, path)
    return Progress(1, 1, finished=True)


async def end_package(database: Database, job: Job, state: JobState, _error: AppError | None) -> None:
    """Hear that the job of a package has ended without building it: it can be given anew."""
    if state == JobState.succeeded:
        return
    async with database.transaction(role=ROLE) as session:
        for row in await session.fetch(_FAIL, job.subject_id, clock.now()):
            fields = {"release_id": str(row["id"])}
            await note(session, None, job.subject_id, "rights_request.package_failed", fields=fields)


async def _open(session: Session, actor: Actor, request_id: UUID) -> Held:
    for matter in (ACCESS_REQUEST, RIGHTS_REQUEST):
        try:
            return await open_matter(session, actor, matter, request_id, Permission.privacy_handle)
        except NotFound:
            continue
    raise NotFound("request")


async def _choose(session: Session, held: Held) -> _Chosen:
    person_id: UUID = held.row["person_id"]
    async with session.as_role(ROLE):
        # Beyond the walls of cases too: of what lies there its people have decided.
        rows = await session.fetch(_ITEMS, held.id)
        person = await session.fetchrow(_PERSON, person_id)
        key = (await key_for(session, person_id)).key
    assert person is not None
    heading = Heading(
        reference=held.row["reference"],
        organisation=person["organisation"],
        name=person["name"],
        received_on=held.row["received_on"],
        made_on=clock.today(),
        language=Language(person["language"] or Language.english),
    )
    items: list[PackedItem] = []
    files: list[tuple[int, UUID]] = []
    for row in rows:
        contents = open_contents(key, row["id"], row["sealed"])
        # A file goes in whole, as a redacted copy, or not at all.
        if row["file_id"] is not None and row["decision"] == ItemDecision.release:
            files.append((row["number"], row["file_id"]))
        elif contents.copy_id is not None and row["decision"] == ItemDecision.redact:
            files.append((row["number"], UUID(contents.copy_id)))
        items.append(_packed(row, contents))
    names = await names_of(session, [item.values for item in items], heading.language)
    return _Chosen(heading, held.row["information"], items, names, files)


def _packed(row: asyncpg.Record, contents: Contents) -> PackedItem:
    return PackedItem(
        row["number"],
        ItemKind.outside if row["kind"] == ItemKind.outside else row["source"],
        {} if row["decision"] == ItemDecision.withhold else contents.given(),
        redacted=row["decision"] == ItemDecision.redact,
        exemption=Exemption(row["exemption"]) if row["exemption"] else None,
    )


async def _files(database: Database, files: Sequence[tuple[int, UUID]]) -> AsyncIterator[PackedFile]:
    for number, file_id in files:
        async with database.transaction(role=ROLE) as session:
            file = await open_file_within(session, file_id, ROLE)
        yield PackedFile(number, file.name, file.pieces)


async def _provided(session: Session, held: Held) -> dict[str, list[dict[str, Any]]]:
    return provided_by_person((await find_person_data(session, held.row["person_id"])).pieces)


def _write_provided(path: Path, provided: dict[str, list[dict[str, Any]]]) -> None:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as package:
        package.writestr("data.json", to_json(provided, indent=2))
        for table, text in as_csv(provided).items():
            package.writestr(f"{table}.csv", text)


async def _keep(session: Session, actor: Actor, held: Held, release: asyncpg.Record, path: Path) -> None:
    file_id = await store_file(
        session,
        actor,
        resource=RESOURCE,
        subject_id=held.id,
        branch_id=actor.organisation_id,
        name=f"{held.row['reference']}.zip",
        media_type=MEDIA_TYPE,
        chunks=_pieces(path),
        key_of=held.row["person_id"],
    )
    size, digest = await asyncio.to_thread(_measure, path)
    built = {"file_id": file_id, "size": size, "sha256": digest}
    await make_ready(session, held, release, built)
    fields = {"release_id": str(release["id"]), "state": {"old": ReleaseState.preparing, "new": ReleaseState.ready}}
    await note(session, actor, held.id, "rights_request.package_ready", fields=fields)


def _measure(path: Path) -> tuple[int, bytes]:
    with path.open("rb") as file:
        return path.stat().st_size, hashlib.file_digest(file, "sha256").digest()


async def _pieces(path: Path) -> AsyncIterator[bytes]:
    with path.open("rb") as file:
        while piece := file.read(PIECE):
            yield piece
