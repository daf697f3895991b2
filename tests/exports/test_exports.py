"""Asking for an export: who may, which columns, of whom, and how many are left out and why."""

from datetime import date, timedelta
from typing import Any
from uuid import UUID

import pytest

from app.core import clock
from app.core.errors import AppError
from app.core.permissions import GRANTS, Permission, Role
from app.models.accounts import Client, ClientKind
from app.models.exports import CONTACT_COLUMNS, ExportColumn, ExportFormat
from app.models.members import Channel
from app.services.exports_asked import MOST_IN_A_WORKBOOK, TooManyRows, check_size
from app.services.imports.presets import OWN_COLUMNS
from tests.exports.asking import WHY, as_role, ask, asked, count, fetch, read, rows_of
from tests.world import World

ADDRESS = {"address_lines": ["1 Example Road"], "town": "Exampleton"}


async def test_what_is_asked_stands_on_the_record(world: World) -> None:
    await world.member(world.dalston)
    client, account = await as_role(world, Role.branch_secretary, world.hackney)
    answer = await ask(client, branch_id=str(world.dalston), columns=["number", "family_name"])
    body = answer.json()
    assert (answer.status_code, answer.headers["location"]) == (201, f"/v1/exports/{body['id']}")
    assert (body["state"], body["format"], body["use"], body["rows"]) == ("ready", "csv", "records", 1)
    assert (body["columns"], body["purpose"]) == (["number", "family_name"], WHY)
    assert (body["account_id"], body["branch_id"]) == (str(account), str(world.dalston))
    assert body["filters"]["branch_id"] == str(world.dalston)
    assert body["content_href"] == f"/v1/exports/{body['id']}/content"
    assert (await client.get(f"/v1/exports/{body['id']}")).json() == body
    listed = (await client.get("/v1/exports", params={"state": "ready"})).json()["data"]
    assert [row["id"] for row in listed] == [body["id"]]
    trail = await world.api.row(
        "select action, fields, branch_id from audit_entries where subject_id = $1", UUID(body["id"])
    )
    assert (trail["action"], trail["branch_id"]) == ("export.created", world.dalston)
    assert WHY not in str(trail["fields"])


async def test_the_columns_left_out_are_those_of_our_own_preset() -> None:
    assert {*OWN_COLUMNS} <= {*ExportColumn}
    assert {*ExportColumn} - {*OWN_COLUMNS} == {ExportColumn.lapses_on}


@pytest.mark.parametrize("role", Role)
async def test_only_who_may_export_asks(world: World, role: Role) -> None:
    client, account = await as_role(world, role, world.hackney)
    answer = await ask(client)
    if Permission.members_export in GRANTS[role]:
        assert answer.status_code == 201
        named = CONTACT_COLUMNS & {*answer.json()["columns"]}
        assert named == (CONTACT_COLUMNS if Permission.members_contact in GRANTS[role] else set())
        return
    assert (answer.status_code, answer.json()["params"]["permission"]) == (403, "members:export")
    assert await count(world, account) == 0


async def test_an_export_goes_down_from_where_the_right_is_held_and_nowhere_else(world: World) -> None:
    numbers = {}
    for unit in (world.region, world.hackney, world.dalston, world.islington):
        member = await world.member(unit)
        numbers[unit] = await world.api.value("select number from members where id = $1", member)
    client = await world.officer()
    rows = await rows_of(client, columns=["number", "branch_id"])
    assert {row["number"] for row in rows} == {numbers[world.hackney], numbers[world.dalston]}
    exact = await rows_of(client, branch_id=str(world.hackney), exact_branch=True)
    assert {row["number"] for row in exact} == {numbers[world.hackney]}


async def test_a_unit_out_of_reach_is_not_exported(world: World) -> None:
    client, account = await as_role(world, Role.branch_secretary, world.hackney)
    for unit in (world.islington, world.region, world.root):
        refused = await ask(client, branch_id=str(unit))
        assert (refused.status_code, refused.json()["params"]["permission"]) == (403, "members:export")
    assert (await ask(client, branch_id="01939f0e-7b1c-7a30-9d42-5c1f7e0b8a64")).status_code == 404
    assert await count(world, account) == 0


