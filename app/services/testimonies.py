"""Testimonies: taken with consent, used as far as it goes, and gone once it is taken back."""

from typing import Any, Literal
from uuid import UUID

from pydantic import Field

from app.core import clock
from app.core.actor import Actor
from app.core.db import Session
from app.core.errors import AppError, Invalid, NotFound
from app.core.paging import Answer, Body, Listing, Where
from app.core.permissions import Permission
from app.models.consents_to_use import ConsentedUse, ConsentGiven
from app.models.one_to_ones import SpecialCategory
from app.models.testimonies import (
    ConsentWithdrawal,
    SpecialDetails,
    SpecialRead,
    Testimony,
    TestimonyCreate,
    TestimonySpecial,
    TestimonyState,
    TestimonyUse,
    TestimonyUseCreate,
)
from app.services.consents_to_use import (
    CONSENT_FACTS,
    consent_columns,
    consent_sql,
    in_force_sql,
    is_in_force,
    must_allow,
)
from app.services.contacts import person_named
from app.services.envelopes import seal_texts, texts_of_rows, unseal_texts
from app.services.erasures import ROLE
from app.services.guardians import must_have_guardian
from app.services.matters import past
from app.services.one_to_ones_notes import is_outsider_to_charity
from app.services.testimony_lifecycle import TESTIMONY
from app.services.unit_records import (
    Held,
    Noun,
    UnitQuery,
    add_record,
    answer,
    answer_anew,
    begin_step,
    columns_of,
    facts_of,
    hold_record,
    judge_unit,
    list_records,
    must_see,
    read_record,
    take_step,
)

P = Permission
TABLE, SPECIALS, USES = "testimonies", "testimony_specials", "testimony_uses"
USES_SHOWN = 200


_SHOWN = ("person_id", "listening_campaign_id", "listening_session_id", "given_on", "taken_by", "state", "state_since")
TOLD = Noun(
    "testimony",
    Testimony,
    Listing(
        resource="meetings",
        source="testimonies t",
        key="t.id",
        branch="t.branch_id",
        columns=columns_of("t", *_SHOWN, consent=consent_sql("t")),
        sorts={"given_on": ("t.given_on", "date")},
        facts=facts_of("t", *_SHOWN, *CONSENT_FACTS, "sealed"),
    ),
    TESTIMONY,
    P.meetings_record,
)

_SESSION_OF = "select listening_campaign_id from listening_sessions where id = $1"
_SPECIAL = "select id, kinds, sealed from testimony_specials where testimony_id = $1"
_FORGET_SPECIAL = "delete from testimony_specials where testimony_id = $1"
_USES = """
select u.id, u.use, u.on_day, u.used_by, u.sealed from testimony_uses u
where u.testimony_id = $1 order by u.on_day desc, u.id desc limit $2
"""


class SpecialClosed(AppError):
    """Special details are for whoever took them, and for supervision."""

    status = 403
    code = "special_details_closed"
    sentence = "Special details are read by whoever took the testimony, and by supervision."


class TestimoniesQuery(UnitQuery):
    """Which testimonies, the latest first."""

    person_id: UUID | None = Field(default=None, description="Only those of this person.")
    listening_campaign_id: UUID | None = Field(default=None, description="Only those told to this listening campaign.")
    listening_session_id: UUID | None = Field(default=None, description="Only those told in this session.")
    state: TestimonyState | None = Field(default=None, description="Kept, or withdrawn.")
    use: ConsentedUse | None = Field(default=None, description="Only those that may be used for this today.")
    sort: Literal["given_on", "-given_on"] = Field(default="-given_on", description="By day, up or down.")


