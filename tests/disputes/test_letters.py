"""Letters of a case: every template in both languages, what each says, to whom and when, and the log of them."""

import io
import json
from collections.abc import Iterable
from datetime import date, timedelta
from typing import Any
from uuid import UUID

import httpx
import pytest
from pypdf import PdfReader

from app.core import clock
from app.core.ids import new_id
from app.models.dispute_evidence import LetterTemplate
from app.models.members import Language
from app.services.disputes.letter_words import SUBJECTS, TEMPLATES, set_in_type, written_day
from tests.disputes.desk import Desk
from tests.disputes.test_evidence import add, fetch
from tests.world import Client

DAY = date(2026, 11, 22)
ALLEGATION = {
    "number": 1,
    "clause": "F.3.2",
    "title": "Conduct",
    "days": "1 May 2026",
    "text": "First.\nSecond line.\n\n= Not a heading: #x",
    "outcome": "Upheld",
    "reasons": "Two saw it.",
}
VALUES: dict[str, Any] = {
    "organisation": "The Test Party",
    "date": "22 November 2026",
    "reference": "D-7KQ2M9XF",
    "recipient": {"name": "Siân Ŵyn O'Brien", "address": ["1 Tŷ Mawr", "Caerdydd", "CF10 1AA"]},
    "text": "And this.",
    "signatory": {"name": "Ann Lee", "role": "Receiver"},
    "procedure": "Complaints",
    "receiver": "General Secretary",
    "received_on": "1 June 2026",
    "due": None,
    "allegations": [ALLEGATION],
    "evidence": [{"number": 1, "title": "Minutes #1_a_*b*"}],
    "sanctions": ["Warning", "Expulsion"],
    "first_body": "Disputes Sub-Committee",
    "response_due": "6 December 2026",
    "measures": [
        {"label": "Suspended", "starts_on": "1 June 2026", "review_by": "29 June 2026", "text": "To be fair."}
    ],
    "review_days": 28,
    "deciding_body": "Disputes Sub-Committee",
    "decided_on": "1 July 2026",
    "outcome": "Upheld",
    "reasons": "Both sides were heard.",
    "appeal_due": "15 July 2026",
    "appeal_body": "Disciplinary Committee",
    "reopened": False,
}
EVERY = [(template, language) for template in LetterTemplate for language in Language]


def read(pdf: bytes) -> str:
    return " ".join(" ".join(page.extract_text() for page in PdfReader(io.BytesIO(pdf)).pages).split())


def said_in(values: object) -> Iterable[str]:
    if isinstance(values, str):
        yield values
    elif isinstance(values, dict):
        for value in values.values():
            yield from said_in(value)
    elif isinstance(values, list):
        for value in values:
            yield from said_in(value)


@pytest.mark.parametrize(("template", "language"), EVERY)
def test_every_letter_says_what_it_is_given_and_is_the_same_each_time(
    template: LetterTemplate, language: Language
) -> None:
    pdf = set_in_type(template, language, VALUES, DAY)
    assert set_in_type(template, language, VALUES, DAY) == pdf
    text, about = read(pdf), PdfReader(io.BytesIO(pdf)).metadata
    assert about is not None
    assert about.title == SUBJECTS[template, language]
    for said in ("Siân Ŵyn O'Brien", "1 Tŷ Mawr", "D-7KQ2M9XF", "And this.", "Ann Lee", SUBJECTS[template, language]):
        assert said in text
    source = (TEMPLATES / f"{template}.{language}.typ").read_text()
    told = [name for name in VALUES if f"values.{name}" in source and name != "allegations"]
    for said in said_in([VALUES[name] for name in told]):
        assert said in text, said
    if "allegation(one" in source:
        assert "First. Second line. = Not a heading: #x" in text


