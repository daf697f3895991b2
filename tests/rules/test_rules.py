"""The rule book: what was in force on a day stays what it was."""

import asyncio
from datetime import date, timedelta
from typing import Any
from uuid import UUID

import pytest

from app.core import clock
from app.core.ids import new_id
from app.core.permissions import Role
from app.services import rules
from tests.world import Api, Client, World

DAY = timedelta(days=1)


def _number() -> str:
    """A chapter of the rule book that nobody else writes in."""
    tail = new_id().hex[-12:].upper()
    return f"{tail[:6]}.{tail[6:]}"


def _body(number: str, **over: Any) -> dict[str, Any]:
    return {"number": number, "title": "Conduct", "text": "Members are civil.", "starts_on": "2020-01-01", **over}


def _amended(starts_on: str, **over: Any) -> dict[str, Any]:
    return {"title": "Conduct", "text": "Members are kind.", "starts_on": starts_on, **over}


@pytest.fixture
async def officer(world: World) -> Client:
    return await world.officer(Role.disputes_officer, world.root)


async def _adopt(officer: Client, number: str, **over: Any) -> dict[str, Any]:
    made = await officer.post("/v1/rules", json=_body(number, **over))
    assert made.status_code == 201, made.text
    body: dict[str, Any] = made.json()
    return body


async def _in_force(client: Client, number: str, day: str) -> list[int]:
    answer = await client.get("/v1/rules", params={"number": number, "as_of": day})
    return [row["edition"] for row in answer.json()["data"]]


async def test_a_clause_is_adopted_and_everybody_reads_it(world: World, officer: Client) -> None:
    made = await officer.post("/v1/rules", json=_body(_number(), adopted_by="Annual Conference 2019"))
    assert made.status_code == 201, made.text
    clause = made.json()
    assert (clause["edition"], clause["state"], clause["ends_on"]) == (1, "in_force", None)
    assert [(one["action"], one["allowed"]) for one in clause["allowed_actions"]] == [("amend", True), ("repeal", True)]
    treasurer = await world.officer(Role.branch_treasurer)
    read = await treasurer.get(made.headers["Location"])
    assert {**read.json(), "allowed_actions": []} == {**clause, "allowed_actions": []}
    assert {one["reason_code"] for one in read.json()["allowed_actions"]} == {"permission_missing"}
    member = await world.api.sign_in(await world.api.account())
    assert (await member.get(made.headers["Location"])).status_code == 200
    assert (await world.api.client().get(made.headers["Location"])).status_code == 401


async def test_amending_ends_the_edition_before_on_that_day(officer: Client, api: Api) -> None:
    number = _number()
    first = await _adopt(officer, number)
    made = await officer.post(f"/v1/rules/{first['id']}/amend", json=_amended("2024-03-01"))
    assert made.status_code == 201, made.text
    second = made.json()
    assert (second["edition"], second["number"], second["ends_on"]) == (2, number, None)
    before = (await officer.get(f"/v1/rules/{first['id']}")).json()
    assert (before["ends_on"], before["state"], before["text"]) == ("2024-03-01", "ended", first["text"])
    assert {one["reason_code"] for one in before["allowed_actions"]} == {"wrong_state"}
    assert await _in_force(officer, number, "2019-12-31") == []
    assert await _in_force(officer, number, "2024-02-29") == [1]
    assert await _in_force(officer, number, "2024-03-01") == [2]
    every = await officer.get("/v1/rules", params={"number": number, "every_edition": True})
    assert [row["edition"] for row in every.json()["data"]] == [1, 2]
    async with api.owner.transaction() as session:
        for day, edition in ((date(2024, 2, 29), first), (date(2024, 3, 1), second)):
            for clause in (first, second):
                found = await rules.clause_in_force(session, UUID(clause["id"]), day)
                assert (found is not None) == (clause is edition)


async def test_conduct_before_a_clause_was_in_force_breaks_none(officer: Client, api: Api) -> None:
    clause = await _adopt(officer, _number(), ends_on="2022-01-01")
    async with api.owner.transaction() as session:
        for day, stood in ((date(2019, 12, 31), False), (date(2020, 1, 1), True), (date(2021, 12, 31), True),
                           (date(2022, 1, 1), False)):  # fmt: skip
            assert (await rules.clause_in_force(session, UUID(clause["id"]), day) is not None) is stood
        assert await rules.clause_in_force(session, new_id(), date(2021, 1, 1)) is None


