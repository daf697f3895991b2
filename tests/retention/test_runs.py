"""Retention by two people: counted, approved, applied, held, undone or made final."""

from datetime import timedelta

from app.core import clock
from tests.retention.conftest import WHY, Retention, everything_of, known


async def test_a_dry_run_counts_and_changes_nothing(retention: Retention) -> None:
    office, one = retention.office, await known(retention)
    held = await retention.died()
    await office.do("legal-holds", person_id=str(held.person_id), reason="litigation", **WHY)
    before = await everything_of(office, one)
    made = await retention.dry_run()
    assert (made["state"], made["left_out"]) == ("dry_run", {"legal_hold": 1})
    assert made["found"] == made["taken"] == 1
    read = await retention.read(made["id"])
    assert read["items"] == {"found": 1, "left_out": 1}
    assert [(s["person_id"], s["reason"]) for s in read["samples"]] == [
        (str(one.person_id), None), (str(held.person_id), "legal_hold"),
    ]  # fmt: skip
    assert await everything_of(office, one) == before
    await retention.work()
    assert await everything_of(office, one) == before


async def test_what_is_undone_is_as_it_was(retention: Retention) -> None:
    office, one = retention.office, await known(retention)
    before = await everything_of(office, one)
    assert {"people", "members", "accounts", "standings", "possible_duplicates", "sign_ins"} <= before.keys()
    run = await retention.applied()
    assert "Marged" not in str(await everything_of(office, one))
    assert "Was loud" not in str(await everything_of(office, one))
    seen = await office.get(f"members/{one.member_id}", by=office.secretary)
    assert (seen["given_name"], seen["family_name"]) == ("Erased", "person")
    undone = await office.do(f"retention-runs/{run}/undo", **WHY)
    assert undone["state"] == "undoing"
    await retention.work()
    assert (await retention.read(run))["state"] == "undone"
    assert await everything_of(office, one) == before
    assert await retention.item(one.person_id) == ("restored", None)


async def test_what_somebody_wrote_meanwhile_stays(retention: Retention) -> None:
    one = await known(retention)
    run = await retention.applied()
    api = retention.office.world.api
    await api.execute("update people set town = 'Swansea', given_name = 'Megan' where id = $1", one.person_id)
    # The address by which they signed in is somebody else's by now.
    other = await api.account()
    address = await api.value("select email from accounts where id = $1", other)
    assert address
    await retention.office.do(f"retention-runs/{run}/undo", **WHY)
    await retention.work()
    row = await api.row("select given_name, family_name, town from people where id = $1", one.person_id)
    assert tuple(row) == ("Megan", "Oddfellow", "Swansea")


async def test_an_address_that_is_taken_meanwhile_stays_where_it_is(retention: Retention) -> None:
    one, api = await retention.died(), retention.office.world.api
    mine = await api.value("select email_key from accounts where id = $1", one.account_id)
    run = await retention.applied()
    other = await api.account()
    await api.execute("update accounts set email = $2, email_key = $2 where id = $1", other, mine)
    await retention.office.do(f"retention-runs/{run}/undo", **WHY)
    await retention.work()
    assert await retention.item(one.person_id) == ("restored", None)
    row = await api.row("select email_key, state from accounts where id = $1", one.account_id)
    assert (row["email_key"] != mine, row["state"]) == (True, "disabled")


async def test_after_the_holding_it_is_an_erasure(retention: Retention) -> None:
    office, one = retention.office, await known(retention)
    run = await retention.applied()
    until = (await retention.read(run))["holding_until"]
    assert until == (clock.today() + timedelta(30)).isoformat()
    await retention.work()
    api = office.world.api
    assert await api.value("select erased_at from people where id = $1", one.person_id) is None
    await office.on(clock.today() + timedelta(30))
    refused = await office.officer.post(f"/v1/retention-runs/{run}/undo", json=WHY)
    assert (refused.status_code, refused.json()["params"]["reason_code"]) == (409, "holding_over")
    await retention.work()
    assert (await retention.read(run))["state"] == "final"
    assert await api.value("select erased_at from people where id = $1", one.person_id) is not None
    key = "select wrapped_key is null from envelope_keys where subject_id = $1"
    assert await api.value(key, one.person_id)
    assert await api.value("select exists (select from erasures where subject_id = $1)", one.person_id)
    assert await retention.item(one.person_id) == ("gone", None)
    assert await api.value("select sealed from retention_items where person_id = $1", one.person_id) == b""


async def test_a_hold_placed_meanwhile_brings_everything_back(retention: Retention) -> None:
    office, one = retention.office, await known(retention)
    before = await everything_of(office, one)
    run = await retention.applied()
    await office.do("legal-holds", person_id=str(one.person_id), reason="police", **WHY)
    await office.on(clock.today() + timedelta(31))
    await retention.work()
    assert (await retention.read(run))["state"] == "final"
    assert await retention.item(one.person_id) == ("restored", "legal_hold")
    after = await everything_of(office, one)
    assert {table: after[table] for table in ("people", "members", "accounts")} == {
        table: before[table] for table in ("people", "members", "accounts")
    }


async def test_nobody_approves_what_they_proposed(retention: Retention) -> None:
    await retention.died()
    made = await retention.dry_run()
    path = f"/v1/retention-runs/{made['id']}"
    refused = await retention.office.officer.post(f"{path}/approve")
    assert (refused.status_code, refused.json()["params"]["reason_code"]) == (409, "own_proposal")
    offered = {one["action"]: one["reason_code"] for one in (await retention.read(made["id"]))["allowed_actions"]}
    assert offered == {
        "approve": "own_proposal", "refuse": "own_proposal", "withdraw": None, "stop": "wrong_state",
        "undo": "wrong_state",
    }  # fmt: skip
    assert (await retention.office.secretary.post(f"{path}/approve")).status_code == 403
    gone = await retention.office.do(f"retention-runs/{made['id']}/refuse", by=retention.office.deputy, **WHY)
    assert gone["state"] == "refused"


async def test_a_dry_run_that_no_longer_fits_is_refused(retention: Retention) -> None:
    office = retention.office
    await retention.died()
    made = await retention.dry_run()
    await retention.died()
    refused = await office.deputy.post(f"/v1/retention-runs/{made['id']}/approve")
    assert (refused.status_code, refused.json()["code"]) == (409, "dry_run_stale")
    old = await retention.dry_run()
    await office.on(clock.today() + timedelta(8))
    refused = await office.deputy.post(f"/v1/retention-runs/{old['id']}/approve")
    assert (refused.status_code, refused.json()["params"]["reason_code"]) == (409, "dry_run_stale")
    empty = await retention.dry_run("breaches_closed")
    refused = await office.deputy.post(f"/v1/retention-runs/{empty['id']}/approve")
    assert refused.json()["params"]["reason_code"] == "nothing_found"
