"""Files brought in by officers: read, previewed, applied once, within the officer's rights and nowhere else."""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest

from app.core.actor import Actor
from app.core.db import Database
from app.core.errors import Forbidden, NotFound
from app.core.permissions import Role
from app.core.tabular import FileRefused
from app.core.written_dates import DateOrder
from app.models.branches import BranchStatus
from app.models.imports import FieldMapping, ImportField, ImportMapping
from app.services import console, imports_apply, imports_console
from app.services.imports import MappingIncomplete
from app.services.imports_apply import apply_batch, start_applying
from app.services.imports_preview import preview_import
from app.services.imports_run import Preview, apply_import, import_people, preview_file, read_file
from tests.world import Api, World

F = ImportField
PEOPLE = Path(__file__).parents[1] / "fixtures" / "people_us.csv"


@pytest.fixture
def database(api: Api) -> Database:
    return api.app.state.database


async def officer(
    world: World, database: Database, role: Role = Role.branch_secretary, unit: UUID | None = None
) -> Actor:
    """Somebody with a role, at the console; in Hackney unless told otherwise."""
    account_id = await world.api.account()
    await world.api.grant(account_id, role, unit or world.hackney)
    return await console.act_as(database, await email_of(world, account_id))


async def email_of(world: World, account_id: UUID) -> str:
    return str(await world.api.value("select email from accounts where id = $1", account_id))


async def national(world: World, database: Database) -> Actor:
    return await officer(world, database, Role.national_membership_officer, world.root)


def quiet(_line: str) -> None:
    """Say nothing."""


async def preview(
    database: Database, actor: Actor, path: Path, branch_id: UUID, mapping: ImportMapping | None = None
) -> Preview:
    table, proposal = read_file(actor, path, mapping=mapping)
    return await preview_file(database, actor, table, proposal, branch_id, say=quiet)


async def previewed(
    world: World, database: Database, path: Path, text: str | bytes, mapping: ImportMapping | None = None
) -> list[Any]:
    """The rows of a file of this content as the national officer's preview has them."""
    file = path / "people.csv"
    file.write_bytes(text.encode() if isinstance(text, str) else text)
    seen = await preview(database, await national(world, database), file, world.hackney, mapping)
    return await rows_of(world, seen.import_id)


async def rows_of(world: World, import_id: UUID) -> list[Any]:
    async with world.api.owner.transaction() as session:
        return await session.fetch("select * from import_rows where import_id = $1 order by number", import_id)


async def people_in(world: World, branch_id: UUID) -> int:
    return int(await world.api.value("select count(*) from members where branch_id = $1", branch_id))


def codes(rows: Sequence[Any]) -> list[list[str]]:
    return [[error["code"] for error in row["errors"] or []] for row in rows]


async def test_a_mapping_is_proposed_and_nobody_is_merged_or_added(world: World, database: Database) -> None:
    seen = await preview(database, await officer(world, database), PEOPLE, world.hackney)
    fields = seen.proposal.mapping.fields
    assert fields[ImportField.date_of_birth].columns == ["YoB", "MoB", "DoB"]
    assert fields[ImportField.country].value == "US"
    assert {"date_from_parts", "postcodes_not_uk"} <= {note.code for note in seen.proposal.notes}
    assert (seen.counts.create, seen.counts.refused, seen.counts.foreign_addresses) == (60, 0, 60)
    shared = [row for row in await rows_of(world, seen.import_id) if row["possible_duplicates"]]
    assert shared
    assert seen.counts.possible_duplicates == len(shared)
    assert all("email" in other["why"] for row in shared for other in row["possible_duplicates"] if "row" in other)
    assert await people_in(world, world.hackney) == 0


async def test_everybody_comes_in_once_with_trail_and_event(world: World, database: Database) -> None:
    actor = await officer(world, database)
    counts = await import_people(database, actor, PEOPLE, world.hackney, say=quiet)
    assert (counts.create, counts.applied) == (60, 60)
    first = await world.api.row(
        "select p.*, m.id as member_id, m.number from people p join members m on m.person_id = p.id "
        "where m.branch_id = $1 and p.email = 'garrett.torres@example.org'",
        world.hackney,
    )
    assert (first["given_name"], first["preferred_name"], str(first["date_of_birth"])) == (
        "Garrett S",
        "Garrett",
        "1978-10-22",
    )
    assert (first["foreign_postal_code"], first["postcode"], first["country"]) == ("04745", None, "US")
    assert first["address_lines"] == ["243 Mcdonald Isle Apt. 122", "ME"]
    trail = await world.api.row("select * from audit_entries where subject_id = $1", first["member_id"])
    assert (trail["action"], trail["account_id"], trail["fields"]["email"]) == (
        "member.created",
        actor.account_id,
        True,
    )
    assert (
        await world.api.value("select type from events where subject_id = $1", first["member_id"]) == "member.created"
    )
    again = await import_people(database, actor, PEOPLE, world.hackney, say=quiet)
    assert (again.create, again.known) == (0, 60)
    assert await people_in(world, world.hackney) == 60


