"""A listening campaign is planned, corrected, taken along its course, and joined by institutions."""

from datetime import date
from typing import Any, Literal
from uuid import UUID

from pydantic import Field

from app.core import clock
from app.core.actor import Actor
from app.core.db import Session
from app.core.errors import Conflict, Invalid
from app.core.paging import Answer, Body, Listing, PageQuery, Where
from app.core.permissions import Permission
from app.models.actions import ActionKind
from app.models.contacts import OrganisationNamed
from app.models.listening import ListeningCampaign, ListeningOrganisation, ListeningState
from app.models.listening_shapes import ListeningCampaignCreate, ListeningCampaignUpdate, TakingPart, TakingPartEnd
from app.services.contacts import organisation_named
from app.services.listening.facts import CAMPAIGN, ListeningOver, NotTakingPart, list_of_campaign
from app.services.listening.lifecycle import OPEN
from app.services.matters import past
from app.services.unit_records import (
    Held,
    UnitQuery,
    add_record,
    answer,
    answer_anew,
    begin_step,
    change_record,
    hold_record,
    judge_unit,
    list_records,
    must_see,
    note,
    read_record,
    take_step,
)

#: What can still be changed while institutions discern.
_OF_ASSEMBLY = frozenset({"assembly_action_id", "assembly_on"})

_ACTION_KIND = "select kind from actions where id = $1"
_WITHIN = """
select b.path @> array[$2::uuid] from organisations o join branches b on b.id = o.branch_id where o.id = $1
"""
_PART = """
select p.id, p.joined_on,
  exists (select from listening_votes v where v.listening_campaign_id = p.listening_campaign_id
    and v.organisation_id = p.organisation_id and v.struck_on is null) as voted
from listening_organisations p where p.listening_campaign_id = $1 and p.organisation_id = $2 and p.left_on is null
"""
_HEARD = """
select
  (select count(distinct organisation_id) from listening_organisations
   where listening_campaign_id = $1 and left_on is null) as organisations,
  (select count(*) from listening_sessions where listening_campaign_id = $1) as sessions,
  (select coalesce(sum(participants), 0)::int from listening_sessions where listening_campaign_id = $1) as people,
  (select count(*) from listening_issues where listening_campaign_id = $1) as issues,
  (select count(*) from listening_issues i join listening_groupings g on g.listening_issue_id = i.id
   where i.listening_campaign_id = $1 and g.replaced_at is null) as grouped,
  (select count(*) from listening_themes where listening_campaign_id = $1) as themes,
  (select count(*) from listening_votes where listening_campaign_id = $1 and struck_on is null) as votes
"""
_THEIR_SESSIONS = """
from listening_sessions s
where s.listening_campaign_id = p.listening_campaign_id and s.organisation_id = p.organisation_id
"""
_TAKING_PART = Listing(
    resource="organising",
    source="listening_organisations p",
    key="p.id",
    columns={
        **{n: f"p.{n}" for n in ("id", "listening_campaign_id", "organisation_id", "joined_on", "left_on")},
        "sessions": f"(select count(*) {_THEIR_SESSIONS})",
        "people": f"(select coalesce(sum(s.participants), 0) {_THEIR_SESSIONS})",
        "voted": "exists (select from listening_votes v where v.listening_campaign_id = p.listening_campaign_id "
        "and v.organisation_id = p.organisation_id and v.struck_on is null)",
    },
    sorts={"joined_on": ("p.joined_on", "date")},
)


class TakesPartAlready(Conflict):
    code = "takes_part_already"
    sentence = "The institution takes part already."


class HasVoted(Conflict):
    code = "has_voted"
    sentence = "The institution has voted: it took part."


class ListeningCampaignsQuery(UnitQuery):
    """Which listening campaigns, the one that began last before the others."""

    state: ListeningState | None = Field(default=None, description="Only those in this state.")
    campaign_id: UUID | None = Field(default=None, description="Only those that are part of this campaign.")
    organisation_id: UUID | None = Field(default=None, description="Only those in which this institution takes part.")
    sort: Literal["starts_on", "-starts_on", "name", "-name"] = Field(
        default="-starts_on", description="In which order."
    )


