"""What no run takes, whatever a rule finds: a current member, anybody twice, more than a day's measure."""

import asyncio
from datetime import timedelta
from uuid import UUID

import asyncpg
import pytest

from app.core import clock
from app.core.permissions import Role
from app.models.retention import RetentionRule
from app.services.retention import duties
from app.services.retention.rules import RULES
from tests.retention.conftest import WHY, Retention, everything_of, known

R = RetentionRule


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
    here = f"where erased_at is null and branch_ids && array['{office.world.hackney}'::uuid]"
    everybody = type(wrong)(
        wrong.action, wrong.basis, f"select id, date '2000-01-01' as since from people {here}",
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


async def test_two_workers_do_each_one_once(retention: Retention) -> None:
    people = [await retention.died() for _ in range(6)]
    run = await retention.approved()
    database = retention.office.world.api.app.state.database
    await asyncio.gather(*(duties.mind_retention(database) for _ in range(3)))
    await retention.work()
    assert (await retention.read(run))["items"] == {"put_aside": 6}
    minimised = await retention.office.world.api.row(
        "select count(*) as all, count(distinct subject_id) as once from events where type = 'person.minimised' "
        "and subject_id = any ($1)",
        [one.member_id for one in people],
    )
    assert tuple(minimised) == (6, 6)


async def test_a_former_member_is_due_six_years_after_the_day_on_which_it_ended(retention: Retention) -> None:
    office = retention.office
    six_years = clock.months_after(clock.today(), -72)
    day_after = six_years + timedelta(1)
    resigned = {"decided_standing": "resigned", "decided_from": six_years}
    lapsed = {"paid_until": six_years - timedelta(90), "lapses_on": six_years}
    due = [await office.member(**columns) for columns in (resigned, lapsed)]
    kept = [
        await office.member(**columns)
        for columns in (
            {**resigned, "decided_from": day_after},
            {**lapsed, "lapses_on": day_after},
            {**resigned, "decided_standing": "deceased"},
            {**resigned, "relationship": "supporter"},
            {**lapsed, "lapses_on": clock.today() + timedelta(1)},
        )
    ]
    made = await retention.dry_run("former_members")
    listed = await office.world.api.value(
        "select array_agg(person_id) from retention_items where run_id = $1 and person_id = any ($2)",
        UUID(made["id"]), [one.person_id for one in (*due, *kept)],
    )  # fmt: skip
    assert set(listed) == {one.person_id for one in due}


async def test_whoever_holds_a_role_or_is_excluded_today_is_left_out(retention: Retention) -> None:
    office, api = retention.office, retention.office.world.api
    holder, barred = await retention.died(), await retention.died()
    await api.grant(holder.account_id, Role.branch_treasurer, office.world.hackney)
    await api.execute(
        "insert into member_restrictions (id, created_at, member_id, person_id, kind, starts_on, source_id) "
        "values (gen_random_uuid(), now(), $1, $2, 'expelled', '2014-01-01', gen_random_uuid())",
        barred.member_id, barred.person_id,
    )  # fmt: skip
    made = await retention.dry_run()
    assert made["left_out"] == {"holds_rights": 1, "barred": 1}


async def test_a_supporter_who_was_here_lately_is_not_inactive(retention: Retention) -> None:
    office, api = retention.office, retention.office.world.api
    long_ago = clock.months_after(clock.today(), -25)
    columns = {"relationship": "supporter", "joined_on": long_ago}
    gone, back, changed = [await office.member(**columns) for _ in range(3)]
    people = [one.person_id for one in (gone, back, changed)]
    await api.execute("update people set updated_at = $2::date where id = any ($1)", people[:2], long_ago)
    await api.execute("update sign_ins set last_used_at = $2::date where account_id = $1", gone.account_id, long_ago)
    made = await retention.dry_run("inactive_supporters")
    listed = await api.value(
        "select array_agg(person_id) from retention_items where run_id = $1 and person_id = any ($2)",
        UUID(made["id"]), people,
    )  # fmt: skip
    assert listed == [gone.person_id]
