"""People are heard: sessions, who was there, and what was said in their own words."""

from datetime import date
from typing import Any, Literal
from uuid import UUID

from pydantic import Field

from app.core.actor import Actor
from app.core.db import Session
from app.core.errors import Invalid
from app.core.paging import Answer, Body, PageQuery, Where
from app.core.permissions import Permission
from app.models.listening import (
    ListeningIssue,
    ListeningPart,
    ListeningSession,
    ListeningSessionKind,
    ListeningState,
    SessionParticipant,
)
from app.models.listening_heard import ListeningIssueCreate, ListeningSessionCreate, ListeningSessionUpdate
from app.services.contacts import person_named
from app.services.guardians import must_have_guardian
from app.services.listening.facts import CAMPAIGN, ISSUE, SESSION, NotListening, list_of_campaign, must_take_part
from app.services.matters import past
from app.services.unit_records import (
    Held,
    add_record,
    answer,
    answer_anew,
    change_record,
    hold_record,
    must_see,
    open_record,
    read_record,
)

_PEOPLE = """
select p.person_id, p.part from session_participants p where p.listening_session_id = $1 order by p.id
"""
_NAMED_AND_SAID = """
select (select count(*) from session_participants where listening_session_id = $1) as named,
  (select coalesce(max(count), 0) from listening_issues where listening_session_id = $1) as said
"""


class ListeningSessionsQuery(PageQuery):
    """Which sessions of a campaign, the latest first."""

    kind: ListeningSessionKind | None = Field(default=None, description="Only those of this kind.")
    organisation_id: UUID | None = Field(default=None, description="Only those of this institution's people.")
    sort: Literal["on_day", "-on_day"] = Field(default="-on_day", description="By day, up or down.")


class ListeningIssuesQuery(PageQuery):
    """Which issues of a campaign, the latest first."""

    listening_session_id: UUID | None = Field(default=None, description="Only those named in this session.")
    theme_id: UUID | None = Field(default=None, description="Only those put to this theme.")
    grouped: bool | None = Field(default=None, description="Only those put to a theme; or, false, those put to none.")
    sort: Literal["created_at", "-created_at"] = Field(default="-created_at", description="As they were recorded.")


async def create_session(session: Session, actor: Actor, campaign_id: UUID, data: ListeningSessionCreate) -> Answer:
    """Record a session, with those who may be named; of whom nothing was known becomes a supporter.

    Raises `NotFound`, `Forbidden`, `NotListening`, `NotTakingPart`, and `Invalid` for a day before the campaign or to
    come, for fewer people than are named, for whom or what is out of sight, or a minor without a guardian's consent.
    """
    held = await _hold_listening(session, actor, campaign_id)
    named = [*([data.host] if data.host else []), *data.people]
    if named:
        actor.must(Permission.meetings_record, held.path)
    if len(named) > data.participants:
        raise Invalid.at("/participants", "fewer_than_named", "Count all who were there.")
    entity = ListeningSession(
        branch_id=held.branch_id,
        listening_campaign_id=campaign_id,
        kind=data.kind,
        on_day=_day(held, past(data.on_day, "/on_day")),
        organisation_id=data.organisation_id,
        participants=data.participants,
        recorded_by=actor.account_id,
    )
    if data.organisation_id is not None:
        await must_see(session, "organisations", data.organisation_id, "/organisation_id")
        await must_take_part(session, campaign_id, data.organisation_id)
    made = await add_record(session, actor, SESSION, entity)
    await _name_people(session, actor, entity, data)
    return made


async def _name_people(session: Session, actor: Actor, entity: ListeningSession, data: ListeningSessionCreate) -> None:
    parts = [("/host", data.host, ListeningPart.host)] if data.host else []
    parts += [(f"/people/{number}", named, ListeningPart.participant) for number, named in enumerate(data.people)]
    found: set[UUID] = set()
    for pointer, named, part in parts:
        person_id = await person_named(session, actor, entity.branch_id, named, pointer)
        if person_id in found:
            raise Invalid.at(pointer, "named_twice", "Name each person once.")
        found.add(person_id)
        await must_have_guardian(session, person_id, pointer)
        await session.insert(SessionParticipant(listening_session_id=entity.id, person_id=person_id, part=part))