class TakingPartQuery(PageQuery):
    """The institution that joined first before the others."""


async def create_campaign(session: Session, actor: Actor, data: ListeningCampaignCreate) -> Answer:
    """Plan a listening campaign, with institutions that take part.

    Raises `Invalid` for what is out of sight, an assembly that is none, or an end before the beginning; `Forbidden`.
    """
    await judge_unit(session, actor, data.branch_id, Permission.organising_run)
    said = data.model_dump(exclude={"organisations"})
    await _judge(session, said)
    entity = ListeningCampaign(**said, state_since=clock.today())
    made = await add_record(session, actor, CAMPAIGN, entity)
    for number, named in enumerate(data.organisations):
        await _join(session, actor, entity.id, data.branch_id, named, clock.today(), f"/organisations/{number}")
    return made


async def list_campaigns(session: Session, actor: Actor, query: ListeningCampaignsQuery) -> Body:
    """A page of the listening campaigns in reach. Raises `CursorInvalid`."""
    where = Where()
    query.narrow(where, "l")
    if query.state is not None:
        where.add("l.state = {}", query.state)
    if query.campaign_id is not None:
        where.add("l.campaign_id = {}", query.campaign_id)
    if query.organisation_id is not None:
        where.add(
            "exists (select from listening_organisations p "
            "where p.listening_campaign_id = l.id and p.organisation_id = {} and p.left_on is null)",
            query.organisation_id,
        )
    return await list_records(session, actor, CAMPAIGN, where, query, sort=query.sort)


async def get_campaign(session: Session, actor: Actor, campaign_id: UUID) -> Answer:
    """The whole of a listening campaign. Raises `NotFound`. The read is logged."""
    held = await read_record(session, actor, CAMPAIGN, campaign_id)
    heard = await session.fetchrow(_HEARD, campaign_id)
    assert heard is not None, "a query of counts gives a row"
    return answer(actor, held, dict(heard))


async def change_campaign(
    session: Session, actor: Actor, campaign_id: UUID, data: ListeningCampaignUpdate, *, version: int
) -> Answer:
    """Change what is planned; while institutions discern, of the assembly alone.

    Raises `NotFound`, `Forbidden`, `PreconditionFailed`, `ListeningOver`, and `Invalid` as `create_campaign`.
    """
    held = await hold_record(session, actor, CAMPAIGN, campaign_id, version=version)
    changes = data.changes()
    discerns = held.state == ListeningState.discerning
    if held.state not in OPEN or (discerns and not changes.keys() <= _OF_ASSEMBLY):
        raise ListeningOver
    await _judge(session, {**held.row, **changes}, named=changes.keys())
    await change_record(session, actor, held, changes)
    return await answer_anew(session, actor, CAMPAIGN, campaign_id)


async def _judge(session: Session, said: dict[str, Any], *, named: Any = None) -> None:
    """Raises `Invalid`. Only what is `named` is looked for: the rest was in sight of whoever said it."""
    named = said.keys() if named is None else named
    if said["ends_on"] < said["starts_on"]:
        raise Invalid.at("/ends_on", "ends_before_start", "Let it end on the day it begins, or later.")
    if "campaign_id" in named:
        await must_see(session, "campaigns", said["campaign_id"], "/campaign_id")
    if "assembly_action_id" in named and said["assembly_action_id"] is not None:
        await must_see(session, "actions", said["assembly_action_id"], "/assembly_action_id")
        if await session.fetchval(_ACTION_KIND, said["assembly_action_id"]) != ActionKind.assembly:
            raise Invalid.at("/assembly_action_id", "not_an_assembly", "Name an action that is an assembly.")


async def start(session: Session, actor: Actor, campaign_id: UUID, *, version: int | None = None) -> Answer:
    """Begin to listen. Raises as `begin_step`."""
    return await _step(session, actor, campaign_id, "start", version)