async def create_testimony(session: Session, actor: Actor, data: TestimonyCreate) -> Answer:
    """Take a testimony, of somebody on record or new.

    Raises `Invalid` for what is out of sight, days to come, special details without explicit consent or that a charity
    may not note, a minor without a guardian's consent; `Forbidden`, and `KeyDestroyed` for somebody erased.
    """
    await judge_unit(session, actor, data.branch_id, P.meetings_record)
    if data.special is not None:
        _must_be_explicit(data.consent, "/consent")
    entity = Testimony(
        branch_id=data.branch_id,
        person_id=await person_named(session, actor, data.branch_id, data.person),
        listening_campaign_id=await _told_to(session, data),
        listening_session_id=data.listening_session_id,
        given_on=past(data.given_on, "/given_on"),
        taken_by=actor.account_id,
        state_since=clock.today(),
        sealed=b"",
        **consent_columns(data.consent),
    )
    await must_have_guardian(session, entity.person_id, "/person")
    entity.sealed = await seal_texts(session, entity.person_id, TABLE, entity.id, {"text": data.text})
    made = await add_record(session, actor, TOLD, entity)
    if data.special is not None:
        await _keep_special(session, entity, data.special)
    return made


async def list_testimonies(session: Session, actor: Actor, query: TestimoniesQuery) -> Body:
    """A page of the testimonies in reach, without what was told. Raises `CursorInvalid`."""
    where = Where()
    query.narrow(where, "t")
    for name in ("person_id", "listening_campaign_id", "listening_session_id", "state"):
        if (value := getattr(query, name)) is not None:
            where.add(f"t.{name} = {{}}", value)
    if query.use is not None:
        where.add(f"{{}} = any (t.consent_uses) and {in_force_sql('t')}", query.use)
    return await list_records(session, actor, TOLD, where, query, sort=query.sort)


async def get_testimony(session: Session, actor: Actor, testimony_id: UUID) -> Answer:
    """A testimony as it was told, as long as its consent holds. Raises `NotFound`. The read is logged."""
    held = await read_record(session, actor, TOLD, testimony_id)
    row, texts = held.row, {}
    if is_in_force(row, clock.today()):
        texts = await unseal_texts(session, row["person_id"], TABLE, held.id, row["sealed"])
    return answer(actor, held, {"text": texts.get("text"), "uses": await _uses(session, held)})


async def get_special(session: Session, actor: Actor, testimony_id: UUID) -> SpecialRead:
    """The special details of a testimony, for whoever took it and for supervision. The read is logged by itself.

    Raises `NotFound`, also where there are none and where consent does not hold, and `SpecialClosed`.
    """
    held = await read_record(session, actor, TOLD, testimony_id, "read_special")
    if held.row["taken_by"] != actor.account_id and not actor.can(P.supervision_read, held.path):
        raise SpecialClosed
    special = await session.fetchrow(_SPECIAL, testimony_id)
    if special is None or not is_in_force(held.row, clock.today()):
        raise NotFound("special detail")
    texts = await unseal_texts(session, held.row["person_id"], SPECIALS, special["id"], special["sealed"])
    return SpecialRead(testimony_id=testimony_id, kinds=special["kinds"], text=texts["text"])


async def use_testimony(
    session: Session, actor: Actor, testimony_id: UUID, data: TestimonyUseCreate, *, version: int | None = None
) -> Answer:
    """Record a use, which the consent must allow on its day.

    Raises `NotFound`, `Forbidden`, `PreconditionFailed`, `ConsentWithdrawn`, `NoConsentForUse`, and `Invalid` for a day
    to come, or a minor whose guardian no longer consents.
    """
    held = await hold_record(session, actor, TOLD, testimony_id, version=version)
    on_day = past(data.on_day, "/on_day")
    must_allow(held.row, data.use, on_day)
    await must_have_guardian(session, held.row["person_id"], "/use")
    use = TestimonyUse(testimony_id=held.id, use=data.use, on_day=on_day, used_by=actor.account_id, sealed=b"")
    use.sealed = await seal_texts(session, held.row["person_id"], USES, use.id, {"where": data.where})
    await session.insert(use)
    await take_step(session, actor, held, "use")
    return await answer_anew(session, actor, TOLD, testimony_id)


