"""Processors and their contracts (UK GDPR art. 28)."""

from datetime import timedelta
from typing import Any

from app.core import clock
from app.models.processing import ProcessorTerm
from tests.contracts.processing_samples import activity_body, processor_body
from tests.office import Office


async def test_what_a_contract_lacks_is_shown(office: Office) -> None:
    yesterday = (clock.today() - timedelta(1)).isoformat()
    has = ["security", "documented_instructions", "security"]
    made = await office.do("processors", **processor_body(terms=has, review_on=yesterday))
    assert made["terms"] == ["documented_instructions", "security"]
    assert made["missing_terms"] == [t.value for t in ProcessorTerm if t.value not in has]
    assert (made["review_overdue"], made["activities"]) == (True, [])
    for narrowed in ("review_overdue=true", "terms_missing=true", "sort=-review_on"):
        found = await office.get(f"processors?{narrowed}&limit=200", office.secretary)
        assert made["id"] in {row["id"] for row in found["data"]}
    headers = {"If-Match": f'"{made["id"]}-1"'}
    changes = {"terms": [t.value for t in ProcessorTerm], "review_on": None}
    assert (
        await office.secretary.patch(f"/v1/processors/{made['id']}", json=changes, headers=headers)
    ).status_code == 403
    told = (await office.officer.patch(f"/v1/processors/{made['id']}", json=changes, headers=headers)).json()
    assert (told["missing_terms"], told["review_overdue"], told["version"]) == ([], False, 2)


async def test_beyond_the_united_kingdom_a_safeguard_is_needed(office: Office) -> None:
    refused = await office.officer.post("/v1/processors", json=processor_body(country="US"))
    assert (refused.status_code, refused.json()["errors"][0]["code"]) == (422, "safeguard_required")
    sub = {"name": "Below", "service": "Stores", "country": "IE", "safeguard": "adequacy"}
    below = processor_body(sub_processors=[sub, {**sub, "safeguard": None}])
    refused = await office.officer.post("/v1/processors", json=below)
    assert [error["pointer"] for error in refused.json()["errors"]] == ["/sub_processors/1/safeguard"]
    made = await office.do("processors", **processor_body(country="US", safeguard="adequacy", sub_processors=[sub]))
    assert made["sub_processors"] == [sub]
    headers = {"If-Match": f'"{made["id"]}-1"'}
    path = f"/v1/processors/{made['id']}"
    assert (await office.officer.patch(path, json={"safeguard": None}, headers=headers)).status_code == 422
    home = await office.officer.patch(path, json={"safeguard": None, "country": "GB"}, headers=headers)
    assert (home.status_code, home.json()["safeguard"]) == (200, None)


async def test_a_processor_that_an_activity_names_is_not_ended(office: Office) -> None:
    made = await office.do("processors", **processor_body())
    activity = await office.do("processing-activities", **activity_body(processor_ids=[made["id"]]))
    assert [p["name"] for p in activity["processors"]] == [made["name"]]
    assert (await office.get(f"processors/{made['id']}"))["activities"] == [activity["key"]]
    over: dict[str, Any] = {"reason": "Another does it."}
    refused = await office.officer.post(f"/v1/processors/{made['id']}/end", json=over)
    assert (refused.status_code, refused.json()["code"]) == (409, "processor_in_use")
    await office.do(f"processing-activities/{activity['id']}/end", reason="No school this year.")
    ended = await office.do(f"processors/{made['id']}/end", **over)
    assert ended["ended_on"] == clock.today().isoformat()
    assert made["id"] not in {row["id"] for row in (await office.get("processors?limit=200"))["data"]}
    assert made["id"] in {row["id"] for row in (await office.get("processors?limit=200&ended=true"))["data"]}
    # Who is not engaged any more is named by no new activity.
    late = await office.officer.post("/v1/processing-activities", json=activity_body(processor_ids=[made["id"]]))
    assert late.json()["errors"][0]["code"] == "processor_unknown"
    again = await office.officer.post(f"/v1/processors/{made['id']}/end", json=over)
    assert again.json()["code"] == "already_ended"
