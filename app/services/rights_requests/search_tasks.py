"""Searching outside the system: whoever may hold something in an inbox, a chat or a drawer is asked, by a day.

They learn whose data to look for, and nothing else of the request. What they find becomes an item of it.
"""

from datetime import timedelta
from typing import Any
from uuid import UUID

import asyncpg
from pydantic import Field

from app.core import clock
from app.core.actor import Actor
from app.core.db import Session
from app.core.errors import Conflict, Invalid, NotFound
from app.core.lifecycle import WRONG_STATE, ActionNotAllowed
from app.core.paging import Answer, Body, Decorate, Listing, PageQuery, Where, fetch_one, list_page, with_fields
from app.core.permissions import Permission
from app.models.package_verbs import SearchTaskAsk, Waiving
from app.models.packages import SearchTask
from app.models.rights_requests import RequestState
from app.services.envelopes import Envelope, keys_of, seal_texts
from app.services.letters import Letter
from app.services.matters import RESOURCE, ROLE, Held, hold_matter, note, note_step, open_matter, record_matter_read
from app.services.rights_requests.contents import open_said
from app.services.rights_requests.facts import ACCESS_REQUEST
from app.services.rights_requests.search import ahead_of
from app.services.rights_requests.search_letters import write_to_searcher

#: In which states of a request others are asked. Once all has been searched, another search begins anew.
ASKED_IN = frozenset({RequestState.received, RequestState.searching, RequestState.clarifying})
#: For how long they have where the request itself has no day, its clock being stopped.
WITHOUT_A_DAY = timedelta(days=14)

SEARCH_TASKS = Listing(
    resource=RESOURCE,
    source="search_tasks t",
    key="t.id",
    columns={
        "id": "t.id",
        "request_id": "t.request_id",
        "account_id": "t.account_id",
        "place": "t.place",
        "due_on": "t.due_on",
        "reminded_on": "t.reminded_on",
        "answered_on": "t.answered_on",
        "found": "t.found",
        "waived_on": "t.waived_on",
        "version": "t.version",
        "created_at": "utc(t.created_at)",
        "updated_at": "utc(t.updated_at)",
    },
    sorts={"due_on": ("t.due_on", "date")},
    facts={
        "id": "t.id",
        "version": "t.version",
        "request_id": "t.request_id",
        "answered_on": "t.answered_on",
        "waived_on": "t.waived_on",
        "sealed": "t.sealed",
    },
)

_ASKED = """
select a.id, a.name, a.email, (select p.preferred_language from people p where p.id = a.person_id) as language
from accounts a where a.id = $1 and a.state = 'active' and not exists (
  select from walls w where w.wall_key = $2 and w.ended_at is null
  and (w.account_id = a.id or w.person_id = a.person_id))
"""


class PersonUnknown(Conflict):
    code = "person_unknown"
    sentence = "Say first whose data the request concerns."


class NotSearched(Conflict):
    code = "not_searched"
    sentence = "Search the system itself first."


class TaskOver(Conflict):
    code = "search_task_over"
    sentence = "This has been answered, or is no longer waited for."


class SearchTasksQuery(PageQuery):
    """Who was asked, the one due first before the others."""

    open: bool | None = Field(default=None, description="Only those that wait for an answer; or, false, the others.")


async def list_search_tasks(session: Session, actor: Actor, request_id: UUID, query: SearchTasksQuery) -> Body:
    """A page of who was asked for a request. Raises `Forbidden`, `NotFound`, `CursorInvalid`. The read is logged."""
    held = await open_matter(session, actor, ACCESS_REQUEST, request_id)
    await record_matter_read(session, actor, held.id, purpose="search_tasks")
    where = Where()
    where.add("t.request_id = {}", held.id)
    if query.open is not None:
        where.add("(t.answered_on is null and t.waived_on is null) = {}", query.open)

    async def prepare(rows: list[asyncpg.Record]) -> Decorate:
        keys = await keys_of(session, [held.row["person_id"]] if rows else [])
        return lambda row: {"text": _opened(keys.get(held.row["person_id"]), row).get("text")}

    return await list_page(session, actor, SEARCH_TASKS, where, query, sort="due_on", prepare=prepare)


