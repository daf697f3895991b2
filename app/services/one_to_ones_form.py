"""What the person is told before anything is noted of them: who reads it, and that it is theirs to have."""

from typing import NamedTuple
from uuid import UUID

from app.core.actor import Actor
from app.core.db import Session
from app.core.permissions import GRANTS, Permission, Role
from app.models.one_to_ones import NoteTier, SpecialCategory
from app.models.one_to_ones_shapes import CategoryRead, NotesForm, TierRead
from app.services.one_to_ones_notes import NEED_CONSENT, is_charity
from app.services.rights import holders_at
from app.services.unit_records import judge_unit

P, T = Permission, NoteTier


class Words(NamedTuple):
    """What the person is told, in their language."""

    en: str
    cy: str


#: Of each tier, who reads its notes.
WHO_READS = {
    T.organiser: Words(
        en="The organiser who meets you, and nobody else.",
        cy="Y trefnydd sy'n cwrdd â chi, a neb arall.",
    ),
    T.supervisor: Words(
        en="The organiser who meets you, and whoever supervises organisers here.",
        cy="Y trefnydd sy'n cwrdd â chi, a phwy bynnag sy'n goruchwylio trefnwyr yma.",
    ),
    T.team: Words(
        en="Everybody who sees the one-to-ones of this unit, and whoever supervises them.",
        cy="Pawb sy'n gweld cyfarfodydd un-i-un yr uned hon, a phwy bynnag sy'n eu goruchwylio.",
    ),
}
_READS = {T.supervisor: P.supervision_read, T.team: P.meetings_read}
SUBJECT_ACCESS = Words(
    en="Whoever else reads them, the notes are about you: if you ask for your data, all of them are given to you as "
    "they stand, and when you are erased they are too. No export of members holds them.",
    cy="Pwy bynnag arall sy'n eu darllen, amdanoch chi y mae'r nodiadau: os gofynnwch am eich data, rhoddir pob un "
    "ohonynt i chi fel y maent, a phan gewch eich dileu fe'u dilëir hwythau. Nid yw'r un allforyn yn eu cynnwys.",
)
SPECIAL = Words(
    en="What the law protects more than the rest is noted only where it is needed, and is named as such. Health, "
    "immigration, ethnicity and sexual life are noted only with your explicit consent, which you may take back.",
    cy="Dim ond lle bo angen y nodir yr hyn y mae'r gyfraith yn ei ddiogelu'n fwy na'r gweddill, ac fe'i henwir felly. "
    "Dim ond gyda'ch cydsyniad penodol, y cewch ei dynnu'n ôl, y nodir iechyd, mewnfudo, ethnigrwydd a bywyd rhywiol.",
)
CHARITY = Words(
    en=" This is a charity: it notes the political opinion of nobody who is not a member.",
    cy=" Elusen yw hon: nid yw'n nodi barn wleidyddol neb nad yw'n aelod.",
)


async def get_form(session: Session, actor: Actor, branch_id: UUID) -> NotesForm:
    """The form for a unit in reach, with how many read each tier today. Raises `NotFound`, `Forbidden`."""
    path = await judge_unit(session, actor, branch_id, P.meetings_read)
    charity = await is_charity(session)
    async with session.as_role("rollbook_auth"):
        holders = await holders_at(session, path)
    tiers = []
    for tier in T:
        readers = {actor.account_id}
        if (needed := _READS.get(tier)) is not None:
            readers |= {row["account_id"] for row in holders if needed in GRANTS[Role(row["role"])]}
        who = WHO_READS[tier]
        tiers.append(TierRead(tier=tier, who_reads=who.en, who_reads_cy=who.cy, accounts=len(readers)))
    return NotesForm(
        branch_id=branch_id,
        tiers=tiers,
        subject_access=SUBJECT_ACCESS.en,
        subject_access_cy=SUBJECT_ACCESS.cy,
        special=SPECIAL.en + (CHARITY.en if charity else ""),
        special_cy=SPECIAL.cy + (CHARITY.cy if charity else ""),
        categories=[
            CategoryRead(
                category=one,
                explicit_consent=one in NEED_CONSENT,
                members_only=charity and one is SpecialCategory.political_opinion,
            )
            for one in SpecialCategory
        ],
    )