async def test_the_branch_sees_whom_it_brought_in_and_others_do_not(world: World, database: Database) -> None:
    actor = await officer(world, database)
    await import_people(database, actor, PEOPLE, world.dalston, say=quiet)
    for unit, seen in ((world.hackney, 60), (world.islington, 0)):
        client = await world.officer(branch_id=unit)
        listed = await client.get("/v1/members", params={"count": "exact"})
        assert listed.json()["count"]["value"] == seen
    stranger = await officer(world, database, unit=world.islington)
    import_id = await world.api.value("select id from imports where account_id = $1", actor.account_id)
    async with database.transaction(stranger) as session:
        assert await session.fetchval("select count(*) from imports") == 0
        assert await session.fetchval("select count(*) from import_rows") == 0
        with pytest.raises(NotFound):
            await preview_import(session, stranger, import_id)
    other = await preview(database, stranger, PEOPLE, world.islington)
    assert other.counts.create == 60
    rows = await rows_of(world, other.import_id)
    assert not [other for row in rows for other in row["possible_duplicates"] or [] if "person_id" in other]


@pytest.mark.parametrize("role", [Role.branch_treasurer, Role.data_protection_officer, Role.system_administrator])
async def test_who_may_not_import_is_refused(world: World, database: Database, role: Role) -> None:
    actor = await officer(world, database, role)
    with pytest.raises(Forbidden):
        await import_people(database, actor, PEOPLE, world.hackney, say=quiet)
    assert await world.api.value("select count(*) from imports where account_id = $1", actor.account_id) == 0


async def test_nobody_imports_outside_their_subtree(world: World, database: Database) -> None:
    actor = await officer(world, database)
    for unit in (world.islington, world.region, world.root):
        with pytest.raises(Forbidden):
            await import_people(database, actor, PEOPLE, unit, say=quiet)
        assert await people_in(world, unit) == 0


