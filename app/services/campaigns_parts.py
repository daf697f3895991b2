"""Who takes part in a campaign: units, which see it from then on, and organisations."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from pydantic import Field

from app.core.actor import Actor
from app.core.db import Session
from app.core.errors import Conflict, Invalid, NotFound
from app.core.paging import Answer, Body, Listing, PageQuery, Where, fetch_one, list_page
from app.models.base import Record
from app.models.campaigns_parts import (
    CampaignBranch,
    CampaignBranchAdd,
    CampaignOrganisation,
    CampaignOrganisationAdd,
    CampaignPartEnd,
    CampaignRole,
)
from app.services.access import record_read
from app.services.campaigns import CAMPAIGN, hold_open
from app.services.matters import past
from app.services.unit_records import Held, hold_record, must_see, note, open_record


@dataclass(frozen=True)
class _Part:
    """A kind of part: what takes it, under which column, and how it is read."""

    model: type[Record]
    taker: str
    taken_by: str
    columns: Sequence[str] = ()

    @property
    def table(self) -> str:
        return str(self.model.__tablename__)

    @property
    def noun(self) -> str:
        return self.taker.removesuffix("_id")

    @property
    def listing(self) -> Listing:
        names = ("id", "campaign_id", self.taker, *self.columns, "from_day", "until_day", "version")
        return Listing(
            resource="organising",
            source=f"{self.table} p",
            key="p.id",
            columns={
                **{name: f"p.{name}" for name in names},
                "name": f"(select t.name from {self.taken_by} t where t.id = p.{self.taker})",
                "created_at": "utc(p.created_at)",
                "updated_at": "utc(p.updated_at)",
            },
            sorts={"from_day": ("p.from_day", "date")},
            facts={"version": "p.version"},
        )


_BRANCH = _Part(CampaignBranch, "branch_id", "branches")
_ORGANISATION = _Part(CampaignOrganisation, "organisation_id", "organisations", ("role",))


class TakesPart(Conflict):
    code = "takes_part_already"
    sentence = "This one takes part already."


class CampaignPartsQuery(PageQuery):
    """Those that take part and those that did, whoever came first before the others."""

    current: bool = Field(default=False, description="Only those that still take part.")


class CampaignOrganisationsQuery(CampaignPartsQuery):
    role: CampaignRole | None = Field(default=None, description="Only those that take part in this way.")


async def list_branches(session: Session, actor: Actor, campaign_id: UUID, query: CampaignPartsQuery) -> Body:
    """A page of the units. Raises `NotFound`, `CursorInvalid`. That it was asked is logged."""
    return await _list(session, actor, campaign_id, _BRANCH, Where(), query)


async def list_organisations(
    session: Session, actor: Actor, campaign_id: UUID, query: CampaignOrganisationsQuery
) -> Body:
    """A page of the organisations. Raises `NotFound`, `CursorInvalid`. That it was asked is logged."""
    where = Where()
    if query.role is not None:
        where.add("p.role = {}", query.role)
    return await _list(session, actor, campaign_id, _ORGANISATION, where, query)


async def add_branch(session: Session, actor: Actor, campaign_id: UUID, data: CampaignBranchAdd) -> Answer:
    """Let a unit take part: whoever is in it sees the campaign.

    Raises `NotFound`, `Forbidden`, `CampaignClosed`, `TakesPart`, and `Invalid` for a unit out of sight, the one whose
    campaign it is, or a day to come.
    """
    held = await hold_open(session, actor, campaign_id)
    await must_see(session, "branches", data.branch_id, "/branch_id")
    if data.branch_id == held.branch_id:
        raise Invalid.at("/branch_id", "own_campaign", "The campaign is this unit's own.")
    from_day = past(data.from_day, "/from_day")
    part = CampaignBranch(campaign_id=campaign_id, branch_id=data.branch_id, from_day=from_day)
    return await _add(session, actor, held, _BRANCH, part, data.branch_id)


async def add_organisation(session: Session, actor: Actor, campaign_id: UUID, data: CampaignOrganisationAdd) -> Answer:
    """Let an organisation take part.

    Raises `NotFound`, `Forbidden`, `CampaignClosed`, `TakesPart`, and `Invalid` for one out of sight, or a day to come.
    """
    held = await hold_open(session, actor, campaign_id)
    await must_see(session, "organisations", data.organisation_id, "/organisation_id")
    from_day = past(data.from_day, "/from_day")
    part = CampaignOrganisation(campaign_id=campaign_id, **data.model_dump(exclude={"from_day"}), from_day=from_day)
    return await _add(session, actor, held, _ORGANISATION, part, data.organisation_id)


async def withdraw_branch(
    session: Session, actor: Actor, campaign_id: UUID, branch_id: UUID, data: CampaignPartEnd
) -> Answer:
    """End a unit's part and its sight. Raises `NotFound`, `Forbidden`, and `Invalid` for a day out of order."""
    return await _withdraw(session, actor, campaign_id, _BRANCH, branch_id, data.until_day)


