"""Letters of understanding: negotiated, signed by both sides, in force for a year, then superseded or ended.

What is signed fixes the institution's dues: they stand on its record, and each instalment is forecast as income of
whoever negotiated it. The event `letter_of_understanding.signed` is where invoicing begins.
"""

from collections.abc import Mapping
from datetime import date
from typing import Any, Literal
from uuid import UUID

from pydantic import Field

from app.core import clock
from app.core.actor import Actor
from app.core.clock import months_after
from app.core.db import Session
from app.core.errors import Conflict, Invalid
from app.core.lifecycle import Lifecycle, Transition
from app.core.paging import Answer, Body, Listing, Where
from app.core.permissions import Permission
from app.models.letters_of_understanding import (
    LetterCreate,
    LetterEnd,
    LetterOfUnderstanding,
    LetterSide,
    LetterSign,
    LetterSignatory,
    LetterState,
    LetterUpdate,
)
from app.models.members import LegalDate
from app.models.organisations import Organisation
from app.services import income
from app.services.contacts import must_see_person
from app.services.organisations import ORGANISATION
from app.services.unit_records import (
    Held,
    Noun,
    UnitQuery,
    answer,
    answer_anew,
    begin_step,
    change_record,
    columns_of,
    facts_of,
    hold_record,
    list_records,
    note,
    open_record,
    read_record,
    take_step,
)

S = LetterState


def _unsigned(letter: Mapping[str, Any], _today: date) -> str | None:
    return None if set(letter["signed"]) == {side.value for side in LetterSide} else "not_signed_by_both"


def _step(action: str, sources: set[LetterState], to: LetterState, event: str, **more: Any) -> Transition:
    return Transition(
        action=action,
        from_states=frozenset(sources),
        to=to,
        permission=Permission.organising_run,
        event=f"letter_of_understanding.{event}",
        path=f"/v1/letters-of-understanding/{{id}}/{action.replace('_', '-')}",
        **more,
    )


LETTER = Lifecycle(
    "letter of understanding",
    (
        _step("propose", {S.draft}, S.proposed, "proposed"),
        _step("withdraw", {S.proposed}, S.draft, "withdrawn"),
        _step("decline", {S.proposed}, S.declined, "declined"),
        _step("put_in_force", {S.proposed}, S.in_force, "signed", guard=_unsigned),
        _step("end", {S.in_force}, S.ended, "ended", required_fields=("reason",)),
    ),
    state_field="state",
)

_SHOWN = (
    "organisation_id", "number", "starts_on", "ends_on", "annual_dues_pence", "instalments", "turnout", "we_give",
    "they_give", "negotiated_by", "state", "state_since", "end_reason",
)  # fmt: skip
#: The unit of a letter is that of its organisation, wherever that goes.
_UNIT = "o.branch_id"
_SIGNED = "array(select distinct s.side from letter_signatories s where s.letter_id = l.id)"

NOUN = Noun(
    "letter of understanding",
    LetterOfUnderstanding,
    Listing(
        resource="organising",
        source="letters_of_understanding l join organisations o on o.id = l.organisation_id",
        key="l.id",
        columns=columns_of("l", *_SHOWN, branch_id=_UNIT),
        sorts={"starts_on": ("l.starts_on", "date")},
        facts=facts_of(
            "l",
            *_SHOWN,
            branch_id=_UNIT,
            path=f"(select b.path from branches b where b.id = {_UNIT})",
            signed=_SIGNED,
        ),
    ),
    LETTER,
)

_SIGNATORIES = """
select json_build_object('id', s.id, 'side', s.side, 'person_id', s.person_id, 'account_id', s.account_id,
  'capacity', s.capacity, 'signed_on', s.signed_on)::jsonb as row
from letter_signatories s where s.letter_id = $1 order by s.signed_on, s.id
"""


class LettersQuery(UnitQuery):
    """Which letters, the newest first."""

    organisation_id: UUID | None = None
    state: LetterState | None = None
    ends_before: LegalDate | None = Field(default=None, description="Those that end before this day.")
    sort: Literal["starts_on", "-starts_on"] = "-starts_on"


class LetterUnderWay(Conflict):
    code = "letter_under_way"
    sentence = "A letter with this organisation is being negotiated already: change or decline that one first."


async def draft_letter(session: Session, actor: Actor, data: LetterCreate) -> Answer:
    """Begin the next edition. Raises `NotFound` for an organisation out of sight, `Forbidden`, `LetterUnderWay`."""
    organisation = await hold_record(session, actor, ORGANISATION, data.organisation_id)
    known = "select max(number) as last, count(*) filter (where state in ('draft', 'proposed')) as open"
    row = await session.fetchrow(f"{known} from letters_of_understanding where organisation_id = $1", organisation.id)
    assert row is not None, "a count gives a row"
    if row["open"]:
        raise LetterUnderWay
    letter = LetterOfUnderstanding(
        **{**data.model_dump(), "ends_on": data.ends_on or months_after(data.starts_on, 12)},
        number=(row["last"] or 0) + 1,
        negotiated_by=actor.account_id,
        state_since=clock.today(),
    )
    await session.insert(letter)
    await note(session, actor, NOUN, letter.id, organisation.branch_id, "letter_of_understanding.drafted")
    return await answer_anew(session, actor, NOUN, letter.id)