async def renew_consent(
    session: Session, actor: Actor, testimony_id: UUID, data: ConsentGiven, *, version: int | None = None
) -> Answer:
    """Put another consent in the place of the one that was given, for more or other uses, or for longer.

    Raises as `begin_step`, and `Invalid` for a day to come, or special details without explicit consent.
    """
    held = await begin_step(session, actor, TOLD, testimony_id, "renew_consent", version=version)
    if await _has_special(session, testimony_id):
        _must_be_explicit(data, "")
    await take_step(session, actor, held, "renew_consent", columns=consent_columns(data, ""))
    return await answer_anew(session, actor, TOLD, testimony_id)


async def withdraw_testimony(
    session: Session, actor: Actor, testimony_id: UUID, data: ConsentWithdrawal, *, version: int | None = None
) -> Answer:
    """Record that the consent is taken back. What was told goes for good; that it was used stays on record.

    Raises as `begin_step`, and `Invalid` for a day before the consent, or to come.
    """
    held = await begin_step(session, actor, TOLD, testimony_id, "withdraw", version=version)
    day = past(data.withdrawn_on, "/withdrawn_on")
    if day < held.row["consent_given_on"]:
        raise Invalid.at("/withdrawn_on", "before_given", "A consent is withdrawn after it was given.")
    # Whoever records it need not be let to read what goes.
    async with session.as_role(ROLE):
        await session.execute(_FORGET_SPECIAL, testimony_id)
    await take_step(session, actor, held, "withdraw", columns={"consent_withdrawn_on": day, "sealed": b""})
    return await answer_anew(session, actor, TOLD, testimony_id)


async def _keep_special(session: Session, entity: Testimony, said: SpecialDetails) -> None:
    if SpecialCategory.political_opinion in said.kinds and await is_outsider_to_charity(session, entity.person_id):
        raise Invalid.at(
            "/special/kinds",
            "political_opinion_of_non_member",
            "A charity notes no outsider's political opinion.",
        )
    special = TestimonySpecial(
        testimony_id=entity.id,
        branch_id=entity.branch_id,
        person_id=entity.person_id,
        taken_by=entity.taken_by,
        kinds=sorted(set(said.kinds)),
        sealed=b"",
    )
    texts = {"text": said.text}
    special.sealed = await seal_texts(session, entity.person_id, SPECIALS, special.id, texts)
    await session.insert(special)


def _must_be_explicit(consent: ConsentGiven, pointer: str) -> None:
    if not consent.explicit:
        raise Invalid.at(f"{pointer}/explicit", "consent_needed", "Special details need consent in so many words.")


async def _has_special(session: Session, testimony_id: UUID) -> bool:
    async with session.as_role(ROLE):
        return await session.fetchrow(_SPECIAL, testimony_id) is not None


async def _told_to(session: Session, data: TestimonyCreate) -> UUID | None:
    """The listening campaign to which it was told, which its session can say too. Raises `Invalid`."""
    await must_see(session, "listening_campaigns", data.listening_campaign_id, "/listening_campaign_id")
    if data.listening_session_id is None:
        return data.listening_campaign_id
    await must_see(session, "listening_sessions", data.listening_session_id, "/listening_session_id")
    of_session: UUID = await session.fetchval(_SESSION_OF, data.listening_session_id)
    if data.listening_campaign_id not in (None, of_session):
        raise Invalid.at("/listening_session_id", "other_campaign", "Name a session of that listening campaign.")
    return of_session


async def _uses(session: Session, held: Held) -> list[dict[str, Any]]:
    rows = await session.fetch(_USES, held.id, USES_SHOWN)
    sealed = {row["id"]: row["sealed"] for row in rows}
    texts = await texts_of_rows(session, held.row["person_id"], USES, sealed)
    shown = ("id", "use", "on_day", "used_by")
    return [{**{name: row[name] for name in shown}, "where": texts[row["id"]].get("where")} for row in rows]