async def withdraw_organisation(
    session: Session, actor: Actor, campaign_id: UUID, organisation_id: UUID, data: CampaignPartEnd
) -> Answer:
    """End an organisation's part. Raises `NotFound`, `Forbidden`, and `Invalid` for a day out of order."""
    return await _withdraw(session, actor, campaign_id, _ORGANISATION, organisation_id, data.until_day)


async def _list(
    session: Session, actor: Actor, campaign_id: UUID, part: _Part, where: Where, query: CampaignPartsQuery
) -> Body:
    held = await open_record(session, actor, CAMPAIGN, campaign_id)
    await record_read(
        session,
        actor,
        CAMPAIGN.resource,
        purpose=f"list:{part.table}",
        subject_id=campaign_id,
        branch_id=held.branch_id,
    )
    where.add("p.campaign_id = {}", campaign_id)
    if query.current:
        where.add("p.until_day is null")
    return await list_page(session, actor, part.listing, where, query, sort="from_day")


async def _add(session: Session, actor: Actor, held: Held, part: _Part, entity: Record, taker_id: UUID) -> Answer:
    if await _live(session, part, held.id, taker_id) is not None:
        raise TakesPart
    await session.insert(entity)
    await note(session, actor, CAMPAIGN, held.id, held.branch_id, f"campaign.{part.noun}_added")
    return await _told(session, actor, part, entity.id)


async def _withdraw(
    session: Session, actor: Actor, campaign_id: UUID, part: _Part, taker_id: UUID, said: date | None
) -> Answer:
    held = await hold_record(session, actor, CAMPAIGN, campaign_id)
    live = await _live(session, part, campaign_id, taker_id)
    if live is None:
        raise NotFound("part in the campaign")
    row_id, from_day = live
    until_day = past(said, "/until_day")
    if until_day < from_day:
        raise Invalid.at("/until_day", "ends_before_start", "Let it end on the day it began, or later.")
    await session.update(part.model, row_id, {"until_day": until_day})
    await note(session, actor, CAMPAIGN, campaign_id, held.branch_id, f"campaign.{part.noun}_withdrawn")
    return await _told(session, actor, part, row_id)


async def _live(session: Session, part: _Part, campaign_id: UUID, taker_id: UUID) -> tuple[UUID, date] | None:
    """The part that one takes now, and since when."""
    row = await session.fetchrow(
        f"select id, from_day from {part.table} where campaign_id = $1 and {part.taker} = $2 and until_day is null",
        campaign_id,
        taker_id,
    )
    return None if row is None else (row["id"], row["from_day"])


async def _told(session: Session, actor: Actor, part: _Part, row_id: UUID) -> Answer:
    row = await fetch_one(session, actor, part.listing, row_id)
    assert row is not None, "whoever writes a part sees it"
    return Answer(row_id, row["version"], row["json"].encode())
