"""Organisations: put on record and corrected by the unit in whose care they are; on their way into membership."""

from datetime import date
from typing import Any, Literal
from uuid import UUID

from pydantic import Field

from app.core import clock
from app.core.actor import Actor
from app.core.db import Session
from app.core.errors import Invalid
from app.core.lifecycle import Lifecycle, Transition
from app.core.paging import Answer, Body, Listing, Where
from app.core.permissions import Permission
from app.core.text import ShortText
from app.models.members import LegalDate
from app.models.organisations import Organisation, OrganisationKind, OrganisationState
from app.models.organisations_shapes import OrganisationCreate, OrganisationUpdate
from app.services.unit_records import (
    Noun,
    UnitQuery,
    add_record,
    answer,
    answer_anew,
    change_record,
    columns_of,
    facts_of,
    hold_record,
    judge_unit,
    list_records,
    must_see,
    note,
    read_record,
)

S = OrganisationState
#: Those that are members, whether or not all is well.
MEMBERS = (S.active, S.at_risk)


def _step(
    action: str, sources: set[OrganisationState], to: OrganisationState | None, event: str, **more: Any
) -> Transition:
    return Transition(
        action=action,
        from_states=frozenset(sources),
        to=to,
        permission=Permission.organising_run,
        event=f"organisation.{event}",
        path=f"/v1/organisations/{{id}}/{action.replace('_', '-')}",
        **more,
    )


_WHY: dict[str, Any] = {"required_fields": ("note",)}
LIFECYCLE = Lifecycle(
    "organisation",
    (
        _step("approach", {S.prospect}, S.negotiating, "approached"),
        _step("agree", {S.negotiating}, S.agreed, "agreed"),
        _step("join", {S.agreed}, S.active, "joined"),
        _step("renew", {*MEMBERS}, None, "renewed"),
        _step("flag_risk", {S.active}, S.at_risk, "flagged_at_risk", **_WHY),
        _step("recover", {S.at_risk}, S.active, "recovered"),
        _step("lapse", {*MEMBERS}, S.lapsed, "lapsed"),
        _step("leave", {S.negotiating, S.agreed, *MEMBERS}, S.left, "left", **_WHY),
        _step("return", {S.lapsed, S.left}, S.negotiating, "returned"),
    ),
    state_field="state",
)

_SHOWN = (
    "unit_id", "name", "name_cy", "kind", "traditions", "interests", "website", "charity_number", "postcode",
    "joined_on", "annual_dues_pence", "renewal_on",
)  # fmt: skip
#: The first step that it took, and what was last said of a day: a step can be entered after its day, and then what was
#: entered before it holds no longer.
_FIRST = "(select s.from_state from organisation_steps s where s.organisation_id = o.id order by s.id limit 1)"
_LAST = """(
  select s.{} from organisation_steps s where s.organisation_id = o.id and s.on_day <= $1 order by s.id desc limit 1
)"""
_STATE_ON = (
    f"case when o.state_since <= $1 then o.state else coalesce({_LAST.format('to_state')}, {_FIRST}, o.state) end"
)
_SINCE_ON = f"case when o.state_since <= $1 then o.state_since else {_LAST.format('on_day')} end"
#: As far as the reader sees one-to-ones at all.
_LAST_MET = "(select max(m.on_day) from one_to_ones m where m.organisation_id = o.id and m.state = 'held')"

ORGANISATION = Noun(
    "organisation",
    Organisation,
    # It names no branch: to be seen from its own unit, an organisation must not be looked for in one of care alone.
    Listing(
        resource="organising",
        source="organisations o",
        key="o.id",
        columns=columns_of("o", *_SHOWN, state=_STATE_ON, state_since=_SINCE_ON, last_met_on=_LAST_MET),
        sorts={
            "name": ("o.name", "text"),
            "renewal_on": ("coalesce(o.renewal_on, 'infinity')", "date"),
            "joined_on": ("coalesce(o.joined_on, 'infinity')", "date"),
        },
        facts=facts_of("o", *_SHOWN, "state", "state_since"),
    ),
    LIFECYCLE,
)


#: Days without a one-to-one after which an institution goes cold.
COLD = 60
#: Of an organisation `o`: one that is, or is about to be, a member, and goes cold. `$1` is the day.
GONE_COLD = (
    "o.state in ('negotiating', 'agreed', 'active', 'at_risk') and not exists (select from one_to_ones m "
    f"where m.organisation_id = o.id and m.state = 'held' and m.on_day >= $1::date - {COLD})"
)


