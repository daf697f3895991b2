"""Samples for the parties' side of disputes, each asked by the party, and for break-glass."""

from collections.abc import Callable
from typing import Any
from uuid import UUID

from app.core import clock
from app.core.permissions import Part, Role
from app.models.dispute_disclosures import DisclosureKind, DisputeDisclosure
from app.models.dispute_hearings import DisputeMeeting, DisputePanel, MeetingKind, PanelKind
from app.models.disputes import DisputePart, DisputeState
from app.services.envelopes import key_for
from tests.contracts.asks import Ask, Held, Sample, Sight
from tests.disputes.placed import Placed, place_case
from tests.world import World

S, K = DisputeState, DisclosureKind
FILES = {"file": ("Minutes.txt", b"What was said at the meeting.\n")}
WORDS = {"text": "As I remember it."}


async def _told(world: World, placed: Placed, party_id: UUID, kind: DisclosureKind, subject_id: UUID) -> None:
    shown = DisputeDisclosure(dispute_id=placed.id, party_id=party_id, kind=kind, subject_id=subject_id)
    async with world.api.transaction() as session:
        await session.insert(shown)
        await session.execute("update dispute_parties set told_at = $2 where id = $1", party_id, clock.now())


def _as_party(
    state: DisputeState,
    json: Any = None,
    *,
    respondent: bool = False,
    told: DisclosureKind | None = None,
    files: bool = False,
) -> Sample:
    """Something that a party does, of whom it was noted that they were told of what it takes."""

    async def make(world: World, unit: UUID) -> Ask:
        placed = await place_case(world, unit, state)
        party = placed.respondent if respondent else placed.complainant
        person = placed.respondent_person if respondent else placed.complainant_person
        # A complaint that comes in has a key from the first.
        async with world.api.transaction() as session:
            await key_for(session, placed.id)
        if told is not None:
            await _told(world, placed, party, told, placed.allegation)
        by = await world.api.sign_in(await world.api.account(person_id=person))
        return Ask(ids={"dispute_id": placed.id}, json=json, files=FILES if files else {}, by=by)

    return Sample(make)


async def _objected(world: World, unit: UUID) -> Ask:
    placed = await place_case(world, unit, S.listed)
    panel = DisputePanel(dispute_id=placed.id, kind=PanelKind.first, body_key="nec_disputes", listed_on=clock.today())
    seat = DisputePart(
        dispute_id=placed.id, part=Part.chair, account_id=await world.api.account(), panel_id=panel.id, sealed=b""
    )
    meeting = DisputeMeeting(
        dispute_id=placed.id, panel_id=panel.id, kind=MeetingKind.hearing, starts_at=clock.now(), sealed=b""
    )
    async with world.api.transaction() as session:
        for row in (panel, seat, meeting):
            await session.insert(row)
        await key_for(session, placed.id)
    await _told(world, placed, placed.complainant, K.hearing, meeting.id)
    by = await world.api.sign_in(await world.api.account(person_id=placed.complainant_person))
    return Ask(ids={"dispute_id": placed.id}, json={"part_id": str(seat.id), **WORDS}, by=by)


async def _own_listed(world: World, unit: UUID) -> Ask:
    placed = await place_case(world, unit)
    by = await world.api.sign_in(await world.api.account(person_id=placed.complainant_person))
    return Ask(by=by, shown=placed.id)


async def _said(world: World, unit: UUID) -> tuple[Placed, dict[str, str]]:
    placed = await place_case(world, unit)
    reference = await world.api.value("select reference from disputes where id = $1", placed.id)
    return placed, {"reference": reference, "reason": "The regulator asks."}


async def _asked(world: World, unit: UUID) -> Ask:
    return Ask(json=(await _said(world, unit))[1])


def _waiting(shape: Callable[[UUID, Placed], Ask], held: Held = Held.here, sight: Sight = Sight.hidden) -> Sample:
    """An ask by somebody else, about a case of the unit."""

    async def make(world: World, unit: UUID) -> Ask:
        placed, said = await _said(world, unit)
        asker = await world.api.as_role(Role.data_protection_officer, world.root)
        made = await asker.post("/v1/break-glass", json=said)
        assert made.status_code == 202, made.text
        return shape(UUID(made.json()["id"]), placed)

    return Sample(make, held, sight, asks=True)


OWN = "/v1/me/disputes"
ONE = f"{OWN}/{{dispute_id}}"
OWN_CASES: dict[str, Sample] = {
    f"GET {OWN}": Sample(_own_listed),
    f"GET {ONE}": _as_party(S.acknowledged),
    f"POST {ONE}/respond": _as_party(S.noticed, WORDS, respondent=True, told=K.notice),
    f"POST {ONE}/correct": _as_party(S.needs_information, WORDS),
    f"POST {ONE}/evidence": _as_party(S.acknowledged, files=True),
    f"POST {ONE}/object": Sample(_objected),
    f"POST {ONE}/withdraw": _as_party(S.acknowledged, WORDS),
    f"POST {ONE}/appeal": _as_party(S.decided, WORDS, told=K.decision),
    "POST /v1/break-glass": Sample(_asked, Held.root),
    "GET /v1/break-glass": _waiting(lambda _ask, _case: Ask(), Held.anywhere),
    "GET /v1/break-glass/waiting": _waiting(lambda ask, _case: Ask(shown=ask), Held.here, Sight.listed),
    "POST /v1/break-glass/{ask_id}/approve": _waiting(lambda ask, _case: Ask(ids={"ask_id": ask})),
    "POST /v1/break-glass/{ask_id}/refuse": _waiting(
        lambda ask, _case: Ask(ids={"ask_id": ask}, json={"reason": "Ask its people."})
    ),
    "GET /v1/disputes/{dispute_id}/break-glass": _waiting(
        lambda ask, case: Ask(ids={"dispute_id": case.id}, by=case.by, shown=ask)
    ),
}
