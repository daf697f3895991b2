"""A case or matter in a run: its key is put aside, so that nothing said in it can be read, and in the end destroyed."""

from uuid import UUID

from app.core import clock
from app.core.db import Session
from app.models.operations import ErasedKind
from app.services.changes import record_change
from app.services.envelopes import destroy_key, seal_texts, unseal_texts
from app.services.erasures import ROLE as ERASE
from app.services.erasures import note_erasure
from app.services.matters import root_of
from app.services.retention.items import TABLE, Item

_KEY = "select wrapped_key from envelope_keys where subject_id = $1"
_PUT_BACK = "update envelope_keys set wrapped_key = $2, destroyed_at = null where subject_id = $1"
#: A case has what was found of people in it, sealed under their keys, and files under its own.
_ITEMS = "update request_items set sealed = '' where request_id = $1"
#: Whom it was about: the course of a case, by which cases are counted, says so of nobody.
_UNLINK = (
    "update rights_requests set person_id = null where id = $1",
    "update data_complaints set person_id = null, account_id = null where id = $1",
    "update dispute_parties set person_id = null, account_id = null where dispute_id = $1",
)
_PIECES = "delete from file_pieces where file_id in (select id from files where subject_id = $1)"


async def put_case_aside(session: Session, item: Item) -> bytes:
    """Take its key away; returned sealed under the run's. Nothing can be said in it any more, either."""
    kept = await session.fetchval(_KEY, item.subject_id)
    sealed = await seal_texts(session, item.run_id, TABLE, item.id, {"key": kept.hex() if kept else ""})
    if kept:
        await destroy_key(session, item.subject_id)
    await _note(session, item.subject_id, "case.minimised")
    return sealed


async def open_case_again(session: Session, item: Item) -> bool:
    """Put its key back."""
    said = await unseal_texts(session, item.run_id, TABLE, item.id, item.sealed)
    async with session.as_role("rollbook_system"):
        if said["key"]:
            await session.execute(_PUT_BACK, item.subject_id, bytes.fromhex(said["key"]))
    await _note(session, item.subject_id, "case.restored")
    return True


async def forget_case(session: Session, item: Item) -> None:
    """End it for good: its key, its copies of people's data, its files; a restore will do the same again."""
    await destroy_key(session, item.subject_id)
    await session.execute(_ITEMS, item.subject_id)
    async with session.as_role(ERASE):
        for forget in (_PIECES, *_UNLINK):
            await session.execute(forget, item.subject_id)
    await note_erasure(session, None, ErasedKind.case, item.subject_id, clock.now())
    await _note(session, item.subject_id, "case.erased")


async def _note(session: Session, case_id: UUID, what: str) -> None:
    await record_change(
        session, None, what, resource="privacy", subject_id=case_id, branch_id=await root_of(session), event=False
    )
