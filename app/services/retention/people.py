"""A person in a run: minimised, restored while that is possible, and in the end erased as by any other erasure."""

from app.core.db import Session
from app.services.envelopes import seal_texts, unseal_texts
from app.services.erasures import erase_person
from app.services.retention.aside import put_back, take_away
from app.services.retention.items import TABLE, Item

_ERASED = "select erased_at is not null from people where id = $1"


async def put_person_aside(session: Session, item: Item) -> bytes:
    """Take away what says who they are; returned sealed under their own key, so that their erasure takes it too."""
    aside = await take_away(session, item.subject_id)
    return await seal_texts(session, item.subject_id, TABLE, item.id, {"rows": aside})


async def restore_person(session: Session, item: Item) -> bool:
    """Put it back; whether there was anything: somebody erased meanwhile stays so."""
    if await session.fetchval(_ERASED, item.subject_id) or not item.sealed:
        return False
    said = await unseal_texts(session, item.subject_id, TABLE, item.id, item.sealed)
    await put_back(session, item.subject_id, said["rows"])
    return True


async def forget_person(session: Session, item: Item) -> None:
    """Erase them: put back first, since only from what was there can the copies be found that must go too."""
    if await restore_person(session, item):
        await erase_person(session, None, item.subject_id)
