"""The register of breaches: 72 hours to tell the Commissioner, and everything that was known, decided and told."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from app.core import clock
from app.services.privacy_duties import mind_matters
from tests.office import Office
from tests.world import Client

LIST_SENT = {
    "summary": "List of members sent in view of each other",
    "description": "3000 members were addressed in the To: field.",
    "types": ["confidentiality"],
    "categories": ["identity", "contact", "membership"],
    "people_count": 3000,
}
LAPTOP = {
    "summary": "Laptop left on a train",
    "description": "Encrypted; the key is safe.",
    "types": ["confidentiality", "availability"],
    "categories": ["contact", "membership"],
    "unintelligible": True,
    "backed_up": True,
}
CASE_FILE = {
    "summary": "Case file sent to the wrong member",
    "description": "The file of a disciplinary case.",
    "types": ["confidentiality"],
    "categories": ["identity", "disciplinary"],
}


def ago(**span: int) -> str:
    return (clock.now() - timedelta(**span)).isoformat()


async def reported(office: Office, by: Client | None = None, **said: Any) -> str:
    receipt = await office.do("breaches", by, **{**LIST_SENT, **said})
    return str(receipt["id"])


async def refused(office: Office, path: str, **said: Any) -> tuple[int, str]:
    answer = await office.officer.post(f"/v1/{path}", json=said)
    problem = answer.json()
    code = problem["errors"][0]["code"] if problem.get("errors") else problem["code"]
    return answer.status_code, problem.get("params", {}).get("reason_code") or code


@pytest.mark.parametrize(
    ("aware", "due", "local"),
    [
        ("2026-11-20T16:45:00+00:00", "2026-11-23T16:45:00+00:00", "2026-11-23T16:45:00+00:00"),
        ("2026-03-28T10:00:00+00:00", "2026-03-31T10:00:00+00:00", "2026-03-31T11:00:00+01:00"),
        ("2025-12-24T17:30:00+00:00", "2025-12-27T17:30:00+00:00", "2025-12-27T17:30:00+00:00"),
    ],
)
async def test_the_clock_runs_72_hours_in_utc(office: Office, aware: str, due: str, local: str) -> None:
    one = await office.get(f"breaches/{await reported(office, aware_at=aware)}")
    assert datetime.fromisoformat(one["due_at"]) == datetime.fromisoformat(due)
    assert one["due_at_local"] == local


async def test_whoever_reports_gets_a_receipt_and_the_team_a_letter(office: Office) -> None:
    before = await office.world.api.value("select count(*) from mail_outbox")
    one = await reported(office, office.secretary)
    assert await office.world.api.value("select count(*) from mail_outbox") >= before + 2
    assert (await office.secretary.get(f"/v1/breaches/{one}")).status_code == 403
    assert (await office.secretary.get("/v1/breaches")).status_code == 403
    assert (await office.get(f"breaches/{one}"))["summary"] == LIST_SENT["summary"]


@pytest.mark.parametrize(
    ("facts", "risk", "commissioner", "people"),
    [(LIST_SENT, "risk", True, False), (LAPTOP, "unlikely", False, False), (CASE_FILE, "high", True, True)],
)
async def test_what_the_facts_speak_for(
    office: Office, facts: dict[str, Any], risk: str, commissioner: bool, people: bool
) -> None:
    plain = {k: v for k, v in facts.items() if k in {"types", "categories", "unintelligible", "backed_up"}}
    told = await office.do("breaches/suggest-risk", office.secretary, **plain)
    assert (told["risk"], told["notify_commissioner"], told["tell_people"]) == (risk, commissioner, people)
    assert told["why"]
    one = await office.get(f"breaches/{await reported(office, **facts)}")
    assert one["suggestion"] == told


async def test_from_the_report_to_the_end(office: Office) -> None:
    one = f"breaches/{await reported(office, aware_at=ago(hours=5), **CASE_FILE)}"
    await office.do(f"{one}/contain", text="The recipient has deleted it.")
    assessed = await office.do(f"{one}/assess", risk="high", text="Health is spoken of.")
    assert (assessed["commissioner_required"], assessed["people_required"]) == (True, True)
    assert await refused(office, f"{one}/not-notify", text="No.") == (409, "risk_found")
    assert await refused(office, f"{one}/reports", phase="final", text="…") == (409, "phase_out_of_order")
    sent = await office.do(f"{one}/reports", phase="initial", text="By their form.", commissioner_reference="IC-1")
    assert (sent["state"], sent["notified_late"], sent["commissioner_reference"]) == ("notified", False, "IC-1")
    assert await refused(office, f"{one}/close", lessons="…") == (409, "final_report_missing")
    await office.do(f"{one}/reports", phase="further", text="More.")
    await office.do(f"{one}/reports", phase="final", text="That was all.")
    assert await refused(office, f"{one}/reports", phase="further", text="…") == (409, "phase_out_of_order")
    assert await refused(office, f"{one}/close", lessons="…") == (409, "people_not_told")
    await office.do(f"{one}/people-told", text="By telephone.", people_count=1)
    done = await office.do(f"{one}/close", lessons="Check the recipient.")
    assert done["state"] == "closed"
    read = await office.get(one)
    assert (read["lessons"], read["people_told_count"]) == ("Check the recipient.", 1)
    assert [report["phase"] for report in read["reports"]] == ["initial", "further", "final"]


async def test_a_risk_that_is_unlikely_is_kept_and_not_reported(office: Office) -> None:
    one = f"breaches/{await reported(office, **LAPTOP)}"
    await office.do(f"{one}/assess", risk="unlikely", text="Nobody can read it.")
    assert await refused(office, f"{one}/close", lessons="…") == (409, "not_reported")
    done = await office.do(f"{one}/not-notify", text="Nobody can read it.")
    assert await refused(office, f"{one}/close", lessons="…") == (409, "not_contained")
    assert (done["state"], done["overdue"]) == ("not_notifiable", False)
    etag = (await office.officer.get(f"/v1/{one}")).headers["ETag"]
    mended = await office.officer.patch(
        f"/v1/{one}", json={"contained_at": ago(minutes=1), "occurred_at": ago(days=1)}, headers={"If-Match": etag}
    )
    # What is known of its beginning is held against what was said before.
    assert mended.status_code == 200, mended.text
    assert (await office.do(f"{one}/close", lessons="Encryption works."))["state"] == "closed"
    assert (await office.do(f"{one}/reopen", text="The key was with it."))["state"] == "assessed"


async def test_a_late_report_says_why(office: Office) -> None:
    one = f"breaches/{await reported(office, aware_at=ago(hours=73))}"
    assert (await office.get(one))["overdue"]
    found = await office.get("breaches?overdue=true&limit=200")
    assert one.removeprefix("breaches/") in {row["id"] for row in found["data"]}
    body = {"phase": "initial", "text": "By their form."}
    assert await refused(office, f"{one}/reports", **body) == (422, "delay_reason_missing")
    sent = await office.do(f"{one}/reports", **body, delay_reason="Nobody was there over the holidays.")
    assert (sent["notified_late"], sent["overdue"]) == (True, False)
    report = await office.get(f"{one}/report")
    assert report["phase"] == "further"
    assert {section["key"]: section["text"] for section in report["sections"]}["delay"].startswith("Nobody was there")
    # In time by their clock, though it was put down later.
    other = f"breaches/{await reported(office, aware_at=ago(hours=73))}"
    assert (await office.do(f"{other}/reports", **body, sent_at=ago(hours=2)))["notified_late"] is False


async def test_the_report_is_ready_to_send(office: Office) -> None:
    one = f"breaches/{await reported(office, discovered_at='2026-07-01T08:00:00Z', effects='Unwanted messages.')}"
    report = await office.get(f"{one}/report")
    sections = {section["key"]: section["text"] for section in report["sections"]}
    assert report["missing"] == ["measures", "risk"]
    assert "2026-07-01T09:00:00+01:00" in sections["when"]
    assert sections["people"] == "People: about 3000"
    assert "special category" in sections["data"]
    assert all(section["heading"] in report["text"] for section in report["sections"])
    assert "Unwanted messages." in report["text"]


async def test_moments_stand_in_their_order(office: Office) -> None:
    later = (clock.now() + timedelta(hours=1)).isoformat()
    for said, code in (
        ({"aware_at": later}, "in_future"),
        ({"occurred_at": ago(hours=1), "discovered_at": ago(hours=2)}, "before_it_occurred"),
        ({"discovered_at": ago(hours=1), "aware_at": ago(hours=2)}, "before_discovery"),
        ({"contained_at": later}, "in_future"),
    ):
        assert await refused(office, "breaches", **{**LIST_SENT, **said}) == (422, code)
    naive = await office.officer.post("/v1/breaches", json={**LIST_SENT, "aware_at": "2026-11-20T16:45:00"})
    assert naive.status_code == 422
    one = f"breaches/{await reported(office)}"
    assert await refused(office, f"{one}/reports", phase="initial", text="…", sent_at=later) == (422, "in_future")


async def test_what_becomes_known_moves_the_clock(office: Office) -> None:
    one = f"/v1/breaches/{await reported(office)}"
    etag = (await office.officer.get(one)).headers["ETag"]
    known = datetime(2026, 7, 3, 9, tzinfo=UTC)
    nothing = await office.officer.patch(one, json={}, headers={"If-Match": etag})
    assert nothing.status_code == 200, nothing.text
    etag = nothing.headers["ETag"]
    body = {"discovered_at": known.isoformat(), "aware_at": known.isoformat(), "people_count": None}
    assert (await office.officer.patch(one, json=body)).status_code == 428
    changed = await office.officer.patch(one, json=body, headers={"If-Match": etag})
    assert changed.status_code == 200, changed.text
    assert datetime.fromisoformat(changed.json()["due_at"]) == known + timedelta(hours=72)
    assert (await office.officer.patch(one, json=body, headers={"If-Match": etag})).status_code == 412


async def test_a_breach_is_closed_to_whoever_caused_it(office: Office) -> None:
    account = (await office.deputy.get("/v1/me")).json()["account_id"]
    one = await reported(office, named_account_ids=[account])
    assert (await office.deputy.get(f"/v1/breaches/{one}")).status_code == 404
    listed = await office.get("breaches?limit=200", by=office.deputy)
    assert one not in {row["id"] for row in listed["data"]}
    assert await office.world.api.value("select count(*) from walls where wall_key = $1", one) == 1


async def test_the_hours_are_counted_down(office: Office) -> None:
    one = await reported(office, aware_at=ago(hours=61))
    for _ in range(2):
        await mind_matters(office.world.api.app.state.database)
    rows = await office.world.api.row(
        "select array_agg(type order by id) as types, max((data->>'hours')::int) as hours from events "
        "where subject_id = $1 and type like 'breach.%near'",
        one,
    )
    assert (rows["types"], rows["hours"]) == (["breach.deadline_near"], 10)


async def test_people_need_not_be_told_one_by_one_of_what_was_averted(office: Office) -> None:
    one = f"breaches/{await reported(office, **CASE_FILE)}"
    averted = {"ground": "risk_averted", "text": "It came back unopened."}
    assert await refused(office, f"{one}/not-tell-people", **averted) == (409, "risk_not_high")
    await office.do(f"{one}/assess", risk="high", text="…")
    assert (await office.do(f"{one}/not-tell-people", **averted))["not_telling_ground"] == "risk_averted"
