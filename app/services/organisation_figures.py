"""How organisations stood and stayed: their course by day, and the retention of members and of dues."""

from collections.abc import Mapping
from datetime import date
from decimal import ROUND_HALF_EVEN, Decimal
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field

from app.core import charts, clock
from app.core.actor import Actor
from app.core.clock import months_after
from app.core.db import Session
from app.core.errors import Invalid
from app.models.members import LegalDate
from app.models.organisations_shapes import OrganisationStepRead, OrganisationSteps, OrganisationTermRead, Retention
from app.services.access import record_read
from app.services.organisations import ORGANISATION
from app.services.unit_records import read_record

_STEPS = """
select from_state, to_state, on_day, account_id, note
from organisation_steps where organisation_id = $1 order by id limit 1000
"""
_TERMS = """
select id, begun, starts_on, ends_on, dues_pence
from organisation_terms where organisation_id = $1 order by starts_on, id limit 1000
"""
#: Members on a day, by what they pay for that year.
_MEMBERS = """
select t.organisation_id, max(t.dues_pence) as dues from organisation_terms t
join organisations o on o.id = t.organisation_id join branches b on b.id = o.branch_id
where t.starts_on <= $1 and $1 < t.ends_on and ($2::uuid is null or b.path @> array[$2::uuid])
group by t.organisation_id
"""


class RetentionQuery(BaseModel):
    """Between which days, and where."""

    model_config = ConfigDict(extra="forbid", populate_by_name=True)

    starts_on: LegalDate | None = Field(
        default=None, alias="from", description="A year before the other day, if left out."
    )
    ends_on: LegalDate | None = Field(default=None, alias="to", description="Today if left out.")
    branch_id: UUID | None = Field(default=None, description="In this unit and in everything below it.")


async def get_steps(session: Session, actor: Actor, organisation_id: UUID) -> OrganisationSteps:
    """An organisation's steps and years. Raises `NotFound`. The read is logged."""
    await read_record(session, actor, ORGANISATION, organisation_id, purpose="steps")
    steps, terms = await session.fetch(_STEPS, organisation_id), await session.fetch(_TERMS, organisation_id)
    return OrganisationSteps(
        steps=[OrganisationStepRead(**row) for row in steps], terms=[OrganisationTermRead(**row) for row in terms]
    )


async def get_retention(session: Session, actor: Actor, query: RetentionQuery) -> Retention:
    """How many members stayed between two days. Raises `Invalid` for days out of order."""
    ends_on = query.ends_on or clock.today()
    starts_on = query.starts_on or months_after(ends_on, -12)
    if ends_on <= starts_on:
        raise Invalid.at("#query/to", "not_after_beginning", "Name a day after the first one.")
    await record_read(session, actor, "organising", purpose="read:retention", branch_id=query.branch_id)
    members = [
        {row["organisation_id"]: row["dues"] for row in await session.fetch(_MEMBERS, day, query.branch_id)}
        for day in (starts_on, ends_on)
    ]
    return retention(starts_on, ends_on, *members)


def retention(starts_on: date, ends_on: date, before: Mapping[UUID, int], after: Mapping[UUID, int]) -> Retention:
    """Of the members of one day those of another, and what the same ones pay: both days by what each pays, in pence."""
    stayed = before.keys() & after.keys()
    base, kept = sum(before.values()), sum(after[one] for one in stayed)
    return Retention(
        starts_on=starts_on,
        ends_on=ends_on,
        at_start=len(before),
        renewed=len(stayed),
        new=len(after) - len(stayed),
        lost=len(before) - len(stayed),
        at_end=len(after),
        net=len(after) - len(before),
        retention_percent=_percent(len(stayed), len(before)),
        dues_at_start_pence=base,
        dues_renewed_pence=kept,
        dues_retention_percent=_percent(kept, base),
    )


async def draw_retention(session: Session, actor: Actor, query: RetentionQuery) -> bytes:
    """The same as a chart. Raises as `get_retention`."""
    told = await get_retention(session, actor, query)
    labels = ["At the start", "Renewed", "New", "Lost", "At the end"]
    return charts.bars(
        f"Member institutions, {told.starts_on} to {told.ends_on}",
        labels,
        {"Institutions": [told.at_start, told.renewed, told.new, told.lost, told.at_end]},
    )


def _percent(part: int, whole: int) -> float | None:
    return float((Decimal(100 * part) / whole).quantize(Decimal("0.1"), ROUND_HALF_EVEN)) if whole else None