async def test_reading_more_than_one_may_export_exports_no_more(world: World) -> None:
    """A leader reads the whole organisation; a secretary exports Hackney: together they still export Hackney."""
    here = await world.member(world.hackney)
    await world.member(world.islington)
    client, account = await as_role(world, Role.branch_secretary, world.hackney)
    await world.api.grant(account, Role.leader, world.root)
    export = await asked(client, columns=["number"])
    assert (export["rows"], export["state"]) == (1, "ready")
    number = await world.api.value("select number from members where id = $1", here)
    assert read(await fetch(client, export)) == [{"number": number}]


async def test_contact_columns_take_the_right_wherever_the_export_reaches(world: World) -> None:
    client, account = await as_role(world, Role.branch_secretary, world.hackney)
    scopes = [Permission.members_read, Permission.members_export]
    software = Client(name="Narrow", kind=ClientKind.third_party, scopes=scopes)
    async with world.api.owner.transaction() as session:
        await session.insert(software)
    narrow = await world.api.sign_in(account, client_id=software.id)
    for over in ({"columns": ["email"]}, {"use": "contact", "contact_by": "email"}):
        refused = await ask(narrow, **over)
        assert (refused.status_code, refused.json()["params"]["permission"]) == (403, "members:contact")
    assert await count(world, account) == 0
    without = await asked(narrow)
    assert CONTACT_COLUMNS.isdisjoint(without["columns"])
    assert (await ask(client, columns=["email"])).status_code == 201


async def test_objections_stand_beside_contact_details(world: World) -> None:
    await world.member(objections=["email", "post"])
    client = await world.officer()
    assert (await asked(client, columns=["email"]))["columns"] == ["email", "objections"]
    assert (await asked(client, columns=["objections", "email"]))["columns"] == ["objections", "email"]
    assert (await rows_of(client, columns=["town"]))[0]["objections"] == "email; post"


@pytest.mark.parametrize("channel", Channel)
async def test_a_contact_export_omits_who_must_not_be_contacted(world: World, channel: Channel) -> None:
    """The same rule as `reachable_by`, for every standing and every objection; who has no address counts apart."""
    today = clock.today()
    past = today - timedelta(days=3)
    every: dict[str, Any] = {**ADDRESS, "mobile_phone": "+447400123456", "home_phone": "+442079460000"}
    objecting: list[dict[str, Any]] = [{"objections": [other]} for other in Channel]
    decided = [
        {"decided_standing": standing, "decided_from": past}
        for standing in ("resigned", "expelled", "deceased", "suspended")
    ]
    over = {"decided_standing": "resigned", "decided_from": past, "decided_until": today}
    gone = {"relationship": "supporter", "type": "supporter", "decided_standing": "deceased", "decided_from": past}
    for case in ({}, over, gone, *objecting, *decided):
        await world.member(**{**every, **case})
    bare = {"email": None, "mobile_phone": None, "home_phone": None, "address_lines": [], "postcode": None}
    await world.member(**bare)
    client = await world.officer()
    members = (await client.get("/v1/members")).json()["data"]
    reachable = set()
    for member in members:
        whole = (await client.get(f"/v1/members/{member['id']}")).json()
        if channel in whole["reachable_by"]:
            reachable.add(whole["number"])
    export = await asked(client, use="contact", contact_by=channel, columns=["number"])
    rows = read(await fetch(client, export))
    assert (export["rows"], export["without_address"]) == (len(rows), 1)
    assert export["omitted"] == len(members) - len(reachable)
    assert {row["number"] for row in rows} < reachable
    assert len(rows) == len(reachable) - 1


async def test_a_contact_export_holds_the_one_channel(world: World) -> None:
    await world.member(mobile_phone="+447400123456", **ADDRESS)
    client, account = await as_role(world, Role.branch_secretary, world.hackney)
    names = ["given_name", "family_name", "preferred_name"]
    columns = {
        "email": ["email"],
        "phone": ["mobile_phone", "home_phone"],
        "sms": ["mobile_phone"],
        "post": ["address_lines", "town", "postcode", "foreign_postal_code", "country"],
    }
    for channel, own in columns.items():
        export = await asked(client, use="contact", contact_by=channel)
        assert export["columns"] == names + own
        assert list(read(await fetch(client, export))[0]) == names + own
    before = await count(world, account)
    for over, pointer, code in (
        ({"use": "contact"}, "/contact_by", "missing"),
        ({"contact_by": "email"}, "/contact_by", "not_for_records"),
        ({"use": "contact", "contact_by": "email", "columns": ["town"]}, "/columns", "not_for_this_channel"),
        ({"use": "contact", "contact_by": "sms", "columns": ["standing"]}, "/columns", "not_for_this_channel"),
        ({"columns": ["number", "number"]}, "/columns", "repeated"),
        ({"columns": []}, "/columns", None),
        ({"purpose": "Because"}, "/purpose", None),
        ({"columns": ["search_name"]}, "/columns/0", None),
    ):
        refused = await ask(client, **over)
        error = refused.json()["errors"][0]
        assert (refused.status_code, error["pointer"]) == (422, pointer), refused.text
        assert code in (None, error["code"])
    assert await count(world, account) == before