async def test_an_amendment_to_come_leaves_today_alone(officer: Client) -> None:
    number, today = _number(), clock.today()
    first = await _adopt(officer, number)
    planned = await officer.post(f"/v1/rules/{first['id']}/amend", json=_amended((today + 30 * DAY).isoformat()))
    assert planned.json()["state"] == "planned"
    now = (await officer.get(f"/v1/rules/{first['id']}")).json()
    assert now["state"] == "in_force"
    assert {one["reason_code"] for one in now["allowed_actions"]} == {"end_is_set"}
    again = await officer.post(f"/v1/rules/{first['id']}/amend", json=_amended((today + 10 * DAY).isoformat()))
    assert (again.status_code, again.json()["code"]) == (409, "action_not_allowed")
    assert again.json()["params"]["reason_code"] == "end_is_set"
    # What has not begun is withdrawn, and never was in force.
    withdrawn = await officer.post(f"/v1/rules/{planned.json()['id']}/repeal", json={})
    assert withdrawn.json()["ends_on"] == withdrawn.json()["starts_on"]
    assert await _in_force(officer, number, (today + 31 * DAY).isoformat()) == []
    renewed = await _adopt(officer, number, starts_on=(today + 30 * DAY).isoformat())
    assert renewed["edition"] == 3


async def test_no_two_editions_of_a_number_overlap(officer: Client, api: Api) -> None:
    number = _number()
    await _adopt(officer, number, starts_on="2020-01-01", ends_on="2022-01-01")
    for over in (
        {"starts_on": "2021-12-31"},
        {"starts_on": "2019-01-01", "ends_on": "2020-01-02"},
        {"starts_on": "2019-01-01"},
        {"starts_on": "2020-06-01", "ends_on": "2021-06-01"},
    ):
        refused = await officer.post("/v1/rules", json=_body(number, **over))
        assert (refused.status_code, refused.json()["code"]) == (409, "rule_clause_exists")
    assert await api.value("select count(*) from rule_clauses where number = $1", number) == 1
    for over in ({"starts_on": "2019-01-01", "ends_on": "2020-01-01"}, {"starts_on": "2022-01-01"}):
        await _adopt(officer, number, **over)
    overlapping = await api.value(
        "select count(*) from rule_clauses a join rule_clauses b on a.number = b.number and a.id < b.id "
        "where a.number = $1 and daterange(a.starts_on, a.ends_on) && daterange(b.starts_on, b.ends_on)",
        number,
    )
    assert overlapping == 0
    assert [await _in_force(officer, number, day) for day in ("2019-12-31", "2020-01-01", "2026-01-01")] == [
        [2],
        [1],
        [3],
    ]


async def test_two_who_write_at_once_make_one_edition(officer: Client, api: Api) -> None:
    number = _number()
    for url, said in (("/v1/rules", _body(number)), ("/v1/rules/{}/amend", _amended("2024-01-01"))):
        clause = await api.value("select id from rule_clauses where number = $1", number)
        answers = await asyncio.gather(*(officer.post(url.format(clause), json=said) for _ in range(3)))
        assert sorted(answer.status_code for answer in answers) == [201, 409, 409]
    assert await api.value(
        "select array_agg(edition order by edition) from rule_clauses where number = $1", number
    ) == [1, 2]


async def test_repealing_ends_a_clause_today_or_on_a_day(officer: Client) -> None:
    today = clock.today()
    first, second = await _adopt(officer, _number()), await _adopt(officer, _number())
    now = await officer.post(f"/v1/rules/{first['id']}/repeal", json={})
    assert (now.json()["ends_on"], now.json()["state"]) == (today.isoformat(), "ended")
    later = await officer.post(f"/v1/rules/{second['id']}/repeal", json={"ends_on": (today + DAY).isoformat()})
    assert (later.json()["ends_on"], later.json()["state"]) == ((today + DAY).isoformat(), "in_force")
    again = await officer.post(f"/v1/rules/{first['id']}/repeal", json={})
    assert (again.status_code, again.json()["params"]["reason_code"]) == (409, "wrong_state")


