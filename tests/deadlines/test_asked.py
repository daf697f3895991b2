"""Deadlines as anybody may ask for them, signed in or not."""

from typing import Any

import pytest

from tests.world import Api

RECEIVED = {"received_on": "2026-06-01", "nation": "england-and-wales"}


async def _ask(api: Api, what: str, **params: str) -> tuple[int, dict[str, Any]]:
    answer = await api.client().get(f"/v1/deadlines/{what}", params=params)
    return answer.status_code, answer.json()


async def test_the_clock_of_a_request_and_its_steps(api: Api) -> None:
    status, told = await _ask(
        api,
        "subject-access",
        received_on="2026-11-02",
        nation="england-and-wales",
        clarification_asked_on="2026-11-06",
        clarification_received_on="2026-11-30",
        extended="false",
    )
    assert status == 200
    why = told.pop("why")
    assert told == {
        "clock_started_on": "2026-11-02",
        "paused_days": 25,
        "due_on": "2026-12-29",
        "internal_due_on": "2026-12-29",
        "extension_notice_by": "2026-12-27",
    }
    assert [(step["code"], step["day"], step["days"]) for step in why] == [
        ("received", "2026-11-02", None),
        ("one_month", "2026-12-02", None),
        ("paused", "2026-12-27", 25),
        ("rolled", "2026-12-29", None),
    ]
    assert "England and Wales" in why[-1]["sentence"]
    assert "29 December 2026" in why[-1]["sentence"]
    assert all(step["source"] for step in why)


@pytest.mark.parametrize(
    ("facts", "codes"),
    [
        ({"identity_received_on": "2026-06-10"}, ["identity_received", "one_month"]),
        ({"fee_received_on": "2026-06-10", "extended": "true"}, ["fee_received", "three_months"]),
        ({"identity_received_on": "2026-05-30"}, ["received", "one_month"]),
        ({"clarification_asked_on": "2026-06-08"}, ["received", "one_month", "clock_paused"]),
        ({"clarification_asked_on": "2026-07-08"}, ["received", "one_month", "asked_too_late"]),
        (
            {"clarification_asked_on": "2026-06-08", "clarification_received_on": "2026-06-15"},
            ["received", "one_month", "paused", "internal_earlier"],
        ),
        (
            {
                "identity_received_on": "2026-06-10",
                "clarification_asked_on": "2026-06-08",
                "clarification_received_on": "2026-06-11",
            },
            ["identity_received", "one_month", "asked_before_start", "paused", "rolled"],
        ),
    ],
)
async def test_each_fact_has_its_step(api: Api, facts: dict[str, str], codes: list[str]) -> None:
    status, told = await _ask(api, "subject-access", **RECEIVED, **facts)
    assert status == 200
    assert [step["code"] for step in told["why"]] == codes


async def test_while_the_clock_is_stopped_nothing_is_due_yet(api: Api) -> None:
    status, told = await _ask(api, "subject-access", **RECEIVED, clarification_asked_on="2026-06-08")
    assert status == 200
    unknown = ("paused_days", "due_on", "internal_due_on", "extension_notice_by")
    assert [told[name] for name in unknown] == [None] * 4


@pytest.mark.parametrize(
    ("facts", "pointer", "code"),
    [
        (
            {"clarification_asked_on": "2026-06-08", "clarification_received_on": "2026-06-07"},
            "#query/clarification_received_on",
            "answered_before_asked",
        ),
        ({"clarification_received_on": "2026-06-07"}, "#query/clarification_asked_on", "question_missing"),
        ({"clarification_asked_on": "2026-05-31"}, "#query/clarification_asked_on", "asked_before_received"),
        ({"nation": "wales"}, "#query/nation", "enum"),
        ({"received_on": "1849-12-31"}, "#query/received_on", "greater_than_equal"),
        ({"received_on": "2026-02-30"}, "#query/received_on", "date_from_datetime_parsing"),
    ],
)
async def test_facts_that_cannot_be_are_refused(api: Api, facts: dict[str, str], pointer: str, code: str) -> None:
    status, problem = await _ask(api, "subject-access", **{**RECEIVED, **facts})
    assert status == 422
    assert [(error["pointer"], error["code"]) for error in problem["errors"]] == [(pointer, code)]


async def test_nothing_is_guessed(api: Api) -> None:
    for what, names in (
        ("subject-access", {"received_on", "nation"}),
        ("complaint-acknowledgement", {"received_on", "nation"}),
        ("breach-notification", {"aware_at"}),
    ):
        status, problem = await _ask(api, what)
        assert status == 422
        assert {error["pointer"] for error in problem["errors"]} == {f"#query/{name}" for name in names}


async def test_the_acknowledgement_of_a_complaint(api: Api) -> None:
    asked = {"received_on": "2026-03-07", "nation": "scotland"}
    assert await _ask(api, "complaint-acknowledgement", **asked) == (200, {"due_on": "2026-04-06"})
    status, _ = await _ask(api, "complaint-acknowledgement", received_on="1849-12-31", nation="scotland")
    assert status == 422


async def test_the_notification_of_a_breach(api: Api) -> None:
    told = await _ask(api, "breach-notification", aware_at="2026-03-28T11:00:00+01:00")
    assert told == (200, {"due_at": "2026-03-31T10:00:00Z"})
    last = await _ask(api, "breach-notification", aware_at="2150-12-31T23:00:00Z")
    assert last == (200, {"due_at": "2151-01-03T23:00:00Z"})
    status, problem = await _ask(api, "breach-notification", aware_at="2026-03-28T10:00:00")
    assert (status, problem["errors"][0]["code"]) == (422, "timezone_aware")