async def list_letters(session: Session, actor: Actor, query: LettersQuery) -> Body:
    """A page of the letters in sight. Raises `CursorInvalid`."""
    where = Where()
    query.narrow(where, "o")
    for name in ("organisation_id", "state"):
        if (value := getattr(query, name)) is not None:
            where.add(f"l.{name} = {{}}", value)
    if query.ends_before is not None:
        where.add("l.ends_on < {}", query.ends_before)
    return await list_records(session, actor, NOUN, where, query, sort=query.sort)


async def get_letter(session: Session, actor: Actor, letter_id: UUID) -> Answer:
    """A letter with its signatories. Raises `NotFound`. The read is logged."""
    held = await read_record(session, actor, NOUN, letter_id)
    return await _told(session, actor, held)


async def _told(session: Session, actor: Actor, held: Held) -> Answer:
    rows = await session.fetch(_SIGNATORIES, held.id)
    return answer(actor, held, {"signatories": [row["row"] for row in rows]})


async def change_letter(session: Session, actor: Actor, letter_id: UUID, data: LetterUpdate, *, version: int) -> Answer:
    """Correct a draft. Raises `NotADraft`, `Invalid`, and as `hold_record`."""
    held = await hold_record(session, actor, NOUN, letter_id, version=version)
    if held.state != S.draft:
        raise NotADraft
    changes = data.changes()
    if changes.get("ends_on", held.row["ends_on"]) <= changes.get("starts_on", held.row["starts_on"]):
        raise Invalid.at("/ends_on", "not_after_beginning", "It ends after the day on which it begins.")
    await change_record(session, actor, held, changes)
    return await answer_anew(session, actor, NOUN, letter_id)


class NotADraft(Conflict):
    code = "not_a_draft"
    sentence = "What was proposed stands as it is: take it back to change it."


class NotProposed(Conflict):
    code = "not_proposed"
    sentence = "A letter is signed while it is proposed, and neither before nor after."


async def sign_letter(session: Session, actor: Actor, letter_id: UUID, data: LetterSign) -> Answer:
    """Note a signature: ours by whoever acts, theirs by the person named.

    Raises `NotProposed`, `Invalid` for a day to come or a person out of sight, and as `hold_record`.
    """
    held = await hold_record(session, actor, NOUN, letter_id)
    if held.state != S.proposed:
        raise NotProposed
    today = clock.today()
    if data.signed_on is not None and data.signed_on > today:
        raise Invalid.at("/signed_on", "in_future", "Enter what has happened, on its day.")
    if data.person_id is not None:
        await must_see_person(session, data.person_id, "/person_id")
    signatory = LetterSignatory(
        letter_id=letter_id,
        side=data.side,
        person_id=data.person_id,
        account_id=actor.account_id if data.side is LetterSide.ours else None,
        capacity=data.capacity,
        signed_on=data.signed_on or today,
    )
    await session.insert(signatory)
    await note(session, actor, NOUN, letter_id, held.branch_id, "letter_of_understanding.signature_noted")
    return await _told(session, actor, await open_record(session, actor, NOUN, letter_id))


async def move_letter(
    session: Session, actor: Actor, letter_id: UUID, action: str, *, version: int | None = None
) -> Answer:
    """Propose, withdraw or decline. Raises as `begin_step`. What was signed before is signed no more."""
    held = await begin_step(session, actor, NOUN, letter_id, action, version=version)
    if action == "withdraw":
        await session.execute("delete from letter_signatories where letter_id = $1", letter_id)
    await take_step(session, actor, held, action)
    return await answer_anew(session, actor, NOUN, letter_id)


async def put_in_force(session: Session, actor: Actor, letter_id: UUID, *, version: int | None = None) -> Answer:
    """What both sides have signed holds: the letter before it is superseded, and the dues are forecast.

    Raises as `begin_step`, with `not_signed_by_both`.
    """
    held = await begin_step(session, actor, NOUN, letter_id, "put_in_force", version=version)
    letter = held.row
    organisation = await hold_record(session, actor, ORGANISATION, letter["organisation_id"])
    before = await session.fetch(
        "update letters_of_understanding set state = 'superseded', state_since = $2, version = version + 1, "
        "updated_at = $3 where organisation_id = $1 and state = 'in_force' returning id",
        organisation.id,
        clock.today(),
        clock.now(),
    )
    for row in before:
        await note(session, actor, NOUN, row["id"], held.branch_id, "letter_of_understanding.superseded")
        await income.drop_forecasts(session, actor, row["id"])
    await take_step(session, actor, held, "put_in_force")
    dues = {"annual_dues_pence": letter["annual_dues_pence"], "renewal_on": letter["ends_on"]}
    await session.update(Organisation, organisation.id, dues)
    await note(session, actor, ORGANISATION, organisation.id, organisation.branch_id, "organisation.dues_agreed")
    await income.forecast_dues(session, actor, held)
    return await answer_anew(session, actor, NOUN, letter_id)


async def end_letter(
    session: Session, actor: Actor, letter_id: UUID, data: LetterEnd, *, version: int | None = None
) -> Answer:
    """End a letter before its day: no dues are agreed from now on. Raises as `begin_step`."""
    held = await begin_step(session, actor, NOUN, letter_id, "end", version=version)
    await take_step(session, actor, held, "end", columns={"end_reason": data.reason})
    organisation = await hold_record(session, actor, ORGANISATION, held.row["organisation_id"])
    await session.update(Organisation, organisation.id, {"annual_dues_pence": None, "renewal_on": None})
    await note(session, actor, ORGANISATION, organisation.id, organisation.branch_id, "organisation.dues_ended")
    await income.drop_forecasts(session, actor, letter_id)
    return await answer_anew(session, actor, NOUN, letter_id)
