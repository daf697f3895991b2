"""People on record by the key: corrected, filled or left, never moved; and given back what they had."""

import csv
import io
import json
from typing import Any

import pytest

from app.core import clock
from tests.imports.desk import Desk, codes, desk, national, people_in, snapshot
from tests.world import World

COLUMNS = {
    "given_name": "First", "family_name": "Last", "email": "Email", "town": "Town", "postcode": "Postcode",
    "objections": "Not by", "source_key": "Key",
}  # fmt: skip
HEAD = "Key,First,Last,Email,Town,Postcode,Not by\n"


def mapped(**more: Any) -> dict[str, Any]:
    return {"fields": {name: {"columns": [column]} for name, column in COLUMNS.items()}, **more}


async def known(world: World, **over: Any) -> str:
    """Somebody in Hackney who came from another system."""
    columns = {"given_name": "Ann", "family_name": "Ash", "email": "ann@example.org", "town": None, "postcode": None}
    return str(await world.member(**{**columns, "source_key": f"key={world.hackney.hex}", **over}))


async def bring(at: Desk, line: str, **more: Any) -> dict[str, Any]:

    return await at.bring(f"{HEAD}{at.world.hackney.hex},{line}\n", mapping=json.dumps(mapped(**more)))


async def test_the_file_wins_where_it_says_something(world: World) -> None:
    member, at = await known(world), await desk(world)
    found = await bring(at, "Anne,Ash,anne@example.org,Hull,,post")
    row = (await at.rows(found["id"]))[0]
    assert (row["outcome"], row["member_id"]) == ("update", member)
    assert row["changes"] == {
        "given_name": {"old": "Ann", "new": "Anne"},
        "email": {"old": "ann@example.org", "new": "anne@example.org"},
        "town": {"old": None, "new": "Hull"},
        "objections": {"old": [], "new": ["post"]},
    }
    assert found["counts"]["update"] == 1
    before = await snapshot(world)
    done = await at.do(found["id"], "apply")
    assert done["counts"]["applied"] == 1
    now = (await at.client.get(f"/v1/members/{member}")).json()
    assert (now["given_name"], now["email"], now["town"], now["version"]) == ("Anne", "anne@example.org", "Hull", 2)
    key = "select sort_name || '|' || search_name from members where id = $1"
    assert await world.api.value(key, member) == "ash anne|anne ash"
    trail = await world.api.row("select * from audit_entries where subject_id = $1", member)
    assert (trail["action"], trail["fields"]["email"]) == ("member.updated", True)
    assert trail["fields"]["objections"] == {"old": [], "new": ["post"]}
    assert (await at.client.post("/v1/members/search", json={"name": "anne"})).json()["data"][0]["id"] == member
    back = await at.do(found["id"], "undo")
    assert (back["counts"]["undone"], back["counts"]["changed"]) == (1, 0)
    assert await snapshot(world) == before


@pytest.mark.parametrize(
    ("existing", "outcome", "changed"),
    [("update", "update", {"given_name", "town"}), ("fill", "update", {"town"}), ("skip", "known", set())],
)
async def test_it_is_said_what_becomes_of_people_on_record(
    world: World, existing: str, outcome: str, changed: set[str]
) -> None:
    await known(world)
    at = await desk(world)
    row = (await at.rows((await bring(at, "Anne,Ash,,Hull,,", existing=existing))["id"]))[0]
    assert (row["outcome"], set(row["changes"] or {})) == (outcome, changed)


async def test_an_address_is_filled_whole_or_not_at_all(world: World) -> None:
    await known(world, town="London")
    at = await desk(world)
    row = (await at.rows((await bring(at, "Ann,Ash,,,HU1 1AA,", existing="fill"))["id"]))[0]
    assert (row["outcome"], row["changes"]) == ("known", None)


async def test_objections_only_ever_grow(world: World) -> None:
    member, at = await known(world, objections=["phone"]), await desk(world)
    found = await bring(at, "Ann,Ash,,,,email")
    await at.do(found["id"], "apply")
    kept = (await at.client.get(f"/v1/members/{member}")).json()["objections"]
    assert sorted(kept) == ["email", "phone"]
    assert (await bring(at, "Ann,Ash,,,,phone"))["counts"]["known"] == 1


async def test_an_import_moves_nobody(world: World) -> None:
    name = await world.api.value("select name from branches where id = $1", world.dalston)
    text = f"Key,First,Last,Branch\n{world.hackney.hex},Anne,Ash,{name}\n"
    columns = {"given_name": "First", "family_name": "Last", "branch": "Branch", "source_key": "Key"}
    mapping = {"fields": {field: {"columns": [column]} for field, column in columns.items()}}

    member, at = await known(world), await desk(world)
    found = await at.bring(text, mapping=json.dumps(mapping))
    row = (await at.rows(found["id"]))[0]
    assert (row["outcome"], set(row["changes"]), codes([row])) == ("update", {"given_name"}, [["other_branch"]])
    await at.do(found["id"], "apply")
    assert await world.api.value("select branch_id from members where id = $1", member) == world.hackney
    elsewhere = await (await national(world)).bring(text, world.islington, mapping=json.dumps(mapping))
    assert elsewhere["counts"]["refused"] + elsewhere["counts"]["known"] == 1


