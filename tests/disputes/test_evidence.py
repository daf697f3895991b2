"""Evidence: taken in by its content, kept sealed, numbered, in editions; shown to parties piece by piece."""

import hashlib
from typing import Any
from uuid import UUID

import httpx
import pytest

from app.core.ids import new_id
from app.models.dispute_evidence import MOST_BYTES
from app.services.disputes import evidence_files
from tests.disputes.desk import Desk
from tests.world import Client

PDF = b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n1 0 obj\n<<>>\nendobj\n%%EOF"
TEXT = b"Roedd y cyfarfod yn swnllyd. It was loud.\n"


async def send(
    who: Client, case: UUID, content: bytes = PDF, name: str = "Minutes.pdf", *, to: str = "evidence", **said: str
) -> httpx.Response:
    return await who.post(f"/v1/disputes/{case}/{to}", files={"file": (name, content)}, data=said)


async def add(who: Client, case: UUID, content: bytes = PDF, name: str = "Minutes.pdf", **said: str) -> dict[str, Any]:
    made = await send(who, case, content, name, **said)
    assert made.status_code == 201, made.text
    told: dict[str, Any] = made.json()
    return told


async def fetch(who: Client, path: str) -> httpx.Response:
    """Ask for a link, and use it as a browser does: without saying who."""
    link = await who.post(path)
    assert link.status_code == 201, link.text
    return await who.get(link.json()["url"], headers={"Authorization": ""})


async def test_what_is_added_is_hashed_sealed_and_given_back(desk: Desk) -> None:
    case = await desk.received()
    secretary, api = desk.secretary.client, desk.world.api
    content = PDF + bytes(range(256)) * 10_000
    made = await add(secretary, case, content, "Minutes of Tŷ Mawr.pdf", title="Minutes", note="From the branch")
    assert made["sha256"] == hashlib.sha256(content).hexdigest()
    assert (made["number"], made["edition"], made["size"]) == (1, 1, len(content))
    assert (made["title"], made["name"], made["media_type"]) == ("Minutes", "Minutes of Tŷ Mawr.pdf", "application/pdf")
    file = await fetch(secretary, f"/v1/disputes/{case}/evidence/{made['id']}/link")
    assert (file.status_code, file.content) == (200, content)
    row = await api.row("select * from dispute_evidence where id = $1", UUID(made["id"]))
    pieces = await api.value(
        "select string_agg(sealed, '' order by number) from file_pieces where file_id = $1", row["file_id"]
    )
    assert b"Minutes" not in row["sealed"]
    assert content[:100] not in pieces
    stored = await api.row("select resource, subject_id, wall_key from files where id = $1", row["file_id"])
    assert dict(stored) == {"resource": "disputes", "subject_id": case, "wall_key": case}


async def test_a_file_is_given_to_be_saved_and_never_to_be_shown(desk: Desk) -> None:
    case = await desk.received()
    made = await add(desk.secretary.client, case, TEXT, "Dear; Siân.txt")
    assert made["title"] == made["name"] == "Dear; Siân.txt"
    file = await fetch(desk.secretary.client, f"/v1/disputes/{case}/evidence/{made['id']}/link")
    headers = file.headers
    assert headers["content-disposition"] == (
        "attachment; filename=\"Dear; Si_n.txt\"; filename*=UTF-8''Dear%3B%20Si%C3%A2n.txt"
    )
    assert (headers["content-type"], headers["cache-control"]) == ("text/plain", "no-store")
    assert (headers["x-content-type-options"], headers["content-length"]) == ("nosniff", str(len(TEXT)))
    assert headers["content-security-policy"].startswith("sandbox;")
    assert "etag" not in headers


@pytest.mark.parametrize(
    ("name", "content", "code", "status"),
    [
        ("a.pdf", b"MZ\x90\0" + bytes(100), "file_type_mismatch", 422),
        ("a.txt", b"<html><script>alert(1)</script>", "file_type_mismatch", 422),
        ("a.exe", b"MZ\x90\0", "file_type_not_allowed", 422),
        ("a.pdf", b"", "file_empty", 422),
        ("a.txt", b"a" * (MOST_BYTES + 1), "file_too_large", 413),
    ],
)
async def test_files_that_lie_or_are_too_large_are_refused_and_nothing_is_kept(
    desk: Desk, name: str, content: bytes, code: str, status: int
) -> None:
    case = await desk.received()
    refused = await send(desk.secretary.client, case, content, name)
    assert (refused.status_code, refused.json()["code"]) == (status, code)
    assert await desk.world.api.value("select count(*) from files where subject_id = $1", case) == 0
    assert (await desk.secretary.client.get(f"/v1/disputes/{case}/evidence")).json()["data"] == []


