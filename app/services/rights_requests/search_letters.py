"""Letters to those who are asked to search outside the system: when they are asked, and again as the day comes near.

No letter names the person: it holds the reference, the kind of place, the day and where to answer.
"""

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from app.core import clock
from app.core.db import Database, Session
from app.models.members import Language
from app.models.packages import SearchPlace, SearchTask
from app.models.reference_data import words_of
from app.services.disputes.letter_words import written_day
from app.services.envelopes import unseal_texts
from app.services.letters import Letter, write_letter
from app.services.matters import ROLE
from app.services.outbox import send_mail
from app.services.rights_requests.lifecycle import ENDED

#: How many days before the last one somebody is reminded; once it is past, the next day and every week.
BEFORE, AGAIN = (7, 3, 1), 7

_WAITING = """
select t.id, t.due_on, t.place, t.reminded_on, t.sealed, r.reference, r.person_id,
  a.id as account_id, a.name, a.email, (select p.preferred_language from people p where p.id = a.person_id) as language
from search_tasks t join rights_requests r on r.id = t.request_id join accounts a on a.id = t.account_id
join people subject on subject.id = r.person_id and subject.erased_at is null
where t.answered_on is null and t.waived_on is null and r.state <> all ($1) and a.state = 'active'
  and t.due_on <= $2::date + 7 and coalesce(t.reminded_on < $2, true)
order by t.id
"""
#: Of two workers one comes first, and the other finds that it was done.
_REMINDED = """
update search_tasks set reminded_on = $2, version = version + 1, updated_at = $3
where id = $1 and answered_on is null and waived_on is null and coalesce(reminded_on < $2, true) returning true
"""


async def remind_searchers(database: Database) -> int:
    """Write to those whose day comes near or is past; how many letters were written. For the worker."""
    today = clock.today()
    async with database.transaction(role=ROLE) as session:
        rows = [row for row in await session.fetch(_WAITING, sorted(ENDED), today) if _is_due(row)]
    written = 0
    for row in rows:
        async with database.transaction(role=ROLE) as session:
            if not await session.fetchval(_REMINDED, row["id"], today, clock.now()):
                continue
            said = await unseal_texts(session, row["person_id"], "search_tasks", row["id"], row["sealed"])
            letter = Letter.search_overdue if row["due_on"] < today else Letter.search_due
            await write_to_searcher(session, letter, row, row["reference"], row, said["links_url"])
            written += 1
    return written


async def write_to_searcher(
    session: Session,
    letter: Letter,
    asked: Mapping[str, Any],
    reference: str,
    task: SearchTask | Mapping[str, Any],
    links_url: str,
) -> None:
    """A letter to `asked` (its `email`, `name` and `language`) about a task."""
    told = task.model_dump() if isinstance(task, SearchTask) else task
    language = Language(asked["language"] or Language.english)
    message = write_letter(
        letter,
        language,
        to=asked["email"],
        name=asked["name"],
        reference=reference,
        place=words_of(SearchPlace(told["place"]), language),
        due_on=written_day(told["due_on"], language),
        link=f"{links_url.rstrip('/')}/search-tasks/{told['id']}",
    )
    await send_mail(session, message)


def _is_due(row: Mapping[str, Any]) -> bool:
    """Whether a day on which to remind them has come since they were last written to."""
    today, due_on = clock.today(), row["due_on"]
    marks = [due_on - timedelta(days=days) for days in BEFORE]
    if due_on < today:
        marks.append(today - timedelta(days=((today - due_on).days - 1) % AGAIN))
    past = [mark for mark in marks if mark <= today]
    return bool(past) and (row["reminded_on"] is None or row["reminded_on"] < max(past))
