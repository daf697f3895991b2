"""What the team does with any request until it is answered: identity, pauses, fee, extension, refusal.

What comes late is kept and shown as late, never refused: the record says what happened.
"""

from collections.abc import Mapping
from datetime import date
from typing import Any
from uuid import UUID

from app.core import clock
from app.core.actor import Actor
from app.core.db import Session
from app.core.errors import Conflict, Invalid
from app.core.paging import Answer
from app.models.request_verbs import (
    Answering,
    Asking,
    Ending,
    Extension,
    FeeAsk,
    Information,
    MatchPerson,
    Refusal,
    SteppingAside,
)
from app.models.rights_requests import RequestPause, RightsRequest
from app.services.matters import (
    ROLE,
    Held,
    Matter,
    answer,
    answer_anew,
    begin_step,
    close_to,
    deputies,
    hold_matter,
    note,
    past,
    take_step,
)
from app.services.rights_requests.clock import clock_columns
from app.services.rights_requests.intake import stop_marketing
from app.services.rights_requests.letters import write_to_requester
from app.services.rights_requests.lifecycle import ENDED

_LIVE_PERSON = "select exists (select from people where id = $1 and erased_at is null)"
_ACCOUNT = "select id, person_id from accounts where id = $1"
#: Whoever was asked to search outside the system need not any more.
_CALL_OFF = """
update search_tasks set waived_on = $2, version = version + 1, updated_at = $3
where request_id = $1 and answered_on is null and waived_on is null
"""


class AnsweredBeforeAsked(Invalid):
    code = "answered_before_asked"
    sentence = "An answer comes on the day of its question or after it."


class RequestEnded(Conflict):
    code = "request_ended"
    sentence = "The request is over: what was told with its answer stays as it was."


class NobodyLeft(Conflict):
    code = "nobody_left"
    sentence = "Nobody else of the data-protection team could act: have a deputy appointed first."


async def match_person(
    session: Session, actor: Actor, matter: Matter, request_id: UUID, data: MatchPerson, *, version: int | None = None
) -> Answer:
    """Say whose data a request concerns; it is closed to them. Raises `Invalid`, and as `begin_step`.

    Who finds that it concerns themselves gets it as it stood before, for the last time.
    """
    held = await begin_step(session, actor, matter, request_id, "match_person", version=version)
    before = answer(actor, held)
    async with session.as_role(ROLE):
        if not await session.fetchval(_LIVE_PERSON, data.person_id):
            raise Invalid.at("/person_id", "unknown_person", "Name a person who is on record.")
        await close_to(session, held.id, person_id=data.person_id)
        await take_step(session, actor, held, "match_person", columns={"person_id": data.person_id})
        if held.row["marketing"]:
            await stop_marketing(session, actor, data.person_id)
    if data.person_id == actor.person_id:
        session.touched = None
        return before
    return await answer_anew(session, actor, matter, request_id)


async def ask_identity(
    session: Session, actor: Actor, matter: Matter, request_id: UUID, data: Asking, *, version: int | None = None
) -> Answer:
    """Ask for proof of identity, where there is doubt: the clock starts when it comes (UK GDPR art. 12(6))."""
    held = await begin_step(session, actor, matter, request_id, "ask_identity", version=version)
    day = _not_before(past(data.asked_on, "/asked_on"), held.row["received_on"], "/asked_on")
    await move(session, actor, held, "ask_identity", {"identity_asked_on": day}, {"text": data.text}, day)
    return await answer_anew(session, actor, matter, request_id)


async def receive_identity(
    session: Session, actor: Actor, matter: Matter, request_id: UUID, data: Answering, *, version: int | None = None
) -> Answer:
    """Proof of identity has come. Raises `AnsweredBeforeAsked`, and as `begin_step`."""
    held = await begin_step(session, actor, matter, request_id, "receive_identity", version=version)
    day = _after(past(data.received_on, "/received_on"), held.row["identity_asked_on"])
    columns = {"identity_received_on": day}
    await move(session, actor, held, "receive_identity", columns, {"text": data.text}, day)
    return await answer_anew(session, actor, matter, request_id)


