"""Notes: read by those who were announced and by nobody else, the person's own to have, and in no export."""

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest

from app.core import clock
from app.core.permissions import Role
from app.models.branches import UnitKind
from app.models.members import Relationship
from app.services.erasures import erase_person
from app.services.person_links import rows_held
from app.services.personal_data.search import find_person_data
from tests.exports.asking import rows_of
from tests.one_to_ones.placed import STORY, place_one_to_one
from tests.one_to_ones.test_one_to_ones import said
from tests.organising import Ground
from tests.world import Client, World

TIERS = ("organiser", "supervisor", "team")


@asynccontextmanager
async def as_charity(world: World) -> AsyncIterator[None]:
    """The organisation is an alliance for a while."""
    change = "update branches set kind = $1 where parent_id is null"
    before = await world.api.value("select kind from branches where parent_id is null")
    await world.api.execute(change, UnitKind.alliance)
    try:
        yield
    finally:
        await world.api.execute(change, before)


async def _noted(ground: Ground, tier: str, **more: Any) -> dict[str, Any]:
    return await ground.do("one-to-ones", **said(ground, tier=tier, notes={"story": STORY}, **more))


@pytest.fixture
async def colleague(ground: Ground) -> Client:
    """Another organiser of the same unit."""
    return await ground.world.officer(Role.organiser)


async def test_each_tier_is_read_by_those_whom_the_form_names(ground: Ground, colleague: Client) -> None:
    readers = {"organiser": ground.organiser, "supervisor": ground.supervisor, "colleague": colleague}
    shown = {"organiser": {"organiser"}, "supervisor": {"organiser", "supervisor"}, "team": set(readers)}
    for tier in TIERS:
        made = await _noted(ground, tier)
        seen = set()
        for name, client in readers.items():
            told = await ground.get(f"one-to-ones/{made['id']}", by=client)
            assert told["notes_kept_by"] == tier
            if told["notes"] is not None:
                assert told["notes"]["story"] == STORY
                seen.add(name)
        assert seen == shown[tier], tier
        for client, status in ((ground.other, 404), (ground.leader, 403)):
            assert (await client.get(f"/v1/one-to-ones/{made['id']}")).status_code == status


async def test_the_policies_themselves_keep_each_tier(ground: Ground) -> None:
    """Whatever a service forgot: in the role and the scope of each reader, the rows are not there."""
    api = ground.world.api
    for tier in TIERS:
        await place_one_to_one(
            ground.world, ground.unit, notes=True, tier=tier, organiser_id=ground.organiser_id, minutes=1
        )
    actors = {role: await api.actor(role, ground.unit) for role in (Role.organiser, Role.supervisor, Role.leader)}
    away = await api.actor(Role.supervisor, ground.world.islington)
    expected = {Role.organiser: {"team"}, Role.supervisor: {"team", "supervisor"}, Role.leader: set()}
    for role, actor in actors.items():
        assert await _tiers(ground, actor) == expected[role], role
    assert await _tiers(ground, away) == set()


async def _tiers(ground: Ground, actor: Any) -> set[str]:
    async with ground.world.api.app.state.database.transaction() as session:
        session.act_as(actor)
        sql = "select tier from one_to_one_notes where branch_id = $1"
        return {row["tier"] for row in await session.fetch(sql, ground.unit)}


async def test_the_policies_let_nobody_write_in_anothers_notes(ground: Ground) -> None:
    api = ground.world.api
    row = await place_one_to_one(ground.world, ground.unit, notes=True, organiser_id=ground.organiser_id)
    for role in (Role.organiser, Role.supervisor):
        async with api.app.state.database.transaction() as session:
            session.act_as(await api.actor(role, ground.unit))
            for change in ("update one_to_one_notes set tier = 'organiser'", "delete from one_to_one_notes"):
                assert (await session.execute(f"{change} where id = $1", row.id)).endswith(" 0")
    assert await api.value("select tier from one_to_one_notes where id = $1", row.id) == "team"


async def test_who_left_the_unit_reads_their_own_notes_no_more(ground: Ground) -> None:
    made = await _noted(ground, "organiser")
    await ground.world.api.execute("delete from grants where account_id = $1", ground.organiser_id)
    ground.world.api.app.state.rights.forget()
    assert (await ground.organiser.get(f"/v1/one-to-ones/{made['id']}")).status_code == 403


