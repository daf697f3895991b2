"""The files among the items of a request: read by whoever decides of them, and redacted by hand."""

from dataclasses import replace
from uuid import UUID

from app.core.actor import Actor
from app.core.db import Session
from app.core.errors import Conflict, NotFound
from app.core.paging import Answer
from app.models.packages import RequestItem
from app.services.disputes.evidence_files import Upload, judge
from app.services.envelopes import key_for
from app.services.files import OpenedFile, open_file_within, store_file
from app.services.matters import RESOURCE, ROLE, note, open_matter, record_matter_read
from app.services.rights_requests.contents import open_contents, seal_contents
from app.services.rights_requests.facts import ACCESS_REQUEST
from app.services.rights_requests.items import answer_item, find_item, hold_for_deciding


class ItemHasNoFile(Conflict):
    code = "item_has_no_file"
    sentence = "This item has no file: say in words what is blacked out."


async def open_item_file(
    session: Session, actor: Actor, request_id: UUID, item_id: UUID, *, redacted: bool
) -> OpenedFile:
    """The file of an item, or its redacted copy. Raises `Forbidden`, `NotFound`, `KeyDestroyed`. The read is logged."""
    held = await open_matter(session, actor, ACCESS_REQUEST, request_id)
    row = await find_item(session, actor, held, item_id)
    file_id: UUID | None = row["file_id"]
    if redacted:
        contents = open_contents((await key_for(session, held.row["person_id"])).key, item_id, row["sealed"])
        file_id = UUID(contents.copy_id) if contents.copy_id is not None else None
    if file_id is None:
        raise NotFound("file")
    await record_matter_read(session, actor, held.id, purpose="item_file")
    async with session.as_role(ROLE):
        return await open_file_within(session, file_id, ROLE)


async def add_redacted_copy(session: Session, actor: Actor, request_id: UUID, item_id: UUID, upload: Upload) -> Answer:
    """Keep a copy of an item's file with parts blacked out, which may be given in its place; the latest counts.

    Raises `ItemHasNoFile`, as `judge` and as `hold_for_deciding`.
    """
    judged = await judge(upload)
    held = await hold_for_deciding(session, actor, request_id)
    row = await find_item(session, actor, held, item_id)
    if row["file_id"] is None:
        raise ItemHasNoFile
    person_id: UUID = held.row["person_id"]
    copy_id = await store_file(
        session,
        actor,
        resource=RESOURCE,
        subject_id=held.id,
        branch_id=actor.organisation_id,
        name=judged.name,
        media_type=judged.media_type,
        chunks=upload.chunks(),
        key_of=person_id,
    )
    key = (await key_for(session, person_id)).key
    contents = replace(open_contents(key, item_id, row["sealed"]), copy_id=str(copy_id))
    await session.update(RequestItem, item_id, {"sealed": seal_contents(key, item_id, contents)})
    await note(session, actor, held.id, "rights_request.item_redacted", fields={"item_id": str(item_id)})
    return await answer_item(session, actor, held, item_id)
