"""Retention by two people: counted, approved, applied in batches, held, undone or made final."""

from datetime import timedelta
from typing import Any
from uuid import UUID

import asyncpg
import pytest
from sqlmodel import SQLModel

from app.core import clock
from app.models.retention import RetentionRule
from app.services.erasures import GIVEN, linked
from app.services.retention import duties
from app.services.retention.rules import RULES
from tests.office import Office, Someone
from tests.retention.conftest import WHY, Retention

R = RetentionRule


async def everything_of(office: Office, one: Someone) -> dict[str, list[dict[str, Any]]]:
    """Every row about somebody in every table, but for what counts its changes, and the runs' own."""
    found = {}
    for table, rows in linked().items():
        keys = ", ".join(column.name for column in SQLModel.metadata.tables[table].primary_key.columns)
        sql = (
            f"{GIVEN} select to_jsonb(t) - 'version' - 'updated_at' as said from {table} t where {rows} order by {keys}"
        )
        async with office.world.api.transaction() as session:
            ids = (one.person_id, [one.member_id], [one.account_id], None)
            found[table] = [row["said"] for row in await session.fetch(sql, *ids)]
    return {table: rows for table, rows in found.items() if rows and table != "retention_items"}


async def known(retention: Retention) -> Someone:
    """Somebody who died, of whom something is in more than one table, some of it decided and some sealed."""
    one = await retention.died(given_name="Marged", family_name="Oddfellow", mobile_phone="+447400123456")
    api = retention.office.world.api
    other, second = await api.member(retention.office.world.hackney)
    await api.execute(
        "insert into standings (id, created_at, member_id, branch_id, standing, starts_on, until, reason, decided_by) "
        "values (gen_random_uuid(), now(), $1, $2, 'suspended', '2014-01-01', '2014-02-01', 'Was loud', $3)",
        one.member_id, retention.office.world.hackney, other,
    )  # fmt: skip
    await api.execute(
        "insert into possible_duplicates (id, created_at, updated_at, version, person_id, other_person_id, why, state) "
        "values (gen_random_uuid(), now(), now(), 1, least($1, $2::uuid), greatest($1, $2), '{same_phone_and_name}', "
        "'dismissed')",
        one.person_id, second,
    )  # fmt: skip
    return one


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
    await office.on(clock.today() + timedelta(8))
    empty = await retention.dry_run("inactive_supporters")
    refused = await office.deputy.post(f"/v1/retention-runs/{empty['id']}/approve")
    assert refused.json()["params"]["reason_code"] == "nothing_found"


async def test_who_comes_back_between_the_approval_and_its_turn_is_left_out(retention: Retention) -> None:
    office = retention.office
    back, held, serving, late = [await retention.died() for _ in range(4)]
    run = await retention.approved()
    api = office.world.api
    await api.execute("update members set decided_standing = null, decided_from = null where id = $1", back.member_id)
    await office.do("legal-holds", person_id=str(held.person_id), reason="litigation", **WHY)
    await api.office(serving.person_id, office.world.hackney, "secretary")
    await api.execute("update members set decided_from = $2 where id = $1", late.member_id, clock.today())
    await retention.work()
    assert [await retention.item(one.person_id) for one in (back, held, serving, late)] == [
        ("left_out", "live_membership"), ("left_out", "legal_hold"), ("left_out", "serving_officer"),
        ("left_out", "not_due"),
    ]  # fmt: skip
    assert (await retention.read(run))["items"] == {"left_out": 4}