async def list_sessions(session: Session, actor: Actor, campaign_id: UUID, query: ListeningSessionsQuery) -> Body:
    """A page of a campaign's sessions. Raises `NotFound`, `CursorInvalid`."""
    where = Where()
    if query.kind is not None:
        where.add("s.kind = {}", query.kind)
    if query.organisation_id is not None:
        where.add("s.organisation_id = {}", query.organisation_id)
    return await list_of_campaign(session, actor, campaign_id, SESSION.listing, where, query, sort=query.sort)


async def get_session(session: Session, actor: Actor, session_id: UUID) -> Answer:
    """A session, with those who were named for whoever may read of meetings. Raises `NotFound`. The read is logged."""
    held = await read_record(session, actor, SESSION, session_id)
    people: list[dict[str, Any]] | None = None
    if actor.can(Permission.meetings_read, held.path):
        people = [dict(row) for row in await session.fetch(_PEOPLE, session_id)]
    return answer(actor, held, {"people": people})


async def change_session(
    session: Session, actor: Actor, session_id: UUID, data: ListeningSessionUpdate, *, version: int
) -> Answer:
    """Correct a session while the campaign listens.

    Raises `NotFound`, `Forbidden`, `NotListening`, `PreconditionFailed`, and `Invalid` for a day before the campaign or
    to come, or fewer people than were named or said something.
    """
    found = await open_record(session, actor, SESSION, session_id)
    campaign = await _hold_listening(session, actor, found.row["listening_campaign_id"])
    held = await hold_record(session, actor, SESSION, session_id, version=version)
    changes = data.changes()
    if "on_day" in changes:
        _day(campaign, past(changes["on_day"], "/on_day"))
    if "participants" in changes:
        least = await session.fetchrow(_NAMED_AND_SAID, session_id)
        assert least is not None, "a query of counts gives a row"
        if changes["participants"] < max(least["named"], least["said"]):
            raise Invalid.at("/participants", "fewer_than_named", "Count all who were there.")
    await change_record(session, actor, held, changes)
    return await answer_anew(session, actor, SESSION, session_id)


async def create_issue(session: Session, actor: Actor, session_id: UUID, data: ListeningIssueCreate) -> Answer:
    """Record what was said in a session; the actor has heard it.

    Raises `NotFound`, `Forbidden`, `NotListening`, and `Invalid` for more people than were there.
    """
    heard_in = await open_record(session, actor, SESSION, session_id)
    held = await _hold_listening(session, actor, heard_in.row["listening_campaign_id"])
    heard_in = await open_record(session, actor, SESSION, session_id)
    if data.count > heard_in.row["participants"]:
        raise Invalid.at("/count", "more_than_were_there", "No more can have said so than were there.")
    entity = ListeningIssue(
        branch_id=held.branch_id,
        listening_campaign_id=held.id,
        listening_session_id=session_id,
        words=data.words,
        count=data.count,
        heard_by=actor.account_id,
    )
    return await add_record(session, actor, ISSUE, entity)


async def list_issues(session: Session, actor: Actor, campaign_id: UUID, query: ListeningIssuesQuery) -> Body:
    """A page of what was said. Raises `NotFound`, `CursorInvalid`."""
    where = Where()
    held = ISSUE.listing.facts["theme_id"]
    if query.listening_session_id is not None:
        where.add("i.listening_session_id = {}", query.listening_session_id)
    if query.theme_id is not None:
        where.add(f"{held} = {{}}", query.theme_id)
    if query.grouped is not None:
        where.add(f"({held} is not null) = {{}}", query.grouped)
    return await list_of_campaign(session, actor, campaign_id, ISSUE.listing, where, query, sort=query.sort)


async def get_issue(session: Session, actor: Actor, issue_id: UUID) -> Answer:
    """One issue. Raises `NotFound`. The read is logged."""
    return answer(actor, await read_record(session, actor, ISSUE, issue_id))


async def _hold_listening(session: Session, actor: Actor, campaign_id: UUID) -> Held:
    held = await hold_record(session, actor, CAMPAIGN, campaign_id)
    if held.state != ListeningState.listening:
        raise NotListening
    return held


def _day(campaign: Held, on_day: date) -> date:
    if on_day < campaign.row["starts_on"]:
        raise Invalid.at("/on_day", "before_start", "People are heard once the campaign has begun.")
    return on_day
