"""The record of processing activities: read by everybody, kept by the data-protection team."""

import csv
import io
from datetime import timedelta
from typing import Any

import pytest

from app.core import clock
from app.core.ids import new_id
from app.models.processing_shapes import RegisterRead
from tests.contracts.processing_samples import activity_body, processor_body
from tests.office import Office
from tests.world import Client

PATH = "/v1/processing-activities"


async def _made(by: Client, **over: Any) -> dict[str, Any]:
    answer = await by.post(PATH, json=activity_body(**over))
    assert answer.status_code == 201, answer.text
    told: dict[str, Any] = answer.json()
    return told


async def _patched(by: Client, row: dict[str, Any], status: int = 200, **changes: Any) -> dict[str, Any]:
    headers = {"If-Match": f'"{row["id"]}-{row["version"]}"'}
    answer = await by.patch(f"{PATH}/{row['id']}", json=changes, headers=headers)
    assert answer.status_code == status, answer.text
    told: dict[str, Any] = answer.json()
    return told


async def _audited(office: Office, activity_id: str) -> list[tuple[str, dict[str, Any]]]:
    async with office.world.api.transaction() as session:
        rows = await session.fetch(
            "select action, fields from audit_entries where subject_id = $1 order by id", activity_id
        )
    return [(row["action"], row["fields"]) for row in rows]


async def test_an_organisation_begins_with_a_record_that_everybody_reads(office: Office) -> None:
    rows = (await office.get("processing-activities?limit=200", office.subject.client))["data"]
    found = {row["key"]: row for row in rows}
    assert {"membership", "supporters", "complaints_and_discipline", "data_protection_rights"} <= found.keys()
    assert found["supporters"]["special_conditions"] == ["not_for_profit_body", "political_parties"]
    assert "sch. 1" in found["supporters"]["policy_document"]
    one = await office.subject.client.get(f"{PATH}/{found['membership']['id']}")
    assert one.json() == found["membership"]
    gaps = await office.get("processing-activities/gaps", office.secretary)
    assert gaps["checked"] > 200
    assert (await office.world.api.client().get(PATH)).status_code == 401


async def test_only_the_team_changes_it(office: Office) -> None:
    row = await _made(office.officer)
    refused = await office.secretary.post(PATH, json=activity_body())
    assert (refused.status_code, refused.json()["params"]) == (403, {"permission": "privacy:handle"})
    await _patched(office.secretary, row, 403, name="Mine")
    assert (await office.secretary.post(f"{PATH}/{row['id']}/end", json={"reason": "No."})).status_code == 403
    assert (await office.secretary.post(f"{PATH}/complete")).status_code == 403
    assert await office.get(f"processing-activities/{row['id']}") == row


async def test_a_correction_keeps_what_was_said_before_in_the_trail(office: Office) -> None:
    row = await _made(office.officer)
    told = await _patched(office.officer, row, purposes={"en": "To teach."}, joint_controllers="The College")
    assert (told["purposes"], told["version"]) == ({"en": "To teach.", "cy": None}, 2)
    stale = await _patched(office.deputy, row, 412, name="Late")
    assert stale["current"]["version"] == 2
    unsaid = await office.officer.patch(f"{PATH}/{row['id']}", json={"name": "Without a version"})
    assert unsaid.status_code == 428
    (made, _), (updated, fields) = await _audited(office, row["id"])
    assert (made, updated) == ("processing_activity.created", "processing_activity.updated")
    assert fields["purposes"] == {"old": row["purposes"], "new": told["purposes"]}
    assert fields.keys() == {"purposes", "joint_controllers"}


async def test_a_key_is_used_once(office: Office) -> None:
    row = await _made(office.officer)
    again = await office.officer.post(PATH, json=activity_body(key=row["key"]))
    assert (again.status_code, again.json()["code"]) == (409, "activity_exists")


@pytest.mark.parametrize(
    ("over", "pointer", "code"),
    [
        ({"special_conditions": ["equality_monitoring"]}, "/policy_document", "policy_document_required"),
        ({"fields": ["people.email", "people.nothing"]}, "/fields/1", "field_unknown"),
        ({"fields": ["branches.*"]}, "/fields/0", "field_unknown"),
        ({"processor_ids": [str(new_id())]}, "/processor_ids/0", "processor_unknown"),
        ({"lawful_bases": []}, "/lawful_bases", "too_short"),
        ({"people": ["everybody"]}, "/people/0", "enum"),
        ({"fields": ["people; drop table people"]}, "/fields/0", "string_pattern_mismatch"),
    ],
)
async def test_what_cannot_stand_is_refused(office: Office, over: dict[str, Any], pointer: str, code: str) -> None:
    refused = await office.officer.post(PATH, json=activity_body(**over))
    assert refused.status_code == 422
    assert [(error["pointer"], error["code"]) for error in refused.json()["errors"]] == [(pointer, code)]
    assert "drop table" not in refused.text


async def test_a_policy_document_cannot_be_taken_from_a_condition_that_needs_it(office: Office) -> None:
    row = await _made(office.officer, special_conditions=["safeguarding"], policy_document="Reviewed each year.")
    refused = await _patched(office.officer, row, 422, policy_document=None)
    assert refused["errors"][0]["code"] == "policy_document_required"
    told = await _patched(office.officer, row, policy_document=None, special_conditions=["not_for_profit_body"])
    assert told["policy_document"] is None