async def test_reading_notes_is_logged_and_finding_none_is_not(ground: Ground) -> None:
    made = await _noted(ground, "supervisor")
    log = "select count(*) from access_log where subject_id = $1 and purpose = 'read_notes:one_to_one'"
    colleague = await ground.world.officer(Role.organiser)
    await ground.get(f"one-to-ones/{made['id']}", by=colleague)
    assert await ground.world.api.value(log, UUID(made["id"])) == 0
    await ground.get(f"one-to-ones/{made['id']}", by=ground.supervisor)
    assert await ground.world.api.value(log, UUID(made["id"])) == 1


async def test_nobody_writes_in_anothers_notes(ground: Ground, colleague: Client) -> None:
    planned = await ground.do("one-to-ones", **said(ground, state="planned"))
    path = f"one-to-ones/{planned['id']}"
    await ground.refused(f"{path}/hold", "not_the_organiser", by=colleague, notes={"story": STORY})
    await ground.refused(f"{path}/write-notes", "not_the_organiser", by=colleague, story=STORY)
    await ground.refused(f"{path}/tier", "not_the_organiser", by=ground.supervisor, tier="organiser")
    # That it was held anybody on the team can say.
    assert (await ground.do(f"{path}/hold", by=colleague))["state"] == "held"
    assert (await ground.get(path))["notes"] is None
    await ground.do(f"{path}/write-notes", story=STORY, interests=["Rents"])
    await ground.do(f"{path}/write-notes", story=None, asks="Will you host?")
    notes = (await ground.get(path))["notes"]
    assert (notes["story"], notes["interests"], notes["asks"]) == (None, ["Rents"], "Will you host?")


async def test_fewer_read_at_once_and_more_once_it_was_announced_again(ground: Ground, colleague: Client) -> None:
    made = await _noted(ground, "supervisor")
    path = f"one-to-ones/{made['id']}"
    await ground.refused(f"{path}/tier", "same_tier", 422, tier="supervisor")
    await ground.refused(f"{path}/tier", "announcement_needed", 422, tier="team")
    later = (clock.today() + timedelta(days=1)).isoformat()
    await ground.refused(f"{path}/tier", "in_future", 422, tier="team", announced_again_on=later)
    assert (await ground.get(path, by=colleague))["notes"] is None
    today = clock.today().isoformat()
    wider = await ground.do(f"{path}/tier", tier="team", announced_again_on=today)
    assert wider["notes_kept_by"] == "team"
    assert (await ground.get(path, by=colleague))["notes"]["announced_again_on"] == today
    await ground.do(f"{path}/tier", tier="organiser")
    for client in (colleague, ground.supervisor):
        assert (await ground.get(path, by=client))["notes"] is None
    assert (await ground.get(path))["notes"]["story"] == STORY


async def test_the_form_says_who_reads_how_many_and_that_it_is_disclosed(ground: Ground) -> None:
    form = await ground.get(f"one-to-ones/form?branch_id={ground.unit}")
    before = {tier["tier"]: tier["accounts"] for tier in form["tiers"]}
    assert list(before) == list(TIERS)
    assert before["organiser"] == 1
    assert before["organiser"] < before["supervisor"] <= before["team"]
    assert "given to you" in form["subject_access"]
    assert "explicit consent" in form["special"]
    assert {one["category"] for one in form["categories"] if one["explicit_consent"]} == {
        "health",
        "immigration",
        "ethnicity",
        "sexual_life",
    }
    await ground.world.officer(Role.organiser)
    after = await ground.get(f"one-to-ones/form?branch_id={ground.unit}")
    assert [tier["accounts"] - before[tier["tier"]] for tier in after["tiers"]] == [0, 0, 1]


async def test_special_categories_need_what_the_form_says(ground: Ground) -> None:
    for category in ("health", "immigration", "ethnicity", "sexual_life"):
        notes: dict[str, Any] = {"story": STORY, "special": [category]}
        for consent in ({}, {"explicit_consent": True}):
            await ground.refused("one-to-ones", "consent_needed", 422, **said(ground, notes={**notes, **consent}))
    today = clock.today().isoformat()
    consented = {"special": ["health"], "explicit_consent": True, "explicit_consent_on": today}
    made = await ground.do("one-to-ones", **said(ground, notes=consented))
    path = f"one-to-ones/{made['id']}"
    assert (await ground.get(path))["notes"]["explicit_consent_on"] == today
    await ground.do(f"{path}/write-notes", special=["religion"])
    assert (await ground.get(path))["notes"]["explicit_consent_on"] is None
    await ground.refused(f"{path}/write-notes", "consent_needed", 422, special=["health"])