async def test_an_export_is_narrowed_as_a_list_is(world: World) -> None:
    today = clock.today()
    await world.member(given_name="Paid", paid_until=today, lapses_on=today + timedelta(days=90))
    await world.member(given_name="Late", paid_until=today - timedelta(days=2), lapses_on=today + timedelta(days=9))
    await world.member(given_name="Early", joined_on=date(2001, 1, 1), type="youth")
    await world.member(given_name="Friend", relationship="supporter", type="supporter")
    client = await world.officer()
    for over in (
        {"standing": "current"},
        {"standing": "arrears"},
        {"type": "youth"},
        {"relationship": "supporter"},
        {"joined_before": "2001-01-02"},
        {"joined_after": "2001-01-02", "relationship": "member"},
    ):
        listed = (await client.get("/v1/members", params=over)).json()["data"]
        rows = await rows_of(client, columns=["number"], **over)
        assert {row["number"] for row in rows} == {member["number"] for member in listed}
        assert rows


def test_a_workbook_has_its_limit() -> None:
    check_size(ExportFormat.xlsx, MOST_IN_A_WORKBOOK)
    check_size(ExportFormat.csv, MOST_IN_A_WORKBOOK * 100)
    with pytest.raises(TooManyRows) as refused:
        check_size(ExportFormat.xlsx, MOST_IN_A_WORKBOOK + 1)
    assert isinstance(refused.value, AppError)
    assert (refused.value.status, refused.value.code) == (409, "too_many_rows")
    assert "ask for csv" in refused.value.detail


async def test_exports_are_ones_own_and_whose_who_may_confirm_them_there(world: World) -> None:
    client = await world.officer()
    export = await asked(client)
    fellow = await world.officer()
    elsewhere = await world.officer(Role.supervisor, world.islington)
    for stranger in (fellow, elsewhere):
        assert (await stranger.get(f"/v1/exports/{export['id']}")).status_code == 404
        assert (await stranger.post(f"/v1/exports/{export['id']}/withdraw")).status_code == 404
        assert (await fetch(stranger, export)).status_code == 404
        assert (await stranger.get("/v1/exports")).json()["data"] == []
    supervisor = await world.officer(Role.supervisor)
    seen = (await supervisor.get(f"/v1/exports/{export['id']}")).json()
    assert (seen["purpose"], seen["content_href"]) == (WHY, None)
    refused = await fetch(supervisor, export)
    assert (refused.status_code, refused.json()["code"]) == (403, "not_yours")
    kept = await supervisor.post(f"/v1/exports/{export['id']}/withdraw")
    assert (kept.status_code, kept.json()["params"]["reason_code"]) == (409, "not_yours")
    assert await world.api.value("select state from exports where id = $1", UUID(export["id"])) == "ready"


async def test_what_happens_to_an_export_is_told_to_whom_it_concerns(world: World) -> None:
    client = await world.officer()
    export = await asked(client)
    await world.api.others_finished()
    seen = {}
    for name, reader in {"asker": client, "fellow": await world.officer()}.items():
        feed = (await reader.get("/v1/events", params={"type": "export.created", "limit": 200})).json()["data"]
        seen[name] = [event["subject_id"] for event in feed if event["subject_id"] == export["id"]]
    assert seen == {"asker": [export["id"]], "fellow": []}


async def test_the_same_request_twice_is_one_export(world: World) -> None:
    client, account = await as_role(world, Role.branch_secretary, world.hackney)
    answers = [
        await client.post("/v1/exports", json={"purpose": WHY}, headers={"Idempotency-Key": "k-1"}) for _ in range(2)
    ]
    assert answers[0].json() == answers[1].json()
    assert await count(world, account) == 1
