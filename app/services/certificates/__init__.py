"""Certificates: issued to whoever completed a course when its session is closed."""

from typing import Literal
from uuid import UUID

from pydantic import Field

from app.core import clock
from app.core.actor import Actor
from app.core.clock import months_after
from app.core.db import Session
from app.core.ids import new_reference
from app.core.paging import Answer, Body, Listing, Where
from app.models.training import Certificate
from app.services.changes import record_rows
from app.services.enrolments_record import PATHS, PERSON
from app.services.unit_records import (
    Held,
    Noun,
    UnitQuery,
    answer,
    columns_of,
    facts_of,
    list_records,
    read_record,
)

_SHOWN = (
    "number", "offered_in", "enrolment_id", "course_id", "person_id", "completed_on", "issued_on", "expires_on",
)  # fmt: skip
_VALID = "(c.completed_on <= $1::date and (c.expires_on is null or c.expires_on > $1::date))"
NOUN = Noun(
    "certificate",
    Certificate,
    Listing(
        resource="organising",
        source="certificates c",
        key="c.id",
        # Without a unit: what is offered here is seen wherever people come from.
        columns=columns_of(
            "c",
            *_SHOWN,
            course="(select k.name from courses k where k.id = c.course_id)",
            person_name=PERSON.format("c"),
            valid=_VALID,
        ),
        sorts={"issued_on": ("c.issued_on", "date")},
        facts=facts_of("c", *_SHOWN, path=PATHS.format("c")),
    ),
)
#: Not to somebody who was erased meanwhile: their place is a number and no person.
_COMPLETED = """
select e.id as enrolment_id, e.branch_id, e.offered_in, e.person_id from enrolments e
where e.training_session_id = $1 and e.state = 'attended' and e.completed
  and not is_erased(e.person_id)
  and not exists (select from certificates c where c.enrolment_id = e.id)
order by e.created_at, e.id
"""
_ISSUED = """
select id as subject_id, branch_id, '{}'::jsonb as fields from certificates where enrolment_id = any ($8) order by id
"""


class CertificatesQuery(UnitQuery):
    """Which certificates, the latest first."""

    person_id: UUID | None = Field(default=None, description="Only this person's.")
    course_id: UUID | None = Field(default=None, description="Only those of this course.")
    valid: bool | None = Field(default=None, description="Whether they hold today.")
    sort: Literal["issued_on", "-issued_on"] = Field(default="-issued_on", description="By the day of issue.")


async def list_certificates(session: Session, actor: Actor, query: CertificatesQuery) -> Body:
    """A page of the certificates in reach. Raises `CursorInvalid`."""
    where = Where()
    query.narrow(where, "c")
    for name in ("person_id", "course_id"):
        if (value := getattr(query, name)) is not None:
            where.add(f"c.{name} = {{}}", value)
    if query.valid is not None:
        where.add(f"{_VALID} = {{}}", query.valid)
    return await list_records(session, actor, NOUN, where, query, sort=query.sort)


async def get_certificate(session: Session, actor: Actor, certificate_id: UUID) -> Answer:
    """A certificate. Raises `NotFound`. The read is logged."""
    return answer(actor, await read_record(session, actor, NOUN, certificate_id))


async def issue_certificates(session: Session, actor: Actor, held: Held) -> None:
    """One for whoever attended and completed a session that is just being closed, unless they have it."""
    rows = await session.fetch(_COMPLETED, held.id)
    if not rows:
        return
    months = await session.fetchval("select valid_months from courses where id = $1", held.row["course_id"])
    completed_on = held.row["ends_on"]
    told = {
        "course_id": held.row["course_id"],
        "completed_on": completed_on,
        "issued_on": clock.today(),
        "expires_on": months_after(completed_on, months) if months else None,
    }
    await session.insert_many(Certificate, [{**dict(row), **told, "number": new_reference("T")} for row in rows])
    places = [row["enrolment_id"] for row in rows]
    await record_rows(session, actor, "certificate.issued", len(rows), _ISSUED, places, resource=NOUN.resource)
