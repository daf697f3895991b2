"""Whoever is excluded is recognised when they come again: by hand or by file, and after their record is erased."""

import json
from datetime import date
from typing import Any

import pytest
from httpx import Response

from app.core import clock
from app.core.crypto import MasterKey
from app.core.db import Database
from app.core.permissions import Role
from app.services.erasures import erase_person
from app.services.exclusion_marks import marks_of
from tests.imports.desk import codes, desk
from tests.restrictions.bench import Bench, K, in_days, make_bench
from tests.world import World, make_world

KNOWN = {
    "date_of_birth": date(1984, 5, 17),
    "email": "nia@example.org",
    "mobile_phone": "+447400123456",
    "postcode": "E8 1EA",
}


def name_of(world: World) -> dict[str, str]:
    """A name that nobody in another corner of the tree has."""
    own = world.hackney.hex[-12:].translate(str.maketrans("0123456789", "ghijklmnop"))
    return {"given_name": "Nia", "family_name": f"O'Brien-{own}"}


async def apply(bench: Bench, **said: Any) -> Response:
    body = {"branch_id": str(bench.world.hackney), **name_of(bench.world), **said}
    return await bench.secretary.post("/v1/members", json=body)


async def exclude(bench: Bench, ends_on: date | None = None, **over: Any) -> tuple[Any, Any, Any]:
    """Somebody excluded elsewhere: (member, person, source)."""
    columns = {"preferred_name": "Non", **name_of(bench.world), **KNOWN, **over}
    member, person = await bench.api.member(bench.world.angel, **columns)
    kind = K.excluded if ends_on else K.expelled
    return member, person, await bench.restrict(person, kind, ends_on=ends_on)


@pytest.mark.parametrize(
    ("said", "recognised"),
    [
        ({"date_of_birth": "1984-05-17"}, True),
        ({"email": "NIA@example.org"}, True),
        ({"mobile_phone": "07400 123456"}, True),
        ({"postcode": "e81ea"}, True),
        ({"given_name": "NÎA", "email": "nia@example.org"}, True),
        ({"given_name": "Non", "date_of_birth": "1984-05-17"}, True),
        ({"given_name": "Ann", "preferred_name": "Nia", "postcode": "E8 1EA"}, True),
        ({}, False),
        ({"date_of_birth": "1984-05-18", "email": "other@example.org", "postcode": "E8 1EB"}, False),
        ({"given_name": "Ann", "email": "nia@example.org"}, False),
    ],
)
async def test_by_name_and_one_thing_more(bench: Bench, said: dict[str, str], recognised: bool) -> None:
    await exclude(bench, in_days(700))
    answer = await apply(bench, **said)
    if not recognised:
        assert answer.status_code == 201, answer.text
        return
    refused = answer.json()
    assert (answer.status_code, refused["code"]) == (409, "membership_barred")
    assert (refused["params"], "errors" in refused) == ({"until": in_days(700).isoformat()}, False)
    in_hackney = "select count(*) from members where branch_id = $1"
    assert await bench.api.value(in_hackney, bench.world.hackney) == 0


async def test_two_years_from_a_leap_day_end_on_the_last_of_february(bench: Bench) -> None:
    begins = date(2024, 2, 29)
    await bench.turn(begins)
    then = await make_bench(await make_world(bench.api))
    member, _, _ = await exclude(then, clock.months_after(begins, 24))
    islington = await then.world.officer(branch_id=then.world.islington)
    for day, standing, status in ((date(2026, 2, 27), "expelled", 409), (date(2026, 2, 28), "current", 201)):
        await bench.turn(day)
        assert (await then.read(member, islington))["standing"] == standing
        answer = await apply(then, email="nia@example.org")
        assert answer.status_code == status, answer.text


async def test_without_an_end_it_says_so_and_the_longest_counts(bench: Bench) -> None:
    _, person, first = await exclude(bench, in_days(10))
    assert (await apply(bench, postcode="E8 1EA")).json()["params"] == {"until": in_days(10).isoformat()}
    second = await bench.restrict(person, K.excluded, ends_on=in_days(20))
    assert (await apply(bench, postcode="E8 1EA")).json()["params"] == {"until": in_days(20).isoformat()}
    third = await bench.restrict(person, K.expelled)
    assert (await apply(bench, postcode="E8 1EA")).json()["params"] == {"until": None}
    await bench.lift(third)
    await bench.prolong(second, in_days(5))
    assert (await apply(bench, postcode="E8 1EA")).json()["params"] == {"until": in_days(10).isoformat()}
    for source in (first, second):
        await bench.lift(source)
        marks = "select count(*) from exclusion_marks where source_id = $1"
        assert await bench.api.value(marks, source) == 0
    assert (await apply(bench, postcode="E8 1EA")).status_code == 201