async def ask_clarification(
    session: Session, actor: Actor, matter: Matter, request_id: UUID, data: Asking, *, version: int | None = None
) -> Answer:
    """Ask what is meant, where that is reasonably needed: the clock stops (UK GDPR art. 12A)."""
    held = await begin_step(session, actor, matter, request_id, "ask_clarification", version=version)
    day = _not_before(past(data.asked_on, "/asked_on"), held.row["received_on"], "/asked_on")
    await session.insert(RequestPause(request_id=held.id, asked_on=day))
    await move(session, actor, held, "ask_clarification", {}, {"text": data.text}, day)
    return await answer_anew(session, actor, matter, request_id)


async def receive_clarification(
    session: Session, actor: Actor, matter: Matter, request_id: UUID, data: Answering, *, version: int | None = None
) -> Answer:
    """The answer has come, and the clock runs on. Raises `AnsweredBeforeAsked`, and as `begin_step`."""
    held = await begin_step(session, actor, matter, request_id, "receive_clarification", version=version)
    await clarify(session, actor, held, data)
    return await answer_anew(session, actor, matter, request_id)


async def clarify(session: Session, actor: Actor, held: Held, data: Answering) -> None:
    """Enter the answer to a question, of a request that was judged. Raises `AnsweredBeforeAsked`."""
    day = _after(past(data.received_on, "/received_on"), held.row["paused_since"])
    await session.execute(
        "update request_pauses set answered_on = $2 where request_id = $1 and answered_on is null", held.id, day
    )
    await move(session, actor, held, "receive_clarification", {}, {"text": data.text}, day)


async def ask_fee(
    session: Session, actor: Actor, matter: Matter, request_id: UUID, data: FeeAsk, *, version: int | None = None
) -> Answer:
    """Ask for a fee, in pence: the clock starts when it is paid (UK GDPR art. 12(5))."""
    held = await begin_step(session, actor, matter, request_id, "ask_fee", version=version)
    day = _not_before(past(data.asked_on, "/asked_on"), held.row["received_on"], "/asked_on")
    columns = {"fee_pence": data.amount_pence, "fee_reason": data.reason, "fee_asked_on": day}
    await move(session, actor, held, "ask_fee", columns, {"text": data.text}, day)
    return await answer_anew(session, actor, matter, request_id)


async def receive_fee(
    session: Session, actor: Actor, matter: Matter, request_id: UUID, data: Answering, *, version: int | None = None
) -> Answer:
    """The fee has come. Raises `AnsweredBeforeAsked`, and as `begin_step`."""
    held = await begin_step(session, actor, matter, request_id, "receive_fee", version=version)
    day = _after(past(data.received_on, "/received_on"), held.row["fee_asked_on"])
    await move(session, actor, held, "receive_fee", {"fee_received_on": day}, {"text": data.text}, day)
    return await answer_anew(session, actor, matter, request_id)


async def extend(
    session: Session, actor: Actor, matter: Matter, request_id: UUID, data: Extension, *, version: int | None = None
) -> Answer:
    """Take two further months, by notice with reasons before the first month is over (UK GDPR art. 12(3)).

    A notice that comes later is kept, shown as out of time, and extends nothing.
    """
    held = await begin_step(session, actor, matter, request_id, "extend", version=version)
    day = _not_before(past(data.noticed_on, "/noticed_on"), held.row["received_on"], "/noticed_on")
    columns = {"extended_on": day, "extension_reason": data.reason}
    await move(session, actor, held, "extend", columns, {"text": data.text}, day)
    return await answer_anew(session, actor, matter, request_id)


async def refuse(
    session: Session, actor: Actor, matter: Matter, request_id: UUID, data: Refusal, *, version: int | None = None
) -> Answer:
    """Do not follow a request, with reasons; the requester is told of their remedies (UK GDPR art. 12(4))."""
    held = await begin_step(session, actor, matter, request_id, "refuse", version=version)
    return await end_request(session, actor, held, "refuse", {"refusal_ground": data.ground}, {"text": data.text})


