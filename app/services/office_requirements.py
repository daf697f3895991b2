"""What offices require: courses of which whoever holds one must have a valid certificate, and who has none."""

from typing import Literal
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field

from app.core import clock
from app.core.actor import Actor
from app.core.db import Session
from app.core.errors import Conflict, Invalid
from app.core.paging import Answer, Body, Listing, PageQuery, Where
from app.core.permissions import Permission
from app.models.courses import (
    OfficeRequirement,
    OfficeRequirementCreate,
    OfficeRequirementEnd,
    TrainingGap,
    TrainingGaps,
)
from app.models.members import LegalDate
from app.services.access import record_read
from app.services.office_terms import STANDING
from app.services.training_places import ROLE
from app.services.unit_records import (
    Noun,
    add_record,
    answer_anew,
    change_record,
    columns_of,
    facts_of,
    hold_record,
    judge_unit,
    list_records,
    must_see,
)

_SHOWN = ("office_type_id", "course_id", "starts_on", "ends_on")
NOUN = Noun(
    "office requirement",
    OfficeRequirement,
    Listing(
        resource="organising",
        source="office_requirements r",
        key="r.id",
        # Without a unit: they are laid down for the whole, and told everywhere.
        columns=columns_of(
            "r",
            *_SHOWN,
            office="(select o.name from office_types o where o.id = r.office_type_id)",
            course="(select c.name from courses c where c.id = r.course_id)",
        ),
        sorts={"created_at": ("r.created_at", "timestamptz")},
        facts=facts_of("r", *_SHOWN),
    ),
)
_IN_FORCE = "r.starts_on <= $1::date and (r.ends_on is null or r.ends_on > $1::date)"
_ASKED = f"""
select t.branch_id, t.id as office_term_id, t.office_type_id, o.name as office, t.person_id, t.holder_name,
  r.course_id, c.name as course, t.starts_on as serving_since
from office_terms t join office_types o on o.id = t.office_type_id
join office_requirements r on r.office_type_id = t.office_type_id and {_IN_FORCE}
join courses c on c.id = r.course_id
where {STANDING} = 'serving' and t.branch_id = any ((select reach('organising'))::uuid[])
  and ($2::uuid is null or t.branch_id = any (
    (select array_agg(b.id) from branches b where b.path @> array[$2::uuid])::uuid[]))
order by t.starts_on, t.id, c.name limit 20000
"""
_HAD = """
select person_id, course_id, bool_or(expires_on is null or expires_on > $3) as valid, max(expires_on) as expired_on
from certificates where person_id = any ($1) and course_id = any ($2) and completed_on <= $3
group by person_id, course_id
"""


class RequirementKnown(Conflict):
    code = "requirement_known"
    sentence = "This office asks for this course already."


class RequirementEnded(Conflict):
    code = "requirement_ended"
    sentence = "When this ceased to be asked is on record already."


class RequirementsQuery(PageQuery):
    """Which requirements."""

    office_type_id: UUID | None = Field(default=None, description="Only those of this office.")
    course_id: UUID | None = Field(default=None, description="Only those that ask for this course.")
    as_of: LegalDate | None = Field(default=None, description="Only those in force on this day.")
    sort: Literal["created_at", "-created_at"] = Field(default="created_at", description="By when they were made.")


class GapsQuery(BaseModel):
    """Of which day, and where."""

    model_config = ConfigDict(extra="forbid")

    as_of: LegalDate | None = Field(default=None, description="The day; today if left out.")
    branch_id: UUID | None = Field(default=None, description="In this unit and in everything below it.")


async def list_requirements(session: Session, actor: Actor, query: RequirementsQuery) -> Body:
    """A page of what offices require. Raises `CursorInvalid`."""
    where = Where(query.as_of)
    for name in ("office_type_id", "course_id"):
        if (value := getattr(query, name)) is not None:
            where.add(f"r.{name} = {{}}", value)
    if query.as_of is not None:
        where.add(_IN_FORCE)
    return await list_records(session, actor, NOUN, where, query, sort=query.sort)


async def require_course(session: Session, actor: Actor, data: OfficeRequirementCreate) -> Answer:
    """Have an office ask for a course, in the whole organisation. Raises `Forbidden`, `RequirementKnown`, `Invalid`."""
    root = actor.organisation_id
    await judge_unit(session, actor, root, Permission.organising_run)
    await must_see(session, "office_types", data.office_type_id, "/office_type_id")
    await must_see(session, "courses", data.course_id, "/course_id")
    # Of two who lay it down at once the second finds it.
    await session.execute("select pg_advisory_xact_lock(hashtextextended($1, 0))", f"requirement {data.office_type_id}")
    starts_on = data.starts_on or clock.today()
    known = (
        "select true from office_requirements where office_type_id = $1 and course_id = $2 "
        "and (ends_on is null or ends_on > $3)"
    )
    if await session.fetchval(known, data.office_type_id, data.course_id, starts_on):
        raise RequirementKnown
    entity = OfficeRequirement(
        branch_id=root, office_type_id=data.office_type_id, course_id=data.course_id, starts_on=starts_on
    )
    return await add_record(session, actor, NOUN, entity)


async def end_requirement(
    session: Session, actor: Actor, requirement_id: UUID, data: OfficeRequirementEnd, *, version: int | None = None
) -> Answer:
    """It is asked no longer from a day on. Raises `RequirementEnded`, `Invalid`, and as `hold_record`."""
    held = await hold_record(session, actor, NOUN, requirement_id, version=version)
    if held.row["ends_on"] is not None:
        raise RequirementEnded
    ends_on = data.ends_on or max(clock.today(), held.row["starts_on"])
    if ends_on < held.row["starts_on"]:
        raise Invalid.at("/ends_on", "before_beginning", "It does not come before what it follows.")
    await change_record(session, actor, held, {"ends_on": ends_on})
    return await answer_anew(session, actor, NOUN, requirement_id)


async def find_gaps(session: Session, actor: Actor, query: GapsQuery) -> TrainingGaps:
    """Officers in reach who serve on a day and lack what their office asks for. That it was asked is logged."""
    day = query.as_of or clock.today()
    rows = await session.fetch(_ASKED, day, query.branch_id)
    await record_read(session, actor, "organising", purpose="list:training_gap", branch_id=query.branch_id)
    people, courses = [{row[name] for row in rows} for name in ("person_id", "course_id")]
    # A certificate counts wherever its course was taken.
    async with session.as_role(ROLE):
        had = await session.fetch(_HAD, list(people), list(courses), day)
    known = {(row["person_id"], row["course_id"]): row for row in had}
    gaps = []
    for row in rows:
        one = known.get((row["person_id"], row["course_id"]))
        if one is None or not one["valid"]:
            gaps.append(TrainingGap(**dict(row), expired_on=one["expired_on"] if one else None))
    return TrainingGaps(as_of=day, data=gaps)
