"""Cases and matters whose time is over: nothing said in them can be read, and they keep their course."""

from datetime import date, timedelta
from uuid import UUID

import pytest

from app.core import clock
from app.models.disputes import DisputeState as S
from app.models.retention import RetentionRule
from app.services.retention.rules import AUTOMATIC, RULES
from tests.disputes.placed import place_case
from tests.retention.conftest import WHY, Retention

R = RetentionRule


async def _ended(retention: Retention, on: date = date(2020, 1, 31)) -> UUID:
    """A request for access of long ago, with what was said in it."""
    request = await retention.office.request(text="What do you hold of me?")
    await retention.office.do(f"subject-access-requests/{request}/withdraw", text="I changed my mind.")
    await retention.office.world.api.execute("update rights_requests set ended_on = $2 where id = $1", request, on)
    return request


async def test_what_was_said_in_an_old_request_goes_and_can_be_had_back(retention: Retention) -> None:
    office, request = retention.office, await _ended(retention)
    path = f"subject-access-requests/{request}"
    before = await office.get(path)
    run = await retention.applied("rights_requests_ended")
    assert await retention.item(request) == ("put_aside", None)
    held = await office.get(path)
    assert (held["text"], held["state"], held["ended_on"]) == (None, "withdrawn", "2020-01-31")
    assert [step["texts"] for step in held["steps"]] == [{} for _ in held["steps"]]
    await office.do(f"retention-runs/{run}/undo", **WHY)
    await retention.work()
    assert await office.get(path) == before
    assert before["text"] == "What do you hold of me?"


async def test_after_the_holding_its_key_is_destroyed(retention: Retention) -> None:
    office, request = retention.office, await _ended(retention)
    run = await retention.applied("rights_requests_ended")
    await office.on(clock.today() + timedelta(30))
    await retention.work()
    assert (await retention.read(run))["state"] == "final"
    api = office.world.api
    assert await api.value("select wrapped_key is null from envelope_keys where subject_id = $1", request)
    assert await api.value("select kind from erasures where subject_id = $1", request) == "case"
    assert await api.value("select sealed from retention_items where case_id = $1", request) == b""
    assert (await office.get(f"subject-access-requests/{request}"))["text"] is None
    assert await api.value("select person_id is null from rights_requests where id = $1", request)
    await retention.dry_run("rights_requests_ended")
    assert await retention.item(request) == ("gone", None)


async def test_a_hold_on_its_person_keeps_a_request(retention: Retention) -> None:
    office, request = retention.office, await _ended(retention)
    await office.do("legal-holds", person_id=str(office.subject.person_id), reason="audit", **WHY)
    made = await retention.dry_run("rights_requests_ended")
    assert (made["left_out"]["legal_hold"], await retention.item(request)) == (1, ("left_out", "legal_hold"))


@pytest.mark.parametrize("rule", sorted(RULES))
async def test_every_rule_can_be_run(retention: Retention, rule: RetentionRule) -> None:
    made = await retention.dry_run(rule)
    assert (made["rule"], made["months"], made["state"]) == (rule, RULES[rule].months, "dry_run")


async def test_the_rules_are_everybodys_to_read_and_the_team_changes_their_periods(retention: Retention) -> None:
    office = retention.office
    told = {rule["key"]: rule for rule in (await office.get("retention-rules", by=office.subject.client))["data"]}
    assert told.keys() == set(RetentionRule) == RULES.keys() | AUTOMATIC.keys()
    assert (told["former_members"]["months"], told["import_files"]["days"], told["import_files"]["months"]) == (
        72, 90, None,
    )  # fmt: skip
    said = {"months": 30, "reason": "The committee resolved so."}
    path = "/v1/retention-rules/data_complaints_ended/periods"
    assert (await office.secretary.post(path, json=said)).status_code == 403
    made = await retention.dry_run("data_complaints_ended")
    changed = await office.officer.post(path, json=said)
    assert (changed.status_code, changed.json()["months"]) == (201, 30)
    assert [period["months"] for period in changed.json()["periods"]] == [30]
    assert (await retention.dry_run("data_complaints_ended"))["months"] == 30
    assert made["months"] == 36
    for months, rule, code in ((11, "data_complaints_ended", 422), (3, "import_files", 409)):
        refused = await office.officer.post(
            f"/v1/retention-rules/{rule}/periods", json={"months": months, "reason": "Shorter."}
        )
        assert refused.status_code == code
    refused = await office.officer.post("/v1/retention-runs", json={"rule": "import_files"})
    assert refused.status_code == 422


async def test_a_case_is_due_when_its_last_sanction_is_over(retention: Retention) -> None:
    """Twelve months after the end without one; after the sanction's end with one; never while a ban is for good."""
    api, office = retention.office.world.api, retention.office
    cases = [(await place_case(office.world, office.world.hackney, S.final)).id for _ in range(4)]
    await api.execute("update disputes set state_since = '2019-01-01' where id = any ($1)", cases)
    for case, kind, ends_on in (
        (cases[1], "suspension", date(2020, 1, 1)),
        (cases[2], "exclusion", date(2020, 1, 1)),
        (cases[3], "expulsion", None),
    ):
        party = await api.value("select id from dispute_parties where dispute_id = $1", case)
        await api.execute(
            "insert into sanctions (id, created_at, updated_at, version, dispute_id, party_id, kind, starts_on, "
            "ends_on, state) values (gen_random_uuid(), now(), now(), 1, $1, $2, $3, '2019-01-01', $4, 'in_force')",
            case, party, kind, ends_on,
        )  # fmt: skip
    found = {}
    for rule in (R.disputes_without_sanction, R.disputes_with_sanction, R.disputes_with_expulsion):
        made = await office.do("retention-runs", rule=rule)
        rows = await api.value(
            "select array_agg(case_id) from retention_items where run_id = $1 and case_id = any ($2)",
            UUID(made["id"]), cases,
        )  # fmt: skip
        found[rule.value] = rows
    assert found == {
        "disputes_without_sanction": [cases[0]],
        "disputes_with_sanction": [cases[1]],
        "disputes_with_expulsion": [cases[2]],
    }


async def test_an_old_case_is_closed_to_its_own_people_too(retention: Retention) -> None:
    world = retention.office.world
    placed = await place_case(world, world.hackney, S.closed, outcome="dismissed")
    await world.api.execute("update disputes set state_since = '2019-01-01' where id = $1", placed.id)
    path = f"/v1/disputes/{placed.id}"
    assert (await placed.by.get(path)).status_code == 200
    run = await retention.applied("disputes_without_sanction")
    refused = await placed.by.get(path)
    assert (refused.status_code, refused.json()["code"]) == (409, "key_destroyed")
    await retention.office.do(f"retention-runs/{run}/undo", **WHY)
    await retention.work()
    assert (await placed.by.get(path)).status_code == 200
    await retention.applied("disputes_without_sanction")
    await retention.office.on(clock.today() + timedelta(30))
    await retention.work()
    assert await retention.item(placed.id) == ("gone", None)
    named = "select count(*) from dispute_parties where dispute_id = $1 and (person_id is not null)"
    assert await world.api.value(named, placed.id) == 0
