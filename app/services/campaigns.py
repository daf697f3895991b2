"""Campaigns: drafted, led, taken along their course, and ended with what came of them."""

from collections.abc import Mapping
from datetime import date
from typing import Any, Literal
from uuid import UUID

from pydantic import Field

from app.core import clock
from app.core.actor import Actor
from app.core.db import Session
from app.core.errors import Conflict, Invalid
from app.core.lifecycle import Guard, Lifecycle, Record, Transition
from app.core.paging import Answer, Body, Listing, Where
from app.core.permissions import Permission
from app.core.text import Name
from app.models.campaigns import Campaign, CampaignStage, CampaignState
from app.models.campaigns_parts import CampaignStep
from app.models.campaigns_shapes import CampaignClose, CampaignCreate, CampaignEnd, CampaignReopen, CampaignUpdate
from app.services.contacts import must_see_person
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
    read_record,
    take_step,
)

S = CampaignState
ENDED = frozenset({S.won, S.part_won, S.lost, S.closed})


def _led(record: Record, _today: date) -> str | None:
    return "no_lead" if record["lead_person_id"] is None else None


def _has_won(record: Record, _today: date) -> str | None:
    return None if record["has_win"] else "no_win"


def _step(
    action: str,
    sources: frozenset[CampaignState],
    to: CampaignState,
    event: str,
    *,
    guard: Guard | None = None,
    required: tuple[str, ...] = (),
) -> Transition:
    return Transition(
        action=action,
        from_states=sources,
        to=to,
        permission=Permission.organising_run,
        event=f"campaign.{event}",
        path=f"/v1/campaigns/{{id}}/{action.replace('_', '-')}",
        guard=guard,
        required_fields=required,
    )


_ACTIVE = frozenset({S.active})
COURSE = Lifecycle(
    "campaign",
    (
        _step("activate", frozenset({S.draft}), S.active, "activated", guard=_led),
        _step("win", _ACTIVE, S.won, "won", guard=_has_won, required=("outcome",)),
        _step("part_win", _ACTIVE, S.part_won, "part_won", guard=_has_won, required=("outcome",)),
        _step("lose", _ACTIVE, S.lost, "lost", required=("outcome",)),
        _step("close", frozenset(S) - {S.closed}, S.closed, "closed"),
        # What was closed as a draft may never have had anybody to lead it.
        _step("reopen", ENDED, S.active, "reopened", guard=_led, required=("reason",)),
    ),
    state_field="state",
)

_SHOWN = (
    "name", "name_cy", "issue", "aims", "stage", "lead_person_id", "starts_on", "ends_on", "state", "state_since",
    "outcome",
)  # fmt: skip

#: A listing without its unit: who takes part sees campaigns of others, which a scope of one unit would leave out.
CAMPAIGN = Noun(
    "campaign",
    Campaign,
    Listing(
        resource="organising",
        source="campaigns c",
        key="c.id",
        columns=columns_of("c", *_SHOWN),
        sorts={
            "name": ("c.name", "text"),
            # A campaign without a day begins after all others.
            "starts_on": ("coalesce(c.starts_on, 'infinity'::date)", "date"),
        },
        facts=facts_of(
            "c",
            *_SHOWN,
            has_win="exists (select from wins w where w.campaign_id = c.id and w.state <> 'withdrawn')",
        ),
    ),
    COURSE,
)

#: With the policy that opens these to whoever takes part.
_COUNTS = """
select
  (select count(distinct branch_id) from campaign_branches where campaign_id = $1 and until_day is null) as branches,
  (select count(*) from campaign_organisations where campaign_id = $1 and until_day is null) as organisations,
  (select json_build_object('id', m.id, 'name', m.name, 'due_on', m.due_on)::jsonb from campaign_milestones m
   where m.campaign_id = $1 and m.state = 'planned' order by m.due_on, m.id limit 1) as next_milestone,
  counted.*
from (
  select count(*) as objectives, count(*) filter (where objective_reached(o.baseline, o.target_value, (
    select t.value from campaign_measurements t where t.objective_id = o.id order by t.on_day desc, t.id desc limit 1
  ))) as objectives_reached
  from campaign_objectives o where o.campaign_id = $1 and o.state = 'pursued'
) counted
"""


class CampaignClosed(Conflict):
    """Reopen a campaign before anything of it is changed."""

    code = "campaign_closed"
    sentence = "The campaign is closed."


class CampaignsQuery(UnitQuery):
    """Which campaigns, by name unless told otherwise."""

    state: CampaignState | None = Field(default=None, description="Only those in this state.")
    stage: CampaignStage | None = Field(default=None, description="Only those at this stage.")
    q: Name | None = Field(default=None, description="What is part of the name.")
    organisation_id: UUID | None = Field(default=None, description="Only those in which this organisation takes part.")
    lead_person_id: UUID | None = Field(default=None, description="Only those that this person leads.")
    sort: Literal["name", "-name", "starts_on", "-starts_on"] = Field(default="name", description="In which order.")


async def create_campaign(session: Session, actor: Actor, data: CampaignCreate) -> Answer:
    """Draft a campaign. Raises `NotFound` for a unit out of sight, `Forbidden`, `Invalid` for a lead out of sight."""
    await judge_unit(session, actor, data.branch_id, Permission.organising_run)
    if data.lead_person_id is not None:
        await must_see_person(session, data.lead_person_id, "/lead_person_id")
    return await add_record(session, actor, CAMPAIGN, Campaign(**data.model_dump(), state_since=clock.today()))


