"""What the team does with a complaint about data until it is answered. What comes late is kept, and shown as late."""

from datetime import date
from uuid import UUID

from app.core import clock
from app.core.actor import Actor
from app.core.db import Session
from app.core.errors import Invalid
from app.core.paging import Answer
from app.models.data_complaint_shapes import Acknowledging, ComplaintAnswer, Informing, Noting
from app.models.data_complaints import DataComplaintOutcome
from app.models.members import Language
from app.models.reference_data import words_of
from app.models.request_verbs import Ending, MatchPerson, SteppingAside
from app.services.data_complaints.facts import COMPLAINT
from app.services.envelopes import unseal_texts
from app.services.letters import Letter, write_letter
from app.services.matters import ROLE, Held, answer_anew, begin_step, close_to, past, take_step
from app.services.outbox import send_mail
from app.services.rights_requests import acts as requests

_LIVE_PERSON = "select exists (select from people where id = $1 and erased_at is null)"
_REACHED = "select email, preferred_language from people where id = $1"


async def acknowledge(
    session: Session, actor: Actor, complaint_id: UUID, data: Acknowledging, *, version: int | None = None
) -> Answer:
    """Tell the complainant that their complaint has come. Raises `Invalid`, and as `begin_step`."""
    held = await begin_step(session, actor, COMPLAINT, complaint_id, "acknowledge", version=version)
    day = _since_receipt(held, past(data.acknowledged_on, "/acknowledged_on"), "/acknowledged_on")
    late = _is_late(held, day)
    await take_step(
        session,
        actor,
        held,
        "acknowledge",
        columns={"acknowledged_on": day, "acknowledged_late": late},
        texts={"text": data.text},
        on_day=day,
        late=bool(late),
    )
    await _write(session, held, Letter.data_complaint_acknowledged, data.text or "")
    return await answer_anew(session, actor, COMPLAINT, complaint_id)


async def investigate(
    session: Session, actor: Actor, complaint_id: UUID, data: Noting, *, version: int | None = None
) -> Answer:
    """Begin to look into it: what will be found out, and how. Raises as `begin_step`."""
    return await _keep(session, actor, complaint_id, "investigate", data, version)


async def add_note(
    session: Session, actor: Actor, complaint_id: UUID, data: Noting, *, version: int | None = None
) -> Answer:
    """Keep what was found out, for the team alone. Raises as `begin_step`."""
    return await _keep(session, actor, complaint_id, "add_note", data, version)


async def inform(
    session: Session, actor: Actor, complaint_id: UUID, data: Informing, *, version: int | None = None
) -> Answer:
    """Tell the complainant how far it is (s.164A(4)). Raises `Invalid`, and as `begin_step`."""
    held = await begin_step(session, actor, COMPLAINT, complaint_id, "inform", version=version)
    day = _since_receipt(held, past(data.informed_on, "/informed_on"), "/informed_on")
    texts = {"text": data.text}
    await take_step(session, actor, held, "inform", columns={"informed_on": day}, texts=texts, on_day=day)
    await _write(session, held, Letter.data_complaint_progress, data.text)
    return await answer_anew(session, actor, COMPLAINT, complaint_id)


async def answer_complaint(
    session: Session, actor: Actor, complaint_id: UUID, data: ComplaintAnswer, *, version: int | None = None
) -> Answer:
    """Tell the outcome, and the right to go to the Commissioner. Raises `Invalid`, and as `begin_step`.

    Within the thirty days it stands for the acknowledgement.
    """
    held = await begin_step(session, actor, COMPLAINT, complaint_id, "answer", version=version)
    day = _since_receipt(held, past(data.answered_on, "/answered_on"), "/answered_on")
    late = _is_late(held, day)
    columns = {"outcome": data.outcome, "ended_on": day}
    if held.row["acknowledged_on"] is None:
        columns["acknowledged_late"] = late
    texts = {"outcome": data.outcome.value, "text": data.text}
    await take_step(session, actor, held, "answer", columns=columns, texts=texts, on_day=day, late=bool(late))
    await _write(session, held, Letter.data_complaint_answered, data.text, data.outcome)
    return await answer_anew(session, actor, COMPLAINT, complaint_id)


async def withdraw(
    session: Session, actor: Actor, complaint_id: UUID, data: Ending, *, version: int | None = None
) -> Answer:
    """The complainant has taken it back. Raises as `begin_step`."""
    held = await begin_step(session, actor, COMPLAINT, complaint_id, "withdraw", version=version)
    ended = {"ended_on": clock.today()}
    await take_step(session, actor, held, "withdraw", columns=ended, texts={"text": data.text})
    return await answer_anew(session, actor, COMPLAINT, complaint_id)


async def match_person(
    session: Session, actor: Actor, complaint_id: UUID, data: MatchPerson, *, version: int | None = None
) -> Answer:
    """Say who complains; it is closed to them. Raises `Invalid`, and as `begin_step`."""
    held = await begin_step(session, actor, COMPLAINT, complaint_id, "match_person", version=version)
    async with session.as_role(ROLE):
        if not await session.fetchval(_LIVE_PERSON, data.person_id):
            raise Invalid.at("/person_id", "unknown_person", "Name a person who is on record.")
        await close_to(session, held.id, person_id=data.person_id)
        await take_step(session, actor, held, "match_person", columns={"person_id": data.person_id})
    return await answer_anew(session, actor, COMPLAINT, complaint_id)


async def step_aside(
    session: Session, actor: Actor, complaint_id: UUID, data: SteppingAside, *, version: int | None = None
) -> Answer:
    """Close a complaint to somebody of the team whom it concerns. Raises `NobodyLeft`, and as `begin_step`."""
    return await requests.step_aside(session, actor, COMPLAINT, complaint_id, data, version=version)


async def _keep(
    session: Session, actor: Actor, complaint_id: UUID, action: str, data: Noting, version: int | None
) -> Answer:
    held = await begin_step(session, actor, COMPLAINT, complaint_id, action, version=version)
    await take_step(session, actor, held, action, texts={"text": data.text})
    return await answer_anew(session, actor, COMPLAINT, complaint_id)


def _since_receipt(held: Held, day: date, pointer: str) -> date:
    if day < held.row["received_on"]:
        raise Invalid.at(pointer, "before_receipt", "Nothing is answered before it has come.")
    return day


def _is_late(held: Held, day: date) -> bool | None:
    """Whether an acknowledgement on a day is late; None where none is owed any more, or ever was."""
    by = held.row["acknowledge_by"]
    return None if by is None or held.row["acknowledged_on"] is not None else by < day


async def _write(
    session: Session, held: Held, letter: Letter, text: str, outcome: DataComplaintOutcome | None = None
) -> None:
    """Write to the complainant, where an e-mail is known: theirs of this matter, or of the roll."""
    async with session.as_role(ROLE):
        said = await unseal_texts(session, held.id, "data_complaints", held.id, held.row["sealed"])
        on_record = await session.fetchrow(_REACHED, held.row["person_id"])
        known = on_record or {"email": None, "preferred_language": None}
        email = said.get("email") or known["email"]
        if email is None:
            return
        language = Language(said.get("language") or known["preferred_language"] or Language.english)
        told = {"reference": held.row["reference"], "name": said.get("name", ""), "text": text}
        if outcome is not None:
            told["outcome"] = words_of(outcome, language)
        await send_mail(session, write_letter(letter, language, to=email, **told))