async def test_the_largest_file_is_taken(desk: Desk) -> None:
    case = await desk.received()
    assert (await add(desk.secretary.client, case, b"a" * MOST_BYTES, "a.txt"))["size"] == MOST_BYTES


async def test_editions_replace_one_another_and_all_are_kept(desk: Desk) -> None:
    case = await desk.received()
    secretary = desk.secretary.client
    first = await add(secretary, case, title="Minutes")
    await add(secretary, case, title="Letter")
    path = f"evidence/{first['id']}/replace"
    second = (await send(secretary, case, PDF + b"2", to=path)).json()
    assert (second["number"], second["edition"], second["title"]) == (1, 2, "Minutes")
    assert second["replaces_id"] == first["id"]
    again = await send(secretary, case, PDF + b"3", to=path)
    assert (again.status_code, again.json()["code"]) == (409, "evidence_replaced")
    shown = (await secretary.get(f"/v1/disputes/{case}/evidence")).json()["data"]
    assert [(one["number"], one["edition"]) for one in shown] == [(1, 2), (2, 1)]
    everything = (await secretary.get(f"/v1/disputes/{case}/evidence?replaced=true&limit=1")).json()
    assert everything["has_more"]
    kept = (await secretary.get(f"/v1/disputes/{case}/evidence?replaced=true")).json()["data"]
    assert sorted((one["number"], one["edition"], one["replaced"]) for one in kept) == [
        (1, 1, True),
        (1, 2, False),
        (2, 1, False),
    ]
    assert (await fetch(secretary, f"/v1/disputes/{case}/evidence/{first['id']}/link")).content == PDF


async def test_a_redacted_copy_stands_for_its_item(desk: Desk) -> None:
    case = await desk.acknowledged()
    secretary = desk.secretary.client
    whole = await add(secretary, case, title="Statement of a witness by name")
    path = f"evidence/{whole['id']}/redact"
    copy = (await send(secretary, case, PDF + b"redacted", "Redacted.pdf", to=path, title="Statement")).json()
    assert (copy["title"], copy["name"]) == ("Statement", "Redacted.pdf")
    assert (copy["number"], copy["redacts_id"], copy["is_redacted"]) == (1, whole["id"], True)
    once_more = await send(secretary, case, to=f"evidence/{copy['id']}/redact")
    assert (once_more.status_code, once_more.json()["code"]) == (409, "evidence_redacted")
    party = await desk.party(case)
    await desk.do(secretary, case, "give-notice", allegations=[desk.allegation(party)])
    seen = (await desk.respondent.client.get(f"/v1/me/disputes/{case}/evidence")).json()["data"]
    assert [(one["id"], one["is_redacted"], one["title"]) for one in seen] == [(copy["id"], True, "Statement")]
    assert "note" not in seen[0]
    own = f"/v1/me/disputes/{case}/evidence"
    assert (await fetch(desk.respondent.client, f"{own}/{copy['id']}/link")).content == PDF + b"redacted"
    assert (await desk.respondent.client.post(f"{own}/{whole['id']}/link")).status_code == 404


async def test_what_is_set_aside_is_for_whoever_handles_the_case_alone(desk: Desk) -> None:
    case = await desk.investigating()
    assert desk.investigator is not None
    secretary, investigator = desk.secretary.client, desk.investigator.client
    made = await add(investigator, case)
    path = f"/v1/disputes/{case}/evidence/{made['id']}"
    link = (await investigator.post(f"{path}/link")).json()["url"]
    done = await secretary.post(f"{path}/set-aside", json={"reason": "It is hearsay."})
    assert (done.json()["set_aside"], done.json()["set_aside_reason"]) == (True, "It is hearsay.")
    assert (await investigator.get(link)).status_code == 404
    assert (await investigator.post(f"{path}/link")).json()["code"] == "evidence_set_aside"
    assert (await fetch(secretary, f"{path}/link")).content == PDF
    assert (await investigator.post(f"{path}/put-back")).status_code == 403
    back = (await secretary.post(f"{path}/put-back")).json()
    assert (back["set_aside"], back["set_aside_reason"]) == (False, None)
    assert (await fetch(investigator, f"{path}/link")).content == PDF


