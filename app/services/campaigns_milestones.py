"""Milestones of a campaign, and its timeline: what happened in it and what is to happen, day by day."""

from datetime import date
from typing import Literal
from uuid import UUID

from pydantic import Field

from app.core import clock
from app.core.actor import Actor
from app.core.db import Session
from app.core.lifecycle import Lifecycle, Transition
from app.core.paging import Answer, Body, Listing, PageQuery, Where, list_page
from app.core.permissions import Permission
from app.models.campaigns_objectives import (
    CampaignMilestone,
    CampaignMilestoneState,
    MilestoneCreate,
    MilestoneReach,
    MilestoneUpdate,
)
from app.models.campaigns_shapes import TimelineKind
from app.services.campaigns import CAMPAIGN, hold_open
from app.services.matters import past
from app.services.unit_records import (
    Noun,
    add_record,
    answer,
    answer_anew,
    begin_step,
    change_record,
    columns_of,
    facts_of,
    hold_record,
    list_records,
    open_record,
    read_record,
    take_step,
)

S = CampaignMilestoneState


def _step(action: str, sources: set[CampaignMilestoneState], to: CampaignMilestoneState, event: str) -> Transition:
    return Transition(
        action=action,
        from_states=frozenset(sources),
        to=to,
        permission=Permission.organising_run,
        event=f"milestone.{event}",
        path=f"/v1/milestones/{{id}}/{action}",
    )


MILESTONE_COURSE = Lifecycle(
    "milestone",
    (
        _step("reach", {S.planned}, S.reached, "reached"),
        _step("drop", {S.planned}, S.dropped, "dropped"),
        _step("restore", {S.reached, S.dropped}, S.planned, "restored"),
    ),
    state_field="state",
)

_SHOWN = ("campaign_id", "name", "name_cy", "due_on", "reached_on", "state", "state_since")
#: Without its unit, as the campaigns are.
MILESTONE = Noun(
    "milestone",
    CampaignMilestone,
    Listing(
        resource="organising",
        source="campaign_milestones m",
        key="m.id",
        columns=columns_of("m", *_SHOWN),
        sorts={"due_on": ("m.due_on", "date")},
        facts=facts_of("m", *_SHOWN),
    ),
    MILESTONE_COURSE,
)

#: An action and a win are there for whoever sees them; the rest is there with the campaign.
_ENTRIES = """
(
  select id, campaign_id, 'milestone' as kind, coalesce(reached_on, due_on) as on_day, name as title, state,
    null as note from campaign_milestones
  union all
  select id, campaign_id, 'step', on_day, action, to_state, note from campaign_steps
  union all
  select id, campaign_id, 'action', (starts_at at time zone 'Europe/London')::date, name, state, null from actions
  union all
  select id, campaign_id, 'win', won_on, what, state, null from wins
) e
"""
_TIMELINE = Listing(
    resource="organising",
    source=_ENTRIES,
    key="e.id",
    columns={name: f"e.{name}" for name in ("id", "kind", "on_day", "title", "state", "note")},
    sorts={"on_day": ("e.on_day", "date")},
)


class MilestonesQuery(PageQuery):
    """Milestones, what is due first before the others."""

    state: CampaignMilestoneState | None = Field(default=None, description="Only those in this state.")


class TimelineQuery(PageQuery):
    """The timeline, from its beginning unless told otherwise."""

    kind: TimelineKind | None = Field(default=None, description="Only entries of this kind.")
    sort: Literal["on_day", "-on_day"] = Field(default="on_day", description="By day, up or down.")


async def create_milestone(session: Session, actor: Actor, campaign_id: UUID, data: MilestoneCreate) -> Answer:
    """Plan a milestone. Raises `NotFound`, `Forbidden`, `CampaignClosed`."""
    held = await hold_open(session, actor, campaign_id)
    entity = CampaignMilestone(
        branch_id=held.branch_id, campaign_id=campaign_id, **data.model_dump(), state_since=clock.today()
    )
    return await add_record(session, actor, MILESTONE, entity)


async def list_milestones(session: Session, actor: Actor, campaign_id: UUID, query: MilestonesQuery) -> Body:
    """A page of a campaign's milestones. Raises `NotFound`, `CursorInvalid`."""
    await open_record(session, actor, CAMPAIGN, campaign_id)
    where = Where()
    where.add("m.campaign_id = {}", campaign_id)
    if query.state is not None:
        where.add("m.state = {}", query.state)
    return await list_records(session, actor, MILESTONE, where, query, sort="due_on")


async def get_milestone(session: Session, actor: Actor, milestone_id: UUID) -> Answer:
    """A milestone. Raises `NotFound`. The read is logged."""
    return answer(actor, await read_record(session, actor, MILESTONE, milestone_id))


async def change_milestone(
    session: Session, actor: Actor, milestone_id: UUID, data: MilestoneUpdate, *, version: int
) -> Answer:
    """Correct a milestone. Raises `NotFound`, `Forbidden`, `PreconditionFailed`, `CampaignClosed`."""
    held = await hold_record(session, actor, MILESTONE, milestone_id, version=version)
    await hold_open(session, actor, held.row["campaign_id"])
    await change_record(session, actor, held, data.changes())
    return await answer_anew(session, actor, MILESTONE, milestone_id)


async def reach_milestone(
    session: Session, actor: Actor, milestone_id: UUID, data: MilestoneReach, *, version: int | None = None
) -> Answer:
    """It was reached. Raises as `begin_step`, `CampaignClosed`, and `Invalid` for a day to come."""
    return await _move(session, actor, milestone_id, "reach", version, reached_on=past(data.on_day, "/on_day"))


async def drop_milestone(session: Session, actor: Actor, milestone_id: UUID, *, version: int | None = None) -> Answer:
    """It is not to be reached any more. Raises as `begin_step`, and `CampaignClosed`."""
    return await _move(session, actor, milestone_id, "drop", version)


async def restore_milestone(
    session: Session, actor: Actor, milestone_id: UUID, *, version: int | None = None
) -> Answer:
    """It is to be reached after all, or was not. Raises as `begin_step`, and `CampaignClosed`."""
    return await _move(session, actor, milestone_id, "restore", version, reached_on=None)


async def _move(
    session: Session, actor: Actor, milestone_id: UUID, action: str, version: int | None, **columns: date | None
) -> Answer:
    held = await begin_step(session, actor, MILESTONE, milestone_id, action, version=version)
    await hold_open(session, actor, held.row["campaign_id"])
    await take_step(session, actor, held, action, columns=columns)
    return await answer_anew(session, actor, MILESTONE, milestone_id)


async def list_timeline(session: Session, actor: Actor, campaign_id: UUID, query: TimelineQuery) -> Body:
    """A page of a campaign's timeline. Raises `NotFound`, `CursorInvalid`. The read is logged."""
    await read_record(session, actor, CAMPAIGN, campaign_id, "timeline")
    where = Where()
    where.add("e.campaign_id = {}", campaign_id)
    if query.kind is not None:
        where.add("e.kind = {}", query.kind)
    return await list_page(session, actor, _TIMELINE, where, query, sort=query.sort)
