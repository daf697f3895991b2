"""Samples for the routes of evidence and letters: files of a case, made by its receiver."""

from typing import Any
from uuid import UUID

from app.core import clock
from tests.contracts.asks import Ask, Make, Sample
from tests.disputes.placed import Placed, place_case
from tests.world import Client, World

TEXT = b"What was said at the meeting.\n"
FILES = {"file": ("Minutes.txt", TEXT)}


async def _made(who: Client, path: str, **said: Any) -> UUID:
    answer = await who.post(path, **said)
    assert answer.status_code == 201, answer.text
    return UUID(answer.json()["id"])


async def _item(placed: Placed) -> UUID:
    return await _made(placed.by, f"/v1/disputes/{placed.id}/evidence", files=FILES)


async def _letter(placed: Placed) -> UUID:
    said = {"template": "acknowledgement", "party_id": str(placed.complainant)}
    return await _made(placed.by, f"/v1/disputes/{placed.id}/letters", json=said)


async def _shown(placed: Placed, evidence_id: UUID) -> None:
    said = {"party_id": str(placed.complainant), "evidence_ids": [str(evidence_id)]}
    answer = await placed.by.post(f"/v1/disputes/{placed.id}/disclosures", json=said)
    assert answer.status_code == 204, answer.text


def evidence(*, files: bool = False, json: Any = None) -> Sample:
    """Something done to an item of evidence."""

    async def make(world: World, unit: UUID) -> Ask:
        placed = await place_case(world, unit)
        ids = {"dispute_id": placed.id, "evidence_id": await _item(placed)}
        return Ask(ids=ids, files=FILES if files else {}, json=json, by=placed.by)

    return Sample(make, asks=True)


async def _put_back(world: World, unit: UUID) -> Ask:
    placed = await place_case(world, unit)
    item = await _item(placed)
    path = f"/v1/disputes/{placed.id}/evidence/{item}/set-aside"
    assert (await placed.by.post(path, json={"reason": "Hearsay."})).status_code == 200
    return Ask(ids={"dispute_id": placed.id, "evidence_id": item}, by=placed.by)


async def _evidence_listed(world: World, unit: UUID) -> Ask:
    placed = await place_case(world, unit)
    return Ask(ids={"dispute_id": placed.id}, by=placed.by, shown=await _item(placed))


async def _evidence_added(world: World, unit: UUID) -> Ask:
    placed = await place_case(world, unit)
    return Ask(ids={"dispute_id": placed.id}, files=FILES, form={"title": "Minutes"}, by=placed.by)


async def _disclosed(world: World, unit: UUID) -> Ask:
    placed = await place_case(world, unit)
    said = {"party_id": str(placed.complainant), "evidence_ids": [str(await _item(placed))]}
    return Ask(ids={"dispute_id": placed.id}, json=said, by=placed.by)


async def _disclosures(world: World, unit: UUID) -> Ask:
    placed = await place_case(world, unit)
    await _shown(placed, await _item(placed))
    return Ask(ids={"dispute_id": placed.id}, by=placed.by)


async def _correspondence(world: World, unit: UUID) -> Ask:
    placed = await place_case(world, unit)
    return Ask(ids={"dispute_id": placed.id}, by=placed.by, shown=await _letter(placed))


async def _logged(world: World, unit: UUID) -> Ask:
    placed = await place_case(world, unit)
    said = {"direction": "incoming", "channel": "phone", "on_day": clock.today().isoformat(), "subject": "A call"}
    return Ask(ids={"dispute_id": placed.id}, json=said, by=placed.by)


async def _written(world: World, unit: UUID) -> Ask:
    placed = await place_case(world, unit)
    said = {"template": "acknowledgement", "party_id": str(placed.complainant)}
    return Ask(ids={"dispute_id": placed.id}, json=said, by=placed.by)


async def _letter_linked(world: World, unit: UUID) -> Ask:
    placed = await place_case(world, unit)
    return Ask(ids={"dispute_id": placed.id, "correspondence_id": await _letter(placed)}, by=placed.by)


async def _complainant(world: World, placed: Placed) -> Client:
    api = world.api
    return await api.sign_in(await api.account(person_id=placed.complainant_person))


def own(*, files: bool = False, evidence_id: bool = False, letter_id: bool = False) -> Make:
    """What was shown to the complainant of a case, asked for by themselves."""

    async def make(world: World, unit: UUID) -> Ask:
        placed = await place_case(world, unit)
        item, letter = await _item(placed), await _letter(placed)
        await _shown(placed, item)
        ids = {"dispute_id": placed.id}
        ids |= {"evidence_id": item} if evidence_id else {}
        ids |= {"letter_id": letter} if letter_id else {}
        return Ask(ids=ids, files=FILES if files else {}, by=await _complainant(world, placed))

    return make


async def _link(world: World, unit: UUID) -> Ask:
    placed = await place_case(world, unit)
    link = await placed.by.post(f"/v1/disputes/{placed.id}/evidence/{await _item(placed)}/link")
    return Ask(ids={"link": link.json()["url"].rpartition("/")[2]})


CASE = "/v1/disputes/{dispute_id}"
OWN = "/v1/me/disputes/{dispute_id}"
CASE_FILES: dict[str, Sample] = {
    f"GET {CASE}/evidence": Sample(_evidence_listed, asks=True),
    f"POST {CASE}/evidence": Sample(_evidence_added, asks=True),
    f"GET {CASE}/evidence/{{evidence_id}}": evidence(),
    f"POST {CASE}/evidence/{{evidence_id}}/replace": evidence(files=True),
    f"POST {CASE}/evidence/{{evidence_id}}/redact": evidence(files=True),
    f"POST {CASE}/evidence/{{evidence_id}}/set-aside": evidence(json={"reason": "Hearsay."}),
    f"POST {CASE}/evidence/{{evidence_id}}/put-back": Sample(_put_back, asks=True),
    f"POST {CASE}/evidence/{{evidence_id}}/link": evidence(),
    f"GET {CASE}/disclosures": Sample(_disclosures, asks=True),
    f"POST {CASE}/disclosures": Sample(_disclosed, asks=True),
    f"GET {CASE}/correspondence": Sample(_correspondence, asks=True),
    f"POST {CASE}/correspondence": Sample(_logged, asks=True),
    f"POST {CASE}/correspondence/{{correspondence_id}}/link": Sample(_letter_linked, asks=True),
    f"POST {CASE}/letters": Sample(_written, asks=True),
    f"GET {OWN}/evidence": Sample(own(), asks=True),
    f"POST {OWN}/evidence": Sample(own(files=True), asks=True),
    f"POST {OWN}/evidence/{{evidence_id}}/link": Sample(own(evidence_id=True), asks=True),
    f"GET {OWN}/letters": Sample(own(), asks=True),
    f"POST {OWN}/letters/{{letter_id}}/link": Sample(own(letter_id=True), asks=True),
    "GET /v1/file-links/{link}": Sample(_link, asks=True),
}