@pytest.mark.parametrize("template", LetterTemplate)
def test_both_languages_say_the_same_things(template: LetterTemplate) -> None:
    """The same values and headings; other words."""
    english, welsh = ((TEMPLATES / f"{template}.{one}.typ").read_text() for one in Language)

    def bones(source: str) -> tuple[list[str], int]:
        return sorted(part.split("#values.")[-1] for part in source.split() if "values." in part), source.count(
            "\n  == "
        )

    assert [name.strip('.,:?[]();"') for name in bones(english)[0]] == [
        name.strip('.,:?[]();"') for name in bones(welsh)[0]
    ]
    assert bones(english)[1] == bones(welsh)[1]


def test_templates_take_nothing_from_elsewhere() -> None:
    templates = list(TEMPLATES.glob("*.typ"))
    assert len(templates) == len(EVERY) + 1
    for template in templates:
        source = template.read_text()
        assert all('"layout.typ"' in line for line in source.splitlines() if "import" in line.split())
        assert "@" not in source
        assert "eval(" not in source


@pytest.mark.parametrize(
    ("day", "english", "welsh"),
    [
        (date(2026, 3, 1), "1 March 2026", "1 Mawrth 2026"),
        (date(2024, 2, 29), "29 February 2024", "29 Chwefror 2024"),
        (date(2026, 12, 31), "31 December 2026", "31 Rhagfyr 2026"),
    ],
)
def test_days_are_written_in_both_languages(day: date, english: str, welsh: str) -> None:
    assert (written_day(day, Language.english), written_day(day, Language.welsh)) == (english, welsh)


# --- In a case


async def write(who: Client, case: UUID, template: str, party: str, **said: Any) -> httpx.Response:
    return await who.post(f"/v1/disputes/{case}/letters", json={"template": template, "party_id": party, **said})


async def written(who: Client, case: UUID, template: str, party: str, **said: Any) -> tuple[dict[str, Any], str]:
    """A letter's entry in the log, and what its PDF says."""
    made = await write(who, case, template, party, **said)
    assert made.status_code == 201, made.text
    entry: dict[str, Any] = made.json()
    file = await fetch(who, f"/v1/disputes/{case}/correspondence/{entry['id']}/link")
    assert file.headers["content-type"] == "application/pdf"
    return entry, read(file.content)


async def test_a_notice_tells_the_respondent_all_that_they_must_know(desk: Desk) -> None:
    case = await desk.acknowledged()
    secretary = desk.secretary.client
    await add(secretary, case, title="Minutes of May")
    party = await desk.party(case)
    await desk.do(
        secretary, case, "give-notice",
        allegations=[desk.allegation(party, text="Shouted at <the> #chair."), desk.allegation(party, text="Left.")],
    )  # fmt: skip
    entry, text = await written(secretary, case, "notice", party, text="Write to us with any question.")
    file = await desk.file(secretary, case)
    for said in (
        "Shouted at <the> #chair.", "Left.", "Minutes of May", "10 January 2026", "Write to us with any question.",
        file["allegations"][0]["clause_number"], file["reference"], "The Test Party", "Expulsion",
        written_day(date.fromisoformat(file["response_due_on"]), Language.english),
    ):  # fmt: skip
        assert said in text, said
    complainant = await desk.world.api.row(
        "select given_name, family_name from people where id = $1", desk.complainant.person_id
    )
    assert f"{complainant['given_name']} {complainant['family_name']}" not in text
    assert (entry["direction"], entry["template"], entry["has_file"]) == ("outgoing", "notice", True)


async def test_a_letter_is_in_its_readers_language_and_on_their_own_page(desk: Desk) -> None:
    api = desk.world.api
    await api.execute(
        "update people set preferred_language = 'cy', address_lines = '{1 Tŷ Mawr}', town = 'Caerdydd' where id = $1",
        desk.respondent.person_id,
    )
    case = await desk.noticed()
    party = await desk.party(case)
    entry, text = await written(desk.secretary.client, case, "notice", party)
    assert "Hysbysiad o honiadau" in text
    assert "1 Tŷ Mawr Caerdydd" in text
    assert "Ionawr 2026" in text
    assert entry["subject"] == "Hysbysiad o honiadau"
    own = f"/v1/me/disputes/{case}/letters"
    seen = (await desk.respondent.client.get(own)).json()["data"]
    assert [(one["id"], one["template"], one["subject"]) for one in seen] == [
        (entry["id"], "notice", "Hysbysiad o honiadau")
    ]
    assert "Hysbysiad" in read((await fetch(desk.respondent.client, f"{own}/{entry['id']}/link")).content)
    assert (await desk.complainant.client.get(own)).json()["data"] == []
    assert (await desk.complainant.client.post(f"{own}/{entry['id']}/link")).status_code == 404
    _, english = await written(desk.secretary.client, case, "notice", party, language="en")
    assert "Notice of allegations" in english


