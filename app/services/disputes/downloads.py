"""Files of a case, given to whoever used a link: judged once more, at that moment, and on the record."""

from app.core.actor import Actor
from app.core.db import Database, Session
from app.core.errors import Conflict, Forbidden, NotFound
from app.core.permissions import Permission
from app.services.access import record_read
from app.services.disputes.case import open_case, record_case_read
from app.services.disputes.evidence import must_not_be_set_aside
from app.services.file_links import FileLinkInvalid, TakenLink
from app.services.files import OpenedFile, open_file


async def open_linked_file(database: Database, actor: Actor, link: TakenLink) -> OpenedFile:
    """The file behind a link that `actor` has just used up.

    Raises `FileLinkInvalid` where they may no longer have it: a part has ended, the case has closed to them, the item
    was set aside or erased. Its pieces are read one by one, under the same judgement.
    """
    try:
        async with database.transaction(actor, own_record=link.own_record) as session:
            if link.own_record:
                return await _as_party(session, actor, link)
            return await _by_part(session, actor, link)
    except (NotFound, Forbidden, Conflict):
        raise FileLinkInvalid("link") from None


async def _by_part(session: Session, actor: Actor, link: TakenLink) -> OpenedFile:
    actor.must_be_let(Permission.disputes_examine)
    case = await open_case(session, actor, link.subject_id, Permission.disputes_examine)
    item = await session.fetchrow("select set_aside from dispute_evidence where file_id = $1", link.file_id)
    if item is not None:
        must_not_be_set_aside(case, item)
    opened = await open_file(session, actor, link.file_id)
    await record_case_read(session, actor, case, "file")
    return opened


async def _as_party(session: Session, actor: Actor, link: TakenLink) -> OpenedFile:
    """What was disclosed to them: the policy of files shows a party nothing else."""
    actor.must_be_let(Permission.disputes_read)
    opened = await open_file(session, actor, link.file_id, own_record=True)
    await record_read(
        session, actor, "disputes", purpose="disclosed_file", subject_id=link.subject_id, wall_key=link.subject_id
    )
    return opened
