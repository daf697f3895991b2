"""Notes of one-to-ones: who may write and read them, and what may not be noted at all.

They lie in a table of their own, sealed under the key of the person, and its policies know the tiers. Whatever the
tier, they are the person's to have when they ask for their data.
"""

from collections.abc import Mapping
from datetime import date
from typing import Any
from uuid import UUID

from app.core import clock
from app.core.actor import Actor
from app.core.db import Session
from app.core.errors import Conflict, Invalid
from app.models.branches import UnitKind
from app.models.one_to_ones import NoteTier, OneToOneNotes, SpecialCategory
from app.models.one_to_ones_shapes import NextStepSaid, NotesSaid
from app.services.access import record_read
from app.services.envelopes import seal_texts, unseal_texts
from app.services.matters import past
from app.services.unit_records import Held

C = SpecialCategory
TABLE = "one_to_one_notes"
TEXTS = ("interests", "story", "asks", "next_step")

#: What may be noted only with the person's explicit consent (UK GDPR art. 9(2)(a)). Religion, membership of a union
#: and political opinion are what a not-for-profit body with such an aim may know of those it works with (art. 9(2)(d)).
NEED_CONSENT = frozenset({C.health, C.immigration, C.ethnicity, C.sexual_life})

#: DPA 2018 sch. 1 para. 22 is for those on the register of political parties: a charity may not note it of outsiders.
_IS_CHARITY = "select kind = $1 from branches where parent_id is null"
_IS_MEMBER = """
select exists (
  select from members m where m.person_id = $1 and m.relationship = 'member'
    and standing_on(m.decided_standing, m.decided_from, m.decided_until, m.restricted, m.paid_until, m.lapses_on, $2)
      not in ('lapsed', 'resigned', 'expelled', 'deceased'))
"""


class NotTheOrganiser(Conflict):
    code = "not_the_organiser"
    sentence = "Its organiser alone writes the notes of a one-to-one, and says who reads them."


async def is_charity(session: Session) -> bool:
    return bool(await session.fetchval(_IS_CHARITY, UnitKind.alliance))


async def write_notes(
    session: Session,
    held: Held,
    said: NotesSaid | None,
    next_step: NextStepSaid | None,
    pointer: str = "/notes",
) -> bool:
    """Write what was said into the notes of a one-to-one that is held; returns whether anything was.

    Raises `NotTheOrganiser`, `Invalid` for what may not be noted, `KeyDestroyed`.
    """
    texts = said.model_dump(include=set(TEXTS), exclude_unset=True) if said else {}
    if next_step is not None:
        texts["next_step"] = next_step.text
    if said is None and next_step is None:
        return False
    if not held.row["is_own"]:
        raise NotTheOrganiser
    before = await session.fetchrow(f"select * from {TABLE} where id = $1", held.id)
    special, consent_on = await _judged(session, held, said, before, pointer)
    kept = await unseal_texts(session, held.row["person_id"], TABLE, held.id, before["sealed"]) if before else {}
    sealed = await seal_texts(session, held.row["person_id"], TABLE, held.id, {**kept, **texts})
    columns: dict[str, Any] = {"special": special, "explicit_consent_on": consent_on, "sealed": sealed}
    if before is not None:
        await session.update(OneToOneNotes, held.id, columns)
        return True
    copied = {name: held.row[name] for name in ("branch_id", "person_id", "organiser_id", "tier")}
    await session.insert(OneToOneNotes(id=held.id, announced_on=clock.today(), **copied, **columns))
    return True


async def _judged(
    session: Session, held: Held, said: NotesSaid | None, before: Mapping[str, Any] | None, pointer: str
) -> tuple[list[str], date | None]:
    """The special categories of the notes and the day of the consent, as they will stand. Raises `Invalid`."""
    special = list(before["special"]) if before else []
    if said is not None and said.special is not None:
        special = sorted({str(one) for one in said.special})
    consent_on: date | None = before["explicit_consent_on"] if before else None
    if said is not None and said.explicit_consent:
        if said.explicit_consent_on is None:
            raise Invalid.at(f"{pointer}/explicit_consent_on", "consent_needed", "Say on which day they consented.")
        consent_on = past(said.explicit_consent_on, f"{pointer}/explicit_consent_on")
    if NEED_CONSENT.isdisjoint(special):
        consent_on = None
    elif consent_on is None:
        raise Invalid.at(f"{pointer}/explicit_consent", "consent_needed", "This needs the person's explicit consent.")
    if C.political_opinion in special and await is_outsider_to_charity(session, held.row["person_id"]):
        raise Invalid.at(
            f"{pointer}/special", "political_opinion_of_non_member", "A charity notes no outsider's political opinion."
        )
    return special, consent_on


async def is_outsider_to_charity(session: Session, person_id: UUID) -> bool:
    """Whether the organisation is a charity, which notes no political opinion of somebody who is no member of it."""
    return await is_charity(session) and not await session.fetchval(_IS_MEMBER, person_id, clock.today())


async def read_notes(session: Session, actor: Actor, held: Held) -> dict[str, Any] | None:
    """The notes, where the policies show them to the actor; that they were read is logged."""
    row = await session.fetchrow(f"select * from {TABLE} where id = $1", held.id)
    if row is None:
        return None
    await record_read(
        session, actor, "meetings", purpose="read_notes:one_to_one", subject_id=held.id, branch_id=held.branch_id
    )
    said = await unseal_texts(session, row["person_id"], TABLE, held.id, row["sealed"])
    told = {name: said.get(name) for name in TEXTS}
    plain = ("special", "explicit_consent_on", "announced_on", "announced_again_on")
    return {**told, "interests": told["interests"] or [], **{name: row[name] for name in plain}}


async def move_tier(session: Session, held: Held, tier: NoteTier, announced_again_on: date | None) -> None:
    """Let the policies of the notes know the tier. Raises `Invalid` where more would read them and were not announced.

    That its organiser asks was judged.
    """
    tiers = list(NoteTier)
    wider = tiers.index(tier) > tiers.index(NoteTier(held.row["tier"]))
    if tier == held.row["tier"]:
        raise Invalid.at("/tier", "same_tier", "The notes are of this tier already.")
    if wider and announced_again_on is None:
        raise Invalid.at("/announced_again_on", "announcement_needed", "Tell the person first who else will read them.")
    columns: dict[str, Any] = {"tier": tier}
    if wider:
        columns["announced_again_on"] = past(announced_again_on, "/announced_again_on")
    if await session.fetchval(f"select true from {TABLE} where id = $1", held.id):
        await session.update(OneToOneNotes, held.id, columns)