async def test_an_acknowledgement_goes_to_the_complainant(desk: Desk) -> None:
    case = await desk.received()
    party, secretary = await desk.party(case, "complainant"), desk.secretary.client
    early = await write(secretary, case, "acknowledgement", party)
    assert (early.status_code, early.json()["code"]) == (409, "letter_not_due")
    await desk.do(secretary, case, "acknowledge")
    _, text = await written(secretary, case, "acknowledgement", party)
    file = await desk.file(secretary, case)
    assert written_day(date.fromisoformat(file["received_on"]), Language.english) in text
    assert written_day(date.fromisoformat(file["due_on"]), Language.english) in text


@pytest.mark.parametrize(
    ("template", "role", "code"),
    [
        ("acknowledgement", "respondent", "letter_not_for_party"),
        ("notice", "complainant", "letter_not_for_party"),
        ("notice", "respondent", "letter_not_due"),
        ("interim_measure", "respondent", "letter_not_due"),
        ("outcome", "respondent", "letter_not_due"),
        ("outcome", "complainant", "letter_not_due"),
        ("appeal_outcome", "complainant", "letter_not_due"),
    ],
)
async def test_no_letter_runs_ahead_of_the_case_or_goes_to_the_wrong_party(
    desk: Desk, template: str, role: str, code: str
) -> None:
    case = await desk.acknowledged()
    refused = await write(desk.secretary.client, case, template, await desk.party(case, role))
    assert (refused.status_code, refused.json()["code"]) == (409, code)
    assert await desk.world.api.value("select count(*) from files where subject_id = $1", case) == 0
    told = await desk.world.api.value(
        "select count(*) from dispute_parties where dispute_id = $1 and role = 'respondent' and told_at is not null",
        case,
    )
    assert told == 0


async def test_a_dismissal_is_told_to_the_complainant_with_reasons_and_the_way_to_appeal(desk: Desk) -> None:
    case = await desk.acknowledged()
    secretary = desk.secretary.client
    await desk.do(secretary, case, "dismiss", reasons="It is outside the rules.\n\nNobody was harmed.")
    _, text = await written(secretary, case, "outcome", await desk.party(case, "complainant"))
    due = (await desk.file(secretary, case))["appeal_due_on"]
    assert "It is outside the rules. Nobody was harmed." in text
    assert written_day(date.fromisoformat(due), Language.english) in text
    unaware = await write(secretary, case, "outcome", await desk.party(case))
    assert unaware.json()["code"] == "letter_not_due"


async def test_correspondence_is_logged_by_hand_and_nothing_in_it_changes(desk: Desk) -> None:
    case = await desk.noticed()
    secretary, api, today = desk.secretary.client, desk.world.api, clock.today()
    party = await desk.party(case)
    said = {
        "direction": "incoming", "channel": "phone", "on_day": today.isoformat(), "party_id": party,
        "subject": "A call", "text": "Asked for more time.",
    }  # fmt: skip
    path = f"/v1/disputes/{case}/correspondence"
    made = await secretary.post(path, json=said)
    assert made.status_code == 201, made.text
    entry = made.json()
    assert {name: entry[name] for name in said} == said
    assert (entry["has_file"], entry["template"]) == (False, None)
    assert (await secretary.post(f"{path}/{entry['id']}/link")).status_code == 404
    tomorrow = await secretary.post(path, json={**said, "on_day": (today + timedelta(days=1)).isoformat()})
    assert tomorrow.json()["errors"][0]["pointer"] == "/on_day"
    stranger = await secretary.post(path, json={**said, "party_id": str(new_id())})
    assert stranger.json()["errors"][0]["pointer"] == "/party_id"
    for query, found in (("", 1), (f"?party_id={party}", 1), ("?direction=outgoing", 0), (f"?party_id={new_id()}", 0)):
        assert len((await secretary.get(f"{path}{query}")).json()["data"]) == found, query
    sealed = await api.value("select sealed from dispute_correspondence where dispute_id = $1", case)
    assert b"more time" not in sealed
    with pytest.raises(Exception, match="append-only"):
        await api.execute("update dispute_correspondence set on_day = on_day - 1 where dispute_id = $1", case)
    assert (await desk.respondent.client.get(f"/v1/me/disputes/{case}/letters")).json()["data"] == []


