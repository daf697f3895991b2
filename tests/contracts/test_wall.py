"""The wall around a dispute, over every route of the whole API: to whoever is named it is as if there were none.

Before notice a respondent, at every time a witness and whoever has declared an interest, all of the highest rank: what
they are answered is the same before there is a case and after, whatever they ask.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import pytest

from app.core.ids import new_id
from app.core.permissions import Role
from tests.contracts.asks import Ask
from tests.contracts.case_samples import CASES
from tests.contracts.routes import Operation, operations, unwired
from tests.contracts.samples import SAMPLES
from tests.disputes.desk import Desk, Someone, make_desk
from tests.statements import heard_in_scope
from tests.turns import share_of
from tests.world import Api, Client, make_world

OPERATIONS = {operation.key: operation for operation in operations(unwired())}
READING = {key for key, operation in OPERATIONS.items() if operation.reads}
#: What changes from one request to the next, whoever asks and whatever there is.
RESTLESS = {
    "GET /metrics": "counts requests",
    "GET /readyz": "looks at the queue",
    "GET /v1/access-log": "shows the asker's own reads",
    "GET /v1/demo/clock": "tells the time",
    "GET /v1/outbox": "the demo's alone: shows every letter to anybody",
    "GET /v1/file-links/{link}": "works once",
    "GET /v1/me/access-log": "shows the asker's own reads",
    "GET /v1/sessions": "tells when each was used last",
    "POST /v1/audit/verify": "counts all that happens in the house",
}
VOLATILE = re.compile(r'"(next_cursor|request_id|token|csrf_token)": ?"[^"]*"')


@dataclass(frozen=True)
class Looked:
    """What somebody was answered."""

    status: int
    body: str


async def _everything(api: Api, someone: Someone) -> Client:
    """Somebody given every role at the root."""
    root = await api.root()
    for role in Role:
        await api.grant(someone.account_id, role, root)
    return someone.client


async def _look(client: Client, asks: Mapping[str, Ask]) -> dict[str, Looked]:
    found = {}
    for key, ask in asks.items():
        operation = OPERATIONS[key]
        url = operation.url(**ask.ids)
        answer = await client.request(operation.method, url, params=ask.params, headers=ask.headers, **ask.body)
        found[key] = Looked(answer.status_code, VOLATILE.sub("", answer.text))
    return found


@pytest.fixture(scope="module")
async def desk(api: Api) -> Desk:
    desk = await make_desk(await make_world(api))
    desk.panel = [await desk.member(desk.world.islington)]
    await _everything(api, desk.respondent)
    return desk


async def _whole_case(desk: Desk, *about: dict[str, Any]) -> tuple[UUID, set[str]]:
    """A case with what it may have before notice, and what would betray it. Nobody is made for it."""
    summary, text = f"Summary {new_id().hex}", f"Text {new_id().hex}"
    case = await desk.complain(*about, summary=summary, text=text)
    receiver = await _receiver(desk, case)
    await desk.do(receiver, case, "acknowledge", text=f"Word {new_id().hex}")
    await desk.do(receiver, case, "people", account_id=str(desk.panel[0].account_id), part="clerk")
    file = await desk.file(receiver, case)
    people = {one["id"] for one in (*file["parties"], *file["people"], *file["steps"])}
    return case, {str(case), file["reference"], summary, text} | people


async def _receiver(desk: Desk, case: UUID) -> Client:
    for one in (desk.secretary, desk.alternate, desk.external):
        if (await one.client.get(f"/v1/disputes/{case}")).status_code == 200:
            return one.client
    raise AssertionError("there is always a receiver")


@pytest.mark.in_part
@pytest.mark.parametrize(("role", "turn"), [("respondent", 0), ("witness", 1)])
async def test_to_whoever_is_named_nothing_changes_anywhere(desk: Desk, role: str, turn: int) -> None:
    """In the short run each of the two asks one half."""
    world = desk.world
    named = await desk.member(world.hackney)
    client = await _everything(world.api, named)
    asks = {key: await SAMPLES[key].make(world, world.hackney) for key in share_of(sorted(READING), 2, first=turn)}
    before = await _look(client, asks)
    case, marks = await _whole_case(desk, {"role": role, "person_id": str(named.person_id)})
    after = await _look(client, asks)
    assert {key for key in after.keys() - RESTLESS.keys() if after[key] != before[key]} == set()
    betrayed = {key for key, one in after.items() if any(mark in one.body for mark in marks)}
    assert betrayed == set()
    asked_for = {"subject_id": str(case)}
    for path in ("/v1/audit", "/v1/access-log", "/v1/events"):
        answer = await client.get(path, params=asked_for if path != "/v1/events" else {})
        assert answer.status_code == 200
        assert not [mark for mark in marks if mark in answer.text]


async def test_an_officer_without_a_part_sees_no_more_than_the_named(desk: Desk) -> None:
    """Rank, auditors and administrators count for nothing."""
    officer = await desk.outsider()
    client = await _everything(desk.world.api, officer)
    case, marks = await _whole_case(desk)
    for path in ("/v1/disputes", "/v1/audit", "/v1/access-log", "/v1/events"):
        answer = await client.get(path)
        assert answer.status_code == 200
        assert not [mark for mark in marks if mark in answer.text]
    assert (await client.get(f"/v1/disputes/{case}")).status_code == 404


@pytest.mark.parametrize("key", sorted(key for key in CASES if "{dispute_id}" in key))
async def test_a_case_about_oneself_is_as_absent_as_one_that_is_not(desk: Desk, key: str) -> None:
    """The same words, and as many statements: neither the answer nor its time tells."""
    world, operation, client = desk.world, OPERATIONS[key], desk.respondent.client
    ask = await CASES[key].make(world, world.hackney)
    case = ask.ids["dispute_id"]
    await world.api.execute(
        "insert into walls (id, created_at, wall_key, person_id, reason) values ($1, now(), $2, $3, 'named')",
        new_id(), case, desk.respondent.person_id,
    )  # fmt: skip
    # The first of each pair finds rights and plans made; what is compared are the second.
    told = [await _asked(world.api, client, operation, ask, at) for at in (new_id(), case, new_id())][1:]
    assert told[0] == told[1]
    assert told[0][0] == 404


async def _asked(api: Api, client: Client, operation: Operation, ask: Ask, case: UUID) -> tuple[int, str, int]:
    url = operation.url(**ask.ids | {"dispute_id": case})
    async with heard_in_scope(api.app.state.database) as statements, statements.counted() as seen:
        answer = await client.request(operation.method, url, params=ask.params, headers=ask.headers, **ask.body)
    return answer.status_code, VOLATILE.sub("", answer.text).replace(str(case), ""), len(seen)


async def test_a_declared_interest_closes_it_to_every_rank(desk: Desk) -> None:
    case, marks = await _whole_case(desk)
    client = await _everything(desk.world.api, desk.secretary)
    await desk.do(client, case, "declare-interest", text="We are cousins.")
    for path in ("/v1/disputes", "/v1/audit", "/v1/access-log", "/v1/events", f"/v1/disputes/{case}"):
        answer = await client.get(path)
        assert answer.status_code == (404 if str(case) in path else 200)
        assert not [mark for mark in marks if mark in answer.text]


async def test_what_derives_from_a_case_is_its_peoples_alone(desk: Desk) -> None:
    """Its trail and its events are read by those of its people who may read any."""
    case, _ = await _whole_case(desk)
    root = await desk.world.api.root()
    await desk.world.api.grant(desk.secretary.account_id, Role.auditor, root)
    await desk.world.api.grant(desk.secretary.account_id, Role.disputes_officer, root)
    trail = (await desk.secretary.client.get("/v1/audit", params={"subject_id": str(case)})).json()["data"]
    assert {"dispute.received", "dispute.acknowledged", "dispute.part_given"} <= {one["action"] for one in trail}
    reads = (await desk.secretary.client.get("/v1/access-log", params={"subject_id": str(case)})).json()["data"]
    assert reads
    await desk.world.api.others_finished()
    events = (await desk.secretary.client.get("/v1/events", params={"type": "dispute.acknowledged"})).json()["data"]
    assert str(case) in {one["subject_id"] for one in events}
    assert all(one["data"] == {} for one in events)


@pytest.mark.parametrize("key", sorted(key for key in READING if "disputes/{dispute_id}" in key))
async def test_every_read_of_a_case_is_logged_behind_its_wall(desk: Desk, key: str) -> None:
    world, operation = desk.world, OPERATIONS[key]
    ask = await SAMPLES[key].make(world, world.hackney)
    assert ask.by is not None
    logged = "select count(*) from access_log where wall_key = $1 and resource = 'disputes'"
    before = await world.api.value(logged, ask.ids["dispute_id"])
    answer = await ask.by.request(operation.method, operation.url(**ask.ids), params=ask.params, **ask.body)
    assert answer.status_code == 200, answer.text
    assert await world.api.value(logged, ask.ids["dispute_id"]) == before + 1
