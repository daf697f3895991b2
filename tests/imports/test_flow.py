"""A file from the upload to the undoing, over HTTP and through the worker."""

import csv
import io
from pathlib import Path

import pytest
import xlsxwriter
from python_calamine import CalamineWorkbook

from app.models.imports import ImportState
from app.services.imports import apply as imports_apply
from app.services.imports import read as imports_read
from app.services.imports import undo as imports_undo
from tests.imports.desk import codes, desk, national, people_in, snapshot
from tests.world import World

PEOPLE = (Path(__file__).parents[1] / "fixtures" / "people_us.csv").read_bytes()
TWO = "First,Last,Email\nAnn,Ash,ann{0}@example.org\nBob,Birch,nonsense\n"


@pytest.fixture
def _small_batches(monkeypatch: pytest.MonkeyPatch) -> None:
    for module in (imports_read, imports_apply, imports_undo):
        monkeypatch.setattr(module, "BATCH", 7)


@pytest.mark.usefixtures("_small_batches")
async def test_a_file_is_read_previewed_applied_and_taken_back(world: World) -> None:
    at = await desk(world)
    before = await snapshot(world)
    found = await at.bring(PEOPLE)
    assert (found["state"], found["counts"]["create"], found["counts"]["refused"]) == ("previewed", 60, 0)
    assert found["counts"]["possible_duplicates"] == len(await at.rows(found["id"], possible_duplicates="true"))
    assert await snapshot(world) == before
    rows = await at.rows(found["id"])
    assert [row["number"] for row in rows] == sorted(row["number"] for row in rows)
    assert len(rows) == found["progress"]["done"] == 60
    assert rows[0]["member_id"] is None
    done = await at.do(found["id"], "apply")
    assert (done["state"], done["counts"]["applied"], done["progress"]) == ("applied", 60, {"done": 60, "total": 60})
    assert await people_in(world, world.hackney) == 60
    member = await at.client.get(f"/v1/members/{(await at.rows(found['id']))[0]['member_id']}")
    assert member.json()["given_name"] == rows[0]["proposed"]["given_name"]
    back = await at.do(found["id"], "undo")
    assert (back["state"], back["counts"]["undone"], back["counts"]["changed"]) == ("undone", 60, 0)
    assert await snapshot(world) == before


async def test_each_member_leaves_what_one_added_by_hand_leaves(world: World) -> None:
    at = await desk(world)
    found = await at.do((await at.bring(PEOPLE))["id"], "apply")
    first = await world.api.row(
        "select p.*, m.id as member_id from people p join members m on m.person_id = p.id "
        "where m.branch_id = $1 and p.email = 'garrett.torres@example.org'",
        world.hackney,
    )
    assert (first["given_name"], first["preferred_name"], str(first["date_of_birth"])) == (
        "Garrett S",
        "Garrett",
        "1978-10-22",
    )
    assert (first["foreign_postal_code"], first["postcode"], first["country"]) == ("04745", None, "US")
    trail = await world.api.row("select * from audit_entries where subject_id = $1", first["member_id"])
    assert (trail["action"], str(trail["account_id"])) == ("member.created", found["account_id"])
    assert (trail["fields"]["email"], trail["fields"]["joined_on"]) == (True, True)
    event = await world.api.row("select * from events where subject_id = $1", first["member_id"])
    assert (event["type"], event["branch_id"]) == ("member.created", world.hackney)
    await at.do(found["id"], "undo")
    told = await world.api.value(
        "select array_agg(type order by id) from events where subject_id = $1", first["member_id"]
    )
    assert told == ["member.created", "member.removed"]


async def test_the_same_file_again_adds_nobody(world: World) -> None:
    at = await desk(world)
    await at.do((await at.bring(PEOPLE))["id"], "apply")
    again = await at.bring(PEOPLE)
    assert (again["counts"]["create"], again["counts"]["update"], again["counts"]["known"]) == (0, 0, 60)
    await at.do(again["id"], "apply")
    await at.do(again["id"], "undo")
    assert await people_in(world, world.hackney) == 60


async def test_an_action_is_done_once(world: World) -> None:
    at = await desk(world)
    found = await at.bring(PEOPLE)
    keyed = [await at.ask(found["id"], "apply", **{"Idempotency-Key": "once"}) for _ in range(2)]
    assert [answer.status_code for answer in keyed] == [202, 202]
    assert keyed[1].headers["Idempotency-Replayed"] == "true"
    second = await at.ask(found["id"], "apply")
    assert (second.status_code, second.json()["code"]) == (409, "action_not_allowed")
    assert second.json()["params"]["reason_code"] == "job_running"
    await world.api.work()
    for action in ("apply", "discard"):
        assert (await at.ask(found["id"], action)).status_code == 409
    assert await people_in(world, world.hackney) == 60
    assert await world.api.value("select count(*) from jobs where subject_id = $1", found["id"]) == 2