async def begin_discernment(session: Session, actor: Actor, campaign_id: UUID, *, version: int | None = None) -> Answer:
    """End the listening, and let institutions vote on themes. Raises as `begin_step`."""
    return await _step(session, actor, campaign_id, "begin_discernment", version)


async def cancel(session: Session, actor: Actor, campaign_id: UUID, *, version: int | None = None) -> Answer:
    """Give a campaign up before institutions discern. Raises as `begin_step`."""
    return await _step(session, actor, campaign_id, "cancel", version)


async def _step(session: Session, actor: Actor, campaign_id: UUID, action: str, version: int | None) -> Answer:
    held = await begin_step(session, actor, CAMPAIGN, campaign_id, action, version=version)
    await take_step(session, actor, held, action)
    return await answer_anew(session, actor, CAMPAIGN, campaign_id)


async def list_organisations(session: Session, actor: Actor, campaign_id: UUID, query: TakingPartQuery) -> Body:
    """A page of the institutions that take part, or did. Raises `NotFound`, `CursorInvalid`."""
    return await list_of_campaign(session, actor, campaign_id, _TAKING_PART, Where(), query, sort="joined_on")


async def add_organisation(session: Session, actor: Actor, campaign_id: UUID, data: TakingPart) -> Answer:
    """Let an institution take part.

    Raises `NotFound`, `Forbidden`, `ListeningOver`, `TakesPartAlready`, and `Invalid` for one out of sight, in the care
    of another unit, or for a day to come.
    """
    held = await _hold_open(session, actor, campaign_id)
    joined_on = past(data.joined_on, "/joined_on")
    await _join(session, actor, campaign_id, held.branch_id, data.organisation, joined_on, "/organisation")
    return await answer_anew(session, actor, CAMPAIGN, campaign_id)


async def remove_organisation(
    session: Session, actor: Actor, campaign_id: UUID, organisation_id: UUID, data: TakingPartEnd
) -> Answer:
    """End the part of an institution that has not voted.

    Raises `NotFound`, `Forbidden`, `ListeningOver`, `NotTakingPart`, `HasVoted`, and `Invalid` for a day before it
    joined, or to come.
    """
    held = await _hold_open(session, actor, campaign_id)
    part = await session.fetchrow(_PART, campaign_id, organisation_id)
    if part is None:
        raise NotTakingPart
    if part["voted"]:
        raise HasVoted
    left_on = past(data.left_on, "/left_on")
    if left_on < part["joined_on"]:
        raise Invalid.at("/left_on", "ends_before_start", "Let it leave on the day it joined, or later.")
    await session.execute("update listening_organisations set left_on = $2 where id = $1", part["id"], left_on)
    await note(session, actor, CAMPAIGN, campaign_id, held.branch_id, "listening_campaign.organisation_left")
    return await answer_anew(session, actor, CAMPAIGN, campaign_id)


async def _hold_open(session: Session, actor: Actor, campaign_id: UUID) -> Held:
    held = await hold_record(session, actor, CAMPAIGN, campaign_id)
    if held.state not in OPEN:
        raise ListeningOver
    return held


async def _join(
    session: Session,
    actor: Actor,
    campaign_id: UUID,
    branch_id: UUID,
    named: OrganisationNamed,
    joined_on: date,
    pointer: str,
) -> None:
    organisation_id = await organisation_named(session, actor, branch_id, named, pointer)
    # Whoever sees a campaign sees its institutions, so that everybody counts the same ones.
    if not await session.fetchval(_WITHIN, organisation_id, branch_id):
        raise Invalid.at(pointer, "organisation_elsewhere", "Name one in the care of this unit or of one below it.")
    if await session.fetchrow(_PART, campaign_id, organisation_id) is not None:
        raise TakesPartAlready
    await session.insert(
        ListeningOrganisation(listening_campaign_id=campaign_id, organisation_id=organisation_id, joined_on=joined_on)
    )
    await note(session, actor, CAMPAIGN, campaign_id, branch_id, "listening_campaign.organisation_joined")
