"""Whose import it is, what it may set, and what its actor gets to see: as of each step, not of the first."""

from uuid import UUID

import pytest

from app.core.permissions import Permission, Role
from app.models.accounts import Client, ClientKind
from app.services.imports import apply as imports_apply
from app.services.imports import read as imports_read
from tests.imports.desk import Desk, codes, desk, national, people_in, snapshot
from tests.imports.test_flow import PEOPLE
from tests.world import World

MEMBERSHIP = """Membership No,First,Last,DoB,Phone,Postcode,Country,Branch,Type,Joined,Paid until
M1{0},Ann,Ash,21/09/1969,07400 123361,e81ea,UK,{1},supporter,01/05/2026,
M2{0},Bob,Birch,,+44 121 496 0469,B13 2SQ,England,,Full,26/10/2017,31/08/2026
M3{0},Cat,Cedar,31/02/1980,,E8 1EA,,{1},full,01/05/2020,
M7{0},Gus,Gorse,,,E8 1EA,,Nowhere,full,01/05/2020,
M1{0},Ida,Ivy,,,E8 1EA,,{1},full,01/05/2020,
,,Juniper,,,E8 1EA,,{1},full,01/05/2020,,,extra
"""


async def end_grants(at: Desk) -> None:
    account = (await at.client.get("/v1/me")).json()["account_id"]
    async with at.world.api.owner.transaction() as session:
        await session.execute("update grants set state = 'ended' where account_id = $1", UUID(account))


async def test_who_decides_for_all_brings_in_numbers_and_what_is_paid(world: World) -> None:
    at = await national(world)
    name = await world.api.value("select name from branches where id = $1", world.dalston)
    found = await at.bring(MEMBERSHIP.format(world.hackney.hex[-8:].upper(), name.upper()))
    rows = await at.rows(found["id"])
    assert codes(rows) == [
        [],
        [],
        ["date_not_valid"],
        ["branch_unknown"],
        ["row_repeated"],
        ["too_many_cells", "missing"],
    ]
    assert rows[0]["proposed"]["branch_id"] == str(world.dalston)
    assert rows[1]["proposed"]["branch_id"] == str(world.hackney)
    done = await at.do(found["id"], "apply")
    assert (done["counts"]["applied"], done["counts"]["refused"]) == (2, 4)
    number = f"M2{world.hackney.hex[-8:].upper()}"
    member = await world.api.row("select * from members where number = $1", number)
    assert (str(member["paid_until"]), str(member["lapses_on"])) == ("2026-08-31", "2026-12-01")
    term = await world.api.row("select * from membership_terms where member_id = $1", member["id"])
    assert (str(term["starts_on"]), str(term["ends_on"])) == ("2025-09-01", "2026-09-01")


async def test_what_was_decided_comes_in_as_it_stood(world: World) -> None:
    at = await national(world)
    before = await snapshot(world)
    text = (
        "Contact ID,First,Last,Joined,Standing,Standing from\n"
        f"A{world.hackney.hex},Ann,Ash,26/10/2017,resigned,30/06/2025\n"
        f"B{world.hackney.hex},Bob,Birch,26/10/2017,deceased,30/06/2025\n"
    )
    columns = {
        "given_name": "First", "family_name": "Last", "joined_on": "Joined", "standing": "Standing",
        "standing_from": "Standing from", "source_key": "Contact ID",
    }  # fmt: skip
    fields = ", ".join(f'"{name}": {{"columns": ["{column}"]}}' for name, column in columns.items())
    found = await at.bring(text, mapping=f'{{"fields": {{{fields}}}, "date_order": "day_first"}}')
    assert [row["proposed"]["standing"] for row in await at.rows(found["id"])] == ["resigned", "deceased"]
    await at.do(found["id"], "apply")
    members = [(await at.client.get(f"/v1/members/{row['member_id']}")).json() for row in await at.rows(found["id"])]
    assert [one["standing"] for one in members] == ["resigned", "deceased"]
    assert [one["reachable_by"] for one in members] == [[], []]
    kept = await world.api.value("select count(*) from standings where branch_id = $1", world.hackney)
    assert kept == 2
    assert (await at.do(found["id"], "undo"))["counts"]["undone"] == 2
    assert await snapshot(world) == before


async def test_a_branch_sets_no_numbers_and_no_past_dates(world: World) -> None:
    at = await desk(world)
    found = await at.bring("Membership No,First,Last,Joined\nX1,Bob,Birch,26/10/2017\n")
    assert "number" not in found["mapping"]["fields"]
    assert "needs_decide" in {note["code"] for note in found["notes"]}
    assert found["counts"]["create"] == 1
    fields = '"given_name": {"columns": ["First"]}, "family_name": {"columns": ["Last"]}'
    for name, column in (("number", "Membership No"), ("joined_on", "Joined")):
        mapping = f'{{"fields": {{{fields}, "{name}": {{"columns": ["{column}"]}}}}, "date_order": "day_first"}}'
        refused = await at.bring("Membership No,First,Last,Joined\nX1,Bob,Birch,26/10/2017\n", mapping=mapping)
        assert codes(await at.rows(refused["id"])) == [["needs_decide"]]


async def test_who_no_longer_decides_applies_nothing_that_needs_it(world: World) -> None:
    at = await national(world)
    found = await at.bring("Contact ID,First,Last,Joined\nX1,Bob,Birch,26/10/2017\n")
    await end_grants(at)
    account = UUID((await at.client.get("/v1/me")).json()["account_id"])
    await world.api.grant(account, Role.regional_officer, world.root)
    done = await at.do(found["id"], "apply")
    job = (await at.client.get(f"/v1/jobs/{done['job_id']}")).json()
    assert (done["state"], job["state"], job["error_code"]) == ("applying", "failed", "permission_missing")
    assert await people_in(world, world.hackney) == 0


