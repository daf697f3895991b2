"""What is unusual in the log of reads is found, and looked into by somebody whom it does not concern."""

from collections.abc import AsyncIterator
from datetime import UTC, date, datetime, timedelta
from uuid import UUID

import pytest

from app.core import clock
from app.core.ids import new_id
from app.core.permissions import Role
from app.models.access_alerts import AccessDay
from app.models.audit import AccessEntry
from app.services.access_watch import watch_reads
from tests.office import Office, make_office
from tests.world import World

DAY = date(2027, 3, 11)


@pytest.fixture
async def office(world: World) -> AsyncIterator[Office]:
    office = await make_office(world)
    await office.on(DAY)
    yield office
    await world.api.reset_clock()


async def reads(office: Office, account: UUID, count: int, hour: int = 11, **columns: object) -> None:
    """So many reads of an account, at an hour of UTC on the day."""
    at = datetime(DAY.year, DAY.month, DAY.day, hour, 30, tzinfo=UTC)
    about = {"resource": "members", "purpose": "read", "client_id": new_id(), "account_id": account, **columns}
    rows = [{"id": new_id(), "created_at": at, "subject_id": new_id(), **about} for _ in range(count)]
    async with office.world.api.transaction() as session:
        for row in rows:
            await session.insert(AccessEntry(**row))


async def alerts(office: Office, account: UUID, by: str = "officer") -> list[tuple[str, int, int | None]]:
    await watch_reads(office.world.api.app.state.database)
    found = (await office.get(f"access-alerts?account_id={account}", by=getattr(office, by)))["data"]
    return [(one["rule"], one["count"], one["usual"]) for one in found]


async def usual(office: Office, account: UUID, reads_a_day: int) -> None:
    async with office.world.api.transaction() as session:
        for before in range(1, 29):
            day = AccessDay(account_id=account, on_day=DAY - timedelta(days=before), reads=reads_a_day)
            await session.insert(day)


async def test_an_export_at_night_is_noticed_and_one_by_day_is_not(office: Office) -> None:
    by_day, by_night = await office.world.api.account(), await office.world.api.account()
    export = {"resource": "exports", "purpose": "export"}
    await reads(office, by_day, 1, hour=21, **export)
    await reads(office, by_night, 1, hour=5, **export)
    assert await alerts(office, by_day) == []
    assert await alerts(office, by_night) == [("night_export", 1, None)]
    assert await alerts(office, by_night) == [("night_export", 1, None)]


@pytest.mark.parametrize(("a_day", "today", "noticed"), [(6, 59, False), (6, 60, True), (0, 49, False), (0, 50, True)])
async def test_ten_times_the_usual_reads_are_noticed(office: Office, a_day: int, today: int, *, noticed: bool) -> None:
    account = await office.world.api.account()
    await usual(office, account, a_day)
    await reads(office, account, today)
    assert await alerts(office, account) == ([("unusual_reads", today, a_day)] if noticed else [])


async def test_a_record_that_many_read_is_noticed(office: Office) -> None:
    record = new_id()
    for _ in range(10):
        await reads(office, await office.world.api.account(), 1, subject_id=record)
    await watch_reads(office.world.api.app.state.database)
    found = (await office.get("access-alerts?rule=many_readers"))["data"]
    assert [one["count"] for one in found if one["record_id"] == str(record)] == [10]


async def test_an_alert_is_looked_into_by_somebody_else(office: Office) -> None:
    person = (await office.world.api.member(office.world.hackney))[1]
    account = await office.world.api.account(person_id=person)
    await office.world.api.grant(account, Role.data_protection_officer, office.world.root)
    concerned = await office.world.api.sign_in(account)
    await reads(office, account, 1, hour=2, resource="exports", purpose="export")
    assert await alerts(office, account) == [("night_export", 1, None)]
    assert (await office.get(f"access-alerts?account_id={account}", by=concerned))["data"] == []
    (alert,) = (await office.get(f"access-alerts?account_id={account}"))["data"]
    assert (await concerned.get(f"/v1/access-alerts/{alert['id']}")).status_code == 404
    missing = {"outcome": "breach", "text": "It left the house."}
    path = f"/v1/access-alerts/{alert['id']}/look-into"
    assert (await office.officer.post(path, json=missing)).status_code == 422
    unknown = await office.officer.post(path, json={**missing, "breach_id": str(new_id())})
    assert unknown.json()["errors"][0]["pointer"] == "/breach_id"
    done = await office.do(f"access-alerts/{alert['id']}/look-into", outcome="misuse", text="Out of curiosity.")
    assert (done["state"], done["steps"][-1]["texts"]["text"]) == ("looked_into", "Out of curiosity.")
    again = await office.officer.post(path, json={"outcome": "harmless", "text": "On second thoughts."})
    assert (again.status_code, again.json()["params"]["reason_code"]) == (409, "wrong_state")
    assert clock.today() == DAY
