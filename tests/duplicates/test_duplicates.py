"""Possible duplicates: found anywhere by whoever may write, told to nobody, settled at the root."""

from datetime import date
from typing import Any
from uuid import UUID

import asyncpg
import pytest

from app.core.ids import new_id
from app.core.permissions import Role
from tests.world import Client, World

ADA: dict[str, Any] = {"given_name": "Ada", "family_name": "Twice", "postcode": "E8 4AA"}
WHY = {"reason": "Mother and daughter."}


async def person(world: World, branch: UUID, **over: Any) -> UUID:
    """Somebody whose address nobody else has, unless told otherwise."""
    return (await world.api.member(branch, **{**ADA, "postcode": None, **over}))[1]


async def note(world: World, *people: UUID, branch: UUID | None = None, role: Role = Role.branch_secretary) -> None:
    """As an import's last word: in the scope of somebody who brought these people in."""
    actor = await world.api.actor(role, branch or world.hackney)
    async with world.api.app.state.database.transaction(actor) as session:
        assert await session.fetchval("select note_duplicates($1, null)", list(people)) is None


async def pairs(world: World, *people: UUID) -> dict[frozenset[UUID], list[str]]:
    """The pairs among these people, with what they have in common."""
    async with world.api.owner.transaction() as session:
        rows = await session.fetch(
            "select person_id, other_person_id, why from possible_duplicates "
            "where person_id = any ($1) and other_person_id = any ($1)",
            list(people),
        )
    return {frozenset((row["person_id"], row["other_person_id"])): row["why"] for row in rows}


@pytest.mark.parametrize(
    ("ours", "theirs", "why"),
    [
        ({"email": "Twins@Example.org"}, {"email": "twins@example.org", "family_name": "Other"}, "same_email_and_name"),
        ({"email": "b@example.org"}, {"email": "b@example.org", "given_name": "Bob"}, None),
        ({"date_of_birth": date(1980, 5, 1)}, {"date_of_birth": date(1980, 5, 1)}, "same_name_and_birth"),
        ({"date_of_birth": date(1980, 5, 2)}, {"date_of_birth": date(1980, 5, 3)}, None),
        ({"postcode": "E8 5AA"}, {"postcode": "E8 5AA", "given_name": "ÁDA"}, "same_name_and_postcode"),
        ({"postcode": "E8 6AA"}, {"postcode": "E8 6AA", "given_name": "Bob"}, None),
        (
            {"mobile_phone": "+447999000456"},
            {"mobile_phone": "+447999000456", "family_name": "Wed"},
            "same_phone_and_name",
        ),
        ({"mobile_phone": "+447999000457"}, {"mobile_phone": "+447999000457", "given_name": "Bob"}, None),
        ({"source_key": "row 1"}, {"source_key": "row 1", "family_name": "Wed"}, "same_source_key"),
        ({"source_key": "row 2"}, {"source_key": "row 2", "given_name": "Bob"}, None),
        ({}, {}, None),
    ],
)
async def test_one_thing_in_common_counts_together_with_the_name(
    world: World, ours: dict[str, Any], theirs: dict[str, Any], why: str | None
) -> None:
    other = await person(world, world.angel, **theirs)
    new = await person(world, world.dalston, **ours)
    await note(world, new)
    assert await pairs(world, new, other) == ({frozenset((new, other)): [why]} if why else {})


async def test_a_pair_is_one_row_however_often_it_is_found(world: World) -> None:
    same = {"email": "pair@example.org", "date_of_birth": date(1970, 1, 1)}
    one, two = await person(world, world.dalston, **same), await person(world, world.hackney, **same)
    for _ in range(2):
        await note(world, one, two)
    assert await pairs(world, one, two) == {frozenset((one, two)): ["same_email_and_name", "same_name_and_birth"]}


async def test_an_address_that_many_share_does_not_flood_the_queue(world: World) -> None:
    crowd = [await person(world, world.angel, email="crowd@example.org") for _ in range(12)]
    new = await person(world, world.dalston, email="crowd@example.org")
    await note(world, new)
    assert len(await pairs(world, new, *crowd)) == 10


async def test_nobody_asks_about_people_of_others(world: World) -> None:
    same = {"date_of_birth": date(1971, 1, 1), "family_name": "Elsewhere"}
    one, two = await person(world, world.angel, **same), await person(world, world.islington, **same)
    await note(world, one, two, new_id())
    await note(world, one, two, branch=world.islington, role=Role.branch_treasurer)
    assert await pairs(world, one, two) == {}