async def list_campaigns(session: Session, actor: Actor, query: CampaignsQuery) -> Body:
    """A page of the campaigns in reach, and of those in which a unit in reach takes part. Raises `CursorInvalid`."""
    where = Where()
    query.narrow(where, "c")
    for name in ("state", "stage", "lead_person_id"):
        if (value := getattr(query, name)) is not None:
            where.add(f"c.{name} = {{}}", value)
    if query.q is not None:
        where.add("strpos(lower(concat_ws(' ', c.name, c.name_cy)), lower({})) > 0", query.q)
    if query.organisation_id is not None:
        where.add(
            "exists (select from campaign_organisations p "
            "where p.campaign_id = c.id and p.organisation_id = {} and p.until_day is null)",
            query.organisation_id,
        )
    return await list_records(session, actor, CAMPAIGN, where, query, sort=query.sort)


async def get_campaign(session: Session, actor: Actor, campaign_id: UUID) -> Answer:
    """A campaign with how far it has come. Raises `NotFound`. The read is logged."""
    held = await read_record(session, actor, CAMPAIGN, campaign_id)
    counts = await session.fetchrow(_COUNTS, campaign_id)
    assert counts is not None, "a query of counts gives a row"
    return answer(actor, held, dict(counts))


async def change_campaign(
    session: Session, actor: Actor, campaign_id: UUID, data: CampaignUpdate, *, version: int
) -> Answer:
    """Change a campaign.

    Raises `NotFound`, `Forbidden`, `PreconditionFailed`, and `Invalid` for a lead out of sight, none for what is
    active, or an end before the beginning.
    """
    held = await hold_record(session, actor, CAMPAIGN, campaign_id, version=version)
    changes = data.changes()
    if (lead := changes.get("lead_person_id")) is not None:
        await must_see_person(session, lead, "/lead_person_id")
    elif "lead_person_id" in changes and held.state == S.active:
        raise Invalid.at("/lead_person_id", "no_lead", "Name who leads an active campaign.")
    _must_be_in_order({**held.row, **changes})
    await change_record(session, actor, held, changes)
    return await answer_anew(session, actor, CAMPAIGN, campaign_id)


def _must_be_in_order(told: Mapping[str, Any]) -> None:
    if told["starts_on"] is not None and told["ends_on"] is not None and told["ends_on"] < told["starts_on"]:
        raise Invalid.at("/ends_on", "ends_before_start", "Let it end on the day it begins, or later.")


async def activate(session: Session, actor: Actor, campaign_id: UUID, *, version: int | None = None) -> Answer:
    """Begin the campaign. Raises as `begin_step`."""
    held = await begin_step(session, actor, CAMPAIGN, campaign_id, "activate", version=version)
    return await _take(session, actor, held, "activate", {}, None)


async def end(
    session: Session,
    actor: Actor,
    campaign_id: UUID,
    action: Literal["win", "part_win", "lose"],
    data: CampaignEnd,
    *,
    version: int | None = None,
) -> Answer:
    """It is won, in part or whole, or lost. Raises as `begin_step`."""
    held = await begin_step(session, actor, CAMPAIGN, campaign_id, action, version=version)
    return await _take(session, actor, held, action, {"outcome": data.outcome}, data.outcome)


async def close(
    session: Session, actor: Actor, campaign_id: UUID, data: CampaignClose, *, version: int | None = None
) -> Answer:
    """Nothing more is done. Raises as `begin_step`, and `Invalid` without the outcome of an active campaign."""
    held = await begin_step(session, actor, CAMPAIGN, campaign_id, "close", version=version)
    if held.state == S.active and data.outcome is None:
        raise Invalid.at("/outcome", "outcome_needed", "Say what came of it.")
    columns = {} if data.outcome is None else {"outcome": data.outcome}
    return await _take(session, actor, held, "close", columns, data.outcome)


async def reopen(
    session: Session, actor: Actor, campaign_id: UUID, data: CampaignReopen, *, version: int | None = None
) -> Answer:
    """Take a campaign up again; what came of it the first time stays with its steps. Raises as `begin_step`."""
    held = await begin_step(session, actor, CAMPAIGN, campaign_id, "reopen", version=version)
    return await _take(session, actor, held, "reopen", {"outcome": None}, data.reason)


async def _take(
    session: Session, actor: Actor, held: Held, action: str, columns: Mapping[str, Any], note: str | None
) -> Answer:
    await take_step(session, actor, held, action, columns=columns)
    to_state = next(t.to for t in COURSE.transitions if t.action == action)
    assert to_state is not None, "every step of a campaign leads somewhere"
    step = CampaignStep(
        campaign_id=held.id,
        action=action,
        from_state=held.state,
        to_state=to_state,
        on_day=clock.today(),
        account_id=actor.account_id,
        note=note,
    )
    await session.insert(step)
    return await answer_anew(session, actor, CAMPAIGN, held.id)


async def hold_open(session: Session, actor: Actor, campaign_id: UUID) -> Held:
    """A campaign of which something is to be changed, held. Raises `NotFound`, `Forbidden`, `CampaignClosed`."""
    held = await hold_record(session, actor, CAMPAIGN, campaign_id)
    if held.state == S.closed:
        raise CampaignClosed
    return held