async def test_who_was_changed_since_the_preview_is_left(world: World) -> None:
    member, at = await known(world), await desk(world)
    found = await bring(at, "Anne,Ash,,,,")
    current = await at.client.get(f"/v1/members/{member}")
    etag = {"If-Match": current.headers["ETag"]}
    assert (await at.client.patch(f"/v1/members/{member}", json={"town": "Hull"}, headers=etag)).status_code == 200
    done = await at.do(found["id"], "apply")
    assert (done["counts"]["applied"], done["counts"]["refused"]) == (0, 1)
    assert codes(await at.rows(found["id"])) == [["changed_since_preview"]]
    now = (await at.client.get(f"/v1/members/{member}")).json()
    assert (now["given_name"], now["town"]) == ("Ann", "Hull")


async def test_a_field_changed_since_leaves_the_record_whole(world: World) -> None:
    member, at = await known(world), await desk(world)
    found = await bring(at, "Anne,Ash,,Hull,,")
    await at.do(found["id"], "apply")
    etag = {"If-Match": (await at.client.get(f"/v1/members/{member}")).headers["ETag"]}
    await at.client.patch(f"/v1/members/{member}", json={"given_name": "Annie", "email": None}, headers=etag)
    back = await at.do(found["id"], "undo")
    assert (back["counts"]["undone"], back["counts"]["changed"]) == (0, 1)
    row = (await at.rows(found["id"], undo="changed"))[0]
    assert row["undo_reasons"] == [
        {"code": "changed_since", "action": "member.updated", "fields": ["given_name"], "table": None}
    ]
    now = (await at.client.get(f"/v1/members/{member}")).json()
    assert (now["given_name"], now["town"]) == ("Annie", "Hull")


async def test_another_field_changed_since_hinders_nothing(world: World) -> None:
    member, at = await known(world), await desk(world)
    found = await bring(at, "Anne,Ash,,,,")
    await at.do(found["id"], "apply")
    etag = {"If-Match": (await at.client.get(f"/v1/members/{member}")).headers["ETag"]}
    await at.client.patch(f"/v1/members/{member}", json={"family_name": "Oak"}, headers=etag)
    assert (await at.do(found["id"], "undo"))["counts"]["undone"] == 1
    row = await world.api.row("select sort_name, version from members where id = $1", member)
    assert (row["sort_name"], row["version"]) == ("oak ann", 4)


async def test_who_decides_for_all_corrects_what_is_paid_and_takes_it_back(world: World) -> None:
    number = f"P{world.hackney.hex[-8:].upper()}"
    member, at = await known(world, number=number), await national(world)
    before = await snapshot(world)
    found = await at.bring(f"Membership No,First,Last,Joined,Paid until\n{number},Ann,Ash,26/10/2017,31/08/2027\n")
    row = (await at.rows(found["id"]))[0]
    assert {name: change["new"] for name, change in row["changes"].items()} == {
        "joined_on": "2017-10-26",
        "paid_until": "2027-08-31",
    }
    await at.do(found["id"], "apply")
    now = (await at.client.get(f"/v1/members/{member}")).json()
    assert (now["paid_until"], now["lapses_on"]) == ("2027-08-31", "2027-12-01")
    terms = (await at.client.get(f"/v1/members/{member}/terms")).json()["data"]
    assert [(term["starts_on"], term["ends_on"]) for term in terms] == [("2026-09-01", "2027-09-01")]
    await at.do(found["id"], "undo")
    assert await snapshot(world) == before


async def test_a_number_alone_is_nobody(world: World) -> None:
    number = f"P{world.hackney.hex[-8:].upper()}"
    await known(world, number=number)
    at = await national(world)
    found = await at.bring(f"Member number,Given name,Surname\n{number},Other,Person\n")
    assert codes(await at.rows(found["id"])) == [["number_taken"]]


async def test_a_branch_knows_its_own_export_again_and_sets_no_number(world: World) -> None:
    """An officer takes the branch's list out, corrects it in a spreadsheet, and brings it back."""
    at = await desk(world)
    ann = await world.member(given_name="Ann", family_name="Ash", town=None)
    await world.member(given_name="Bob", family_name="Birch", decided_standing="resigned", decided_from=clock.today())
    out = await at.client.post("/v1/exports", json={"purpose": "To correct it in a spreadsheet"})
    text = (await at.client.get(out.json()["content_href"])).text
    assert (await at.bring(text))["counts"]["known"] == 2
    rows = list(csv.DictReader(io.StringIO(text)))
    rows[0]["town"] = "Hull"
    rows.append(rows[0] | {"number": f"X{world.hackney.hex[-8:].upper()}", "given_name": "Cat", "email": ""})
    file = io.StringIO()
    table = csv.DictWriter(file, rows[0].keys())
    table.writeheader()
    table.writerows(rows)
    found = await at.bring(file.getvalue())
    assert [row["outcome"] for row in await at.rows(found["id"])] == ["update", "known", "refused"]
    assert codes(await at.rows(found["id"]))[2] == ["needs_decide"]
    await at.do(found["id"], "apply")
    assert (await at.client.get(f"/v1/members/{ann}")).json()["town"] == "Hull"
    assert await people_in(world, world.hackney) == 2


async def test_an_import_changes_nobodys_standing(world: World) -> None:
    member, at = await known(world, number=f"P{world.hackney.hex[-8:].upper()}"), await national(world)
    text = f"Membership No,First,Last,Standing\nP{world.hackney.hex[-8:].upper()},Ann,Ash,resigned\n"
    columns = {"given_name": "First", "family_name": "Last", "number": "Membership No", "standing": "Standing"}

    mapping = {"fields": {field: {"columns": [column]} for field, column in columns.items()}}
    found = await at.bring(text, mapping=json.dumps(mapping))
    assert (found["counts"]["known"], codes(await at.rows(found["id"]))) == (1, [["standing_differs"]])
    await at.do(found["id"], "apply")
    assert (await at.client.get(f"/v1/members/{member}")).json()["standing"] == "current"
