"""What somebody is asked to look for outside the system: read and answered by themselves, beyond the team's rooms."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

import asyncpg
from pydantic import Field

from app.core import clock
from app.core.actor import Actor
from app.core.db import Session
from app.core.errors import Conflict, Invalid, NotFound
from app.core.ids import new_id
from app.core.paging import Answer, Body, Decorate, Listing, PageQuery, Where, fetch_one, list_page, with_fields
from app.models.package_verbs import SearchTaskAnswer
from app.models.packages import ItemKind, RequestItem, SearchTask
from app.services.disputes.evidence_files import Judged, Upload, judge
from app.services.envelopes import key_for, keys_of
from app.services.files import store_file
from app.services.matters import RESOURCE, ROLE, note, note_step, record_matter_read
from app.services.personal_data.pieces import Piece, PieceKind
from app.services.personal_data.third_parties import find_third_parties, propose
from app.services.rights_requests.contents import Contents, open_said, seal_contents
from app.services.rights_requests.lifecycle import ENDED
from app.services.rights_requests.search_tasks import TaskOver

#: As many files as one answer may have.
MOST_FILES = 50

OWN_SEARCH_TASKS = Listing(
    resource=RESOURCE,
    source="search_tasks t",
    key="t.id",
    columns={
        "id": "t.id",
        "place": "t.place",
        "due_on": "t.due_on",
        "answered_on": "t.answered_on",
        "found": "t.found",
        "version": "t.version",
        "created_at": "utc(t.created_at)",
        "updated_at": "utc(t.updated_at)",
    },
    sorts={"due_on": ("t.due_on", "date")},
    facts={
        "id": "t.id",
        "version": "t.version",
        "account_id": "t.account_id",
        "request_id": "t.request_id",
        "place": "t.place",
        "answered_on": "t.answered_on",
        "waived_on": "t.waived_on",
        "sealed": "t.sealed",
    },
)

#: Of one's own tasks, what lies beyond one's sight.
_BEHIND = """
select t.id, r.id as request_id, r.reference, r.state, r.person_id, p.erased_at is null as known,
  concat_ws(' ', p.given_name, p.family_name) as name,
  (select count(*) from request_items i where i.row_id = t.id and i.file_id is not null) as files
from search_tasks t join rights_requests r on r.id = t.request_id join people p on p.id = r.person_id
where t.id = any ($1) and t.account_id = $2
"""
_HOLD = "select 1 from rights_requests where id = $1 for update"
_LAST = "select coalesce(max(number), 0) from request_items where request_id = $1"


class NothingGiven(Invalid):
    code = "nothing_given"
    sentence = "Say what was found, or send it as a file first."


class TooManyFiles(Conflict):
    code = "too_many_files"
    sentence = "An answer has {limit} files at most."


class OwnSearchTasksQuery(PageQuery):
    """What you are asked, the one due first before the others."""

    open: bool | None = Field(default=None, description="Only those that wait for your answer; or, false, the others.")


async def list_own_search_tasks(session: Session, actor: Actor, query: OwnSearchTasksQuery) -> Body:
    """A page of what the actor is asked to look for. Raises `CursorInvalid`. The read is logged."""
    await record_matter_read(session, actor, None, purpose="search_tasks")
    where = Where()
    # Whom the team no longer waits for has no business with the person's name any more.
    where.add("t.account_id = {} and t.waived_on is null", actor.account_id)
    if query.open is not None:
        where.add("(t.answered_on is null) = {}", query.open)

    async def prepare(rows: list[asyncpg.Record]) -> Decorate:
        told = await _told(session, actor, rows)
        return lambda row: told[row["id"]]

    return await list_page(session, actor, OWN_SEARCH_TASKS, where, query, sort="due_on", prepare=prepare)


async def get_own_search_task(session: Session, actor: Actor, task_id: UUID) -> Answer:
    """One of them. Raises `NotFound`. The read is logged."""
    row = await _find(session, actor, task_id)
    await record_matter_read(session, actor, row["request_id"], purpose="search_task")
    return await _answer(session, actor, task_id)


async def add_search_file(session: Session, actor: Actor, task_id: UUID, upload: Upload) -> Answer:
    """Send a file that was found, before answering. Raises `NotFound`, `TaskOver`, `TooManyFiles`, and as `judge`."""
    judged = await judge(upload)
    row, behind = await _open(session, actor, task_id)
    if behind["files"] >= MOST_FILES:
        raise TooManyFiles(limit=MOST_FILES)
    file_id = await store_file(
        session,
        actor,
        resource=RESOURCE,
        subject_id=row["request_id"],
        branch_id=actor.organisation_id,
        name=judged.name,
        media_type=judged.media_type,
        chunks=upload.chunks(),
        key_of=behind["person_id"],
    )
    await _add_item(session, row, behind, _of_file(judged), file_id)
    # The answer is its asker's, who does not see the request: a repeat gets it again.
    session.touched = None
    return await _answer(session, actor, task_id)


async def answer_search_task(session: Session, actor: Actor, task_id: UUID, data: SearchTaskAnswer) -> Answer:
    """Say what was found, in words or by the files sent, or that nothing was.

    Raises `NotFound`, `TaskOver`, `NothingGiven`.
    """
    row, behind = await _open(session, actor, task_id)
    if data.found and data.text is None and not behind["files"]:
        raise NothingGiven.at("/text", NothingGiven.code, NothingGiven.sentence)
    if not data.found and (data.text is not None or behind["files"]):
        raise Invalid.at("/found", "something_given", "Say that something was found: you have sent it.")
    if data.text is not None:
        await _add_item(session, row, behind, {"text": data.text}, None)
    today = clock.today()
    async with session.as_role(ROLE):
        await session.update(SearchTask, task_id, {"answered_on": today, "found": data.found})
        state = behind["state"]
        await note_step(
            session, actor, behind["request_id"], "answer_search_task", from_state=state, to_state=state, on_day=today
        )
        await note(session, actor, behind["request_id"], "rights_request.search_answered")
    session.touched = None
    return await _answer(session, actor, task_id)


async def _find(session: Session, actor: Actor, task_id: UUID) -> asyncpg.Record:
    row = await fetch_one(session, actor, OWN_SEARCH_TASKS, task_id)
    if row is None or row["account_id"] != actor.account_id or row["waived_on"] is not None:
        raise NotFound("search task")
    return row


async def _open(session: Session, actor: Actor, task_id: UUID) -> tuple[asyncpg.Record, asyncpg.Record]:
    """A task that waits for an answer, its request held, and what lies beyond the actor's sight."""
    row = await _find(session, actor, task_id)
    async with session.as_role(ROLE):
        await session.execute(_HOLD, row["request_id"])
        behind = await session.fetchrow(_BEHIND, [task_id], actor.account_id)
    row = await _find(session, actor, task_id)
    assert behind is not None
    if row["answered_on"] is not None or behind["state"] in ENDED:
        raise TaskOver
    return row, behind