async def test_a_rule_gone_wrong_touches_no_current_member(
    retention: Retention, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An upgrade changes what a rule finds: to everybody. What forbids it does not ask the rule."""
    office, gone = retention.office, await retention.died()
    current = office.subject
    wrong = RULES[R.deceased_members]
    everybody = type(wrong)(
        wrong.action, wrong.basis, "select id, date '2000-01-01' as since from people where erased_at is null",
        wrong.months, wrong.least, wrong.most,
    )  # fmt: skip
    ids = [gone.person_id, current.person_id]
    monkeypatch.setitem(RULES, R.deceased_members, everybody)
    before = await everything_of(office, current)
    made = await retention.dry_run()
    assert made["left_out"]["live_membership"] >= 1
    listed = await office.world.api.value(
        "select array_agg(person_id) from retention_items where run_id = $1 and state = 'found'", UUID(made["id"])
    )
    assert current.person_id not in listed
    # Even one that was listed and approved is left out when its turn comes.
    await office.world.api.execute("delete from retention_items where not person_id = any ($1)", ids)
    await office.world.api.execute(
        "update retention_items set state = 'found', reason = null, person_id = $2 where run_id = $1",
        UUID(made["id"]), current.person_id,
    )  # fmt: skip
    await office.do(f"retention-runs/{made['id']}/approve", by=office.deputy)
    await retention.work()
    assert await retention.item(current.person_id) == ("left_out", "live_membership")
    assert await everything_of(office, current) == before


async def test_the_database_itself_refuses_a_current_member(retention: Retention) -> None:
    await retention.died()
    run = await retention.applied()
    put = (
        "insert into retention_items (id, created_at, run_id, person_id, since, state, done_on, sealed) "
        "values (gen_random_uuid(), now(), $1, $2, '2015-03-01', 'put_aside', $3, '')"
    )
    with pytest.raises(asyncpg.RaiseError):
        await retention.office.world.api.execute(put, run, retention.office.subject.person_id, clock.today())


async def test_two_runs_take_nobody_twice(retention: Retention) -> None:
    one = await known(retention)
    first, second = await retention.dry_run(), await retention.dry_run()
    for made in (first, second):
        await retention.office.do(f"retention-runs/{made['id']}/approve", by=retention.office.deputy)
    await retention.work()
    states = await retention.office.world.api.row(
        "select array_agg(state order by id) as states, array_agg(reason order by id) as reasons "
        "from retention_items where person_id = $1",
        one.person_id,
    )
    assert (states["states"], states["reasons"]) == (["put_aside", "left_out"], [None, "put_aside_already"])


async def test_a_run_is_applied_in_capped_batches_and_can_be_stopped(
    retention: Retention, monkeypatch: pytest.MonkeyPatch
) -> None:
    people = [await retention.died() for _ in range(3)]
    run = await retention.approved()
    monkeypatch.setattr(duties, "MOST_PER_DAY", 2)
    await retention.work()
    assert (await retention.read(run))["items"] == {"put_aside": 2, "found": 1}
    # The day's measure is full; tomorrow it goes on from there.
    await retention.office.on(clock.today() + timedelta(1))
    stopped = await retention.office.do(f"retention-runs/{run}/stop", **WHY)
    assert (stopped["state"], stopped["holding_until"]) == ("holding", (clock.today() + timedelta(30)).isoformat())
    await retention.work()
    read = await retention.read(run)
    assert read["items"] == {"put_aside": 2, "found": 1}
    assert [step["action"] for step in read["steps"]] == ["propose", "approve", "stop"]
    await retention.office.do(f"retention-runs/{run}/undo", **WHY)
    await retention.work()
    assert {(await retention.item(one.person_id))[0] for one in people} == {"restored", "found"}


async def test_what_is_cut_off_in_the_middle_goes_on(retention: Retention) -> None:
    """One that cannot be done keeps nobody waiting, and is done when it can be."""
    first, second = await known(retention), await retention.died()
    run = await retention.approved()
    api = retention.office.world.api
    await api.execute(
        "create function cut_off() returns trigger language plpgsql as $$ begin raise exception 'cut'; end $$"
    )
    await api.execute(
        f"create trigger cut_off before update on people for each row when (new.id = '{first.person_id}') "
        "execute function cut_off()"
    )
    try:
        await retention.work()
        assert await retention.item(first.person_id) == ("found", None)
        assert await retention.item(second.person_id) == ("put_aside", None)
        assert (await retention.read(run))["state"] == "applying"
        assert "Marged" in str(await everything_of(retention.office, first))
    finally:
        await api.execute("drop trigger cut_off on people")
        await api.execute("drop function cut_off()")
    await retention.work()
    assert await retention.item(first.person_id) == ("put_aside", None)
    assert (await retention.read(run))["state"] == "holding"