async def test_a_mark_that_is_over_stays_so(bench: Bench) -> None:
    _, _, source = await exclude(bench, in_days(10))
    await bench.lift(source, in_days(3))
    assert (await apply(bench, postcode="E8 1EA")).json()["params"] == {"until": in_days(3).isoformat()}
    await bench.turn(in_days(3))
    await bench.prolong(source, None)
    assert (await apply(bench, postcode="E8 1EA")).status_code == 201


@pytest.mark.parametrize("kind", [K.suspended, K.barred_from_office, K.barred_from_candidacy])
async def test_only_who_must_leave_is_recognised(bench: Bench, kind: K) -> None:
    _, person = await bench.api.member(bench.world.angel, **name_of(bench.world), **KNOWN)
    source = await bench.restrict(person, kind)
    assert await bench.api.value("select count(*) from exclusion_marks where source_id = $1", source) == 0


async def test_they_are_recognised_after_their_record_is_erased(bench: Bench) -> None:
    member, person, source = await exclude(bench)
    database: Database = bench.api.app.state.database
    async with database.transaction(role="rollbook_auth") as session:
        assert await erase_person(session, None, person)
    row = await bench.api.row("select * from exclusion_marks where source_id = $1 limit 1", source)
    assert {person, member}.isdisjoint(row.values())
    refused = await apply(bench, email="nia@example.org")
    assert (refused.status_code, refused.json()["params"]) == (409, {"until": None})
    islington = await bench.world.officer(branch_id=bench.world.islington)
    tombstone = await bench.read(member, islington)
    assert (tombstone["given_name"], tombstone["standing"]) == ("Erased", "expelled")
    await bench.lift(source)
    assert (await apply(bench, email="nia@example.org")).status_code == 201


async def test_who_is_erased_before_leaves_no_mark(bench: Bench) -> None:
    _, person = await bench.api.member(bench.world.angel, **name_of(bench.world), **KNOWN)
    database: Database = bench.api.app.state.database
    async with database.transaction(role="rollbook_auth") as session:
        assert await erase_person(session, None, person)
    source = await bench.restrict(person, K.expelled)
    assert await bench.api.value("select count(*) from exclusion_marks where source_id = $1", source) == 0


async def test_a_row_of_a_file_is_refused_alike(bench: Bench) -> None:
    at, name = await desk(bench.world), name_of(bench.world)
    columns = {"given_name": "First", "family_name": "Last", "email": "Email", "date_of_birth": "Born"}
    mapping = json.dumps({"fields": {field: {"columns": [column]} for field, column in columns.items()}})
    line = f"{name['given_name']},{name['family_name']},nia@example.org,1984-05-17"
    text = f"First,Last,Email,Born\n{line}\nAnn,Ash,ann@example.org,1984-05-18\n"
    before = await at.bring(text, mapping=mapping)
    assert (before["counts"]["create"], before["counts"]["refused"]) == (2, 0)
    _, _, source = await exclude(bench, in_days(30))
    found = await at.bring(text, mapping=mapping)
    rows = await at.rows(found["id"])
    assert ([row["outcome"] for row in rows], codes(rows)) == (["refused", "create"], [["membership_barred"], []])
    assert in_days(30).isoformat() in rows[0]["errors"][0]["message"]
    # What was previewed before is judged as things stand when it is applied.
    done = await at.do(before["id"], "apply")
    assert (done["counts"]["applied"], done["counts"]["refused"]) == (1, 1)
    assert codes(await at.rows(before["id"]))[0] == ["membership_barred"]
    await bench.turn(in_days(30))
    later = await at.bring(text, mapping=mapping)
    assert later["counts"]["refused"] == 0
    await bench.lift(source)


async def test_who_may_not_add_members_is_told_nothing(bench: Bench) -> None:
    await exclude(bench)
    treasurer = await bench.world.officer(Role.branch_treasurer)
    body = {"branch_id": str(bench.world.hackney), **name_of(bench.world), "email": "nia@example.org"}
    refused = await treasurer.post("/v1/members", json=body)
    assert (refused.status_code, refused.json()["code"]) == (403, "permission_missing")
    database: Database = bench.api.app.state.database
    async with database.transaction(bench.actor) as session:
        rights = "select has_any_column_privilege('exclusion_marks', 'select, insert, update')"
        assert await session.fetchval(rights) is False


def test_a_new_secret_knows_the_marks_of_the_old() -> None:
    """Marks are made with the newest secret and looked for with all."""
    old, new = "a" * 40, "b" * 40
    person = {"given_name": "Nia", "family_name": "O'Brien", "preferred_name": None, "email_key": "nia@example.org"}
    (mark,) = marks_of(MasterKey([old]), person)
    assert mark not in marks_of(MasterKey([new, old]), person)
    assert mark in MasterKey([new, old]).blind_indexes("exclusion by email_key", "obrien nia|nia@example.org")