async def _add_item(
    session: Session, row: asyncpg.Record, behind: asyncpg.Record, values: dict[str, Any], file_id: UUID | None
) -> None:
    """What was found outside becomes an item, of which the team decides in any case."""
    item_id = new_id()
    piece = Piece(f"{ItemKind.outside}:{item_id}", ItemKind.outside, PieceKind.row, row["id"], values, file_id=file_id)
    findings = (await find_third_parties(session, [piece], behind["person_id"])).get(piece.key, [])
    async with session.as_role(ROLE):
        key = (await key_for(session, behind["person_id"])).key
        await session.insert(
            RequestItem(
                id=item_id,
                request_id=row["request_id"],
                number=await session.fetchval(_LAST, row["request_id"]) + 1,
                kind=ItemKind.outside,
                source=row["place"],
                row_id=row["id"],
                file_id=file_id,
                proposal=propose(piece, findings),
                sealed=seal_contents(key, item_id, Contents.of(piece, findings)),
            )
        )


def _of_file(judged: Judged) -> dict[str, Any]:
    return {"name": judged.name, "media_type": judged.media_type, "size": judged.size}


async def _answer(session: Session, actor: Actor, task_id: UUID) -> Answer:
    row = await _find(session, actor, task_id)
    told = await _told(session, actor, [row])
    return Answer(task_id, row["version"], with_fields(row["json"], told[task_id]))


async def _told(session: Session, actor: Actor, rows: Sequence[asyncpg.Record]) -> dict[UUID, dict[str, Any]]:
    """What is told of tasks beside their own columns: whose data to look for, and what."""
    sealed = {row["id"]: row["sealed"] for row in rows}
    told: dict[UUID, dict[str, Any]] = {}
    async with session.as_role(ROLE):
        rows_behind = await session.fetch(_BEHIND, list(sealed), actor.account_id)
        keys = await keys_of(session, {behind["person_id"] for behind in rows_behind})
        for behind in rows_behind:
            task_id, envelope = behind["id"], keys.get(behind["person_id"])
            said = open_said(envelope.key, "search_tasks", task_id, sealed[task_id]) if envelope is not None else {}
            told[behind["id"]] = {
                "reference": behind["reference"],
                "name": behind["name"] if behind["known"] else None,
                "text": said.get("text"),
                "files": behind["files"],
            }
    return told