async def test_what_is_over_stays_on_record_and_as_it_was(office: Office) -> None:
    row, today = await _made(office.officer), clock.today()
    early = {"ended_on": (today - timedelta(1)).isoformat(), "reason": "Never begun."}
    refused = await office.officer.post(f"{PATH}/{row['id']}/end", json=early)
    assert refused.json()["errors"][0]["code"] == "ends_before_start"
    ended = await office.do(f"processing-activities/{row['id']}/end", reason="No school this year.")
    assert (ended["ended_on"], ended["end_reason"]) == (today.isoformat(), "No school this year.")
    query = f"processing-activities?key={row['key']}"
    assert (await office.get(query))["data"] == []
    assert (await office.get(f"{query}&as_of={today - timedelta(1)}"))["data"] == []
    assert [r["id"] for r in (await office.get(f"{query}&ended=true"))["data"]] == [row["id"]]
    assert (await _patched(office.officer, ended, 409, name="Again"))["code"] == "already_ended"


async def test_lists_are_narrowed_by_what_an_activity_rests_on(office: Office) -> None:
    row = await _made(office.officer, lawful_bases=["vital_interests"], special_conditions=["made_public"])
    by_basis = await office.get("processing-activities?lawful_basis=vital_interests&limit=200")
    by_condition = await office.get("processing-activities?special_condition=made_public&limit=200")
    assert row["id"] in {r["id"] for r in by_basis["data"]} & {r["id"] for r in by_condition["data"]}
    assert all("vital_interests" in r["lawful_bases"] for r in by_basis["data"])


async def test_a_column_that_loses_its_purpose_is_named_until_the_record_is_completed(office: Office) -> None:
    (row,) = (await office.get("processing-activities?key=exports"))["data"]
    bare = await _patched(office.officer, row, fields=[])
    gaps = await office.get("processing-activities/gaps")
    assert {"column": "exports.purpose", "privacy": "sensitive"} in gaps["without_purpose"]
    assert gaps["without_condition"] == gaps["without_purpose"]
    # A purpose without a condition of article 9 is half of what is needed.
    other = await _made(office.officer, fields=["exports.*"])
    half = await office.get("processing-activities/gaps")
    assert half["without_purpose"] == []
    assert half["without_condition"] == gaps["without_condition"]
    await office.do(f"processing-activities/{other['id']}/end", reason="A trial.")
    completed = await office.do("processing-activities/complete", office.deputy)
    assert (completed["added"], completed["extended"], completed["gaps"]["without_purpose"]) == ([], ["exports"], [])
    (whole,) = (await office.get("processing-activities?key=exports"))["data"]
    assert (whole["fields"], whole["version"]) == (row["fields"], bare["version"] + 1)
    again = await office.do("processing-activities/complete")
    assert (again["added"], again["extended"]) == ([], [])


async def test_an_activity_that_was_never_laid_down_is_added(office: Office) -> None:
    """As in an organisation that is older than the record."""
    async with office.world.api.transaction() as session:
        await session.execute("delete from processing_activities where key = 'letters'")
    gaps = await office.get("processing-activities/gaps")
    assert [gap["column"] for gap in gaps["without_purpose"]] == ["mail_outbox.sealed_message"]
    completed = await office.do("processing-activities/complete")
    assert (completed["added"], completed["gaps"]["without_purpose"]) == (["letters"], [])


async def test_the_record_can_be_read_and_given_away(office: Office) -> None:
    body = processor_body(country="US", safeguard="addendum", name="Pigeon Post")
    processor = await office.do("processors", **body)
    row = await _made(
        office.officer, name="=Letters", processor_ids=[processor["id"]], fields=["people.town"], security=["backups"]
    )
    path = f"{PATH}/export"
    whole = await office.secretary.get(path, params={"format": "json"})
    register = RegisterRead.model_validate_json(whole.content)
    assert register.controller.name == "The Test Party"
    assert row["id"] in {str(activity.id) for activity in register.activities}
    assert processor["id"] in {str(p.id) for p in register.processors}
    table = await office.secretary.get(path, params={"format": "csv", "language": "cy"})
    assert table.headers["Content-Type"] == "text/csv; charset=utf-8"
    lines = list(csv.reader(io.StringIO(table.content.decode("utf-8-sig"))))
    assert lines[0][:3] == ["Gweithgaredd", "Dibenion", "Seiliau cyfreithlon"]
    (line,) = (line for line in lines if line[0] == "'=Letters")
    assert "Pigeon Post: Sends letters (US, Atodiad)" in line
    assert "Cynnal ysgol haf." in line
    for language in ("en", "cy"):
        read = await office.subject.client.get(path, params={"language": language})
        assert read.content.startswith(b"%PDF-")
        assert read.headers["Content-Language"] == language
        assert read.headers["Content-Disposition"].endswith('.pdf"')
    assert (await office.world.api.client().get(path)).status_code == 401


async def test_whom_to_write_to_is_said_once_for_all(office: Office) -> None:
    before = await office.get("controller", office.subject.client)
    assert (before["name"], before["id"]) == ("The Test Party", str(office.world.root))
    headers = {"If-Match": f'"{before["id"]}-{before["version"]}"'}
    change = {"data_protection_contact": "Data-protection team", "data_protection_email": "data@example.org"}
    assert (await office.secretary.patch("/v1/controller", json=change, headers=headers)).status_code == 403
    told = await office.officer.patch("/v1/controller", json=change, headers=headers)
    assert told.status_code == 200, told.text
    assert {name: told.json()[name] for name in change} == change
    stale = await office.deputy.patch("/v1/controller", json=change, headers=headers)
    assert (stale.status_code, stale.json()["current"]["version"]) == (412, before["version"] + 1)
