"""Who could see one's record, and who fetched an export that may have held it."""

from datetime import date, timedelta
from typing import Any

from app.core import clock
from app.core.ids import new_id
from app.core.permissions import Role
from app.models.audit import AccessEntry
from app.models.exports import Export, ExportFormat, ExportState, ExportUse
from app.services.sign_ins import HOUSE_CLIENT
from tests.world import Client, World


async def seen_by(client: Client) -> list[dict[str, Any]]:
    answer = await client.get("/v1/me/who-can-see")
    assert answer.status_code == 200, answer.text
    rows: list[dict[str, Any]] = answer.json()["data"]
    return rows


async def test_those_who_can_see_my_record_are_named_with_what_they_hold(world: World) -> None:
    api = world.api
    _, person = await api.member(world.dalston)
    mine = await api.sign_in(await api.account(person_id=person))
    _, elected = await api.member(world.dalston, joined_on=date(2020, 1, 1), type="full")
    holder = await api.account(person_id=elected)
    await api.office(elected, world.dalston, "secretary")
    await world.officer(Role.branch_treasurer, world.hackney)
    await world.officer(Role.branch_secretary, world.islington)
    await world.officer(Role.system_administrator, world.hackney)
    name = await api.value("select name from accounts where id = $1", holder)
    here = [one for one in await seen_by(mine) if one["branch_id"] in (str(world.dalston), str(world.hackney))]
    assert [(one["role"], one["contact"], one["export"]) for one in here] == [
        ("branch_secretary", True, True),
        ("branch_treasurer", False, False),
    ]
    assert (here[0]["account_name"], here[0]["office"] is not None, here[1]["office"]) == (name, True, None)
    assert all(one["branch_id"] != str(world.islington) for one in await seen_by(mine))


async def test_who_has_no_record_is_seen_by_nobody(world: World) -> None:
    assert await seen_by(await world.api.sign_in(await world.api.account())) == []


async def test_an_export_of_my_unit_is_among_those_who_read_me(world: World) -> None:
    api = world.api
    _, person = await api.member(world.dalston)
    mine = await api.sign_in(await api.account(person_id=person))
    exporter = await api.account()
    await api.grant(exporter, Role.branch_secretary, world.hackney)
    fetched = {}
    for unit in (world.hackney, world.islington):
        export = Export(
            account_id=exporter,
            client_id=HOUSE_CLIENT,
            sign_in_id=new_id(),
            branch_id=unit,
            unit_ids=[unit],
            format=ExportFormat.csv,
            use=ExportUse.records,
            columns=["number"],
            filters={},
            purpose="A mailing",
            rows=1,
            omitted=0,
            without_address=0,
            state=ExportState.ready,
        )
        async with api.transaction() as session:
            await session.insert(export)
        fetching = {"resource": "exports", "purpose": "export", "account_id": exporter, "client_id": HOUSE_CLIENT}
        before = clock.now() - timedelta(days=1)
        async with api.transaction() as session:
            await session.insert(AccessEntry(subject_id=export.id, **fetching))
            # Before the record was made.
            await session.insert(AccessEntry(subject_id=export.id, created_at=before, **fetching))
        fetched[unit] = str(export.id)
    rows = (await mine.get("/v1/me/access-log")).json()["data"]
    assert [(row["export_id"], row["purpose"]) for row in rows] == [(fetched[world.hackney], "export")]
    assert [one["role"] for one in rows[0]["held"]] == ["branch_secretary"]