async def test_evidence_added_after_the_notice_must_be_shown_before_a_decision(desk: Desk) -> None:
    case = await desk.responded()
    secretary, party = desk.secretary.client, await desk.party(case)
    made = await add(secretary, case)

    async def why_not() -> str | None:
        actions = (await desk.file(secretary, case))["allowed_actions"]
        reason: str | None = next(one["reason_code"] for one in actions if one["action"] == "investigate")
        return reason

    assert await why_not() == "evidence_undisclosed"
    shown = {"party_id": party, "evidence_ids": [made["id"]]}
    assert (await secretary.post(f"/v1/disputes/{case}/disclosures", json=shown)).status_code == 204
    assert await why_not() is None
    listed = (await secretary.get(f"/v1/disputes/{case}/disclosures?kind=evidence")).json()["data"]
    assert [(one["party_id"], one["subject_id"]) for one in listed] == [(party, made["id"])]
    assert (await secretary.get(f"/v1/disputes/{case}/evidence/{made['id']}")).json()["disclosed_to"] == [party]


async def test_nothing_is_shown_to_a_respondent_before_the_notice(desk: Desk) -> None:
    case = await desk.acknowledged()
    secretary = desk.secretary.client
    made = await add(secretary, case)
    shown = {"party_id": await desk.party(case), "evidence_ids": [made["id"]]}
    refused = await secretary.post(f"/v1/disputes/{case}/disclosures", json=shown)
    assert (refused.status_code, refused.json()["code"]) == (409, "party_not_told")
    assert (await desk.respondent.client.get(f"/v1/me/disputes/{case}/evidence")).status_code == 404


async def test_evidence_of_another_case_cannot_be_shown_or_reached(desk: Desk) -> None:
    case, other = await desk.noticed(), await desk.received()
    secretary = desk.secretary.client
    made = await add(secretary, other)
    shown = {"party_id": await desk.party(case), "evidence_ids": [made["id"]]}
    refused = await secretary.post(f"/v1/disputes/{case}/disclosures", json=shown)
    assert (refused.status_code, refused.json()["errors"][0]["code"]) == (422, "no_evidence")
    for verb in ("link", "put-back"):
        assert (await secretary.post(f"/v1/disputes/{case}/evidence/{made['id']}/{verb}")).status_code == 404


async def test_evidence_from_a_party_who_knows_of_the_case_is_known_to_them(desk: Desk) -> None:
    case = await desk.noticed()
    party = await desk.party(case)
    made = await add(desk.secretary.client, case, party_id=party)
    assert (made["added_by_party_id"], made["disclosed_to"]) == (party, [party])
    stranger = await send(desk.secretary.client, case, party_id=str(new_id()))
    assert (stranger.status_code, stranger.json()["errors"][0]["code"]) == (422, "no_party")


async def test_whoever_has_no_part_finds_nothing_and_parties_only_what_was_shown_to_them(desk: Desk) -> None:
    case = await desk.acknowledged()
    made = await add(desk.secretary.client, case)
    outsider = await desk.member()
    for who in (outsider, desk.alternate, desk.complainant, desk.respondent):
        assert (await who.client.get(f"/v1/disputes/{case}/evidence")).status_code == 404
        assert (await who.client.post(f"/v1/disputes/{case}/evidence/{made['id']}/link")).status_code == 404
        assert (await send(who.client, case)).status_code == 404
        assert (await who.client.post(f"/v1/me/disputes/{case}/evidence/{made['id']}/link")).status_code == 404
    assert (await desk.complainant.client.get(f"/v1/me/disputes/{case}/evidence")).json()["data"] == []
    for who in (outsider, desk.respondent):
        assert (await who.client.get(f"/v1/me/disputes/{case}/evidence")).status_code == 404


async def test_nothing_is_added_once_a_case_is_over(desk: Desk) -> None:
    case = await desk.received()
    await desk.world.api.execute("update disputes set state = 'closed' where id = $1", case)
    refused = await send(desk.secretary.client, case)
    assert (refused.status_code, refused.json()["code"]) == (409, "action_not_allowed")


async def test_every_read_is_logged_behind_the_wall(desk: Desk) -> None:
    case = await desk.noticed()
    secretary, party = desk.secretary, await desk.party(case)
    made = await add(secretary.client, case)
    shown = {"party_id": party, "evidence_ids": [made["id"]]}
    assert (await secretary.client.post(f"/v1/disputes/{case}/disclosures", json=shown)).status_code == 204
    await secretary.client.get(f"/v1/disputes/{case}/evidence")
    await fetch(secretary.client, f"/v1/disputes/{case}/evidence/{made['id']}/link")
    await fetch(desk.respondent.client, f"/v1/me/disputes/{case}/evidence/{made['id']}/link")
    async with desk.world.api.owner.transaction() as session:
        rows = await session.fetch(
            "select account_id, purpose, wall_key from access_log where subject_id = $1 and purpose like '%file'", case
        )
    assert {(row["account_id"], row["purpose"]) for row in rows} == {
        (secretary.account_id, "file"),
        (desk.respondent.account_id, "disclosed_file"),
    }
    assert {row["wall_key"] for row in rows} == {case}