async def test_events_and_trail_of_letters_carry_ids_and_codes_only(desk: Desk) -> None:
    case = await desk.noticed()
    await written(desk.secretary.client, case, "notice", await desk.party(case), text="A secret word")
    async with desk.world.api.owner.transaction() as session:
        rows = await session.fetch(
            "select action, fields::text, wall_key from audit_entries where subject_id = $1 and action ~ 'corr|file'",
            case,
        )
    assert {row["action"] for row in rows} == {"dispute.correspondence_entered", "file.stored"}
    assert {row["wall_key"] for row in rows} == {case}
    assert "secret" not in json.dumps([row["fields"] for row in rows])


async def test_an_interim_measure_is_told_in_neutral_words(desk: Desk) -> None:
    case = await desk.acknowledged()
    secretary, party = desk.secretary.client, await desk.party(case)
    await desk.do(
        secretary, case, "measures",
        party_id=party, kind="suspension", reasons="A witness is afraid.", text="It protects everybody concerned.",
    )  # fmt: skip
    _, text = await written(secretary, case, "interim_measure", party)
    assert "It protects everybody concerned." in text
    assert written_day(clock.today(), Language.english) in text
    assert written_day(clock.today() + timedelta(days=28), Language.english) in text
    assert "afraid" not in text
    assert "every 28 days" in text
    _, welsh = await written(secretary, case, "interim_measure", party, language="cy")
    assert "Gweithred niwtral" in welsh


async def test_an_outcome_tells_each_side_what_is_theirs_to_know(desk: Desk) -> None:
    case = await desk.decided(kind="exclusion", months=24)
    secretary, today = desk.secretary.client, clock.today()
    ends = await desk.world.api.value("select ends_on from sanctions where dispute_id = $1", case)
    due = (await desk.file(secretary, case))["appeal_due_on"]
    _, text = await written(secretary, case, "outcome", await desk.party(case))
    for said in (
        "Upheld", "On the evidence.", "We believed the witnesses.", "Disciplinary Committee",
        f"from {written_day(today, Language.english)}; it ends on {written_day(ends, Language.english)}",
        written_day(date.fromisoformat(due), Language.english),
    ):  # fmt: skip
        assert said in text, said
    _, other = await written(secretary, case, "outcome", await desk.party(case, "complainant"))
    assert "We believed the witnesses." in other
    assert written_day(ends, Language.english) not in other


async def test_the_outcome_of_an_appeal_is_told_and_the_first_letter_is_written_no_more(desk: Desk) -> None:
    case = await desk.appeal_listed(kind="exclusion", months=24)
    secretary, chair = desk.secretary.client, desk.appeal_panel[0].client
    party = await desk.party(case)
    early = await write(secretary, case, "appeal_outcome", party)
    assert early.json()["code"] == "letter_not_due"
    await desk.do(
        chair, case, "decide-appeal",
        outcome="varied", reasons="Too long for a first time.", part_ids=await desk.seats(case, chair),
        sanctions=[{"party_id": party, "kind": "warning", "months": 12}],
    )  # fmt: skip
    _, text = await written(secretary, case, "appeal_outcome", party)
    for said in ("Too long for a first time.", "Warning, from", "this is final", "Varied"):
        assert said in text, said
    assert "Exclusion" not in text
    late = await write(secretary, case, "outcome", party)
    assert late.json()["code"] == "letter_not_due"
