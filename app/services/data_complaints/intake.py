"""A complaint about data comes in: by the open form, from somebody signed in, or through whichever officer."""

from collections.abc import Iterable
from datetime import date, timedelta
from typing import Any
from uuid import UUID

from app.core import clock
from app.core.actor import Actor
from app.core.calendars import Division
from app.core.db import Session
from app.core.errors import Invalid
from app.core.ids import new_reference
from app.core.permissions import Permission
from app.core.text import may_be_same_name
from app.models.data_complaint_shapes import (
    DataComplaintLog,
    DataComplaintOwn,
    DataComplaintReceipt,
    DataComplaintSubmit,
)
from app.models.data_complaints import DataComplaint, DataComplaintState
from app.models.rights_requests import RequestChannel
from app.services import throttles
from app.services.deadlines import complaint_acknowledgement
from app.services.envelopes import seal_texts
from app.services.letters import Letter
from app.services.matters import ROLE, close_to, controllers_division, note, note_step, past, root_of
from app.services.reminders import write_to_team
from app.services.rights import holders_of

#: From when complaints must be acknowledged: DPA 2018 s.164A, inserted by the DUAA 2025.
DUTY_SINCE = date(2026, 6, 19)
OPEN_FORM_QUOTA, OPEN_FORM_WINDOW = 5, timedelta(hours=1)
SIGNED_IN_QUOTA, SIGNED_IN_WINDOW = 20, timedelta(days=1)

_COMPLAINANT = """
select a.name, a.email, coalesce(p.preferred_language, 'en') as language
from accounts a left join people p on p.id = a.person_id where a.id = $1
"""
_TEAM = """
select a.id, a.person_id, a.name, p.given_name || ' ' || p.family_name as own_name,
  coalesce(p.preferred_name, p.given_name) || ' ' || p.family_name as preferred
from accounts a left join people p on p.id = a.person_id where a.id = any ($1)
"""
_SEEN = "select count(*) from members m where m.person_id = any ($1)"
_ACCOUNTS = "select a.id, a.person_id from accounts a where a.id = any ($1)"


def acknowledge_by(received_on: date, division: Division) -> date | None:
    """The last day to acknowledge a complaint; None for one that came before there was a duty to."""
    return None if received_on < DUTY_SINCE else complaint_acknowledgement(received_on, division)


async def submit_openly(session: Session, data: DataComplaintSubmit, *, address: str) -> DataComplaintReceipt:
    """Somebody complains by the open form. Raises `Throttled`."""
    where = throttles.neighbourhood(address)
    await throttles.count_try(
        session.database, "data-complaint-form", where, quota=OPEN_FORM_QUOTA, window=OPEN_FORM_WINDOW
    )
    async with session.as_role(ROLE):
        complaint = await _open_complaint(session, RequestChannel.web, clock.today())
        return await _receive(session, None, complaint, data.model_dump(mode="json"))


async def submit_own(session: Session, actor: Actor, data: DataComplaintOwn) -> DataComplaintReceipt:
    """Somebody signed in complains; they are written to at their account's address. Raises `Throttled`."""
    who = str(actor.account_id)
    await throttles.count_try(session.database, "data-complaint", who, quota=SIGNED_IN_QUOTA, window=SIGNED_IN_WINDOW)
    async with session.as_role(ROLE):
        complaint = await _open_complaint(session, RequestChannel.web, clock.today())
        complaint.person_id, complaint.account_id = actor.person_id, actor.account_id
        known = await session.fetchrow(_COMPLAINANT, actor.account_id)
        assert known is not None
        receipt = await _receive(session, actor, complaint, {**known, **data.model_dump(mode="json")})
    # The answer is its asker's, who does not see the matter: a repeat gets it again.
    session.touched = None
    return receipt


async def log_complaint(session: Session, actor: Actor, data: DataComplaintLog) -> DataComplaintReceipt:
    """Log a complaint that reached the actor. Raises `Invalid` for a day to come, or somebody who is not in sight."""
    received_on = past(data.received_on, "/received_on")
    complainant = [data.person_id] if data.person_id else []
    await _must_see(session, actor, complainant, "/person_id")
    await _must_see(session, actor, data.about_person_ids, "/about_person_ids")
    async with session.as_role(ROLE):
        complaint = await _open_complaint(session, data.channel, received_on)
        complaint.person_id, complaint.logged_by = data.person_id, actor.account_id
        await close_to_accounts(session, complaint.id, data.about_account_ids, "/about_account_ids")
        for person_id in data.about_person_ids:
            await close_to(session, complaint.id, person_id=person_id)
        said = data.model_dump(mode="json", include={"name", "email", "language", "contact", "text", "about"})
        receipt = await _receive(session, actor, complaint, said)
    session.touched = None
    return receipt


async def close_to_accounts(session: Session, matter_id: UUID, account_ids: Iterable[UUID], pointer: str) -> None:
    """Close a matter to accounts and whoever has them. Raises `Invalid`. Needs the role `rollbook_privacy`."""
    asked = set(account_ids)
    rows = await session.fetch(_ACCOUNTS, list(asked))
    if len(rows) < len(asked):
        raise Invalid.at(pointer, "unknown_account", "Name accounts that there are.")
    for row in rows:
        await close_to(session, matter_id, person_id=row["person_id"], account_id=row["id"])


async def _open_complaint(session: Session, channel: RequestChannel, received_on: date) -> DataComplaint:
    division = await controllers_division(session)
    return DataComplaint(
        reference=new_reference("C"),
        channel=channel,
        division=division,
        state_since=clock.today(),
        received_on=received_on,
        acknowledge_by=acknowledge_by(received_on, division),
        sealed=b"",
    )


async def _receive(
    session: Session, actor: Actor | None, complaint: DataComplaint, said: dict[str, Any]
) -> DataComplaintReceipt:
    complaint.sealed = await seal_texts(session, complaint.id, "data_complaints", complaint.id, said)
    await session.insert(complaint)
    if complaint.person_id is not None or complaint.account_id is not None:
        await close_to(session, complaint.id, person_id=complaint.person_id, account_id=complaint.account_id)
    if said.get("about"):
        await _close_to_named(session, complaint.id, said["about"])
    await note_step(
        session,
        actor,
        complaint.id,
        "receive",
        to_state=DataComplaintState.received,
        on_day=complaint.received_on,
        due_on=complaint.acknowledge_by,
    )
    await note(session, actor, complaint.id, "data_complaint.received")
    await write_to_team(session, Letter.data_complaint_received, complaint.id)
    return DataComplaintReceipt(
        id=complaint.id,
        reference=complaint.reference,
        received_on=complaint.received_on,
        acknowledge_by=complaint.acknowledge_by,
    )


async def _close_to_named(session: Session, matter_id: UUID, name: str) -> None:
    """Close a complaint to those of the team whom a bare name may mean: better passed over than judging oneself."""
    root = await root_of(session)
    async with session.as_role("rollbook_auth"):
        team = await holders_of(session, Permission.privacy_read, root)
    for row in await session.fetch(_TEAM, team):
        if any(known and may_be_same_name(name, known) for known in (row["name"], row["own_name"], row["preferred"])):
            await close_to(session, matter_id, person_id=row["person_id"], account_id=row["id"])


async def _must_see(session: Session, actor: Actor, person_ids: list[UUID], pointer: str) -> None:
    asked = set(person_ids)
    if not asked:
        return
    if not actor.holds(Permission.members_read) or await session.fetchval(_SEEN, list(asked)) < len(asked):
        raise Invalid.at(pointer, "unknown_person", "Name people whom you see, or leave them out.")