async def found(world: World, **over: Any) -> tuple[UUID, UUID, str]:
    """Two people in two branches, noted as a pair; and the pair's address."""
    same = {"family_name": f"Twice {new_id().hex}", "postcode": "E8 7AA", "date_of_birth": date(1972, 2, 2), **over}
    other, new = await person(world, world.angel, **same), await person(world, world.dalston, **same)
    await note(world, new)
    key = await world.api.value("select id from possible_duplicates where $1 in (person_id, other_person_id)", new)
    return new, other, f"/v1/possible-duplicates/{key}"


async def national(world: World) -> Client:
    return await world.officer(Role.national_membership_officer, world.root)


async def test_the_queue_shows_both_people_with_what_they_share(world: World) -> None:
    new, other, url = await found(world)
    officer = await national(world)
    read = (await officer.get(url)).json()
    shown = {UUID(one["person_id"]): one for one in read["people"]}
    assert shown.keys() == {new, other}
    assert (shown[new]["branch_ids"], shown[other]["branch_ids"]) == ([str(world.dalston)], [str(world.angel)])
    assert (shown[new]["date_of_birth"], shown[new]["postcode"]) == ("1972-02-02", "E8 7AA")
    assert read["why"] == ["same_name_and_birth", "same_name_and_postcode"]
    assert [one["allowed"] for one in read["allowed_actions"]] == [True, False]
    listed = (await officer.get("/v1/possible-duplicates", params={"limit": 200})).json()["data"]
    del read["allowed_actions"]
    assert read in listed
    logged = "select count(*) from access_log where purpose = 'read:possible_duplicate' and subject_id = $1"
    for one in shown.values():
        assert await world.api.value(logged, UUID(one["member_id"])) == 1


async def test_a_dismissed_pair_is_not_raised_again_unless_reopened(world: World) -> None:
    new, other, url = await found(world)
    officer = await national(world)
    done = await officer.post(f"{url}/dismiss", json=WHY)
    assert (done.status_code, done.json()["state"], done.json()["reason"]) == (200, "dismissed", WHY["reason"])
    await note(world, new)
    assert (await officer.get(url)).json()["state"] == "dismissed"
    again = await officer.post(f"{url}/dismiss", json=WHY)
    assert (again.status_code, again.json()["code"]) == (409, "action_not_allowed")
    assert done.json()["id"] not in (await officer.get("/v1/possible-duplicates", params={"limit": 200})).text
    dismissed = await officer.get("/v1/possible-duplicates", params={"state": "dismissed", "limit": 200})
    assert done.json()["id"] in dismissed.text
    back = await officer.post(f"{url}/reopen")
    assert (back.status_code, back.json()["state"], back.json()["reason"]) == (200, "open", None)
    stale = await officer.post(f"{url}/dismiss", json=WHY, headers={"If-Match": done.headers["ETag"]})
    assert stale.status_code == 412
    key = UUID(done.json()["id"])
    actions = "select array_agg(action order by id) from audit_entries where subject_id = $1"
    assert await world.api.value(actions, key) == ["possible_duplicate.dismissed", "possible_duplicate.reopened"]
    assert len(await pairs(world, new, other)) == 1


async def test_who_answers_for_a_part_sees_no_queue(world: World) -> None:
    *_, url = await found(world)
    for officer in (await world.officer(Role.supervisor, world.region), await world.officer()):
        for answer in (
            await officer.get("/v1/possible-duplicates"),
            await officer.get(url),
            await officer.post(f"{url}/dismiss", json=WHY),
        ):
            assert (answer.status_code, answer.json()["params"]) == (403, {"permission": "duplicates:decide"})
    assert (await (await national(world)).get(url)).json()["state"] == "open"


async def test_the_database_shows_the_queue_at_the_root_alone(world: World) -> None:
    await found(world)
    counted = {}
    for role, unit in ((Role.supervisor, world.region), (Role.national_membership_officer, world.root)):
        actor = await world.api.actor(role, unit)
        async with world.api.app.state.database.transaction(actor) as session:
            counted[role] = await session.fetchval("select count(*) from possible_duplicates")
    assert counted.pop(Role.supervisor) == 0
    assert min(counted.values()) > 0


async def test_nobody_but_the_function_writes_a_pair(world: World) -> None:
    actor = await world.api.actor(Role.national_membership_officer, world.root)
    with pytest.raises(asyncpg.InsufficientPrivilegeError):
        async with world.api.app.state.database.transaction(actor) as session:
            await session.execute("insert into possible_duplicates (id) values ($1)", new_id())


async def test_a_pair_goes_with_either_of_the_two(world: World) -> None:
    new, other, url = await found(world)
    async with world.api.owner.transaction() as session:
        await session.execute("delete from members where person_id = $1", other)
        await session.execute("delete from people where id = $1", other)
    assert (await (await national(world)).get(url)).status_code == 404
    assert await pairs(world, new, other) == {}