async def ask_to_search(
    session: Session, actor: Actor, request_id: UUID, data: SearchTaskAsk, *, links_url: str
) -> Answer:
    """Ask somebody what they hold. Raises `Invalid`, `PersonUnknown`, `ActionNotAllowed`, and as `hold_matter`."""
    held = await hold_matter(session, actor, ACCESS_REQUEST, request_id)
    if held.state not in ASKED_IN:
        raise ActionNotAllowed(action="ask_to_search", state=held.state, reason_code=WRONG_STATE)
    if held.row["person_id"] is None:
        raise PersonUnknown
    if held.row["searched_on"] is None:
        # From the first search on it is settled who the person is, under whose key all this lies.
        raise NotSearched
    today = clock.today()
    if data.due_on is not None and data.due_on < today:
        raise Invalid.at("/due_on", "in_past", "Give them a day that is to come.")
    due_on = data.due_on or ahead_of(held) or today + WITHOUT_A_DAY
    async with session.as_role(ROLE):
        asked = await session.fetchrow(_ASKED, data.account_id, held.id)
        if asked is None:
            raise Invalid.at("/account_id", "cannot_be_asked", "Ask somebody who can sign in and is not concerned.")
        task = SearchTask(
            request_id=held.id,
            account_id=data.account_id,
            place=data.place,
            due_on=due_on,
            reminded_on=today,
            sealed=b"",
        )
        task.sealed = await seal_texts(
            session, held.row["person_id"], "search_tasks", task.id, {"text": data.text, "links_url": links_url}
        )
        await session.insert(task)
        await write_to_searcher(session, Letter.search_asked, asked, held.row["reference"], task, links_url)
    await _noted(session, actor, held, "ask_to_search", "rights_request.search_asked")
    return await _answer(session, actor, held, task.id)


async def waive_search_task(session: Session, actor: Actor, request_id: UUID, task_id: UUID, data: Waiving) -> Answer:
    """Wait no longer for an answer, and say why. Raises `TaskOver`, `NotFound`, and as `hold_matter`."""
    held = await hold_matter(session, actor, ACCESS_REQUEST, request_id)
    row = await _find(session, actor, held, task_id)
    if row["answered_on"] is not None or row["waived_on"] is not None:
        raise TaskOver
    await session.update(SearchTask, task_id, {"waived_on": clock.today()})
    await _noted(session, actor, held, "waive_search_task", "rights_request.search_waived", {"text": data.text})
    return await _answer(session, actor, held, task_id)


async def _noted(
    session: Session, actor: Actor, held: Held, action: str, event: str, texts: dict[str, Any] | None = None
) -> None:
    """A step that leaves the request where it is."""
    state, today = held.state, clock.today()
    await note_step(session, actor, held.id, action, from_state=state, to_state=state, on_day=today, texts=texts)
    await note(session, actor, held.id, event)


async def _find(session: Session, actor: Actor, held: Held, task_id: UUID) -> asyncpg.Record:
    actor.must(Permission.privacy_read, (actor.organisation_id,))
    row = await fetch_one(session, actor, SEARCH_TASKS, task_id)
    if row is None or row["request_id"] != held.id:
        raise NotFound("search task")
    return row


async def _answer(session: Session, actor: Actor, held: Held, task_id: UUID) -> Answer:
    row = await _find(session, actor, held, task_id)
    return Answer(task_id, row["version"], with_fields(row["json"], {"text": await _text(session, held, row)}))


async def _text(session: Session, held: Held, row: asyncpg.Record) -> str | None:
    keys = await keys_of(session, [held.row["person_id"]])
    text: str | None = _opened(keys.get(held.row["person_id"]), row).get("text")
    return text


def _opened(envelope: Envelope | None, row: asyncpg.Record) -> dict[str, Any]:
    """What a task says; nothing once the person has been erased."""
    return open_said(envelope.key, "search_tasks", row["id"], row["sealed"]) if envelope is not None else {}
