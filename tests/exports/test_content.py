"""Fetching a CSV: whose it is, as of now, on the record, and whole."""

import re
from datetime import date, timedelta
from uuid import UUID

from app.core import clock
from app.core.permissions import Role
from app.core.tabular import plain
from tests.conftest import SetClock
from tests.exports.asking import as_role, asked, count, fetch, read, state
from tests.world import World, fake


async def downloads(world: World, export_id: str) -> tuple[int, int]:
    """How often it was fetched, by the log of reads and by the trail."""
    read_log = "select count(*) from access_log where subject_id = $1 and resource = 'exports' and purpose = 'export'"
    trail = "select count(*) from audit_entries where subject_id = $1 and action = 'export.downloaded'"
    found = [await world.api.value(sql, UUID(export_id)) for sql in (read_log, trail)]
    return found[0], found[1]


async def test_a_csv_is_what_the_database_holds(world: World) -> None:
    """Every column as it is stored; nothing that a reader of CSV could take apart otherwise."""
    given = {
        "given_name": "Siân",
        "family_name": 'O"Brien, the 2nd',
        "preferred_name": "Ŵyn",
        "date_of_birth": date(1984, 5, 17),
        "mobile_phone": "+447400123456",
        "home_phone": "+442079460000",
        "address_lines": ["Flat 1", "2, Example Road"],
        "town": "Hay-on-Wye",
        "postcode": "HR3 5AA",
        "electoral_area": "W05000001",
        "objections": ["email", "sms"],
        "preferred_language": "cy",
        "source_key": "CIVI-1",
        "paid_until": clock.today(),
        "lapses_on": clock.today() + timedelta(days=90),
        "decided_standing": "suspended",
        "decided_from": date(2026, 1, 2),
        "decided_until": date(2150, 1, 1),
    }
    member = await world.member(**given)
    client = await world.officer()
    answer = await fetch(client, await asked(client))
    assert answer.headers["content-type"] == "text/csv; charset=utf-8; header=present"
    assert re.fullmatch(
        rf'attachment; filename="members-{clock.today().isoformat()}\.csv"', answer.headers["content-disposition"]
    )
    assert answer.headers["cache-control"] == "no-store"
    rows = read(answer)
    assert len(rows) == 1
    stored = await world.api.row(
        "select m.*, p.*, b.name as branch from members m join people p on p.id = m.person_id "
        "join branches b on b.id = m.branch_id where m.id = $1",
        member,
    )
    expected = {name: stored[name] for name in rows[0] if name in stored} | {
        "standing": "suspended",
        "standing_from": date(2026, 1, 2),
        "standing_until": date(2150, 1, 1),
        "address_lines": "\n".join(stored["address_lines"]),
        "objections": "; ".join(stored["objections"]),
    }
    assert expected.keys() == rows[0].keys()
    for name, value in expected.items():
        assert plain(rows[0][name]) == ("" if value is None else str(value)), name


async def test_rows_come_by_name(world: World) -> None:
    for _ in range(7):
        await world.member(family_name=fake.last_name())
    client = await world.officer()
    listed = [member["number"] for member in (await client.get("/v1/members")).json()["data"]]
    export = await asked(client, columns=["number"])
    assert [row["number"] for row in read(await fetch(client, export))] == listed


async def test_rows_are_those_of_now(world: World) -> None:
    client = await world.officer()
    export = await asked(client, columns=["number"])
    assert (export["rows"], read(await fetch(client, export))) == (0, [])
    await world.member()
    assert len(read(await fetch(client, export))) == 1


async def test_who_objects_after_the_asking_is_left_out_too(world: World) -> None:
    member = await world.member()
    client = await world.officer()
    export = await asked(client, use="contact", contact_by="email")
    assert (export["rows"], export["omitted"]) == (1, 0)
    person = await world.api.value("select person_id from members where id = $1", member)
    await world.api.row("update people set objections = '{email}' where id = $1 returning id", person)
    assert read(await fetch(client, export)) == []


async def test_a_narrower_scope_gives_fewer_rows(world: World) -> None:
    here = await world.api.value("select number from members where id = $1", await world.member(world.hackney))
    await world.member(world.islington)
    client, account = await as_role(world, Role.regional_officer, world.region)
    export = await asked(client, columns=["number"])
    assert (export["rows"], len(read(await fetch(client, export)))) == (2, 2)
    await world.api.row("update grants set state = 'ended' where account_id = $1 returning id", account)
    await world.api.grant(account, Role.branch_secretary, world.hackney)
    assert read(await fetch(client, export)) == [{"number": here}]
    await world.api.row(
        "update grants set state = 'ended' where account_id = $1 and state = 'confirmed' returning id", account
    )
    await world.api.grant(account, Role.branch_secretary, world.angel)
    assert len(read(await fetch(client, export))) == 0


async def test_a_lost_right_gives_nothing(world: World) -> None:
    await world.member()
    client, account = await as_role(world, Role.branch_secretary, world.hackney)
    with_contact, without = await asked(client), await asked(client, columns=["number"])
    await world.api.row("update grants set state = 'ended' where account_id = $1 returning id", account)
    await world.api.grant(account, Role.branch_treasurer, world.hackney)
    for export in (with_contact, without):
        refused = await fetch(client, export)
        assert (refused.status_code, refused.json()["params"]["permission"]) == (403, "members:export")
        assert await downloads(world, export["id"]) == (0, 0)
    # What was asked for can still be seen, and taken back.
    assert (await client.post(f"/v1/exports/{without['id']}/withdraw")).json()["state"] == "cancelled"


async def test_an_export_expires(world: World, set_clock: SetClock) -> None:
    client, account = await as_role(world, Role.branch_secretary, world.hackney)
    export = await asked(client, columns=["number"])
    assert (await fetch(client, export)).status_code == 200
    await set_clock(timedelta(hours=24, seconds=2))
    gone = await fetch(client, export)
    assert (gone.status_code, gone.json()["code"], gone.json()["params"]["state"]) == (
        409,
        "export_not_ready",
        "expired",
    )
    seen = (await client.get(f"/v1/exports/{export['id']}")).json()
    assert (seen["state"], seen["content_href"]) == ("expired", None)
    for which, expected in (("expired", [export["id"]]), ("ready", [])):
        listed = (await client.get("/v1/exports", params={"state": which})).json()["data"]
        assert [row["id"] for row in listed] == expected
    withdrawn = await client.post(f"/v1/exports/{export['id']}/withdraw")
    assert withdrawn.json()["params"]["reason_code"] == "wrong_state"
    assert await count(world, account) == 1
    assert await state(world, export) == "ready"


async def test_each_download_is_on_the_record(world: World) -> None:
    client = await world.officer()
    export = await asked(client, columns=["number"])
    assert await downloads(world, export["id"]) == (0, 0)
    for times in (1, 2):
        await fetch(client, export)
        assert await downloads(world, export["id"]) == (times, times)
    officer = await world.officer(Role.data_protection_officer, world.root)
    log = await officer.get("/v1/access-log", params={"subject_id": export["id"], "resource": "exports"})
    assert [row["purpose"] for row in log.json()["data"]].count("export") == 2