async def test_days_turned_round_are_refused(officer: Client, api: Api) -> None:
    clause = await _adopt(officer, _number())
    number = _number()
    for url, said, pointer in (
        ("/v1/rules", _body(number, ends_on="2020-01-01"), "/ends_on"),
        (f"/v1/rules/{clause['id']}/amend", _amended("2020-01-01"), "/starts_on"),
        (f"/v1/rules/{clause['id']}/repeal", {"ends_on": "2019-12-31"}, "/ends_on"),
    ):
        refused = await officer.post(url, json=said)
        assert (refused.status_code, refused.json()["errors"][0]["pointer"]) == (422, pointer)
        assert refused.json()["errors"][0]["code"] == "before_start"
    assert await api.value("select count(*) from rule_clauses where number = any ($1)", [number, clause["number"]]) == 1
    assert (await officer.get(f"/v1/rules/{clause['id']}")).json() == clause


async def test_what_was_read_must_still_be_so_where_it_is_said(officer: Client) -> None:
    made = await officer.post("/v1/rules", json=_body(_number()))
    url, match = made.headers["Location"], {"If-Match": made.headers["ETag"]}
    assert (await officer.post(f"{url}/repeal", json={}, headers=match)).status_code == 200
    stale = await officer.post(f"{url}/amend", json=_amended("2030-01-01"), headers=match)
    assert (stale.status_code, stale.json()["current"]["version"]) == (412, 2)


async def test_numbers_are_in_the_order_in_which_people_count(officer: Client) -> None:
    chapter = f"{_number()}.A"
    for number in ("10", "2", "2.B", "2.10", "2.9"):
        await _adopt(officer, f"{chapter}.{number}")
    await _adopt(officer, f"{chapter}1")

    async def listed(**params: Any) -> list[str]:
        answer = await officer.get("/v1/rules", params={"number": chapter, **params})
        return [row["number"].removeprefix(f"{chapter}.") for row in answer.json()["data"]]

    assert await listed() == ["2", "2.9", "2.B", "2.10", "10"]
    assert await listed(number=f"{chapter}.2") == ["2", "2.9", "2.B", "2.10"]
    assert await listed(sort="-number", limit=2) == ["10", "2.10"]


@pytest.mark.parametrize("number", ["", "f.3", "F..3", "F.3.", "F 3", "F.3.2; drop", "F.1234567"])
async def test_a_number_is_parts_between_dots(officer: Client, number: str) -> None:
    assert (await officer.post("/v1/rules", json=_body(number))).status_code == 422


@pytest.mark.parametrize(
    ("role", "place"),
    [(Role.branch_secretary, "hackney"), (Role.regional_officer, "region"), (Role.system_administrator, "root"),
     (Role.auditor, "root"), (Role.disputes_officer, "region")],
)  # fmt: skip
async def test_who_does_not_manage_the_rules_changes_none(
    world: World, officer: Client, role: Role, place: str
) -> None:
    somebody = await world.officer(role, getattr(world, place))
    clause, number = await _adopt(officer, _number()), _number()
    for url, said in (
        ("/v1/rules", _body(number)),
        (f"/v1/rules/{clause['id']}/amend", _amended("2024-01-01")),
        (f"/v1/rules/{clause['id']}/repeal", {}),
    ):
        refused = await somebody.post(url, json=said)
        assert (refused.status_code, refused.json()["code"]) == (403, "permission_missing")
    assert await world.api.value("select count(*) from rule_clauses where number = $1", number) == 0
    assert (await officer.get(f"/v1/rules/{clause['id']}")).json() == clause


async def test_a_clause_that_is_not_there_is_not_found(officer: Client) -> None:
    nothing = f"/v1/rules/{new_id()}"
    assert (await officer.get(nothing)).status_code == 404
    assert (await officer.post(f"{nothing}/amend", json=_amended("2024-01-01"))).status_code == 404
    assert (await officer.post(f"{nothing}/repeal", json={})).status_code == 404


async def test_the_text_of_an_edition_cannot_be_changed_by_whoever_the_app_is(world: World, officer: Client) -> None:
    clause = await _adopt(officer, _number())
    for role in ("rollbook_app", "rollbook_whole"):
        may = await world.api.value("select has_column_privilege($1, 'rule_clauses', 'text', 'update')", role)
        assert may is False
        assert (
            await world.api.value("select has_column_privilege($1, 'procedures', 'definition', 'update')", role)
            is False
        )
    assert (await officer.get(f"/v1/rules/{clause['id']}")).json()["text"] == clause["text"]