async def test_an_upload_is_done_once(world: World) -> None:
    at = await desk(world)
    first, second = [await at.send(PEOPLE, key="file") for _ in range(2)]
    assert (first.status_code, second.status_code, first.json()["id"]) == (202, 202, second.json()["id"])
    assert second.headers["Idempotency-Replayed"] == "true"
    other = await at.send(PEOPLE + b"\n", key="file")
    assert (other.status_code, other.json()["code"]) == (422, "idempotency_key_reused")


async def test_what_is_asked_is_answered_by_a_patch(world: World) -> None:
    at = await desk(world)
    found = await at.bring("First,Last,Birth date\nBob,Birch,03/04/2019\nAnn,Ash,05/06/1980\n")
    assert found["state"] == ImportState.uploaded
    assert [note["code"] for note in found["notes"] if note["blocking"]] == ["date_order_unknown"]
    assert await at.rows(found["id"]) == []
    mapping = {**found["mapping"], "date_order": "day_first"}
    stale = await at.client.patch(
        f"/v1/imports/{found['id']}", json={"mapping": mapping}, headers={"If-Match": f'"{found["id"]}-1"'}
    )
    assert stale.status_code == 412
    wrong = await at.change(found, mapping={"fields": {"given_name": {"columns": ["Shoe"]}}})
    assert (wrong.status_code, wrong.json()["errors"][0]["code"]) == (422, "column_unknown")
    assert (await at.change(found, mapping=mapping)).status_code == 200
    await world.api.work()
    first = await at.get(found["id"])
    assert (first["state"], first["counts"]["create"]) == ("previewed", 2)
    days = [row["proposed"]["date_of_birth"] for row in await at.rows(found["id"])]
    assert days == ["2019-04-03", "1980-06-05"]
    await at.change(first, mapping={**mapping, "date_order": "month_first"})
    await world.api.work()
    days = [row["proposed"]["date_of_birth"] for row in await at.rows(found["id"])]
    assert days == ["2019-03-04", "1980-05-06"]
    done = await at.do(found["id"], "apply")
    late = await at.change(done, mapping=mapping)
    assert (late.status_code, late.json()["code"]) == (409, "import_not_ready")


async def test_refused_rows_come_back_in_their_own_form(world: World) -> None:
    at = await desk(world)
    text = "First;Last;Email\nAnn;Ash;ann@example.org\nBöb;Birch;nonsense\nEve;=Elm;eve@nowhere\n"
    found = await at.bring(text.encode("cp1252"))
    assert (found["counts"]["create"], found["counts"]["refused"]) == (1, 2)
    answer = await at.client.get(f"/v1/imports/{found['id']}/refused")
    assert answer.headers["content-type"].startswith("text/csv")
    head, first, *_ = csv.reader(answer.content.decode("cp1252").splitlines(), delimiter=";")
    assert head == ["First", "Last", "Email", "rollbook_errors"]
    assert first[:3] == ["Böb", "Birch", "nonsense"]
    assert first[3].startswith("Email: ")
    corrected = answer.content.replace(b"nonsense", b"bob@example.org").replace(b"eve@nowhere", b"eve@example.org")
    again = await at.bring(corrected)
    assert (again["counts"]["create"], again["counts"]["refused"]) == (2, 0)
    assert (await at.rows(again["id"]))[1]["proposed"]["family_name"] == "=Elm"


async def test_a_workbook_is_read_like_a_text(world: World) -> None:
    held = io.BytesIO()
    with xlsxwriter.Workbook(held, {"in_memory": True}) as book:
        sheet = book.add_worksheet("People")
        for place, line in enumerate(
            (["First", "Last", "Email"], ["Ann", "Ash", "a@example.org"], ["Bob", "Birch", "x"])
        ):
            sheet.write_row(place, 0, line)
    at = await desk(world)
    found = await at.bring(held.getvalue())
    assert (found["layout"]["format"], found["counts"]["create"], found["counts"]["refused"]) == ("xlsx", 1, 1)
    answer = await at.client.get(f"/v1/imports/{found['id']}/refused")
    rows = CalamineWorkbook.from_filelike(io.BytesIO(answer.content)).get_sheet_by_index(0).to_python()
    assert rows[0] == ["First", "Last", "Email", "rollbook_errors"]
    assert rows[1][:3] == ["Bob", "Birch", "x"]