async def test_a_party_brings_in_evidence_and_sees_their_own_alone(desk: Desk) -> None:
    case = await desk.noticed()
    respondent, secretary = desk.respondent.client, desk.secretary.client
    own = f"/v1/me/disputes/{case}/evidence"
    made = await respondent.post(own, files={"file": ("Diary.txt", TEXT)}, data={"title": "My diary"})
    assert made.status_code == 200, made.text
    (item,) = (await respondent.get(own)).json()["data"]
    assert (item["number"], item["title"], item["name"]) == (1, "My diary", "Diary.txt")
    assert (await fetch(respondent, f"{own}/{item['id']}/link")).content == TEXT
    assert (await desk.complainant.client.get(own)).json()["data"] == []
    seen = (await secretary.get(f"/v1/disputes/{case}/evidence/{item['id']}")).json()
    party = await desk.party(case)
    assert (seen["added_by_party_id"], seen["disclosed_to"]) == (party, [party])
    assert (await fetch(secretary, f"/v1/disputes/{case}/evidence/{item['id']}/link")).content == TEXT
    lying = await respondent.post(own, files={"file": ("Diary.pdf", TEXT)})
    assert (lying.status_code, lying.json()["code"]) == (422, "file_type_mismatch")


async def test_nobody_brings_evidence_into_a_case_that_they_were_not_told_of(desk: Desk) -> None:
    case, outsider = await desk.acknowledged(), await desk.member()
    for who in (desk.respondent, outsider, desk.secretary):
        refused = await who.client.post(f"/v1/me/disputes/{case}/evidence", files={"file": ("a.txt", TEXT)})
        assert refused.status_code == 404
    assert await desk.world.api.value("select count(*) from files where subject_id = $1", case) == 0


async def test_a_repeated_upload_is_kept_once(desk: Desk) -> None:
    case = await desk.noticed()
    for who, path in (
        (desk.secretary.client, f"/v1/disputes/{case}/evidence"),
        (desk.respondent.client, f"/v1/me/disputes/{case}/evidence"),
    ):
        key = {"Idempotency-Key": new_id().hex}
        first, again = [await who.post(path, files={"file": ("a.txt", TEXT)}, headers=key) for _ in range(2)]
        assert first.status_code in (200, 201)
        assert (again.status_code, again.json()) == (first.status_code, first.json())
    assert await desk.world.api.value("select count(*) from dispute_evidence where dispute_id = $1", case) == 2


#: A case filled up with copies of what is in it.
FILL = """
insert into dispute_evidence
select (jsonb_populate_record(e, jsonb_build_object('id', gen_random_uuid(), 'number', 10 + n))).*
from dispute_evidence e, generate_series(1, $2) n where e.dispute_id = $1 and e.number = 1
"""


async def test_nobody_fills_a_case_up(desk: Desk) -> None:
    case, api = await desk.noticed(), desk.world.api
    own = f"/v1/me/disputes/{case}/evidence"
    files = {"file": ("a.txt", TEXT)}
    assert (await desk.respondent.client.post(own, files=files)).status_code == 200
    await api.execute(FILL, case, evidence_files.MOST_OF_A_PARTY - 1)
    full = await desk.respondent.client.post(own, files=files)
    assert (full.status_code, full.json()["code"]) == (409, "too_much_evidence")
    await add(desk.secretary.client, case)
    await api.execute(FILL, case, evidence_files.MOST_ITEMS)
    full = await send(desk.secretary.client, case)
    assert (full.status_code, full.json()["code"]) == (409, "too_much_evidence")


async def test_a_copy_that_was_set_aside_is_not_what_a_respondent_gets(desk: Desk) -> None:
    """Redacted badly: the next copy is shown, or the item itself."""
    case = await desk.acknowledged()
    secretary = desk.secretary.client
    whole = await add(secretary, case)
    copies = [
        (await send(secretary, case, PDF + part, to=f"evidence/{whole['id']}/redact")).json() for part in (b"1", b"2")
    ]
    done = await secretary.post(
        f"/v1/disputes/{case}/evidence/{copies[1]['id']}/set-aside", json={"reason": "A name can be read."}
    )
    assert done.status_code == 200
    await desk.do(secretary, case, "give-notice", allegations=[desk.allegation(await desk.party(case))])
    seen = (await desk.respondent.client.get(f"/v1/me/disputes/{case}/evidence")).json()["data"]
    assert [one["id"] for one in seen] == [copies[0]["id"]]