async def test_other_branches_see_neither_the_import_nor_whom_it_brought(world: World) -> None:
    at, other = await desk(world), await desk(world, unit=world.islington)
    found = await at.do((await at.bring(PEOPLE, world.dalston))["id"], "apply")
    listed = await other.client.get("/v1/imports")
    assert listed.json()["data"] == []
    for path in ("", "/rows", "/refused"):
        assert (await other.client.get(f"/v1/imports/{found['id']}{path}")).status_code == 404
    for action in ("apply", "undo", "discard"):
        assert (await other.ask(found["id"], action)).status_code == 404
    beside = await desk(world)
    assert (await beside.client.get(f"/v1/imports/{found['id']}")).status_code == 404
    theirs = await other.bring(PEOPLE, world.islington)
    assert theirs["counts"]["create"] == 60
    rows = await other.rows(theirs["id"])
    assert not [one for row in rows for one in row["possible_duplicates"] if one["person_id"]]
    same = await at.bring("First,Last,Email\nGarrett S,Torres,garrett.torres@example.org\n")
    assert (await at.rows(same["id"]))[0]["possible_duplicates"][0]["name"].startswith("Garrett")
    await other.do(theirs["id"], "apply")
    hidden = await world.api.value("select count(*) from possible_duplicates where import_id = $1", theirs["id"])
    assert hidden > 0


async def test_rights_that_end_between_two_batches_end_the_import(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(imports_apply, "BATCH", 20)
    at = await desk(world)
    found = await at.bring(PEOPLE)
    assert (await at.ask(found["id"], "apply")).status_code == 202
    step = imports_apply._apply_batch

    async def last(*given: object) -> object:
        progress = await step(*given)  # type: ignore[arg-type]
        await end_grants(at)
        return progress

    monkeypatch.setattr(imports_apply, "_apply_batch", last)
    await world.api.work()
    assert await people_in(world, world.hackney) == 20
    monkeypatch.setattr(imports_apply, "_apply_batch", step)
    account = UUID((await at.client.get("/v1/me")).json()["account_id"])
    await world.api.grant(account, Role.branch_secretary, world.hackney)
    done = await at.do(found["id"], "apply")
    assert (done["state"], done["counts"]["applied"]) == ("applied", 60)
    assert await people_in(world, world.hackney) == 60


async def test_rights_that_end_before_the_reading_leave_nothing(world: World) -> None:
    at = await desk(world)
    sent = (await at.send(PEOPLE)).json()
    await end_grants(at)
    await world.api.work()
    assert await world.api.value("select count(*) from import_rows where import_id = $1", sent["id"]) == 0


async def test_an_import_needs_what_each_of_its_writes_needs(world: World) -> None:
    """Somebody whose client may import, but not write to people."""
    scopes = [p for p in Permission if p != Permission.members_contact]
    software = Client(name="Without contact", kind=ClientKind.third_party, scopes=scopes)
    async with world.api.owner.transaction() as session:
        await session.insert(software)
    account = await world.api.account()
    await world.api.grant(account, Role.branch_secretary, world.hackney)
    at = Desk(world, await world.api.sign_in(account, client_id=software.id))
    answer = await at.send(PEOPLE)
    assert (answer.status_code, answer.json()["params"]["permission"]) == (403, "members:contact")


async def test_a_unit_closed_since_the_preview_takes_nobody(world: World) -> None:
    at = await desk(world)
    name = await world.api.value("select name from branches where id = $1", world.dalston)
    found = await at.bring(f"First,Last,Branch,Email\nAnn,Ash,{name},a@example.org\nBob,Birch,,b@example.org\n")
    assert found["counts"]["create"] == 2
    async with world.api.owner.transaction() as session:
        await session.execute("update branches set status = 'suspended' where id = $1", world.dalston)
    done = await at.do(found["id"], "apply")
    assert (done["counts"]["applied"], codes(await at.rows(found["id"]))) == (1, [["branch_closed"], []])


async def test_two_imports_of_one_file_at_once_add_everybody_once(world: World) -> None:
    at = await desk(world)
    first, second = [await at.bring(PEOPLE) for _ in range(2)]
    assert (first["counts"]["create"], second["counts"]["create"]) == (60, 60)
    for found in (first, second):
        assert (await at.ask(found["id"], "apply")).status_code == 202
    await world.api.work()
    assert await people_in(world, world.hackney) == 60
    counts = [(await at.get(found["id"]))["counts"] for found in (first, second)]
    assert sorted((one["applied"], one["known"]) for one in counts) == [(0, 60), (60, 0)]


async def test_a_reading_broken_off_goes_on_where_it_stopped(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(imports_read, "BATCH", 7)
    at = await desk(world)
    write, calls = imports_read.write_rows, 0

    async def breaks(*given: object, **named: object) -> None:
        nonlocal calls
        calls += 1
        await write(*given, **named)  # type: ignore[arg-type]
        if calls == 3:
            raise ConnectionResetError

    monkeypatch.setattr(imports_read, "write_rows", breaks)
    found = await at.bring(PEOPLE)
    assert calls == 3 + 7
    assert (found["state"], found["counts"]["create"], found["progress"]["done"]) == ("previewed", 60, 60)