@pytest.mark.parametrize("junk", [b"", b"%PDF-1.7 and so on", b"\0\x01\x02\x03" * 3_000], ids=["empty", "pdf", "bytes"])
async def test_what_is_no_table_is_refused_whole(world: World, junk: bytes) -> None:
    at = await desk(world)
    answer = await at.send(junk)
    if answer.status_code == 202:
        await world.api.work()
        found = await at.get(answer.json()["id"])
        assert (found["state"], found["failure"]["code"]) == ("failed", "file_refused")
        assert (await at.do(found["id"], "discard"))["state"] == "discarded"
        return
    assert (answer.status_code, answer.json()["code"]) == (422, "file_refused")
    assert await world.api.value("select count(*) from imports where branch_id = $1", world.hackney) == 0


async def test_a_file_that_stops_being_a_table_fails_with_the_reason(world: World) -> None:
    at = await desk(world)
    found = await at.bring("First,Last\nAnn,Ash\n" + 'Bob,"' + "Birch\n" * 300)
    assert (found["state"], found["failure"]["code"]) == ("failed", "file_refused")
    assert await at.rows(found["id"]) == []
    job = await at.client.get(f"/v1/jobs/{found['job_id']}")
    assert (job.json()["state"], job.json()["error_code"]) == ("failed", "file_refused")
    assert (await at.ask(found["id"], "apply")).status_code == 409


async def test_a_discarded_file_is_gone(world: World) -> None:
    at = await desk(world)
    found = await at.do((await at.bring(PEOPLE))["id"], "discard")
    assert (found["state"], found["file_name"], found["headings"]) == ("discarded", None, [])
    assert await at.rows(found["id"]) == []
    await file_is_gone(world, found["id"])


async def test_an_applied_file_is_not_kept_beside_its_rows(world: World) -> None:
    at = await desk(world)
    found = await at.do((await at.bring(PEOPLE))["id"], "apply")
    assert found["state"] == "applied"
    await file_is_gone(world, found["id"])
    refused = await at.client.get(f"/v1/imports/{found['id']}/refused")
    assert refused.status_code == 200


async def file_is_gone(world: World, import_id: str) -> None:
    assert await world.api.value("select count(*) from files where subject_id = $1", import_id) == 0
    assert await world.api.value("select wrapped_key from envelope_keys where subject_id = $1", import_id) is None


@pytest.mark.parametrize(
    ("mapping", "pointer"),
    [("nonsense", "/mapping"), ('{"fields": {"shoe_size": {}}}', "/mapping/fields/shoe_size/[key]")],
)
async def test_a_mapping_that_is_none_is_refused_at_once(world: World, mapping: str, pointer: str) -> None:
    answer = await (await desk(world)).send(TWO, mapping=mapping)
    assert (answer.status_code, answer.json()["code"]) == (422, "mapping_incomplete")
    assert answer.json()["errors"][0]["pointer"] in (pointer, pointer.removesuffix("/[key]"))


async def test_a_part_that_nobody_reads_is_said(world: World) -> None:
    at = await desk(world)
    odd = await at.send(TWO, mode="skip")
    assert (odd.status_code, odd.json()["errors"][0]["code"]) == (422, "unknown_parameter")
    twice = [("file", ("a.csv", b"Name\nAnn Example")), ("file", ("b.csv", b"Name\nBob Example"))]
    both = await at.client.post("/v1/imports", files=twice, data={"branch_id": str(world.hackney)})
    assert (both.status_code, both.json()["errors"][0]["code"]) == (422, "unknown_parameter")


async def test_a_mapping_sent_with_the_file_is_judged_with_it(world: World) -> None:
    at = await desk(world)
    found = await at.bring(TWO, mapping='{"fields": {"given_name": {"columns": ["Shoe"]}}}')
    assert (found["state"], [note["code"] for note in found["notes"]]) == ("uploaded", ["column_unknown"])
    fields = '{"given_name": {"columns": ["First"]}, "family_name": {"columns": ["Last"]}}'
    found = await at.bring(TWO, mapping=f'{{"fields": {fields}}}')
    assert (found["state"], found["counts"]["create"]) == ("previewed", 2)
    assert codes(await at.rows(found["id"])) == [[], []]


async def test_somebody_for_the_whole_organisation_sees_it_and_can_take_it_back(world: World) -> None:
    at, officer = await desk(world), await national(world)
    found = await at.do((await at.bring(PEOPLE))["id"], "apply")
    listed = await officer.client.get("/v1/imports", params={"branch_id": str(world.hackney)})
    assert [one["id"] for one in listed.json()["data"]] == [found["id"]]
    back = await officer.do(found["id"], "undo")
    assert (back["state"], back["counts"]["undone"]) == ("undone", 60)
