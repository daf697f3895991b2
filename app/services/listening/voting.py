"""Institutions decide: each has one voice, which its delegate gives."""

from typing import Literal
from uuid import UUID

from pydantic import Field

from app.core import clock
from app.core.actor import Actor
from app.core.db import Session
from app.core.errors import AppError, Conflict, Invalid, NotFound
from app.core.paging import Answer, Body, Listing, PageQuery, Where, fetch_one
from app.models.listening import ListeningState, ListeningVote
from app.models.listening_shapes import ListeningVoteCreate, ListeningVoteStrike
from app.services.listening.facts import CAMPAIGN, list_of_campaign, must_take_part
from app.services.listening.results import VOTING
from app.services.matters import past
from app.services.representatives import delegate_of
from app.services.unit_records import Held, hold_record, must_see, note

_STATE = "select state from organisations where id = $1"
_UNKNOWN = """
select choice from unnest($2::uuid[]) with ordinality c (theme_id, choice)
where not exists (select from listening_themes t where t.id = c.theme_id and t.listening_campaign_id = $1)
order by choice limit 1
"""
_VOTED = """
select exists (
  select from listening_votes where listening_campaign_id = $1 and organisation_id = $2 and struck_on is null)
"""
_VOTE = "select id, recorded_by, struck_on from listening_votes where listening_campaign_id = $1 and id = $2"
_SHOWN = (
    "id", "listening_campaign_id", "organisation_id", "theme_ids", "delegate_person_id", "on_day", "recorded_by",
    "struck_on", "struck_by", "struck_reason", "version",
)  # fmt: skip
_VOTES = Listing(
    resource="organising",
    source="listening_votes v",
    key="v.id",
    columns={
        **{name: f"v.{name}" for name in _SHOWN},
        "created_at": "utc(v.created_at)",
        "updated_at": "utc(v.updated_at)",
    },
    sorts={"created_at": ("v.created_at", "timestamptz")},
    facts={"version": "v.version"},
)


class NotDiscerning(Conflict):
    """Institutions vote once all are heard, and before the assembly has decided."""

    code = "not_discerning"
    sentence = "The institutions do not decide now."


class NotAMember(Conflict):
    code = "not_a_member"
    sentence = "Only institutions in membership vote."


class NoDelegate(Conflict):
    code = "no_delegate"
    sentence = "The institution has no voting representative on this day."


class AlreadyVoted(Conflict):
    code = "already_voted"
    sentence = "The institution has voted: it has one voice."


class AlreadyStruck(Conflict):
    code = "already_struck"
    sentence = "The vote is struck already."


class OwnVoteRecord(AppError):
    """A record of a vote is struck by two persons: one who recorded it, and another."""

    status = 403
    code = "own_vote_record"
    sentence = "Somebody else than its recorder strikes a vote."


class ListeningVotesQuery(PageQuery):
    """Which votes of a campaign, as they were recorded."""

    organisation_id: UUID | None = Field(default=None, description="Only those of this institution.")
    theme_id: UUID | None = Field(default=None, description="Only those for this theme.")
    struck: bool | None = Field(default=None, description="Only those that are struck; or, false, those that count.")
    sort: Literal["created_at", "-created_at"] = Field(default="created_at", description="As they were recorded.")


async def create_vote(session: Session, actor: Actor, campaign_id: UUID, data: ListeningVoteCreate) -> Answer:
    """Record the voice of an institution.

    Raises `NotFound`, `Forbidden`, `NotDiscerning`, `NotTakingPart`, `NotAMember`, `NoDelegate`, `AlreadyVoted`, and
    `Invalid` for an institution out of sight, a day before institutions discerned or to come,
    and themes that are too many or not the campaign's.
    """
    held = await _hold_discerning(session, actor, campaign_id)
    await must_see(session, "organisations", data.organisation_id, "/organisation_id")
    await must_take_part(session, campaign_id, data.organisation_id)
    if await session.fetchval(_STATE, data.organisation_id) not in VOTING:
        raise NotAMember
    on_day = past(data.on_day, "/on_day")
    if on_day < held.row["state_since"]:
        raise Invalid.at("/on_day", "before_discernment", "Institutions vote once they discern.")
    await _judge_themes(session, held, data.theme_ids)
    if await session.fetchval(_VOTED, campaign_id, data.organisation_id):
        raise AlreadyVoted
    delegate_id = await delegate_of(session, data.organisation_id, on_day)
    if delegate_id is None:
        raise NoDelegate
    vote = ListeningVote(
        listening_campaign_id=campaign_id,
        organisation_id=data.organisation_id,
        theme_ids=data.theme_ids,
        delegate_person_id=delegate_id,
        on_day=on_day,
        recorded_by=actor.account_id,
    )
    await session.insert(vote)
    await note(session, actor, CAMPAIGN, campaign_id, held.branch_id, "listening_campaign.vote_recorded")
    return await _told(session, actor, vote.id)


async def list_votes(session: Session, actor: Actor, campaign_id: UUID, query: ListeningVotesQuery) -> Body:
    """A page of the votes, struck ones too. Raises `NotFound`, `CursorInvalid`."""
    where = Where()
    if query.organisation_id is not None:
        where.add("v.organisation_id = {}", query.organisation_id)
    if query.theme_id is not None:
        where.add("{} = any (v.theme_ids)", query.theme_id)
    if query.struck is not None:
        where.add("(v.struck_on is not null) = {}", query.struck)
    return await list_of_campaign(session, actor, campaign_id, _VOTES, where, query, sort=query.sort)


async def strike_vote(
    session: Session, actor: Actor, campaign_id: UUID, vote_id: UUID, data: ListeningVoteStrike
) -> Answer:
    """Take back a vote that was recorded wrongly: another can then be recorded.

    Raises `NotFound`, `Forbidden`, `NotDiscerning`, `AlreadyStruck`, `OwnVoteRecord`.
    """
    held = await _hold_discerning(session, actor, campaign_id)
    vote = await session.fetchrow(_VOTE, campaign_id, vote_id)
    if vote is None:
        raise NotFound("vote")
    if vote["struck_on"] is not None:
        raise AlreadyStruck
    if vote["recorded_by"] == actor.account_id:
        raise OwnVoteRecord
    struck = {"struck_on": clock.today(), "struck_by": actor.account_id, "struck_reason": data.reason}
    await session.update(ListeningVote, vote_id, struck)
    await note(session, actor, CAMPAIGN, campaign_id, held.branch_id, "listening_campaign.vote_struck")
    return await _told(session, actor, vote_id)


async def _told(session: Session, actor: Actor, vote_id: UUID) -> Answer:
    row = await fetch_one(session, actor, _VOTES, vote_id)
    assert row is not None, "whoever writes a vote sees it"
    return Answer(vote_id, row["version"], row["json"].encode())


async def _hold_discerning(session: Session, actor: Actor, campaign_id: UUID) -> Held:
    held = await hold_record(session, actor, CAMPAIGN, campaign_id)
    if held.state != ListeningState.discerning:
        raise NotDiscerning
    return held


async def _judge_themes(session: Session, held: Held, theme_ids: list[UUID]) -> None:
    if len(theme_ids) > held.row["votes_each"]:
        raise Invalid.at("/theme_ids", "too_many_themes", "Name as many as each institution may, or fewer.")
    if (choice := await session.fetchval(_UNKNOWN, held.id, theme_ids)) is not None:
        raise Invalid.at(f"/theme_ids/{choice - 1}", "unknown_theme", "Name themes of this campaign.")