class OrganisationsQuery(UnitQuery):
    """Which organisations."""

    kind: OrganisationKind | None = None
    state: OrganisationState | None = None
    members: bool | None = Field(default=None, description="Only members of the alliance, or only the others.")
    q: ShortText | None = Field(default=None, description="Part of either name, whatever the case.")
    renewal_before: LegalDate | None = Field(default=None, description="Those whose year ends before this day.")
    quiet_since: LegalDate | None = Field(
        default=None, description="Those with nobody of whom a one-to-one was held since this day."
    )
    cold: bool | None = Field(
        default=None, description=f"Those that go cold: members, or about to be, and quiet for {COLD} days."
    )
    as_of: LegalDate | None = Field(default=None, description="The day on which the state is told; today if left out.")
    sort: Literal["name", "-name", "renewal_on", "-renewal_on", "joined_on", "-joined_on"] = "name"


async def create_organisation(session: Session, actor: Actor, data: OrganisationCreate) -> Answer:
    """Put an organisation on record as a prospect. Raises `NotFound` for an unknown unit, `Forbidden`, `Invalid`."""
    return await add_organisation(session, actor, Organisation(**data.model_dump(), state_since=clock.today()))


async def add_organisation(session: Session, actor: Actor, entity: Organisation) -> Answer:
    """As `create_organisation`, of what another record names."""
    await judge_unit(session, actor, entity.branch_id, Permission.organising_run)
    await must_see(session, "branches", entity.unit_id, "/unit_id")
    return await add_record(session, actor, ORGANISATION, entity)


async def list_organisations(session: Session, actor: Actor, query: OrganisationsQuery) -> Body:
    """A page of the organisations in sight. Raises `CursorInvalid`."""
    where = Where(query.as_of)
    query.narrow(where, "o")
    if query.kind is not None:
        where.add("o.kind = {}", query.kind)
    if query.state is not None:
        where.add(f"{_STATE_ON} = {{}}", query.state)
    if query.members is not None:
        where.add(f"(({_STATE_ON}) = any ({{}}::text[])) is {str(query.members).lower()}", list(MEMBERS))
    if query.q is not None:
        where.add("strpos(lower(concat_ws(' / ', o.name, o.name_cy)), lower({})) > 0", query.q)
    if query.renewal_before is not None:
        where.add("o.renewal_on < {}", query.renewal_before)
    if query.quiet_since is not None:
        where.add(f"coalesce({_LAST_MET} < {{}}, true)", query.quiet_since)
    if query.cold is not None:
        where.add(f"({GONE_COLD}) = {{}}", query.cold)
    return await list_records(session, actor, ORGANISATION, where, query, sort=query.sort)


_DETAIL = """
select (
    select count(*) from affiliations a
    where a.organisation_id = $1 and a.starts_on <= $2 and coalesce($2 < a.ends_on, true)
  ) as affiliations,
  coalesce((
    select json_agg(json_build_object(
      'id', r.id, 'organisation_id', r.organisation_id, 'person_id', r.person_id, 'role', r.role,
      'starts_on', r.starts_on, 'ends_on', r.ends_on, 'version', r.version,
      'created_at', utc(r.created_at), 'updated_at', utc(r.updated_at)
    ) order by r.role, r.id)
    from representatives r where r.organisation_id = $1 and r.starts_on <= $2 and coalesce($2 < r.ends_on, true)
  ), '[]')::jsonb as representatives
"""


async def get_organisation(session: Session, actor: Actor, organisation_id: UUID, as_of: date | None = None) -> Answer:
    """An organisation, with its state and who spoke for it on a day, today if left out; what can be done is today's.

    Raises `NotFound`. The read is logged.
    """
    held = await read_record(session, actor, ORGANISATION, organisation_id, day=as_of)
    row = await session.fetchrow(_DETAIL, organisation_id, as_of or clock.today())
    assert row is not None, "a count gives a row"
    return answer(actor, held, dict(row))


async def update_organisation(
    session: Session, actor: Actor, organisation_id: UUID, data: OrganisationUpdate, *, version: int
) -> Answer:
    """Correct an organisation's record. Raises `Invalid`, and as `hold_record`."""
    held = await hold_record(session, actor, ORGANISATION, organisation_id, version=version)
    changes = data.changes()
    await must_see(session, "branches", changes.get("unit_id"), "/unit_id")
    await change_record(session, actor, held, changes)
    return await answer_anew(session, actor, ORGANISATION, organisation_id)


async def move_organisation(
    session: Session, actor: Actor, organisation_id: UUID, branch_id: UUID, *, version: int | None = None
) -> Answer:
    """Give it into the care of another unit, in which the right is held too. Raises as `judge_unit`, `hold_record`."""
    held = await hold_record(session, actor, ORGANISATION, organisation_id, version=version)
    await judge_unit(session, actor, branch_id, Permission.organising_run)
    if branch_id == held.branch_id:
        raise Invalid.at("/branch_id", "same_branch", "It is in the care of this unit already.")
    await change_record(session, actor, held, {"branch_id": branch_id})
    await note(session, actor, ORGANISATION, organisation_id, branch_id, "organisation.taken_over")
    return await answer_anew(session, actor, ORGANISATION, organisation_id)
