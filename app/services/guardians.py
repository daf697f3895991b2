"""Guardians' consents: recorded, withdrawn, and asked for wherever something is recorded with somebody under 18."""

from datetime import date
from typing import Literal
from uuid import UUID

from pydantic import Field

from app.core import clock
from app.core.actor import Actor
from app.core.db import Session
from app.core.errors import Invalid
from app.core.lifecycle import Lifecycle, Transition
from app.core.paging import Answer, Body, Listing, Where
from app.core.permissions import Permission
from app.models.guardians import (
    GuardianConsent,
    GuardianConsentCreate,
    GuardianConsentState,
    GuardianConsentWithdraw,
    GuardianGives,
)
from app.services.contacts import must_see_person
from app.services.envelopes import seal_texts, unseal_texts
from app.services.matters import past
from app.services.unit_records import (
    Noun,
    UnitQuery,
    add_record,
    answer,
    answer_anew,
    begin_step,
    columns_of,
    facts_of,
    judge_unit,
    list_records,
    read_record,
    take_step,
)

OF_AGE = 18
P, S = Permission, GuardianConsentState
TABLE = "guardian_consents"

GUARDIAN_CONSENT = Lifecycle(
    "guardian consent",
    (
        Transition(
            action="withdraw",
            from_states=frozenset({S.given}),
            to=S.withdrawn,
            permission=P.meetings_record,
            event="guardian_consent.withdrawn",
            path="/v1/guardian-consents/{id}/withdraw",
        ),
    ),
    state_field="state",
)
_SHOWN = ("person_id", "relationship", "given_on", "withdrawn_on", "state", "state_since")
CONSENT = Noun(
    "guardian consent",
    GuardianConsent,
    Listing(
        resource="meetings",
        source="guardian_consents g",
        key="g.id",
        branch="g.branch_id",
        columns=columns_of("g", *_SHOWN),
        sorts={"given_on": ("g.given_on", "date")},
        facts=facts_of("g", *_SHOWN, "sealed"),
    ),
    GUARDIAN_CONSENT,
    P.meetings_record,
)
_EVER = "select exists (select from guardian_consents where person_id = $1)"
_LIVE = """
select exists (
  select from guardian_consents where person_id = $1 and state = 'given' and given_on <= $2)
"""


class GuardianConsentsQuery(UnitQuery):
    """Which consents of guardians, the latest first."""

    person_id: UUID | None = Field(default=None, description="Only those about this person.")
    state: GuardianConsentState | None = Field(default=None, description="Given, or withdrawn.")
    sort: Literal["given_on", "-given_on"] = Field(default="-given_on", description="By the day on which it was given.")


def of_age_on(born: date) -> date:
    """The day on which somebody reaches 18: born on 29 February, on 1 March where there is no such day."""
    year = born.year + OF_AGE
    try:
        return born.replace(year=year)
    except ValueError:
        return date(year, 3, 1)


def is_under_age(born: date | None, on: date) -> bool:
    """Whether somebody is under 18 on a day; of whom no birth is known, nobody says so."""
    return born is not None and on < of_age_on(born)


async def must_have_guardian(session: Session, person_id: UUID, pointer: str, *, under_18: bool = False) -> None:
    """Raises `Invalid` (`guardian_consent_needed`) about somebody under 18 whose guardian's consent is not in force.

    A date of birth says that somebody is; without one whoever calls, as `under_18`, or that a guardian's consent was
    ever recorded, be it withdrawn since. Whether the person may be seen is judged.
    """
    today = clock.today()
    born = await session.fetchval("select date_of_birth from people where id = $1", person_id)
    known = born is None and await session.fetchval(_EVER, person_id)
    if (under_18 or known or is_under_age(born, today)) and not await session.fetchval(_LIVE, person_id, today):
        raise Invalid.at(pointer, "guardian_consent_needed", "Record first that a guardian consents.")


async def give_consent(
    session: Session, actor: Actor, branch_id: UUID, person_id: UUID, given: GuardianGives, pointer: str = ""
) -> Answer:
    """Record a guardian's consent, with the record that needs it; unit and person were judged. Raises `Invalid`."""
    entity = GuardianConsent(
        branch_id=branch_id,
        person_id=person_id,
        relationship=given.relationship,
        given_on=past(given.given_on, f"{pointer}/given_on"),
        state_since=clock.today(),
        sealed=b"",
    )
    texts = {"guardian_name": given.guardian_name, "scope": given.scope}
    entity.sealed = await seal_texts(session, person_id, TABLE, entity.id, texts)
    return await add_record(session, actor, CONSENT, entity)


async def create_consent(session: Session, actor: Actor, data: GuardianConsentCreate) -> Answer:
    """Record a guardian's consent.

    Raises `NotFound`, `Forbidden`, and `Invalid` for a person out of sight or a day to come.
    """
    await judge_unit(session, actor, data.branch_id, P.meetings_record)
    await must_see_person(session, data.person_id, "/person_id")
    return await give_consent(session, actor, data.branch_id, data.person_id, data)


async def list_consents(session: Session, actor: Actor, query: GuardianConsentsQuery) -> Body:
    """A page of the consents in reach. Raises `CursorInvalid`."""
    where = Where()
    query.narrow(where, "g")
    if query.person_id is not None:
        where.add("g.person_id = {}", query.person_id)
    if query.state is not None:
        where.add("g.state = {}", query.state)
    return await list_records(session, actor, CONSENT, where, query, sort=query.sort)


async def get_consent(session: Session, actor: Actor, consent_id: UUID) -> Answer:
    """One consent, with who gave it and to what. Raises `NotFound`. The read is logged."""
    held = await read_record(session, actor, CONSENT, consent_id)
    texts = await unseal_texts(session, held.row["person_id"], TABLE, held.id, held.row["sealed"])
    return answer(actor, held, {name: texts.get(name) for name in ("guardian_name", "scope")})


async def withdraw_consent(
    session: Session, actor: Actor, consent_id: UUID, data: GuardianConsentWithdraw, *, version: int | None = None
) -> Answer:
    """End a consent; what was recorded under it stays, nothing is added.

    Raises `NotFound`, `Forbidden`, `ActionNotAllowed`, `PreconditionFailed`, and `Invalid` for a day before it was
    given or to come.
    """
    held = await begin_step(session, actor, CONSENT, consent_id, "withdraw", version=version)
    day = past(data.withdrawn_on, "/withdrawn_on")
    if day < held.row["given_on"]:
        raise Invalid.at("/withdrawn_on", "before_given", "A consent is withdrawn after it was given.")
    await take_step(session, actor, held, "withdraw", columns={"withdrawn_on": day})
    return await answer_anew(session, actor, CONSENT, consent_id)
