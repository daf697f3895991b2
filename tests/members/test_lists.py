"""Lists of members: every filter and sort, batches, counts, and pages that neither skip nor repeat."""

from datetime import date
from typing import Any
from uuid import UUID

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from app.core import clock
from app.core.ids import new_id
from app.core.permissions import Role
from tests.turns import some_of
from tests.world import Client, World, make_world


async def listed(client: Client, **query: Any) -> list[str]:
    answer = await client.get("/v1/members", params=query)
    assert answer.status_code == 200, answer.text
    return [row["id"] for row in answer.json()["data"]]


async def test_every_filter_narrows(world: World) -> None:
    today = clock.today()
    here = await world.member(world.dalston, joined_on=date(2020, 1, 1))
    arrears = await world.member(world.hackney, paid_until=date(2026, 1, 1), lapses_on=date(2140, 1, 1), type="youth")
    lapsed = await world.member(world.hackney, paid_until=date(2020, 1, 1), lapses_on=date(2020, 4, 2))
    gone = await world.member(decided_standing="resigned", decided_from=today)
    supporter = await world.member(relationship="supporter", type="supporter", joined_on=date(2026, 1, 1))
    secretary = await world.officer()
    everybody = {str(one) for one in (here, arrears, lapsed, gone, supporter)}
    for query, expected in (
        ({}, everybody),
        ({"branch_id": str(world.dalston)}, {str(here)}),
        ({"branch_id": str(world.hackney), "exact_branch": "true"}, everybody - {str(here)}),
        ({"branch_id": str(world.hackney)}, everybody),
        ({"branch_id": str(world.angel)}, set()),
        ({"relationship": "supporter"}, {str(supporter)}),
        ({"standing": "current"}, {str(here)}),
        ({"standing": "arrears"}, {str(arrears)}),
        ({"standing": "lapsed"}, {str(lapsed)}),
        ({"standing": "resigned"}, {str(gone)}),
        ({"type": "youth"}, {str(arrears)}),
        ({"joined_after": "2026-01-01"}, {str(supporter)}),
        ({"joined_before": "2024-05-01"}, {str(here)}),
    ):
        assert set(await listed(secretary, **query)) == expected, query


async def test_a_batch_by_ids_shows_what_is_visible(world: World) -> None:
    mine, theirs = await world.member(), await world.member(world.angel)
    secretary = await world.officer()
    assert await listed(secretary, ids=[str(mine), str(theirs), str(new_id())]) == [str(mine)]
    too_many = await secretary.get("/v1/members", params={"ids": [str(new_id()) for _ in range(201)]})
    assert too_many.status_code == 422


@pytest.mark.parametrize(
    "query",
    [
        {"nick": "1"},
        {"limit": "0"},
        {"limit": "201"},
        {"sort": "email"},
        {"standing": "x"},
        {"joined_after": "1800-01-01"},
        {"count": "roughly"},
        {"ids": "x"},
        {"email": "a@b.org"},
    ],
)
async def test_parameters_that_are_none_are_refused(world: World, query: dict[str, str]) -> None:
    refused = await (await world.officer()).get("/v1/members", params=query)
    assert (refused.status_code, refused.headers["content-type"]) == (422, "application/problem+json")


async def test_cursors_belong_to_their_account_query_and_house(world: World) -> None:
    for _ in range(3):
        await world.member()
    secretary, other = await world.officer(), await world.officer()
    cursor = (await secretary.get("/v1/members", params={"limit": 1})).json()["next_cursor"]
    tampered = ("A" if cursor[9] != "A" else "B").join((cursor[:9], cursor[10:]))
    for client, query in (
        (secretary, {"cursor": "x"}),
        (secretary, {"cursor": tampered}),
        (secretary, {"cursor": cursor, "sort": "-name"}),
        (secretary, {"cursor": cursor, "type": "full"}),
        (other, {"cursor": cursor}),
    ):
        refused = await client.get("/v1/members", params=query)
        assert (refused.status_code, refused.json()["code"]) == (400, "cursor_invalid")
    assert len(await listed(secretary, cursor=cursor, limit=1)) == 1


async def walk(client: Client, sort: str, limit: int, between: Any) -> list[str]:
    seen: list[str] = []
    cursor: dict[str, str] = {}
    while True:
        page = (await client.get("/v1/members", params={"sort": sort, "limit": limit, **cursor})).json()
        seen += [row["id"] for row in page["data"]]
        if not page["has_more"]:
            return seen
        cursor = {"cursor": page["next_cursor"]}
        await between()


SORTS = st.sampled_from(["name", "-name", "joined_on", "-joined_on", "created_at", "-created_at"])


@settings(max_examples=some_of(6), deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(sort=SORTS, limit=st.integers(1, 5), families=st.lists(st.sampled_from("abAÄ"), min_size=3, max_size=9))
async def test_pages_put_together_are_the_whole_order(world: World, sort: str, limit: int, families: list[str]) -> None:
    """Rows that come or move while somebody pages neither hide nor repeat one that stays."""
    world = await make_world(world.api)
    stay = {str(await world.member(family_name=f, given_name="x")) for f in families}
    secretary = await world.officer()
    whole = await listed(secretary, sort=sort)
    moving: list[UUID] = []

    async def disturb() -> None:
        if len(moving) == 4:  # One more after each page would never come to an end.
            return
        moving.append(await world.member(family_name="aa"))
        async with world.api.owner.transaction() as session:
            await session.execute(
                "update people set sort_name = 'zz' where id = (select person_id from members where id = $1)", moving[0]
            )

    seen = await walk(secretary, sort, limit, disturb)
    assert [one for one in seen if one in stay] == whole
    undisturbed = await walk(secretary, sort, limit, _nothing)
    assert undisturbed == await listed(secretary, sort=sort, limit=200)


async def _nothing() -> None:
    pass


async def test_allowed_actions_come_with_a_list_when_asked(world: World) -> None:
    await world.member()
    secretary, treasurer = await world.officer(), await world.officer(Role.branch_treasurer)
    for client, may in ((secretary, ["resign", "record_death"]), (treasurer, [])):
        row = (await client.get("/v1/members", params={"expand": "allowed_actions"})).json()["data"][0]
        assert [action["action"] for action in row["allowed_actions"] if action["allowed"]] == may
