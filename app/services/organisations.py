"""Organisations: put on record and corrected by the unit in whose care they are; on their way into membership."""

from collections.abc import Mapping
from datetime import date
from typing import Annotated, Any, Literal
from uuid import UUID

from pydantic import Field

from app.core import clock
from app.core.actor import Actor
from app.core.clock import months_after
from app.core.db import Session
from app.core.errors import Invalid
from app.core.lifecycle import Lifecycle, Transition
from app.core.paging import Answer, Body, Listing, Where
from app.core.permissions import Permission
from app.models.members import LegalDate
from app.models.organisations import (
    Organisation,
    OrganisationKind,
    OrganisationState,
    OrganisationStep,
    OrganisationTerm,
    TermBegun,
)
from app.models.organisations_shapes import OrganisationCreate, OrganisationJoin, OrganisationRenew, OrganisationUpdate
from app.services.unit_records import (
    Held,
    Noun,
    UnitQuery,
    add_record,
    answer,
    answer_anew,
    begin_step,
    change_record,
    columns_of,
    facts_of,
    hold_record,
    judge_unit,
    list_records,
    must_see,
    note,
    read_record,
    take_step,
)

S = OrganisationState
#: Those that are members, whether or not all is well.
MEMBERS = (S.active, S.at_risk)


def _step(action: str, sources: set[OrganisationState], to: OrganisationState, event: str, **more: Any) -> Transition:
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
        _step("flag_risk", {S.active}, S.at_risk, "flagged_at_risk", **_WHY),
        _step("recover", {S.at_risk}, S.active, "recovered"),
        _step("lapse", {*MEMBERS}, S.lapsed, "lapsed"),
        _step("leave", {S.negotiating, S.agreed, *MEMBERS}, S.left, "left", **_WHY),
        _step("return", {S.lapsed, S.left}, S.negotiating, "returned"),
    ),
    state_field="state",
)
NEED_REASON = frozenset(one.action for one in LIFECYCLE.transitions if one.required_fields)

_SHOWN = (
    "unit_id", "name", "name_cy", "kind", "traditions", "interests", "website", "charity_number", "postcode", "state",
    "state_since", "joined_on", "annual_dues_pence", "renewal_on",
)  # fmt: skip
#: As far as the reader sees one-to-ones at all.
_LAST_MET = "(select max(m.on_day) from one_to_ones m where m.organisation_id = o.id and m.state = 'held')"

ORGANISATION = Noun(
    "organisation",
    Organisation,
    Listing(
        resource="organising",
        source="organisations o",
        key="o.id",
        branch="o.branch_id",
        columns=columns_of("o", *_SHOWN, last_met_on=_LAST_MET),
        sorts={
            "name": ("o.name", "text"),
            "renewal_on": ("coalesce(o.renewal_on, 'infinity')", "date"),
            "joined_on": ("coalesce(o.joined_on, 'infinity')", "date"),
        },
        facts=facts_of("o", *_SHOWN),
    ),
    LIFECYCLE,
)


class OrganisationsQuery(UnitQuery):
    """Which organisations."""

    kind: OrganisationKind | None = None
    state: OrganisationState | None = None
    members: bool | None = Field(default=None, description="Only members of the alliance, or only the others.")
    q: Annotated[str, Field(min_length=2, max_length=100)] | None = Field(
        default=None, description="A part of the name."
    )
    renewal_before: LegalDate | None = Field(default=None, description="Those whose year ends before this day.")
    quiet_since: LegalDate | None = Field(
        default=None, description="Those with nobody of whom a one-to-one was held since this day."
    )
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
    where = Where()
    query.narrow(where, "o")
    for name in ("kind", "state"):
        if (value := getattr(query, name)) is not None:
            where.add(f"o.{name} = {{}}", value)
    if query.members is not None:
        where.add(f"(o.state = any ({{}}::text[])) is {str(query.members).lower()}", list(MEMBERS))
    if query.q is not None:
        where.add("strpos(lower(o.name), lower({})) > 0", query.q)
    if query.renewal_before is not None:
        where.add("o.renewal_on < {}", query.renewal_before)
    if query.quiet_since is not None:
        where.add(f"coalesce({_LAST_MET} < {{}}, true)", query.quiet_since)
    return await list_records(session, actor, ORGANISATION, where, query, sort=query.sort)


_DETAIL = """
select (
    select count(*) from affiliations a where a.organisation_id = $1 and coalesce($2 < a.ends_on, true)
  ) as affiliations,
  coalesce((select json_agg(json_build_object(
    'id', r.id, 'organisation_id', r.organisation_id, 'person_id', r.person_id, 'role', r.role, 'starts_on', r.starts_on, 'ends_on', r.ends_on, 'version', r.version,
    'created_at', utc(r.created_at), 'updated_at', utc(r.updated_at)) order by r.role, r.id)
    from representatives r where r.organisation_id = $1 and r.starts_on <= $2 and coalesce($2 < r.ends_on, true)),
    '[]')::jsonb as representatives
"""