async def test_an_interrupted_import_goes_on_where_it_stopped(
    world: World, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(imports_apply, "BATCH", 20)
    actor = await officer(world, database)
    seen = await preview(database, actor, PEOPLE, world.hackney)

    def stop(line: str) -> None:
        raise KeyboardInterrupt(line)

    with pytest.raises(KeyboardInterrupt):
        await apply_import(database, actor, seen.import_id, say=stop)
    assert await people_in(world, world.hackney) == 20
    # A batch that never commits leaves nothing behind.
    async with database.transaction(actor) as session:
        assert await apply_batch(session, actor, seen.import_id, after=0)
        await session.rollback()
    assert await people_in(world, world.hackney) == 20
    for _ in range(2):
        counts = await apply_import(database, actor, seen.import_id, say=quiet)
        assert counts.applied == 60
        assert await people_in(world, world.hackney) == 60


async def test_rights_lost_between_batches_end_the_import(
    world: World, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(imports_apply, "BATCH", 20)
    actor = await officer(world, database)
    seen = await preview(database, actor, PEOPLE, world.hackney)
    async with world.api.owner.transaction() as session:
        await session.execute("update grants set state = 'ended' where account_id = $1", actor.account_id)
    with pytest.raises((Forbidden, NotFound)):
        await apply_import(database, actor, seen.import_id, say=quiet)
    assert await people_in(world, world.hackney) == 0


async def test_two_imports_of_one_file_at_once_add_everybody_once(world: World, database: Database) -> None:
    actor = await officer(world, database)
    first, second = [await preview(database, actor, PEOPLE, world.hackney) for _ in range(2)]
    assert (await apply_import(database, actor, first.import_id, say=quiet)).applied == 60
    counts = await apply_import(database, actor, second.import_id, say=quiet)
    assert (counts.applied, counts.known) == (0, 60)
    assert await people_in(world, world.hackney) == 60


async def test_nothing_is_applied_before_the_preview(world: World, database: Database, tmp_path: Path) -> None:
    from app.services.imports import ImportNotReady, stage_import

    actor = await officer(world, database)
    table, proposal = read_file(actor, PEOPLE)
    async with database.transaction(actor) as session:
        import_id = await stage_import(session, actor, world.hackney, table, proposal.mapping)
        with pytest.raises(ImportNotReady):
            await start_applying(session, actor, import_id)


MEMBERSHIP = """Membership No,First,Last,DoB,Phone,Postcode,Country,Branch,Type,Joined,Paid until
M1{0},Ann,Ash,21/09/1969,07400 123361,e81ea,UK,{1},supporter,01/05/2026,
M2{0},Bob,Birch,,+44 121 496 0469,B13 2SQ,England,,Full,26/10/2017,31/08/2026
M3{0},Cat,Cedar,31/02/1980,,E8 1EA,,{1},full,01/05/2020,
M4{0},Dan,Dogwood,,12,E8 1EA,,{1},full,01/05/2020,
M5{0},Eve,Elm,,,ZZ99 9ZZ,,{1},full,01/05/2020,
M6{0},Fay,Fir,,,75001,France,{1},full,01/05/2020,
M7{0},Gus,Gorse,,,E8 1EA,,Nowhere,full,01/05/2020,
M8{0},Hal,Hazel,,,E8 1EA,Atlantis,{1},wizard,01/05/2120,
M1{0},Ida,Ivy,,,E8 1EA,,{1},full,01/05/2020,
,,Juniper,,,E8 1EA,,{1},full,01/05/2020,,,extra
"""


async def test_each_row_is_proposed_or_refused_with_column_and_reason(
    world: World, database: Database, tmp_path: Path
) -> None:
    name = await world.api.value("select name from branches where id = $1", world.dalston)
    text = MEMBERSHIP.format(world.hackney.hex[-8:].upper(), name.upper())
    rows = await previewed(world, database, tmp_path, text)
    assert codes(rows) == [
        [],
        [],
        ["date_not_valid"],
        ["phone_not_valid"],
        ["postcode_not_valid"],
        [],
        ["branch_unknown"],
        ["country_not_known", "type_unknown", "in_future"],
        ["row_repeated"],
        ["too_many_cells"],
    ]
    assert rows[3]["errors"][0] | {"message": ""} == {
        "pointer": "/phone", "code": "phone_not_valid", "message": "", "column": "Phone",
    }  # fmt: skip
    ann, bob, fay = (rows[place]["proposed"] for place in (0, 1, 5))
    assert (ann["member"]["relationship"], ann["member"]["type"]) == ("supporter", "supporter")
    assert (ann["person"]["mobile_phone"], ann["person"]["postcode"]) == ("+447400123361", "E8 1EA")
    assert (bob["person"]["home_phone"], bob["member"]["paid_until"]) == ("+441214960469", "2026-08-31")
    assert (ann["member"]["branch_id"], bob["member"]["branch_id"]) == (str(world.dalston), str(world.hackney))
    assert (fay["person"]["foreign_postal_code"], fay["person"]["country"]) == ("75001", "FR")


async def test_what_is_paid_becomes_a_term_and_the_day_of_lapsing(
    world: World, database: Database, tmp_path: Path
) -> None:
    file = tmp_path / "paid.csv"
    number = f"P{world.hackney.hex[-8:].upper()}"
    file.write_text(f"Membership No,First,Last,Joined,Paid until\n{number},Bob,Birch,26/10/2017,31/08/2026\n")
    await import_people(database, await national(world, database), file, world.hackney, say=quiet)
    member = await world.api.row("select * from members where number = $1", number)
    assert (str(member["paid_until"]), str(member["lapses_on"])) == ("2026-08-31", "2026-12-01")
    term = await world.api.row("select * from membership_terms where member_id = $1", member["id"])
    assert (str(term["starts_on"]), str(term["ends_on"])) == ("2025-09-01", "2026-09-01")
    taken = f"Member number,Given name,Surname,Known as\n{number},Other,Person,O\n"
    assert codes(await previewed(world, database, tmp_path, taken)) == [["number_taken"]]


async def test_a_branch_sets_no_numbers_and_no_past_dates(world: World, database: Database, tmp_path: Path) -> None:
    file = tmp_path / "people.csv"
    file.write_text("Membership No,First,Last,Joined\nX1,Bob,Birch,26/10/2017\n")
    actor = await officer(world, database)
    seen = await preview(database, actor, file, world.hackney)
    assert ImportField.number not in seen.proposal.mapping.fields
    assert "needs_decide" in {note.code for note in seen.proposal.notes}
    assert seen.counts.create == 1
    columns = {F.given_name: "First", F.family_name: "Last", F.number: "Membership No"}
    given = {name: FieldMapping(columns=[column]) for name, column in columns.items()}
    dated = given | {F.joined_on: FieldMapping(columns=["Joined"], date_order=DateOrder.day_first)}
    refused = await preview(database, actor, file, world.hackney, ImportMapping(fields=dated))
    assert codes(await rows_of(world, refused.import_id)) == [["needs_decide", "needs_decide"]]


async def test_an_optional_value_can_be_left_out_instead(world: World, database: Database, tmp_path: Path) -> None:
    mapping = ImportMapping(
        fields={
            ImportField.full_name: FieldMapping(columns=["Name"]),
            ImportField.email: FieldMapping(columns=["Mail"], on_error="leave_empty"),
            ImportField.type: FieldMapping(columns=["Sort"], values={"Gold": "full"}),
        }
    )
    text = "Name;Mail;Sort\nBirch, Bob;nonsense;GOLD\nAnn Mary Ash;ann@example.org;Gold\n"
    rows = await previewed(world, database, tmp_path, text, mapping)
    assert [row["outcome"] for row in rows] == ["create", "create"]
    assert codes(rows) == [["email_not_valid"], []]
    assert [row["proposed"]["person"]["given_name"] for row in rows] == ["Bob", "Ann Mary"]


async def test_dates_that_can_be_read_both_ways_are_asked_about(
    world: World, database: Database, tmp_path: Path
) -> None:
    text = "First,Last,Birth date\nBob,Birch,03/04/2019\nAnn,Ash,05/06/1980\n"
    with pytest.raises(MappingIncomplete) as asked:
        await previewed(world, database, tmp_path, text)
    assert [error.code for error in asked.value.errors] == ["date_order_unknown"]
    rows = await previewed(world, database, tmp_path, text + "Cat,Cedar,25/12/1990\n")
    assert [row["proposed"]["person"]["date_of_birth"] for row in rows] == ["2019-04-03", "1980-06-05", "1990-12-25"]


@pytest.mark.parametrize(
    ("code", "text"),
    [("names_missing", "kitten,win\n1,2\n"), ("country_missing", "First,Last,Postal code\nAnn,Ash,75001\n")],
)
async def test_what_must_be_settled_first_is_said_and_nothing_is_staged(
    world: World, database: Database, tmp_path: Path, code: str, text: str
) -> None:
    with pytest.raises(MappingIncomplete) as asked:
        await previewed(world, database, tmp_path, text)
    assert code in [error.code for error in asked.value.errors]
    assert await world.api.value("select count(*) from imports where branch_id = $1", world.hackney) == 0


@pytest.mark.parametrize(
    "cell",
    [
        b"B\0b",
        b"B\xed\xa0\x80b\xc3\xa9\xc3\xa9\xc3\xa9\xc3\xa9",
        b"x" * 100_000,
        b'"' + b"a\n" * 50 + b'"',
        b"\xe2\x80\xaeBob",
    ],
    ids=["nul", "surrogate", "huge", "many_lines", "right_to_left_override"],
)
async def test_a_cell_that_is_no_text_refuses_its_row_alone(
    world: World, database: Database, tmp_path: Path, cell: bytes
) -> None:
    rows = await previewed(world, database, tmp_path, b"First,Last\n" + cell + b",Birch\nAnn,Ash\n")
    assert [row["outcome"] for row in rows] == ["refused", "create"]


async def test_a_formula_stays_the_text_it_is(world: World, database: Database, tmp_path: Path) -> None:
    rows = await previewed(world, database, tmp_path, 'First,Last,Town\nAnn,Ash,"=HYPERLINK(""x"")"\n')
    assert rows[0]["proposed"]["person"]["town"] == '=HYPERLINK("x")'


async def test_a_closed_branch_takes_nobody(world: World, database: Database) -> None:
    shut = await world.api.unit(world.hackney, status=BranchStatus.dissolved)
    with pytest.raises(Exception, match="takes no members"):
        await import_people(database, await national(world, database), PEOPLE, shut, say=quiet)


async def test_the_command_line_stops_after_the_preview(world: World, database: Database, tmp_path: Path) -> None:
    account_id = await world.api.account()
    await world.api.grant(account_id, Role.branch_secretary, world.hackney)
    said: list[str] = []

    async def run(mapping_file: Path | None, *, apply: bool) -> None:
        await imports_console.bring_in(
            database,
            await email_of(world, account_id),
            PEOPLE,
            branch=str(world.hackney),
            mapping_file=mapping_file,
            apply=apply,
            say=said.append,
        )

    await run(None, apply=False)
    assert await people_in(world, world.hackney) == 0
    mapping = tmp_path / "mapping.json"
    mapping.write_text(next(line for line in said if line.startswith("{")))
    await run(mapping, apply=True)
    assert await people_in(world, world.hackney) == 60
    assert json.loads(next(line for line in reversed(said) if line.startswith('{"rows"')))["create"] == 60
    mapping.write_text('{"fields": {"shoe_size": {}}}')
    with pytest.raises(MappingIncomplete):
        await run(mapping, apply=False)
    with pytest.raises(FileRefused):
        await run(tmp_path / "absent.json", apply=False)