async def test_a_charity_notes_no_outsiders_political_opinion_and_a_party_may(ground: Ground) -> None:
    supporter = await ground.person(relationship=Relationship.supporter)
    lapsed = await ground.person(
        paid_until=clock.today() - timedelta(days=400), lapses_on=clock.today() - timedelta(days=300)
    )
    member = await ground.person()
    notes = {"story": STORY, "special": ["political_opinion"]}

    def about(person: UUID) -> dict[str, Any]:
        return said(ground, person={"person_id": str(person)}, notes=notes)

    for person in (supporter, lapsed, member):
        await ground.do("one-to-ones", **about(person))
    async with as_charity(ground.world):
        for person in (supporter, lapsed):
            await ground.refused("one-to-ones", "political_opinion_of_non_member", 422, **about(person))
        await ground.do("one-to-ones", **about(member))
        form = await ground.get(f"one-to-ones/form?branch_id={ground.unit}")
    assert "charity" in form["special"]
    assert [one["category"] for one in form["categories"] if one["members_only"]] == ["political_opinion"]


async def test_the_person_is_given_all_notes_of_every_tier(ground: Ground) -> None:
    person = await ground.person()
    body = said(ground, person={"person_id": str(person)}, next_step={"text": "Meet again", "due_on": "2027-01-01"})
    for tier in TIERS:
        notes = {"story": f"{STORY} ({tier})", "interests": ["Rents"]}
        await ground.do("one-to-ones", **{**body, "tier": tier, "notes": notes})
    async with ground.world.api.app.state.database.transaction() as session:
        found = await find_person_data(session, person)
    pieces = [piece.values for piece in found.pieces if piece.table == "one_to_one_notes"]
    assert sorted(piece["sealed"]["story"] for piece in pieces) == sorted(f"{STORY} ({tier})" for tier in TIERS)
    assert all(piece["sealed"]["next_step"] == "Meet again" for piece in pieces)
    assert len([piece for piece in found.pieces if piece.table == "one_to_ones"]) == 3
    assert {"one_to_ones", "one_to_one_notes", "guardian_consents", "organiser_leave"} <= rows_held().keys()


async def test_what_is_noted_is_in_no_export_event_or_trail(ground: Ground) -> None:
    interest = "Rents of the tower blocks"
    step = {"text": "Bring two neighbours along", "due_on": "2027-01-01"}
    noon = clock.day_starts(clock.today()) + timedelta(hours=11, minutes=41)
    notes: dict[str, Any] = {"story": STORY, "interests": [interest]}
    made = await _noted(ground, "team", starts_at=noon.isoformat())
    await ground.do(f"one-to-ones/{made['id']}/write-notes", **notes, next_step=step)
    member = await ground.world.api.row("select * from members where person_id = $1", UUID(made["person_id"]))
    rows = json.dumps(await rows_of(ground.organiser, branch_id=str(ground.unit)))
    assert str(member["number"]) in rows
    kept = "select string_agg(t::text, ' ') from {} t where subject_id = $1"
    told = [await ground.world.api.value(kept.format(name), UUID(made["id"])) for name in ("audit_entries", "events")]
    assert all("one_to_one" in text for text in told)
    listed = (await ground.organiser.get(f"/v1/one-to-ones?person_id={made['person_id']}")).text
    for secret in (STORY, interest, step["text"]):
        assert all(secret not in text for text in (rows, listed, *told))
    assert all("11:41" not in text for text in told)


async def test_who_is_erased_leaves_a_day_and_no_notes(ground: Ground) -> None:
    person = await ground.person()
    made = await _noted(ground, "team", person={"person_id": str(person)})
    async with ground.world.api.owner.transaction() as session:
        await erase_person(session, None, person)
    kept = await ground.get(f"one-to-ones/{made['id']}")
    assert (kept["notes"], kept["on_day"], kept["purpose"]) == (None, clock.today().isoformat(), "other")
    count = "select count(*) from one_to_one_notes where person_id = $1"
    assert await ground.world.api.value(count, person) == 0
    await ground.refused(f"one-to-ones/{made['id']}/write-notes", "key_destroyed", story=STORY)
