"""The record of processing in one piece: to be read, or given to the Commissioner (UK GDPR art. 30(3) and (4))."""

import asyncio
import csv
import io
import json
from dataclasses import dataclass
from pathlib import Path

from app.core import clock
from app.core.actor import Actor
from app.core.db import Session
from app.core.paging import Listing, Page, Where
from app.core.tabular import harmless
from app.core.typesetting import typeset
from app.models.members import Language
from app.models.processing_shapes import ActivityRead, RegisterRead
from app.models.retention import RetentionRuleRead
from app.services.processing.activities import ACTIVITIES
from app.services.processing.controller import get_controller
from app.services.processing.gaps import LIVE
from app.services.processing.processors import PROCESSORS
from app.services.processing.words import HEADINGS, Periods, activity_cells, page_values
from app.services.retention.periods import list_rules

_TEMPLATES = Path(__file__).with_name("templates")
_MEDIA = {"pdf": "application/pdf", "csv": "text/csv; charset=utf-8", "json": "application/json"}


@dataclass(frozen=True)
class RegisterFile:
    name: str
    media_type: str
    content: bytes


async def export_register(session: Session, actor: Actor, kind: str, language: Language) -> RegisterFile:
    """The record as of today, as `pdf`, `csv` or `json`, for whoever is signed in. Raises `NotFound`."""
    register = await read_register(session, actor)
    if kind == "pdf":
        values = page_values(register, await periods_today(session, actor), language)
        content = await asyncio.to_thread(typeset, _TEMPLATES, "register.typ", values, day=register.as_of)
    elif kind == "csv":
        content = _as_csv(register, await periods_today(session, actor), language)
    else:
        content = register.model_dump_json().encode()
    return RegisterFile(f"processing-activities-{register.as_of}.{kind}", _MEDIA[kind], content)


async def read_register(session: Session, actor: Actor) -> RegisterRead:
    """Everything that is in force today. Raises `NotFound`."""
    controller = await get_controller(session, actor)
    activities = await _all(session, actor, ACTIVITIES, LIVE, "a.name, a.id")
    processors = await _all(session, actor, PROCESSORS, "(p.ended_on is null or $1 < p.ended_on)", "p.name, p.id")
    return RegisterRead.model_validate_json(
        f'{{"as_of": "{clock.today()}", "controller": {controller.body.decode()}, "activities": {activities}, '
        f'"processors": {processors}}}'
    )


async def live_activities(session: Session, actor: Actor) -> list[ActivityRead]:
    """What is done with data today."""
    rows = await _all(session, actor, ACTIVITIES, LIVE, "a.name, a.id")
    return [ActivityRead.model_validate(row) for row in json.loads(rows)]


async def periods_today(session: Session, actor: Actor) -> Periods:
    """For how long something is kept under each rule of retention."""
    rules = Page[RetentionRuleRead].model_validate_json((await list_rules(session, actor)).content)
    return {rule.key: (rule.months, rule.days) for rule in rules.data}


async def _all(session: Session, actor: Actor, listing: Listing, condition: str, order: str) -> str:
    where = Where()
    where.add(condition)
    rows = await session.fetch(
        f"select {listing.json(actor)} as json from {listing.source} where {where.sql} order by {order}", *where.values
    )
    return f"[{', '.join(row['json'] for row in rows)}]"


def _as_csv(register: RegisterRead, periods: Periods, language: Language) -> bytes:
    """One line for each activity; a mark in front, by which spreadsheets know UTF-8."""
    text = io.StringIO(newline="")
    writer = csv.writer(text, quoting=csv.QUOTE_ALL)
    writer.writerow([words[language] for words in HEADINGS.values()])
    for activity in register.activities:
        cells = activity_cells(activity, periods, language)
        writer.writerow([harmless(cells[name]) for name in HEADINGS])
    return text.getvalue().encode("utf-8-sig")