async def get_organisation(session: Session, actor: Actor, organisation_id: UUID) -> Answer:
    """An organisation, with who speaks for it today. Raises `NotFound`. The read is logged."""
    held = await read_record(session, actor, ORGANISATION, organisation_id)
    row = await session.fetchrow(_DETAIL, organisation_id, clock.today())
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


async def step_organisation(
    session: Session, actor: Actor, organisation_id: UUID, action: str, why: str | None, *, version: int | None = None
) -> Answer:
    """A step that takes nothing but a note. Raises `Invalid` where it needs its reason, and as `begin_step`."""
    held = await begin_step(session, actor, ORGANISATION, organisation_id, action, version=version)
    if action in NEED_REASON and why is None:
        raise Invalid.at("/note", "reason_needed", "Say why.")
    if action == "leave" and held.state in MEMBERS:
        await _end_term(session, organisation_id)
    await _pass(session, actor, held, action, clock.today(), why)
    return await answer_anew(session, actor, ORGANISATION, organisation_id)


async def join_organisation(
    session: Session, actor: Actor, organisation_id: UUID, data: OrganisationJoin, *, version: int | None = None
) -> Answer:
    """It is a member from a day that is not to come, and its first year begins. Raises `Invalid`, as `begin_step`."""
    held = await begin_step(session, actor, ORGANISATION, organisation_id, "join", version=version)
    joined_on = data.joined_on or clock.today()
    if joined_on > clock.today():
        raise Invalid.at("/joined_on", "in_future", "Enter what has happened, on its day.")
    ends_on = await _add_term(session, held, TermBegun.joined, joined_on, data.dues_pence)
    await _pass(session, actor, held, "join", joined_on, None, {"joined_on": joined_on, "renewal_on": ends_on})
    return await answer_anew(session, actor, ORGANISATION, organisation_id)


async def renew_organisation(
    session: Session, actor: Actor, organisation_id: UUID, data: OrganisationRenew, *, version: int | None = None
) -> Answer:
    """Another year of membership. Raises `Invalid` for one that overlaps the year before, and as `hold_record`."""
    held = await hold_record(session, actor, ORGANISATION, organisation_id, version=version)
    if held.state not in MEMBERS:
        raise Invalid.at("", "not_a_member", "Only a member's year is renewed.")
    last = await session.fetchval(
        "select max(ends_on) from organisation_terms where organisation_id = $1", organisation_id
    )
    starts_on = data.starts_on or last or clock.today()
    if last is not None and starts_on < last:
        raise Invalid.at("/starts_on", "overlaps", "The year before it is not over by then.")
    ends_on = await _add_term(session, held, TermBegun.renewed, starts_on, data.dues_pence)
    await session.update(Organisation, organisation_id, {"renewal_on": ends_on})
    await note(session, actor, ORGANISATION, organisation_id, held.branch_id, "organisation.renewed")
    return await answer_anew(session, actor, ORGANISATION, organisation_id)


async def _pass(
    session: Session,
    actor: Actor,
    held: Held,
    action: str,
    on_day: date,
    why: str | None,
    columns: Mapping[str, Any] | None = None,
) -> None:
    """Take a step, and keep its day."""
    transition = next(one for one in LIFECYCLE.transitions if one.action == action)
    assert transition.to is not None, "every step of an organisation leads somewhere"
    step = OrganisationStep(
        organisation_id=held.id,
        from_state=held.state,
        to_state=transition.to,
        on_day=on_day,
        account_id=actor.account_id,
        note=why,
    )
    await session.insert(step)
    await take_step(session, actor, held, action, columns={"state_since": on_day, **(columns or {})})


async def _add_term(session: Session, held: Held, begun: TermBegun, starts_on: date, dues_pence: int | None) -> date:
    dues = held.row["annual_dues_pence"] or 0 if dues_pence is None else dues_pence
    ends_on = months_after(starts_on, 12)
    term = OrganisationTerm(organisation_id=held.id, begun=begun, starts_on=starts_on, ends_on=ends_on, dues_pence=dues)
    await session.insert(term)
    return ends_on


async def _end_term(session: Session, organisation_id: UUID) -> None:
    """Whoever leaves within a year is no member for the rest of it."""
    await session.execute(
        "update organisation_terms set ends_on = greatest($2, starts_on), version = version + 1, updated_at = $3 "
        "where organisation_id = $1 and $2 < ends_on",
        organisation_id,
        clock.today(),
        clock.now(),
    )