async def withdraw(
    session: Session, actor: Actor, matter: Matter, request_id: UUID, data: Ending, *, version: int | None = None
) -> Answer:
    """The requester has taken it back. Raises as `begin_step`."""
    held = await begin_step(session, actor, matter, request_id, "withdraw", version=version)
    return await end_request(session, actor, held, "withdraw", {}, {"text": data.text})


async def end_request(
    session: Session, actor: Actor, held: Held, action: str, columns: Mapping[str, Any], texts: Mapping[str, Any]
) -> Answer:
    """End a request today, whichever way, and read it as it then is."""
    await end(session, actor, held, action, columns, texts)
    return await answer_anew(session, actor, held.matter, held.id)


async def end(
    session: Session, actor: Actor, held: Held, action: str, columns: Mapping[str, Any], texts: Mapping[str, Any]
) -> None:
    """End a request that was judged, today; it is late where the law's last day is past."""
    today, due_on = clock.today(), held.row["due_on"]
    late = due_on is not None and due_on < today
    await session.execute(_CALL_OFF, held.id, today, clock.now())
    ended = {"ended_on": today, "ended_late": late, **columns}
    await take_step(session, actor, held, action, columns=ended, texts=texts, late=late)
    await write_to_requester(session, held, action, texts.get("text"), columns.get("refusal_ground"))


async def step_aside(
    session: Session, actor: Actor, matter: Matter, request_id: UUID, data: SteppingAside, *, version: int | None = None
) -> Answer:
    """Close a request to somebody of the team whom it concerns. Raises `NobodyLeft`, and as `begin_step`.

    Who steps aside themselves gets the request as it stood before, for the last time.
    """
    held = await begin_step(session, actor, matter, request_id, "step_aside", version=version)
    before = answer(actor, held)
    async with session.as_role(ROLE):
        account = await session.fetchrow(_ACCOUNT, data.account_id or actor.account_id)
        if account is None:
            raise Invalid.at("/account_id", "unknown_account", "Name an account of the team.")
        await close_to(session, held.id, person_id=account["person_id"], account_id=account["id"])
        await take_step(session, actor, held, "step_aside")
        if not await deputies(session, actor, held.id):
            raise NobodyLeft
    if account["id"] != actor.account_id:
        return await answer_anew(session, actor, matter, request_id)
    session.touched = None
    return before


async def set_information(
    session: Session, actor: Actor, matter: Matter, request_id: UUID, data: Information, *, version: int | None = None
) -> Answer:
    """Answer some of the nine questions of article 15. Raises `RequestEnded`, and as `hold_matter`."""
    held = await hold_matter(session, actor, matter, request_id, version=version)
    if held.state in ENDED:
        raise RequestEnded
    information = {**held.row["information"], **data.model_dump(exclude_unset=True)}
    await session.update(RightsRequest, held.id, {"information": information})
    await note(session, actor, held.id, "rights_request.informed", fields=dict.fromkeys(data.model_fields_set, True))
    return await answer_anew(session, actor, matter, request_id)


async def move(
    session: Session,
    actor: Actor,
    held: Held,
    action: str,
    columns: Mapping[str, Any],
    texts: Mapping[str, Any],
    day: date,
) -> None:
    """A step that may move the clock, and the letter that tells the requester of it."""
    changed = {**columns, **await clock_columns(session, {**held.row, **columns})}
    late = action == "extend" and changed["extension_late"]
    await take_step(session, actor, held, action, columns=changed, texts=texts, on_day=day, late=late)
    await write_to_requester(session, held, action, texts["text"], columns.get("extension_reason"))


def _not_before(day: date, received_on: date, pointer: str) -> date:
    if day < received_on:
        raise Invalid.at(pointer, "before_receipt", "Nothing is asked of a requester before their request came.")
    return day


def _after(day: date, asked_on: date) -> date:
    if day < asked_on:
        raise AnsweredBeforeAsked.at("/received_on", AnsweredBeforeAsked.code, AnsweredBeforeAsked.sentence)
    return day
